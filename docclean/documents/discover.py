"""Pages to clean: what is found under the files and folders that the user names."""

import functools
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from docclean.core.errors import ReadError
from docclean.core.files import explain_read_fault, is_link
from docclean.core.page import PageSource
from docclean.core.receipt import is_sidecar_name
from docclean.documents.formats import has_known_suffix
from docclean.documents.page_ranges import ALL_PAGES, PageRanges
from docclean.documents.pdf_opening import count_pdf_pages, is_pdf
from docclean.documents.tiff_pages import count_pages

_DIGITS = re.compile(r"([0-9]+)")
_MOST_NAMES = 4096
"""Folders' names are met again with every file in them."""

_HIDDEN = "is hidden."
_NOT_AN_IMAGE = "does not have the name of an image."
_SUBFOLDER = "is a folder in a folder; those are taken with --recursive."
_OUTPUT = "is the output folder."
_TWICE = "was named twice; it is taken once."
_LOOP = "is a link to a folder that was read already."


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that gives no pages, and why, as the end of a sentence that begins with the path."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found.

    Attributes:
        sources: Pages in natural order, those of a document together.
        skipped: What was left out on purpose.
        failed: What the user named, or a folder below it, that cannot be read.
    """

    sources: tuple[PageSource, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failed: tuple[Skipped, ...] = ()


@dataclass(slots=True)
class _Search:
    """What has been found so far."""

    is_recursive: bool
    excluded: frozenset[str]
    pages: PageRanges
    render_dpi: int | None
    sources: list[PageSource] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    failed: list[Skipped] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    on_found: Callable[[int], None] | None = None

    def tell(self) -> None:
        """Say how far the search has come."""
        if self.on_found is not None:
            self.on_found(len(self.sources))


def discover(
    paths: Sequence[Path],
    *,
    recursive: bool,
    exclude: Sequence[Path] = (),
    pages: PageRanges = ALL_PAGES,
    render_dpi: int | None = None,
    on_found: Callable[[int], None] | None = None,
) -> Discovery:
    """Find the pages in files and folders.

    A file that the user names is always tried, whatever its name; in a folder, hidden files and names that no image has
    are skipped, and receipts beside results are passed over in silence. A file that turns out to be damaged still gives
    one page, so that whoever reads it reports it as a page that failed. A TIFF or PDF file gives a source for each of
    its pages.

    Args:
        paths: Files and folders.
        recursive: Whether folders in folders are read too; links are followed, each folder is read once.
        exclude: Folders that are not read where they lie in a named folder, such as the output folder.
        pages: Pages of every file to take; a file that has none of them is skipped.
        render_dpi: `PageSource.render_dpi` for pages of PDF files.
        on_found: Told at every file and folder how many pages were found so far; what it raises ends the search.

    Returns:
        What was found; no path ends the search.
    """
    excluded = frozenset(os.path.realpath(folder) for folder in exclude)
    search = _Search(recursive, excluded, pages, render_dpi, on_found=on_found)
    for path in paths:
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as fault:
            search.failed.append(Skipped(path, _explained(fault)))
            continue
        if stat.S_ISDIR(mode):
            _search_folder(search, path)
        else:
            _add_file(search, path, Path(path.name))
    return Discovery(
        tuple(sorted(search.sources, key=lambda source: (natural_key(source.path), source.page))),
        tuple(search.skipped),
        tuple(search.failed),
    )


def natural_key(path: PurePath) -> tuple[tuple[tuple[str, int, str], ...], ...]:
    """Make a sort key that puts page2 before page10, and files of one folder together."""
    return tuple(map(_natural_name, path.parts))


@functools.lru_cache(maxsize=_MOST_NAMES)
def _natural_name(name: str) -> tuple[tuple[str, int, str], ...]:
    return tuple(_runs(name))


def _runs(name: str) -> Iterator[tuple[str, int, str]]:
    """Split a name into runs of text and of digits; the exact text comes last, so that no two names are equal."""
    for run in _DIGITS.split(name):
        if run.isascii() and run.isdecimal():
            digits = run.lstrip("0")
            yield "", len(digits), digits
        elif run:
            yield run.casefold(), 0, ""
    yield "", -1, name


def _search_folder(search: _Search, top: Path) -> None:
    """Read a folder and, if asked for, those in it; links come last, so that a file keeps its real place."""
    waiting, links = [top], deque[Path]()
    while waiting or links:
        if not waiting:
            link = links.popleft()
            waiting += [link] if _take_entry(search, link, top) else []
            continue
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in search.seen:
            search.skipped.append(Skipped(folder, _LOOP))
            continue
        search.seen.add(real)
        try:
            entries = sorted(folder.iterdir(), key=lambda entry: _natural_name(entry.name))
        except OSError as fault:
            search.failed.append(Skipped(folder, _explained(fault)))
            continue
        entries = [entry for entry in entries if not is_sidecar_name(entry)]  # they belong to results
        links += [entry for entry in entries if is_link(entry)]
        waiting += [entry for entry in entries if not is_link(entry) and _take_entry(search, entry, top)]


def _take_entry(search: _Search, entry: Path, top: Path) -> bool:
    """Add what lies in a folder if it is an image; whether it is a folder to be read."""
    search.tell()
    reason = ""
    is_folder, fault = _looked_at(entry)
    if _is_hidden(entry):
        reason = _HIDDEN
    elif isinstance(fault, PermissionError) and not has_known_suffix(entry):
        search.failed.append(Skipped(entry, _explained(fault)))
        return False
    elif is_folder and os.path.realpath(entry) in search.excluded:
        reason = _OUTPUT
    elif is_folder and not search.is_recursive:
        reason = _SUBFOLDER
    elif not is_folder and not has_known_suffix(entry):
        reason = _NOT_AN_IMAGE
    if reason:
        search.skipped.append(Skipped(entry, reason))
    elif not is_folder:
        _add_file(search, entry, entry.relative_to(top))
    return is_folder and not reason


def _looked_at(path: Path) -> tuple[bool, OSError | None]:
    """Tell whether a path is a folder, or why that cannot be known; a file is read later, and tells it then."""
    try:
        return stat.S_ISDIR(path.stat().st_mode), None
    except OSError as fault:
        return False, fault


def _is_hidden(path: Path) -> bool:
    """Whether the system hides a file: by a dot, which side files of macOS have too, or by the mark of Windows."""
    if path.name.startswith("."):
        return True
    try:
        attributes = getattr(path.stat(), "st_file_attributes", 0)
    except OSError:
        return False
    return bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)


def _add_file(search: _Search, path: Path, relative: Path) -> None:
    real = os.path.realpath(path)
    if real in search.seen:
        search.skipped.append(Skipped(path, _TWICE))
        return
    search.seen.add(real)
    is_a_pdf, counted = _counted(path)
    pages = counted or 1
    render_dpi = search.render_dpi if is_a_pdf else None
    sources = [
        PageSource(path=path, page=page, pages=pages, relative=relative, render_dpi=render_dpi)
        for page in range(pages)
        if counted is None or search.pages.holds(page)
    ]
    search.sources += sources
    if not sources:
        has = "1 page, which is not" if pages == 1 else f"{pages} pages, none of which is"
        search.skipped.append(Skipped(path, f"has {has} among those that were chosen ({search.pages})."))


def _counted(path: Path) -> tuple[bool, int | None]:
    """Tell whether a file is a PDF, and count its pages; None for what cannot be read, so that reading it tells why."""
    is_a_pdf = False
    try:
        if path.is_file():
            is_a_pdf = is_pdf(path)
            return is_a_pdf, count_pdf_pages(path) if is_a_pdf else count_pages(path)
    except (OSError, ReadError):
        pass
    return is_a_pdf, None


def _explained(fault: Exception) -> str:
    return explain_read_fault(fault) if isinstance(fault, OSError) else "is not a name that a file can have."
