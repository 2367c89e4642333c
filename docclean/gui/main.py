"""Open the window. Qt is imported here, inside a function, so that a missing library is told in a sentence."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from docclean.core.errors import UsageError

_REMEDY = (
    "The window cannot open, because a library of the system is missing ({fault}). On Debian or Ubuntu: "
    "sudo apt install libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libxcb-cursor0 "
    "libxkbcommon-x11-0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0. "
    "The command line works without: docclean clean --help."
)


def run_window(files: Sequence[Path]) -> int:
    """Open the window, or hand the files to the one that is open; comes back when it is closed.

    Args:
        files: Files and folders to begin with.

    Returns:
        The exit code.

    Raises:
        UsageError: There is no screen, or a library of the system is missing.
    """
    _refuse_missing_screen()
    try:
        from docclean.gui.application import run
    except ImportError as fault:
        raise UsageError(_REMEDY.format(fault=fault)) from fault
    return run(files)


def _refuse_missing_screen() -> None:
    """Qt ends the process where it finds no screen; a sentence comes before that."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise UsageError("There is no screen to open the window on; use the command line: docclean clean --help.")
