"""What may be loaded when: a start stays quick, and cleaning on a CPU never pays for torch."""

import json
import pkgutil
import subprocess
import sys

import pytest

import docclean

TORCH_FREE = ("core", "documents", "imaging", "engine", "distributed", "cli")
TORCH_FREE_MODELS = tuple(
    f"docclean.models.{name}"
    for name in ("archive", "catalog", "graph_links", "library", "manifest", "names", "weights")
)
HEAVY = {"torch", "PySide6", "cv2", "onnxruntime", "onnx", "img2pdf", "pikepdf", "lxml"}


def modules_loaded_by(code: str) -> set[str]:
    """Run code in a fresh Python; the names of all modules that are loaded at its end."""
    report = "import json, sys; sys.stderr.write(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", f"{code}\n{report}"]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stderr))


def modules_of_the_package() -> list[str]:
    return [module.name for module in pkgutil.walk_packages(docclean.__path__, "docclean.")]


def test_help_loads_nothing_heavy() -> None:
    code = "from docclean.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    assert not modules_loaded_by(code) & HEAVY


def test_torch_free_modules_are_still_there() -> None:
    assert set(TORCH_FREE_MODELS) <= set(modules_of_the_package())


def test_import_outside_networks_and_training_loads_neither_torch_nor_qt() -> None:
    names = [name for name in modules_of_the_package() if name.split(".")[1] in TORCH_FREE or name in TORCH_FREE_MODELS]
    assert len(names) > len(TORCH_FREE)
    loaded = modules_loaded_by("\n".join(f"import {name}" for name in names))
    assert not loaded & {"torch", "PySide6", "shiboken6", "img2pdf", "pikepdf"}


@pytest.mark.parametrize("name", ["docclean", "docclean.core.errors", "docclean.core.cancel", "docclean.core.paths"])
def test_import_of_a_small_module_loads_no_numpy(name: str) -> None:
    assert "numpy" not in modules_loaded_by(f"import {name}")


def test_window_and_its_dialogs_load_no_torch() -> None:
    pytest.importorskip("PySide6")
    names = [name for name in modules_of_the_package() if name.startswith("docclean.gui.")]
    assert "docclean.gui.finetune_dialog" in names
    assert "torch" not in modules_loaded_by("\n".join(f"import {name}" for name in names))


def test_window_loads_what_draws_curves_only_with_its_dialog() -> None:
    pytest.importorskip("PySide6")
    assert "pyqtgraph" not in modules_loaded_by("import docclean.gui.main, docclean.gui.main_window")
