"""The new model beside its parent, as files on disk and through the engine, the way in which they will be used."""

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from docclean.core.page import PixelArray
from docclean.engine.device import DeviceSpec
from docclean.engine.inference import restore_page
from docclean.engine.loading import load_model
from docclean.imaging.metrics import score
from docclean.models.catalog import ModelEntry
from docclean.training.finetune.checkup import check_up
from docclean.training.finetune.material import KeptPage
from docclean.training.finetune.request import FinetuneWatch, Stage
from docclean.training.finetune.verdict import Checkup, JudgedPage

Cleaner = Callable[[PixelArray], PixelArray]
TRUTH = "truth"
_PICTURE_SIDE = 480


def cleaner_of(entry: ModelEntry, device: DeviceSpec, watch: FinetuneWatch) -> Cleaner:
    """Load a model as something that cleans pixels; between tiles it looks at `watch`.

    Raises:
        ModelError: The model is damaged.
    """
    backend, spec = load_model(entry, device), entry.manifest.input

    def clean(pixels: PixelArray) -> PixelArray:
        return restore_page(backend, pixels, spec, watch.cancel, lambda _done, _total: watch.between())

    return clean


def judged_pages(
    pages: Sequence[KeptPage], ways: Mapping[str, Cleaner], watch: FinetuneWatch
) -> tuple[JudgedPage, ...]:
    """Clean held-out pages in some ways and compare them with the truth, where it can be trusted.

    Args:
        pages: Held-out pages.
        ways: Cleaners by name, see `verdict`.
        watch: Who follows the run.

    Raises:
        CancelledError: `watch.cancel` was set.
    """
    judged = []
    for number, page in enumerate(pages):
        watch.stage(Stage.JUDGING, number, len(pages))
        judged.append(_judged(page, ways))
    return tuple(judged)


def together(one: Sequence[JudgedPage], other: Sequence[JudgedPage]) -> tuple[JudgedPage, ...]:
    """The same pages, judged in other ways, as one."""
    return tuple(
        JudgedPage(a.name, {**a.scores, **b.scores}, {**a.pictures, **b.pictures})
        for a, b in zip(one, other, strict=True)
    )


def checked_up(entry: ModelEntry, device: DeviceSpec, watch: FinetuneWatch) -> Checkup:
    """Measure what a model does to the pages that docclean brings along.

    Raises:
        CancelledError: `watch.cancel` was set.
    """

    def between() -> None:
        watch.between()
        watch.cancel.raise_if_cancelled()

    return check_up(cleaner_of(entry, device, watch), entry.manifest.task, between=between)


def _judged(page: KeptPage, ways: Mapping[str, Cleaner]) -> JudgedPage:
    dirty, clean = np.asarray(page.dirty), np.asarray(page.clean)
    results = {name: np.broadcast_to(way(dirty), dirty.shape) for name, way in ways.items()}
    # Where the two pages do not belong together nothing can be said: the truth stands in for the result.
    trusted = np.asarray(page.trusted)[:, :, None]
    fair = {name: np.where(trusted, result, clean) for name, result in results.items()}
    part = _liveliest_part(clean)
    pictures = {name: np.ascontiguousarray(pixels[part]) for name, pixels in {**results, TRUTH: clean}.items()}
    return JudgedPage(page.record.name, {name: score(pixels, clean) for name, pixels in fair.items()}, pictures)


def _liveliest_part(clean: PixelArray) -> tuple[slice, slice]:
    """The part of a page with the most ink, as large as a picture."""
    height, width = (min(_PICTURE_SIDE, side) for side in clean.shape[:2])
    ink = (clean.min(axis=2) < 128).astype(np.float32)
    amount = cv2.boxFilter(ink, -1, (width, height), anchor=(0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT)
    rows, columns = clean.shape[0] - height + 1, clean.shape[1] - width + 1
    top, left = np.unravel_index(int(amount[:rows, :columns].argmax()), (rows, columns))
    return slice(int(top), int(top) + height), slice(int(left), int(left) + width)
