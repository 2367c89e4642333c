"""Receipts inside results: every format, and that nothing else in the file changes."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from docclean.core.errors import ReadError
from docclean.documents.encoders import encode_page
from docclean.documents.pdf_receipts import get_receipt, put_receipt
from docclean.documents.receipts import find_receipt, write_with_receipt
from docclean.documents.tiff_tagging import XMP_TAG, add_tag
from docclean.documents.xmp import NAMESPACE, new_packet, receipt_in
from tests.helpers.pages import image_in, read, saved, with_change
from tests.helpers.pdf_files import scan_pdf, texts_of

TEXT = '{"program":"docclean","name":"a<b>&\\u00e9.png"}'
WITH_ROOM = [
    *((suffix, mode) for suffix in ("png", "tif", "webp", "pdf") for mode in ("1", "L", "RGB", "RGBA")),
    *((suffix, mode) for suffix in ("jpg", "jp2") for mode in ("L", "RGB")),
    ("png", "I;16"),
    ("tif", "CMYK"),
]
FORMATS = {"png": "PNG", "tif": "TIFF", "webp": "WEBP", "pdf": "PDF", "jpg": "JPEG", "jp2": "JPEG2000"}


def result(tmp_path: Path, suffix: str, mode: str, text: str = TEXT, **options: Any) -> tuple[Path, bytes, bool]:
    """Write a changed page with a receipt; give its file, what it was encoded to, and whether there was room."""
    source = saved(tmp_path / f"in.{'tif' if mode == 'CMYK' else 'png'}", image_in(mode), **options)
    data, _ = encode_page(with_change(read(source)), FORMATS[suffix])
    path = tmp_path / f"out.{suffix}"
    with path.open("w+b") as file:
        has_room = write_with_receipt(file, data, FORMATS[suffix], text)
    return path, data, has_room


@pytest.mark.parametrize(("suffix", "mode"), WITH_ROOM)
def test_receipt_is_found_and_the_page_is_the_same(tmp_path: Path, suffix: str, mode: str) -> None:
    path, data, has_room = result(tmp_path, suffix, mode, dpi=(150, 150))
    plain = tmp_path / f"plain.{suffix}"
    plain.write_bytes(data)
    assert has_room
    assert find_receipt(path) == TEXT
    assert find_receipt(plain) == ""
    one, other = read(path), read(plain)
    assert np.array_equal(one.stored.data, other.stored.data)
    assert (one.resolution_dpi, one.origin, one.stored.mode) == (other.resolution_dpi, other.origin, other.stored.mode)
    if suffix == "tif":
        one, other = (page.encoding | {"size_bytes": 0} for page in (one, other))  # type: ignore[assignment]  # their facts
        assert one == other


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_profile_and_exif_stay(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[270] = "a description"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path, data, has_room = result(tmp_path, suffix, "RGB", exif=exif, icc_profile=profile)
    assert has_room
    with Image.open(path) as one, Image.open(io.BytesIO(data)) as other:
        assert one.info.get("icc_profile") == other.info.get("icc_profile") == profile
        assert one.getexif().get(270) == other.getexif().get(270) == "a description"


def test_equal_pages_give_equal_files(tmp_path: Path) -> None:
    for suffix in FORMATS:
        first = result(tmp_path, suffix, "L")[0].read_bytes()
        assert result(tmp_path, suffix, "L")[0].read_bytes() == first


@pytest.mark.parametrize("file_format", ["BMP", "PPM", "GIF"])
def test_format_without_room_is_written_as_it_is(tmp_path: Path, file_format: str) -> None:
    data, _ = encode_page(with_change(read(saved(tmp_path / "in.png", image_in("L")))), file_format)
    with (tmp_path / "out").open("w+b") as file:
        assert not write_with_receipt(file, data, file_format, TEXT)
    assert (tmp_path / "out").read_bytes() == data
    assert find_receipt(tmp_path / "out") == ""


def test_bare_codestream_has_no_room(tmp_path: Path) -> None:
    data, _ = encode_page(with_change(read(saved(tmp_path / "in.j2k", image_in("L")))), "JPEG2000")
    with (tmp_path / "out.j2k").open("w+b") as file:
        assert not write_with_receipt(file, data, "JPEG2000", TEXT)
    assert (tmp_path / "out.j2k").read_bytes() == data


def test_receipt_that_is_too_long_for_a_jpeg_segment_is_left_out(tmp_path: Path) -> None:
    path, data, has_room = result(tmp_path, "jpg", "L", "x" * 70_000)
    assert not has_room
    assert path.read_bytes() == data


def test_page_without_receipt_is_the_encoded_bytes(tmp_path: Path) -> None:
    for suffix in FORMATS:
        path, data, has_room = result(tmp_path, suffix, "L", "")
        assert not has_room
        assert path.read_bytes() == data


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n", b"II*\0\xff\xff\xff\xff", b"\0\0\0\x0cjP  "])
def test_file_that_is_no_result_is_a_sentence_or_has_no_receipt(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange"
    path.write_bytes(content)
    try:
        found = find_receipt(path)
    except ReadError as fault:
        assert str(fault).startswith(f"{path}: ")  # noqa: PT017 - either is right
    else:
        assert found == ""


# TIFF


@pytest.mark.parametrize("is_big", [False, True])
def test_tag_is_added_and_replaced_and_pages_stay(tmp_path: Path, is_big: bool) -> None:
    path = tmp_path / "a.tif"
    pages = [image_in("L", seed=seed) for seed in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:], big_tiff=is_big)
    with path.open("r+b") as file:
        assert add_tag(file, XMP_TAG, new_packet("one"))
        assert add_tag(file, XMP_TAG, new_packet("the other"))
    with Image.open(path) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        assert image.n_frames == 3
        for number, page in enumerate(pages):
            image.seek(number)
            assert np.array_equal(np.asarray(image), np.asarray(page))
            assert (XMP_TAG in image.tag_v2) == (number == 0)
            assert list(image.tag_v2) == sorted(image.tag_v2)
    assert find_receipt(path) == "the other"
    assert struct.unpack("<H", path.read_bytes()[2:4])[0] == (43 if is_big else 42)


def test_full_classic_file_is_left_alone(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tif", image_in("L"))
    before = path.read_bytes()
    with path.open("r+b") as file:
        assert not add_tag(file, XMP_TAG, new_packet("one"), classic_limit=len(before) + 100)
    assert path.read_bytes() == before


# PDF


def test_pdf_without_xmp_gets_none(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Title"] = "Title"
        put_receipt(pdf, TEXT)
        pdf.save(path)
    assert find_receipt(path) == TEXT
    with pikepdf.open(path) as pdf:
        assert "/Metadata" not in pdf.Root
        assert pdf.docinfo["/Title"] == "Title"


@pytest.mark.parametrize(("part", "describes"), [("", False), ("1", True), ("2", True), ("3", True), ("4", False)])
def test_pdf_with_xmp_keeps_what_it_says(tmp_path: Path, part: str, describes: bool) -> None:
    path = scan_pdf(tmp_path / "a.pdf")
    words = texts_of(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = "Title"
            if part:
                metadata["pdfaid:part"] = part
        put_receipt(pdf, "older")
        put_receipt(pdf, TEXT)
        pdf.save(path)
    assert find_receipt(path) == TEXT
    assert texts_of(path) == words
    with pikepdf.open(path) as pdf:
        assert get_receipt(pdf) == TEXT
        packet = pdf.Root.Metadata.read_raw_bytes()
        metadata = pdf.open_metadata()
        assert metadata["dc:title"] == "Title"
        assert metadata.get("pdfaid:part", "") == part
        assert (b"namespaceURI" in packet) == describes
        assert receipt_in(packet) == TEXT
        assert metadata[f"{{{NAMESPACE}}}receipt"] == TEXT
        assert pdf.check_pdf_syntax() == []


def test_damaged_xmp_is_left_and_the_receipt_is_found_all_the_same(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.Metadata = pdf.make_stream(b"<broken", Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        put_receipt(pdf, TEXT)
        assert pdf.Root.Metadata.read_bytes() == b"<broken"
        pdf.save(path)
    assert find_receipt(path) == TEXT
