"""What came of a fine-tuning run: the new model beside its parent, page by page and on the check-up. Torch-free."""

from collections.abc import Sequence
from dataclasses import dataclass

from docclean.core.page import PixelArray
from docclean.imaging.metrics import PageScores

RAW, BASE, NEW, LINEAR = "as it came", "base", "new", "linear (PCA)"
"""What is compared with the truth, by name."""

MOST_FORGOTTEN_DB = 0.3


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """A held-out page.

    Attributes:
        name: Name for people.
        scores: By `RAW`, `BASE`, `NEW` and, where one was fitted, `LINEAR`.
        pictures: The same part of the page in each state and as it should be ("truth"), (H, W, 3), uint8, RGB.
    """

    name: str
    scores: dict[str, PageScores]
    pictures: dict[str, PixelArray]


@dataclass(frozen=True, slots=True)
class Checkup:
    """What a model does to the pages that docclean brings along for checking.

    Attributes:
        psnr_db: Mean over damaged pages, dB.
        ink_lost: Mean share of the ink that goes missing on damaged and on clean pages, 0..1.
        clean_rmse: Mean error that is done to clean pages, 0..1.
    """

    psnr_db: float
    ink_lost: float
    clean_rmse: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The new model against its parent.

    Attributes:
        pages: Held-out pages.
        means: Means over them, by `RAW`, `BASE`, `NEW`, `LINEAR`.
        base: The parent's check-up.
        new: The new model's.
        is_better: Whether it beats its parent on the held-out pages.
        has_forgotten: Whether it does worse on the check-up than may be.
        sentences: The same in words, for people.
    """

    pages: tuple[JudgedPage, ...]
    means: dict[str, PageScores]
    base: Checkup
    new: Checkup
    is_better: bool
    has_forgotten: bool
    sentences: tuple[str, ...]

    @property
    def is_recommended(self) -> bool:
        """Whether the new model may be offered as the default."""
        return self.is_better and not self.has_forgotten


def judged(pages: Sequence[JudgedPage], base: Checkup, new: Checkup) -> Verdict:
    """Decide."""
    raise NotImplementedError
