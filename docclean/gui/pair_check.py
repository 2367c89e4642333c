"""Looks for the pages that a fine-tuning would learn from, and at each pair, in a thread of its own."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject, QThread, QThreadPool, Signal, Slot

from docclean.core.cancel import CancelToken
from docclean.core.errors import DoccleanError
from docclean.core.page import PageSource
from docclean.gui.wording import in_the_window
from docclean.training.finetune.material import held_out
from docclean.training.finetune.request import Mode

logger = logging.getLogger(__name__)

FEWEST_PAGES = 2
"""Pages that training needs: one to learn from, one to check with."""


@dataclass(frozen=True, slots=True)
class PagesWanted:
    """Where the pages are; the words are those of `FinetuneRequest`."""

    mode: Mode
    dirty: Path
    clean: Path | None = None
    table: Path | None = None
    dirty_suffix: str = ""
    clean_suffix: str = ""
    dpi: float = 200.0


class PairState(StrEnum):
    """What is known of a pair."""

    FOUND = "found"
    FITS = "fits"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair, or a page alone, as it is shown.

    Attributes:
        name: Name for people.
        dirty: The dirty page; None where only the other is there.
        clean: Its twin, or second scan; None where there is none.
        state: What is known.
        sentence: What is wrong, or how well it fits; empty while nobody has looked.
        pixels: Size of the page, px; 0 while nobody has looked.
    """

    name: str
    dirty: PageSource | None
    clean: PageSource | None
    state: PairState = PairState.FOUND
    sentence: str = ""
    pixels: int = 0


class PairReader(Protocol):
    """Finds pairs and reads them; both are called in a thread of their own."""

    def find(self, wanted: PagesWanted) -> Sequence[PairRow]:
        """Find pairs.

        Raises:
            DoccleanError: A folder or the table cannot be read.
        """

    def look_at(self, row: PairRow, wanted: PagesWanted) -> PairRow:
        """Read a pair and say whether it can be used; faults of its files are told in the row."""


class PairCheck(QObject):
    """What was found last. Belongs to the window's thread; lives as long as the window. `close` it.

    Attributes:
        changed: Other rows, or the end of a search, or its fault.
        row_changed: A row's number: it was looked at.
    """

    changed = Signal()
    row_changed = Signal(int)
    _found = Signal(object, object)
    _seen = Signal(object, int, object, float)
    _failed = Signal(object, str)
    _ended = Signal(object)

    def __init__(self, reader: PairReader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)
        self._cancel = CancelToken()
        self._wanted: PagesWanted | None = None
        self._rows: list[PairRow] = []
        self._fault = ""
        self._seconds: list[float] = []
        self._is_busy = False
        for signal, slot in (
            (self._found, self._take_rows),
            (self._seen, self._take_row),
            (self._failed, self._take_fault),
            (self._ended, self._take_end),
        ):
            signal.connect(slot)

    @property
    def rows(self) -> Sequence[PairRow]:
        """The pairs. Not to be changed by the caller."""
        return self._rows

    @property
    def fault(self) -> str:
        """Why nothing could be found, in one sentence; empty if all is well."""
        return self._fault

    @property
    def is_busy(self) -> bool:
        """Whether it is searching or looking."""
        return self._is_busy

    @property
    def usable(self) -> int:
        """Number of pairs that nothing is known against."""
        return sum(row.state is not PairState.UNUSABLE for row in self._rows)

    @property
    def seconds_to_read(self) -> float | None:
        """Time that reading all usable pairs will take, from those that were read, s; None before the first."""
        return sum(self._seconds) / len(self._seconds) * self.usable if self._seconds else None

    @property
    def pixels_to_judge(self) -> float | None:
        """Size of all the pages together that training will hold out, about, px; None before one was read."""
        sizes = [row.pixels for row in self._rows if row.pixels]
        if not sizes or self.usable < FEWEST_PAGES:
            return None
        held_out_pages = len(held_out([str(number) for number in range(self.usable)], 0))
        return held_out_pages * sum(sizes) / len(sizes)

    def look(self, wanted: PagesWanted | None) -> None:
        """Search anew, unless that is what was searched last; None forgets."""
        if wanted == self._wanted:
            return
        self.stop()
        self._wanted, self._rows, self._fault, self._seconds = wanted, [], "", []
        self._is_busy = wanted is not None
        if wanted is not None:
            cancel = self._cancel = CancelToken()
            self._pool.start(lambda: self._work(wanted, cancel))
        self.changed.emit()

    def stop(self) -> None:
        """Leave off after the pair in hand; what was found stays, and is looked for anew the next time."""
        self._cancel.cancel()
        if self._is_busy:
            self._is_busy, self._wanted = False, None

    @Slot()
    def close(self) -> None:
        """Stop, and wait for the pair in hand."""
        self.stop()
        self._pool.waitForDone()

    def _work(self, wanted: PagesWanted, cancel: CancelToken) -> None:
        """In the pool's thread."""
        try:
            rows = [] if cancel.is_cancelled else list(self._reader.find(wanted))
            self._found.emit(cancel, rows)
            for number, row in enumerate(rows):
                if cancel.is_cancelled:
                    return
                if row.state is PairState.FOUND:
                    begun = time.monotonic()
                    seen = self._reader.look_at(row, wanted)
                    self._seen.emit(cancel, number, seen, time.monotonic() - begun)
        except DoccleanError as error:
            self._failed.emit(cancel, in_the_window(str(error)))
        except Exception:
            logger.exception("looking for pairs")
            self._failed.emit(cancel, _text("This failed because of a fault of the program; see its log file."))
        finally:
            self._ended.emit(cancel)

    @Slot(object, object)
    def _take_rows(self, cancel: CancelToken, rows: list[PairRow]) -> None:
        if not cancel.is_cancelled:
            self._rows = rows
            self.changed.emit()

    @Slot(object, int, object, float)
    def _take_row(self, cancel: CancelToken, number: int, row: PairRow, seconds: float) -> None:
        if not cancel.is_cancelled:
            self._rows[number] = row
            if row.state is PairState.FITS:
                self._seconds.append(seconds)
            self.row_changed.emit(number)

    @Slot(object, str)
    def _take_fault(self, cancel: CancelToken, sentence: str) -> None:
        if not cancel.is_cancelled:
            self._fault = sentence

    @Slot(object)
    def _take_end(self, cancel: CancelToken) -> None:
        if not cancel.is_cancelled:
            self._is_busy = False
            self.changed.emit()


def unusable(row: PairRow, sentence: str) -> PairRow:
    """The pair, with what is wrong with it."""
    return replace(row, state=PairState.UNUSABLE, sentence=sentence)


def _text(words: str) -> str:
    return QCoreApplication.translate("PairCheck", words)
