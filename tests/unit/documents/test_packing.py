"""How results are packed: what was asked for, two levels without loss, and no larger than they came."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from docclean.core.job import Compression, Storage
from docclean.core.page import ColorMode, Page, PixelArray
from docclean.documents.encoders import encode_page, stays_as_read
from docclean.documents.jbig2 import encode_jbig2
from docclean.documents.mrc import split_layers
from tests.helpers.jbig2_files import jbig2_file
from tests.helpers.pages import icc_profile, image_in, profile_for, read, saved, with_change
from tests.helpers.pdf_files import add_page, drawn, read_pages
from tests.helpers.printed import DPI, page_with, printed_truth
from tests.helpers.programs import JBIG2, put_on_path

WITHOUT_LOSS = (Compression.KEEP, Compression.LOSSLESS)


def page_of(tmp_path: Path, pixels: PixelArray, name: str = "in.png", **options: Any) -> Page:
    return read(saved(tmp_path / name, Image.fromarray(pixels.squeeze()), dpi=(DPI, DPI), **options))


def two_level_page(tmp_path: Path) -> Page:
    page = page_of(tmp_path, page_with("nothing"))
    white = np.where(printed_truth(), 0, 255).astype(np.uint8)
    return replace(page, pixels=np.repeat(white[:, :, None], 3, 2), stored_as=ColorMode.BILEVEL)


def image_in_pdf(data: bytes) -> tuple[dict[str, Any], bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        (image,) = pdf.pages[0].resources.XObject.values()
        facts = {str(name): str(value) for name, value in image.items()}
        return facts, image.read_raw_bytes()


def drawn_pdf(data: bytes, dpi: float = DPI) -> NDArray[np.uint8]:
    with pypdfium2.PdfDocument(data) as document:
        picture: NDArray[np.uint8] = document[0].render(scale=dpi / 72, rev_byteorder=True).to_numpy()[:, :, :3]
        return picture.copy()


@pytest.mark.parametrize("compression", Compression)
@pytest.mark.parametrize("file_format", ["PDF", "TIFF", "PNG"])
def test_two_levels_are_never_packed_with_loss(tmp_path: Path, compression: Compression, file_format: str) -> None:
    page = two_level_page(tmp_path)
    data, _ = encode_page(page, file_format, Storage(compression=compression, quality=20))
    path = tmp_path / f"out.{file_format.lower()}"
    path.write_bytes(data)
    result = read(path)
    assert result.stored.mode is ColorMode.BILEVEL
    np.testing.assert_array_equal(result.stored.data, np.where(printed_truth(), 0, 255))


@pytest.mark.parametrize(
    ("compression", "name"), [("jpeg", "DCTDecode"), ("jpeg2000", "JPXDecode"), ("keep", "FlateDecode")]
)
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "I;16"])
def test_pdf_is_packed_as_asked(tmp_path: Path, compression: str, name: str, mode: str) -> None:
    page = with_change(read(saved(tmp_path / "in.png", image_in(mode, 64, 80), dpi=(100, 100))))
    data, _ = encode_page(page, "PDF", Storage(compression=Compression(compression)))
    assert name in image_in_pdf(data)[0]["/Filter"]
    (tmp_path / "out.pdf").write_bytes(data)
    error = np.abs(read(tmp_path / "out.pdf").pixels.astype(int) - page.pixels).mean()
    assert error < 12.0 if compression != "keep" else error < 0.5


def test_lossless_is_exact_and_no_larger_than_flate(tmp_path: Path) -> None:
    page = replace(page_of(tmp_path, page_with("color photo")), pixels=page_with("color photo")[::-1].copy())
    flate, lossless = (len(encode_page(page, "PDF", Storage(compression=way))[0]) for way in WITHOUT_LOSS)
    assert lossless <= flate
    data, _ = encode_page(page, "PDF", Storage(compression=Compression.LOSSLESS))
    (tmp_path / "out.pdf").write_bytes(data)
    np.testing.assert_array_equal(read(tmp_path / "out.pdf").pixels, page.pixels)


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "PDF", "TIFF", "JPEG2000"])
def test_quality_makes_smaller_and_larger(tmp_path: Path, file_format: str) -> None:
    page = page_of(tmp_path, page_with("color photo"), "in.jpg", quality=88)
    compression = Compression.JPEG if file_format in ("PDF", "TIFF") else Compression.KEEP
    sizes = [
        len(encode_page(page, file_format, Storage(compression=compression, quality=quality))[0])
        for quality in (20, 60, 95)
    ]
    assert sizes[0] < 0.7 * sizes[1] < 0.7 * sizes[2]


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("compression", Compression)
@pytest.mark.parametrize("file_format", ["PDF", "TIFF"])
def test_every_mode_can_be_packed_in_every_way(
    tmp_path: Path, mode: str, compression: Compression, file_format: str
) -> None:
    page = with_change(read(saved(tmp_path / "in.tif", image_in(mode, 40, 50), dpi=(100, 100))))
    data, _ = encode_page(page, file_format, Storage(compression=compression))
    (tmp_path / f"out.{file_format}").write_bytes(data)
    assert read(tmp_path / f"out.{file_format}").size == page.size


def test_tiff_says_what_it_cannot_do(tmp_path: Path) -> None:
    page = page_of(tmp_path, page_with("stamp"))
    for compression, words in ((Compression.JPEG2000, "JPEG was used"), (Compression.MRC, "packed as it came")):
        assert words in encode_page(page, "TIFF", Storage(compression=compression))[1][0]


@pytest.mark.parametrize("profile", [None, "RGB", "GRAY"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_gray_is_stored_as_gray(tmp_path: Path, mode: str, profile: str | None) -> None:
    options = {} if profile is None else {"icc_profile": icc_profile() if profile == "RGB" else profile_for(profile)}
    page = read(saved(tmp_path / "in.tif", image_in(mode), **options))
    luma = cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY)
    page = replace(page, pixels=np.repeat(luma[:, :, None], 3, 2), stored_as=ColorMode.GRAY)
    for file_format in ("TIFF", "PNG", "PDF", "JPEG"):
        (tmp_path / "out").write_bytes(encode_page(page, file_format)[0])
        result = read(tmp_path / "out")
        assert result.stored.mode is ColorMode.GRAY
        if file_format in ("TIFF", "PNG"):
            np.testing.assert_allclose(result.pixels[:, :, 0].astype(int), luma, atol=1)


def test_page_stored_otherwise_is_not_the_input_again(tmp_path: Path) -> None:
    page = page_of(tmp_path, np.repeat(page_with("nothing")[:, :, :1], 3, axis=2))
    assert stays_as_read(page, "PNG", Storage())
    assert stays_as_read(page, "PNG", Storage(compression=Compression.JPEG, quality=50))  # PNG leaves no choice
    assert not stays_as_read(replace(page, stored_as=ColorMode.GRAY), "PNG", Storage())
    assert stays_as_read(replace(page, stored_as=ColorMode.RGB), "PNG", Storage())
    fax = read(saved(tmp_path / "in.tif", image_in("1"), compression="group4"))
    assert stays_as_read(fax, "TIFF", Storage(compression=Compression.LOSSLESS))
    assert not stays_as_read(with_change(fax), "TIFF", Storage())
    jpeg = page_of(tmp_path, page_with("stamp"), "in.jpg")
    assert not stays_as_read(jpeg, "JPEG", Storage(quality=50))
    assert not stays_as_read(replace(jpeg, file_format="PDF"), "PDF", Storage(compression=Compression.LOSSLESS))


@pytest.mark.parametrize(("height", "width", "share"), [(1, 1, 0.5), (37, 53, 0.5), (50, 64, 0.02)])
def test_jbig2_is_what_the_program_makes_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, height: int, width: int, share: float
) -> None:
    program = JBIG2.replace("(white)", "(white, end_of_page=0)") if height == 1 else JBIG2  # as version 0.30 does
    put_on_path(monkeypatch, tmp_path / "bin", jbig2=program)
    white = np.random.default_rng(height).random((height, width)) > share
    assert encode_jbig2(np.where(white, np.uint8(255), np.uint8(0))) == jbig2_file(white)


def blots() -> NDArray[np.bool_]:
    """Two levels that look alike nowhere, True for white."""
    noise = np.random.default_rng(0).normal(0, 1, (300, 400)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 4) < 0.1, np.bool_)


def test_jbig2_goes_into_pdf_where_it_is_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(tmp_path, blots().astype(np.uint8) * np.uint8(255))
    page = replace(page, stored_as=ColorMode.BILEVEL)
    put_on_path(monkeypatch, tmp_path / "none")
    without, _ = encode_page(page, "PDF")
    put_on_path(monkeypatch, tmp_path / "bin", jbig2=JBIG2)
    data, _ = encode_page(page, "PDF")
    assert image_in_pdf(data)[0]["/Filter"] == "/JBIG2Decode"
    assert len(data) < len(without)
    (tmp_path / "out.pdf").write_bytes(data)
    np.testing.assert_array_equal(read(tmp_path / "out.pdf").stored.data > 0, blots())


DECODER = """
import sys
from pathlib import Path
Path(sys.argv[sys.argv.index("-o") + 1]).write_bytes(b"P4\\n1 1\\n\\0")
"""


@pytest.mark.parametrize(
    "programs",
    [
        {},
        {"jbig2": "sys.exit(3)"},
        {"jbig2": "print('no page')"},
        {"jbig2": JBIG2, "jbig2dec": DECODER},
        {"jbig2": JBIG2, "jbig2dec": "sys.exit(1)"},
    ],
)
def test_jbig2_that_is_not_there_or_wrong_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str]
) -> None:
    put_on_path(monkeypatch, tmp_path / "bin", **programs)
    assert encode_jbig2(np.where(printed_truth(), np.uint8(0), np.uint8(255))) is None
    data, notes = encode_page(two_level_page(tmp_path), "PDF")
    assert image_in_pdf(data)[0]["/Filter"] != "/JBIG2Decode"
    assert notes == ()


def test_two_levels_that_came_as_jbig2_and_grew_say_what_would_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = two_level_page(tmp_path)
    page = replace(page, encoding=page.encoding | {"compression": "jbig2", "size_bytes": 900})
    put_on_path(monkeypatch, tmp_path / "none")
    assert "jbig2enc" in encode_page(page, "PDF")[1][0]
    put_on_path(monkeypatch, tmp_path / "bin", jbig2=JBIG2)
    assert encode_page(page, "PDF")[1] == ()


@pytest.mark.parametrize("addition", ["stamp", "pen", "color photo", "highlighter"])
def test_layers_look_like_the_page_and_are_small(tmp_path: Path, addition: str) -> None:
    page = page_of(tmp_path, page_with(addition), "in.jpg", quality=85)
    page = replace(page, pixels=page_with(addition))
    data, notes = encode_page(page, "PDF", Storage(compression=Compression.MRC))
    assert notes == ()
    assert len(data) < 0.5 * len(encode_page(page, "PDF")[0])
    shown = drawn_pdf(data)
    shape = min(shown.shape[0], page.size.height), min(shown.shape[1], page.size.width)
    shown, wanted = shown[: shape[0], : shape[1]], page.pixels[: shape[0], : shape[1]]
    assert np.abs(shown.astype(int) - wanted).mean() < 4.0
    text = slice(30, 230), slice(20, 430)  # text stays sharp: ink is ink, paper is paper
    ink = printed_truth()[: shape[0], : shape[1]][text]
    core = cv2.erode(ink.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
    assert np.quantile(shown[text].max(axis=2)[core], 0.95) < 110
    if addition != "highlighter":
        far = cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
        assert np.quantile(shown[text].min(axis=2)[far], 0.02) > 225


def test_layers_hold_a_pale_and_a_dark_half() -> None:
    page = page_with("nothing").copy()
    page[:, 320:] = 255 - (255 - page[:, 320:]) // 2
    layers = split_layers(page, DPI)
    truth = printed_truth()
    assert (layers.ink & truth).sum() > 0.95 * truth.sum()
    assert (layers.ink & ~truth).sum() < 0.1 * truth.sum()
    layers.background[:, 150:170] = 255  # where a letter is half pale, half black
    assert layers.background.min() > 200


@pytest.mark.parametrize("shade", [0, 60, 100])
def test_thick_letters_are_strokes_to_their_middle(shade: int) -> None:
    page = np.full((400, 600, 3), 250, np.uint8)
    cv2.putText(page, "Bg8", (40, 300), cv2.FONT_HERSHEY_SIMPLEX, 7, (shade,) * 3, 60)
    truth = page[:, :, 0] < 175
    layers = split_layers(page, DPI)
    assert (layers.ink == truth).mean() > 0.995
    assert layers.background.min() > 240


def test_dark_parts_of_a_picture_are_no_letters() -> None:
    page = np.full((400, 600, 1), 250, np.uint8)
    clouds = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 1, (300, 400)), (0, 0), 12)
    page[50:350, 100:500] = np.clip(70 + 40 * clouds / clouds.std(), 0, 255)[:, :, None]
    layers = split_layers(page, DPI)
    assert layers.ink[70:330, 120:480].mean() < 0.1


def test_layers_of_a_page_without_ink_or_paper() -> None:
    for value in (0, 255):
        layers = split_layers(np.full((50, 60, 1), value, np.uint8), DPI)
        assert not layers.ink.any()
        assert (layers.background == value).all()


@pytest.mark.parametrize("packing", ["group4", "jbig2"])
def test_page_that_lost_specks_is_hardly_larger_than_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    """The rule for two-level documents: no more than 10 % larger."""
    put_on_path(monkeypatch, tmp_path / "bin", **({"jbig2": JBIG2} if packing == "jbig2" else {}))
    specks = np.random.default_rng(0).random(printed_truth().shape) < 0.0005
    path = two_level_pdf(tmp_path / "in.pdf", ~(printed_truth() | specks), packing)
    (page,) = read_pages(path)
    assert page.encoding["compression"] == packing
    cleaned = np.where(printed_truth(), 0, 255).astype(np.uint8)[:, :, None]
    data, notes = encode_page(replace(page, pixels=cleaned), "PDF")
    assert notes == ()
    assert len(image_in_pdf(data)[1]) <= 1.1 * page.encoding["size_bytes"]


def two_level_pdf(path: Path, white: NDArray[np.bool_], packing: str) -> Path:
    """A scan in two levels, as fax machines and programs of others pack it."""
    from tests.helpers.jbig2_files import jbig2_stream

    height, width = white.shape
    with pikepdf.new() as pdf:
        if packing == "jbig2":
            image = pdf.make_stream(jbig2_stream(white), Filter=pikepdf.Name.JBIG2Decode)
        else:
            file = io.BytesIO()
            Image.fromarray(white).save(file, "TIFF", compression="group4", strip_size=white.size)
            file.seek(0)
            tiff = TiffImagePlugin.TiffImageFile(file)
            (start,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]
            image = pdf.make_stream(file.getvalue()[start : start + length], Filter=pikepdf.Name.CCITTFaxDecode)
            image.DecodeParms = pikepdf.Dictionary(K=-1, Columns=width, Rows=height)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = width, height, 1
        image.ColorSpace = pikepdf.Name.DeviceGray
        points = width * 72 / DPI, height * 72 / DPI
        matrix = (points[0], 0, 0, points[1], 0, 0)
        add_page(pdf, drawn(matrix), {"/Im": image}, (round(points[0]), round(points[1])))
        pdf.save(path)
    return path
