import errno
import logging
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from docclean.core.errors import WriteError
from docclean.training.curve import _ERROR, _LOSS, CURVE, _axes_around, draw_curve, redraw_curve, write_curve
from docclean.training.run_log import LOG, TrainReport, append_row, begin_log


def rows(count: int = 12) -> list[TrainReport]:
    return [TrainReport(500 * n, 0.3 / n + 0.05, 0.2 / n + 0.02, 1e-3, 1.0) for n in range(1, count + 1)]


def pixels_of(picture: Image.Image, color: tuple[int, int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Rows and columns of the pixels of one color, below the legend."""
    where = np.argwhere((np.asarray(picture)[45:] == color).all(axis=2))
    return np.asarray(where + np.array([45, 0]), np.int64)


def test_curve_shows_both_lines_falling() -> None:
    picture = draw_curve(rows())
    assert picture.size == (960, 560)
    for color in (_LOSS, _ERROR):
        found = pixels_of(picture, color)
        left, right = (found[found[:, 1] == column][:, 0].mean() for column in (found[:, 1].min(), found[:, 1].max()))
        assert right > left + 100  # further down


def test_best_point_has_a_ring_around_it() -> None:
    """The least error is in the middle; nothing else of its color is that high and low around the line."""
    reports = [TrainReport(n * 100, 0.5, error, 1e-3, 1.0) for n, error in enumerate((0.2, 0.1, 0.2), start=1)]
    found = pixels_of(draw_curve(reports), _ERROR)
    axes = _axes_around([(300, 0.5), (300, 0.1)])
    x, y = axes.x(200), axes.y(0.1)
    ring = found[np.abs(np.hypot(found[:, 0] - y, found[:, 1] - x) - 4.5) < 1.0]
    assert len({(row > y, column > x) for row, column in ring}) == 4


@pytest.mark.parametrize("reports", [[], rows(1), [TrainReport(1, math.nan, math.inf, 0.0, 0.0)], rows(400)])
def test_curve_of_any_run_can_be_drawn(reports: list[TrainReport]) -> None:
    assert draw_curve(reports).size == (960, 560)


@given(steps=st.integers(1, 10**7), low=st.floats(1e-8, 10.0), ratio=st.floats(1.0, 1e6))
def test_axes_have_a_few_ticks_and_hold_every_point(steps: int, low: float, ratio: float) -> None:
    axes = _axes_around([(1, low), (steps, low * ratio)])
    assert 2 <= len(axes.step_ticks()) <= 12
    assert 2 <= len(axes.value_ticks()) <= 40
    for value in (low, low * ratio):
        assert 56 <= axes.y(value) <= 500


def test_curve_is_redrawn_from_the_log(tmp_path: Path) -> None:
    begin_log(tmp_path / LOG, 0)
    for row in rows(3):
        append_row(tmp_path / LOG, row)
        redraw_curve(tmp_path)
    with Image.open(tmp_path / CURVE) as picture:
        assert np.array_equal(np.asarray(picture), np.asarray(draw_curve(rows(3))))
    assert sorted(p.name for p in tmp_path.iterdir()) == [CURVE, LOG]


def test_curve_that_cannot_be_written_keeps_the_one_before_and_lets_training_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begin_log(tmp_path / LOG, 0)
    redraw_curve(tmp_path)
    before = (tmp_path / CURVE).read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="disk is full"):
        write_curve(tmp_path / CURVE, rows())
    with caplog.at_level(logging.WARNING):
        redraw_curve(tmp_path)
    assert "no picture of the run" in caplog.text
    assert (tmp_path / CURVE).read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [CURVE, LOG]
