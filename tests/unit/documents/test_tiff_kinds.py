"""TIFF files of every kind: read as they are, written again with their compression, resolution and profile."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from docclean.core.errors import ReadError
from docclean.core.job import OutputFormat
from docclean.documents.tiff_pages import count_pages
from tests.helpers.pages import icc_profile, image_in, read, saved, with_change, write

_UNIT, _X, _Y = 296, 282, 283


def tiled_tiff(samples: NDArray[np.uint8], side: int = 16) -> bytes:
    """A gray page in tiles, which Pillow cannot write."""
    height, width = samples.shape
    rows, columns = -(-height // side), -(-width // side)
    padded = np.pad(samples, ((0, rows * side - height), (0, columns * side - width)))
    tiles = [
        padded[r * side : (r + 1) * side, c * side : (c + 1) * side].tobytes()
        for r in range(rows)
        for c in range(columns)
    ]
    count = len(tiles)
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
               (277, 3, 1, 1), (322, 3, 1, side), (323, 3, 1, side)]  # fmt: skip
    start = 8 + 2 + 12 * (len(entries) + 2) + 4
    data_start = start + 8 * count
    entries += [(324, 4, count, start), (325, 4, count, start + 4 * count)]
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    offsets = struct.pack(f"<{count}I", *(data_start + n * side * side for n in range(count)))
    lengths = struct.pack(f"<{count}I", *([side * side] * count))
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    return head + packed + struct.pack("<I", 0) + offsets + lengths + b"".join(tiles)


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}])
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "raw"])
def test_compression_resolution_and_profile_are_kept(tmp_path: Path, compression: str, options: dict[str, Any]) -> None:
    image = image_in("RGB", 40, 50)
    source = saved(
        tmp_path / "in.tif", image, compression=compression, dpi=(203.2, 300), icc_profile=icc_profile(), **options
    )
    page = read(source)
    result = read(write(with_change(page), tmp_path / "out.tif", source).path)
    assert result.encoding["compression"] == page.encoding["compression"] == compression
    assert result.resolution_dpi == page.resolution_dpi == (203.2, 300.0)
    assert result.icc_profile == icc_profile()


@pytest.mark.parametrize(("unit", "stated", "wanted"), [(3, 118.11, 299.999), (2, 300.0, 300.0), (1, 300.0, None)])
def test_resolution_in_any_unit_is_the_same_size(
    tmp_path: Path, unit: int, stated: float, wanted: float | None
) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[_UNIT], tags[_X], tags[_Y] = unit, stated, stated
    source = saved(tmp_path / "in.tif", image_in("L"), tiffinfo=tags)
    page = read(source)
    result = read(write(with_change(page), tmp_path / "out.tif", source).path)
    assert result.resolution_dpi == page.resolution_dpi
    if wanted is None:
        assert page.resolution_dpi is None
    else:
        assert page.resolution_dpi == pytest.approx((wanted, wanted), abs=0.02)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_page_that_lies_on_its_side_is_written_upright(tmp_path: Path, orientation: int) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[274] = orientation
    source = saved(tmp_path / "in.tif", image_in("L"), tiffinfo=tags, dpi=(100, 200))
    page = read(source)
    result = read(write(with_change(page, value=0), tmp_path / "out.tif", source).path)
    with Image.open(tmp_path / "out.tif") as written:
        assert written.getexif().get(274, 1) == 1
    assert result.size == page.size
    assert result.resolution_dpi == page.resolution_dpi
    np.testing.assert_array_equal(result.pixels, with_change(page, value=0).pixels)


def test_tiles_are_read_and_become_strips(tmp_path: Path) -> None:
    samples = np.asarray(image_in("L", 45, 70))
    source = tmp_path / "in.tif"
    source.write_bytes(tiled_tiff(samples))
    page = read(source)
    np.testing.assert_array_equal(page.stored.data, samples)
    result = read(write(with_change(page), tmp_path / "out.tif", source, OutputFormat.TIFF).path)
    np.testing.assert_array_equal(result.pixels, with_change(page).pixels)


@pytest.mark.parametrize("cut", [9, 30, 60, 100])
def test_broken_directory_is_a_sentence(tmp_path: Path, cut: int) -> None:
    file = io.BytesIO()
    image_in("L").save(file, "TIFF")
    data = bytearray(file.getvalue())
    (start,) = struct.unpack_from("<I", data, 4)
    path = tmp_path / "in.tif"
    path.write_bytes(bytes(data[: start + cut]) if start + cut < len(data) else bytes(data[:cut]))
    assert count_pages(path) == 1
    with pytest.raises(ReadError, match=r"in\.tif: .*\."):
        read(path)
