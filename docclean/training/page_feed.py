"""Processes that make pages to learn from while a network trains on those that are there."""

import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from docclean.core.errors import TrainingError
from docclean.core.recipe import Task
from docclean.training.corpus import find_documents
from docclean.training.interrupts import interrupts_ignored
from docclean.training.objectives import OBJECTIVES
from docclean.training.page_streams import DirtyPages, MarkedPages, UsedPages
from docclean.training.page_windows import PageWindow, window_of
from docclean.training.real_pairs import read_pairs
from docclean.training.whole_pages import find_learned

_PATIENCE_S, _FAREWELL_S = 600.0, 1.0


@dataclass(frozen=True, slots=True)
class PageSources:
    """What pages are made from.

    Attributes:
        task: What is to be learned.
        documents: Folders with PDFs and page images.
        fonts: Folders with fonts.
        photos: Folder with pictures.
        pairs: Folder with real pairs, or None.
        seed: Chooses and damages pages.
    """

    task: Task
    documents: Sequence[Path]
    fonts: Sequence[Path]
    photos: Path
    pairs: Path | None
    seed: int


class Windows:
    """Windows by number: `windows[i]` depends on the sources and i alone.

    Raises:
        TrainingError: See `find_learned` and `read_pairs`.
    """

    def __init__(self, sources: PageSources) -> None:
        used = UsedPages(
            find_learned(sources.documents, sources.fonts, seed=sources.seed), list(find_documents([sources.photos]))
        )
        self._has_marks = sources.task is Task.DEWATERMARK
        real = read_pairs(sources.pairs) if sources.pairs is not None and not self._has_marks else None
        self._pages: DirtyPages | MarkedPages
        if self._has_marks:
            self._pages = MarkedPages(used, seed=sources.seed)
        else:
            self._pages = DirtyPages(used, real, seed=sources.seed)
        self._seed, self._doubled_up_to = sources.seed, OBJECTIVES[sources.task].doubled_up_to

    def __getitem__(self, number: int) -> PageWindow | None:
        """Make a window; None where the page is too small."""
        rng = np.random.default_rng([self._seed, number, 1])
        return window_of(self._pages[number], rng, doubled_up_to=self._doubled_up_to, has_marks=self._has_marks)


@contextmanager
def fed(sources: PageSources, add: Callable[[PageWindow], None], *, workers: int, first: int) -> Iterator[None]:
    """Let processes make windows as long as the block runs, which begins when the first of them are there.

    Args:
        sources: What pages are made from.
        add: Called with each window, in a thread of its own.
        workers: Number of processes.
        first: How many windows to wait for.

    Raises:
        TrainingError: No pages can be made.
    """
    Windows(sources)  # says what is missing; a pool would start one process after the other that stops for it
    with interrupts_ignored():
        pool = get_context("spawn").Pool(workers, _begin, (sources,))
    feed = _Feed(pool.imap_unordered(_make, itertools.count()), add, first)
    feed.start()
    try:
        feed.wait()
        yield
    finally:
        feed.stopped.set()
        pool.terminate()
        feed.join(_FAREWELL_S)


class _Feed(threading.Thread):
    """Hands on what processes make, until it is stopped; what breaks it is told to who waits."""

    def __init__(self, windows: Iterator[PageWindow | None], add: Callable[[PageWindow], None], first: int) -> None:
        super().__init__(daemon=True)
        self._windows, self._add, self._first = windows, add, first
        self._is_ready = threading.Event()
        self._fault: Exception | None = None
        self.stopped = threading.Event()

    def run(self) -> None:
        count = 0
        try:
            for window in self._windows:
                if self.stopped.is_set():
                    return
                if window is not None:
                    self._add(window)
                    count += 1
                if count >= self._first:
                    self._is_ready.set()
        except Exception as fault:  # noqa: BLE001  reason: a thread has nobody to raise to; told by the one that waits
            self._fault = fault
            self._is_ready.set()

    def wait(self) -> None:
        """Wait for the first windows."""
        if not self._is_ready.wait(_PATIENCE_S):
            raise TrainingError("No pages could be made in ten minutes; start again with more processes.")
        if self._fault is not None:
            raise TrainingError(f"Pages could not be made: {self._fault}") from self._fault


_windows: Windows | None = None
"""Of this process."""


def _begin(sources: PageSources) -> None:
    global _windows  # noqa: PLW0603  reason: a pool's processes have no other place to keep what they began with
    cv2.setNumThreads(1)
    logging.disable(logging.WARNING)  # fonts without letters are left out, one line each
    _windows = Windows(sources)


def _make(number: int) -> PageWindow | None:
    return None if _windows is None else _windows[number]
