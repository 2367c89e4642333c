"""Whether what the window says in other languages is whole, and current."""

import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "resources" / "translations").glob("*.ts"))
IDS = [path.stem for path in FILES]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that updates translations, which is no module of the package."""
    path = ROOT / "packaging" / "update_translations.py"
    spec = importlib.util.spec_from_file_location("update_translations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def placeholders(words: str) -> Counter[str]:
    return Counter(re.findall(r"\{\w+\}|%n|%\d|<[^>]+>", words))


def test_german_is_shipped() -> None:
    assert (ROOT / "resources" / "translations" / "docclean_de.qm").is_file()


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_every_text_of_the_window_is_in_the_file(script: ModuleType, path: Path) -> None:
    assert path.read_text(encoding="utf-8") == script.updated(path), f"texts have changed; run: {script.COMMAND}"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_every_text_is_translated(script: ModuleType, path: Path) -> None:
    known = script.read_translations(path)
    missing = [t.words for t in script.find_texts() if t not in known or not known[t].is_finished]
    assert missing == [], f"translate these in {path.name}, then run: {script.COMMAND}"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_placeholders_are_those_of_the_text(script: ModuleType, path: Path) -> None:
    wrong = [
        (text.words, form)
        for text, said in script.read_translations(path).items()
        for form in said.forms
        if placeholders(form) != placeholders(text.words)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_keys_and_ends_are_marked_where_the_text_marks_them(script: ModuleType, path: Path) -> None:
    def marks(words: str) -> tuple[int, str]:
        end = next((end for end in ("…", ".", ":", "?") if words.endswith(end)), "")
        return len(re.findall(r"&\w", words)), end

    wrong = [
        (text.words, form)
        for text, said in script.read_translations(path).items()
        for form in said.forms
        if marks(form) != marks(text.words)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_numbers_stand_apart_from_their_units(script: ModuleType, path: Path) -> None:
    forms = [form for said in script.read_translations(path).values() for form in said.forms]
    assert [form for form in forms if re.search(r"\d%(?!\d)", form)] == []


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_compiled_file_is_what_its_source_gives(script: ModuleType, path: Path) -> None:
    compiler = script.find_compiler()
    if compiler is None:
        pytest.skip("pyside6-lrelease is not installed")
    is_current = path.with_suffix(".qm").read_bytes() == script.compiled(path, compiler)
    assert is_current, f"{path.name} was changed; run: {script.COMMAND}"


CODE = """
class Pane(QWidget):
    def show(self):
        self.tr("one"); self.tr("%n pages", "", 2); self.tr("a" if x else "b"); window.tr
def fill(window: QMainWindow):
    window.tr("two")
def _text(words):
    return QCoreApplication.translate("Line", words)
_text("three")
_other = QCoreApplication.translate
_other("Card", "four")
"""


def test_texts_are_found_however_they_are_written(script: ModuleType) -> None:
    found = [(text.context, text.words, text.is_counted) for text in script.texts_in(CODE, "pane")]
    assert found == [
        ("Pane", "one", False),
        ("Pane", "%n pages", True),
        ("Pane", "a", False),
        ("Pane", "b", False),
        ("QMainWindow", "two", False),
        ("Line", "three", False),
        ("Card", "four", False),
    ]


@pytest.mark.parametrize(
    "code", ["class A:\n  def b(self): self.tr(words)", "class A:\n  def b(self): self.tr(f'{n}')"]
)
def test_text_that_cannot_be_read_is_refused(script: ModuleType, code: str) -> None:
    with pytest.raises(script.ExtractionError, match=r"pane\.py, line 2: write the text itself"):
        script.texts_in(code, "pane")


def test_vanished_text_keeps_its_translation_and_is_marked(script: ModuleType) -> None:
    old, new = script.Text("A", "old"), script.Text("A", "new")
    body: Any = script.merge([new], {old: script.Translation(["alt"], is_finished=True)})
    assert '<translation type="vanished">alt</translation>' in body
    assert '<translation type="unfinished"></translation>' in body
