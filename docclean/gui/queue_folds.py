"""Documents of several pages in the queue: which rows belong together, which are folded, how far each has come."""

from collections import Counter
from pathlib import Path

from PySide6.QtCore import QModelIndex, QObject, Signal, Slot

from docclean.gui.page_item import ItemNote, ItemStatus, note_of
from docclean.gui.page_queue import PageQueue

Tally = Counter[tuple[ItemStatus, ItemNote]]
"""How many pages of a document are in which state."""


class QueueFolds(QObject):
    """Finds runs of rows that show pages of one file, and remembers which files are folded.

    Files are remembered by path, so that folding survives whatever happens to the rows. Rows are looked through once
    after pages came, went or moved; news of one page cost nothing more than counting it.

    Attributes:
        changed: Other rows are hidden now.
        told: A page of a folded document got on; the row that stands for the document.
    """

    changed = Signal()
    told = Signal(int)

    def __init__(self, queue: PageQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._folded: set[Path] = set()
        self._runs: list[range] = []
        self._run_of: list[int] = []
        self._tallies: list[Tally] = []
        self._seen: dict[str, tuple[ItemStatus, ItemNote]] = {}
        self._is_stale = True
        for signal in (queue.rowsInserted, queue.rowsRemoved, queue.layoutChanged, queue.modelReset):
            signal.connect(self._forget)
        queue.dataChanged.connect(self._count_news)

    @property
    def has_documents(self) -> bool:
        """Whether any file has several pages here."""
        self._look()
        return bool(self._runs)

    @property
    def has_folded(self) -> bool:
        """Whether any file was folded, of those that are here or were."""
        return bool(self._folded)

    def run_at(self, row: int) -> range:
        """Rows of the document that a row belongs to; the row alone if that is no document of several pages."""
        self._look()
        number = self._run_of[row] if 0 <= row < len(self._run_of) else -1
        return self._runs[number] if number >= 0 else range(row, row + 1)

    def is_head(self, row: int) -> bool:
        """Whether a row is the first of a document of several pages."""
        run = self.run_at(row)
        return len(run) > 1 and run.start == row

    def is_folded(self, row: int) -> bool:
        """Whether a row belongs to a folded document."""
        run = self.run_at(row)
        return bool(self._folded) and len(run) > 1 and self._queue.items[run.start].source.path in self._folded

    def is_hidden(self, row: int) -> bool:
        """Whether a row is folded away."""
        return self.is_folded(row) and not self.is_head(row)

    def set_folded(self, row: int, *, is_folded: bool) -> None:
        """Fold or unfold the document of a row; do nothing for a single page."""
        if len(self.run_at(row)) < 2 or self.is_folded(row) == is_folded:
            return
        path = self._queue.items[row].source.path
        if is_folded:
            self._folded.add(path)
        else:
            self._folded.discard(path)
        self.changed.emit()

    def tally_at(self, row: int) -> Tally:
        """How far the pages of a document have come. Not to be changed by the caller."""
        self._look()
        number = self._run_of[row]
        return self._tallies[number] if number >= 0 else Counter([_state(self._queue, row)])

    @Slot()
    def _forget(self) -> None:
        self._is_stale = True
        self.changed.emit()

    def _look(self) -> None:
        if not self._is_stale:
            return
        self._is_stale = False
        self._runs, self._tallies, self._seen = [], [], {}
        items = self._queue.items
        self._run_of = [-1] * len(items)
        row = 0
        while row < len(items):
            end = row + 1
            if items[row].source.pages > 1:
                while end < len(items) and items[end].source.path == items[row].source.path:
                    end += 1
            if end - row > 1:
                self._add_run(range(row, end))
            row = end

    def _add_run(self, run: range) -> None:
        self._run_of[run.start : run.stop] = [len(self._runs)] * len(run)
        self._runs.append(run)
        states = {self._queue.items[row].id: _state(self._queue, row) for row in run}
        self._seen.update(states)
        self._tallies.append(Counter(states.values()))

    @Slot(QModelIndex, QModelIndex)
    def _count_news(self, first: QModelIndex, last: QModelIndex) -> None:
        if self._is_stale:
            return
        for row in range(first.row(), last.row() + 1):
            number = self._run_of[row]
            if number < 0:
                continue
            item_id, state = self._queue.items[row].id, _state(self._queue, row)
            tally = self._tallies[number]
            tally[self._seen[item_id]] -= 1
            tally[state] += 1
            self._seen[item_id] = state
            if self.is_folded(row):
                self.told.emit(self._runs[number].start)


def _state(queue: PageQueue, row: int) -> tuple[ItemStatus, ItemNote]:
    item = queue.items[row]
    return item.status, note_of(item)
