import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from pikepdf import Name
from PIL import Image

from docclean.documents.encoders import encode_page
from docclean.documents.jpeg2000 import read_profile
from tests.helpers.pages import icc_profile, image_in, random_samples, read, saved, with_change, write
from tests.helpers.pdf_files import add_page, drawn


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


@pytest.mark.parametrize("suffix", [".jp2", ".pdf"])
def test_data_without_loss_that_was_cut_short_counts_as_lossy(tmp_path: Path, suffix: str) -> None:
    """The reversible transformation, of which only the first bytes were kept, as many scanners write it."""
    image = Image.fromarray(cv2.GaussianBlur(random_samples(200, 300, 3), (0, 0), 2))
    source = tmp_path / "in.jp2"
    image.save(source, quality_mode="rates", quality_layers=[20], irreversible=False)
    if suffix == ".pdf":
        source = in_a_pdf(source)
    page = with_change(read(source))
    assert page.encoding["irreversible"] is False
    data, _ = encode_page(page, "JPEG2000" if suffix == ".jp2" else "PDF")
    assert len(data) < 1.1 * page.encoding["size_bytes"] + 1500  # what is in a PDF besides the image


def test_data_without_loss_stays_so_though_it_grows(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.jp2", Image.new("L", (300, 200), 128), irreversible=False)
    page = read(source)
    noise = np.repeat(random_samples(200, 300)[:, :, np.newaxis], page.pixels.shape[2], axis=2)
    data, _ = encode_page(replace(page, pixels=noise), "JPEG2000")
    assert len(data) > 10 * source.stat().st_size
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(np.asarray(image), noise[:, :, 0])


def in_a_pdf(source: Path) -> Path:
    with pikepdf.new() as pdf, Image.open(source) as image:
        stream = pdf.make_stream(
            source.read_bytes(),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=image.width,
            Height=image.height,
            Filter=Name.JPXDecode,
        )
        add_page(pdf, drawn(), {"/Im": stream})
        pdf.save(source.with_suffix(".pdf"))
    return source.with_suffix(".pdf")
