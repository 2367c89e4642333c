import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.training import capture
from docclean.training.capture import Effect
from docclean.training.degrade import Degraded, captured, degrade
from tests.helpers.corpus import page_pixels

SEEDS = range(100)
EXTREMES = {"white": 255, "black": 0}


def damaged(page: NDArray[np.uint8], seed: int) -> Degraded:
    backside = page_pixels(*page.shape[:2], seed=seed + 1)
    return degrade(page, np.random.default_rng(seed), backside=backside)


def is_gray(page: NDArray[np.uint8]) -> bool:
    return bool((page == page[:, :, :1]).all())


def is_two_level(page: NDArray[np.uint8]) -> bool:
    return bool(np.isin(page, (0, 255)).all())


def gray_of(page: NDArray[np.uint8]) -> NDArray[np.float64]:
    gray: NDArray[np.float64] = page @ np.array([0.299, 0.587, 0.114])
    return gray


@settings(max_examples=40)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    seed=st.integers(0, 2**32),
    has_backside=st.booleans(),
)
def test_pair_of_any_size_has_the_shape_and_type_of_the_page(
    height: int, width: int, seed: int, has_backside: bool
) -> None:
    page = page_pixels(height, width, seed=seed)
    before = page.copy()
    backside = page_pixels(height, width, seed=seed + 1) if has_backside else None
    pair, again = (degrade(page, np.random.default_rng(seed), backside=backside) for _ in range(2))
    for pixels in (pair.dirty, pair.clean):
        assert pixels.shape == (height, width, 3)
        assert pixels.dtype == np.uint8
    assert np.array_equal(pair.dirty, again.dirty)
    assert np.array_equal(pair.clean, again.clean)
    assert np.array_equal(page, before)


def test_truth_is_the_page_or_its_gray_or_a_fax() -> None:
    page = page_pixels(48, 56)
    kinds = {"same": 0, "gray": 0, "fax": 0}
    for seed in SEEDS:
        truth = damaged(page, seed).clean
        if np.array_equal(truth, page):
            kinds["same"] += 1
        elif is_two_level(truth):
            kinds["fax"] += 1
        else:
            assert is_gray(truth)
            assert np.abs(truth[:, :, 0] - gray_of(page)).max() <= 1
            kinds["gray"] += 1
    assert min(kinds.values()) > 0
    assert kinds["fax"] < kinds["gray"] < kinds["same"]


def test_gray_truth_has_a_gray_twin_and_a_fax_a_fax() -> None:
    for seed in SEEDS:
        pair = damaged(page_pixels(33, 47, seed=seed, is_colored=seed % 2 == 0), seed)
        assert is_gray(pair.dirty) or not is_gray(pair.clean)
        assert is_two_level(pair.dirty) or not is_two_level(pair.clean)


def test_ink_stays_in_the_truth() -> None:
    page = page_pixels(48, 56)
    ink = gray_of(page) < 0.4 * 255
    assert 0.05 < ink.mean() < 0.95
    for seed in SEEDS:
        truth = gray_of(damaged(page, seed).clean)
        assert truth[ink].max() < 0.4 * 255
        assert truth[~ink].min() > 0.75 * 255


def test_dirty_page_differs_from_its_truth() -> None:
    pairs = [damaged(page_pixels(48, 56, seed=seed), seed) for seed in SEEDS]
    changed = [not np.array_equal(p.dirty, p.clean) for p in pairs]
    assert np.mean(changed) > 0.95  # a fax without toner specks may be the same
    errors = [float(np.abs(p.dirty.astype(int) - p.clean).mean()) for p in pairs]
    assert np.median(errors) > 5
    assert len({p.dirty.tobytes() for p in pairs}) == len(pairs)


def test_dirty_page_still_shows_the_ink() -> None:
    page = page_pixels(48, 56)
    ink = gray_of(page) < 0.4 * 255
    contrasts = [float(g[~ink].mean() - g[ink].mean()) for g in (gray_of(damaged(page, s).dirty) for s in SEEDS)]
    assert min(contrasts) > 5
    assert np.median(contrasts) > 60


@pytest.mark.parametrize("value", EXTREMES.values(), ids=EXTREMES.keys())
def test_blank_page_keeps_its_truth(value: int) -> None:
    page = np.full((40, 56, 3), value, np.uint8)
    for seed in SEEDS:
        pair = degrade(page, np.random.default_rng(seed), backside=255 - page)
        assert np.array_equal(pair.clean, page)
        assert pair.dirty.dtype == np.uint8


@pytest.mark.parametrize("effect", [effect for _, effect, _ in capture.EFFECTS])
def test_capture_effect_keeps_any_shape(effect: Effect) -> None:
    shapes = [(1, 1), (1, 9), (9, 1), (33, 47), (64, 31), (37, 64)]
    for shape, seed, is_black in itertools.product(shapes, range(8), (False, True)):
        page = page_pixels(*shape, seed=seed) * np.uint8(not is_black)
        x = page.astype(np.float32) / 255.0
        kept = x.copy()
        result = effect(x, np.random.default_rng(seed))
        assert result.shape == x.shape
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
        assert np.array_equal(x, kept)


@pytest.mark.parametrize("effect", [effect for _, effect, _ in capture.EFFECTS])
def test_capture_effect_changes_the_page(effect: Effect) -> None:
    x = page_pixels(48, 56).astype(np.float32) / 255.0
    results = [effect(x, np.random.default_rng(seed)) for seed in range(16)]
    assert len({result.tobytes() for result in results} - {x.tobytes()}) >= 12  # there may be no speck in so few pixels


def test_every_kind_of_damage_comes_up_and_is_named() -> None:
    kinds = {kind for seed in range(300) for kind in damaged(page_pixels(48, 56), seed).kinds}
    assert kinds == {
        "fax", "copied print", "broken ink", "faded ink", "rough ink", "bleed-through", "paper", "folds", "crumple",
        "spill", "ring", "foxing", "finger marks", "uneven light", "shadow", "copier border", "punch hole", "specks",
        "dirt", "streaks", "rollers", "blur", "resampling", "sensor noise", "low contrast", "jpeg",
    }  # fmt: skip


def test_stained_sheet_has_more_stains_and_browner_ones() -> None:
    page = np.full((64, 64, 3), 255, np.uint8)
    page[:4, :4] = (200, 30, 30)  # a page without color is scanned without
    usual, stained = (
        [degrade(page, np.random.default_rng(seed), is_stained=is_stained) for seed in SEEDS]
        for is_stained in (False, True)
    )
    counts = [sum(pair.kinds.count(kind) for pair in pairs for kind in ("spill", "ring")) for pairs in (usual, stained)]
    assert counts[1] > 2 * counts[0]
    browns = [
        np.mean(
            [int(pair.dirty[..., 0].mean()) - int(pair.dirty[..., 2].mean()) for pair in pairs if "spill" in pair.kinds]
        )
        for pairs in (usual, stained)
    ]
    assert browns[1] > browns[0]


def test_ink_mask_is_where_the_truth_is_dark() -> None:
    page = page_pixels(48, 56)
    pair = Degraded(page, page)
    assert np.array_equal(pair.ink, np.round(gray_of(page)) < 0.85 * 255)


@pytest.mark.parametrize("seed", range(8))
def test_dark_page_is_captured_without_dirt(seed: int) -> None:
    page = 255 - page_pixels(48, 56)
    pair = captured(page, np.random.default_rng(seed))
    assert np.array_equal(pair.clean, page)
    assert set(pair.kinds) <= {"blur", "sensor noise", "resampling"}
    assert float(np.abs(gray_of(pair.dirty) - gray_of(page)).mean()) < 60


def test_punch_hole_spares_ink() -> None:
    inked = np.zeros((60, 60, 3), np.uint8)
    for seed in range(20):
        x = inked.astype(np.float32)
        assert np.array_equal(capture.punch_hole(x, inked, np.random.default_rng(seed)), x)


def test_sheet_is_what_the_page_would_be_without_print() -> None:
    blank = np.full((320, 320, 3), 255, np.uint8)
    printed = blank.copy()
    printed[60:200, 80:240] = (40, 40, 90)
    seen = 0
    for seed in range(40):
        pair, bare = (degrade(page, np.random.default_rng(seed)) for page in (printed, blank))
        if pair.sheet is None or "punch hole" in pair.kinds or "copier border" in pair.kinds:
            continue
        assert bare.sheet is not None
        paper = slice(240, 320)
        means = [p[paper].astype(float).reshape(10, 8, 40, 8, 3).mean(axis=(1, 3)) for p in (pair.dirty, pair.sheet)]
        assert np.median(np.abs(means[0] - means[1])) < 8, seed  # specks and noise apart
        under = pair.sheet[100:160, 120:200].astype(float).mean()
        assert under > pair.dirty[100:160, 120:200].astype(float).mean() + 10
        seen += 1
    assert seen > 20


def test_sheet_of_a_fax_is_unknown_and_of_a_scan_white() -> None:
    page = np.full((200, 200, 3), 255, np.uint8)
    page[50:80] = 0
    pairs = [degrade(page, np.random.default_rng(seed)) for seed in range(60)]
    assert all((pair.sheet is None) == (pair.kinds == ("fax",)) for pair in pairs)
    scanned = captured(page, np.random.default_rng(0)).sheet
    assert scanned is not None
    assert (scanned == 255).all()
