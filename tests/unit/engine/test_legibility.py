import importlib.util
import shutil
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docclean.core.errors import DoccleanError, UsageError
from docclean.engine.legibility import character_error_rate, tesseract_reader

HAS_LIBRARIES = all(importlib.util.find_spec(name) for name in ("pytesseract", "rapidfuzz"))
needs_libraries = pytest.mark.skipif(not HAS_LIBRARIES, reason="the libraries of the extra ocr are not installed")
needs_tesseract = pytest.mark.skipif(
    not HAS_LIBRARIES or shutil.which("tesseract") is None, reason="Tesseract is not installed"
)


class FakeTesseract(ModuleType):
    """In place of pytesseract; `fault` is raised by whatever is called."""

    TesseractError = RuntimeError

    def __init__(self, fault: Exception | None = None, languages: tuple[str, ...] = ("eng", "osd")) -> None:
        super().__init__("pytesseract")
        self.fault = fault
        self.languages = languages

    def get_languages(self, config: str) -> list[str]:
        if self.fault is not None:
            raise self.fault
        return list(self.languages)

    def image_to_string(self, pixels: Any, *, lang: str, timeout: int) -> str:
        if self.fault is not None:
            raise self.fault
        return f"{lang} {pixels.shape}"


def use(fake: ModuleType | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytesseract", fake)
    monkeypatch.setitem(sys.modules, "rapidfuzz", ModuleType("rapidfuzz"))


@needs_libraries
@pytest.mark.parametrize(
    ("text", "reference", "rate"),
    [
        ("Total 12.50", "Total 12.50", 0.0),
        ("Total 1250", "Total 12.50", 1 / 11),
        ("  Total\n\n12.50 \x0c", "Total 12.50\n", 0.0),
        ("", "abcd", 1.0),
        ("abcdefgh", "ab", 3.0),
        ("anything", " \n", None),
    ],
)
def test_character_errors_are_edits_by_length(text: str, reference: str, rate: float | None) -> None:
    assert character_error_rate(text, reference) == (None if rate is None else pytest.approx(rate))


def test_reader_reads_the_luma_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    use(FakeTesseract(), monkeypatch)
    assert tesseract_reader()(np.zeros((4, 6, 3), np.uint8)) == "eng (4, 6)"


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("linux", "sudo apt install tesseract-ocr"),
        ("darwin", "brew install tesseract"),
        ("win32", "winget install UB-Mannheim.TesseractOCR"),
    ],
)
def test_reader_without_program_names_the_command(platform: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(FakeTesseract(FileNotFoundError("tesseract")), monkeypatch)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(UsageError, match=command) as error:
        tesseract_reader()
    assert "\n" not in str(error.value)


def test_reader_without_libraries_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    use(None, monkeypatch)
    with pytest.raises(UsageError, match=r"pip install 'docclean\[ocr\]'"):
        tesseract_reader()


def test_reader_without_the_language_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    use(FakeTesseract(languages=("osd",)), monkeypatch)
    with pytest.raises(UsageError, match="lacks the language 'eng'"):
        tesseract_reader()


def test_page_that_cannot_be_read_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeTesseract()
    use(fake, monkeypatch)
    read = tesseract_reader()
    fake.fault = RuntimeError("Tesseract process timeout")
    with pytest.raises(DoccleanError, match="could not read a page"):
        read(np.zeros((4, 6, 1), np.uint8))


@needs_tesseract
def test_tesseract_reads_large_print_without_error() -> None:
    image = Image.new("L", (700, 120), 255)
    ImageDraw.Draw(image).text((30, 30), "The invoice of May", font=ImageFont.load_default(48), fill=0)
    text = tesseract_reader()(np.asarray(image, np.uint8)[:, :, None])
    assert character_error_rate(text, "The invoice of May") == 0.0
