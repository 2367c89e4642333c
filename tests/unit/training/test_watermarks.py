import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.training.watermarks import Watermark, apply_watermark, draw_watermark, watermarked
from tests.helpers.corpus import page_pixels

PARTS = (False, True)


@settings(max_examples=25, deadline=None)
@given(height=st.integers(8, 90), width=st.integers(8, 90), seed=st.integers(0, 2**32), held_out=st.booleans())
def test_pair_of_any_size_has_its_layers(height: int, width: int, seed: int, held_out: bool) -> None:
    page = page_pixels(height, width, seed=seed)
    before = page.copy()
    pair, again = (watermarked(page, np.random.default_rng(seed), fonts=(), held_out=held_out) for _ in range(2))
    assert pair.dirty.shape == pair.clean.shape == page.shape
    assert pair.mark_opacity is not None
    assert pair.mark_color is not None
    assert pair.mark_opacity.shape == page.shape[:2]
    assert pair.mark_color.shape == page.shape
    assert pair.dirty.dtype == pair.clean.dtype == pair.mark_opacity.dtype == np.uint8
    assert np.array_equal(pair.dirty, again.dirty)
    assert np.array_equal(page, before)


def test_pages_are_equal_farther_than_eight_pixels_from_the_mark() -> None:
    changed = 0
    for seed in range(40):
        pair = watermarked(page_pixels(128, 128, seed=seed), np.random.default_rng(seed), fonts=(), held_out=False)
        assert pair.mark_opacity is not None
        near = cv2.dilate((pair.mark_opacity > 0).astype(np.uint8), np.ones((19, 19), np.uint8)) > 0
        different = (pair.dirty != pair.clean).any(axis=2)
        assert not (different & ~near).any()
        changed += bool(different.any())
    assert changed > 30


def test_digital_mark_is_the_blend_of_its_layers() -> None:
    found = 0
    for seed in range(200):
        page = np.full((96, 96, 3), 255, np.uint8)
        pair = watermarked(page, np.random.default_rng(seed), fonts=(), held_out=False)
        if "digital" not in pair.kinds or not np.array_equal(pair.clean, page):
            continue
        assert pair.mark_opacity is not None
        assert pair.mark_color is not None
        opacity = pair.mark_opacity[:, :, None] / 255.0
        blend = page * (1.0 - opacity) + pair.mark_color * opacity
        if np.abs(blend - pair.dirty).max() <= 2:
            found += 1
    assert found > 20  # the others were compressed


@pytest.mark.parametrize("is_under", [False, True])
def test_mark_under_the_print_leaves_black_ink_black(is_under: bool) -> None:
    page = np.zeros((4, 4, 3), np.float32)
    mark = Watermark(np.full((4, 4), 0.5, np.float32), (1.0, 0.5, 0.0), is_under)
    result = apply_watermark(page, mark)
    assert bool((result == 0.0).all()) == is_under


def test_marks_differ_between_the_parts_of_the_split_in_hue() -> None:
    hues: dict[bool, list[float]] = {False: [], True: []}
    for held_out in PARTS:
        for seed in range(150):
            mark, _ = draw_watermark((32, 32), np.random.default_rng(seed), fonts=(), held_out=held_out)
            if max(mark.color) - min(mark.color) > 0.02:
                pixel = np.array([[mark.color]], np.float32)
                hues[held_out].append(float(cv2.cvtColor(pixel, cv2.COLOR_RGB2HSV)[0, 0, 0]) / 360.0)
    kept = [any(low - 0.01 <= hue <= high + 0.01 for low, high in ((0.20, 0.26), (0.78, 0.84))) for hue in hues[True]]
    seen = [any(low + 0.01 < hue < high - 0.01 for low, high in ((0.20, 0.26), (0.78, 0.84))) for hue in hues[False]]
    assert len(kept) > 40
    assert all(kept)
    assert not any(seen)


def test_opacity_spans_what_users_meet_and_every_kind_comes_up() -> None:
    drawn = [draw_watermark((64, 64), np.random.default_rng(s), fonts=(), held_out=False) for s in range(300)]
    assert {kind for _, kind in drawn} == {"text", "logo", "seal", "pattern"}
    highest = [float(mark.opacity.max()) for mark, _ in drawn if mark.opacity.any()]
    assert min(highest) < 0.1
    assert 0.75 < max(highest) <= 0.9


@pytest.mark.parametrize("shape", [(128, 1400), (1400, 128), (600, 640), (512, 512), (30, 40)])
def test_page_of_any_shape_gets_a_mark_of_its_size(shape: tuple[int, int]) -> None:
    for seed in range(6):
        pair = watermarked(page_pixels(*shape, seed=seed), np.random.default_rng(seed), fonts=(), held_out=True)
        assert pair.mark_opacity is not None
        assert pair.mark_opacity.shape == pair.dirty.shape[:2] == shape


def test_part_of_a_sheet_shows_a_part_of_a_mark() -> None:
    page = np.full((700, 700, 3), 255, np.uint8)

    def cut_off(beyond: float) -> int:
        count = 0
        for seed in range(24):
            mark = watermarked(page, np.random.default_rng(seed), fonts=(), held_out=False, beyond=beyond).mark_opacity
            assert mark is not None
            count += bool(mark[0].any() or mark[-1].any() or mark[:, 0].any() or mark[:, -1].any())
        return count

    assert cut_off(1.0) > cut_off(0.0) + 3
