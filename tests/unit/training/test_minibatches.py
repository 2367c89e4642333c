import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.training import loop
from docclean.training.config import TrainConfig
from docclean.training.degrade import Degraded
from tests.helpers.corpus import SIDE, FewPairs, tiny_config


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CONTEXT", SIDE)


class NumberedPairs(FewPairs):
    """Pairs of one pixel value, their number, and no larger than they must be."""

    def __getitem__(self, number: int) -> Degraded:
        pixels = np.full((8, 8, 3), number % 256, np.uint8)
        return Degraded(pixels, pixels)


def minibatches(config: TrainConfig, done: int, pool: int) -> list[tuple[list[int], NDArray[np.int64]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_POOL_GROUPS", pool)
        found = list(loop._minibatches(NumberedPairs(), config, done))
    return [(contexts[:, 0, 0, 0].tolist(), corners) for contexts, corners in found]


@given(data=st.data())
def test_minibatches_after_any_step_are_those_of_an_unbroken_run(data: st.DataObject) -> None:
    reuse, pool = data.draw(st.integers(1, 7), "reuse"), data.draw(st.integers(1, 5), "pool")
    steps = data.draw(st.integers(1, 5 * reuse * pool), "steps")
    done = data.draw(st.integers(0, steps), "done")
    config = tiny_config(steps=steps, reuse=reuse, batch=data.draw(st.integers(1, 3), "batch"))
    whole, resumed = minibatches(config, 0, pool), minibatches(config, done, pool)
    assert len(whole) == steps
    assert len(resumed) == steps - done
    for (numbers, corners), (again, corners_again) in zip(whole[done:], resumed, strict=True):
        assert numbers == again
        assert np.array_equal(corners, corners_again)


def test_minibatches_after_every_phase_of_the_real_pool_are_the_same() -> None:
    config = tiny_config(steps=65, reuse=4)
    whole = minibatches(config, 0, 12)
    for done in (*range(14), *range(43, 57), 64, 65):
        assert [numbers for numbers, _ in minibatches(config, done, 12)] == [numbers for numbers, _ in whole[done:]]


def test_minibatch_comes_from_the_newest_groups() -> None:
    config = tiny_config(steps=60, reuse=3, batch=2)
    for step, (numbers, _) in enumerate(minibatches(config, 0, 4)):
        newest = step // 3
        assert set(numbers) <= set(range(2 * max(0, newest - 3), 2 * (newest + 1)))


def test_contexts_lie_where_the_network_does() -> None:
    found = loop._minibatches(NumberedPairs(), tiny_config(steps=3), 0, device=torch.device("meta"))
    assert {contexts.device.type for contexts, _ in found} == {"meta"}


def test_corners_are_on_the_grid_and_inside() -> None:
    found = np.concatenate([corners for _, corners in minibatches(tiny_config(steps=60, crop=40), 0, 4)])
    assert set(found.ravel()) == {0, 8, 16, 24}
