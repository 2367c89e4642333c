import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from docclean.core.cancel import CancelledError
from docclean.core.page import PixelArray
from docclean.core.recipe import Task
from docclean.imaging.metrics import score
from docclean.training.crops import is_held_out
from docclean.training.degrade import Degraded
from docclean.training.finetune import checkup as module
from docclean.training.finetune.checkup import HIGHEST_PSNR_DB, LARGEST_SIDE, CheckupPage, check_up, checkup_pages
from docclean.training.finetune.shipped_pages import replay_fonts, shipped_fonts
from docclean.training.page_layouts import LAYOUTS, is_handwriting
from docclean.training.page_layouts import set_page as set_page_as_ever
from docclean.training.watermarks import watermarked as watermarked_as_ever


class Made:
    """The pages of the denoising check-up, made once, and the fonts that they were set with."""

    def __init__(self) -> None:
        self.fonts: set[Path] = set()

        def set_page(font: Path, *arguments: Any, hands: Sequence[Path], **options: Any) -> PixelArray:
            self.fonts.update([font, *hands])
            return set_page_as_ever(font, *arguments, hands=hands, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "set_page", set_page)
            self.pages = list(checkup_pages(Task.DENOISE))


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


@pytest.fixture
def pages(made: Made, monkeypatch: pytest.MonkeyPatch) -> Sequence[CheckupPage]:
    """Three damaged and three clean pages, which a check-up gets without making them anew."""
    some = made.pages[9:15]
    monkeypatch.setattr(module, "checkup_pages", lambda task: iter(some))
    return some


def test_pages_are_the_same_every_time(made: Made) -> None:
    for page, other in zip(made.pages[:3], checkup_pages(Task.DENOISE), strict=False):
        assert page.name == other.name
        assert np.array_equal(page.dirty, other.dirty)
        assert np.array_equal(page.clean, other.clean)


def test_every_layout_comes_twice_damaged_and_once_clean(made: Made) -> None:
    for layout in LAYOUTS:
        assert [page.is_damaged for page in made.pages if page.name.startswith(layout)] == [True, True, False]
    for page in made.pages:
        assert page.dirty.shape == page.clean.shape
        assert page.dirty.dtype == page.clean.dtype == np.uint8
        assert max(page.dirty.shape) <= LARGEST_SIDE
        assert np.array_equal(page.dirty, page.clean) != page.is_damaged


def test_pages_have_ink_on_paper(made: Made) -> None:
    for page in made.pages:
        ink = (page.clean.min(axis=2) < 190).mean()
        assert 0.015 < ink < 0.5, page.name


def test_only_fonts_are_used_that_nobody_learns_from(made: Made) -> None:
    assert made.fonts == set(shipped_fonts(held_out=True))
    assert any(is_handwriting(font) for font in made.fonts)
    assert all(is_held_out(font.name) for font in made.fonts)
    assert not {font.name for font in made.fonts} & {font.name for font in replay_fonts()}


def test_watermarks_are_held_out_too_and_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[tuple[Path, ...], bool]] = []

    def watermarked(clean: PixelArray, rng: Any, *, fonts: Sequence[Path], held_out: bool) -> Degraded:
        drawn.append((tuple(fonts), held_out))
        return watermarked_as_ever(clean, rng, fonts=fonts, held_out=held_out)

    monkeypatch.setattr(module, "watermarked", watermarked)
    pages = list(itertools.islice(checkup_pages(Task.DEWATERMARK), 2))
    assert set(drawn) == {(shipped_fonts(held_out=True), True)}
    assert all(page.is_damaged and score(page.dirty, page.clean).rmse > 0.01 for page in pages)


def test_cleaner_that_changes_nothing_scores_as_the_pages_do(pages: Sequence[CheckupPage]) -> None:
    result = check_up(lambda page: page, Task.DENOISE)
    raw = [score(page.dirty, page.clean) for page in pages]
    damaged = [each for each, page in zip(raw, pages, strict=True) if page.is_damaged]
    assert result.psnr_db == pytest.approx(np.mean([each.psnr_db for each in damaged]))
    assert result.ink_lost == pytest.approx(np.mean([each.ink_lost for each in raw]))
    assert result.clean_rmse == 0


def test_cleaner_that_erases_everything_loses_all_ink(pages: Sequence[CheckupPage]) -> None:
    result = check_up(lambda page: np.full_like(page, 255), Task.DENOISE)
    assert result.ink_lost == 1.0
    assert result.clean_rmse > 0.05


def test_cleaner_that_knows_the_truth_gets_the_highest_score(pages: Sequence[CheckupPage]) -> None:
    truth = iter([page.clean for page in pages])
    result = check_up(lambda page: next(truth), Task.DENOISE)
    assert (result.psnr_db, result.ink_lost, result.clean_rmse) == (HIGHEST_PSNR_DB, 0.0, 0.0)


def test_stop_between_pages_ends_the_check_up(pages: Sequence[CheckupPage]) -> None:
    cleaned: list[PixelArray] = []

    def between() -> None:
        if len(cleaned) == 2:
            raise CancelledError

    def clean(page: PixelArray) -> PixelArray:
        cleaned.append(page)
        return page

    with pytest.raises(CancelledError):
        check_up(clean, Task.DENOISE, between=between)
    assert len(cleaned) == 2
