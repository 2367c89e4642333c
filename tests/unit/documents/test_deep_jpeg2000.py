import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from docclean.documents.deep_jpeg2000 import with_right_colors
from tests.helpers.pages import read

HEIGHT, WIDTH = 64, 96


def deep_samples() -> NDArray[np.uint16]:
    """Make (H, W, 3) samples, RGB, of all levels; the first rows are white."""
    samples = np.random.default_rng(0).integers(0, 1 << 16, (HEIGHT, WIDTH, 3)).astype(np.uint16)
    samples[:8] = 65_535
    return samples


def jpeg2000_of(samples: NDArray[np.uint16]) -> bytes:
    options = [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000]
    is_encoded, data = cv2.imencode(".jp2", np.ascontiguousarray(samples[:, :, ::-1]), options)
    assert is_encoded
    return data.tobytes()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def reduced(samples: NDArray[np.uint16]) -> NDArray[Any]:
    return np.rint(samples / 257).astype(np.uint8)


def test_pillow_still_turns_white_into_black() -> None:
    assert np.array(decoded(jpeg2000_of(deep_samples())))[:8].max() == 0, "docclean.documents.deep_jpeg2000 can go"


def test_deep_colors_are_reduced_to_the_nearest() -> None:
    samples = deep_samples()
    data = jpeg2000_of(samples)
    assert np.array_equal(np.array(with_right_colors(decoded(data), data, 16)), reduced(samples))


def test_image_with_8_bits_is_handed_back() -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT))
    assert with_right_colors(image, b"", 8) is image


def test_data_that_opencv_cannot_read_leave_the_image_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT))
    assert with_right_colors(image, b"nothing", 16) is image
    assert with_right_colors(image, jpeg2000_of(deep_samples()[:32]), 16) is image
    assert capfd.readouterr().err == ""


def test_file_is_read_with_its_colors(tmp_path: Path) -> None:
    samples = deep_samples()
    (tmp_path / "deep.jp2").write_bytes(jpeg2000_of(samples))
    page = read(tmp_path / "deep.jp2")
    assert np.array_equal(page.pixels, reduced(samples))
    assert "reduced to 8 bits" in page.warnings[0]


def test_image_of_a_pdf_is_read_with_its_colors(tmp_path: Path) -> None:
    samples = deep_samples()
    with pikepdf.Pdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
        image = pdf.make_stream(jpeg2000_of(samples))
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = WIDTH, HEIGHT, 8
        image.ColorSpace, image.Filter = pikepdf.Name.DeviceRGB, pikepdf.Name.JPXDecode
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        page.Contents = pdf.make_stream(b"q %d 0 0 %d 0 0 cm /Im Do Q" % (WIDTH, HEIGHT))
        pdf.save(tmp_path / "deep.pdf")
    assert np.array_equal(read(tmp_path / "deep.pdf").pixels, reduced(samples))
