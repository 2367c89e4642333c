"""What a file tells about its origin comes through cleaning; what it tells about its samples does not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from docclean.core.job import OutputFormat, OutputSpec
from docclean.core.page import PageSource
from docclean.documents.writer import open_document
from tests.helpers.pages import deep_png, image_in, png_chunk, random_samples, read, saved, with_change, write

MAKE, DESCRIPTION, ORIENTATION, THUMBNAIL = 271, 270, 274, 513
EXIF, GPS = int(ExifTags.IFD.Exif), int(ExifTags.IFD.GPSInfo)
TAKEN, MAKER_NOTE, WIDTH_TAG, HEIGHT_TAG, COMMENT = 36867, 37500, 40962, 40963, 37510


def exif(orientation: int = 6) -> Image.Exif:
    tags = Image.Exif()
    tags[MAKE], tags[DESCRIPTION], tags[ORIENTATION] = "Scan-O-Mat", "Brief aus Köln".encode(), orientation
    tags[40091] = "Titel\0".encode("utf-16le")
    tags[EXIF] = {
        TAKEN: "2020:02:03 04:05:06",
        MAKER_NOTE: b"secret places",
        WIDTH_TAG: 34,
        HEIGHT_TAG: 21,
        COMMENT: b"ASCII\0\0\0hi",
        33434: 1 / 60,
    }
    tags[GPS] = {1: "N", 2: (48.0, 8.0, 12.5)}
    return tags


def tags_of(path: Path) -> tuple[dict[int, Any], dict[int, Any], dict[int, Any]]:
    with Image.open(path) as image:
        tags = image.getexif()
        return dict(tags), tags.get_ifd(EXIF), tags.get_ifd(GPS)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("output_format", [OutputFormat.KEEP, OutputFormat.JPEG, OutputFormat.PNG, OutputFormat.WEBP])
def test_origin_in_exif_survives_and_what_is_stale_does_not(
    suffix: str, output_format: OutputFormat, tmp_path: Path
) -> None:
    source = saved(tmp_path / f"in.{suffix}", image_in("RGB"), exif=exif(), dpi=(300, 200))
    page = read(source)
    result = write(with_change(page), tmp_path / "out", source, output_format).path
    main, inner, place = tags_of(result)
    assert main[MAKE] == "Scan-O-Mat"
    assert main[DESCRIPTION].encode("latin-1").decode() == "Brief aus Köln"
    assert main[40091] == "Titel\0".encode("utf-16le")
    assert ORIENTATION not in main
    assert (inner[TAKEN], inner[COMMENT]) == ("2020:02:03 04:05:06", b"ASCII\0\0\0hi")
    assert float(inner[33434]) == pytest.approx(1 / 60)
    assert (inner[WIDTH_TAG], inner[HEIGHT_TAG]) == (21, 34)
    assert MAKER_NOTE not in inner
    assert place == {1: "N", 2: (48.0, 8.0, 12.5)}
    assert read(result).resolution_dpi == page.resolution_dpi
    assert read(result).size == page.size


@pytest.mark.parametrize(("mode", "compression"), [("L", "raw"), ("1", "group4"), ("RGB", "jpeg"), ("RGB", "tiff_lzw")])
def test_origin_in_tiff_tags_survives(mode: str, compression: str, tmp_path: Path) -> None:
    tags = {MAKE: "Scan-O-Mat", DESCRIPTION: "Brief aus Köln".encode(), 269: "Akte 7", 306: "2020:02:03 04:05:06"}
    source = saved(tmp_path / "in.tif", image_in(mode), compression=compression, tiffinfo=tags)
    result = write(with_change(read(source)), tmp_path / "out.tif", source).path
    main = tags_of(result)[0]
    assert (main[MAKE], main[269], main[306]) == ("Scan-O-Mat", "Akte 7", "2020:02:03 04:05:06")
    assert main[DESCRIPTION].encode("latin-1").decode() == "Brief aus Köln"


def test_origin_goes_from_jpeg_to_tiff_as_far_as_tags_go(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.jpg", image_in("RGB"), exif=exif())
    main, inner, place = tags_of(write(with_change(read(source)), tmp_path / "o.tif", source, OutputFormat.TIFF).path)
    assert main[MAKE] == "Scan-O-Mat"
    assert (inner, place) == ({}, {})


@pytest.mark.parametrize("output_format", [OutputFormat.PNG, OutputFormat.TIFF])
def test_origin_of_deep_page_survives(output_format: OutputFormat, tmp_path: Path) -> None:
    chunk = exif(1).tobytes().removeprefix(b"Exif\0\0")
    samples = random_samples(21, 34, 3).astype(np.uint16) * np.uint16(257)
    source = tmp_path / "in.png"
    source.write_bytes(deep_png(samples, 2, extra=png_chunk(b"eXIf", chunk)))
    result = write(with_change(read(source)), tmp_path / "out", source, output_format).path
    assert tags_of(result)[0][MAKE] == "Scan-O-Mat"
    assert read(result).stored.mode == read(source).stored.mode


def test_exif_without_resolution_states_none(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", image_in("RGB"), exif=exif(1))
    assert read(write(with_change(read(source)), tmp_path / "out.png", source).path).resolution_dpi is None


def test_exif_too_long_for_jpeg_is_left_out(tmp_path: Path) -> None:
    tags = exif(1)
    tags[DESCRIPTION] = b"x" * 70_000
    source = saved(tmp_path / "in.png", image_in("RGB"), exif=tags)
    result = write(with_change(read(source)), tmp_path / "out.jpg", source, OutputFormat.JPEG).path
    assert tags_of(result)[0] == {}


def test_origin_of_every_page_of_a_document_survives(tmp_path: Path) -> None:
    first, *others = [image_in(mode, seed=seed) for seed, mode in enumerate(("L", "1", "RGB"))]
    for number, image in enumerate((first, *others)):
        image.encoderinfo = {"tiffinfo": {MAKE: "Scan-O-Mat", 285: f"Seite {number}"}}
    source = tmp_path / "in.tif"
    first.save(source, save_all=True, append_images=others, tiffinfo={MAKE: "Scan-O-Mat", 285: "Seite 0"})
    spec = PageSource(path=source, pages=3, relative=Path("in.tif"))
    with open_document(OutputSpec(path=tmp_path / "out.tif"), spec) as document:
        for number in range(3):
            document.append(with_change(read(source, number)))
        document.commit()
    with Image.open(tmp_path / "out.tif") as image:
        for number in range(3):
            image.seek(number)
            tags = dict(image.getexif())
            assert (tags[MAKE], tags[285]) == ("Scan-O-Mat", f"Seite {number}")
