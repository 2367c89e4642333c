"""What a run learns from and is checked with, made from the kept pages and from what docclean brings along."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from docclean.core.recipe import Task
from docclean.models.catalog import ModelEntry
from docclean.models.manifest import ModelManifest
from docclean.training.corpus import Corpus
from docclean.training.dataset import Pairs, PairStream, Shares, WatermarkStream
from docclean.training.finetune.contexts import OwnContexts, PageContexts, ReplayPool
from docclean.training.finetune.loop import Tuning
from docclean.training.finetune.material import KeptPage, some_of
from docclean.training.finetune.own_paper import PaperContexts, set_on, set_texts
from docclean.training.finetune.plan import config_of
from docclean.training.finetune.replay import replay_pool
from docclean.training.finetune.request import FinetuneRequest, FinetuneWatch, Mode, Scope, Stage
from docclean.training.finetune.shipped_pages import CROPS, replay_corpus, replay_fonts, shipped_fonts
from docclean.training.finetune.watching import Watchman

_CROPS = CROPS
_WORKERS: int | None = None
_REPLAY_SEED = 0
"""Apart from the run's seed, so that the pool is made once on a machine."""

_REPLAYED = Shares(stained=0.0)
"""What the shipped weights have learned from: strongly stained sheets are newer than they are."""

_MOST_FITTED = 24


@dataclass(frozen=True, slots=True)
class Materials:
    """What a run learns from and is checked with.

    Attributes:
        learned: Kept pages to learn from.
        held_out: Pages with their truth to check with.
        kept_out: The kept pages behind them.
        fitted: Pages with their truth, for the linear baseline.
        own: Parts of the user's pages.
        replay: What is replayed.
    """

    learned: tuple[KeptPage, ...]
    held_out: tuple[KeptPage, ...]
    kept_out: tuple[KeptPage, ...]
    fitted: tuple[KeptPage, ...]
    own: OwnContexts
    replay: ReplayPool

    def tuning(
        self, request: FinetuneRequest, parent: ModelManifest, scope: Scope, folder: Path, watch: FinetuneWatch
    ) -> Tuning:
        """The run, but for its length."""
        watchman = Watchman(self.held_out, parent.input, watch.between)
        limit = None if request.steps is not None else 60.0 * request.minutes
        return Tuning(config_of(request, parent, scope), scope, self.own, self.replay, watchman, folder, limit)


def prepared(
    request: FinetuneRequest, parent: ModelEntry, pages: Sequence[KeptPage], cache: Path, watch: FinetuneWatch
) -> Materials:
    """Make the materials of a run; what does not depend on the user's pages is kept in `cache`.

    Raises:
        CancelledError: `watch.cancel` was set.
        WriteError: The disk is full.
    """
    corpus = replay_corpus(
        cache / "crops",
        crops=_CROPS,
        seed=_REPLAY_SEED,
        cancel=watch.cancel,
        progress=_telling(watch, part=0),
        workers=_WORKERS,
    )
    task = parent.manifest.task
    replay = replay_pool(_stream(corpus, task), task, cache, _origin(corpus), told=_telling(watch, part=1))
    learned, held_out = ([p for p in pages if p.record.is_held_out == is_kept] for is_kept in (False, True))
    doubled = parent.manifest.input.doubled_up_to
    if request.mode is Mode.OWN_PAPER:
        checked = [_printed(page, request.seed, number) for number, page in enumerate(held_out)]
        fitted = [
            _printed(page, request.seed, -1 - number) for number, page in enumerate(some_of(learned, _MOST_FITTED))
        ]
        own: OwnContexts = PaperContexts(
            learned,
            set_texts(learned, replay_fonts(), seed=request.seed, told=_telling(watch, part=1)),
            doubled_up_to=doubled,
        )
    else:
        checked, fitted = held_out, some_of(learned, _MOST_FITTED)
        own = PageContexts(learned, doubled_up_to=doubled)
    return Materials(tuple(learned), tuple(checked), tuple(held_out), tuple(fitted), own, replay)


def _stream(corpus: Corpus, task: Task) -> Pairs:
    if task is Task.DEWATERMARK:
        return WatermarkStream(corpus, replay_fonts(), seed=_REPLAY_SEED)
    return PairStream(corpus, None, seed=_REPLAY_SEED, shares=_REPLAYED)


def _origin(corpus: Corpus) -> str:
    """What a corpus was made from, in words that change when it does."""
    return " ".join(sorted({f"{record.document}" for record in corpus.records})) + f" {len(corpus.records)}"


def _telling(watch: FinetuneWatch, *, part: int) -> Callable[[int, int], None]:
    """Tell of one of the two parts of preparing, and see whether the run is to stop."""

    def told(done: int, total: int) -> None:
        watch.between()
        watch.cancel.raise_if_cancelled()
        watch.stage(Stage.PREPARING, part * total + done, 2 * total)

    return told


def _printed(page: KeptPage, seed: int, number: int) -> KeptPage:
    """A held-out sheet with a page on it that is set with fonts which training does not use."""
    rng = np.random.default_rng([seed, 7, number + 1_000_000])
    dirty, clean = set_on(page, shipped_fonts(held_out=True) if number >= 0 else replay_fonts(), rng)
    return replace(page, dirty=dirty, clean=clean, scan=None)
