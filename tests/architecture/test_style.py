"""House rules that no linter knows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "docclean"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [
    *MODULES,
    *sorted((ROOT / "tests").rglob("*.py")),
    ROOT / "run.py",
    *sorted((ROOT / "packaging").glob("*.py")),
]
BANNED_NAMES = {"utils", "helpers", "common", "manager", "base", "misc", "data", "info"}
EXEMPTION = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)")
REASONED = re.compile(r"(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[[a-z-]+(,\s*[a-z-]+)*\])\W+(?P<reason>\w.*)")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_is_not_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_module_names_say_something() -> None:
    parts = {part for path in MODULES for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert not parts & BANNED_NAMES


def test_init_files_are_empty() -> None:
    filled = [name(path) for path in MODULES if path.name == "__init__.py" and path.stat().st_size > 0]
    assert filled == ["docclean/__init__.py"]


def exemptions_without_reason(text: str) -> list[str]:
    found = []
    for line in text.splitlines():
        match = EXEMPTION.search(line)
        if match:
            reasoned = REASONED.match(match["rest"].strip())
            if not reasoned or len(reasoned["reason"]) < 10:
                found.append(line.strip())
    return found


def test_exemptions_name_rule_and_reason() -> None:
    own = Path(__file__)
    faults = {
        name(path): exemptions_without_reason(path.read_text(encoding="utf-8")) for path in SOURCES if path != own
    }
    assert not {path: lines for path, lines in faults.items() if lines}


@pytest.mark.parametrize(
    ("line", "is_fine"),
    [
        ("import fcntl  # noqa: PLC0415 - does not exist on Windows", True),
        ("import fcntl  # noqa: PLC0415, F401  # does not exist on Windows", True),
        ("x = f()  # type: ignore[no-any-return]  # the library has no types", True),
        ("import fcntl  # noqa: PLC0415", False),
        ("import fcntl  # noqa", False),
        ("x = f()  # type: ignore", False),
        ("x = f()  # type: ignore[misc]", False),
        ("x = f()  # ordinary", True),
    ],
)
def test_exemption_is_recognized(line: str, is_fine: bool) -> None:
    assert (exemptions_without_reason(line) == []) == is_fine


def test_changelog_has_unreleased_on_top() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[?([^\]\n]+)", text, flags=re.MULTILINE)
    assert headings
    assert headings[0].startswith("Unreleased")


def test_version_is_written_once() -> None:
    assert "version =" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.", 1)[0]
