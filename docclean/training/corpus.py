"""Clean crops for training: born-digital PDFs and images, rasterized once into one array on disk.

A corpus is made of documents. The split between training and validation is by document (a hash of its file name), never
by crop, so that no page, font or layout of a validation document is ever seen in training.
"""

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
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


_ARRAY, _INDEX, _REQUEST = "crops.npy", "crops.json", "request.txt"
"""Names of the files of a corpus: the crops, where each came from, and what they were made from."""


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


@dataclass(frozen=True, slots=True)
class CropPlan:
    """What a corpus is made from.

    Attributes:
        tasks: How many crops to take from which file, with which seed: (file, count, seed).
        limit: Number of crops at most.
        source: Where the files are, for messages.
        version: Of what sets pages, where a corpus shall not outlive it.
    """

    tasks: Sequence[tuple[Path, int, int]]
    limit: int
    source: Path
    version: str = ""

    def digest(self) -> str:
        """The plan in short: names and sizes of the files, counts, seeds, version. Folders may move."""
        lines = [f"{path.name} {path.stat().st_size} {count} {seed}" for path, count, seed in self.tasks]
        return hashlib.sha256("\n".join([f"{self.limit} {self.version}".rstrip(), *lines]).encode()).hexdigest()


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
    documents = sorted(find_documents(folders))
    if not documents:
        names = ", ".join(str(f) for f in folders)
        raise TrainingError(f"{names}: no PDF and no image found; name a folder with clean pages.")
    plan = CropPlan(_plan_tasks(documents, fonts, limit, seed), limit, folders[0])
    if (work / _INDEX).exists() and (work / _ARRAY).exists():
        if (work / _REQUEST).exists() and not holds(work, plan):
            raise TrainingError(
                f"{work}: made from other pages, fonts or settings; delete it or choose another folder."
            )
        return open_corpus(work)
    return rasterize(plan, work, workers=workers)


def holds(work: Path, plan: CropPlan) -> bool:
    """Whether a folder holds the corpus that a plan gives."""
    if not all((work / name).is_file() for name in (_INDEX, _ARRAY, _REQUEST)):
        return False
    return (work / _REQUEST).read_text(encoding="utf-8") == plan.digest()


def rasterize(
    plan: CropPlan, work: Path, *, workers: int | None = None, told: Callable[[int], None] = lambda _crops: None
) -> Corpus:
    """Make the crops of a plan in `work`, in place of a corpus that is there already.

    Args:
        plan: What to make.
        work: Folder for the array; created.
        workers: As in `build_corpus`.
        told: Told now and then how many crops there are; may raise to stop, and no corpus is left then.

    Returns:
        The corpus.

    Raises:
        TrainingError: No crop has ink in it, or a process was killed.
        WriteError: `work` is full or cannot be written.
    """
    array, index, partial = work / _ARRAY, work / _INDEX, work / "crops.partial"
    try:
        with write_faults_explained(work):
            work.mkdir(parents=True, exist_ok=True)
            index.unlink(missing_ok=True)  # it must never be found beside an array that it does not describe
            with closing(_rasterized(plan.tasks, workers)) as found:
                records = _write_crops(partial, found, plan.limit, told)
        if not records:
            raise TrainingError(f"{plan.source}: every page is blank or unreadable; name a folder with clean pages.")
        _finish_array(partial, array, len(records))
        rows = json.dumps([asdict(record) for record in records])
        for path, text in ((work / _REQUEST, plan.digest()), (index, rows)):
            with atomic_write(path) as out:
                out.write(text.encode())
    except BrokenProcessPool as error:
        raise TrainingError(
            f"{plan.source}: a process that read the pages was killed, perhaps for lack of memory or by a damaged PDF; "
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
        crops = np.load(work / _ARRAY, mmap_mode="r")
        rows = json.loads((work / _INDEX).read_text(encoding="utf-8"))
        records = tuple(CropRecord(**row) for row in rows)
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"{work}: not a usable corpus ({error}); delete the folder and build it again.") from error
    if len(records) != len(crops):
        raise TrainingError(f"{work}: index and crops disagree; delete the folder and build it again.")
    return Corpus(crops, records, work)


def _write_crops(
    partial: Path,
    found: Iterable[Sequence[tuple[CropRecord, NDArray[np.uint8]]]],
    limit: int,
    told: Callable[[int], None],
) -> list[CropRecord]:
    """Write the bytes of at most `limit` crops; returns their records."""
    records: list[CropRecord] = []
    with partial.open("wb") as out:
        for part in found:
            for record, crop in part[: limit - len(records)]:
                out.write(crop.tobytes())
                records.append(record)
            told(len(records))
    return records


def _rasterized(
    tasks: Sequence[tuple[Path, int, int]], workers: int | None
) -> Generator[list[tuple[CropRecord, NDArray[np.uint8]]], None, None]:
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
