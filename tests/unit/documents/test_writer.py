import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image

from docclean.core.errors import ReadError, WriteError
from docclean.core.job import OutputFormat, OutputSpec
from docclean.core.page import ColorMode, Page, StoredSamples
from docclean.documents import encoders, writer
from docclean.documents.document import DocumentWriter
from docclean.documents.formats import SUFFIXES
from docclean.documents.samples import Samples
from docclean.documents.tiff_encoder import compression_for
from docclean.documents.writer import WrittenFile, open_document, shares_file, verify_output, write_page
from tests.helpers.disks import small_disk
from tests.helpers.pages import icc_profile, image_in, read, saved, source_of, with_change, write

_DEFLATE = "tiff_adobe_deflate"


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return saved(folder / "page.png", image_in("RGB"))


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "bmp", "jp2", "ppm", "gif"])
@pytest.mark.parametrize("output_format", [OutputFormat.KEEP, None])
def test_write_page_untouched_is_the_same_bytes(
    tmp_path: Path, suffix: str, output_format: OutputFormat | None
) -> None:
    source = saved(tmp_path / f"page.{suffix}", image_in("L"))
    wanted = {"png": "png", "jpg": "jpeg", "tif": "tiff", "webp": "webp"}
    chosen = output_format or OutputFormat(wanted.get(suffix, "keep"))
    written = write(read(source), tmp_path / "out" / "deep" / "result", source, chosen)
    assert written == WrittenFile(tmp_path / "out" / "deep" / "result")
    assert written.path.read_bytes() == source.read_bytes()


def test_write_page_equal_pixels_in_a_new_array_is_the_same_bytes(tmp_path: Path, page_file: Path) -> None:
    page = read(page_file)
    written = write(replace(page, pixels=page.pixels.copy()), tmp_path / "result.png", page_file)
    assert written.path.read_bytes() == page_file.read_bytes()


def test_write_page_keep_goes_by_content_not_by_name(tmp_path: Path) -> None:
    source = saved(tmp_path / "scan.tif", image_in("RGB"), format="JPEG")
    page = read(source)
    assert page.file_format == "JPEG"
    written = write(with_change(page), tmp_path / "out.tif", source)
    assert read(written.path).file_format == "JPEG"


@pytest.mark.parametrize(
    ("output_format", "name"),
    [(OutputFormat.PNG, "PNG"), (OutputFormat.TIFF, "TIFF"), (OutputFormat.JPEG, "JPEG"), (OutputFormat.WEBP, "WEBP")],
)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "P-gray", "P-alpha", "RGB", "RGBA", "CMYK"])
def test_write_page_converts_every_mode(tmp_path: Path, mode: str, output_format: OutputFormat, name: str) -> None:
    source = saved(tmp_path / ("in.tif" if mode == "CMYK" else "in.png"), image_in(mode, 40, 40), dpi=(300, 300))
    page = with_change(read(source))
    written = write(page, tmp_path / "out", source, output_format)
    result = read(written.path)
    assert result.file_format == name
    assert result.size == page.size
    assert result.resolution_dpi == (300.0, 300.0)
    if name == "TIFF" or (name == "PNG" and mode != "CMYK"):
        wanted = page.pixels if mode != "1" else np.where(page.pixels < 128, 0, 255)
        np.testing.assert_allclose(result.pixels.astype(int), wanted, atol=1)


@pytest.mark.parametrize(
    ("mode", "output_format", "words"),
    [
        ("LA", OutputFormat.JPEG, "transparent places became white"),
        ("P-alpha", OutputFormat.JPEG, "transparent places became white"),
        ("I;16", OutputFormat.JPEG, "stored with 8 bits"),
        ("I;16", OutputFormat.WEBP, "stored with 8 bits"),
        ("CMYK", OutputFormat.PNG, "stored as RGB"),
        ("CMYK", OutputFormat.WEBP, "stored as RGB"),
    ],
)
def test_write_page_says_what_a_format_cannot_hold(
    tmp_path: Path, mode: str, output_format: OutputFormat, words: str
) -> None:
    source = saved(tmp_path / ("in.tif" if mode == "CMYK" else "in.png"), image_in(mode))
    (warning,) = write(read(source), tmp_path / "out", source, output_format).warnings
    assert words in warning


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_write_page_plain_conversions_say_nothing(tmp_path: Path, mode: str) -> None:
    source = saved(tmp_path / "in.png", image_in(mode), dpi=(300, 300))
    for output_format in OutputFormat:
        assert write(read(source), tmp_path / output_format, source, output_format).warnings == ()


def test_write_page_gray_that_gained_color_is_rgb(tmp_path: Path) -> None:
    for mode in ("1", "L", "LA", "I;16", "P-gray"):
        source = saved(tmp_path / f"{mode[0]}.png", image_in(mode), dpi=(200, 200))
        page = read(source)
        pixels = np.repeat(page.pixels, 3, axis=2)
        pixels[3:6, 2:9] = (200, 30, 40)
        result = read(write(replace(page, pixels=pixels), tmp_path / f"out-{mode[0]}-{len(mode)}.png", source).path)
        assert result.stored.mode is ColorMode.RGB
        assert (result.stored.alpha is None) == (mode != "LA")
        if mode != "LA":
            np.testing.assert_array_equal(result.pixels, pixels)


def test_write_page_of_another_size_is_a_programming_error(tmp_path: Path, page_file: Path) -> None:
    page = replace(read(page_file), pixels=np.zeros((3, 3, 3), np.uint8))
    with pytest.raises(ValueError, match="cannot have"):
        write(page, tmp_path / "out.png", page_file)
    assert not (tmp_path / "out.png").exists()


def test_write_page_jpeg_keeps_subsampling_progression_and_size(tmp_path: Path) -> None:
    image = Image.fromarray(np.asarray(image_in("RGB", 30, 30)).repeat(20, 0).repeat(20, 1))
    for quality, subsampling, is_progressive in ((30, 2, True), (75, 1, False), (97, 0, True)):
        source = saved(
            tmp_path / f"{quality}.jpg", image, quality=quality, subsampling=subsampling, progressive=is_progressive
        )
        result = write(with_change(read(source)), tmp_path / f"out-{quality}.jpg", source).path
        facts = read(result).encoding
        assert (facts["subsampling"], facts["progressive"]) == (subsampling, is_progressive)
        assert result.stat().st_size <= 1.1 * source.stat().st_size


def test_write_page_jpeg_finer_than_quality_90_keeps_its_tables(tmp_path: Path) -> None:
    source = saved(tmp_path / "fine.jpg", image_in("RGB", 64, 64), quality=97)
    page = read(source)
    assert (
        read(write(with_change(page), tmp_path / "out.jpg", source).path).encoding["quantization"]
        == (page.encoding["quantization"])
    )


def test_write_page_noise_as_progressive_jpeg_is_written_somehow(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.jpg", image_in("RGB", 600, 600), quality=100, subsampling=0)
    page = read(source)
    page = replace(page, encoding=page.encoding | {"progressive": True})
    assert read(write(with_change(page), tmp_path / "out.jpg", source).path).size == (600, 600)


def test_write_page_pillow_failing_to_optimize_jpeg_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_save = Image.Image.save

    def save(image: Image.Image, file: Any, name: str, **options: Any) -> None:
        if options.get("optimize"):
            raise OSError("encoder error -2 when writing image file")
        real_save(image, file, name, **options)

    source = saved(tmp_path / "in.jpg", image_in("L"))
    page = with_change(read(source))
    monkeypatch.setattr(Image.Image, "save", save)
    assert read(write(page, tmp_path / "out.jpg", source).path).size == page.size


@pytest.mark.parametrize(
    ("mode", "compression", "expected"),
    [
        ("1", "raw", "raw"), ("1", "group4", "group4"), ("1", "group3", "group4"), ("1", "tiff_lzw", "tiff_lzw"),
        ("1", "packbits", "packbits"),
        ("L", "raw", "raw"), ("L", "tiff_lzw", "tiff_lzw"), ("L", "tiff_adobe_deflate", "tiff_adobe_deflate"),
        ("L", "packbits", "packbits"), ("L", "jpeg", "jpeg"),
        ("RGB", "raw", "raw"), ("RGB", "jpeg", "jpeg"), ("RGB", "tiff_lzw", "tiff_lzw"),
        ("I;16", "tiff_lzw", "tiff_lzw"), ("P", "tiff_lzw", "tiff_lzw"),
        ("CMYK", "jpeg", "jpeg"), ("CMYK", "tiff_lzw", "tiff_lzw"),
    ],
)  # fmt: skip
def test_write_page_tiff_keeps_its_compression(tmp_path: Path, mode: str, compression: str, expected: str) -> None:
    source = saved(tmp_path / "in.tif", image_in(mode, 40, 40), compression=compression)
    page = with_change(read(source))
    result = read(write(page, tmp_path / "out.tif", source).path)
    assert result.encoding["compression"] == expected
    assert result.stored.mode is page.stored.mode
    np.testing.assert_allclose(result.pixels.astype(int)[5:9, 3:17], page.pixels[5:9, 3:17], atol=90)


@pytest.mark.parametrize(("own", "expected"), [("webp", _DEFLATE), ("tiff_deflate", _DEFLATE), ("tiff_raw_16", "raw")])
def test_compression_for_unusual_input_loses_nothing(own: str, expected: str) -> None:
    samples = Samples(StoredSamples(ColorMode.RGB, np.zeros((2, 2, 3), np.uint8)))
    assert compression_for(samples, {"compression": own}) == expected


def test_write_page_group4_is_one_strip(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", image_in("1", 2000, 2000), compression="group4")
    result = write(with_change(read(source)), tmp_path / "out.tif", source).path
    with Image.open(result) as image:
        assert len(image.tag_v2[273]) == 1  # type: ignore[attr-defined] # only TIFF images have tags


def test_write_page_tiff_jpeg_in_rgb_is_small_and_keeps_subsampling(tmp_path: Path) -> None:
    smooth = Image.fromarray(np.asarray(image_in("RGB", 10, 10)).repeat(40, 0).repeat(40, 1))
    first = saved(tmp_path / "in.jpg", smooth, quality=80, subsampling=2)
    page = read(first)
    page = replace(page, file_format="TIFF", encoding=page.encoding | {"compression": "jpeg"})
    for number, subsampling in enumerate((0, 1, 2)):
        facts = page.encoding | {"subsampling": subsampling}
        out = tmp_path / f"{number}.tif"
        result = read(write(with_change(replace(page, encoding=facts)), out, first).path)
        assert result.encoding["subsampling"] == subsampling
        assert subsampling != 2 or out.stat().st_size <= 1.1 * first.stat().st_size
        np.testing.assert_allclose(
            result.pixels.astype(int).mean(axis=(0, 1)), with_change(page).pixels.mean(axis=(0, 1)), atol=3
        )


def test_write_page_tiff_jpeg_stored_as_rgb_is_not_subsampled(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", image_in("RGB", 40, 40), compression="jpeg", tiffinfo={530: (2, 2)})
    page = read(source)
    assert page.encoding["subsampling"] == 0
    assert read(write(with_change(page), tmp_path / "out.tif", source).path).encoding["subsampling"] == 0


def test_write_page_tiff_jpeg_longer_than_jpeg_allows_becomes_lossless(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", Image.new("L", (2, 65_520), 200), compression="raw")
    page = read(source)
    page = replace(page, encoding=page.encoding | {"compression": "jpeg"})
    result = read(write(with_change(page, columns=slice(0, 1)), tmp_path / "out.tif", source).path)
    assert result.encoding["compression"] == "tiff_adobe_deflate"


@pytest.mark.parametrize("is_lossless", [True, False])
def test_write_page_webp_stays_lossless_or_not(tmp_path: Path, is_lossless: bool) -> None:
    source = saved(tmp_path / "in.webp", image_in("RGB", 60, 60), lossless=is_lossless)
    page = read(source)
    assert page.encoding["lossless"] is is_lossless
    assert read(write(with_change(page), tmp_path / "out.webp", source).path).encoding["lossless"] is is_lossless


@pytest.mark.parametrize(("output_format", "side"), [(OutputFormat.WEBP, 16_384), (OutputFormat.JPEG, 65_501)])
def test_write_page_longer_than_the_format_allows_is_a_sentence(
    tmp_path: Path, output_format: OutputFormat, side: int
) -> None:
    source = saved(tmp_path / "in.png", Image.new("L", (1, side)))
    with pytest.raises(WriteError, match="choose TIFF or PNG"):
        write(read(source), tmp_path / "out", source, output_format)
    assert not (tmp_path / "out").exists()


def test_write_page_transparent_gif_keeps_its_transparency(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.gif", image_in("P"), transparency=3)
    page = read(source)
    result = read(write(with_change(page), tmp_path / "out.gif", source).path)
    assert result.stored.alpha is not None
    assert page.stored.alpha is not None
    np.testing.assert_array_equal(result.stored.alpha, page.stored.alpha)
    np.testing.assert_array_equal(result.pixels[10:], page.pixels[10:])


def test_write_page_gray_gif_that_gained_many_colors_says_so(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.gif", image_in("L", 60, 60))
    page = read(source)
    page = replace(page, pixels=np.asarray(image_in("RGB", 60, 60, seed=9)))
    written = write(page, tmp_path / "out.gif", source)
    assert written.warnings == ("The result has more than 256 colors; the nearest 256 were used.",)
    assert read(written.path).size == page.size


def test_write_page_over_the_input_is_refused(page_file: Path, tmp_path: Path) -> None:
    before = page_file.read_bytes()
    names = [page_file, tmp_path / "in" / ".." / "in" / "page.png", tmp_path / "link.png", tmp_path / "hard.png"]
    names[2].symlink_to(page_file)
    names[3].hardlink_to(page_file)
    (tmp_path / "folder").symlink_to(tmp_path / "in", target_is_directory=True)
    names.append(tmp_path / "folder" / "page.png")
    for name in names:
        output = OutputSpec(path=name, overwrite=True)
        with pytest.raises(WriteError, match="is the input itself"):
            write_page(with_change(read(page_file)), output, source_of(page_file))
        with pytest.raises(WriteError, match="is the input itself"):
            open_document(output, source_of(page_file))
    assert page_file.read_bytes() == before


def test_write_page_existing_output_needs_overwrite(page_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"mine")
    page = with_change(read(page_file))
    with pytest.raises(WriteError, match=r"out\.png: exists already; .*--overwrite"):
        write(page, path, page_file)
    assert path.read_bytes() == b"mine"
    write_page(page, OutputSpec(path=path, overwrite=True), source_of(page_file))
    np.testing.assert_array_equal(read(path).pixels, page.pixels)


def test_verify_output_dangling_link_counts_as_existing(page_file: Path, tmp_path: Path) -> None:
    (tmp_path / "out.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(WriteError, match="exists already"):
        verify_output(OutputSpec(path=tmp_path / "out.png"), source_of(page_file))


def test_write_page_below_a_file_is_a_sentence(page_file: Path) -> None:
    with pytest.raises(WriteError, match=r"a part of its path is a file|is in the way"):
        write(with_change(read(page_file)), page_file / "out.png", page_file)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("is_untouched", [True, False])
def test_write_page_fault_of_the_disk_is_a_sentence_and_leaves_nothing(
    page_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_untouched: bool
) -> None:
    def fail(descriptor: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    page = read(page_file)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WriteError, match=r"out\.png: "):
        write(page if is_untouched else with_change(page), tmp_path / "out" / "out.png", page_file)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 64) as disk:
        yield disk


def test_write_page_on_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, full_disk: Path) -> None:
    source = saved(tmp_path / "large.png", image_in("RGB", 300, 300))
    for page in (read(source), with_change(read(source))):
        with pytest.raises(WriteError, match="the disk is full"):
            write(page, full_disk / "out.png", source)
        assert list(full_disk.iterdir()) == []
    with pytest.raises(WriteError, match="the disk is full"), _document(full_disk / "out.tif", source) as document:
        document.append(read(source))
    assert list(full_disk.iterdir()) == []


def test_write_page_memory_running_out_is_a_sentence(
    page_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> NoReturn:
        raise MemoryError

    monkeypatch.setattr(writer, "encode_page", fail)
    with pytest.raises(WriteError, match="want of memory"):
        write(with_change(read(page_file)), tmp_path / "out.png", page_file)


def test_write_page_input_that_vanished_is_a_sentence(page_file: Path, tmp_path: Path) -> None:
    page = read(page_file)
    page_file.unlink()
    with pytest.raises(ReadError, match=r"page\.png: was not found"):
        write(page, tmp_path / "out.png", page_file)
    assert not (tmp_path / "out.png").exists()


# Several pages in one file


def _document(path: Path, source: Path, pages: int = 1) -> DocumentWriter:
    return open_document(OutputSpec(path=path), source_of(source, 0, pages))


def _mixed(tmp_path: Path) -> tuple[Path, list[Page]]:
    """Make a document of pages in different modes, sizes, compressions and resolutions."""
    rows: list[tuple[str, str]] = [
        ("1", "group4"), ("RGB", "tiff_lzw"), ("L", "raw"), ("P", "packbits"), ("I;16", "tiff_adobe_deflate"),
        ("CMYK", "tiff_lzw"), ("LA", "tiff_lzw"), ("RGBA", "raw"),
    ]  # fmt: skip
    path = tmp_path / "in.tif"
    files = [
        saved(tmp_path / f"{number}.tif", image_in(mode, 20 + number, 30), compression=compression,
              dpi=(100 + number, 200), **({"icc_profile": icc_profile()} if mode == "RGB" else {}))
        for number, (mode, compression) in enumerate(rows)
    ]  # fmt: skip
    with _document(path, files[0], 99) as document:
        for file in files:
            assert document.append(read(file)) == ()
        assert document.commit() == path
    return path, [read(file) for file in files]


def test_document_writer_mixed_pages_come_back_one_by_one(tmp_path: Path) -> None:
    path, pages = _mixed(tmp_path)
    for number, page in enumerate(pages):
        result = read(path, number)
        assert result.stored.mode is page.stored.mode
        assert result.resolution_dpi == (100.0 + number, 200.0)
        assert result.icc_profile == page.icc_profile
        assert result.encoding["compression"] == page.encoding["compression"]
        np.testing.assert_array_equal(result.stored.data, page.stored.data)
    assert shares_file(source_of(path, 0, len(pages)), OutputSpec(path=path))


def test_document_writer_with_one_page_touched_keeps_the_others(tmp_path: Path) -> None:
    path, pages = _mixed(tmp_path)
    with _document(tmp_path / "out.tif", path, len(pages)) as document:
        for number in range(len(pages)):
            page = read(path, number)
            document.append(with_change(page) if number == 1 else page)
        document.commit()
    for number in range(len(pages)):
        result = read(tmp_path / "out.tif", number)
        expected = with_change(read(path, number)) if number == 1 else read(path, number)
        np.testing.assert_array_equal(result.pixels, expected.pixels)


def test_document_writer_all_untouched_is_the_same_bytes(tmp_path: Path) -> None:
    path, pages = _mixed(tmp_path)
    with _document(tmp_path / "out.tif", path, len(pages)) as document:
        for number in range(len(pages)):
            document.append(read(path, number))
        document.commit()
    assert (tmp_path / "out.tif").read_bytes() == path.read_bytes()


def test_document_writer_without_commit_leaves_nothing(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", image_in("L"))
    with _document(tmp_path / "out" / "out.tif", source) as document:
        document.append(read(source))
    with suppress(KeyboardInterrupt), _document(tmp_path / "out" / "out.tif", source) as document:
        document.append(read(source))
        raise KeyboardInterrupt
    assert list((tmp_path / "out").iterdir()) == []


def test_encode_page_knows_every_format_that_can_be_read() -> None:
    assert set(encoders._ENCODERS) == set(SUFFIXES)
