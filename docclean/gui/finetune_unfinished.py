"""Runs that were interrupted, looked for beside the window's work."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from docclean.gui.background import BackgroundWork
from docclean.training.finetune.request import FinetuneRequest


def find_unfinished() -> Sequence[FinetuneRequest]:
    """Requests of the interrupted runs. Loads what training needs; not for the window's thread."""
    from docclean.training.finetune.project import unfinished_runs

    return unfinished_runs()


def discard(name: str) -> None:
    """Delete what an interrupted run has learned. Not for the window's thread, either."""
    from docclean.training.finetune.project import discard_run

    discard_run(name)


class UnfinishedRuns(QObject):
    """The interrupted runs, as far as they are known. Lives as long as the window; `close` it.

    Attributes:
        changed: Others are known.
    """

    changed = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        find: Callable[[], Sequence[FinetuneRequest]] = find_unfinished,
        discard: Callable[[str], None] = discard,
    ) -> None:
        super().__init__(parent)
        self._find, self._discard = find, discard
        self._discarded: list[str] = []
        self._work = BackgroundWork(self)
        self._work.succeeded.connect(self._take)
        self._work.failed.connect(self._look_again)
        self._requests: tuple[FinetuneRequest, ...] = ()
        self._is_asked_again = False

    @property
    def requests(self) -> Sequence[FinetuneRequest]:
        """What they were asked to do."""
        return self._requests

    @Slot()
    def look(self) -> None:
        """Look anew; nobody waits for it."""
        if self._work.is_running:
            self._is_asked_again = True
        else:
            self._work.start(partial(self._look_up, self._take_discarded()))

    def discard(self, name: str) -> None:
        """Delete what an interrupted run has learned."""
        self._discarded.append(name)
        self.look()

    def _look_up(self, discarded: Sequence[str]) -> Sequence[FinetuneRequest]:
        """In a pool thread."""
        for name in discarded:
            self._discard(name)
        return self._find()

    def _take_discarded(self) -> Sequence[str]:
        names, self._discarded = self._discarded, []
        return names

    @Slot()
    def close(self) -> None:
        """Wait for what is being looked at."""
        self._is_asked_again = False
        self._work.wait()

    @Slot(object)
    def _take(self, requests: Sequence[FinetuneRequest]) -> None:
        self._requests = tuple(requests)
        self.changed.emit()
        self._look_again()

    @Slot()
    def _look_again(self) -> None:
        """Somebody asked meanwhile."""
        if self._is_asked_again:
            self._is_asked_again = False
            self._work.start(partial(self._look_up, self._take_discarded()))
