import errno
import os
import struct
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import ExifTags, Image, TiffImagePlugin

from docclean.core.errors import ReadError
from docclean.core.page import ColorMode
from docclean.documents.decoding import MAX_PAGE_PIXELS, decoding
from docclean.documents.image_samples import read_samples
from docclean.documents.reader import read_page
from tests.helpers.pages import (
    HEIGHT,
    WIDTH,
    image_in,
    png_bytes,
    png_chunk,
    profile_for,
    random_samples,
    read,
    saved,
    source_of,
)

LOSSLESS = [
    *[("png", mode) for mode in ("1", "L", "LA", "I;16", "P", "P-gray", "P-alpha", "RGB", "RGBA")],
    *[("tif", mode) for mode in ("1", "L", "LA", "I;16", "P", "P-gray", "RGB", "RGBA", "CMYK")],
    *[("bmp", mode) for mode in ("1", "L", "P", "RGB")],
    *[("jp2", mode) for mode in ("L", "LA", "I;16", "RGB", "RGBA", "CMYK")],
    *[("ppm", mode) for mode in ("1", "L", "I;16", "RGB")],
]
COLOR_MODES = {
    "1": ColorMode.BILEVEL,
    "L": ColorMode.GRAY,
    "LA": ColorMode.GRAY,
    "I;16": ColorMode.GRAY16,
    "P": ColorMode.PALETTE,
    "P-gray": ColorMode.PALETTE,
    "P-alpha": ColorMode.PALETTE,
    "RGB": ColorMode.RGB,
    "RGBA": ColorMode.RGB,
    "CMYK": ColorMode.CMYK,
}
GRAYS = ("1", "L", "LA", "I;16", "P-gray")


@pytest.mark.parametrize(("suffix", "mode"), LOSSLESS)
def test_read_page_lossless_format_gives_mode_samples_and_pixels(tmp_path: Path, suffix: str, mode: str) -> None:
    image = image_in(mode)
    page = read(saved(tmp_path / f"page.{suffix}", image))
    assert page.warnings == ()
    assert page.stored.mode is COLOR_MODES[mode]
    assert page.pixels.shape == (HEIGHT, WIDTH, 1 if mode in GRAYS else 3)
    assert page.pixels.dtype == np.uint8
    assert page.pixels.flags.c_contiguous
    assert page.pixels is page.original
    assert page.is_untouched
    expected = np.asarray(image.convert("L") if mode == "1" else image)
    if mode in ("LA", "RGBA"):
        assert page.stored.alpha is not None
        np.testing.assert_array_equal(page.stored.alpha, expected[:, :, -1])
        expected = expected[:, :, :-1].squeeze()
    np.testing.assert_array_equal(page.stored.data, expected)
    assert (page.stored.alpha is not None) == (mode in ("LA", "RGBA", "P-alpha"))


@pytest.mark.parametrize(("suffix", "mode"), [("jpg", "L"), ("jpg", "RGB"), ("jpg", "CMYK"), ("webp", "RGB")])
def test_read_page_lossy_format_gives_mode_and_size(tmp_path: Path, suffix: str, mode: str) -> None:
    page = read(saved(tmp_path / f"page.{suffix}", image_in(mode)))
    assert page.stored.mode is COLOR_MODES[mode]
    assert page.pixels.shape == (HEIGHT, WIDTH, 1 if mode in GRAYS else 3)


def test_read_page_arrays_are_read_only(tmp_path: Path) -> None:
    page = read(saved(tmp_path / "page.png", image_in("RGBA")))
    assert page.stored.alpha is not None
    for array in (page.pixels, page.original, page.stored.data, page.stored.alpha):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0


def test_read_page_transparent_pixels_are_shown_on_white(tmp_path: Path) -> None:
    samples = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [0, 0, 0, 51]]], np.uint8)
    page = read(saved(tmp_path / "page.png", Image.fromarray(samples)))
    np.testing.assert_array_equal(page.pixels, [[[255, 255, 255], [10, 20, 30], [204, 204, 204]]])


def test_read_page_16_bit_gray_shows_the_nearest_8_bit_value(tmp_path: Path) -> None:
    samples = np.array([[0, 128, 129, 257, 65_535]], np.uint16)
    page = read(saved(tmp_path / "page.png", Image.fromarray(samples)))
    np.testing.assert_array_equal(page.pixels[:, :, 0], [[0, 0, 1, 1, 255]])


def test_read_page_rgb_with_gray_pixels_stays_rgb(tmp_path: Path) -> None:
    page = read(saved(tmp_path / "page.png", image_in("L").convert("RGB")))
    assert page.stored.mode is ColorMode.RGB
    assert page.pixels.shape[2] == 3


@pytest.mark.parametrize(
    ("bits", "key", "value"), [(1, 1, 255), (2, 3, 255), (4, 15, 255), (8, 200, 200), (16, 40_000, 40_000)]
)
def test_read_page_gray_png_with_transparent_value_gives_alpha(tmp_path: Path, bits: int, key: int, value: int) -> None:
    width = 8
    line = (key << bits * (width - 1)).to_bytes(bits, "big")  # the first pixel has the value, the others have 0
    path = tmp_path / "page.png"
    path.write_bytes(png_bytes(width, 1, bits, 0, b"\0" + line, png_chunk(b"tRNS", struct.pack(">H", key))))
    page = read(path)
    assert page.stored.alpha is not None
    assert int(page.stored.data[0, 0]) == value
    assert page.stored.alpha[0, 0] == 0
    assert page.stored.alpha[0, 1] == np.iinfo(page.stored.alpha.dtype).max
    assert page.pixels[0, 0, 0] == 255


def test_read_page_rgb_png_with_transparent_color_gives_alpha(tmp_path: Path) -> None:
    samples = random_samples(3, 4, 3)
    path = saved(tmp_path / "page.png", Image.fromarray(samples), transparency=tuple(map(int, samples[1, 2])))
    page = read(path)
    assert page.stored.alpha is not None
    assert np.argwhere(page.stored.alpha == 0).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [[0, 32_768, 65_535]]),
        (np.array([[0.0, 51.0, 255.0]], np.float32), [[0, 13_107, 65_535]]),
        (np.array([[0.0, 256.0, 65_535.0]], np.float32), [[0, 256, 65_535]]),
        (np.array([[0.0, 50_000.0, 100_000.0]], np.float32), [[0, 32_768, 65_535]]),
        (np.array([[np.nan, -5.0, 1.0]], np.float32), [[0, 0, 65_535]]),
        (np.array([[0, 1000, 65_535]], np.int32), [[0, 1000, 65_535]]),
        (np.array([[0, 65_536, 131_072]], np.int32), [[0, 32_768, 65_535]]),
    ],
)
def test_read_page_wide_gray_is_kept_with_16_bits(tmp_path: Path, samples: Any, expected: list[list[int]]) -> None:
    page = read(saved(tmp_path / "page.tif", Image.fromarray(samples)))
    assert page.stored.mode is ColorMode.GRAY16
    np.testing.assert_array_equal(page.stored.data, expected)
    assert bool(page.warnings) == (not np.array_equal(samples, expected))


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_read_page_orientation_is_applied_exactly_once(tmp_path: Path, orientation: int, suffix: str) -> None:
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:8, :16] = (255, 0, 0)
    upright[8:, 16:] = (0, 0, 255)
    undone = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    all_options: dict[str, dict[str, Any]] = {"jpg": {"quality": 100, "subsampling": 0}, "webp": {"lossless": True}}
    options = all_options.get(suffix, {})
    image = Image.fromarray(np.ascontiguousarray(undone))
    page = read(saved(tmp_path / f"page.{suffix}", image, exif=exif, **options))
    np.testing.assert_allclose(page.pixels.astype(int), upright, atol=3)


def test_read_page_turned_sideways_swaps_the_resolutions(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    page = read(saved(tmp_path / "page.jpg", image_in("L"), exif=exif, dpi=(200, 100)))
    assert page.resolution_dpi == (100.0, 200.0)


def test_read_page_bomb_is_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bytes(30_000, 30_000, 1, 0, bytes(3_751 * 100)))
    with pytest.raises(ReadError, match=f"more than {MAX_PAGE_PIXELS // 10**6} million pixels"):
        read(path)


def test_read_page_far_larger_bomb_is_the_same_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pgm"
    path.write_bytes(b"P5 100000 100000 255\n")
    with pytest.raises(ReadError, match="million pixels"):
        read(path)


def test_read_page_a0_at_600_dpi_is_within_the_limit() -> None:
    height, width = 28_087, 19_866
    assert height * width <= MAX_PAGE_PIXELS


def test_read_page_larger_than_pillow_likes_is_read_and_pillow_is_left_alone(tmp_path: Path) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    side = 14_000  # 196 million px; Pillow refuses 179 million
    compressor = zlib.compressobj(1)
    line = b"\0" + b"\xff" * ((side + 7) // 8)
    data = b"".join([compressor.compress(line) for _ in range(side)]) + compressor.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path = tmp_path / "large.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    )
    page = read(path)
    assert page.size == (side, side)
    assert page.warnings == ()
    assert limit == Image.MAX_IMAGE_PIXELS


def _truncated(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("png", {}),
        ("jpg", {}),
        ("tif", {}),
        ("tif", {"compression": "tiff_lzw"}),
        ("tif", {"compression": "jpeg"}),
        ("webp", {}),
        ("bmp", {}),
        ("ppm", {}),
        ("jp2", {}),
        ("gif", {}),
    ],
)
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_read_page_truncated_file_is_a_sentence(
    tmp_path: Path, suffix: str, options: dict[str, Any], share: float
) -> None:
    path = _truncated(saved(tmp_path / f"page.{suffix}", image_in("RGB", 200, 200), **options), share)
    with pytest.raises(ReadError, match=rf"page\.{suffix}: is (damaged|not an image)") as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"Dear Sir or Madam,\n", "not an image of a known kind"),
        (b"%PDF-1.7\n", "is damaged, or not a PDF file"),
        (b"\x89PNG\r\n\x1a\n", "damaged or cut off"),
        (b"\xff\xd8\xff\xe0", "damaged or cut off"),
        (b"II*\0\x08\0\0\0", "damaged or cut off"),
    ],
)
def test_read_page_what_is_no_image_is_a_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=words):
        read(path)


def test_read_page_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone\.png: was not found"):
        read(tmp_path / "gone.png")


def test_read_page_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="is a folder"):
        read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_read_page_pipe_is_a_sentence_and_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "page.png")
    with pytest.raises(ReadError, match="a device or a pipe"):
        read(tmp_path / "page.png")


def test_read_page_name_with_a_zero_byte_is_a_sentence() -> None:
    with pytest.raises(ReadError):
        read(Path("a\0b.png"))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "may not be read"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (MemoryError(), "does not fit into memory"),
        (SyntaxError("broken"), "damaged or cut off"),
        (struct.error("short"), "damaged or cut off"),
        (zlib.error("bad"), "damaged or cut off"),
        (RecursionError(), "damaged or cut off"),
    ],
)
def test_read_page_any_fault_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, words: str
) -> None:
    def fail(*arguments: Any, **options: Any) -> NoReturn:
        raise fault

    path = saved(tmp_path / "page.png", image_in("L"))
    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(ReadError, match=words):
        read(path)


def test_read_page_page_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    path = saved(tmp_path / "page.tif", image_in("L"))
    with pytest.raises(ReadError, match="has no page 3"):
        read(path, 2)
    with pytest.raises(ReadError, match="has no page 2"):
        read(saved(tmp_path / "page.png", image_in("L")), 1)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "bmp", "jp2", "ppm", "gif"])
def test_read_page_of_one_pixel_is_fine(tmp_path: Path, suffix: str) -> None:
    page = read(saved(tmp_path / f"page.{suffix}", Image.new("L", (1, 1), 255)))
    assert page.size == (1, 1)
    assert int(page.pixels[0, 0, 0]) == 255


def test_read_page_damaged_exif_is_a_warning(tmp_path: Path) -> None:
    path = saved(tmp_path / "page.jpg", image_in("L"), exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(20))
    assert all(len(warning.splitlines()) == 1 for warning in read(path).warnings)


def test_read_page_unreadable_exif_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: Image.Image) -> NoReturn:
        raise struct.error("short")

    monkeypatch.setattr(Image.Image, "getexif", fail)
    page = read(saved(tmp_path / "page.bmp", image_in("L")))
    assert page.warnings == ("The EXIF data is damaged; orientation and resolution were not taken from it.",)


def test_read_page_animation_says_that_one_picture_is_used(tmp_path: Path) -> None:
    path = tmp_path / "page.gif"
    image_in("L").save(path, save_all=True, append_images=[image_in("L", seed=1)])
    assert read(path).warnings == ("The file has several pictures; only the first one is used.",)


def test_read_page_pillow_warning_becomes_a_page_warning(tmp_path: Path) -> None:
    path = saved(tmp_path / "page.tif", image_in("L"), tiffinfo={274: 1}, compression="raw")
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<HHI", 274, 3, 1), struct.pack("<HHI", 274, 3, 2)))
    (warning,) = read(path).warnings
    assert warning.startswith("The file has a flaw that was passed over: ")


@pytest.mark.parametrize(("mode", "expected"), [("LAB", ColorMode.RGB), ("YCbCr", ColorMode.RGB)])
def test_read_page_unusual_color_space_becomes_rgb(tmp_path: Path, mode: str, expected: ColorMode) -> None:
    image = Image.frombytes(
        mode, (2, 1), bytes((255, 0, 0, 0, 0, 0)) if mode == "LAB" else bytes((255, 128, 128, 0, 128, 128))
    )
    page = read(saved(tmp_path / "page.tif", image))
    assert page.stored.mode is expected
    np.testing.assert_allclose(page.pixels.astype(int), [[[255] * 3, [0] * 3]], atol=2)
    assert bool(page.warnings) == (mode == "LAB")


def test_read_page_cmyk_without_profile_is_plain_arithmetic(tmp_path: Path) -> None:
    inks = np.array([[[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0]]], np.uint8)
    page = read(saved(tmp_path / "page.tif", Image.frombytes("CMYK", (3, 1), inks.tobytes())))
    np.testing.assert_array_equal(page.pixels, [[[255] * 3, [0] * 3, [0, 255, 255]]])


def test_read_page_cmyk_with_useless_profile_is_plain_arithmetic(tmp_path: Path) -> None:
    image = Image.new("CMYK", (2, 2), (0, 0, 0, 255))
    page = read(saved(tmp_path / "page.tif", image, icc_profile=profile_for("CMYK")))
    assert page.icc_profile == profile_for("CMYK")
    assert not page.pixels.any()


def test_read_page_second_tiff_page_takes_nothing_from_the_first(tmp_path: Path) -> None:
    path = tmp_path / "document.tif"
    second = image_in("L", 7, 9)
    image_in("RGB").save(path, save_all=True, append_images=[second], dpi=(300, 300), icc_profile=profile_for("RGB"))
    data = path.read_bytes()
    first = read(path)
    assert first.resolution_dpi == (300.0, 300.0)
    assert first.icc_profile == profile_for("RGB")
    assert data == path.read_bytes()
    plain = saved(tmp_path / "plain.tif", second)
    with path.open("w+b") as file, TiffImagePlugin.AppendingTiffWriter(file) as tiff:
        tiff.write(
            saved(tmp_path / "dpi.tif", image_in("RGB"), dpi=(300, 300), icc_profile=profile_for("RGB")).read_bytes()
        )
        tiff.newFrame()
        tiff.write(plain.read_bytes())
        tiff.newFrame()
    page = read(path, 1)
    assert page.size == (7, 9)
    assert page.resolution_dpi is None
    assert page.icc_profile is None


def test_read_samples_palette_with_its_own_alpha_is_kept() -> None:
    image = image_in("P", 2, 2)
    image.putpalette(bytes(range(80)), "RGBA")
    samples = read_samples(image, "P", [])
    assert samples.palette is not None
    assert samples.palette[:2].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert samples.stored.alpha is not None


def test_decoding_leaves_warnings_of_other_threads_alone() -> None:
    def warn_elsewhere() -> list[str]:
        with decoding() as heard:
            thread = threading.Thread(target=lambda: warnings.warn("from another thread", stacklevel=1))
            thread.start()
            thread.join()
        return heard

    with pytest.warns(UserWarning, match="from another thread"):
        heard_here = warn_elsewhere()
    assert heard_here == []


def test_read_page_in_many_threads_puts_pillow_back(tmp_path: Path) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    path = saved(tmp_path / "page.png", image_in("RGB", 100, 100))
    pages = []
    threads = [
        threading.Thread(target=lambda: pages.extend([read_page(source_of(path)) for _ in range(20)])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 160
    assert limit == Image.MAX_IMAGE_PIXELS
