import numpy as np
import pytest
import torch

from docclean.imaging.overview import CELL
from docclean.models.denoiser import overview_of
from docclean.training.page_windows import PARTS, SIDE
from docclean.training.window_pool import WindowPool
from tests.helpers.page_windows import boxed_window

CPU = torch.device("cpu")


def pool(count: int = 3, *, capacity: int = 4, has_mark: bool = False) -> WindowPool:
    made = WindowPool(capacity, 10 if has_mark else 6, CPU)
    for number in range(count):
        made.add(boxed_window(number, has_mark=has_mark))
    return made


@pytest.mark.parametrize("has_mark", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_what_is_drawn_fits_together_however_it_is_turned(seed: int, has_mark: bool) -> None:
    views = pool(has_mark=has_mark).draw(3, 2, np.random.default_rng(seed))
    assert views.tiles.shape == (6, 10 if has_mark else 6, SIDE, SIDE)
    assert (views.below(views.overview) - overview_of(views.tiles[:, :3])).abs().max() < 3e-4
    if has_mark:
        opacity = torch.nn.functional.max_pool2d(views.tiles[:, 6:7], CELL)
        assert torch.allclose(views.below(views.opacity), opacity)
    else:
        sheet = torch.nn.functional.interpolate(views.below(views.sheet), scale_factor=float(CELL))
        assert (views.tiles[:, :3] - sheet * views.tiles[:, 3:6]).abs().max() < 0.02
    assert ((views.is_known == 0.0) | (views.is_known == 1.0)).all()


def test_colors_of_a_mark_are_exchanged_with_those_of_the_page() -> None:
    for seed in range(6):
        tiles = pool(has_mark=True).draw(3, PARTS, np.random.default_rng(seed)).tiles
        dirty, clean, opacity, color = tiles[:, :3], tiles[:, 3:6], tiles[:, 6:7], tiles[:, 7:]
        assert (dirty - (clean * (1.0 - opacity) + color * opacity)).abs().max() < 0.01


def test_oldest_windows_give_way() -> None:
    made = pool(5, capacity=2)
    assert (len(made), made.added) == (2, 5)
    drawn = made.draw(40, 1, np.random.default_rng(1))
    boxes = {int(count) for count in (drawn.overview[:, 3:6].amin(dim=1) < 0.62).sum(dim=(1, 2))}
    newest = {int((boxed_window(n).overview[3:6].min(axis=0) < 0.62 * 255).sum()) for n in (3, 4)}
    assert boxes == newest


def test_same_numbers_draw_the_same() -> None:
    made = pool()
    first, again, other = (made.draw(2, 2, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.tiles, again.tiles)
    assert not torch.equal(first.tiles, other.tiles)


def test_empty_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="high"):
        WindowPool(2, 6, CPU).draw(1, 1, np.random.default_rng(0))
