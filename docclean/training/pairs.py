"""Dirty pages and their clean twins: found by name, checked, and brought onto one grid. Torch-free."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docclean.core.errors import DoccleanError, TrainingError, UsageError
from docclean.core.page import PageSize, PageSource, PixelArray
from docclean.documents.formats import is_named_pdf
from docclean.documents.reader import read_page
from docclean.engine.evaluation import short_page_name
from docclean.engine.planning import page_name
from docclean.training.clean_sources import find_clean_sources
from docclean.training.page_files import hashes_of_possible_copies, stated_size
from docclean.training.pair_table import TableRow, read_table
from docclean.training.pdf_pages import read_pdf_page
from docclean.training.registration import Reason, RegistrationError, register


class Trouble(StrEnum):
    """Why a pair cannot be learned from as it is."""

    NO_PARTNER = "no-partner"
    """The other page is missing."""
    SAME_NAME = "same-name"
    """Two files of one folder have the same name but for the suffix; the first one is taken."""
    SAME_FILE = "same-file"
    """One file is on both sides, or a dirty page is in the list twice."""
    IDENTICAL = "identical"
    """The two are equal in every pixel."""
    SIZE = "size"
    """The two differ in size. A remark: registration mends it."""
    BLANK = "blank"
    """One of the two has too little print to be lined up."""
    APART = "apart"
    """The two do not show the same page."""
    UNREADABLE = "unreadable"
    """A file cannot be read."""


class PairError(TrainingError):
    """A pair cannot be learned from.

    Attributes:
        trouble: Why.
    """

    def __init__(self, trouble: Trouble, sentence: str) -> None:
        """Say what is wrong with which file, and what to do."""
        super().__init__(sentence)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class PairOfPages:
    """A pair as found by name.

    Attributes:
        name: Name for people: file name, with the page's number if there are several.
        dirty: The dirty page; None where it is missing.
        clean: Its clean twin; None where it is missing.
        trouble: What is wrong; None for a good pair.
        sentence: The same in words, with the file and the remedy; empty for a good pair.
    """

    name: str
    dirty: PageSource | None
    clean: PageSource | None
    trouble: Trouble | None = None
    sentence: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether both pages are there and nothing is known against them."""
        return self.dirty is not None and self.clean is not None and self.trouble in (None, Trouble.SIZE)


@dataclass(frozen=True, slots=True)
class AlignedPair:
    """A dirty page on the grid of its clean twin.

    Attributes:
        name: Name for people.
        dirty: (H, W, 3), uint8, RGB, paper where the page does not reach.
        clean: (H, W, 3), uint8, RGB.
        trusted: (H, W): False where the two are more than 1 px apart or differ, and where nothing of the dirty page is.
        residual_px: Median distance of the print after registration, px.
        was_moved: Whether the dirty page had to be moved; if not, its pixels are those of the file, bit for bit.
        remark: What the user should know, one sentence with the file's name; empty otherwise.
    """

    name: str
    dirty: PixelArray
    clean: PixelArray
    trusted: NDArray[np.bool_]
    residual_px: float
    was_moved: bool
    remark: str = ""


_Key = tuple[str, int]


def find_pages(folder: Path) -> tuple[PageSource, ...]:
    """Find the pages in a folder and in those in it: images, every page of TIFF and PDF files; in natural order.

    A file that cannot be read gives one page, so that whoever reads it tells why.

    Raises:
        UsageError: The folder is missing.
        TrainingError: There is no page in it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder; name one with page images or PDF files.")
    found = find_clean_sources([folder])
    torn = [each.path for each in found.failed if each.path.is_file()]
    sources = (*found.sources, *(PageSource(path=path, relative=path.relative_to(folder)) for path in torn))
    if not sources:
        raise TrainingError(f"{folder}: holds no page; name a folder with page images or PDF files.")
    return sources


def find_pairs(dirty: Path, clean: Path) -> tuple[PairOfPages, ...]:
    """Find the pages of two folders, and of the folders in them, that belong together.

    They do when path below the folder, without suffix and whatever its case, and number in the file are the same. One
    folder may lie in the other: its pages are then not taken for the outer one's.

    Returns:
        Pairs in natural order, then what has no partner, each with its trouble.

    Raises:
        UsageError: A folder is missing, or both are the same.
        TrainingError: There is no page on one side, or not one pair.
    """
    if dirty.is_dir() and clean.is_dir() and dirty.samefile(clean):
        raise UsageError(f"{dirty}: is named for dirty and for clean pages; name two folders, or tell suffixes.")
    return _paired(_by_stem(dirty, clean), _by_stem(clean, dirty), str(dirty), str(clean))


def find_pairs_by_suffix(folder: Path, dirty_suffix: str, clean_suffix: str) -> tuple[PairOfPages, ...]:
    """Find the pairs in one folder, and in those in it, whose names end differently before the dot.

    An empty suffix stands for the names that do not end like the other side's. Case does not count.

    Returns:
        As `find_pairs`. Pages whose names end like neither side's are left out.

    Raises:
        UsageError: The folder is missing, or both suffixes are the same.
        TrainingError: There is no page on one side, or not one pair.
    """
    if dirty_suffix.casefold() == clean_suffix.casefold():
        raise UsageError(f'"{dirty_suffix}": is given for dirty and for clean pages; give them different suffixes.')
    dirty, clean = _split_by_suffix(find_pages(folder), (dirty_suffix, clean_suffix))
    places = [f'{folder} among names that end with "{suffix}"' for suffix in (dirty_suffix, clean_suffix)]
    return _paired(dirty, clean, *places)


def find_pairs_in_table(table: Path) -> tuple[PairOfPages, ...]:
    """Find the pairs that a CSV file lists; files with several pages pair page by page. See `read_table`.

    Returns:
        Pairs in the table's order, with those that lack a partner.

    Raises:
        ReadError: The table cannot be read.
        TrainingError: It has no row, or not one pair.
    """
    pairs: list[PairOfPages] = []
    for row in read_table(table):
        pairs += _of_row(row, table)
    if not any(pair.dirty and pair.clean for pair in pairs):
        raise TrainingError(f"{pairs[0].sentence} No other row of {table.name} names a pair that is there.")
    return _checked(pairs)


def read_sheet(source: PageSource, dpi: float) -> PixelArray:
    """Read a page to train on, (H, W, 3), uint8, RGB; pages of two levels are 0 and 255.

    Args:
        source: An image or a page of a PDF file.
        dpi: Resolution that PDF pages are drawn at.

    Raises:
        ReadError: The page cannot be read.
    """
    if is_named_pdf(source.path):
        return read_pdf_page(source.path, source.page, dpi)
    pixels = read_page(source).pixels
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels.copy()


def read_pair(pair: PairOfPages, dpi: float) -> AlignedPair:
    """Read a pair and bring the dirty page onto the clean one's grid.

    Args:
        pair: From one of the functions that find pairs.
        dpi: Resolution that PDF pages are drawn at.

    Raises:
        PairError: A page is missing or cannot be read, both are the same, or they cannot be lined up; says why.
    """
    if not pair.is_usable or pair.dirty is None or pair.clean is None:
        raise PairError(pair.trouble or Trouble.NO_PARTNER, pair.sentence)
    try:
        return _aligned(pair.name, pair.dirty, pair.clean, dpi)
    except RegistrationError as fault:
        is_clean = fault.reason is Reason.BLANK and not fault.is_dirty_blank
        trouble = Trouble.BLANK if fault.reason is Reason.BLANK else Trouble.APART
        raise PairError(trouble, f"{page_name(pair.clean if is_clean else pair.dirty)}: {fault}") from fault
    except PairError:
        raise
    except DoccleanError as fault:
        raise PairError(Trouble.UNREADABLE, str(fault)) from fault
    except MemoryError as fault:
        sentence = f"{page_name(pair.dirty)}: does not fit into memory; scan both pages at a lower resolution."
        raise PairError(Trouble.UNREADABLE, sentence) from fault


def pixels_digest(pixels: PixelArray) -> str:
    """SHA-256 of a page's shape and pixels, hexadecimal: names it in manifests, and tells the same page twice."""
    digest = hashlib.sha256(repr((pixels.shape, pixels.dtype.str)).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


_IDENTICAL = "is equal to its clean twin in every pixel, so there is nothing to learn from; replace one of the two."


def _aligned(name: str, dirty_source: PageSource, clean_source: PageSource, dpi: float) -> AlignedPair:
    dirty, clean = read_sheet(dirty_source, dpi), read_sheet(clean_source, dpi)
    if np.array_equal(dirty, clean):
        raise PairError(Trouble.IDENTICAL, f"{page_name(dirty_source)}: {_IDENTICAL}")
    found = register(dirty, clean)
    size = PageSize(dirty.shape[0], dirty.shape[1])
    return AlignedPair(
        name=name,
        dirty=found.applied(dirty),
        clean=clean,
        trusted=found.trusted(size),
        residual_px=found.residual_px,
        was_moved=not found.is_in_place,
        remark=_size_remark(dirty_source, size, found.size),
    )


def _size_remark(dirty: PageSource, size: PageSize, wanted: PageSize) -> str:
    if size == wanted:
        return ""
    return (
        f"{page_name(dirty)}: has {size.width} x {size.height} px, its clean twin {wanted.width} x {wanted.height}; "
        "it is fitted to its twin."
    )


def _key(source: PageSource) -> _Key:
    """What names a page: its path below the folder without suffix, as disks compare names that ignore case."""
    return unicodedata.normalize("NFC", source.relative.with_suffix("").as_posix()).casefold(), source.page


def _by_stem(folder: Path, other: Path) -> list[tuple[_Key, PageSource]]:
    """Pages of a folder, without those of another one that lies in it."""
    inner = other.resolve() if other.resolve().is_relative_to(folder.resolve()) else None
    sources = find_pages(folder)
    return [(_key(s), s) for s in sources if inner is None or not s.path.resolve().is_relative_to(inner)]


def _split_by_suffix(
    sources: Iterable[PageSource], suffixes: tuple[str, str]
) -> tuple[list[tuple[_Key, PageSource]], list[tuple[_Key, PageSource]]]:
    """Pages whose names end with the one suffix and with the other; the longer one is asked first."""
    ends = [unicodedata.normalize("NFC", suffix).casefold() for suffix in suffixes]
    sides: tuple[list[tuple[_Key, PageSource]], ...] = ([], [])
    for source in sources:
        stem, page = _key(source)
        for side in sorted(range(2), key=lambda side: -len(ends[side])):
            if stem.endswith(ends[side]):
                sides[side].append(((stem.removesuffix(ends[side]), page), source))
                break
    return sides[0], sides[1]


def _paired(
    dirty: Sequence[tuple[_Key, PageSource]], clean: Sequence[tuple[_Key, PageSource]], dirty_at: str, clean_at: str
) -> tuple[PairOfPages, ...]:
    alone: list[PairOfPages] = []
    dirty_pages = _first_of_name(dirty, alone, is_clean=False)
    clean_pages = _first_of_name(clean, alone, is_clean=True)
    pairs = [
        PairOfPages(short_page_name(source), source, clean_pages[key])
        for key, source in dirty_pages.items()
        if key in clean_pages
    ]
    if not pairs:
        raise TrainingError(
            f"{dirty_at}: no page has a twin in {clean_at}; give both the same file name but for the suffix."
        )
    alone += [
        _without_partner(source, clean_at, is_clean=False)
        for key, source in dirty_pages.items()
        if key not in clean_pages
    ]
    alone += [
        _without_partner(source, dirty_at, is_clean=True)
        for key, source in clean_pages.items()
        if key not in dirty_pages
    ]
    return (*_checked(pairs), *alone)


def _first_of_name(
    pages: Sequence[tuple[_Key, PageSource]], alone: list[PairOfPages], *, is_clean: bool
) -> dict[_Key, PageSource]:
    found: dict[_Key, PageSource] = {}
    for key, source in pages:
        first = found.setdefault(key, source)
        if first is not source:
            sentence = (
                f"{page_name(source)}: has the same name as {first.path.name}, which was taken; keep one of the two."
            )
            alone.append(_single(source, Trouble.SAME_NAME, sentence, is_clean=is_clean))
    return found


def _without_partner(source: PageSource, missing_at: str, *, is_clean: bool) -> PairOfPages:
    kind = "dirty" if is_clean else "clean"
    sentence = f"{page_name(source)}: has no {kind} twin in {missing_at}; add it or remove the page."
    return _single(source, Trouble.NO_PARTNER, sentence, is_clean=is_clean)


def _single(source: PageSource, trouble: Trouble, sentence: str, *, is_clean: bool) -> PairOfPages:
    dirty, clean = (None, source) if is_clean else (source, None)
    return PairOfPages(short_page_name(source), dirty, clean, trouble, sentence)


def _of_row(row: TableRow, table: Path) -> Iterator[PairOfPages]:
    """The pairs of a row, page by page."""
    place = f"{table}, line {row.line}"
    if row.dirty is None or row.clean is None:
        kind, other = ("dirty", row.clean) if row.dirty is None else ("clean", row.dirty)
        name = other.name if other else f"line {row.line}"
        yield PairOfPages(name, None, None, Trouble.NO_PARTNER, f"{place}: names no {kind} page; add it to the row.")
        return
    sides: list[tuple[PageSource, ...]] = []
    for path in (row.dirty, row.clean):
        if not path.is_file():
            sentence = f"{place}: names {path}, which is not a file that is there; correct the row."
            yield PairOfPages(row.dirty.name, None, None, Trouble.NO_PARTNER, sentence)
            return
        sides.append(_pages_of(path))
    dirty, clean = sides
    for first, second in zip(dirty, clean, strict=False):
        yield PairOfPages(short_page_name(first), first, second)
    for source in dirty[len(clean) :]:
        yield _without_partner(source, str(row.clean), is_clean=False)
    for source in clean[len(dirty) :]:
        yield _without_partner(source, str(row.dirty), is_clean=True)


def _pages_of(path: Path) -> tuple[PageSource, ...]:
    return find_clean_sources([path]).sources or (PageSource(path=path, relative=Path(path.name)),)


def _checked(pairs: Sequence[PairOfPages]) -> tuple[PairOfPages, ...]:
    """The same pairs, with what can be told against them without decoding a page."""
    hashes = hashes_of_possible_copies(pair.dirty.path for pair in pairs if pair.dirty and pair.clean)
    checked: list[PairOfPages] = []
    seen: dict[tuple[str, int], PageSource] = {}
    for pair in pairs:
        if pair.dirty is None or pair.clean is None:
            checked.append(pair)
            continue
        content = hashes.get(pair.dirty.path, str(pair.dirty.path.resolve()))
        first = seen.setdefault((content, pair.dirty.page), pair.dirty)
        trouble, sentence = _told_against(pair.dirty, pair.clean, first)
        checked.append(replace(pair, trouble=trouble, sentence=sentence))
    return tuple(checked)


def _told_against(dirty: PageSource, clean: PageSource, first: PageSource) -> tuple[Trouble | None, str]:
    """What is wrong with a pair; `first` is the first dirty page in the list that is the same as its dirty one."""
    if dirty.path.samefile(clean.path) and dirty.page == clean.page:
        return (
            Trouble.SAME_FILE,
            f"{page_name(dirty)}: is the dirty and the clean page of a pair; give it a clean twin.",
        )
    if first is not dirty:
        other = f"{page_name(first)}, which is in the list"
        return Trouble.SAME_FILE, f"{page_name(dirty)}: is the same as {other}; remove one of the two."
    size, wanted = stated_size(dirty), stated_size(clean)
    if size is None or wanted is None or size == wanted:
        return None, ""
    return Trouble.SIZE, _size_remark(dirty, size, wanted)
