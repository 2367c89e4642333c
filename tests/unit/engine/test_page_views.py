"""A page that is looked at block by block comes out as one that is looked at in one piece."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from docclean.core.cancel import CancelToken
from docclean.core.page import PixelArray
from docclean.core.recipe import Task
from docclean.core.resources import resource_path
from docclean.engine import page_views
from docclean.engine.backends import Backend, FloatArray, GraphBackend
from docclean.engine.inference import restore_page
from docclean.models.catalog import Catalog

SIZE = (1500, 2900)


def sheet(task: Task) -> PixelArray:
    """A sheet with what the task takes away all over it, and a part that is clean paper, (H, W, 3)."""
    page = np.full((*SIZE, 3), 255, np.uint8)
    for line in range(80, SIZE[0], 45):
        cv2.putText(page, "It is 3.14 mm; not 314. " * 5, (40, line), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 2)
    if task is Task.DEWATERMARK:
        mark = page.copy()
        for row in range(200, SIZE[0], 330):
            cv2.putText(mark, "COPY COPY", (200, row), cv2.FONT_HERSHEY_SIMPLEX, 6.0, (60, 90, 220), 22)
        soiled = np.asarray(cv2.addWeighted(mark, 0.35, page, 0.65, 0.0), np.uint8)
    else:
        light = np.linspace(0.9, 0.7, SIZE[1])[None, :, None]
        noise = np.random.default_rng(1).normal(0, 4, (*SIZE, 1))
        soiled = np.clip(page * light + noise, 0, 255).astype(np.uint8)
    soiled[900:, :700] = 255
    return soiled


class Looks:
    """Counts how often the paper network is asked."""

    def __init__(self, backend: Backend) -> None:
        self._backend, self.count = backend, 0

    def context(self, overview: FloatArray) -> FloatArray:
        self.count += 1
        return self._backend.context(overview)

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        return self._backend.restore(tile, context)


def restored(task: Task, monkeypatch: pytest.MonkeyPatch, **changes: int) -> tuple[PixelArray, PixelArray, PixelArray]:
    """The sheet, restored in one piece and in blocks, by the model that comes along."""
    entry = Catalog(resource_path("models"), Path("none")).default_for(task)
    backend, page = Looks(GraphBackend(entry)), sheet(task)
    spec = entry.manifest.input.model_copy(update={"tile": 512, **changes})

    def restore() -> PixelArray:
        return restore_page(backend, page, spec, CancelToken(), lambda _done, _total: None)

    whole = restore()
    assert backend.count == 1
    monkeypatch.setattr(page_views, "_MOST_CELLS", 1000)
    monkeypatch.setattr(page_views, "_BLOCK", 600)
    parts = restore()
    assert backend.count > 5
    return page, whole, parts


@pytest.mark.parametrize("task", [Task.DENOISE, Task.DEWATERMARK])
def test_blocks_give_the_page(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    page, whole, parts = restored(task, monkeypatch)
    assert np.mean(whole != page) > 0.01
    difference = np.abs(whole.astype(np.int16) - parts)
    assert difference.max() <= 1  # convolutions of another size round differently
    assert np.mean(difference > 0) < 1e-4


def test_a_reach_that_is_too_short_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    _, whole, parts = restored(Task.DENOISE, monkeypatch, context_reach=0)
    assert np.mean(whole != parts) > 1e-4
