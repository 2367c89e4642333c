import io
import struct
from collections.abc import Callable
from pathlib import Path

import img2pdf
import numpy as np
import pytest
from PIL import Image

from docclean.documents.completeness import reaches_its_end


def noisy(mode: str = "RGB", size: tuple[int, int] = (90, 70)) -> Image.Image:
    shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    return image.convert("1") if mode == "1" else image


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def with_thumbnail() -> bytes:
    """A JPEG file whose first segment holds another one, with an end mark of its own."""
    whole, small = saved(noisy(), "JPEG"), saved(noisy("L", (16, 16)), "JPEG")
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(small)) + small + whole[2:]


def book() -> bytes:
    return saved(noisy("1"), "TIFF", compression="tiff_lzw", save_all=True, append_images=[noisy("L"), noisy()])


def big_tiff() -> bytes:
    return saved(noisy(), "TIFF", big_tiff=True, compression="tiff_adobe_deflate")


MAKERS: dict[str, Callable[[], bytes]] = {
    "png": lambda: saved(noisy(), "PNG"),
    "jpeg": lambda: saved(noisy(), "JPEG", quality=95),
    "progressive": lambda: saved(noisy(), "JPEG", progressive=True),
    "thumbnail": with_thumbnail,
    "tiff": lambda: saved(noisy(), "TIFF"),
    "lzw": lambda: saved(noisy("L"), "TIFF", compression="tiff_lzw"),
    "book": book,
    "bigtiff": big_tiff,
    "webp": lambda: saved(noisy(), "WEBP"),
    "bmp": lambda: saved(noisy(), "BMP"),
    "gif": lambda: saved(noisy("L"), "GIF"),
    "jp2": lambda: saved(noisy(), "JPEG2000"),
    "j2k": lambda: saved(noisy(), "JPEG2000", no_jp2=True),
    "pdf": lambda: img2pdf.convert(saved(noisy(), "JPEG")),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_whole_file_reaches_its_end(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(MAKERS[kind]())
    assert reaches_its_end(path)


@pytest.mark.parametrize("kind", MAKERS)
def test_file_that_is_cut_off_anywhere_does_not_reach_its_end(kind: str, tmp_path: Path) -> None:
    whole, path = MAKERS[kind](), tmp_path / "page"
    cuts = {0, 1, 7, 12, 40, *range(2, len(whole) - 16, max(1, len(whole) // 60))}
    for cut in sorted(cuts):
        path.write_bytes(whole[:cut])
        # Of files without a mark in front, too little of a beginning is nothing known yet.
        if cut >= 12 or cut == 0:
            assert not reaches_its_end(path), cut


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "book", "webp", "bmp", "jp2", "pdf"])
def test_file_with_room_kept_for_its_end_does_not_reach_it(kind: str, tmp_path: Path) -> None:
    whole, path = MAKERS[kind](), tmp_path / "page"
    path.write_bytes(bytes(len(whole)))
    assert not reaches_its_end(path)


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "pdf", "gif"])
def test_whole_file_with_something_behind_it_reaches_its_end(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(MAKERS[kind]() + bytes(30))
    assert reaches_its_end(path)


def test_file_that_is_no_image_counts_as_complete(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(b"this is no picture")
    assert reaches_its_end(path)


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_directories_that_go_in_circles_end(order: str, tmp_path: Path) -> None:
    path = tmp_path / "page.tif"
    start = {"<": b"II*\0", ">": b"MM\0*"}[order]
    path.write_bytes(start + struct.pack(f"{order}IHI", 8, 0, 8))
    assert reaches_its_end(path)


def test_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        reaches_its_end(tmp_path / "page.png")
