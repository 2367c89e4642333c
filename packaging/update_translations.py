"""Find the window's texts, bring resources/translations/*.ts up to date with them, and compile these to .qm.

    .venv/bin/python packaging/update_translations.py           # all languages that are there
    .venv/bin/python packaging/update_translations.py --check   # change nothing; status 1 if not current

New texts come in unfinished, to be translated in Qt Linguist or a text editor; texts that vanished are kept and marked.
Texts are found by reading the code, because pyside6-lupdate sees only part of the ways in which they are written here.
"""

import argparse
import ast
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"
COMMAND = "python packaging/update_translations.py"

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
_BY_VALUE = {
    ("actions", "spec.text"), ("actions", "spec.tip"), ("actions", "spec.tip or spec.text"), ("actions", "f'&{title}'"),
    ("page_item", "_WORDS[status]"), ("page_queue", "note.value"), ("queue_words", "self.note.value"),
    ("queue_commands", "words"), ("shown_names", "preset.name"),
}  # fmt: skip
"""Places where a text comes out of a table; `table_texts` knows the tables."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the window: its context, its English words, and whether it has forms for numbers."""

    context: str
    words: str
    is_counted: bool = False


class ExtractionError(Exception):
    """A text is written in a way that cannot be read from the code."""


def find_texts(folder: Path = ROOT / "docclean" / "gui") -> list[Text]:
    """Find every text of the window, each once, by context and in the order of the code.

    Raises:
        ExtractionError: A text is put together at run time, in a place that is not known here.
    """
    found = dict.fromkeys(table_texts())
    for path in sorted(folder.glob("*.py")):
        found.update(dict.fromkeys(texts_in(path.read_text(encoding="utf-8"), path.stem)))
    return sorted(found, key=lambda text: text.context)


def table_texts() -> Iterator[Text]:
    """Give the texts that stand in tables of the code."""
    sys.path.insert(0, str(ROOT))
    from docclean.core import presets  # noqa: PLC0415 - as the next line
    from docclean.gui import actions, page_item  # noqa: PLC0415 - only this function needs Qt

    yield from (Text("Actions", f"&{title}") for title in actions.MENUS)
    for spec in actions.ACTIONS:
        yield from (Text("Actions", words) for words in (spec.text, spec.tip) if words)
    words = [*page_item._WORDS.values(), *(note.value for note in page_item.ItemNote)]  # noqa: SLF001 - texts of ours
    yield from (Text("PageQueue", each) for each in words if each)
    yield from (Text("presets", preset.name) for preset in presets.BUILTIN)


def texts_in(code: str, module: str) -> list[Text]:
    """Find the texts of a module.

    Args:
        code: Its source.
        module: Its name, for errors and for what is known of it.

    Raises:
        ExtractionError: As `find_texts`.
    """
    tree = ast.parse(code)
    reader = _Reader(module, _helpers_of(tree))
    reader.visit(tree)
    return reader.texts


def _helpers_of(tree: ast.Module) -> dict[str, str]:
    """Find functions that translate their argument, and the context they do it in; empty for other names of Qt's."""
    helpers = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.value) == "QCoreApplication.translate":
            helpers.update({target.id: "" for target in node.targets if isinstance(target, ast.Name)})
        if isinstance(node, ast.FunctionDef) and isinstance(call := getattr(node.body[-1], "value", None), ast.Call):
            arguments = [argument.arg for argument in node.args.args]
            is_translated = ast.unparse(call.func) == "QCoreApplication.translate"
            if is_translated and len(arguments) == 1 and ast.unparse(call.args[1]) == arguments[0]:
                helpers[node.name] = ast.literal_eval(call.args[0])
    return helpers


class _Reader(ast.NodeVisitor):
    """Collects the texts of one module."""

    def __init__(self, module: str, helpers: dict[str, str]) -> None:
        self._module, self._helpers = module, helpers
        self._classes: list[str] = []
        self._functions: list[ast.FunctionDef] = []
        self.texts: list[Text] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    def visit_Call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func)
        if name == "QCoreApplication.translate" or self._helpers.get(name) == "":
            if not self._is_helper():
                self._take(ast.literal_eval(node.args[0]), node.args[1], is_counted=len(node.args) > 3)
        elif name in self._helpers:
            self._take(self._helpers[name], node.args[0])
        elif name == "translate" and self._module == "page_item":  # `PageQueue.tr`, or what stands for it
            self._take("PageQueue", node.args[0])
        elif name.endswith(".tr"):
            self._take(self._owner(name.removesuffix(".tr")), node.args[0], is_counted=len(node.args) > 2)
        self.generic_visit(node)

    def _is_helper(self) -> bool:
        return bool(self._functions) and bool(self._helpers.get(self._functions[-1].name))

    def _owner(self, name: str) -> str:
        """Name the class whose `tr` is called."""
        if name == "self":
            return self._classes[-1]
        kinds = {each.arg: each.annotation for each in self._functions[-1].args.args}
        if (kind := kinds.get(name)) is None:
            raise ExtractionError(f"docclean/gui/{self._module}.py: say of which class {name!r} is, for {name}.tr")
        return ast.unparse(kind)

    def _take(self, context: str, words: ast.expr, *, is_counted: bool = False) -> None:
        if isinstance(words, ast.IfExp):
            self._take(context, words.body, is_counted=is_counted)
            self._take(context, words.orelse, is_counted=is_counted)
        elif isinstance(words, ast.Constant) and isinstance(words.value, str):
            self.texts.append(Text(context, words.value, is_counted))
        elif (self._module, ast.unparse(words)) not in _BY_VALUE:
            place = f"docclean/gui/{self._module}.py, line {words.lineno}"
            raise ExtractionError(f"{place}: write the text itself, not {ast.unparse(words)}")


@dataclass(slots=True)
class Translation:
    """What a language says for a text.

    Attributes:
        forms: Its words; several where numbers have forms, none if it is not translated yet.
        is_finished: Whether it counts.
        note: What translators tell each other.
    """

    forms: list[str] = field(default_factory=list)
    is_finished: bool = False
    note: str = ""


def read_translations(path: Path) -> dict[Text, Translation]:
    """Read a .ts file, with the texts that vanished."""
    translations = {}
    for context in ET.parse(path).getroot().iter("context"):  # noqa: S314 - a file of this repository
        for message in context.iter("message"):
            said = message.find("translation")
            assert said is not None, path  # noqa: S101 - a file that this script has written
            text = Text(context.findtext("name", ""), message.findtext("source", ""), message.get("numerus") == "yes")
            forms = [form.text or "" for form in said.iter("numerusform")] if text.is_counted else [said.text or ""]
            is_finished = said.get("type", "finished") in ("finished", "vanished") and all(forms)
            translations[text] = Translation(forms, is_finished, message.findtext("translatorcomment", ""))
    return translations


def merge(texts: Iterable[Text], known: dict[Text, Translation]) -> str:
    """Write the content of a .ts file, but for its head's language: texts of today, then those that vanished."""
    texts = list(texts)
    vanished = [text for text in known if text not in set(texts) and known[text].is_finished]
    lines, context = [], ""
    for text in sorted([*texts, *vanished], key=lambda text: text.context):
        if text.context != context:
            lines += ["</context>"] * bool(context) + ["<context>", f"    <name>{_escaped(text.context)}</name>"]
            context = text.context
        lines += _message(text, known.get(text, Translation()), has_vanished=text not in set(texts))
    return "\n".join([*lines, "</context>"])


def _message(text: Text, said: Translation, *, has_vanished: bool) -> list[str]:
    kind = ' type="vanished"' if has_vanished else "" if said.is_finished else ' type="unfinished"'
    forms = _escaped("".join(said.forms))
    if text.is_counted:
        each = said.forms or [""] * 2
        forms = "".join(f"\n            <numerusform>{_escaped(form)}</numerusform>" for form in each) + "\n        "
    note = [f"        <translatorcomment>{_escaped(said.note)}</translatorcomment>"] if said.note else []
    return [
        '    <message numerus="yes">' if text.is_counted else "    <message>",
        f"        <source>{_escaped(text.words)}</source>",
        *note,
        f"        <translation{kind}>{forms}</translation>",
        "    </message>",
    ]


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def updated(path: Path) -> str:
    """Give what a .ts file should hold."""
    language = ET.parse(path).getroot().get("language", "")  # noqa: S314 - a file of this repository
    body = merge(find_texts(), read_translations(path))
    return f'{_HEAD}<TS version="2.1" language="{language}" sourcelanguage="en">\n{body}\n</TS>\n'


def find_compiler() -> str | None:
    """Find Qt's compiler of translations, which comes with PySide6; None if it is not there."""
    return shutil.which("pyside6-lrelease", path=str(Path(sys.executable).parent)) or shutil.which("pyside6-lrelease")


def compiled(path: Path, compiler: str) -> bytes:
    """Compile a .ts file; unfinished texts are left out, so that the window says them in English."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "compiled.qm"
        subprocess.run([compiler, "-silent", "-nounfinished", str(path), "-qm", str(target)], check=True)
        return target.read_bytes()


def main() -> int:
    """Update, or check; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; say what is not current")
    is_check = parser.parse_args().check
    compiler = find_compiler()
    if compiler is None:
        print("pyside6-lrelease is missing; install PySide6-Essentials.", file=sys.stderr)
        return 2
    is_current = True
    for path in sorted(FOLDER.glob("*.ts")):
        wanted = updated(path)
        if is_check:
            is_current &= path.read_text(encoding="utf-8") == wanted
            is_current &= path.with_suffix(".qm").read_bytes() == compiled(path, compiler)
            continue
        path.write_text(wanted, encoding="utf-8", newline="\n")
        path.with_suffix(".qm").write_bytes(compiled(path, compiler))
        waiting = [text.words for text, said in read_translations(path).items() if not said.is_finished]
        print(f"{path.name}: {len(waiting)} to translate", *waiting, sep="\n  ")
    if not is_current:
        print(f"Translations are not current; run: {COMMAND}", file=sys.stderr)
    return 0 if is_current else 1


if __name__ == "__main__":
    raise SystemExit(main())
