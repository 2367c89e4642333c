"""Questions before the window closes: work that is on, and results that would be lost."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox

from docclean.gui.wording import spell_count

if TYPE_CHECKING:
    from docclean.gui.main_window import MainWindow


def may_close(window: "MainWindow") -> bool:
    """Ask in mid-run, and where results that are in no file would not come back; True if there is nothing to ask."""
    if not window.settings.ask_before_closing:
        return True
    if window.engine.is_training:
        return _may_stop_training(window)
    return _may_stop(window) if window.engine.is_busy else _may_lose_results(window)


def _may_stop_training(window: "MainWindow") -> bool:
    words = _text("A model is being trained. Stop and close?")
    more = _text("What it has learned is saved; “Teach a model my pages” in the menu goes on with it.")
    if window.engine.is_busy:
        more += " " + _text("Pages that wait for its end stay in the list.")
    return _ask(window, f"{words}\n{more}", _text("Stop and close"), _text("Go on"))


def _may_stop(window: "MainWindow") -> bool:
    figures = window.run.figures()
    words = _text("Pages are being cleaned or saved. Stop and close?")
    if window.run.is_on and not window.saver.is_on:
        words = _text("{0} of {1} pages are cleaned. Stop and close?").format(figures.done, figures.total)
    more = _text("The list is kept; the next start offers what is left.")
    if not window.settings.restore_queue:
        more = _text("What has not been saved is lost, because the settings say that the list is not kept.")
    return _ask(window, f"{words}\n{more}", _text("Stop and close"), _text("Go on"))


def _may_lose_results(window: "MainWindow") -> bool:
    unsaved = sum(item.draft is not None and not item.is_saved for item in window.pages.items)
    if window.settings.restore_queue or not unsaved:
        return True
    words = _text("Cleaned pages that are not saved, and will be lost: {0}.").format(spell_count(unsaved))
    return _ask(window, words, _text("Close without saving"), _text("Go back"))


def _ask(window: "MainWindow", words: str, yes: str, no: str) -> bool:
    box = QMessageBox(QMessageBox.Icon.Question, "docclean", words, parent=window)
    button = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(no, QMessageBox.ButtonRole.RejectRole))
    box.exec()
    return box.clickedButton() is button


def _text(words: str) -> str:
    return QCoreApplication.translate("MainWindow", words)
