import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from docclean.imaging.doubling import doubled, halved


@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from([1, 3]), st.integers(0, 2**32))
def test_halved_undoes_doubled(height: int, width: int, channels: int, seed: int) -> None:
    page = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    large = doubled(page)
    assert large.shape == (2 * height, 2 * width, channels)
    assert np.array_equal(halved(large), page)


def test_halved_rounds_the_mean() -> None:
    block = np.array([[[0], [1]], [[1], [0]]], np.uint8)
    assert halved(block).item() == 1
    assert halved(np.array([[[0], [0]], [[1], [0]]], np.uint8)).item() == 0
