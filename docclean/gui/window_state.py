"""Size and place of the window and its parts, from one start to the next."""

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from docclean.core.paths import data_folder

_VERSION = "1"


def restore_state(window: QMainWindow, splitter: QSplitter) -> None:
    """Bring the window to where it was."""
    state = _state()
    window.resize(1280, 800)
    window.setMinimumSize(900, 600)
    if state.value("version") == _VERSION:
        window.restoreGeometry(state.value("geometry"))
        splitter.restoreState(state.value("splitter"))


def keep_state(window: QMainWindow, splitter: QSplitter) -> None:
    """Remember where the window is."""
    state = _state()
    state.setValue("version", _VERSION)
    state.setValue("geometry", window.saveGeometry())
    state.setValue("splitter", splitter.saveState())


def _state() -> QSettings:
    return QSettings(str(data_folder() / "window.ini"), QSettings.Format.IniFormat)
