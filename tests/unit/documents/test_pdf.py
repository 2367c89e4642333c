"""PDF as an output: the samples that are in the file, and how large the page is on paper."""

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from docclean.core.job import OutputFormat
from docclean.core.page import ColorMode, Page, PixelArray
from docclean.documents.jpeg_encoder import encode_jpeg
from docclean.documents.pdf_encoder import encode_pdf
from docclean.documents.samples import Samples
from docclean.documents.writer import WrittenFile
from tests.helpers.pages import (
    deep_png,
    icc_profile,
    image_in,
    profile_for,
    random_samples,
    read,
    saved,
    with_change,
    write,
)

DPI = (300, 300)


def as_pdf(page: Page, path: Path, source: Path) -> WrittenFile:
    return write(page, path, source, OutputFormat.PDF)


def page_in(folder: Path, mode: str, **options: Any) -> tuple[Page, Path]:
    """Make a page of a mode, and change a part of it."""
    source = saved(folder / ("in.tif" if mode == "CMYK" else "in.png"), image_in(mode), **{"dpi": DPI} | options)
    return with_change(read(source)), source


@contextmanager
def image_of(path: Path, number: int = 0) -> Iterator[Any]:
    """Open a PDF that has no fault and give the one image of a page."""
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
        (image,) = pdf.pages[number].resources.XObject.values()
        yield image


def samples_of(path: Path, shape: tuple[int, ...], kind: str = "u1") -> NDArray[Any]:
    """Take the very samples out of the PDF, whatever the packing without loss."""
    with image_of(path) as image:
        return np.frombuffer(image.read_bytes(), kind).reshape(shape)


def shown(path: Path, dpi: float = 300, number: int = 0) -> PixelArray:
    """Have another program draw a page at its own resolution."""
    document = pypdfium2.PdfDocument(path)
    try:
        pixels: PixelArray = np.asarray(document[number].render(scale=dpi / 72).to_pil().convert("RGB"))
        return pixels
    finally:
        document.close()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "P-gray", "P-alpha", "RGB", "RGBA"])
def test_pdf_page_is_drawn_as_the_pixels_that_were_cleaned(tmp_path: Path, mode: str) -> None:
    page, source = page_in(tmp_path, mode)
    path = as_pdf(page, tmp_path / "out.pdf", source).path
    wanted = page.pixels if mode != "1" else np.where(page.pixels < 128, 0, 255)
    np.testing.assert_allclose(shown(path).astype(int), np.broadcast_to(wanted, (*page.size, 3)), atol=1)


@pytest.mark.parametrize(
    ("mode", "space", "bits"),
    [
        ("1", "/DeviceGray", 1), ("L", "/DeviceGray", 8), ("LA", "/DeviceGray", 8), ("I;16", "/DeviceGray", 16),
        ("RGB", "/DeviceRGB", 8), ("RGBA", "/DeviceRGB", 8), ("CMYK", "/DeviceCMYK", 8),
    ],
)  # fmt: skip
def test_pdf_keeps_the_way_samples_are_stored(tmp_path: Path, mode: str, space: str, bits: int) -> None:
    page, source = page_in(tmp_path, mode)
    with image_of(as_pdf(page, tmp_path / "out.pdf", source).path) as image:
        assert (str(image.ColorSpace), int(image.BitsPerComponent)) == (space, bits)
        assert (int(image.Height), int(image.Width)) == page.size


def test_pdf_palette_stays_a_palette(tmp_path: Path) -> None:
    page, source = page_in(tmp_path, "P")
    with image_of(as_pdf(page, tmp_path / "out.pdf", source).path) as image:
        assert [str(image.ColorSpace[n]) for n in (0, 1)] == ["/Indexed", "/DeviceRGB"]


def test_pdf_samples_that_cleaning_left_alone_are_exact(tmp_path: Path) -> None:
    page, source = page_in(tmp_path, "I;16")
    samples = samples_of(as_pdf(page, tmp_path / "out.pdf", source).path, page.size, ">u2")
    np.testing.assert_array_equal(samples[10:], page.stored.data[10:])


def test_pdf_deep_color_keeps_16_bits(tmp_path: Path) -> None:
    deep = random_samples(9, 11, 6).view(np.uint16)
    source = tmp_path / "in.png"
    source.write_bytes(deep_png(deep, 2))
    path = as_pdf(read(source), tmp_path / "out.pdf", source).path
    np.testing.assert_array_equal(samples_of(path, deep.shape, ">u2"), deep)


@pytest.mark.parametrize(("color_type", "channels"), [(4, 2), (6, 4)])
def test_pdf_deep_samples_with_transparency_are_put_on_white_with_16_bits(
    tmp_path: Path, color_type: int, channels: int
) -> None:
    deep = random_samples(9, 11, channels * 2).view(np.uint16)
    source = tmp_path / "in.png"
    source.write_bytes(deep_png(deep, color_type))
    written = as_pdf(read(source), tmp_path / "out.pdf", source)
    opacity = deep[:, :, -1:] / 65_535
    wanted = deep[:, :, :-1] * opacity + 65_535 * (1 - opacity)
    np.testing.assert_allclose(samples_of(written.path, wanted.shape, ">u2"), wanted, atol=0.51)
    assert any("transparent places became white" in warning for warning in written.warnings)


def test_pdf_inks_are_kept_without_loss(tmp_path: Path) -> None:
    page, source = page_in(tmp_path, "CMYK")
    samples = samples_of(as_pdf(page, tmp_path / "out.pdf", source).path, (*page.size, 4))
    np.testing.assert_array_equal(samples[10:], page.stored.data[10:])


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pdf_of_a_jpeg_holds_the_jpeg_that_docclean_makes(tmp_path: Path, mode: str) -> None:
    source = saved(tmp_path / "in.jpg", image_in(mode, 64, 64), quality=60, dpi=DPI)
    page = with_change(read(source))
    samples = Samples(replace(page.stored, data=page.pixels[:, :, 0] if mode == "L" else page.pixels))
    with image_of(as_pdf(page, tmp_path / "out.pdf", source).path) as image:
        assert str(image.Filter) == "/DCTDecode"
        assert image.read_raw_bytes() == encode_jpeg(samples, None, page.encoding)


def test_pdf_of_a_jpeg_of_inks_is_not_inverted(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.jpg", Image.new("CMYK", (30, 20), (0, 0, 0, 0)), dpi=DPI)
    assert (shown(as_pdf(read(source), tmp_path / "out.pdf", source).path) >= 250).all()


def test_pdf_of_a_tiff_that_holds_jpeg_is_jpeg(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", image_in("RGB", 40, 40), compression="jpeg", dpi=DPI)
    with image_of(as_pdf(read(source), tmp_path / "out.pdf", source).path) as image:
        assert str(image.Filter) == "/DCTDecode"


def test_pdf_of_a_tiff_that_holds_jpeg_too_long_for_jpeg_is_lossless(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", Image.new("L", (2, 65_520), 200), compression="raw", dpi=DPI)
    page = read(source)
    page = replace(page, encoding=page.encoding | {"compression": "jpeg", "quantization": {}})
    with image_of(as_pdf(page, tmp_path / "out.pdf", source).path) as image:
        assert str(image.Filter) == "/FlateDecode"


def test_pdf_of_text_with_two_levels_is_packed_as_fax(tmp_path: Path) -> None:
    image = Image.new("L", (600, 800), 255)
    words = "\n".join(f"{1009**n:x}" for n in range(10, 22))
    ImageDraw.Draw(image).text((20, 20), words, fill=0, font=ImageFont.load_default(size=36))
    text = np.asarray(image) > 127
    source = saved(tmp_path / "in.png", Image.fromarray(text), dpi=DPI)
    path = as_pdf(read(source), tmp_path / "out.pdf", source).path
    with image_of(path) as image:
        assert str(image.Filter[0]) == "/CCITTFaxDecode"
    np.testing.assert_array_equal(shown(path)[:, :, 0] > 127, text)


def test_pdf_of_a_dithered_page_is_no_larger_than_its_bits(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", Image.fromarray(random_samples(400, 400) > 127), dpi=DPI)
    assert as_pdf(read(source), tmp_path / "out.pdf", source).path.stat().st_size < 400 * 400 / 8 + 1500


@pytest.mark.parametrize("dpi", [(300, 300), (204, 98), (72, 72), (299.72, 299.72)])
def test_pdf_page_has_the_size_of_the_paper(tmp_path: Path, dpi: tuple[float, float]) -> None:
    source = saved(tmp_path / "in.tif", Image.new("L", (1653, 1167), 200), dpi=dpi)
    with pikepdf.open(as_pdf(read(source), tmp_path / "out.pdf", source).path) as pdf:
        box = [float(value) for value in pdf.pages[0].mediabox]
    assert box == pytest.approx([0, 0, 1653 / dpi[0] * 72, 1167 / dpi[1] * 72], abs=0.01)


def test_pdf_page_larger_than_200_inches_has_a_larger_unit(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", Image.new("1", (60_000, 10)), dpi=(150, 150))
    with pikepdf.open(as_pdf(read(source), tmp_path / "out.pdf", source).path) as pdf:
        page = pdf.pages[0]
        assert float(page.mediabox[2]) <= 14_400
        assert float(page.mediabox[2]) * float(page.obj.UserUnit) == pytest.approx(60_000 / 150 * 72, abs=0.1)


@pytest.mark.parametrize("size", [(1, 1), (2000, 4)])
def test_pdf_page_narrower_than_pdf_allows_has_white_beside_it(tmp_path: Path, size: tuple[int, int]) -> None:
    source = saved(tmp_path / "in.png", Image.new("L", size), dpi=DPI)
    with pikepdf.open(as_pdf(read(source), tmp_path / "out.pdf", source).path) as pdf:
        box = [float(value) for value in pdf.pages[0].mediabox][2:]
        content = pdf.pages[0].Contents.read_bytes().decode().split()
    assert box == pytest.approx([max(3, side / 300 * 72) for side in size], abs=0.01)
    assert [float(content[1]), float(content[4])] == pytest.approx([side / 300 * 72 for side in size], abs=0.01)


def test_pdf_of_a_page_without_resolution_assumes_300_dpi_and_says_so(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", image_in("L"))
    written = as_pdf(read(source), tmp_path / "out.pdf", source)
    assert len(written.warnings) == 1
    assert "300 dpi" in written.warnings[0]
    with pikepdf.open(written.path) as pdf:
        assert float(pdf.pages[0].mediabox[2]) == pytest.approx(34 / 300 * 72, abs=0.01)


@pytest.mark.parametrize(("mode", "space"), [("L", "GRAY"), ("RGB", "RGB"), ("P", "RGB"), ("CMYK", "CMYK")])
def test_pdf_keeps_the_color_profile(tmp_path: Path, mode: str, space: str) -> None:
    page, source = page_in(tmp_path, mode)
    written = as_pdf(replace(page, icc_profile=profile_for(space)), tmp_path / "out.pdf", source)
    assert written.warnings == ()
    with image_of(written.path) as image:
        described = image.ColorSpace[1] if mode == "P" else image.ColorSpace
        assert str(described[0]) == "/ICCBased"
        assert described[1].read_bytes() == profile_for(space)
        assert int(described[1].N) == {"GRAY": 1, "RGB": 3, "CMYK": 4}[space]


def test_pdf_page_with_a_profile_is_drawn_alike(tmp_path: Path) -> None:
    page, source = page_in(tmp_path, "P", icc_profile=icc_profile())
    assert page.icc_profile is not None
    path = as_pdf(page, tmp_path / "out.pdf", source).path
    np.testing.assert_allclose(shown(path).astype(int), page.pixels, atol=2)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_pdf_of_a_gray_page_with_a_profile_for_colors_says_that_it_is_left_out(tmp_path: Path, suffix: str) -> None:
    source = saved(tmp_path / f"in.{suffix}", image_in("L"), dpi=DPI, icc_profile=icc_profile())
    written = as_pdf(read(source), tmp_path / "out.pdf", source)
    assert [warning.split(",")[0] for warning in written.warnings] == ["The color profile was left out"]
    with image_of(written.path) as image:
        assert str(image.ColorSpace) == "/DeviceGray"


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P-alpha"])
def test_pdf_of_a_transparent_page_says_that_it_was_put_on_white(tmp_path: Path, mode: str) -> None:
    page, source = page_in(tmp_path, mode)
    (warning,) = as_pdf(page, tmp_path / "out.pdf", source).warnings
    assert "transparent places became white" in warning


@pytest.mark.parametrize("orientation", [3, 6])
def test_pdf_of_a_turned_photo_is_upright(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = saved(tmp_path / "in.jpg", image_in("L", 16, 24), exif=exif, dpi=(72, 72), quality=100)
    page = read(source)
    path = as_pdf(page, tmp_path / "out.pdf", source).path
    with pikepdf.open(path) as pdf:
        assert "/Rotate" not in pdf.pages[0].obj
    assert shown(path, 72).shape[:2] == page.size


def test_pdf_of_equal_pages_is_equal_bytes_without_dates(tmp_path: Path) -> None:
    page, _ = page_in(tmp_path, "RGB")
    first, second = (encode_pdf(page)[0] for _ in range(2))
    assert first == second
    with pikepdf.open(io.BytesIO(first)) as pdf:
        assert {str(key) for key in pdf.docinfo.keys()} == {"/Producer"}  # noqa: SIM118 - iterating needs it


def test_pdf_holds_no_name_of_the_input(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[269] = "/home/me/secret"
    source = saved(tmp_path / "in.jpg", image_in("L"), exif=exif, dpi=DPI)
    data = as_pdf(read(source), tmp_path / "out.pdf", source).path.read_bytes()
    assert not any(word in data for word in (b"secret", b"in.jpg", b"out.pdf"))


def test_pdf_of_more_pixels_than_pillow_takes_by_itself_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, source = page_in(tmp_path, "L")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert as_pdf(page, tmp_path / "out.pdf", source).path.exists()


LOADING = """
from PIL import GifImagePlugin
from docclean.documents import pdf_encoder
before = GifImagePlugin.LOADING_STRATEGY
pdf_encoder._img2pdf()
assert GifImagePlugin.LOADING_STRATEGY is before
assert before is not GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
"""


def test_encoding_pdf_leaves_pillow_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")  # in a process of its own: here somebody may have loaded it before


def test_pdf_of_a_gray_page_that_gained_color_is_rgb(tmp_path: Path) -> None:
    page, source = page_in(tmp_path, "L")
    page = replace(page, pixels=np.repeat(page.pixels, 3, axis=2))
    page.pixels[3:6, 2:9] = (200, 30, 40)
    path = as_pdf(page, tmp_path / "out.pdf", source).path
    np.testing.assert_array_equal(samples_of(path, page.pixels.shape), page.pixels)
    assert page.stored.mode is ColorMode.GRAY
