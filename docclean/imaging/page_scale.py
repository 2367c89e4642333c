"""How large a page's details are: px per mm, from its resolution or from what sheets usually measure."""

from docclean.core.page import PageSize

_MM_PER_INCH = 25.4
_SHEET_MM = 210.0
_FEWEST, _MOST = 4.0, 24.0
"""100 and 600 dpi: finer details than these need no wider look, coarser ones no narrower."""
_SCREEN_DPI = 97.0
"""72 and 96 dpi are what programs write that do not know."""


def px_per_mm(size: PageSize, resolution_dpi: tuple[float, float] | None) -> float:
    """Tell how many px a mm has.

    Args:
        size: Size of the page.
        resolution_dpi: What its file states, or None. What cannot come from a scanner is not believed.

    Returns:
        Between 4 and 24; without a resolution that of a page as wide as A4.
    """
    dpi = min(resolution_dpi) if resolution_dpi is not None else 0.0
    scale = dpi / _MM_PER_INCH if dpi >= _SCREEN_DPI else min(size) / _SHEET_MM
    return min(_MOST, max(_FEWEST, scale))
