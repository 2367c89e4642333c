"""The user's pages, aligned and kept on disk for the time of a run: memory stays flat however many there are."""

import hashlib
import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.core.page import PixelArray

_INDEX = "pages.json"
_HELD_OUT_SHARE = 0.2
_MOST_HELD_OUT = 16
"""More pages tell hardly more, and every look at them costs seconds."""


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What is known of a kept page.

    Attributes:
        name: Name for people.
        dirty_digest: SHA-256 of the dirty page's pixels.
        clean_digest: SHA-256 of the clean page's; pages with the same one show the same sheet.
        residual_px: How far the two are apart after alignment, px.
        is_held_out: Whether the page is kept out of training.
        ink: How dark the page's ink is, 0 paper to 1 black; known of pages whose paper alone is kept.
        blur: Standard deviation of the blur of its print, px; known of such pages too.
        has_scan: Whether the page is kept as it came, too.
    """

    name: str
    dirty_digest: str
    clean_digest: str
    residual_px: float
    is_held_out: bool = False
    ink: float = 1.0
    blur: float = 0.0
    has_scan: bool = False


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page on disk, memory-mapped.

    Attributes:
        record: What is known of it.
        dirty: (H, W, 3), uint8, RGB.
        clean: (H, W, 3), uint8, RGB: what should come out.
        trusted: (H, W), bool: where the two belong together.
        scan: (H, W, 3), uint8, RGB: the page as it came, where `dirty` is its paper alone.
    """

    record: PageRecord
    dirty: PixelArray
    clean: PixelArray
    trusted: NDArray[np.bool_]
    scan: PixelArray | None = None


class PageStore:
    """Pages in a folder: written once, then opened as often as needed.

    Attributes:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def is_complete(self) -> bool:
        """Whether every page was written and the split is decided."""
        return (self.folder / _INDEX).exists()

    def add(
        self,
        number: int,
        dirty: PixelArray,
        clean: PixelArray,
        trusted: NDArray[np.bool_],
        scan: PixelArray | None = None,
    ) -> None:
        """Write the pixels of a page.

        Raises:
            WriteError: The disk is full.
        """
        with write_faults_explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        layers = {"dirty": dirty, "clean": clean, "trusted": trusted} | ({} if scan is None else {"scan": scan})
        for kind, array in layers.items():
            with atomic_write(self._path(number, kind)) as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)

    def finish(self, records: Sequence[PageRecord]) -> None:
        """Write the index; from now on the store is complete."""
        with atomic_write(self.folder / _INDEX) as file:
            file.write(json.dumps([asdict(record) for record in records]).encode())

    def pages(self) -> tuple[KeptPage, ...]:
        """Open all pages, in their order.

        Raises:
            TrainingError: The store is damaged.
        """
        try:
            records = [PageRecord(**row) for row in json.loads((self.folder / _INDEX).read_bytes())]
            return tuple(self._opened(number, record) for number, record in enumerate(records))
        except (OSError, EOFError, ValueError, TypeError) as error:
            raise TrainingError(
                f"{self.folder}: the pages of this run are damaged ({error}); start the run again without --resume."
            ) from error

    def _opened(self, number: int, record: PageRecord) -> KeptPage:
        kinds = ("dirty", "clean", "trusted", *(["scan"] if record.has_scan else []))
        dirty, clean, trusted, *scan = (
            np.load(self._path(number, kind), mmap_mode="r", allow_pickle=False) for kind in kinds
        )
        if any(layer.shape != (*trusted.shape, 3) for layer in (dirty, clean, *scan)):
            raise ValueError(f"the layers of {record.name} have different sizes")
        return KeptPage(record, dirty, clean, trusted, *scan)

    def _path(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:05}-{kind}.npy"

    def clear(self) -> None:
        """Delete what is there."""
        with suppress(OSError):
            for path in self.folder.glob("*"):
                path.unlink()


def some_of(pages: Sequence[KeptPage], most: int) -> list[KeptPage]:
    """At most so many of some pages, evenly spread."""
    places = np.unique(np.linspace(0, len(pages) - 1, min(len(pages), most)).round().astype(int))
    return [pages[place] for place in places]


def held_out(sheets: Sequence[str], seed: int, known: Collection[int] = ()) -> frozenset[int]:
    """Choose pages to keep out of training: about a fifth, at least one, and no page of a sheet that is trained on.

    Sheets with more pages than that are trained on; where all have, the one with the fewest is held out.

    Args:
        sheets: What each page shows, as a digest: pages with the same digest stay together.
        seed: Determines the choice, together with the digests and not with the order of the pages.
        known: Positions of pages that the base model has learned from: they would flatter it, so others come first.

    Returns:
        Positions of the chosen pages.

    Raises:
        TrainingError: All pages show the same sheet, or there are fewer than two.
    """
    groups: dict[str, list[int]] = {}
    for number, sheet in enumerate(sheets):
        groups.setdefault(sheet, []).append(number)
    if len(groups) < 2:
        found = f"all {len(sheets)} pages show the same sheet" if len(sheets) > 1 else "there is one page only"
        raise TrainingError(
            f"Fine-tuning needs two different sheets, one to learn from and one to check with: {found}."
        )
    wanted = min(_MOST_HELD_OUT, max(1, round(_HELD_OUT_SHARE * len(sheets))))
    chosen: list[int] = []
    knows = {sheet: not set(known).isdisjoint(numbers) for sheet, numbers in groups.items()}
    in_turn = sorted(groups, key=lambda sheet: (knows[sheet], hashlib.sha256(f"{seed}/{sheet}".encode()).digest()))
    fresh = [sheet for sheet in in_turn if not knows[sheet]] or in_turn
    smallest = min(fresh, key=lambda sheet: len(groups[sheet]))
    if len(groups[smallest]) > wanted:
        chosen += groups[smallest]
    for sheet in in_turn:
        if len(chosen) + len(groups[sheet]) <= wanted:
            chosen += groups[sheet]
    return frozenset(chosen)
