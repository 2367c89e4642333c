"""Zooming and panning keep what they promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.gui.viewport import (
    LARGEST_SCALE,
    SMALLEST_SCALE,
    ZOOM_STOPS,
    Extent,
    Point,
    Viewport,
    next_stop,
    repeats_pixels,
)

sides = st.integers(1, 20_000)
scales = st.floats(SMALLEST_SCALE, LARGEST_SCALE)
parts = st.floats(0, 1)


@st.composite
def viewports(draw: st.DrawFn) -> Viewport:
    page = Extent(draw(sides), draw(sides))
    pane = Extent(draw(st.integers(1, 4000)), draw(st.integers(1, 4000)))
    center = Point(draw(parts) * page.width, draw(parts) * page.height)
    return Viewport(page, pane, draw(scales), center)


@given(viewports(), parts, parts, st.floats(1, 800))
def test_zoom_in_keeps_page_point_under_cursor(view: Viewport, right: float, down: float, ratio: float) -> None:
    seen, scale = view.visible, min(view.scale * ratio, LARGEST_SCALE)
    point = Point(seen.left + right * (seen.right - seen.left), seen.top + down * (seen.bottom - seen.top))
    cursor = view.to_pane(point)
    place = view.zoomed(scale, cursor).to_pane(point)
    # Half a px of rounding before, for a page whose middle had been put at its very edge, and half a px after.
    assert place.x == pytest.approx(cursor.x, abs=0.51 + 0.51 * scale / view.scale)
    assert place.y == pytest.approx(cursor.y, abs=0.51 + 0.51 * scale / view.scale)


@given(viewports(), parts, parts, scales)
def test_zoom_inside_page_keeps_page_point_to_half_a_pixel(
    view: Viewport, right: float, down: float, scale: float
) -> None:
    cursor = Point(right * view.pane.width, down * view.pane.height)
    point, zoomed = view.to_page(cursor), view.zoomed(scale, cursor)
    for axis in (0, 1):
        is_whole = scale < view.scale and view.page[axis] * scale <= view.pane[axis]
        if 0 < zoomed.center[axis] < view.page[axis] and not is_whole:
            assert zoomed.to_pane(point)[axis] == pytest.approx(cursor[axis], abs=0.51)


@given(viewports(), scales)
def test_zoom_stays_within_limits(view: Viewport, scale: float) -> None:
    assert SMALLEST_SCALE <= view.zoomed(scale * 3).scale <= LARGEST_SCALE
    assert SMALLEST_SCALE <= view.zoomed(scale / 3).scale <= LARGEST_SCALE


@given(viewports(), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_pan_never_loses_page(view: Viewport, right: float, down: float) -> None:
    center = view.panned(right, down).center
    assert 0 <= center.x <= view.page.width
    assert 0 <= center.y <= view.page.height


@given(viewports(), st.integers(-50, 50), st.integers(-50, 50))
def test_pan_moves_page_by_whole_pixels(view: Viewport, right: int, down: int) -> None:
    moved = view.panned(right, down)
    for axis, distance in enumerate((right, down)):
        if 0 < moved.center[axis] < view.page[axis]:
            assert abs(moved.origin[axis] - view.origin[axis] - distance) <= 1


@given(viewports(), parts, parts)
def test_place_goes_to_page_and_back(view: Viewport, right: float, down: float) -> None:
    place = Point(right * view.pane.width, down * view.pane.height)
    assert view.to_pane(view.to_page(place)) == pytest.approx(place, abs=1e-6)


@given(viewports())
def test_visible_part_lies_on_page(view: Viewport) -> None:
    left, top, right, bottom = view.visible
    assert 0 <= left <= right <= view.page.width
    assert 0 <= top <= bottom <= view.page.height


@given(sides, sides, st.integers(1, 4000), st.integers(1, 4000), st.integers(0, 40))
def test_fitting_shows_whole_page(width: int, height: int, across: int, down: int, margin: int) -> None:
    view = Viewport.fitting(Extent(width, height), Extent(across, down), margin)
    assert view.visible == (0, 0, width, height)


def test_fitting_small_page_repeats_pixels_whole_times() -> None:
    assert Viewport.fitting(Extent(100, 100), Extent(390, 500)).scale == 3


def test_zoom_out_until_page_is_small_centers_it() -> None:
    view = Viewport(Extent(1000, 1000), Extent(500, 500), 1.0, Point(0, 0))
    assert view.zoomed(0.25, Point(10, 10)).center == (500, 500)


def test_page_of_other_size_keeps_relative_place() -> None:
    view = Viewport(Extent(1000, 2000), Extent(500, 500), 1.0, Point(250, 1500))
    assert view.turned_to(Extent(400, 400)).center == (100, 300)


@given(st.floats(SMALLEST_SCALE, LARGEST_SCALE))
def test_steps_lead_to_both_ends(scale: float) -> None:
    for is_larger, end in ((True, LARGEST_SCALE), (False, SMALLEST_SCALE)):
        reached = scale
        for _ in ZOOM_STOPS:
            reached = next_stop(reached, is_larger=is_larger)
        assert reached == end


def test_steps_above_one_are_whole() -> None:
    assert all(repeats_pixels(stop) for stop in ZOOM_STOPS if stop >= 1)
