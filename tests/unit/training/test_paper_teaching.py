import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.errors import TrainingError
from docclean.imaging.overview import CELL, overview_of
from docclean.models.denoiser import Denoiser
from docclean.training import paper_teaching
from docclean.training.degrade import Degraded
from docclean.training.page_parts import SIDE, PagePair, seen
from docclean.training.paper_teaching import paper_config, teach_paper, window_of


def network() -> Denoiser:
    torch.manual_seed(0)
    return Denoiser(paper_channels=(8, 8), ink_channels=(4, 4, 4), context_channels=2, bottleneck_depth=1)


def pairs(count: int = 3, *, height: int = 208, width: int = 240) -> list[PagePair]:
    """Yellow pages with a gray box that belongs to them."""
    found = []
    for number in range(count):
        rng = np.random.default_rng(number)
        clean = np.full((height, width, 3), 255, np.uint8)
        clean[40:150, 60 : 100 + 30 * number] = 170
        dirty = (clean * np.array([0.9, 0.85, 0.7])).astype(np.uint8)
        pair = seen(Degraded(dirty, clean), rng, doubled_up_to=0)
        assert pair is not None
        found.append(pair)
    return found


def test_it_learns_paper_and_leaves_the_tile_network_as_it_is() -> None:
    older, told = network(), list[tuple[int, float, float]]()
    before = {name: value.clone() for name, value in older.state_dict().items()}
    newer = teach_paper(
        older, pairs(), paper_config(60, batch=1, learning_rate=1e-2), told=lambda *numbers: told.append(numbers)
    )
    assert [done for done, _, _ in told] == list(range(1, 61))
    losses = [restored + paper for _, restored, paper in told]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    for name, value in newer.state_dict().items():
        assert torch.equal(before[name], older.state_dict()[name])
        if name.startswith("ink."):
            assert torch.equal(value, before[name])
    assert any(not torch.equal(value, before[name]) for name, value in newer.state_dict().items())
    assert not newer.training


def test_same_seed_gives_the_same_network() -> None:
    first, again, other = (teach_paper(network(), pairs(), paper_config(3, batch=1, seed=seed)) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


def test_loss_that_is_no_number_stops_the_run() -> None:
    pair = pairs(1)[0]
    pair.overview[:] = np.nan
    with pytest.raises(TrainingError, match="The loss became nan at step 0"):
        teach_paper(network(), [pair], paper_config(2, batch=1))


@settings(max_examples=20)
@given(st.integers(192, 420), st.integers(192, 420), st.integers(0, 99))
def test_parts_of_a_window_lie_where_they_say(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    dirty = rng.integers(0, 256, (height, width, 3), np.uint8)
    pair = seen(Degraded(dirty, dirty), rng, doubled_up_to=0)
    assert pair is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper_teaching, "WINDOW", 32)
        window = window_of([pair], rng)
    assert sorted(window.blank.shape) == sorted(min(32, -(-(side // CELL) // 8) * 8) for side in (height, width))
    assert window.overview.shape == (9, *window.blank.shape)
    assert 1 <= len(window.corners) <= 3
    for (row, column), part in zip(window.corners, window.dirty, strict=True):
        side = SIDE // CELL
        pixels = np.ascontiguousarray((part.transpose(1, 2, 0) * 255.0 + 0.5).astype(np.uint8))
        seen_there = window.overview[:, row : row + side, column : column + side]
        assert np.abs(overview_of(pixels)[0] - seen_there).max() < 1e-3
