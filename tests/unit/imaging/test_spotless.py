"""Drawn pages are told from scanned ones; whatever soils a drawn page makes it one to clean."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.page import PixelArray
from docclean.imaging import spotless
from docclean.imaging.spotless import is_spotless

WHITE, CREAM = (255, 255, 255), (250, 244, 220)


def drawn(paper: tuple[int, int, int] = WHITE, height: int = 900, width: int = 700) -> PixelArray:
    """Lines of smooth print with dots and a rule, as a program draws it."""
    page = np.full((height, width, 3), paper, np.uint8)
    for line in range(60, height - 60, 32):
        cv2.putText(
            page, "It is 3.14 mm; not 314.", (60, line), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 1, cv2.LINE_AA
        )
    cv2.line(page, (60, 40), (width - 60, 40), (120, 120, 120), 1, cv2.LINE_AA)
    return page


def with_specks(page: PixelArray, count: int) -> PixelArray:
    rng = np.random.default_rng(3)
    soiled = page.copy()
    for y, x in zip(
        rng.integers(4, page.shape[0] - 4, count), rng.integers(420, page.shape[1] - 4, count), strict=True
    ):
        soiled[y : y + 2, x : x + 2] = 40
    return soiled


def test_drawn_page_is_spotless() -> None:
    assert is_spotless(drawn())


def test_gray_page_is_judged_like_a_colored_one() -> None:
    assert is_spotless(np.ascontiguousarray(drawn()[:, :, :1]))


def test_drawn_paper_may_have_any_color() -> None:
    assert is_spotless(drawn(CREAM))


def test_tint_and_picture_belong_to_a_drawn_page() -> None:
    page = drawn()
    page[300:500, 380:660] = (235, 240, 250)
    shades = np.linspace(20, 200, 280).astype(np.uint8)
    page[550:800, 380:660] = shades[None, :, None]
    assert is_spotless(page)


def test_printers_screen_is_no_dirt() -> None:
    page = drawn()
    for y in range(560, 860, 16):
        for x in range(400, 680, 16):
            cv2.circle(page, (x, y), 1, (0, 0, 0), -1)
    assert is_spotless(page)


def test_specks_are_dirt() -> None:
    assert not is_spotless(with_specks(drawn(), 30))


@settings(max_examples=20)
@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_grain_of_a_sensor_is_dirt(sigma: int, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, sigma, (900, 700, 1))
    assert not is_spotless(np.clip(drawn() + noise, 0, 255).astype(np.uint8))


def test_light_unevenly_spread_is_dirt() -> None:
    light = np.linspace(0.9, 1.0, 700)[None, :, None]
    assert not is_spotless((drawn() * light).astype(np.uint8))


@pytest.mark.parametrize("quality", [40, 75, 90])
def test_jpeg_leaves_traces_on_white_paper(quality: int) -> None:
    data = cv2.imencode(".jpg", drawn(), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    assert not is_spotless(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))


def test_scan_whose_paper_was_clipped_to_white_is_no_drawing() -> None:
    soft = cv2.GaussianBlur(drawn(), (0, 0), 1.6)
    noise = np.random.default_rng(5).normal(0, 4, soft.shape)
    clipped = np.clip((soft + noise) * 255 / 235, 0, 255).astype(np.uint8)
    assert np.mean(clipped == 255) > 0.5
    assert not is_spotless(clipped)


def test_pale_stain_is_dirt() -> None:
    page = drawn()
    stain = np.zeros(page.shape[:2], np.float32)
    cv2.circle(stain, (540, 500), 60, 20.0, -1)
    assert not is_spotless((page - cv2.GaussianBlur(stain, (0, 0), 9)[:, :, None]).clip(0).astype(np.uint8))


def test_two_levels_tell_nothing() -> None:
    page = np.where(drawn() < 128, 0, 255).astype(np.uint8)
    assert not is_spotless(page)


def test_blank_page_and_single_pixel() -> None:
    assert not is_spotless(np.full((40, 30, 1), 255, np.uint8))
    assert not is_spotless(np.zeros((1, 1, 3), np.uint8))


def test_bands_of_a_large_sheet_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spotless, "_BAND_PIXELS", 250 * 700)
    monkeypatch.setattr(spotless, "_BAND_RIM", 60)
    assert is_spotless(drawn())
    assert not is_spotless(with_specks(drawn(), 30))
