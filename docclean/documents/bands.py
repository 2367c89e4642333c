"""Slices of rows, so that work on a whole page needs little memory beside the page."""

from collections.abc import Iterator

_BAND_PIXELS = 4_000_000


def plan_bands(height: int, width: int) -> Iterator[slice]:
    """Cover all rows from top to bottom with slices of a few million px each."""
    rows = max(1, _BAND_PIXELS // max(1, width))
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
