"""How many pixels of a page make a millimeter."""

from typing import NamedTuple

from docclean.core.page import PageSize

_MM_PER_INCH = 25.4
_USUAL_WIDTH_MM = 210.0
_PLAUSIBLE_MM = (50.0, 1300.0)
_SCREEN_DPI = 97.0
_SHEETS_MM = (100.0, 310.0)


class Density(NamedTuple):
    """Pixels per millimeter along rows and along columns.

    Attributes:
        x: Horizontally.
        y: Vertically.
        is_stated: Whether the file says so; else it is a guess from the size.
    """

    x: float
    y: float
    is_stated: bool = True

    @property
    def mean(self) -> float:
        """One number for lengths that have no direction."""
        return (self.x + self.y) / 2.0


def density_of(size: PageSize, resolution_dpi: tuple[float, float] | None) -> Density:
    """Pixels per millimeter of a page.

    Files state resolutions wrongly. A stated one counts when it makes the shorter side of the page 50 to 1300 mm long,
    and where it is a screen's, which programs write that do not know, 100 to 310 mm. Else the shorter side is taken for
    that of A4, 210 mm.

    Args:
        size: The page, px.
        resolution_dpi: Horizontal and vertical resolution; None when the file does not say.
    """
    if resolution_dpi is not None and min(resolution_dpi) > 0:
        x, y = (dpi / _MM_PER_INCH for dpi in resolution_dpi)
        shorter = min(size.width / x, size.height / y)
        shortest, longest = _SHEETS_MM if min(resolution_dpi) < _SCREEN_DPI else _PLAUSIBLE_MM
        if shortest <= shorter <= longest:
            return Density(x, y)
    guess = max(1, min(size)) / _USUAL_WIDTH_MM
    return Density(guess, guess, is_stated=False)
