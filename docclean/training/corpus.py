"""Clean crops for training: born-digital PDFs and images, rasterized once into one array on disk.

A corpus is made of documents. The split between training and validation is by document (a hash of its file name), never
by crop, so that no page, font or layout of a validation document is ever seen in training.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.training.interrupts import interrupts_ignored
from docclean.training.typeset import typeset

logger = logging.getLogger(__name__)

CROP = 576
"""Side of a stored crop, px: a 512 px context with room for random shifts."""
_RENDER_DPI = (75, 100, 100, 120, 150, 150, 200, 200, 240, 300, 300)
_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}
_FONT_SUFFIXES = {".ttf", ".otf"}
_LEAST_INK = 0.005
_VALIDATION_SHARE = 20
_MOST_WORKERS = 61
"""Windows cannot wait for more processes: Python documentation, `ProcessPoolExecutor`."""


@dataclass(frozen=True, slots=True)
class CropRecord:
    """Where a crop came from.

    Attributes:
        document: File name of the document.
        page: Page number, from 0.
        dpi: Resolution it was rendered at; 0 for an image taken as it is.
        is_photo: Whether the document is a picture and not a page: it is pasted into pages.
    """

    document: str
    page: int
    dpi: int
    is_photo: bool

    @property
    def is_validation(self) -> bool:
        """Whether the document is held out of training (one in twenty, by name)."""
        return is_held_out(self.document)


def is_held_out(name: str) -> bool:
    """Whether the document, font or logo of this name is kept for validation. Depends on the name alone."""
    return hashlib.sha256(name.encode()).digest()[0] % _VALIDATION_SHARE == 0


@dataclass(frozen=True, slots=True)
class Corpus:
    """Clean crops.

    Attributes:
        crops: (N, CROP, CROP, 3), uint8, RGB, memory-mapped.
        records: Where each crop came from, in the same order.
        folder: Where the corpus lies; a worker process opens it there anew.
    """

    crops: NDArray[np.uint8]
    records: tuple[CropRecord, ...]
    folder: Path

    def __reduce__(self) -> tuple[Callable[[Path], "Corpus"], tuple[Path]]:
        """Pickle as a path: the array is gigabytes."""
        return open_corpus, (self.folder,)

    def indices(self, *, validation: bool, photos: bool = False) -> NDArray[np.int64]:
        """Positions of the crops of one part of the split."""
        chosen = [i for i, r in enumerate(self.records) if r.is_validation == validation and r.is_photo == photos]
        return np.asarray(chosen, dtype=np.int64)


def build_corpus(
    folders: Sequence[Path],
    work: Path,
    *,
    fonts: Sequence[Path] = (),
    limit: int = 4000,
    seed: int = 0,
    workers: int | None = None,
) -> Corpus:
    """Rasterize a corpus into `work`, or open the one that is already there.

    Args:
        folders: Folders with PDFs and page images, searched recursively; images in a folder named `photos` are
            pictures.
        work: Folder for the array; created.
        fonts: Fonts to typeset a quarter of the crops with; none gives no typeset crops.
        limit: Number of crops at most.
        seed: Chooses pages, resolutions and positions.
        workers: Processes that rasterize; None for one per core, 0 for this process alone. Changes nothing else.

    Returns:
        The corpus.

    Raises:
        TrainingError: No document, no crop with ink in it, no library to read PDFs with, or `work` holds a corpus that
            was made from something else.
        WriteError: `work` is full or cannot be written.
    """
    array, index, request = work / "crops.npy", work / "crops.json", work / "request.txt"
    documents = sorted(_find_documents(folders))
    if not documents:
        names = ", ".join(str(f) for f in folders)
        raise TrainingError(f"{names}: no PDF and no image found; name a folder with clean pages.")
    tasks = _plan_tasks(documents, fonts, limit, seed)
    digest = _digest(tasks, limit)
    if index.exists() and array.exists():
        if request.exists() and request.read_text(encoding="utf-8") != digest:
            raise TrainingError(
                f"{work}: made from other pages, fonts or settings; delete it or choose another folder."
            )
        return open_corpus(work)
    partial = work / "crops.partial"
    try:
        with write_faults_explained(work):
            work.mkdir(parents=True, exist_ok=True)
            index.unlink(missing_ok=True)  # it must never be found beside an array that it does not describe
            records = _write_crops(partial, _rasterized(tasks, workers), limit)
        if not records:
            raise TrainingError(f"{folders[0]}: every page is blank or unreadable; name a folder with clean pages.")
        _finish_array(partial, array, len(records))
        for path, text in ((request, digest), (index, json.dumps([asdict(record) for record in records]))):
            with atomic_write(path) as out:
                out.write(text.encode())
    except BrokenProcessPool as error:
        raise TrainingError(
            f"{folders[0]}: a process that read the pages was killed, perhaps for lack of memory or by a damaged PDF; "
            "close other programs, or take out the largest PDFs."
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return open_corpus(work)


def open_corpus(work: Path) -> Corpus:
    """Open a corpus that `build_corpus` made.

    Raises:
        TrainingError: There is none, or it is damaged.
    """
    try:
        crops = np.load(work / "crops.npy", mmap_mode="r")
        rows = json.loads((work / "crops.json").read_text(encoding="utf-8"))
        records = tuple(CropRecord(**row) for row in rows)
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"{work}: not a usable corpus ({error}); delete the folder and build it again.") from error
    if len(records) != len(crops):
        raise TrainingError(f"{work}: index and crops disagree; delete the folder and build it again.")
    return Corpus(crops, records, work)


def _write_crops(
    partial: Path, found: Iterable[Sequence[tuple[CropRecord, NDArray[np.uint8]]]], limit: int
) -> list[CropRecord]:
    """Write the bytes of at most `limit` crops; returns their records."""
    records: list[CropRecord] = []
    with partial.open("wb") as out:
        for part in found:
            for record, crop in part[: limit - len(records)]:
                out.write(crop.tobytes())
                records.append(record)
    return records


def _rasterized(
    tasks: Sequence[tuple[Path, int, int]], workers: int | None
) -> Iterator[list[tuple[CropRecord, NDArray[np.uint8]]]]:
    """The crops of every task, in the order of the tasks."""
    if workers is None:
        workers = min(os.cpu_count() or 1, len(tasks), _MOST_WORKERS)
    if workers == 0:
        yield from map(_document_crops, tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _use_one_thread) as pool:
        with interrupts_ignored():
            found = pool.map(_document_crops, tasks, chunksize=4)
        yield from found


def _use_one_thread() -> None:
    cv2.setNumThreads(1)


def _plan_tasks(documents: Sequence[Path], fonts: Sequence[Path], limit: int, seed: int) -> list[tuple[Path, int, int]]:
    """How many crops to take from which file, in random order: (file, count, seed)."""
    typeset_share = limit // 4 if fonts else 0
    tasks = [(font, -(-typeset_share // len(fonts)), seed) for font in fonts]
    tasks += [(document, -(-(limit - typeset_share) // len(documents)), seed) for document in documents]
    return [tasks[i] for i in np.random.default_rng(seed).permutation(len(tasks))]


def _digest(tasks: Sequence[tuple[Path, int, int]], limit: int) -> str:
    """What a corpus is made from, in short: names and sizes of the files, counts, seed. Folders may move."""
    lines = [f"{path.name} {path.stat().st_size} {count} {seed}" for path, count, seed in tasks]
    return hashlib.sha256("\n".join([str(limit), *lines]).encode()).hexdigest()


def _find_documents(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in folder.rglob("*") if folder.is_dir() else [folder]:
            if path.suffix.lower() in _IMAGE_SUFFIXES | {".pdf"} and path.is_file():
                yield path


def _finish_array(partial: Path, array: Path, count: int) -> None:
    header = np.lib.format.header_data_from_array_1_0(np.empty((0, CROP, CROP, 3), np.uint8))
    header["shape"] = (count, CROP, CROP, 3)
    with atomic_write(array) as out, partial.open("rb") as raw:
        np.lib.format.write_array_header_1_0(out, header)
        while block := raw.read(1 << 24):
            out.write(block)


def _document_crops(task: tuple[Path, int, int]) -> list[tuple[CropRecord, NDArray[np.uint8]]]:
    """Take up to `count` crops from one document; an unreadable document gives none."""
    path, count, seed = task
    name_seed = int.from_bytes(hashlib.sha256(path.name.encode()).digest()[:4], "big")
    rng = np.random.default_rng([seed, name_seed])
    try:
        if path.suffix.lower() == ".pdf":
            return list(_pdf_crops(path, count, rng))
        if path.suffix.lower() in _FONT_SUFFIXES:
            record = CropRecord(path.name, 0, 0, is_photo=False)
            return [(record, typeset(path, CROP, rng)) for _ in range(count)]
        return list(_image_crops(path, count, rng))
    except (OSError, ValueError, RuntimeError, cv2.error) as error:
        logger.warning("%s: left out of the corpus (%s)", path, error)
        return []


def _pdf_crops(path: Path, count: int, rng: np.random.Generator) -> Iterator[tuple[CropRecord, NDArray[np.uint8]]]:
    try:
        import pypdfium2  # noqa: PLC0415  only training on PDFs needs it
    except ImportError as error:
        raise TrainingError("Training on PDF files needs one more library: pip install 'docclean[train]'") from error
    document = pypdfium2.PdfDocument(path)
    try:
        given = 0
        for number in rng.permutation(len(document))[: 2 * count]:
            dpi = int(rng.choice(_RENDER_DPI))
            page = document[int(number)]
            if max(page.get_size()) * dpi / 72 > 6000:
                dpi = 75
            pixels = np.ascontiguousarray(page.render(scale=dpi / 72, rev_byteorder=True).to_numpy()[:, :, :3])
            record = CropRecord(path.name, int(number), dpi, is_photo=False)
            for crop in _inked_crops(pixels, min(2, count - given), rng):
                given += 1
                yield record, crop
            if given >= count:
                return
    finally:
        document.close()


def _image_crops(path: Path, count: int, rng: np.random.Generator) -> Iterator[tuple[CropRecord, NDArray[np.uint8]]]:
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError("not a readable image")
    is_photo = path.parent.name == "photos"
    record = CropRecord(path.name, 0, 0, is_photo=is_photo)
    for crop in _inked_crops(pixels.astype(np.uint8), 3 if is_photo else count, rng):
        yield record, crop


def _inked_crops(pixels: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
    """Random crops that are not blank; a small page is padded with its own corner color."""
    height, width = pixels.shape[:2]
    bottom, right = max(0, CROP - height), max(0, CROP - width)
    if bottom or right:
        corner = [int(v) for v in pixels[-1, -1]]
        pixels = cv2.copyMakeBorder(pixels, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=corner).astype(np.uint8)
        height, width = pixels.shape[:2]
    for _ in range(count):
        for _attempt in range(6):
            top, left = int(rng.integers(0, height - CROP + 1)), int(rng.integers(0, width - CROP + 1))
            crop = pixels[top : top + CROP, left : left + CROP]
            if float((crop.min(axis=2) < 200).mean()) >= _LEAST_INK:
                yield np.ascontiguousarray(crop)
                break
