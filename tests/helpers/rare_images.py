"""Images in PDF files that are rare, or that no program can show as they were meant."""

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.helpers.made_pdfs import (
    HEIGHT,
    WIDTH,
    Maker,
    add_flate,
    add_gray,
    add_image,
    add_jpeg,
    add_page,
    gray_samples,
    one_page,
    saved,
    two_level,
)


def _repeated(samples: np.ndarray[Any, Any], times: int) -> bytes:
    return np.repeat(samples[:, :, None], times, axis=2).tobytes()


def _inks(pdf: Pdf, names: int) -> Array:
    """Name colors that have their own inks: a Separation or DeviceN space that darkens with the sum of its inks."""
    code = b"{ %s1 exch sub dup 0 lt { pop 0 } if }" % (b"add " * (names - 1))
    function = pdf.make_stream(code)
    function.FunctionType = 4
    function.Domain = Array([0, 1] * names)
    function.Range = Array([0, 1])
    if names == 1:
        return Array([Name.Separation, Name.Toner, Name.DeviceGray, function])
    return Array([Name.DeviceN, Array([Name(f"/Ink{n}") for n in range(names)]), Name.DeviceGray, function])


def _lab(pdf: Pdf) -> Object:
    white = Array([0.9505, 1, 1.089])
    space = Array([Name.Lab, Dictionary(WhitePoint=white, Range=Array([-128, 127, -128, 127]))])
    samples = np.dstack(
        [gray_samples(), np.full((HEIGHT, WIDTH), 128, np.uint8), np.full((HEIGHT, WIDTH), 140, np.uint8)]
    )
    return add_flate(pdf, samples.tobytes(), space)


def indexed(pdf: Pdf, bits: int = 8, colors: int | None = None) -> Object:
    """Add a palette image; `colors` shortens the palette below what the samples use."""
    levels = 1 << bits
    indices = (gray_samples() >> 8 - bits).astype(np.uint8)
    packed = np.unpackbits(indices[:, :, None], axis=2)[:, :, 8 - bits :].reshape(HEIGHT, -1)
    lookup = _repeated(np.linspace(0, 255, levels).astype(np.uint8)[None], 3)[: 3 * (colors or levels)]
    space = Array([Name.Indexed, Name.DeviceRGB, levels - 1, pikepdf.String(lookup)])
    return add_flate(pdf, np.packbits(packed, axis=1).tobytes(), space, bits)


def _calibrated(pdf: Pdf) -> Object:
    space = Array([Name.CalRGB, Dictionary(WhitePoint=Array([0.9505, 1, 1.089]), Gamma=Array([2.2, 2.2, 2.2]))])
    return add_flate(pdf, _repeated(gray_samples(), 3), space)


def _soft_mask(pdf: Pdf) -> Object:
    ramp = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
    mask = add_flate(pdf, ramp.tobytes(), Name.DeviceGray)
    return add_flate(pdf, _repeated(gray_samples(), 3), Name.DeviceRGB, SMask=mask)


def _stencil(pdf: Pdf) -> Object:
    return add_flate(pdf, two_level(), None, 1, ImageMask=True)


def _explicit_mask(pdf: Pdf) -> Object:
    return add_flate(pdf, _repeated(gray_samples(), 3), Name.DeviceRGB, Mask=_stencil(pdf))


def _color_key(pdf: Pdf) -> Object:
    return add_flate(pdf, gray_samples().tobytes(), Name.DeviceGray, Mask=Array([200, 255]))


def _bad_profile(pdf: Pdf) -> Object:
    profile = pdf.make_stream(b"not a profile" * 20)
    profile.N = 1
    profile.Alternate = Name.DeviceGray
    return add_flate(pdf, gray_samples().tobytes(), Array([Name.ICCBased, pdf.make_indirect(profile)]))


def _deep(pdf: Pdf, channels: int) -> Object:
    samples = (gray_samples().astype(">u2") * 257)[:, :, None].repeat(channels, axis=2)
    return add_flate(pdf, samples.tobytes(), Name.DeviceRGB if channels == 3 else Name.DeviceGray, 16)


def _four_bits(pdf: Pdf) -> Object:
    samples = gray_samples() >> 4
    return add_flate(pdf, (samples[:, ::2] << 4 | samples[:, 1::2]).tobytes(), Name.DeviceGray, 4)


RARE_IMAGES: dict[str, Callable[[Pdf], Object]] = {
    "jpeg": add_jpeg,
    "jpeg-color": lambda pdf: add_jpeg(pdf, "RGB"),
    "jpeg-cmyk": lambda pdf: add_jpeg(pdf, "CMYK"),
    "cmyk": lambda pdf: add_flate(pdf, _repeated(255 - gray_samples(), 4), Name.DeviceCMYK),
    "16-bit": lambda pdf: _deep(pdf, 1),
    "16-bit-color": lambda pdf: _deep(pdf, 3),
    "4-bit": _four_bits,
    "indexed": indexed,
    "indexed-1": lambda pdf: indexed(pdf, 1),
    "indexed-2": lambda pdf: indexed(pdf, 2),
    "indexed-4": lambda pdf: indexed(pdf, 4),
    "lab": _lab,
    "device-n": lambda pdf: add_flate(pdf, _repeated((255 - gray_samples()) // 2, 2), _inks(pdf, 2)),
    "separation": lambda pdf: add_flate(pdf, (255 - gray_samples()).tobytes(), _inks(pdf, 1)),
    "calibrated": _calibrated,
    "bad-profile": _bad_profile,
    "soft-mask": _soft_mask,
    "explicit-mask": _explicit_mask,
    "color-key": _color_key,
    "stencil": _stencil,
    "decode-inverted": lambda pdf: add_flate(
        pdf, (255 - gray_samples()).tobytes(), Name.DeviceGray, Decode=Array([1, 0])
    ),
    "two-level": lambda pdf: add_flate(pdf, two_level(), Name.DeviceGray, 1),
    "two-level-inverted": lambda pdf: add_flate(
        pdf, bytes(255 - byte for byte in two_level()), Name.DeviceGray, 1, Decode=Array([1, 0])
    ),
    "run-length": lambda pdf: add_image(
        pdf,
        b"".join(bytes((0, byte)) for byte in gray_samples().tobytes()) + b"\x80",
        Name.DeviceGray,
        Filter=Name.RunLengthDecode,
    ),
    "two-filters": lambda pdf: add_image(
        pdf,
        zlib.compress(gray_samples().tobytes()).hex().encode() + b">",
        Name.DeviceGray,
        Filter=Array([Name.ASCIIHexDecode, Name.FlateDecode]),
    ),
}
"""Images that are sound, by what is rare about them."""


def _cut_jpeg(pdf: Pdf) -> Object:
    image = add_jpeg(pdf)
    image.write(image.read_raw_bytes()[:400], filter=Name.DCTDecode)
    return image


def _foreign_filter(pdf: Pdf) -> Object:
    return add_image(pdf, b"something" * 50, Name.DeviceGray, Filter=Name.FooDecode)


def _cut_flate(pdf: Pdf) -> Object:
    return add_image(pdf, zlib.compress(gray_samples().tobytes())[:300], Name.DeviceGray, Filter=Name.FlateDecode)


def _wrong_size(pdf: Pdf, width: Any, height: Any) -> Object:
    image = add_gray(pdf)
    image.Width, image.Height = width, height
    return image


DAMAGED_IMAGES: dict[str, Callable[[Pdf], Object]] = {
    "too-short": lambda pdf: add_flate(pdf, gray_samples().tobytes()[:9000], Name.DeviceGray),
    "no-samples": lambda pdf: add_flate(pdf, b"", Name.DeviceGray),
    "foreign-filter": _foreign_filter,
    "cut-jpeg": _cut_jpeg,
    "cut-flate": _cut_flate,
    "no-jpeg": lambda pdf: add_image(pdf, b"no jpeg at all", Name.DeviceGray, Filter=Name.DCTDecode),
    "no-jpeg2000": lambda pdf: add_image(pdf, b"\0\0\0\x0cjP  \r\n\x87\n", Name.DeviceGray, Filter=Name.JPXDecode),
    "no-jbig2": lambda pdf: add_image(pdf, b"no jbig2", Name.DeviceGray, 1, Filter=Name.JBIG2Decode),
    "short-palette": lambda pdf: indexed(pdf, colors=3),
    "no-color-space": lambda pdf: add_flate(pdf, gray_samples().tobytes(), None),
    "foreign-color-space": lambda pdf: add_flate(pdf, gray_samples().tobytes(), Name.NoSuchSpace),
    "odd-bits": lambda pdf: add_flate(pdf, gray_samples().tobytes(), Name.DeviceGray, 7),
    "no-width": lambda pdf: _wrong_size(pdf, 0, HEIGHT),
    "negative-width": lambda pdf: _wrong_size(pdf, -WIDTH, HEIGHT),
    "width-is-a-name": lambda pdf: _wrong_size(pdf, Name.Wide, HEIGHT),
    "gigantic": lambda pdf: _wrong_size(pdf, 1_000_000_000, 1_000_000_000),
}
"""Images that no program can show as they were meant."""


def rare_image(name: str) -> Maker:
    return one_page({**RARE_IMAGES, **DAMAGED_IMAGES}[name])


def among_sound_pages(image: Callable[[Pdf], Object]) -> Maker:
    """Make a file of three pages, of which the one in the middle shows this image and the others a sound scan."""

    def fill(pdf: Pdf) -> None:
        for number in range(3):
            add_page(pdf, image(pdf) if number == 1 else add_gray(pdf))

    return saved(fill)
