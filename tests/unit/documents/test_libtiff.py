"""What libraries in C would print about damaged files."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from docclean.core.errors import ReadError
from docclean.core.page import ColorMode, StoredSamples
from docclean.documents.jpeg_encoder import encode_jpeg
from docclean.documents.samples import Samples
from tests.helpers.pages import image_in, random_samples, read, saved

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Pillow hides libtiff there; see the module")


def damaged(path: Path, mode: str, compression: str) -> Path:
    saved(path, image_in(mode, 200, 300), compression=compression)
    content = bytearray(path.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 40] = bytes(value ^ 0x55 for value in content[middle : middle + 40])
    path.write_bytes(content)
    return path


def test_read_page_flaws_that_libtiff_passes_over_are_few_warnings_and_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = read(damaged(tmp_path / "fax.tif", "1", "group4"))
    assert capfd.readouterr() == ("", "")
    bad_codes = [warning for warning in page.warnings if "Fax4Decode: Bad code word at line " in warning]
    assert len(bad_codes) == 1
    assert bad_codes[0].startswith("The file has a flaw that was passed over: ")
    assert bad_codes[0].endswith(" more like it.")


def test_read_page_fault_that_libtiff_gives_up_on_is_a_sentence_and_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ReadError, match="is damaged or cut off"):
        read(damaged(tmp_path / "lzw.tif", "RGB", "tiff_lzw"))
    assert capfd.readouterr() == ("", "")


def test_libtiff_prints_again_when_no_page_is_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Others in this process keep what they had. Fails when Pillow keeps libtiff silent: then the module can go."""
    path = damaged(tmp_path / "fax.tif", "1", "group4")
    read(path)
    with Image.open(path) as image:
        image.load()
    assert "Fax4Decode: " in capfd.readouterr().err


@pytest.mark.parametrize("is_progressive", [False, True])
def test_encode_jpeg_noise_with_the_finest_tables_is_written_at_once(
    is_progressive: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    samples = Samples(StoredSamples(ColorMode.RGB, random_samples(300, 400, 3)), None, None)
    ones = {"quantization": {0: [1] * 64, 1: [1] * 64}, "subsampling": 0, "progressive": is_progressive}
    data = encode_jpeg(samples, None, ones)
    assert (b"\xff\xc2" in data) == is_progressive
    assert capfd.readouterr() == ("", "")
