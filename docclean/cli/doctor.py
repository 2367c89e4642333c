"""`docclean doctor`: the facts of an installation, and whether its parts work. A bug report should have them."""

import ctypes
import importlib
import importlib.metadata
import importlib.util
import os
import platform
import sys

from docclean import __version__
from docclean.cli.console import complain, say
from docclean.core.errors import ExitCode, ModelError
from docclean.core.paths import cache_folder, config_folder, log_folder, user_models_folder
from docclean.engine.device import list_devices
from docclean.models.catalog import Catalog
from docclean.models.weights import verify_weights

_LIBRARIES = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "pydantic": "pydantic",
    "safetensors": "safetensors",
}
"""Distributions that cleaning needs, and what is imported from each."""

_OPTIONAL = ("torch", "PySide6-Essentials", "onnx", "onnxscript", "pypdfium2", "pytesseract", "rapidfuzz")


def check_installation() -> ExitCode:
    """Print facts and faults; exit code 1 if something is broken."""
    say(f"docclean {__version__}")
    say(f"Python {platform.python_version()}, {sys.executable}")
    say(f"{platform.platform()}, {_memory()}")
    problems = [*_check_libraries(), *_check_models()]
    _show_devices()
    say("Folders:")
    for name, folder in (
        ("settings", config_folder()),
        ("your models", user_models_folder()),
        ("cache", cache_folder()),
        ("log", log_folder()),
    ):
        say(f"  {name}: {folder}")
    for problem in problems:
        complain(problem)
    say("Something is broken; see above." if problems else "Everything works.")
    return ExitCode.SOME_PAGES_FAILED if problems else ExitCode.OK


def _memory() -> str:
    size_bytes = _memory_bytes()
    return f"{size_bytes / 2**30:.1f} GiB of memory" if size_bytes else "memory unknown"


def _memory_bytes() -> int:
    """Memory of this machine, bytes; 0 when it does not say."""
    if sys.platform == "win32":
        kibibytes = ctypes.c_ulonglong()
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kibibytes))
        return kibibytes.value * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def _check_libraries() -> list[str]:
    """Print versions; a sentence for each library that cleaning needs and that cannot be loaded."""
    say("Libraries:")
    problems = []
    for name, module in _LIBRARIES.items():
        say(f"  {name} {_version(name)}")
        try:
            importlib.import_module(module)
        except ImportError as fault:
            problems.append(f"{name}: cannot be loaded ({fault}); install docclean again.")
    for name in _OPTIONAL:
        say(f"  {name} {_version(name)}")
    return problems


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _check_models() -> list[str]:
    """Print models; a sentence for each one that is damaged."""
    say("Models:")
    try:
        catalog = Catalog.installed()
    except FileNotFoundError as fault:
        return [f"{fault}."]
    problems = [str(error) for error in catalog.damaged]
    for entry in catalog.all():
        try:
            verify_weights(entry)
        except ModelError as error:
            problems.append(str(error))
            say(f"  {entry.manifest.id}: damaged")
        else:
            say(f"  {entry.manifest.id}: checksums right")
    if not catalog.all() and not problems:
        problems.append("No model is installed; install docclean again.")
    return problems


def _show_devices() -> None:
    say("Devices:")
    for device in list_devices():
        say(f"  {device.name}: {device.label}")
    if importlib.util.find_spec("torch") is None:
        say("  torch is not installed: no GPU can be used, and models cannot be trained.")
