from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.documents.jpeg2000 import read_profile
from tests.helpers.pages import icc_profile, image_in, read, saved, with_change, write


def test_write_page_irreversible_jpeg2000_stays_so_and_as_small(tmp_path: Path) -> None:
    smooth = Image.fromarray(np.asarray(image_in("RGB", 20, 20)).repeat(12, 0).repeat(12, 1))
    source = saved(tmp_path / "in.jp2", smooth, irreversible=True, quality_mode="rates", quality_layers=[20], mct=1)
    page = read(source)
    assert page.encoding["irreversible"] is True
    result = write(with_change(page), tmp_path / "out.jp2", source).path
    assert read(result).encoding["irreversible"] is True
    assert result.stat().st_size <= 1.2 * source.stat().st_size


def test_write_page_bare_codestream_stays_one(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.j2k", image_in("L"))
    page = read(source)
    assert page.encoding["codestream"] is True
    result = write(with_change(page), tmp_path / "out.j2k", source).path
    assert result.read_bytes()[:4] == b"\xff\x4f\xff\x51"
    np.testing.assert_array_equal(read(result).pixels, with_change(page).pixels)


@pytest.mark.parametrize("dpi", [(72.0, 72.0), (299.72, 299.72), (300.0, 600.0), (4800.0, 4800.0)])
def test_write_page_jp2_has_resolution_and_profile(tmp_path: Path, dpi: tuple[float, float]) -> None:
    source = saved(tmp_path / "in.jp2", image_in("RGB"))
    page = replace(with_change(read(source)), resolution_dpi=dpi, icc_profile=icc_profile())
    result = read(write(page, tmp_path / "out.jp2", source).path)
    assert result.resolution_dpi == pytest.approx(dpi, abs=0.2)
    assert result.icc_profile == icc_profile()
    np.testing.assert_array_equal(result.pixels, page.pixels)


def test_read_profile_of_damaged_boxes_is_none() -> None:
    assert read_profile(b"") is None
    assert read_profile(b"\0\0\0\2jp2h") is None
    assert read_profile(b"\0\0\0\1jp2h" + (16).to_bytes(8, "big")) is None
    assert read_profile(b"\0\0\0\0jp2h\0\0\0\x0bcolr\1\0\0") is None
    assert read_profile(b"\0\0\0\0jp2h\0\0\0\x0ccolr\2\0\0p") == b"p"


def test_read_page_deep_jpeg2000_is_cut_and_says_so(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.jp2", image_in("RGB"))
    data = bytearray(source.read_bytes())
    depths = data.index(b"\xff\x4f\xff\x51") + 42
    assert data[depths : depths + 9 : 3] == b"\7\7\7"
    data[depths : depths + 9 : 3] = b"\x0b\x0b\x0b"
    source.write_bytes(data)
    assert read(source).warnings == ("The colors have more than 8 bits each; they were reduced to 8 bits.",)
