from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.engine.backends import FloatArray
from docclean.models.manifest import InputSpec
from docclean.training.finetune.two_scans import flattened
from docclean.training.finetune.watching import LiveBackend
from tests.helpers.corpus import page_pixels
from tests.helpers.models import identity_network
from tests.helpers.own_pages import CPU, SPEC


class PaperBackend:
    """Sees the paper right: the brightest color of a cell and those around it."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def context(self, overview: FloatArray) -> FloatArray:
        self.seen.append(overview.shape)
        brightest = np.ascontiguousarray(overview[0, 3:6].transpose(1, 2, 0))
        paper = cv2.dilate(brightest, np.ones((3, 3), np.uint8)).reshape(brightest.shape)
        return np.concatenate([paper.transpose(2, 0, 1)[None], np.zeros_like(overview[:, :2])], axis=1)

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        raise AssertionError("only the paper is needed")


def spec_for(page: NDArray[np.uint8], *, is_doubled: bool) -> InputSpec:
    pixels = page.shape[0] * page.shape[1]
    return SPEC.model_copy(update={"doubled_up_to": pixels if is_doubled else pixels - 1})


@pytest.mark.parametrize("is_doubled", [True, False])
@pytest.mark.parametrize("size", [(64, 64), (61, 35), (1, 1), (7, 130)])
def test_page_on_white_paper_stays_as_it_is(size: tuple[int, int], is_doubled: bool) -> None:
    page = page_pixels(*size)
    found = flattened(page, LiveBackend(identity_network(), CPU), spec_for(page, is_doubled=is_doubled))
    assert found.shape == page.shape
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - page).max() <= 1


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    color=st.lists(st.integers(60, 255), min_size=3, max_size=3),
    is_doubled=st.booleans(),
)
def test_even_paper_of_any_color_becomes_white(height: int, width: int, color: list[int], is_doubled: bool) -> None:
    page = np.full((height, width, 3), color, np.uint8)
    found = flattened(page, PaperBackend(), spec_for(page, is_doubled=is_doubled))
    assert found.shape == page.shape
    assert found.min() >= 254


def shaded(height: int, width: int) -> tuple[Any, Any]:
    """Even print on paper that gets darker to the right and below."""
    print_ = page_pixels(height, width, is_colored=False)
    rows, columns = np.mgrid[:height, :width]
    light = 0.95 - 0.2 * columns / width - 0.1 * rows / height
    return (print_ * light[:, :, None]).astype(np.uint8), print_


@pytest.mark.parametrize("is_doubled", [True, False])
@pytest.mark.parametrize("size", [(128, 192), (101, 149)])
def test_shade_is_evened_out_and_print_stays(size: tuple[int, int], is_doubled: bool) -> None:
    page, print_ = shaded(*size)
    found = flattened(page, PaperBackend(), spec_for(page, is_doubled=is_doubled))
    inner = np.s_[8:-8, 8:-8]  # at the rim the middle of the outermost cell stands for all of it
    gap = np.abs(found.astype(int) - print_)[inner]
    assert gap.max() <= 24
    assert gap.mean() < 8.0
    assert np.abs(page.astype(int) - print_)[inner].mean() > 20


def test_grain_of_the_paper_stays() -> None:
    grain = np.random.default_rng(0).normal(0.0, 6.0, (64, 64, 1))
    page = np.clip(180.0 + grain, 0, 255).repeat(3, axis=2).astype(np.uint8)
    smooth = np.full((64, 64, 3), 200.0)

    class Smooth(PaperBackend):
        def context(self, overview: FloatArray) -> FloatArray:
            return np.full((1, 5, *overview.shape[2:]), smooth[0, 0, 0] / 255.0, np.float32)

    found = flattened(page, Smooth(), spec_for(page, is_doubled=False))
    assert np.abs(found - np.minimum(page * 255.0 / 200.0, 255.0)).max() <= 1.0
    assert found.std() > 6.0


def test_small_page_is_seen_at_twice_its_size() -> None:
    page, backend = page_pixels(64, 64), PaperBackend()
    for is_doubled in (True, False):
        flattened(page, backend, spec_for(page, is_doubled=is_doubled))
    assert backend.seen == [(1, 9, 16, 16), (1, 9, 8, 8)]
