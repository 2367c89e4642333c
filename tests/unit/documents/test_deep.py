"""16 bits per color: read by decoding twice, written by our own hand."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from docclean.core.job import OutputFormat
from docclean.core.page import ColorMode
from docclean.documents.deep_reader import has_deep_samples
from tests.helpers.pages import deep_png, icc_profile, mask_of_change, png_chunk, read, with_change, write

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def deep_samples(channels: int, height: int = 23, width: int = 31) -> NDArray[np.uint16]:
    return np.random.default_rng(channels).integers(0, 65_536, (height, width, channels), dtype=np.uint16)


def _deep_file(tmp_path: Path, color_type: int) -> tuple[Path, NDArray[np.uint16]]:
    samples = deep_samples(CHANNELS[color_type])
    path = tmp_path / "deep.png"
    extra = png_chunk(b"pHYs", struct.pack(">IIB", 11_811, 11_811, 1))
    path.write_bytes(deep_png(samples, color_type, extra))
    return path, samples


@pytest.mark.parametrize("color_type", [2, 4, 6])
def test_read_page_deep_png_keeps_all_16_bits(tmp_path: Path, color_type: int) -> None:
    path, samples = _deep_file(tmp_path, color_type)
    page = read(path)
    assert page.warnings == ()
    assert page.resolution_dpi == (300.0, 300.0)
    colors = samples if color_type == 2 else samples[:, :, :-1]
    assert page.stored.mode is (ColorMode.GRAY16 if color_type == 4 else ColorMode.RGB16)
    np.testing.assert_array_equal(page.stored.data, colors.squeeze())
    if color_type == 2:
        assert page.stored.alpha is None
        np.testing.assert_allclose(page.pixels.astype(float), samples / 257, atol=0.51)
    else:
        np.testing.assert_array_equal(page.stored.alpha, samples[:, :, -1])


def test_read_page_deep_png_with_transparent_color_gives_alpha(tmp_path: Path) -> None:
    samples = deep_samples(3)
    path = tmp_path / "deep.png"
    path.write_bytes(deep_png(samples, 2, png_chunk(b"tRNS", struct.pack(">HHH", *samples[4, 5].tolist()))))
    page = read(path)
    assert page.stored.alpha is not None
    assert np.argwhere(page.stored.alpha == 0).tolist() == [[4, 5]]


@pytest.mark.parametrize("color_type", [2, 4, 6])
@pytest.mark.parametrize("output_format", [OutputFormat.KEEP, OutputFormat.TIFF])
def test_write_page_deep_samples_come_back_exactly(
    tmp_path: Path, color_type: int, output_format: OutputFormat
) -> None:
    path, _ = _deep_file(tmp_path, color_type)
    page = replace(read(path), icc_profile=icc_profile())
    cleaned = with_change(page)
    result = read(write(cleaned, tmp_path / "out", path, output_format).path)
    unchanged = ~mask_of_change(cleaned)
    stored = page.stored.data
    if color_type == 4 and output_format is OutputFormat.TIFF:  # Pillow cannot read 16-bit grey with alpha from TIFF
        stored = np.repeat(stored[:, :, np.newaxis], 3, axis=2)
    np.testing.assert_array_equal(result.stored.data[unchanged], stored[unchanged])
    shown = np.broadcast_to(cleaned.pixels, result.pixels.shape)
    np.testing.assert_allclose(result.pixels.astype(int), shown, atol=1)
    assert (result.stored.alpha is None) == (color_type == 2)
    if page.stored.alpha is not None:
        np.testing.assert_array_equal(result.stored.alpha, page.stored.alpha)
    assert result.resolution_dpi == page.resolution_dpi
    assert result.icc_profile == page.icc_profile
    second = read(write(with_change(result, value=0), tmp_path / "again", tmp_path / "out").path)
    np.testing.assert_array_equal(second.stored.data[9:], stored[9:])


def test_write_page_deep_uncompressed_tiff_stays_uncompressed_and_exact(tmp_path: Path) -> None:
    path, samples = _deep_file(tmp_path, 2)
    page = replace(read(path), file_format="TIFF", encoding={"compression": "raw", "size_bytes": 1})
    out = write(with_change(page), tmp_path / "out.tif", path).path
    result = read(out)
    assert result.encoding["compression"] == "raw"
    np.testing.assert_array_equal(result.stored.data[10:], samples[10:])


def test_write_page_large_deep_page_has_many_chunks_and_strips(tmp_path: Path) -> None:
    samples = deep_samples(3, 900, 1000)
    path = tmp_path / "deep.png"
    path.write_bytes(deep_png(samples, 2))
    page = with_change(read(path))
    for output_format in (OutputFormat.PNG, OutputFormat.TIFF):
        result = read(write(page, tmp_path / output_format, path, output_format).path)
        np.testing.assert_array_equal(result.stored.data[10:], samples[10:])
    assert (tmp_path / "png").read_bytes().count(b"IDAT") > 2


def test_write_page_deep_to_jpeg_has_8_bits_and_says_so(tmp_path: Path) -> None:
    path, _ = _deep_file(tmp_path, 2)
    written = write(read(path), tmp_path / "out.jpg", path, OutputFormat.JPEG)
    assert written.warnings == ("JPEG cannot hold 16 bits; the result is stored with 8 bits.",)


def test_write_page_deep_with_alpha_to_webp_keeps_alpha_with_8_bits(tmp_path: Path) -> None:
    path, _ = _deep_file(tmp_path, 6)
    written = write(read(path), tmp_path / "out.webp", path, OutputFormat.WEBP)
    assert written.warnings == ("WEBP cannot hold 16 bits; the result is stored with 8 bits.",)
    assert read(written.path).stored.alpha is not None


def test_pillow_still_cuts_16_bit_colors(tmp_path: Path) -> None:
    """When this fails, docclean.documents.deep_reader can go."""
    path, _ = _deep_file(tmp_path, 2)
    with Image.open(path) as image:
        assert has_deep_samples(image)
        assert np.asarray(image).dtype == np.uint8
        assert not image.tile
        assert not has_deep_samples(image)


def test_read_page_deep_cmyk_is_cut_and_says_so(tmp_path: Path) -> None:
    inks = np.random.default_rng(1).integers(0, 65_536, (4, 5, 4), dtype=np.uint16)
    path = _raw_tiff(tmp_path, inks, photometric=5)
    page = read(path)
    assert page.stored.mode is ColorMode.CMYK
    assert page.warnings == ("The inks have 16 bits each; they were reduced to 8 bits.",)


def test_read_page_deep_color_in_an_unusual_layout_is_cut_and_says_so(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(0, 65_536, (4, 5, 4), dtype=np.uint16)
    page = read(_raw_tiff(tmp_path, samples, photometric=2, extra_samples=0))
    assert page.stored.mode is ColorMode.RGB
    assert page.warnings == ("The colors have 16 bits each; they were reduced to 8 bits.",)


def _raw_tiff(tmp_path: Path, samples: NDArray[np.uint16], photometric: int, extra_samples: int | None = None) -> Path:
    height, width, channels = samples.shape
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    tags = {256: width, 257: height, 258: (16,) * channels, 259: 1, 262: photometric, 277: channels, 278: height}
    for number, value in tags.items():
        directory[number] = value
    if extra_samples is not None:
        directory[338] = extra_samples
    directory[279] = samples.nbytes
    directory.tagtype[273] = 4
    directory[273] = 0
    path = tmp_path / "raw.tif"
    with path.open("wb") as file:
        directory.save(file)
        file.write(samples.astype("<u2").tobytes())
    return path
