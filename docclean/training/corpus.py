"""Clean crops for training: born-digital PDFs and images, rasterized once into one array on disk.

A corpus is made of documents. The split between training and validation is by document (a hash of its file name), never
by crop, so that no page, font or layout of a validation document is ever seen in training.
"""

import hashlib
import json
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
from docclean.training.crops import CROP, IMAGE_SUFFIXES, CropRecord, document_crops
from docclean.training.interrupts import interrupts_ignored

_MOST_WORKERS = 61
"""Windows cannot wait for more processes: Python documentation, `ProcessPoolExecutor`."""


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
    documents = sorted(find_documents(folders))
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
        yield from map(document_crops, tasks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _use_one_thread) as pool:
        with interrupts_ignored():
            found = pool.map(document_crops, tasks, chunksize=4)
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


def find_documents(folders: Sequence[Path]) -> Iterator[Path]:
    """Find the PDFs and images in and below some folders, in no particular order."""
    for folder in folders:
        for path in folder.rglob("*") if folder.is_dir() else [folder]:
            if path.suffix.lower() in IMAGE_SUFFIXES | {".pdf"} and path.is_file():
                yield path


def _finish_array(partial: Path, array: Path, count: int) -> None:
    header = np.lib.format.header_data_from_array_1_0(np.empty((0, CROP, CROP, 3), np.uint8))
    header["shape"] = (count, CROP, CROP, 3)
    with atomic_write(array) as out, partial.open("rb") as raw:
        np.lib.format.write_array_header_1_0(out, header)
        while block := raw.read(1 << 24):
            out.write(block)
