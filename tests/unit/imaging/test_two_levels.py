"""Two levels: strokes keep their width, pale print its place, pictures their tone."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.page import PageRegion, PageSize
from docclean.imaging.page_scale import px_per_mm
from docclean.imaging.pictures import find_pictures
from docclean.imaging.two_levels import cut_changes, two_levels
from tests.helpers.printed import DPI, HEIGHT, SCALE, WIDTH, page_with, photo, printed_page, printed_truth

REGIONS = st.builds(
    PageRegion, st.integers(-30, HEIGHT), st.integers(-30, WIDTH), st.integers(1, HEIGHT), st.integers(1, WIDTH)
)


def f1(ink: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (ink & truth).sum() / (ink.sum() + truth.sum()))


@pytest.mark.parametrize(("levels", "least"), [((0, 255), 0.97), ((90, 255), 0.97), ((150, 250), 0.96)])
def test_print_comes_back_however_pale_it_is(levels: tuple[int, int], least: float) -> None:
    ink = two_levels(printed_page(levels), SCALE)[:, :, 0] == 0
    assert f1(ink, printed_truth()) > least
    assert abs(ink.sum() / printed_truth().sum() - 1.0) < 0.06


def test_pale_and_dark_print_side_by_side_are_both_kept() -> None:
    page = printed_page().copy()
    page[:, WIDTH // 4 :] = printed_page((160, 255))[:, WIDTH // 4 :]
    ink = two_levels(page, SCALE)[:, :, 0] == 0
    assert f1(ink, printed_truth()) > 0.96
    assert f1(page[:, :, 0] < 128, printed_truth()) < 0.7  # what one threshold for all of it leaves


def test_faint_dirt_that_touches_nothing_is_paper() -> None:
    page = printed_page().copy()
    spots = np.random.default_rng(0).random((HEIGHT, WIDTH)) < 0.01
    spots &= cv2.erode(page[:, :, 0], np.ones((9, 9), np.uint8)) == 255
    page[spots] = 225
    assert (two_levels(page, SCALE)[spots] == 255).all()


def test_large_black_is_black_and_white_letters_in_it_stay() -> None:
    page = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    page[100:300, 50:600] = 20
    page[180:186, 200:400] = 240
    levels = two_levels(page, SCALE)[:, :, 0]
    assert (levels[110:170, 60:590] == 0).all()
    assert (levels[181:185, 202:398] == 255).all()


def test_picture_keeps_its_tone() -> None:
    page = page_with("gray photo")
    inner = slice(335, 485), slice(65, 295)
    levels = two_levels(page, SCALE)[:, :, 0][inner]
    wanted = cv2.blur(page[:, :, 0][inner].astype(np.float32), (25, 25))
    got = cv2.blur(levels.astype(np.float32), (25, 25))
    assert np.abs(wanted - got)[15:-15, 15:-15].max() < 16
    assert not find_pictures(printed_page()[:, :, 0].copy(), SCALE)


@settings(max_examples=25)
@given(REGIONS, st.sampled_from(["nothing", "pencil", "stamp"]))
def test_region_is_that_of_the_whole_page(region: PageRegion, addition: str) -> None:
    page = page_with(addition)
    seen = region.within(PageSize(HEIGHT, WIDTH))
    whole, part = two_levels(page, SCALE), two_levels(page, SCALE, region)
    assert part.shape == (seen.height, seen.width, 3)
    np.testing.assert_array_equal(part, whole[seen.slices])


def test_bands_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_with("pencil")
    whole = two_levels(page, SCALE)
    monkeypatch.setattr("docclean.imaging.two_levels._ROWS", 64)
    np.testing.assert_array_equal(two_levels(page, SCALE), whole)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 3), st.integers(0, 3))
def test_pages_of_any_size_give_two_levels(height: int, width: int, channels: int, seed: int) -> None:
    channels = 3 if channels == 2 else channels
    page = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    levels = two_levels(page, SCALE)
    assert levels.shape == page.shape
    assert set(np.unique(levels)) <= {0, 255}


@pytest.mark.parametrize(
    ("size", "resolution", "wanted"),
    [
        (PageSize(2339, 1654), (DPI, DPI), SCALE),
        (PageSize(2339, 1654), None, 1654 / 210),
        (PageSize(2339, 1654), (72.0, 72.0), 1654 / 210),
        (PageSize(100, 100), None, 4.0),
        (PageSize(28087, 19866), (1200.0, 1200.0), 24.0),
    ],
)
def test_scale_is_that_of_the_file_unless_no_scanner_states_it(
    size: PageSize, resolution: tuple[float, float] | None, wanted: float
) -> None:
    assert px_per_mm(size, resolution) == pytest.approx(wanted)


def test_photo_alone_on_a_page_is_found() -> None:
    page = np.full((400, 400, 1), 255, np.uint8)
    page[100:260, 80:320] = photo()[:, :, :1]
    found = find_pictures(page[:, :, 0], SCALE)
    inside = found.within(PageRegion(100, 80, 160, 240))
    assert inside.mean() > 0.95
    assert not found.within(PageRegion(0, 0, 60, 400)).any()


CERTAIN = 96


@pytest.mark.parametrize("kind", ["print", "pale print", "picture"])
def test_sheet_that_is_cut_in_its_own_memory_has_the_levels_of_the_page(kind: str) -> None:
    page = {"print": printed_page(), "pale print": printed_page((150, 250)), "picture": photo()}[kind][:, :, :1].copy()
    page = np.ascontiguousarray(np.concatenate((page, page[::-1])))
    before = np.where(np.random.default_rng(0).random(page.shape) < 0.5, 0, 255).astype(np.uint8)
    is_sure = np.abs(page.astype(int) - before) >= CERTAIN
    expected = np.where(is_sure, two_levels(page, SCALE), before)
    cut_changes(page, before, SCALE, CERTAIN)
    assert set(np.unique(page)) <= {0, 255}
    assert (page != expected).mean() < 1e-4  # at the rims of squares faint strokes are followed for 12 mm


def test_sheet_on_which_nothing_is_certain_stays_what_it_was() -> None:
    before = np.where(printed_truth(), 0, 255).astype(np.uint8)[:, :, None]
    page = np.clip(before.astype(int) + np.where(before > 0, -CERTAIN + 1, CERTAIN - 1), 0, 255).astype(np.uint8)
    cut_changes(page, before, SCALE, CERTAIN)
    np.testing.assert_array_equal(page, before)
