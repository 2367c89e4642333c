"""The import contracts of pyproject.toml hold, and they bite: a package that breaks each of them is refused."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True, cache_dir=sys.argv[1]))"
)
BREACHES = {
    "layers": ("core/upward.py", "import docclean.engine"),
    "only the window knows Qt": ("core/qt.py", "import PySide6.QtCore"),
    "lower layers are torch-free": ("imaging/tensors.py", "import torch"),
    "front ends never import torch directly": ("cli/tensors.py", "import torch"),
}


def lint_imports(folder: Path, cache: Path) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    result = subprocess.run(
        [sys.executable, "-c", LINT, str(cache)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return result.returncode, result.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "docclean", tmp_path / "docclean", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold(tmp_path: Path) -> None:
    code, output = lint_imports(ROOT, tmp_path / "cache")
    assert code == 0, output


def test_every_contract_has_its_breach_here() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]} == set(BREACHES)


def test_contracts_broken_are_all_reported(copy: Path) -> None:
    for path, statement in BREACHES.values():
        (copy / "docclean" / path).write_text(f"{statement}\n", encoding="utf-8")
    code, output = lint_imports(copy, copy / "cache")
    assert code != 0
    for name in BREACHES:
        assert f"{name} BROKEN" in output


def test_new_layer_nobody_listed_is_reported(copy: Path) -> None:
    (copy / "docclean" / "extra").mkdir()
    (copy / "docclean" / "extra" / "__init__.py").touch()
    code, output = lint_imports(copy, copy / "cache")
    assert code != 0
    assert "extra" in output
