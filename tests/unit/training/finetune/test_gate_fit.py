"""A fitted gate: the user's pages pass, and so do new ones like them; other pages do not."""

from dataclasses import replace

import numpy as np
import pytest

from docclean.core.cancel import CancelledError
from docclean.core.page import PixelArray
from docclean.engine.backends import Backend, GraphBackend
from docclean.engine.page_gate import described
from docclean.training.finetune.contexts import ReplayPool
from docclean.training.finetune.gate_fit import GateCounts, fitted_gate, other_descriptions, own_descriptions
from docclean.training.finetune.material import KeptPage, PageRecord
from docclean.training.finetune.request import FinetuneWatch
from tests.helpers.models import tiny_model


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return GraphBackend(tiny_model(tmp_path_factory.mktemp("models")))


def own_page(seed: int) -> PixelArray:
    """Blue-gray paper with a slope of light, and lines of print."""
    rng = np.random.default_rng(seed)
    page = np.linspace(150, 190, 600)[:, None, None] + np.array([0.0, 8.0, 25.0]) + rng.normal(0, 5, (600, 560, 1))
    page[60::40, 50:500] = page[64::40, 50:500] = 40
    return np.asarray(np.clip(page, 0, 255), np.uint8)


def other_page(seed: int, side: int = 512) -> PixelArray:
    """Paper of any color, print of any darkness, dirt of any strength."""
    rng = np.random.default_rng([seed, 1])
    page = rng.uniform(120, 250, 3) + rng.normal(0, rng.uniform(1, 20), (side, side, 1))
    page[rng.integers(10, 60) :: rng.integers(15, 60), 30:480] = rng.uniform(0, 120)
    return np.asarray(np.clip(page, 0, 255), np.uint8)


def pool(count: int = 60) -> ReplayPool:
    pages = [other_page(seed).transpose(2, 0, 1) for seed in range(count)]
    return ReplayPool(np.stack([np.concatenate([page, page]) for page in pages]))


def kept(dirty: PixelArray, name: str) -> KeptPage:
    return KeptPage(
        PageRecord(name, name, name, 0.0), dirty, np.full_like(dirty, 255), np.ones(dirty.shape[:2], np.bool_)
    )


def descriptions(backend: Backend, seeds: range) -> list[np.ndarray]:
    pages = [kept(own_page(seed), f"{seed}") for seed in seeds]
    return own_descriptions(pages, backend, doubled_up_to=0, watch=FinetuneWatch())


@pytest.mark.parametrize("count", [2, 4, 12])
def test_new_pages_like_the_users_pass_and_others_do_not(backend: Backend, count: int) -> None:
    others = other_descriptions(pool(), backend, FinetuneWatch())
    gate, counts = fitted_gate(descriptions(backend, range(count)), others)
    assert all(map(gate.is_alike, descriptions(backend, range(100, 120))))
    strange = [described(backend, other_page(seed)) for seed in range(1000, 1100)]
    assert sum(map(gate.is_alike, strange)) <= 5
    assert counts == GateCounts(count, count, sum(map(gate.is_alike, others)), len(others))


def test_one_page_is_enough_and_few_others_look_like_it(backend: Backend) -> None:
    others = other_descriptions(pool(), backend, FinetuneWatch())
    gate, counts = fitted_gate(descriptions(backend, range(1)), others)
    assert (counts.own_alike, counts.own) == (1, 1)
    assert sum(map(gate.is_alike, others)) <= 0.02 * len(others)
    assert all(map(gate.is_alike, descriptions(backend, range(100, 110))))


def test_gate_of_scattered_pages_lets_few_others_through(backend: Backend) -> None:
    """Pages that have nothing in common do not open the gate for everything."""
    others = other_descriptions(pool(), backend, FinetuneWatch())
    scattered = [described(backend, other_page(seed)) for seed in range(500, 506)]
    gate, counts = fitted_gate(scattered, others)
    assert counts.own_alike < counts.own
    assert sum(map(gate.is_alike, others)) <= 0.02 * len(others)


def test_page_of_which_the_paper_is_kept_is_described_as_it_came(backend: Backend) -> None:
    dirty = own_page(1)
    page = replace(kept(np.full_like(dirty, 170), "paper"), scan=dirty)
    (found,), (whole,) = (
        own_descriptions([each], backend, doubled_up_to=0, watch=FinetuneWatch()) for each in (page, kept(dirty, "a"))
    )
    np.testing.assert_array_equal(found, whole)


def test_of_many_pages_some_are_described(backend: Backend) -> None:
    page = kept(own_page(0), "a")
    found = own_descriptions([page] * 1000, backend, doubled_up_to=0, watch=FinetuneWatch())
    assert len(found) == 64


def test_small_pages_are_described_as_they_are_restored_at_twice_their_size(backend: Backend) -> None:
    page = kept(own_page(0), "a")
    (plain,) = own_descriptions([page], backend, doubled_up_to=0, watch=FinetuneWatch())
    (large,) = own_descriptions([page], backend, doubled_up_to=10**6, watch=FinetuneWatch())
    assert np.abs(plain - large).max() > 1e-3


def test_run_that_is_stopped_describes_no_further(backend: Backend) -> None:
    watch = FinetuneWatch()
    watch.cancel.cancel()
    with pytest.raises(CancelledError):
        other_descriptions(pool(2), backend, watch)
    with pytest.raises(CancelledError):
        own_descriptions([kept(own_page(0), "a")], backend, doubled_up_to=0, watch=watch)


def test_counts_are_told_in_a_sentence() -> None:
    assert GateCounts(3, 4, 5, 240).sentence == (
        "Pages that do not look like yours are cleaned as its parent does. Left out in turn, 3 of 4 pages of yours are "
        "recognized; of 240 made-up pages of all kinds 5 are taken for yours."
    )
