"""Pages of any TIFF file copied as they are packed: tags, directories inside them, byte order, damage."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, TiffImagePlugin

from docclean.documents.tiff_joining import ForeignOrderError, NoSuchPageError, PageOfFile, check_page, join_tiffs
from tests.helpers.broken_tiffs import (
    STRIP_BYTES,
    STRIPS,
    big_endian_page,
    break_tag,
    directory,
    lead_on,
    rename_tag,
    save_pages,
    strips,
)
from tests.helpers.pages import image_in, random_samples

LARGE = 2**32 - 1


def copied(path: Path, page: int = 0, limit: int = LARGE) -> Path:
    result = path.with_name("copy.tif")
    with result.open("w+b") as file:
        join_tiffs([PageOfFile(path, page, forgives=True)], file, classic_limit=limit)
    return result


def check(path: Path, page: int = 0) -> None:
    with path.open("rb") as file:
        check_page(file, page)


@pytest.mark.parametrize("limit", [LARGE, 1])
@pytest.mark.parametrize("big", [False, True])
def test_page_comes_back_with_all_its_tags(tmp_path: Path, *, big: bool, limit: int) -> None:
    path = save_pages(tmp_path / "in.tif", [image_in("RGB", 30, 40, seed) for seed in range(3)], "tiff_lzw", big=big)
    result = copied(path, 1, limit)
    assert strips(result, 0) == strips(path, 1)
    before, after = directory(path, 1)[2], directory(result, 0)[2]
    for tag in before.keys() | after.keys():
        if tag != STRIPS:
            assert after[tag] == before[tag]
    with Image.open(result) as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(image_in("RGB", 30, 40, 1)))


def test_exif_and_gps_come_along(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[ExifTags.Base.Make] = "A maker"
    tags[ExifTags.IFD.Exif] = {ExifTags.Base.DateTimeOriginal: "2001:02:03 04:05:06"}
    tags[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSAltitude: TiffImagePlugin.IFDRational(5, 2)}
    image_in("L").save(tmp_path / "in.tif", tiffinfo=tags)
    with Image.open(copied(tmp_path / "in.tif")) as image:
        after = image.getexif()
        assert after[ExifTags.Base.Make] == "A maker"
        assert after.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] == "2001:02:03 04:05:06"
        assert after.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSAltitude] == 2.5


def test_samples_of_sixteen_bits_get_the_other_order(tmp_path: Path) -> None:
    samples = random_samples(5, 7, 2).view(">u2")[:, :, 0]
    (tmp_path / "in.tif").write_bytes(big_endian_page(samples.tobytes(), 5, 7))
    with Image.open(copied(tmp_path / "in.tif")) as image:
        np.testing.assert_array_equal(np.asarray(image), samples)


@pytest.mark.parametrize("packing", [5, 8, 32773])
def test_packed_samples_of_sixteen_bits_cannot_get_the_other_order(tmp_path: Path, packing: int) -> None:
    (tmp_path / "in.tif").write_bytes(big_endian_page(bytes(20), 5, 7, packing))
    with pytest.raises(ForeignOrderError):
        check(tmp_path / "in.tif")
    (tmp_path / "jpeg.tif").write_bytes(big_endian_page(bytes(range(20)), 5, 7, 7))
    assert strips(copied(tmp_path / "jpeg.tif"), 0) == [bytes(range(20))]


def test_streams_and_tables_of_old_jpeg_pages_come_along(tmp_path: Path) -> None:
    stream, quantization = bytes(range(100)), bytes(range(64))
    huffman = bytes([1, 2, *[0] * 14]) + b"abc"
    blocks = [stream, quantization, huffman, b"strip"]
    places = np.cumsum([10 + 11 * 12 + 4, *map(len, blocks)]).tolist()
    entries = [
        (256, 9), (257, 8), (258, 8), (259, 6), (273, places[3]), (279, 5), (513, places[0]), (514, 100),
        (519, places[1]), (520, places[2]), (521, places[2]),
    ]  # fmt: skip
    directory_bytes = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    content = b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory_bytes + bytes(4) + b"".join(blocks)
    (tmp_path / "in.tif").write_bytes(content)
    result = copied(tmp_path / "in.tif")
    data, fields = result.read_bytes(), directory(result, 0)[2]
    for tag, block in ((513, stream), (519, quantization), (520, huffman), (521, huffman), (273, b"strip")):
        (place,) = struct.unpack("<I", fields[tag].value)
        assert data[place : place + len(block)] == block


def test_what_is_there_of_a_page_that_is_cut_off_is_taken(tmp_path: Path) -> None:
    path = save_pages(tmp_path / "in.tif", [image_in("L", 50, 60)], "raw")
    path.write_bytes(path.read_bytes()[:-1000])
    before = path.read_bytes()
    result = copied(path)
    (length,) = struct.unpack("<I", directory(result, 0)[2][STRIP_BYTES].value)
    assert 0 < length < 50 * 60
    assert strips(result, 0)[0] in before


def test_tag_whose_value_is_lost_is_left_out(tmp_path: Path) -> None:
    path = save_pages(tmp_path / "in.tif", [image_in("RGB")], "tiff_lzw")
    break_tag(path, 0, 258)
    after = directory(copied(path), 0)[2]
    assert 258 not in after
    assert {256, 257, 259, STRIPS, STRIP_BYTES} <= after.keys()


@pytest.mark.parametrize("tag", [256, 257, STRIPS])
def test_page_that_nothing_describes_is_refused(tmp_path: Path, tag: int) -> None:
    path = save_pages(tmp_path / "in.tif", [image_in("L")])
    rename_tag(path, 0, tag, 65000)
    with pytest.raises(ValueError, match="cut off"):
        check(path)


def test_strips_that_overlap_without_end_are_refused(tmp_path: Path) -> None:
    path = save_pages(tmp_path / "in.tif", [image_in("L", 100, 100)], "raw")
    content = path.read_bytes()
    place = len(content)
    many = struct.pack("<200I", *[8] * 200), struct.pack("<200I", *[place] * 200)
    layout, at, fields = directory(path, 0)
    entries = bytearray(content[at + 2 : at + 2 + 12 * len(fields)])
    for start in range(0, len(entries), 12):
        (tag,) = struct.unpack_from("<H", entries, start)
        if tag in (STRIPS, STRIP_BYTES):
            struct.pack_into("<HII", entries, start + 2, 4, 200, place + (800 if tag == STRIP_BYTES else 0))
    path.write_bytes(content[: at + 2] + entries + content[at + 2 + len(entries) :] + b"".join(many))
    assert layout.inline == 4
    with pytest.raises(ValueError, match="cut off"):
        check(path)


def test_page_behind_the_last_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    path = save_pages(tmp_path / "in.tif", [image_in("L"), image_in("L")])
    with pytest.raises(NoSuchPageError):
        check(path, 2)
    lead_on(path, 0, 10**8)
    with pytest.raises(NoSuchPageError):
        check(path, 1)
    with pytest.raises(NoSuchPageError):
        join_tiffs([PageOfFile(path, 1, forgives=True)], io.BytesIO())
