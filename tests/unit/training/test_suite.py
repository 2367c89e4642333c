import importlib.util
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DoccleanError
from docclean.core.page import Page, PixelArray
from docclean.core.progress import ProgressSink
from docclean.training.suite import (
    AS_IT_CAME,
    Section,
    SectionResult,
    SuiteRow,
    far_from,
    measure_page,
    model_cleaner,
)
from docclean.training.suite_pages import SuitePair
from tests.helpers.corpus import page_pixels

needs_rapidfuzz = pytest.mark.skipif(
    importlib.util.find_spec("rapidfuzz") is None, reason="the libraries of the extra ocr are not installed"
)


def pair_of(number: int, kinds: tuple[str, ...] = ()) -> SuitePair:
    clean = page_pixels(40, 50, seed=number)
    return SuitePair(f"p{number}", np.asarray(clean * 0.8, np.uint8), clean, kinds)


def brighter(pixels: PixelArray) -> PixelArray:
    return np.asarray(np.minimum(pixels * 1.25, 255), np.uint8)


def black(pixels: PixelArray) -> PixelArray:
    return np.zeros_like(pixels)


def failing(pixels: PixelArray) -> PixelArray:
    raise DoccleanError("it broke.")


def section_of(
    cleaners: Mapping[str, Callable[[PixelArray], PixelArray]],
    *,
    ours: tuple[str, ...] = (),
    pair: Callable[[int], SuitePair] = pair_of,
    count: int = 3,
) -> Section:
    return Section("denoise", "Pages", count, pair, cleaners, ours)


def measured(section: Section, read_text: Callable[[PixelArray], str] | None = None) -> SectionResult:
    cancel = CancelToken()
    rows = [measure_page(section, number, read_text=read_text, cancel=cancel) for number in range(section.count)]
    return SectionResult(section, rows)


def test_page_is_measured_as_it_came_and_in_every_way() -> None:
    row = measure_page(section_of({"a": brighter, "b": black}), 1, read_text=None, cancel=CancelToken())
    assert (row.number, row.name, row.errors) == (1, "p1", ())
    assert list(row.outcomes) == [AS_IT_CAME, "a", "b"]
    errors = {name: outcome.scores.rmse for name, outcome in row.outcomes.items()}
    assert errors["a"] < errors[AS_IT_CAME] < errors["b"]
    assert row.outcomes["a"].far is None


def test_way_that_fails_leaves_the_others() -> None:
    row = measure_page(section_of({"a": failing, "b": black}), 0, read_text=None, cancel=CancelToken())
    assert list(row.outcomes) == [AS_IT_CAME, "b"]
    assert row.errors == ("p0: it broke.",)


def test_page_that_cannot_be_had_is_a_row_with_its_error() -> None:
    def pair(number: int) -> SuitePair:
        raise DoccleanError("a.png: is damaged.")

    row = measure_page(section_of({"a": black}, pair=pair), 0, read_text=None, cancel=CancelToken())
    assert (row.outcomes, row.errors) == ({}, ("a.png: is damaged.",))


def test_page_after_cancelling_is_not_measured() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        measure_page(section_of({}), 0, read_text=None, cancel=cancel)


def test_change_far_from_a_watermark_is_counted() -> None:
    opacity = np.zeros((40, 50), np.uint8)
    opacity[20, 10] = 1

    def pair(number: int) -> SuitePair:
        white = np.full((40, 50, 3), 255, np.uint8)
        return SuitePair("p", white, white, (), opacity)

    def touch(pixels: PixelArray) -> PixelArray:
        result = pixels.copy()
        result[20, 18] = result[20, 19] = 0  # 8 px and 9 px away
        return result

    outcome = measured(section_of({"a": touch}, pair=pair, count=1)).rows[0].outcomes["a"]
    assert outcome.changed_far == 1
    assert outcome.far == 40 * 50 - 17 * 17


def test_far_from_nothing_is_the_whole_page() -> None:
    assert far_from(np.zeros((5, 6), np.uint8)).all()


@needs_rapidfuzz
def test_text_of_twelve_pages_at_most_is_read() -> None:
    read: list[int] = []

    def read_text(pixels: PixelArray) -> str:
        read.append(int(pixels.mean()))
        return "word " * 20

    result = measured(section_of({"a": brighter}, count=25), read_text)
    rates = [row.outcomes["a"].scores.character_errors for row in result.rows]
    assert [number for number, rate in enumerate(rates) if rate == 0.0] == list(range(0, 25, 3))
    assert rates.count(None) == 16
    assert len(read) == 9 * 3


@needs_rapidfuzz
@pytest.mark.parametrize(("letters", "rate"), [(49, None), (50, 0.0)])
def test_page_with_hardly_any_text_has_no_character_errors(letters: int, rate: float | None) -> None:
    result = measured(section_of({"a": brighter}, count=1), lambda pixels: "x " * letters)
    assert result.rows[0].outcomes["a"].scores.character_errors == rate


def test_means_are_over_pages_of_a_kind() -> None:
    section = section_of({"a": brighter}, pair=lambda i: pair_of(i, ("spill",) if i else ()))
    result = measured(section)
    spilled = [row.outcomes["a"].scores.rmse for row in result.rows[1:]]
    mean = result.mean("a", "spill")
    assert mean is not None
    assert mean.scores.rmse == pytest.approx(sum(spilled) / 2)
    assert result.mean("a", "fold") is None
    assert result.mean("nothing") is None


def test_best_baseline_is_never_one_of_ours() -> None:
    result = measured(section_of({"ours": brighter, "b": black, "c": lambda p: p}, ours=("ours",)))
    assert result.best_baseline == "c"
    assert SectionResult(section_of({"ours": brighter}, ours=("ours",)), [SuiteRow(0, "p")]).best_baseline == ""


@pytest.mark.parametrize("channels", [1, 3])
def test_model_cleaner_hands_bare_pixels_to_a_pipeline(channels: int) -> None:
    token = CancelToken()

    def pipeline(page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        assert cancel is token
        assert page.is_untouched
        return page

    pixels = np.zeros((4, 5, channels), np.uint8)
    assert model_cleaner(pipeline, token)(pixels) is pixels
