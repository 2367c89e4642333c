from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.core.errors import ReadError
from docclean.core.page import PageSize
from docclean.documents import thumbnail
from docclean.documents.thumbnail import read_thumbnail
from tests.helpers.pages import image_in, saved, source_of

BOX = PageSize(56, 48)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "P-alpha", "RGB", "RGBA"])
def test_read_thumbnail_any_mode_fits_the_box(tmp_path: Path, mode: str) -> None:
    path = saved(tmp_path / "a.png", image_in(mode, 200, 100))
    height, width, channels = read_thumbnail(source_of(path), BOX).shape
    assert (height, width, channels in (1, 3)) == (56, 28, True)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_read_thumbnail_jpeg_fits_the_box(tmp_path: Path, mode: str) -> None:
    path = saved(tmp_path / "a.jpg", image_in(mode, 2000, 1000))
    assert read_thumbnail(source_of(path), BOX).shape[:2] == (56, 28)


def test_read_thumbnail_jpeg_is_turned_upright(tmp_path: Path) -> None:
    picture = Image.new("L", (400, 200), 255)
    picture.paste(0, (0, 0, 100, 200))  # black at the left; turned by a quarter, at the top
    exif = Image.Exif()
    exif[0x112] = 6
    path = saved(tmp_path / "a.jpg", picture, exif=exif)
    small = read_thumbnail(source_of(path), BOX)
    assert small.shape[:2] == (56, 28)
    assert small[:8].mean() < 60 < small[-30:].mean()


def test_read_thumbnail_tiff_page_is_the_asked_one(tmp_path: Path) -> None:
    pages = [Image.new("L", (60, 60), gray) for gray in (0, 100, 200)]
    path = saved(tmp_path / "a.tif", pages[0], save_all=True, append_images=pages[1:])
    assert np.unique(read_thumbnail(source_of(path, 2, 3), BOX)).tolist() == [200]


def test_read_thumbnail_transparent_page_is_shown_on_white(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("RGBA", (60, 60), (0, 0, 0, 0)))
    assert read_thumbnail(source_of(path), BOX).min() == 255


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0cut", b"II*\0\0\0\0\0"]
)
def test_read_thumbnail_damaged_file_is_a_read_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ReadError):
        read_thumbnail(source_of(path), BOX)


def test_read_thumbnail_missing_page_is_a_read_error(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tif", image_in("L"))
    with pytest.raises(ReadError):
        read_thumbnail(source_of(path, 4, 5), BOX)


def test_read_thumbnail_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="not found"):
        read_thumbnail(source_of(tmp_path / "gone.png"), BOX)


def test_read_thumbnail_huge_page_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnail, "LARGEST_PIXELS", 100)
    with pytest.raises(ReadError):
        read_thumbnail(source_of(saved(tmp_path / "a.png", image_in("L"))), BOX)
