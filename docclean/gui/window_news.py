"""What the window tells: pages that came, failed, were cleaned or saved. One place, plain sentences, no boxes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from docclean.core.progress import Progress
from docclean.core.recent import remember_files
from docclean.documents.discover import Skipped
from docclean.engine.searchable import STAGE
from docclean.gui.cleaning_run import RunSummary
from docclean.gui.desktop import notify
from docclean.gui.page_item import PageItem
from docclean.gui.problems_panel import Problem
from docclean.gui.saving import SaveSummary
from docclean.gui.wording import counted_pages, in_the_window, spell_count

if TYPE_CHECKING:
    from docclean.gui.main_window import MainWindow


class WindowNews(QObject):
    """Puts what happens into the status line and the panel of problems. Owned by the window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        window.editing.added.connect(self._on_added)
        window.editing.skipped.connect(self._on_left_out)
        window.editing.failed.connect(self._on_left_out)
        window.run.finished.connect(self._on_finished)
        window.run.failed.connect(self._on_page_failed)
        window.engine.engine_failed.connect(self.add_problem)
        window.display.failed.connect(self._on_page_not_shown)
        window.saving.saved.connect(self._on_saved)
        window.saver.held.connect(self._on_saving_held)
        window.saving.refused.connect(window.say)
        window.store.fault.connect(window.say)
        window.engine.progressed.connect(self._on_progress)

    @Slot(str)
    def add_problem(self, sentence: str, details: str = "") -> None:
        """List something that went wrong and is about no page."""
        self._window.parts.problems.add(Problem(Path(), sentence, details))

    @Slot(object)
    def _on_added(self, items: Sequence[PageItem]) -> None:
        remember_files(dict.fromkeys(item.source.path for item in items[:10]))
        count = len(items)
        words = self.tr("1 page added.") if count == 1 else self.tr("{0} pages added.").format(spell_count(count))
        self._window.say(words)

    @Slot(object)
    def _on_left_out(self, skipped: Sequence[Skipped]) -> None:
        for one in skipped:
            self._window.parts.problems.add(Problem(one.path, f"{one.path}: {one.reason}"))

    @Slot(object)
    def _on_page_failed(self, item: PageItem) -> None:
        if item.result is not None:
            self._window.parts.problems.add(Problem(item.source.path, item.result.error))

    @Slot(object, str)
    def _on_page_not_shown(self, item: PageItem, sentence: str) -> None:
        self._window.parts.problems.add(Problem(item.source.path, sentence))

    @Slot(object)
    def _on_finished(self, summary: RunSummary) -> None:
        words = self.tr("{0} pages cleaned").format(spell_count(summary.cleaned))
        if summary.cleaned == 1:
            words = self.tr("1 page cleaned")
        words += self.tr(", {0} to look at").format(summary.review) if summary.review else ""
        words += self.tr(", {0} left alone (no scan)").format(summary.kept) if summary.kept else ""
        words += self.tr(", {0} failed").format(summary.failed) if summary.failed else ""
        self._window.say(f"{words}.")
        if self._window.settings.notify_when_finished and not summary.stopped:
            notify(self._window, "docclean", f"{words}.")

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        """Saving a searchable PDF takes as long as reading its pages does."""
        if progress.stage == STAGE:
            words = self.tr("Reading text: {0} of {1}").format(progress.done, counted_pages(progress.total))
            self._window.parts.status.say(words)

    @Slot(object)
    def _on_saved(self, summary: SaveSummary) -> None:
        for sentence in summary.errors:
            self.add_problem(in_the_window(sentence))
        for path, sentence in summary.notes:
            self._window.parts.problems.add(Problem(path, f"{path}: {in_the_window(sentence)}"))
        other = {item.source.path for item in map(self._window.pages.get, summary.changed) if item is not None}
        if other := other.union(summary.replaced):
            self._window.show_other_files(other)
        if not summary.files:
            if not summary.errors and summary.signed is None:
                self._window.say(self.tr("Nothing was saved."))
            return
        count = len(summary.files)
        words = self.tr("1 file saved in {0}.") if count == 1 else self.tr("{1} files saved in {0}.")
        words = words.format(summary.files[0].parent, spell_count(count))
        if summary.as_they_were:
            words += " " + self.tr("Pages in them that are not clean yet: {0}.").format(
                spell_count(summary.as_they_were)
            )
        self._window.say(words)

    @Slot()
    def _on_saving_held(self) -> None:
        self._window.say(self.tr("The run is paused; saving begins when it goes on."))
