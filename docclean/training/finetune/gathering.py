"""From the user's folders to kept pages: read, aligned, checked, and some of them held out of training."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import DoccleanError, TrainingError, WriteError
from docclean.core.page import PixelArray
from docclean.engine.backends import Backend
from docclean.models.catalog import Catalog, ModelEntry
from docclean.models.manifest import InputSpec
from docclean.training.finetune.material import PageRecord, PageStore, held_out
from docclean.training.finetune.own_paper import take_apart
from docclean.training.finetune.request import FinetuneRequest, FinetuneWatch, Mode, Stage
from docclean.training.finetune.two_scans import flattened
from docclean.training.pairs import (
    PairOfPages,
    find_pages,
    find_pairs,
    find_pairs_by_suffix,
    find_pairs_in_table,
    pixels_digest,
    read_pair,
    read_sheet,
)

_BYTES_PER_PIXEL = 10
_RESERVE = 1_500_000_000
"""Room that a run wants for its state and for the pages that are replayed, bytes."""

_FLATTERED = (
    "The base model has learned from some of the pages that are held out, so it does better on them than it would on "
    "new ones; pages that it does not know would make a fairer comparison."
)

Restore = Callable[[PixelArray], PixelArray]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Parent:
    """The base model, as far as gathering needs it.

    Attributes:
        restore: Cleans a page.
        backend: The loaded model.
        spec: How it wants pages to be cut.
        known: Digests of the dirty pages that it, or a model it came from, has learned from.
    """

    restore: Restore
    backend: Backend
    spec: InputSpec
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Layers:
    name: str
    sheet: str
    dirty: PixelArray
    clean: PixelArray
    trusted: NDArray[np.bool_]
    residual_px: float
    ink: float = 1.0
    blur: float = 0.0
    scan: PixelArray | None = None


def learned_pages(model: ModelEntry, catalog: Catalog) -> frozenset[str]:
    """Digests of the dirty pages that a model and those it came from have learned from, as far as manifests tell."""
    models = {entry.manifest.id: entry.manifest for entry in catalog.all()}
    found: set[str] = set()
    left = [model.manifest.id]
    while left:
        manifest = models.pop(left.pop(), None)  # taken out, so that a circle of parents comes to an end
        if manifest is None:
            continue
        pages = manifest.training.settings.get("learned", [])
        found |= {page["dirty_sha256"] for page in pages if isinstance(page, dict) and "dirty_sha256" in page}
        left.append(manifest.parent)
    return frozenset(found)


def pairs_of(request: FinetuneRequest) -> tuple[PairOfPages, ...]:
    """The pairs that a request names, usable or not.

    Raises:
        UsageError: A folder or file is missing or not given.
        DoccleanError: No pair was found.
    """
    if request.table is not None:
        return find_pairs_in_table(request.table)
    if request.clean is not None:
        return find_pairs(request.dirty, request.clean)
    return find_pairs_by_suffix(request.dirty, request.dirty_suffix, request.clean_suffix)


def gather(request: FinetuneRequest, store: PageStore, parent: Parent, watch: FinetuneWatch) -> None:
    """Read and align the user's pages into `store`, and decide which are held out. Does nothing if that was done.

    Raises:
        CancelledError: `watch.cancel` was set.
        TrainingError: Fewer than two usable sheets; the notes told why pages were left out.
        UsageError: As `pairs_of` tells.
        WriteError: The disk is full.
    """
    if store.is_complete:
        return
    store.clear()
    records: list[PageRecord] = []
    sheets: list[str] = []
    seen: set[str] = set()
    for layers in _read(request, parent, watch):
        digest = pixels_digest(layers.dirty)
        if request.mode is not Mode.TWO_SCANS and digest in seen:
            watch.note(f"{layers.name}: the same dirty page was there already; it is left out.")
            continue
        seen.add(digest)
        _require_room(store, layers.dirty)
        store.add(len(records), layers.dirty, layers.clean, layers.trusted, layers.scan)
        records.append(
            PageRecord(
                layers.name,
                digest,
                pixels_digest(layers.clean),
                round(layers.residual_px, 3),
                ink=layers.ink,
                blur=layers.blur,
                has_scan=layers.scan is not None,
            )
        )
        sheets.append(layers.sheet)
    if not records:
        raise TrainingError(f"{request.dirty}: no page can be used; see what was said about each of them.")
    known = [number for number, record in enumerate(records) if record.dirty_digest in parent.known]
    chosen = held_out(sheets, request.seed, known)
    if not chosen.isdisjoint(known):
        watch.note(_FLATTERED)
    store.finish([replace(record, is_held_out=number in chosen) for number, record in enumerate(records)])


def _read(request: FinetuneRequest, parent: Parent, watch: FinetuneWatch) -> Iterator[_Layers]:
    if request.mode is Mode.OWN_PAPER:
        yield from _papers(request, parent, watch)
        return
    pairs = pairs_of(request)
    for pair in pairs:
        if not pair.is_usable:
            watch.note(pair.sentence)
    usable = [pair for pair in pairs if pair.is_usable]
    for pair in _followed(usable, Stage.ALIGNING, watch):
        try:
            aligned = read_pair(pair, request.dpi)
        except DoccleanError as fault:
            watch.note(str(fault))
            continue
        first, second, residual = aligned.dirty, aligned.clean, aligned.residual_px
        if request.mode is Mode.PAIRS:
            yield _Layers(pair.name, pixels_digest(second), first, second, aligned.trusted, residual)
            continue
        for dirty, other, which in ((first, second, "first scan"), (second, first, "second scan")):
            target = flattened(other, parent.backend, parent.spec)
            yield _Layers(f"{pair.name}, {which}", pair.name, dirty, target, aligned.trusted, residual)


def _papers(request: FinetuneRequest, parent: Parent, watch: FinetuneWatch) -> Iterator[_Layers]:
    for source in _followed(find_pages(request.dirty), Stage.READING, watch):
        name = source.relative.name if source.pages == 1 else f"{source.relative.name}, page {source.page + 1}"
        try:
            dirty = read_sheet(source, request.dpi)
        except DoccleanError as fault:
            watch.note(str(fault))
            continue
        restored = np.asarray(np.broadcast_to(parent.restore(dirty), dirty.shape), np.uint8)
        sheet = take_apart(dirty, restored)
        trusted = np.ones(dirty.shape[:2], np.bool_)
        yield _Layers(name, pixels_digest(dirty), sheet.paper, sheet.text, trusted, 0.0, sheet.ink, sheet.blur, dirty)


def _followed(items: Sequence[_T], stage: Stage, watch: FinetuneWatch) -> Iterator[_T]:
    for number, item in enumerate(items):
        watch.between()
        watch.cancel.raise_if_cancelled()
        watch.stage(stage, number, len(items))
        yield item
    watch.stage(stage, len(items), len(items))


def _require_room(store: PageStore, page: PixelArray) -> None:
    free = shutil.disk_usage(store.folder.parent if store.folder.parent.exists() else store.folder.anchor).free
    if free < page.shape[0] * page.shape[1] * _BYTES_PER_PIXEL + _RESERVE:
        raise WriteError(store.folder, f"the disk has only {free / 1e9:.1f} GB left; make room for at least 2 GB.")
