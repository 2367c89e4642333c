import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import TrainingError
from docclean.models.dewatermarker import MarkPaperNet
from docclean.training import mark_finder
from docclean.training.mark_finder import finder_config, part_of, teach_finder
from docclean.training.page_overviews import SeenPage


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mark_finder, "SIDE", 32)


def network() -> MarkPaperNet:
    torch.manual_seed(0)
    return MarkPaperNet(channels=(8, 8), context_channels=4)


def pages(count: int = 6, *, side: int = 40) -> list[SeenPage]:
    """White pages, each with a gray square that counts as a mark."""
    found = []
    for number in range(count):
        rng = np.random.default_rng(number)
        overview, opacity = np.full((9, side, side), 255, np.float16), np.zeros((side, side), np.uint8)
        top, left = rng.integers(0, side - 16, 2)
        overview[:, top : top + 16, left : left + 16] = 180
        opacity[top : top + 16, left : left + 16] = 80
        found.append(SeenPage(overview, opacity))
    return found


def test_it_learns_where_marks_are_and_keeps_the_rest() -> None:
    older, told = network(), list[tuple[int, float, float]]()
    config = finder_config(250, batch=2, learning_rate=1e-2)
    newer = teach_finder(older, pages(), config, told=lambda *numbers: told.append(numbers))
    assert [done for done, _, _ in told] == list(range(1, 251))
    missed = [each for _, each, _ in told]
    assert np.mean(missed[-10:]) < 0.5 * np.mean(missed[:10])
    assert max(changed for _, _, changed in told) < 0.5
    overview = torch.from_numpy(pages(1)[0].overview.astype(np.float32)[None] / 255.0)
    with torch.inference_mode():
        before, after = (net.maps(net.features(overview), overview) for net in (older, newer))
    assert float((before[:, :3] - after[:, :3]).abs().mean()) < 0.02


def test_network_to_start_from_stays_as_it_is() -> None:
    older = network()
    before = {name: value.clone() for name, value in older.state_dict().items()}
    newer = teach_finder(older, pages(), finder_config(2, batch=1))
    assert all(torch.equal(value, older.state_dict()[name]) for name, value in before.items())
    assert any(not torch.equal(value, newer.state_dict()[name]) for name, value in before.items())


def test_same_seed_gives_the_same_network() -> None:
    first, again, other = (teach_finder(network(), pages(), finder_config(3, batch=1, seed=seed)) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), other.parameters(), strict=True))


def test_loss_that_is_no_number_stops_the_run() -> None:
    page = pages(1)[0]
    page.overview[0] = np.nan
    with pytest.raises(TrainingError, match="The loss became nan at step 0"):
        teach_finder(network(), [page], finder_config(2, batch=1))


@given(st.integers(24, 140), st.integers(24, 140), st.integers(0, 30))
def test_marks_stay_where_the_page_has_them(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    opacity = np.zeros((height, width), np.uint8)
    opacity[rng.integers(0, height) :, rng.integers(0, width) :] = 60
    overview = np.where(opacity > 0, 40, 255).astype(np.float16)[None].repeat(9, axis=0)
    drawn, covered = part_of([SeenPage(overview, opacity)], rng)
    assert drawn.shape == (9, *covered.shape)
    assert sorted(covered.shape) == sorted(min(32, -(-side // 8) * 8) for side in (height, width))
    assert np.array_equal(covered > 0, drawn[0] < 0.5)
    assert drawn.min() >= 0
    assert drawn.max() <= 1
