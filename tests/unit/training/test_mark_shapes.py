import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from docclean.training import mark_shapes


def extent(coverage: NDArray[np.float32]) -> int:
    rows, columns = (np.flatnonzero((coverage > 0.3).any(axis=axis)) for axis in (1, 0))
    return max(int(np.ptp(rows)), int(np.ptp(columns))) if len(rows) else 0


def test_mark_grows_with_the_page() -> None:
    """On paper, marks are as large at 300 dpi as at 150 dpi."""
    sizes = []
    for shape in ((877, 620), (1754, 1240)):
        marks = [mark_shapes.draw_seal(shape, np.random.default_rng(seed), (), False) for seed in range(12)]
        sizes.append(np.median([extent(mark) for mark in marks]) / shape[1])
    assert 0.3 < sizes[1] / sizes[0] < 1.5


@pytest.mark.parametrize("angle", [0.0, 45.0, 90.0])
def test_mark_across_a_page_lies_on_it(angle: float) -> None:
    mark = np.zeros((40, 400), np.uint8)
    cv2.rectangle(mark, (4, 4), (395, 35), 255, -1)
    placed = mark_shapes._across(mark, (1000, 800), angle, np.random.default_rng(0))
    assert placed.shape == (1000, 800)
    assert extent(placed) > 300
    assert not any(edge.any() for edge in (placed[0], placed[-1], placed[:, 0], placed[:, -1]))
