import numpy as np
import pytest

from docclean.training.scenery import scenery


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (40, 3), (120, 160)])
def test_scenery_has_its_size_and_depends_on_the_seed_alone(shape: tuple[int, int]) -> None:
    picture, again = (scenery(shape, np.random.default_rng(2)) for _ in range(2))
    assert picture.shape == (*shape, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, again)


def test_scenery_has_light_and_dark() -> None:
    for seed in range(6):
        picture = scenery((120, 160), np.random.default_rng(seed))
        assert np.ptp(picture) > 100
