"""Facts about this installation for a bug report: versions, machine, folders. Nothing about anybody's pages."""

import ctypes
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

from docclean import __version__
from docclean.core.paths import cache_folder, config_folder, log_folder, user_models_folder

LIBRARIES = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "pydantic": "pydantic",
    "safetensors": "safetensors",
}
"""Distributions that cleaning needs, and what is imported from each."""

OPTIONAL_LIBRARIES = ("torch", "PySide6-Essentials", "onnx", "onnxscript", "pypdfium2", "pytesseract", "rapidfuzz")


def environment_report(*, qt_version: str = "", device: str = "", log_file: Path | None = None) -> str:
    """Write the facts that a bug report needs, one a line.

    Args:
        qt_version: Version of Qt, where the window runs.
        device: Label of the device that cleans pages.
        log_file: Where the log is; the user's folder in it is shortened to "~".

    Returns:
        Plain text without names of pages and without the user's name, as far as paths tell it.
    """
    libraries = (f"{name} {library_version(name)}" for name in (*LIBRARIES, *OPTIONAL_LIBRARIES))
    facts = (*describe_program(), f"Qt {qt_version}" * bool(qt_version), f"Device: {device}" * bool(device))
    log = f"Log: {_without_user(log_file)}" if log_file else "Log: none"
    return "\n".join([*filter(None, facts), f"Libraries: {', '.join(libraries)}", log])


def describe_program() -> tuple[str, ...]:
    """Version, Python, and machine with its memory, a line each."""
    return (
        f"docclean {__version__}",
        f"Python {platform.python_version()}, {_without_user(Path(sys.executable))}",
        f"{platform.platform()}, {describe_memory()}",
    )


def describe_memory() -> str:
    """Memory of this machine in words."""
    size_bytes = memory_bytes()
    return f"{size_bytes / 2**30:.1f} GiB of memory" if size_bytes else "memory unknown"


def memory_bytes() -> int:
    """Memory of this machine, bytes; 0 when it does not say."""
    if sys.platform == "win32":
        kibibytes = ctypes.c_ulonglong()
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kibibytes))
        return kibibytes.value * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def library_version(distribution: str) -> str:
    """Version of an installed library, or "(not installed)"."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def list_folders() -> dict[str, Path]:
    """The program's folders by what is in them, in the user's words."""
    return {
        "settings": config_folder(),
        "your models": user_models_folder(),
        "cache": cache_folder(),
        "log": log_folder(),
    }


def _without_user(path: Path) -> str:
    """Write a path with "~" for the user's folder, which often is the user's name."""
    try:
        home = Path.home()
    except RuntimeError:  # a user without a folder
        return str(path)
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)
