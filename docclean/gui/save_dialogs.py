"""Saving, as the user sees it: one question where something would be replaced, and a word when it is done."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from docclean.core.errors import DoccleanError
from docclean.core.output_choice import OutputChoice
from docclean.gui.page_item import CLEANED, PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.saving import SavePlan, Saver, SaveSummary, plan_saving, plan_saving_as
from docclean.gui.wording import spell_count

_FILTERS = "PNG (*.png);;TIFF (*.tif *.tiff);;JPEG (*.jpg *.jpeg);;WebP (*.webp);;PDF (*.pdf)"


class SaveDialogs(QObject):
    """Saves pages of the queue where and how the output panel says.

    Attributes:
        saved: A `SaveSummary`: something was saved, or could not be.
        refused: Why nothing can be saved, in one sentence.
    """

    saved = Signal(object)
    refused = Signal(str)

    def __init__(self, window: QWidget, queue: PageQueue, saver: Saver) -> None:
        super().__init__(window)
        self._window, self._queue, self._saver = window, queue, saver
        self.asks_before_replacing = True
        saver.saved.connect(self._on_saved)

    def save(self, items: Sequence[PageItem], choice: OutputChoice) -> None:
        """Save the cleaned ones of these pages."""
        cleaned = [item for item in items if item.status in CLEANED]
        if not cleaned:
            self.refused.emit(_text("None of these pages has been cleaned yet; clean them first."))
            return
        try:
            plan = plan_saving(self._queue, cleaned, choice, default_folder(self._queue))
        except DoccleanError as fault:
            self.refused.emit(str(fault))
            return
        agreed = self._agreed(plan)
        if agreed is not None:
            self._saver.save(agreed)

    def save_as(self, item: PageItem) -> None:
        """Save a page under a name that the user is asked for."""
        if item.status not in CLEANED:
            self.refused.emit(_text("This page has not been cleaned yet; clean it first."))
            return
        start = default_folder(self._queue) / item.source.path.name
        name, _ = QFileDialog.getSaveFileName(self._window, _text("Save page as"), str(start), _FILTERS)
        if name:
            path = Path(name)
            try:
                self._saver.save(plan_saving_as(self._queue, item, path if path.suffix else path.with_suffix(".png")))
            except DoccleanError as fault:
                self.refused.emit(str(fault))

    def _agreed(self, plan: SavePlan) -> SavePlan | None:
        """Ask what cannot be undone; None when the user thinks better of it."""
        if plan.replaces:
            count = len(plan.replaces)
            words = _text("Replace %n originals with their cleaned pages? This cannot be undone.")
            return plan if self._ask(words.replace("%n", spell_count(count)), _text("Replace the originals")) else None
        if not plan.existing:
            return plan
        if not self.asks_before_replacing:
            return plan.replacing()
        return self._ask_about_existing(plan)

    def _ask(self, words: str, yes: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Warning, _text("Save"), words, parent=self._window)
        button = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is button

    def _ask_about_existing(self, plan: SavePlan) -> SavePlan | None:
        count, folder = len(plan.existing), plan.existing[0].parent
        words = _text("%n files are in {0} already.").replace("%n", spell_count(count)).format(folder)
        if count == 1:
            words = _text("{0} is there already.").format(plan.existing[0])
        box = QMessageBox(QMessageBox.Icon.Question, _text("Save"), words, parent=self._window)
        both = box.addButton(_text("Keep both"), QMessageBox.ButtonRole.AcceptRole)
        replace = box.addButton(_text("Replace"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(both)
        box.exec()
        if box.clickedButton() is both:
            return plan.beside()
        return plan.replacing() if box.clickedButton() is replace else None

    @Slot(object)
    def _on_saved(self, summary: SaveSummary) -> None:
        self._queue.set_saved(summary.pages)
        self.saved.emit(summary)


def default_folder(queue: PageQueue) -> Path:
    """Where results go as long as the user chose no folder: "cleaned", in the folder that the first page came from."""
    if not queue.items:
        return Path.home() / "cleaned"
    source = queue.items[0].source
    top = source.path.parents[min(len(source.relative.parts), len(source.path.parents)) - 1]
    return top / "cleaned"


def _text(words: str) -> str:
    return QCoreApplication.translate("SaveDialogs", words)
