import threading
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from docclean.core.errors import ReadError
from docclean.core.page import ColorMode, PageSize
from docclean.documents.discover import discover
from docclean.documents.orientation import turned
from docclean.documents.pdf_opening import count_pdf_pages, opened_pdf, release_pdfs
from docclean.documents.reader import read_page
from docclean.documents.thumbnail import read_thumbnail
from tests.helpers.small_pdfs import (
    FILLING,
    HEIGHT,
    WIDTH,
    add_image,
    add_page,
    gray_image,
    gray_samples,
    source_of,
    write_pdf,
)

_TEXT = b"BT /F 12 Tf 5 5 Td (words) Tj ET"


@pytest.mark.parametrize(("rotation", "orientation"), [(0, 1), (90, 6), (180, 3), (270, 8), (-90, 8)])
def test_scan_is_upright_and_says_how_it_was_turned(tmp_path: Path, rotation: int, orientation: int) -> None:
    contents = b"q 30 0 0 40 0 0 cm /Im Do Q"
    page = read_page(source_of(write_pdf(tmp_path / "a.pdf", gray_image, contents=contents, Rotate=rotation)))
    assert page.encoding["orientation"] == orientation
    assert np.array_equal(page.stored.data, turned(gray_samples(), orientation))
    assert page.resolution_dpi == ((144.0, 72.0) if rotation % 180 == 0 else (72.0, 144.0))


def test_flipped_placement_is_undone(tmp_path: Path) -> None:
    page = read_page(source_of(write_pdf(tmp_path / "a.pdf", gray_image, contents=b"q 60 0 0 -40 0 40 cm /Im Do Q")))
    assert page.encoding["orientation"] == 4
    assert np.array_equal(page.stored.data, gray_samples()[::-1])


def test_resolution_heeds_the_unit_of_the_page(tmp_path: Path) -> None:
    page = read_page(source_of(write_pdf(tmp_path / "a.pdf", gray_image, UserUnit=2)))
    assert page.resolution_dpi == (36.0, 36.0)


def test_image_that_sticks_out_is_taken_whole_with_a_sentence(tmp_path: Path) -> None:
    page = read_page(source_of(write_pdf(tmp_path / "a.pdf", gray_image, CropBox=pikepdf.Array([10, 10, 50, 30]))))
    assert page.size == (HEIGHT, WIDTH)
    assert "part of its image" in page.warnings[0]


def test_drawn_page_is_kept_unless_a_resolution_is_asked_for(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image, contents=_TEXT)
    kept = read_page(source_of(path))
    assert (kept.is_kept, kept.size, kept.resolution_dpi) == (True, (83, 125), (150, 150))
    assert "--pdf-pages render" in kept.warnings[0]
    assert read_page(source_of(path), kept_dpi=300).size == (167, 250)
    drawn = read_page(source_of(path, render_dpi=216))
    assert (drawn.is_kept, drawn.size, drawn.resolution_dpi) == (False, (120, 180), (216, 216))
    assert drawn.pixels.min() < 100, "the words are there"
    assert "216 dpi" in drawn.warnings[0]


def test_empty_page_is_always_kept(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image, contents=b"")
    assert read_page(source_of(path, render_dpi=300)).is_kept


def test_strips_come_together_pixel_for_pixel(tmp_path: Path) -> None:
    samples = gray_samples()
    with pikepdf.new() as pdf:
        halves = [add_image(pdf, half.tobytes(), Height=20) for half in (samples[:20], samples[20:])]
        add_page(pdf, b"q 60 0 0 20 0 20 cm /Im Do Q q 60 0 0 20 0 0 cm /Low Do Q", halves[0])
        pdf.pages[0].obj.Resources.XObject.Low = halves[1]
        pdf.save(tmp_path / "a.pdf")
    page = read_page(source_of(tmp_path / "a.pdf"))
    assert page.resolution_dpi == (72.0, 72.0)
    assert np.array_equal(page.pixels[:, :, 0], samples)
    assert "several parts" in page.warnings[0]


def test_two_level_strips_stay_two_level(tmp_path: Path) -> None:
    bits = np.packbits(gray_samples() > 127, axis=1)
    with pikepdf.new() as pdf:
        halves = [add_image(pdf, half.tobytes(), bits=1, Height=20) for half in (bits[:20], bits[20:])]
        add_page(pdf, b"q 60 0 0 20 0 20 cm /Im Do Q q 60 0 0 20 0 0 cm /Low Do Q", halves[0])
        pdf.pages[0].obj.Resources.XObject.Low = halves[1]
        pdf.save(tmp_path / "a.pdf")
    page = read_page(source_of(tmp_path / "a.pdf"))
    assert page.stored.mode is ColorMode.BILEVEL
    assert np.array_equal(page.stored.data, np.where(gray_samples() > 127, 255, 0))


def test_text_in_the_mask_of_a_single_pixel_counts_with_the_resolution_of_the_mask(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        mask = add_image(pdf, bytes(4 * WIDTH * HEIGHT), Width=2 * WIDTH, Height=2 * HEIGHT)
        ink = add_image(pdf, b"\0", Width=1, Height=1, SMask=mask)
        add_page(pdf, b"q 60 0 0 40 0 0 cm /Im Do /Ink Do Q", gray_image(pdf))
        pdf.pages[0].obj.Resources.XObject.Ink = ink
        pdf.save(tmp_path / "a.pdf")
    assert read_page(source_of(tmp_path / "a.pdf")).resolution_dpi == (144.0, 144.0)


def test_one_damaged_page_does_not_hinder_the_others(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image, lambda pdf: add_image(pdf, b"short"), gray_image)
    sources = discover([path], recursive=False).sources
    assert [(source.page, source.pages) for source in sources] == [(0, 3), (1, 3), (2, 3)]
    with pytest.raises(ReadError, match="page 2"):
        read_page(sources[1])
    assert all(np.array_equal(read_page(sources[page]).stored.data, gray_samples()) for page in (0, 2))


def test_page_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="has no page 2"):
        read_page(source_of(write_pdf(tmp_path / "a.pdf", gray_image), page=1))


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"nonsense " * 500])
def test_file_that_is_no_document_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    with pytest.raises(ReadError, match="is damaged, or not a PDF"):
        read_page(source_of(tmp_path / "a.pdf"))


def test_file_without_pages_is_a_sentence(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf")
    assert len(discover([path], recursive=False).sources) == 1
    with pytest.raises(ReadError, match="without pages"):
        read_page(source_of(path))


def test_file_that_lost_its_end_is_repaired_and_says_so(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image)
    path.write_bytes(path.read_bytes()[:-40])
    page = read_page(source_of(path))
    assert np.array_equal(page.stored.data, gray_samples())
    assert "repaired" in page.warnings[-1]
    assert read_thumbnail(source_of(path), PageSize(30, 30)).shape == (20, 30, 1), "pdfium alone cannot open it"


def test_pdf_of_any_name_is_read(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "scan.dat", gray_image)
    assert read_page(discover([path], recursive=False).sources[0]).file_format == "PDF"
    surrogate = tmp_path / "\udce4.pdf"
    path.rename(surrogate)
    assert read_page(source_of(surrogate)).size == (HEIGHT, WIDTH)
    assert read_thumbnail(source_of(surrogate), PageSize(30, 30)).shape == (20, 30, 1)


def test_thumbnail_fits_its_box_and_is_upright(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", lambda pdf: add_image(pdf, bytes(1200) + b"\xff" * 1200), Rotate=90)
    small = read_thumbnail(source_of(path), PageSize(30, 30))
    assert small.shape == (30, 20, 1)
    assert small[:, -5:].max() == 0, "the dark half, which was above, is on the right"
    assert small[:, :5].min() == 255


def test_open_file_is_used_again_until_it_changes(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image)
    with opened_pdf(path) as first:
        pass
    with opened_pdf(path) as second:
        assert second is first
    write_pdf(tmp_path / "b.pdf", gray_image, gray_image).replace(path)
    assert count_pdf_pages(path) == 2
    release_pdfs()
    with opened_pdf(path) as third:
        assert third is not first


def test_pages_are_read_in_several_threads_at_once(tmp_path: Path) -> None:
    paths = [write_pdf(tmp_path / f"{number}.pdf", gray_image, contents=FILLING) for number in range(4)]
    same: list[bool] = []

    def work(path: Path) -> None:
        for _ in range(5):
            same.append(np.array_equal(read_page(source_of(path)).stored.data, gray_samples()))
            read_thumbnail(source_of(path), PageSize(20, 20))

    threads = [threading.Thread(target=work, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert same == [True] * 20
