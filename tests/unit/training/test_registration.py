from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.core.page import PageSize, PixelArray
from docclean.training.registration import Reason, Registration, RegistrationError, register
from tests.helpers.sheets import Placement, dirtied, printed_sheet

NEAR = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
A5, A4 = (210.0, 148.0), (297.0, 210.0)


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> PixelArray:
    return printed_sheet(tmp_path_factory.mktemp("sheet"), dpi=100)


def true_errors(found: Registration, placement: Placement, sheet: PixelArray) -> NDArray[np.float64]:
    """How far the found place of print is from the true one, (N,), px of the scan."""
    print_at = np.argwhere(sheet.min(axis=2) < 128)[::97, ::-1].astype(np.float64)
    assert len(print_at) > 100
    errors: NDArray[np.float64] = np.linalg.norm(
        found.places(print_at) - placement.places(print_at, sheet.shape), axis=1
    )
    return errors


@pytest.mark.parametrize(("size_mm", "seed"), [(A5, 3), (A4, 4)])
def test_moved_and_dirty_page_is_found_to_half_a_pixel(size_mm: tuple[float, float], seed: int, tmp_path: Path) -> None:
    clean = printed_sheet(tmp_path, dpi=130, seed=seed, size_mm=size_mm)
    placement = Placement(shift=(7.3, -4.6), degrees=1.2, scale=1.01)
    found = register(dirtied(placement.scanned(clean, clean.shape[:2]), seed), clean)
    assert true_errors(found, placement, clean).max() < 0.5
    assert found.residual_px < 0.5
    assert not found.is_in_place


def test_wobble_of_a_scanner_is_followed(sheet: PixelArray) -> None:
    placement = Placement(shift=(3.2, 1.1), degrees=-0.6, wobble=2.0)
    found = register(dirtied(placement.scanned(sheet), 5), sheet)
    assert np.percentile(true_errors(found, placement, sheet), 95) < 0.5
    without = Registration(found.size, found.homography, found.centers, found.field * 0, found.residuals, False)
    assert np.percentile(true_errors(without, placement, sheet), 95) > 1.0


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_other_resolution_is_lined_up_by_scale(scale: float, sheet: PixelArray) -> None:
    placement = Placement(shift=(5.5, 2.0), degrees=0.5, scale=scale)
    dirty = placement.scanned(sheet)
    found = register(dirty, sheet)
    assert true_errors(found, placement, sheet).max() / scale < 0.5
    moved = found.applied(dirty)
    assert moved.shape == sheet.shape
    likeness = {shift: np.corrcoef(np.roll(moved, shift, (0, 1)).ravel(), sheet.ravel())[0, 1] for shift in NEAR}
    assert max(NEAR, key=lambda shift: likeness[shift]) == (0, 0)


def test_page_upside_down_is_turned(sheet: PixelArray) -> None:
    dirty = np.ascontiguousarray(sheet[::-1, ::-1])
    found = register(dirty, sheet)
    corner = found.places(np.array([[0.0, 0.0]]))[0]
    assert corner == pytest.approx([sheet.shape[1] - 1, sheet.shape[0] - 1], abs=0.5)


@pytest.mark.parametrize("seed", range(6))
def test_page_in_place_keeps_every_bit(seed: int, sheet: PixelArray) -> None:
    dirty = dirtied(sheet, seed)
    found = register(dirty, sheet)
    assert found.is_in_place
    assert found.applied(dirty) is dirty
    assert found.trusted(PageSize(*dirty.shape[:2])).mean() > 0.8


def test_shift_by_whole_pixels_does_not_resample(sheet: PixelArray) -> None:
    dirty = dirtied(sheet, 1)
    cut = np.ascontiguousarray(dirty[9:, 4:])
    found = register(cut, sheet)
    assert np.array_equal(found.applied(cut)[9:, 4:], cut)
    trusted = found.trusted(PageSize(*cut.shape[:2]))
    assert not trusted[:9].any()
    assert not trusted[:, :4].any()


def test_beyond_the_rim_there_is_paper_and_no_trust(sheet: PixelArray) -> None:
    placement = Placement(shift=(40.0, 0.0), degrees=1.0)
    gray = (placement.scanned(sheet) * 0.7).astype(np.uint8)
    found = register(gray, sheet)
    beyond = ~found.covered(PageSize(*gray.shape[:2]))
    assert 0.01 < beyond.mean() < 0.2
    assert not found.trusted(PageSize(*gray.shape[:2]))[beyond].any()
    inside = np.roll(beyond, 6, axis=1) & np.roll(beyond, -6, axis=1)
    assert np.unique(found.applied(gray)[inside]).tolist() == [178]


def test_print_that_differs_in_places_is_not_trusted(sheet: PixelArray, tmp_path: Path) -> None:
    other = printed_sheet(tmp_path, dpi=100, seed=9)
    dirty = sheet.copy()
    half = sheet.shape[0] // 4
    dirty[:half] = other[:half]
    trusted = register(dirty, sheet).trusted(PageSize(*dirty.shape[:2]))
    with_print = sheet.min(axis=2) < 128
    assert trusted[:half][with_print[:half]].mean() < 0.3
    assert trusted[half + 60 :][with_print[half + 60 :]].all()


def refused(dirty: PixelArray, clean: PixelArray) -> RegistrationError:
    with pytest.raises(RegistrationError) as fault:
        register(dirty, clean)
    assert str(fault.value).endswith(".")
    return fault.value


def test_other_page_is_refused(sheet: PixelArray, tmp_path: Path) -> None:
    other = printed_sheet(tmp_path, dpi=100, seed=7)
    assert refused(dirtied(other, 2), sheet).reason is Reason.OTHER_PAGE
    assert refused(np.ascontiguousarray(sheet[:, ::-1]), sheet).reason is Reason.OTHER_PAGE


@pytest.mark.parametrize("is_dirty_blank", [True, False])
def test_blank_page_is_refused(is_dirty_blank: bool, sheet: PixelArray) -> None:
    grain = np.random.default_rng(0).normal(200, 3, sheet.shape).clip(0, 255).astype(np.uint8)
    fault = refused(grain, sheet) if is_dirty_blank else refused(sheet, grain)
    assert (fault.reason, fault.is_dirty_blank) == (Reason.BLANK, is_dirty_blank)
    assert "too little print" in str(fault)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 400, 3), (40, 30, 3)])
def test_tiny_page_is_refused(shape: tuple[int, int, int], sheet: PixelArray) -> None:
    tiny = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert refused(tiny, sheet).reason in Reason
    assert refused(sheet, tiny).reason in Reason


def test_page_of_two_levels_is_lined_up(sheet: PixelArray) -> None:
    placement = Placement(shift=(-6.4, 3.3), degrees=-0.8)
    scan = placement.scanned(sheet)
    bilevel = np.where(scan > 128, 255, 0).astype(np.uint8)[:, :, :1]
    found = register(bilevel, sheet)
    assert true_errors(found, placement, sheet).max() < 0.5
    assert found.applied(bilevel).shape == (*sheet.shape[:2], 1)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    x=st.floats(-25, 25),
    y=st.floats(-25, 25),
    degrees=st.floats(-3, 3),
    scale=st.floats(0.9, 1.1),
    seed=st.integers(0, 5),
)
def test_any_small_placement_is_found(
    x: float, y: float, degrees: float, scale: float, seed: int, sheet: PixelArray
) -> None:
    placement = Placement((x, y), degrees, scale)
    noise = np.random.default_rng(seed).normal(0, 12, sheet.shape)
    dirty = (placement.scanned(sheet, sheet.shape[:2]) * 0.8 + noise).clip(0, 255).astype(np.uint8)
    found = register(dirty, sheet)
    seen = found.places(np.argwhere(sheet.min(axis=2) < 128)[::97, ::-1].astype(np.float64))
    inside = ((seen > 0) & (seen < np.array(sheet.shape[1::-1]) - 1)).all(axis=1)
    assert true_errors(found, placement, sheet)[inside].max() < 0.5
