"""How the pages of two files differ, sample by sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docclean.core.page import Page, PageSource
from docclean.documents.discover import discover
from docclean.documents.reader import read_page

_ROWS = 256


@dataclass(frozen=True, slots=True)
class PageDifference:
    """How a page of one file differs from that of another.

    Attributes:
        page: Its number, from 1.
        pixels: Number of its pixels, px; those of the larger page where the sizes differ.
        differing: Pixels that are not the same in every channel, px; all where sizes differ or a page is missing.
        largest: Largest difference of a sample, in its own unit, of 255 or 65535.
        of: That unit's largest value.
    """

    page: int
    pixels: int
    differing: int
    largest: int
    of: int = 255


def compare_pages(one: Path, other: Path) -> Iterator[PageDifference]:
    """Compare two files page by page; two pages at a time are in memory.

    Raises:
        ReadError: A page cannot be read.
    """
    pages = (discover([path], recursive=False).sources for path in (one, other))
    for number, sources in enumerate(zip_longest(*pages)):
        yield _difference(number + 1, *(None if source is None else read_page(_alone(source)) for source in sources))


def _alone(source: PageSource) -> PageSource:
    return source.model_copy(update={"relative": Path(source.path.name)})


def _difference(number: int, one: Page | None, other: Page | None) -> PageDifference:
    if one is None or other is None or one.size != other.size:
        pixels = max(page.size.height * page.size.width for page in (one, other) if page is not None)
        return PageDifference(number, pixels, pixels, 255)
    kind = np.uint16 if all(page.stored.data.dtype == np.uint16 for page in (one, other)) else np.uint8
    differing = largest = 0
    for top in range(0, one.size.height, _ROWS):
        rows = slice(top, top + _ROWS)
        apart = [_apart(_colors(one, kind)[rows], _colors(other, kind)[rows])]
        if not (one.stored.alpha is None and other.stored.alpha is None):
            apart.append(_apart(_alpha(one)[rows], _alpha(other)[rows]))
        differing += int(np.count_nonzero(np.dstack(apart).any(axis=2)))
        largest = max(largest, *(int(each.max(initial=0)) for each in apart))
    return PageDifference(number, one.size.height * one.size.width, differing, largest, int(np.iinfo(kind).max))


def _apart(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Distances of unsigned samples, (H, W, C); a gray page is compared with every channel of one in color."""
    apart: NDArray[Any] = np.maximum(one, other) - np.minimum(one, other)
    return apart


def _colors(page: Page, kind: type[np.unsignedinteger[Any]]) -> NDArray[Any]:
    samples = page.stored.data if kind is np.uint16 else page.pixels
    return samples.reshape(*page.size, -1)


def _alpha(page: Page) -> NDArray[Any]:
    """Opacity, (H, W, 1); a page without it is opaque."""
    alpha = page.stored.alpha
    if alpha is None:
        return np.full((*page.size, 1), 255, np.uint8)
    return np.asarray(alpha >> 8 if alpha.dtype == np.uint16 else alpha)[:, :, np.newaxis]
