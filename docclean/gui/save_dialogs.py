"""Saving, as the user sees it: one question where something would be replaced, and a word when it is done."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from docclean.core.errors import DoccleanError
from docclean.core.output_choice import OutputChoice
from docclean.core.paths import data_folder
from docclean.core.resources import resource_path
from docclean.gui.file_questions import question
from docclean.gui.page_item import CLEANED, ItemStatus, PageItem
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
        in_work = self._saver.pages_in_work
        cleaned = [item for item in cleaned if item.id not in in_work]
        if not cleaned:
            self.refused.emit(_text("These pages are being saved already."))
            return
        try:
            plan = plan_saving(self._queue, cleaned, choice, default_folder(self._queue))
        except DoccleanError as fault:
            self.refused.emit(str(fault))
            return
        agreed = self._agreed(plan)
        if agreed is not None:
            self._saver.save(agreed)

    def save_as(self, item: PageItem, choice: OutputChoice) -> None:
        """Save a page under a name that the user is asked for, stored as the output panel says."""
        if item.status not in CLEANED:
            self.refused.emit(_text("This page has not been cleaned yet; clean it first."))
            return
        start = default_folder(self._queue) / item.source.path.name
        name, kind = QFileDialog.getSaveFileName(self._window, _text("Save page as"), str(start), _FILTERS)
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(name + _suffix_of(kind))
        try:
            plan = plan_saving_as(self._queue, item, path, choice)
        except DoccleanError as fault:
            self.refused.emit(str(fault))
            return
        # The dialog has asked about the name that was typed, and about no other.
        agreed = plan.replacing() if path == Path(name) else self._agreed(plan)
        if agreed is not None:
            self._saver.save(agreed)

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
        """Note which results are in files now; pages that were cleaned anew meanwhile are not among them."""
        items = {page: self._queue.get(page) for page in summary.results}
        same = [item for page, item in items.items() if item is not None and item.result is summary.results[page]]
        for item in self._queue.items if summary.replaced else ():
            before, after = summary.replaced.get(item.source.path, (None, None))
            if item.result is not None and before is not None and item.result.input_state == before:
                item.result = item.result.model_copy(update={"input_state": after})  # the change was our own
        self._queue.set_saved([item.id for item in same])
        changed = {item.source.path for item in map(self._queue.get, summary.changed) if item is not None}
        if changed:
            self._forget_results(changed)
        self.saved.emit(summary)
        if summary.signed is not None:
            self._ask_about_signed(summary.signed)

    def _ask_about_signed(self, plan: SavePlan) -> None:
        """Signed files are saved when the user says that their signatures do not matter."""
        names = list(dict.fromkeys(job.source.path.name for job in plan.jobs))
        words = _text("“{0}” is signed. The saved file will not carry a valid signature.").format(names[0])
        if len(names) > 1:
            words = _text("%n files are signed. The saved files will not carry valid signatures.")
            words = words.replace("%n", spell_count(len(names)))
        detail = _text("The originals stay as they are.") if not plan.replaces else ""
        box = question(self._window, "signedQuestion", words, detail, _text("Save anyway"))
        box.accepted.connect(lambda: self._saver.save(plan))
        box.open()

    def _forget_results(self, files: Collection[Path]) -> None:
        """Files changed since they were cleaned: their results are of no use, and their pages wait."""
        pages = [item for item in self._queue.items if item.source.path in files and item.status in CLEANED]
        for item in pages:
            item.reset()
        self._queue.set_status([item.id for item in pages], ItemStatus.WAITING)


def default_folder(queue: PageQueue) -> Path:
    """Where results go as long as the user chose no folder: "cleaned", in the folder that the first page came from.

    Samples and pasted pictures lie where nobody looks; their results go to the user's own folder.
    """
    if not queue.items:
        return Path.home() / "cleaned"
    source = queue.items[0].source
    top = source.path.parents[min(len(source.relative.parts), len(source.path.parents)) - 1]
    is_ours = top.is_relative_to(data_folder()) or top.is_relative_to(resource_path())
    return (Path.home() if is_ours else top) / "cleaned"


def _suffix_of(kind: str) -> str:
    """The first suffix of a line of `_FILTERS`."""
    return kind.partition("*")[2].strip("()* ").split(" ")[0] or ".png"


def _text(words: str) -> str:
    return QCoreApplication.translate("SaveDialogs", words)
