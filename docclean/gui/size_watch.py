"""How large the results will be, guessed beside the window's thread a moment after pages or settings changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from docclean.core.job import OutputFormat, OutputSpec, PageJob
from docclean.core.output_choice import OutputChoice
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe
from docclean.gui.background import BackgroundWork
from docclean.gui.page_item import PageItem

_DELAY_MS = 800

Estimate = Callable[[Sequence[PageJob]], tuple[int, int] | None]
"""Guesses bytes of the results, and tells those of the inputs; None where nothing can be guessed."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a guess depends on; equal ones give equal guesses."""

    pages: tuple[tuple[PageSource, Recipe], ...]
    choice: OutputChoice


class SizeWatch(QObject):
    """Guesses one after the other; what changed meanwhile is guessed when the guess before is there.

    Attributes:
        estimated: Bytes of the results and of the inputs, `tuple[int, int]`, or None when nothing is known.
    """

    estimated = Signal(object)

    def __init__(self, parent: QObject | None = None, *, estimate: Estimate | None = None) -> None:
        """Guess nothing yet.

        Args:
            parent: Qt's.
            estimate: Called in a thread of its own; None for the engine's.
        """
        super().__init__(parent)
        self._estimate = _estimated if estimate is None else estimate
        self._wanted: _Asked | None = None
        self._begun: _Asked | None = None
        self._work = BackgroundWork(self)
        self._work.succeeded.connect(self._on_estimated)
        self._work.failed.connect(self._on_failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._begin)

    def watch(self, items: Sequence[PageItem], choice: OutputChoice) -> None:
        """Take note of what would be saved, and how; the guess comes in a while."""
        asked = _Asked(tuple((item.source, item.recipe) for item in items), choice) if items else None
        if asked == self._wanted:
            return
        self._wanted = asked
        if asked is None:
            self._timer.stop()
            self.estimated.emit(None)
        else:
            self._timer.start()

    def close(self) -> None:
        """Guess nothing more."""
        self._timer.stop()
        self._wanted = None
        self._work.wait()

    @Slot()
    def _begin(self) -> None:
        if self._wanted is None or self._work.is_running:
            return  # the end of the guess that is on begins the next one
        self._begun = self._wanted
        jobs = jobs_of(self._begun.pages, self._begun.choice)
        self._work.start(lambda: self._estimate(jobs))

    @Slot(object)
    def _on_estimated(self, sizes: tuple[int, int] | None) -> None:
        if self._begun == self._wanted:
            self.estimated.emit(sizes)
        elif self._wanted is not None:
            self._timer.start()

    @Slot()
    def _on_failed(self) -> None:
        self._on_estimated(None)


def jobs_of(pages: Sequence[tuple[PageSource, Recipe]], choice: OutputChoice) -> list[PageJob]:
    """Jobs as saving would make them, but for the names of files, which mean nothing for sizes."""
    output_format = OutputFormat.KEEP if choice.replaces_originals else choice.format
    output = OutputSpec(path=Path("result"), format=output_format, storage=choice.storage)
    return [
        PageJob(id=str(number), source=source, recipe=recipe, output=output)
        for number, (source, recipe) in enumerate(pages)
    ]


def _estimated(jobs: Sequence[PageJob]) -> tuple[int, int] | None:
    from docclean.engine.size_estimate import estimate_size

    found = estimate_size(jobs)
    return None if found is None else (found.result_bytes, found.now_bytes)
