"""Learning what the user's pages look like, so that others are restored by the model as it was before.

Source:
    Mahalanobis distance: see `docclean.engine.page_gate`. Its covariance is shrunk towards a part of that of all kinds
    of pages, since a user may have five: Ledoit, Wolf 2004, "A Well-Conditioned Estimator for Large-Dimensional
    Covariance Matrices", with a fixed weight. The limit comes from pages that are left out in turn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docclean.engine.backends import Backend
from docclean.engine.inference import as_networks_get_it
from docclean.engine.page_gate import Description, PageGate, described
from docclean.training.finetune.contexts import ReplayPool
from docclean.training.finetune.material import KeptPage, some_of
from docclean.training.finetune.request import FinetuneWatch

_MOST_PAGES = 64
_WEIGHT = 6.0
"""So many pages count as much as what is known of all kinds of pages."""

_PART = 0.03
"""How far pages of one kind are spread beside all kinds, as a share of the variance."""

_FLOOR = 0.002
_OWN_SPREAD = 0.2
_USUAL = 0.9
_OTHERS_ALIKE = 0.01
"""Share of the replayed pages that may look alike, where the user's own are no nearer to each other."""


@dataclass(frozen=True, slots=True)
class GateCounts:
    """What a gate says of pages.

    Attributes:
        own_alike: The user's pages that it lets through when they are left out of what it is fitted on.
        own: The user's pages.
        others_alike: Pages of the pool that do.
        others: Pages of the pool.
    """

    own_alike: int
    own: int
    others_alike: int
    others: int

    @property
    def sentence(self) -> str:
        """The same for people."""
        return (
            "Pages that do not look like yours are cleaned as its parent does. Left out in turn, "
            f"{self.own_alike} of {self.own} pages of yours are recognized; of {self.others} made-up pages of all "
            f"kinds {self.others_alike} are taken for yours."
        )


def own_descriptions(
    pages: Sequence[KeptPage], backend: Backend, *, doubled_up_to: int, watch: FinetuneWatch
) -> list[Description]:
    """Describe the user's pages; of many, some that are evenly spread.

    Args:
        pages: Pages to learn from.
        backend: The network that pages are described by.
        doubled_up_to: As in `InputSpec`.
        watch: May stop this.

    Raises:
        CancelledError: `watch.cancel` was set.
    """
    found = []
    for page in some_of(pages, _MOST_PAGES):
        watch.between()
        watch.cancel.raise_if_cancelled()
        dirty = np.asarray(page.dirty if page.scan is None else page.scan)
        found.append(described(backend, as_networks_get_it(dirty, doubled_up_to)[0]))
    return found


def other_descriptions(replay: ReplayPool, backend: Backend, watch: FinetuneWatch) -> list[Description]:
    """Describe the dirty pages of a pool; as `own_descriptions` otherwise."""
    found = []
    for example in replay.examples:
        watch.between()
        watch.cancel.raise_if_cancelled()
        found.append(described(backend, as_networks_get_it(np.ascontiguousarray(example[:3].transpose(1, 2, 0)), 0)[0]))
    return found


def fitted_gate(own: Sequence[Description], others: Sequence[Description]) -> tuple[PageGate, GateCounts]:
    """Fit a gate of one set: its limit lies halfway between own pages that are left out and the nearest of the others.

    Halfway as a factor: pages from one stack may be much more alike than the next stack is to them.

    Args:
        own: Descriptions of the user's pages, at least one. Held-out pages may be among them: how a dirty page looks
            says nothing of how it is to be cleaned.
        others: Descriptions of all kinds of pages, at least two.
    """
    wide, scale = _spread_of_all(others)
    numbers = range(len(own) if len(own) > 1 else 0)
    left_out = [_squares(*_shape([*own[:n], *own[n + 1 :]], wide, scale), [own[n]])[0] for n in numbers]
    center, whitening = _shape(own, wide, scale)
    widest = float(np.quantile(_squares(center, whitening, others), _OTHERS_ALIKE))
    usual = float(np.quantile(left_out, _USUAL)) if left_out else widest
    limit = max(widest if usual >= widest else math.sqrt(usual * widest), np.finfo(np.float64).tiny)
    gate = PageGate(center[None], whitening[None], np.array([limit]))
    recognized = sum(bool(square <= limit) for square in left_out) if left_out else len(own)
    return gate, GateCounts(recognized, len(own), sum(map(gate.is_alike, others)), len(others))


def _spread_of_all(others: Sequence[Description]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Covariance of all kinds of pages in units of each value's own spread, which comes with it."""
    values = np.stack(others)
    scale = values.std(axis=0) + 1e-3
    covariance = np.cov(((values - values.mean(axis=0)) / scale).T)
    return (1.0 - _OWN_SPREAD) * covariance + _OWN_SPREAD * np.eye(len(scale)), scale


def _shape(
    own: Sequence[Description], wide: NDArray[np.float64], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Center and whitening of a set of pages."""
    values = np.stack(own)
    center = values.mean(axis=0)
    difference = (values - center) / scale
    count = len(own)
    narrow = difference.T @ difference / max(1, count - 1)
    covariance = (count * narrow + _WEIGHT * _PART * wide) / (count + _WEIGHT) + _FLOOR * np.eye(len(scale))
    return center, np.linalg.inv(np.linalg.cholesky(covariance)) / scale


def _squares(
    center: NDArray[np.float64], whitening: NDArray[np.float64], pages: Sequence[Description]
) -> NDArray[np.float64]:
    """Mean square of the whitened difference of each page from the center."""
    return np.asarray(np.square((np.stack(pages) - center) @ whitening.T).mean(axis=1))
