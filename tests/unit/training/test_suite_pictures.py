from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.errors import DoccleanError
from docclean.core.page import PixelArray
from docclean.training.suite import Section, SectionResult, measure_page
from docclean.training.suite_pages import SuitePair
from docclean.training.suite_pictures import write_pictures


def flat(level: int, side: int = 700) -> PixelArray:
    return np.full((side, side, 3), level, np.uint8)


def pair(number: int) -> SuitePair:
    return SuitePair(f"p{number}", flat(100 + number), flat(250))


def grey_baseline(pixels: PixelArray) -> PixelArray:
    return np.full((*pixels.shape[:2], 1), 180, np.uint8)


def ours(pixels: PixelArray) -> PixelArray:
    """Nearly clean but for a corner, the worse the brighter the dirty page is."""
    result = flat(250)
    result[600:, 600:] = 350 - int(pixels[0, 0, 0])
    return result


def measured(section: Section) -> SectionResult:
    cancel = CancelToken()
    return SectionResult(
        section, [measure_page(section, n, read_text=None, cancel=cancel) for n in range(section.count)]
    )


def pixels_of(path: Path) -> PixelArray:
    with Image.open(path) as picture:
        return np.array(picture, np.uint8)


@pytest.fixture
def result() -> SectionResult:
    return measured(Section("denoise", "Pages", 9, pair, {"grey": grey_baseline, "net": ours}, ("net",)))


def test_pictures_go_from_the_best_page_to_the_worst(result: SectionResult, tmp_path: Path) -> None:
    names = write_pictures(result, tmp_path)
    assert names == tuple(f"denoise-{rank}.png" for rank in range(1, 7))
    first, last = (pixels_of(tmp_path / name) for name in (names[0], names[-1]))
    assert (first[0, 0, 0], last[0, 0, 0]) == (100, 108)


def test_picture_shows_the_worst_part_before_and_after_and_as_it_should_be(
    result: SectionResult, tmp_path: Path
) -> None:
    picture = pixels_of(tmp_path / write_pictures(result, tmp_path)[-1])
    assert picture.shape == (480, 4 * 480 + 3 * 6, 3)
    dirty, baseline, cleaned, clean = (picture[:, left : left + 480] for left in range(0, 4 * 486, 486))
    assert np.unique(dirty).tolist() == [108]
    assert np.unique(baseline).tolist() == [180]
    assert np.unique(cleaned).tolist() == [242, 250]
    assert np.unique(clean).tolist() == [250]


def test_pictures_without_a_model_are_none(tmp_path: Path) -> None:
    assert write_pictures(measured(Section("denoise", "Pages", 1, pair, {"grey": grey_baseline}, ())), tmp_path) == ()
    assert not list(tmp_path.iterdir())


def test_picture_of_small_page_is_the_whole_page(tmp_path: Path) -> None:
    def small(number: int) -> SuitePair:
        return SuitePair("p", flat(100, 40), flat(250, 40))

    names = write_pictures(measured(Section("x", "Pages", 1, small, {"net": lambda p: p}, ("net",))), tmp_path)
    with Image.open(tmp_path / names[0]) as picture:
        assert picture.size == (3 * 40 + 2 * 6, 40)


def test_way_that_fails_the_second_time_gives_no_picture(result: SectionResult, tmp_path: Path) -> None:
    def fail(pixels: PixelArray) -> PixelArray:
        raise DoccleanError("not again")

    section = Section("denoise", "Pages", 9, pair, {"grey": fail, "net": ours}, ("net",))
    assert write_pictures(SectionResult(section, result.rows), tmp_path) == ()
