"""Choosing pages of documents by number, as people write it: 1-5,9."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docclean.core.errors import UsageError
from docclean.core.page import PageSource

_RANGE = re.compile(r"(?P<page>[0-9]+)|(?P<first>[0-9]*)\s*-\s*(?P<last>[0-9]*)")
_LARGEST = 10_000_000
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class PageRanges:
    """Pages of a document.

    A run makes jobs for the chosen pages only, and `PageSource.pages` stays the number of pages in the file. In a PDF
    made from a PDF the other pages stay in the document, untouched; in every other result they are left out, because
    it is made of what was cleaned.

    Attributes:
        ranges: First and last page of each range, from 1; the last one is None up to the end. Empty for all pages.
    """

    ranges: tuple[tuple[int, int | None], ...] = ()

    def holds(self, page: int) -> bool:
        """Whether a page, counted from 0, was chosen."""
        return not self.ranges or any(
            first <= page + 1 and (last is None or page + 1 <= last) for first, last in self.ranges
        )

    def chosen(self, sources: Sequence[PageSource]) -> tuple[PageSource, ...]:
        """Those of the pages that were chosen; a file that is one image has page 1."""
        return tuple(source for source in sources if self.holds(source.page))

    def __str__(self) -> str:
        """The ranges as they could be typed."""
        return ",".join(_written(first, last) for first, last in self.ranges)


ALL_PAGES = PageRanges()
"""No page is left out."""


def parse_page_ranges(text: str) -> PageRanges:
    """Understand page numbers and ranges with commas between them.

    Args:
        text: For example "1-5,9", "7-" up to the end, "-3" from the beginning; empty for all pages.

    Raises:
        UsageError: The text is something else, or names page 0 or a range that runs backwards.
    """
    if not text.strip():
        return ALL_PAGES
    return PageRanges(tuple(_parsed(part.strip(), text) for part in text.split(",")))


def _parsed(part: str, text: str) -> tuple[int, int | None]:
    found = _RANGE.fullmatch(part)
    if found is None or part.strip("- ") == "" or len(part) > _LONGEST:
        raise UsageError(f"--pages {text}: {part!r} is no page or range; write pages like 1-5,9 or 7-.")
    first = int(found["page"] or found["first"] or 1)
    last = int(found["page"] or found["last"]) if found["page"] or found["last"] else None
    if first < 1 or max(first, last or 1) > _LARGEST:
        raise UsageError(f"--pages {text}: pages are counted from 1 to {_LARGEST}; write pages like 1-5,9 or 7-.")
    if last is not None and last < first:
        raise UsageError(f"--pages {text}: {part} runs backwards; write {last}-{first}.")
    return first, last


def _written(first: int, last: int | None) -> str:
    if last is None:
        return f"{first}-"
    return str(first) if first == last else f"{first}-{last}"
