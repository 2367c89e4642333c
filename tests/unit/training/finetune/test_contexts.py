from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.core.recipe import Task
from docclean.training.finetune.contexts import (
    OwnContext,
    PageContexts,
    ReplayPool,
    enlarged,
    minibatch,
    turned,
    window_of,
)
from docclean.training.finetune.material import KeptPage
from tests.helpers.corpus import SIDE, page_pixels
from tests.helpers.own_pages import kept, replay_of, small_contexts


@pytest.fixture(autouse=True, scope="module")
def small_and_steady() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, small_contexts(patch):
        yield


def numbered(height: int, width: int) -> NDArray[np.uint8]:
    """A page whose pixels tell where they are: row, column, and nothing."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, np.zeros_like(rows)], axis=2).astype(np.uint8)


def page_of(dirty: NDArray[np.uint8], trusted: NDArray[np.bool_] | None = None) -> KeptPage:
    """A page whose clean twin is its dirty one upside down in value."""
    known = np.ones(dirty.shape[:2], np.bool_) if trusted is None else trusted
    return KeptPage(kept(1, 1).record, dirty, 255 - dirty, known)


def drawn(page: KeptPage, seed: int = 0, *, doubled_up_to: int = 0) -> OwnContext:
    return PageContexts([page], doubled_up_to=doubled_up_to).draw(np.random.default_rng(seed))


# Parts of pages


@given(height=st.integers(1, 150), width=st.integers(1, 150), seed=st.integers(0, 99), is_doubled=st.booleans())
def test_context_has_its_shape_and_layers_that_belong_together(
    height: int, width: int, seed: int, is_doubled: bool
) -> None:
    dirty = page_pixels(height, width, seed=seed)
    found = drawn(page_of(dirty, dirty[:, :, 0] > 128), seed, doubled_up_to=height * width if is_doubled else 0)
    assert found.dirty.shape == found.clean.shape == (SIDE, SIDE, 3)
    assert found.trusted.shape == (SIDE, SIDE)
    assert found.dirty.dtype == found.clean.dtype == np.dtype(np.uint8)
    assert found.trusted.dtype == np.dtype(np.bool_)
    assert np.array_equal(found.clean, 255 - found.dirty)
    assert np.array_equal(found.trusted, found.dirty[:, :, 0] > 128)
    assert found.dirty.flags["C_CONTIGUOUS"]


@given(height=st.integers(1, 150), width=st.integers(1, 150), side=st.integers(1, 80), seed=st.integers(0, 99))
def test_window_is_a_part_of_the_page_and_mirrored_beyond_its_rim(
    height: int, width: int, side: int, seed: int
) -> None:
    (found,) = window_of([numbered(height, width)], side, np.random.default_rng(seed))
    assert found.shape == (side, side, 3)
    for axis, size in ((0, height), (1, width)):
        places = found[:, 0, 0] if axis == 0 else found[0, :, 1]
        inside = min(side, size)
        assert np.array_equal(places[:inside], places[0] + np.arange(inside))
        if side > size:
            there_and_back = np.concatenate([np.arange(size), np.arange(size)[::-1]])
            assert np.array_equal(places, np.resize(there_and_back, side))


def test_every_part_of_a_page_is_reached() -> None:
    tops, lefts = set(), set()
    for seed in range(200):
        (found,) = window_of([numbered(70, 68)], 64, np.random.default_rng(seed))
        tops.add(int(found[0, 0, 0]))
        lefts.add(int(found[0, 0, 1]))
    assert tops == set(range(7))
    assert lefts == set(range(5))


def test_page_of_one_pixel_is_that_pixel_everywhere() -> None:
    found = drawn(page_of(np.full((1, 1, 3), 77, np.uint8)))
    assert (found.dirty == 77).all()
    assert found.trusted.all()


def test_small_page_is_doubled_and_a_larger_one_is_not() -> None:
    page = page_of(numbered(100, 100))
    small, large = drawn(page, doubled_up_to=100 * 100), drawn(page, doubled_up_to=100 * 100 - 1)
    for layer in (small.dirty, small.clean, small.trusted[:, :, None]):
        blocks = layer.reshape(SIDE // 2, 2, SIDE // 2, 2, -1)
        assert (blocks == blocks[:, :1, :, :1]).all()
    assert len(np.unique(small.dirty[:, :, 0])) == SIDE // 2
    assert len(np.unique(large.dirty[:, :, 0])) == SIDE


def test_parts_that_can_be_trusted_are_preferred() -> None:
    """A tenth of the page: by chance most parts would have nothing of it."""
    trusted = np.zeros((640, 64), np.bool_)
    trusted[:64] = True
    page = page_of(np.zeros((640, 64, 3), np.uint8), trusted)
    found = [drawn(page, seed).trusted.mean() for seed in range(60)]
    blind = [window_of([trusted[:, :, None].view(np.uint8)], 64, np.random.default_rng(s))[0].mean() for s in range(60)]
    assert np.mean([share >= 0.2 for share in blind]) < 0.3
    assert np.mean([share >= 0.2 for share in found]) > 0.6


def test_page_that_cannot_be_trusted_anywhere_is_drawn_all_the_same() -> None:
    assert not drawn(page_of(numbered(80, 80), np.zeros((80, 80), np.bool_))).trusted.any()


def test_all_pages_are_drawn_from() -> None:
    pages = [page_of(np.full((64, 64, 3), value, np.uint8)) for value in (10, 20, 30)]
    contexts = PageContexts(pages, doubled_up_to=0)
    assert {int(contexts.draw(np.random.default_rng(seed)).dirty[0, 0, 0]) for seed in range(40)} == {10, 20, 30}


@given(seed=st.integers(0, 200), height=st.integers(1, 9), width=st.integers(1, 9))
def test_turned_layers_hold_the_same_pixels_and_stay_together(seed: int, height: int, width: int) -> None:
    layer = numbered(height, width)
    one, two = turned([layer, 255 - layer], np.random.default_rng(seed))
    assert np.array_equal(one, 255 - two)
    assert sorted(map(tuple, one.reshape(-1, 3).tolist())) == sorted(map(tuple, layer.reshape(-1, 3).tolist()))


def test_enlarged_by_one_is_the_layer_itself() -> None:
    layer = numbered(3, 4)
    assert enlarged(layer, 1) is layer
    assert enlarged(layer, 2).shape == (6, 8, 3)


# Minibatches


def batch_of(seed: int, step: int, *, task: Task = Task.DENOISE) -> torch.Tensor:
    own = PageContexts([kept(seed=1), kept(seed=2)], doubled_up_to=0)
    return minibatch(own, replay_of(task), batch=4, seed=seed, step=step)


def test_minibatch_depends_on_seed_and_step_alone() -> None:
    own, replay = PageContexts([kept(seed=1), kept(seed=2)], doubled_up_to=0), replay_of()
    first = [minibatch(own, replay, batch=4, seed=3, step=step) for step in range(3)]
    np.random.seed(0)  # noqa: NPY002  reason: what others draw must have no part
    torch.manual_seed(0)
    again = [minibatch(own, replay, batch=4, seed=3, step=step) for step in (2, 0, 1)]
    assert all(torch.equal(first[step], again[place]) for place, step in enumerate((2, 0, 1)))
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(batch_of(0, 0), batch_of(1, 0))


@pytest.mark.parametrize(("task", "channels"), [(Task.DENOISE, 7), (Task.DEWATERMARK, 11)])
def test_first_half_is_the_users_and_second_is_replayed(task: Task, channels: int) -> None:
    trusted = np.zeros((SIDE, SIDE), np.bool_)
    trusted[:, ::2] = True
    page = page_of(np.full((SIDE, SIDE, 3), 60, np.uint8), trusted)
    replay = ReplayPool(np.full((3, channels - 1, SIDE, SIDE), 9, np.uint8))
    found = minibatch(PageContexts([page], doubled_up_to=0), replay, batch=6, seed=0, step=0)
    assert found.shape == (6, channels, SIDE, SIDE)
    assert found.dtype == torch.uint8
    assert (found[:3, :3] == 60).all()
    assert (found[:3, 3:6] == 195).all()
    assert (found[:3, 6:-1] == 0).all()
    assert set(found[:3, -1].flatten().tolist()) == {0, 255}
    assert float(found[:3, -1].float().mean()) == 127.5
    assert (found[3:, :-1] == 9).all()
    assert (found[3:, -1] == 255).all()


def test_replayed_examples_are_those_of_the_pool_mirrored_at_most() -> None:
    pool = ReplayPool(np.random.default_rng(0).integers(0, 256, (2, 6, 8, 8)).astype(np.uint8))
    ways = [x[:, ::d, ::a] for x in pool.examples for d in (1, -1) for a in (1, -1)]
    seen = set()
    for seed in range(60):
        (found,) = pool.draw(1, np.random.default_rng(seed))
        (place,) = [number for number, way in enumerate(ways) if np.array_equal(way, found)]
        seen.add(place)
    assert seen == set(range(8))
