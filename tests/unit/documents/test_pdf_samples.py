import io
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageCms, JpegImagePlugin, TiffImagePlugin

from docclean.core.errors import ReadError
from docclean.core.page import ColorMode, Page
from docclean.documents.pdf_samples import decoded, unpacked
from docclean.documents.reader import read_page
from tests.helpers.small_pdfs import HEIGHT, WIDTH, Paint, add_image, gray_samples, source_of, write_pdf

_GRAY, _COLORS = gray_samples(), np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
_BITS, _DEEP = _GRAY > 127, _GRAY.astype(np.uint16) * 257
_LEVELS = np.where(_BITS, 255, 0).astype(np.uint8)
_PALETTE = Array([Name.Indexed, Name.DeviceRGB, 255, bytes(range(256)) * 3])


def _read(path: Path, data: bytes, space: Any = Name.DeviceGray, bits: int = 8, **keys: Any) -> Page:
    return read_page(source_of(write_pdf(path / "a.pdf", lambda pdf: add_image(pdf, data, space, bits, **keys))))


def _encoded(samples: NDArray[Any], kind: str, mode: str | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(samples, mode).save(file, kind, **options)
    return file.getvalue()


@given(st.data(), st.sampled_from([1, 2, 4, 8, 16]), st.integers(1, 4), st.integers(1, 5), st.integers(1, 9))
def test_unpacked_samples_are_those_that_were_packed(
    data: st.DataObject, bits: int, channels: int, height: int, width: int
) -> None:
    numbers = st.lists(st.integers(0, 2**bits - 1), min_size=width * channels, max_size=width * channels)
    rows = data.draw(st.lists(numbers, min_size=height, max_size=height))
    row_bytes = (width * channels * bits + 7) // 8
    packed = b"".join(
        int("".join(f"{number:0{bits}b}" for number in row).ljust(8 * row_bytes, "0"), 2).to_bytes(row_bytes, "big")
        for row in rows
    )
    values = unpacked(packed, (height, width), channels, bits)
    assert values.tolist() == np.array(rows).reshape(height, width, channels).tolist()
    assert values.dtype == (np.uint16 if bits == 16 else np.uint8)


@given(st.integers(1, 8), st.floats(0, 1), st.floats(0, 1))
def test_decoded_follows_the_decode_array(bits: int, low: float, high: float) -> None:
    largest = 2**bits - 1
    values = np.arange(largest + 1, dtype=np.uint8).reshape(1, -1, 1)
    exact = (low + values * (high - low) / largest) * largest
    assert np.abs(decoded(values, (low, high), bits) - exact).max() <= 0.5 + 1e-9
    assert decoded(values, (0.0, 1.0), bits) is values


@pytest.mark.parametrize(
    ("data", "space", "bits", "mode", "stored"),
    [
        (_GRAY.tobytes(), Name.DeviceGray, 8, ColorMode.GRAY, _GRAY),
        (np.packbits(_BITS, axis=1).tobytes(), Name.DeviceGray, 1, ColorMode.BILEVEL, _LEVELS),
        (_COLORS.tobytes(), Name.DeviceRGB, 8, ColorMode.RGB, _COLORS),
        (_DEEP.astype(">u2").tobytes(), Name.DeviceGray, 16, ColorMode.GRAY16, _DEEP),
        (_COLORS.astype(">u2").tobytes(), Name.DeviceRGB, 16, ColorMode.RGB16, _COLORS.astype(np.uint16)),
        (np.dstack((_COLORS, _GRAY)).tobytes(), Name.DeviceCMYK, 8, ColorMode.CMYK, np.dstack((_COLORS, _GRAY))),
        (_GRAY.tobytes(), _PALETTE, 8, ColorMode.PALETTE, _GRAY),
    ],
)  # fmt: skip
def test_scan_gives_the_samples_of_its_image(
    tmp_path: Path, data: bytes, space: Any, bits: int, mode: ColorMode, stored: NDArray[Any]
) -> None:
    page = _read(tmp_path, data, space, bits)
    assert page.stored.mode is mode
    assert page.stored.data.dtype == stored.dtype
    assert np.array_equal(page.stored.data, stored)
    assert (page.file_format, page.warnings, page.is_kept) == ("PDF", (), False)
    assert page.encoding["bits"] == bits


def test_samples_of_few_bits_are_spread_over_the_range(tmp_path: Path) -> None:
    page = _read(tmp_path, bytes([0x1B] * (WIDTH // 4 * HEIGHT)), bits=2)
    assert page.pixels[0, :4, 0].tolist() == [0, 85, 170, 255]


def test_decode_array_turns_black_and_white_round(tmp_path: Path) -> None:
    inverse = Array([1, 0])
    assert np.array_equal(_read(tmp_path, _GRAY.tobytes(), Decode=inverse).stored.data, 255 - _GRAY)
    packed = np.packbits(_BITS, axis=1).tobytes()
    assert np.array_equal(_read(tmp_path, packed, bits=1, Decode=inverse).stored.data, 255 - _LEVELS)
    stencil = _read(tmp_path, packed, None, 1, ImageMask=True)
    assert np.array_equal(stencil.stored.data, _LEVELS), "0 is painted, in black"


def test_palette_of_black_and_white_is_two_levels(tmp_path: Path) -> None:
    space = Array([Name.Indexed, Name.DeviceGray, 1, b"\xff\x00"])
    page = _read(tmp_path, np.packbits(_BITS, axis=1).tobytes(), space, 1)
    assert page.stored.mode is ColorMode.BILEVEL
    assert np.array_equal(page.stored.data, 255 - _LEVELS)


@pytest.mark.parametrize(("mode", "space"), [("L", Name.DeviceGray), ("RGB", Name.DeviceRGB)])
def test_jpeg_gives_its_samples_and_its_tables(tmp_path: Path, mode: str, space: Any) -> None:
    data = _encoded(_GRAY if mode == "L" else _COLORS, "JPEG", quality=60)
    page = _read(tmp_path, data, space, Filter=Name.DCTDecode)
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        assert np.array_equal(page.stored.data, np.array(image))
        assert page.encoding["quantization"] == {number: list(table) for number, table in image.quantization.items()}
    assert page.encoding["compression"] == "jpeg"
    assert page.encoding["size_bytes"] == len(data)


@pytest.mark.parametrize("is_inverted", [False, True])
def test_jpeg_of_inks_is_what_the_decode_array_says(tmp_path: Path, *, is_inverted: bool) -> None:
    inks = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    inks[:, :, 3] = 200
    data = _encoded(inks, "JPEG", "CMYK", quality=95)  # Pillow inverts inks, as Adobe does
    ranges = {"Decode": Array([1, 0] * 4)} if is_inverted else {}
    page = _read(tmp_path, data, Name.DeviceCMYK, 8, Filter=Name.DCTDecode, **ranges)
    assert page.stored.mode is ColorMode.CMYK
    assert np.abs(page.stored.data.astype(int) - (inks if is_inverted else 255 - inks)).max() <= 4


def test_jpeg2000_gives_its_samples(tmp_path: Path) -> None:
    data = _encoded(_COLORS, "JPEG2000", irreversible=False)
    page = _read(tmp_path, data, Name.DeviceRGB, Filter=Name.JPXDecode)
    assert np.array_equal(page.stored.data, _COLORS)
    assert (page.encoding["compression"], page.encoding["irreversible"]) == ("jpeg2000", False)


def test_codec_within_another_filter_is_read(tmp_path: Path) -> None:
    data = _encoded(_GRAY, "JPEG", quality=60)
    filters = Array([Name.ASCIIHexDecode, Name.DCTDecode])
    page = _read(tmp_path, data.hex().encode() + b">", Filter=filters)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(page.stored.data, np.array(image))


@pytest.mark.parametrize(("group", "k", "name"), [("group4", -1, "group4"), ("group3", 0, "group3")])
def test_fax_gives_its_samples(tmp_path: Path, group: str, k: int, name: str) -> None:
    bits = np.zeros((HEIGHT, WIDTH), bool)
    bits[5:30, 7:50] = True
    tiff = _encoded(bits, "TIFF", compression=group)
    with Image.open(io.BytesIO(tiff)) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        (start,), (length,) = image.tag_v2[273], image.tag_v2[279]
        black_is_one = image.tag_v2[262] == 1
    data = tiff[start : start + length]
    parameters = Dictionary(K=k, Columns=WIDTH, Rows=HEIGHT, BlackIs1=black_is_one)
    page = _read(tmp_path, data, bits=1, Filter=Name.CCITTFaxDecode, DecodeParms=parameters)
    assert np.array_equal(page.stored.data > 0, bits)
    assert page.encoding["compression"] == name


def test_profile_is_kept_when_it_fits_the_samples(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    def paint(pdf: pikepdf.Pdf, channels: int) -> pikepdf.Object:
        space = Array([Name.ICCBased, pdf.make_stream(profile, N=channels)])
        return add_image(pdf, _COLORS.tobytes() if channels == 3 else _GRAY.tobytes(), space)

    fitting = read_page(source_of(write_pdf(tmp_path / "a.pdf", lambda pdf: paint(pdf, 3))))
    other = read_page(source_of(write_pdf(tmp_path / "b.pdf", lambda pdf: paint(pdf, 1))))
    assert (fitting.icc_profile, other.icc_profile) == (profile, None)
    assert np.array_equal(other.stored.data, _GRAY)


@pytest.mark.parametrize("family", ["Lab", "Separation", "DeviceN"])
def test_colors_that_cannot_be_kept_are_converted_with_a_sentence(tmp_path: Path, family: str) -> None:
    tint = Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0], C1=[1, 1, 1], N=1)
    space = {
        "Lab": Array([Name.Lab, Dictionary(WhitePoint=[0.9505, 1, 1.089], Range=[-128, 127, -128, 127])]),
        "Separation": Array([Name.Separation, Name.Spot, Name.DeviceRGB, tint]),
        "DeviceN": Array([Name.DeviceN, Array([Name.Spot]), Name.DeviceRGB, tint]),
    }[family]
    page = _read(tmp_path, (_COLORS if family == "Lab" else _GRAY).tobytes(), space)
    assert page.size == (HEIGHT, WIDTH)
    assert len(page.warnings) == 1
    assert family in page.warnings[0]
    if family != "Lab":
        assert np.array_equal(page.pixels[:, :, 0], _GRAY), "the tint is the gray"


def _masked(key: str, data: bytes, **keys: Any) -> Paint:
    def paint(pdf: pikepdf.Pdf) -> pikepdf.Object:
        space = keys.pop("space", Name.DeviceGray)
        masks: dict[str, Any] = {key: add_image(pdf, data, space, **keys)}
        return add_image(pdf, _GRAY.tobytes(), **masks)

    return paint


def test_what_is_transparent_is_shown_on_white(tmp_path: Path) -> None:
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:9] = 0
    page = read_page(source_of(write_pdf(tmp_path / "a.pdf", _masked("SMask", alpha.tobytes()))))
    expected = np.where(alpha == 0, 255, _GRAY)
    assert np.array_equal(page.stored.data, expected)
    stencil = np.packbits(alpha == 0, axis=1).tobytes()
    paint = _masked("Mask", stencil, space=None, bits=1, ImageMask=True)
    assert np.array_equal(read_page(source_of(write_pdf(tmp_path / "b.pdf", paint))).stored.data, expected)
    keyed = _read(tmp_path, _GRAY.tobytes(), Mask=Array([0, 100]))
    assert np.array_equal(keyed.stored.data, np.where(_GRAY <= 100, 255, _GRAY))


def test_mask_of_another_size_is_drawn_with_its_image_in_the_finer_size(tmp_path: Path) -> None:
    paint = _masked("SMask", bytes([255] * 9600), Width=120, Height=80)
    page = read_page(source_of(write_pdf(tmp_path / "a.pdf", paint)))
    assert page.size == (80, 120)
    assert page.resolution_dpi == (144.0, 144.0)
    assert "mask" in page.warnings[0]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (_GRAY.tobytes()[:2000], {}),
        (b"", {}),
        (_GRAY.tobytes(), {"Width": 0}),
        (_GRAY.tobytes(), {"Width": Name.Wide}),
        (_GRAY.tobytes(), {"Width": 10**6, "Height": 10**6}),
        (_GRAY.tobytes(), {"bits": 7}),
        (b"x" * 500, {"Filter": Name.FooDecode}),
        (b"no jpeg", {"Filter": Name.DCTDecode}),
        (b"no jpeg", {"Filter": Array([Name.DCTDecode, Name.FlateDecode])}),
        (b"\0\0\0\x0cjP  \r\n\x87\n", {"Filter": Name.JPXDecode}),
        (b"no jbig2", {"Filter": Name.JBIG2Decode, "bits": 1}),
        (_encoded(_GRAY, "JPEG")[:700], {"Filter": Name.DCTDecode}),
        (bytes(20 << 20), {}),
    ],
)
def test_image_that_cannot_be_read_is_a_sentence_about_its_page(
    tmp_path: Path, data: bytes, keys: dict[str, Any]
) -> None:
    with pytest.raises(ReadError) as fault:
        _read(tmp_path, data, **keys)
    assert str(fault.value).startswith(f"{tmp_path / 'a.pdf'}: page 1: its image ")
