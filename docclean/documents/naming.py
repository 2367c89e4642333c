"""Names of results, planned before anything is written. Nothing here looks at the disk."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import count
from pathlib import Path, PurePath

from docclean.core.errors import UsageError
from docclean.core.job import DOCUMENT_FORMATS, OutputFormat
from docclean.core.page import PageSource
from docclean.documents.formats import FORMAT_NAMES, KNOWN_SUFFIXES, OUTPUT_SUFFIXES

IS_AN_INPUT = "is an input, which is never changed; choose another output folder."

_LONGEST_NAME_BYTES = 255
_FEWEST_PAGE_DIGITS = 3


def plan_outputs(
    sources: Sequence[PageSource],
    destination: Path,
    *,
    format: OutputFormat,  # noqa: A002 - the word that users type
    is_folder: bool,
    joins: bool = False,
) -> list[Path]:
    """Give every page the file that its result goes to.

    In a folder each result keeps the input's relative path; the suffix changes only when the format does. Where two
    inputs would meet, in the order given the second becomes "name (2)", also if only the case differs. Pages of one
    document share a TIFF or PDF file, or get "-p001" and so on in formats that hold one page. Pages of a file that
    differ in their relative paths count as documents of their own.

    Args:
        sources: Pages, those of a document together.
        destination: A folder, or the file to write if there is just one input document.
        format: Format of the results.
        is_folder: Whether `destination` is a folder; it need not exist.
        joins: Whether several documents may go to one file.

    Returns:
        One path per source, in order. No two documents share one unless they are joined, and none is an input.

    Raises:
        UsageError: A result would replace an input, or several documents would go to one file.
    """
    documents = _documents(sources)
    if not is_folder and len(documents) > 1:
        if joins:
            return [_checked_file(destination, documents)] * len(sources)
        raise UsageError(f"{destination}: {len(documents)} inputs cannot go to one file; give a folder instead.")
    wanted = [destination if not is_folder else destination / _kept(first, format) for first in documents]
    inputs = {_key(first.path) for first in documents}
    folders = dict.fromkeys(path.parent for path in wanted)
    taken = {_key(above) for folder in folders for above in (folder, *folder.parents)}  # no result is called like one
    planned: dict[tuple[Path, Path], list[Path]] = {}
    for first, path in zip(documents, wanted, strict=True):
        pages = _pages_in_file(first, format)
        # A name that the user gave is used exactly, or not at all.
        names = _first_free(_candidates(path, pages), taken) if is_folder or pages > 1 else [path]
        if any(_key(name) in inputs for name in names):
            raise UsageError(f"{names[0]}: {IS_AN_INPUT}")
        taken.update(map(_key, names))
        planned[_document_of(first)] = names
    return [_page_of(planned[_document_of(source)], source) for source in sources]


def output_candidates(
    document: Sequence[PageSource],
    folder: Path,
    format: OutputFormat,  # noqa: A002 - the word that users type
) -> Iterator[list[Path]]:
    """Give the names that one document's results may have in a folder, the best first, without end.

    Args:
        document: Pages of one file.
        folder: The folder of the results.
        format: Format of the results.

    Yields:
        One path per page, in order.
    """
    pages = _pages_in_file(document[0], format)
    for names in _candidates(folder / _kept(document[0], format), pages):
        yield [_page_of(names, source) for source in document]


def numbered_names(path: Path) -> Iterator[Path]:
    """Give a name, then the same with "(2)", "(3)" and so on, without end."""
    return (names[0] for names in _candidates(path, 1))


def _checked_file(path: Path, documents: Sequence[PageSource]) -> Path:
    if any(_key(document.path) == _key(path) for document in documents):
        raise UsageError(f"{path}: {IS_AN_INPUT}")
    return path


def _first_free(candidates: Iterator[list[Path]], taken: AbstractSet[str]) -> list[Path]:
    return next(names for names in candidates if taken.isdisjoint(map(_key, names)))


def _documents(sources: Sequence[PageSource]) -> list[PageSource]:
    """Give one source for every document, in order."""
    return list({_document_of(source): source for source in sources}.values())


def _document_of(source: PageSource) -> tuple[Path, Path]:
    return source.path, source.relative


def _page_of(names: list[Path], source: PageSource) -> Path:
    return names[source.page] if len(names) > 1 else names[0]


def _pages_in_file(source: PageSource, output_format: OutputFormat) -> int:
    return 1 if output_format in DOCUMENT_FORMATS else source.pages


def _kept(source: PageSource, output_format: OutputFormat) -> PurePath:
    """Give the path of a result below the output folder, whatever the source's relative path may be."""
    parts = [part for part in source.relative.parts if part not in ("..", source.relative.anchor)]
    path = PurePath(*parts or [source.path.name or "page"])
    if output_format is OutputFormat.KEEP:
        return path
    suffixes = OUTPUT_SUFFIXES[FORMAT_NAMES[output_format]]
    if path.suffix.lower() in suffixes:
        return path
    stem = path.stem if path.suffix.lower() in KNOWN_SUFFIXES else path.name
    return path.parent / (stem + suffixes[0])


def _candidates(path: Path, pages: int) -> Iterator[list[Path]]:
    """Give the names for the pages of one document, then the same with "(2)", "(3)" and so on."""
    digits = max(_FEWEST_PAGE_DIGITS, len(str(pages)))
    page_marks = [""] if pages == 1 else [f"-p{page:0{digits}}" for page in range(1, pages + 1)]
    return (
        [_marked(path, f" ({number})" * (number > 1) + page_mark) for page_mark in page_marks] for number in count(1)
    )


def _marked(path: Path, mark: str) -> Path:
    """Put a mark before the suffix, and shorten the rest of the name where no disk would take it."""
    # What follows a dot in a very long name is no suffix.
    stem, suffix = (path.stem, path.suffix) if _bytes_of(path.suffix) <= _LONGEST_NAME_BYTES // 2 else (path.name, "")
    while _bytes_of(stem + mark + suffix) > _LONGEST_NAME_BYTES:
        stem = stem[:-1]
    return path.parent / (stem + mark + suffix)


def _bytes_of(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))


def _key(path: PurePath) -> str:
    """Make paths comparable as the pickiest disk compares them: case and composed letters do not count."""
    return unicodedata.normalize("NFC", os.path.abspath(path)).casefold()  # noqa: PTH100 - resolve() looks at the disk
