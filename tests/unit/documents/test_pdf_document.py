"""Several pages in one PDF file: in order, whole or not at all, with memory for one page."""

import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pikepdf
import pytest
from PIL import Image

from docclean.core.errors import WriteError
from docclean.core.job import OutputFormat, OutputSpec
from docclean.core.page import Page
from docclean.documents import pdf_document
from docclean.documents.document import DocumentWriter
from docclean.documents.pdf_saving import save_pdf
from docclean.documents.writer import open_document, shares_file
from tests.helpers.disks import small_disk
from tests.helpers.pages import icc_profile, image_in, profile_for, read, saved, source_of

MODES = ("1", "L", "I;16", "P", "RGB", "CMYK")


@pytest.fixture
def pages(tmp_path: Path) -> list[Page]:
    """Pages of different modes, sizes and resolutions."""
    folder = tmp_path / "in"
    folder.mkdir()
    return [
        read(saved(folder / f"{n}.tif", image_in(mode, 20 + n, 30), dpi=(100 + n, 200))) for n, mode in enumerate(MODES)
    ]


def document(path: Path, source: Path, **options: Any) -> DocumentWriter:
    return open_document(OutputSpec(path=path, format=OutputFormat.PDF, **options), source_of(source, 0, len(MODES)))


def write(path: Path, source: Path, pages: list[Page]) -> bytes:
    with document(path, source) as writer:
        for page in pages:
            assert writer.append(page) == ()
        assert writer.commit() == path
    return path.read_bytes()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "in" / "0.tif"


def test_pages_are_in_order_each_with_its_own_size(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    write(tmp_path / "out.pdf", source, pages)
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        boxes = [[float(value) for value in page.mediabox][2:] for page in pdf.pages]
        heights = [int(next(iter(page.resources.XObject.values())).Height) for page in pdf.pages]
    assert heights == [20 + n for n in range(len(MODES))]
    for n, box in enumerate(boxes):
        assert box == pytest.approx([30 / (100 + n) * 72, (20 + n) / 200 * 72], abs=0.01)


def test_samples_of_a_later_page_are_exact(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    write(tmp_path / "out.pdf", source, pages)
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        (image,) = pdf.pages[4].resources.XObject.values()
        samples = np.frombuffer(image.read_bytes(), np.uint8).reshape(pages[4].stored.data.shape)
    np.testing.assert_array_equal(samples, pages[4].stored.data)


def test_two_runs_give_equal_bytes(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    assert write(tmp_path / "a.pdf", source, pages) == write(tmp_path / "b" / "b.pdf", source, pages)


def test_file_tells_the_program_and_no_path(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    data = write(tmp_path / "out.pdf", source, pages)
    assert tmp_path.name.encode() not in data
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert str(pdf.docinfo["/Producer"]).startswith("docclean ")


def test_only_the_result_is_left(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    write(tmp_path / "out" / "out.pdf", source, pages)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["out.pdf"]


def test_nothing_appears_before_the_commit(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    with document(tmp_path / "out" / "out.pdf", source) as writer:
        writer.append(pages[0])
        assert not (tmp_path / "out" / "out.pdf").exists()


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_fault_between_pages_leaves_nothing(
    tmp_path: Path, source: Path, pages: list[Page], fault: type[BaseException]
) -> None:
    with suppress(fault), document(tmp_path / "out" / "out.pdf", source) as writer:
        writer.append(pages[0])
        raise fault
    assert list((tmp_path / "out").iterdir()) == []


def test_fault_while_joining_leaves_nothing(
    tmp_path: Path, source: Path, pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> NoReturn:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(pdf_document, "join_pages", fail)
    with pytest.raises(WriteError, match="the disk is full"):
        write(tmp_path / "out" / "out.pdf", source, pages)
    assert list((tmp_path / "out").iterdir()) == []


class _FullFile(io.BytesIO):
    def write(self, data: Any) -> NoReturn:
        raise OSError(28, os.strerror(28))


def test_file_that_takes_nothing_is_a_fault_and_no_crash() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        with pytest.raises(OSError, match=os.strerror(28)):
            save_pdf(pdf, _FullFile())


@pytest.mark.parametrize(("size_kib", "happens"), [(16, "while a page is added"), (100, "while pages are joined")])
def test_full_disk_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, source: Path, pages: list[Page], size_kib: int, happens: str
) -> None:
    large = read(saved(tmp_path / "in" / "large.png", image_in("L", 150, 200), dpi=(300, 300)))
    with small_disk(tmp_path / "disk", size_kib) as disk:
        with pytest.raises(WriteError, match="the disk is full"):
            write(disk / "out.pdf", source, [large, large])
        assert list(disk.iterdir()) == []


def test_existing_file_stays_unless_it_may_be_replaced(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    path = tmp_path / "out.pdf"
    path.write_bytes(b"mine")
    with pytest.raises(WriteError, match="exists already"):
        document(path, source)
    assert path.read_bytes() == b"mine"
    with document(path, source, overwrite=True) as writer:
        writer.append(pages[0])
        writer.commit()
    assert path.read_bytes().startswith(b"%PDF-1.6")


def test_input_is_never_replaced(source: Path, pages: list[Page]) -> None:
    before = source.read_bytes()
    with pytest.raises(WriteError, match="is the input itself"):
        document(source, source, overwrite=True)
    assert source.read_bytes() == before


def test_equal_profiles_are_stored_once(tmp_path: Path) -> None:
    profile = icc_profile() + bytes(np.random.default_rng(0).integers(0, 256, 100_000, dtype=np.uint8))
    files = [
        saved(tmp_path / f"{mode}.png", image_in(mode), dpi=(300, 300), icc_profile=profile)
        for mode in ("RGB", "P", "RGB")
    ]
    write(tmp_path / "out.pdf", files[0], [read(file) for file in files])
    assert 100_000 < (tmp_path / "out.pdf").stat().st_size < 120_000
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        spaces = [next(iter(page.resources.XObject.values())).ColorSpace for page in pdf.pages]
        assert [space[1][1].read_bytes() == profile for space in spaces[1:2]] == [True]
        assert [space[1].read_bytes() == profile for space in spaces[::2]] == [True, True]


def test_different_profiles_stay_apart(tmp_path: Path) -> None:
    files = [saved(tmp_path / f"{n}.png", image_in(mode), dpi=(300, 300)) for n, mode in enumerate(("RGB", "L"))]
    profiles = [profile_for("RGB"), profile_for("GRAY")]
    for file, profile in zip(files, profiles, strict=True):
        saved(file, Image.open(file), icc_profile=profile, dpi=(300, 300))
    write(tmp_path / "out.pdf", files[0], [read(file) for file in files])
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        found = [next(iter(page.resources.XObject.values())).ColorSpace[1].read_bytes() for page in pdf.pages]
    assert found == profiles


def test_many_pages_need_few_open_files(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    resource = pytest.importorskip("resource", reason="limits of a process are a thing of Unix")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, before[0]), before[1]))
    try:
        write(tmp_path / "out.pdf", source, pages * 50)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert len(pdf.pages) == 300


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_folder_whose_name_is_no_text_is_written_to(tmp_path: Path, source: Path, pages: list[Page]) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this disk takes text only")
    write(folder / "out.pdf", source, pages)
    assert [path.name for path in folder.iterdir()] == ["out.pdf"]


def test_odd_names_are_written_to(
    tmp_path: Path, source: Path, pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("-x", "@y", "1-3", "ä 🦊"):
        assert write(Path(name) / "out.pdf", source, pages).startswith(b"%PDF")


def test_pages_of_a_document_share_a_pdf(tmp_path: Path) -> None:
    output = OutputSpec(path=tmp_path / "out.pdf", format=OutputFormat.PDF)
    assert shares_file(source_of(tmp_path / "a.tif", 0, 2), output)
    assert not shares_file(source_of(tmp_path / "a.tif", 0, 1), output)
