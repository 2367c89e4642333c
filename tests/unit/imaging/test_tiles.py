import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.page import PageSize
from docclean.imaging.tiles import Span, TileSpec, padded_size, plan_tiles

SIDES = st.integers(1, 4000)


@st.composite
def specs(draw: st.DrawFn) -> TileSpec:
    """Any tile that leaves something to keep, on any grid."""
    grid = draw(st.sampled_from([1, 8, 16, 64]))
    overlap = grid * draw(st.integers(0, 6))
    size = 2 * overlap + grid * draw(st.integers(1, 60))
    return TileSpec(size, overlap, grid)


def spans(side: int, spec: TileSpec) -> list[Span]:
    """One axis of the plan."""
    return [tile.rows for tile in plan_tiles(PageSize(side, 1), spec).tiles]


@given(SIDES, specs())
def test_plan_tiles_keeps_every_pixel_exactly_once(side: int, spec: TileSpec) -> None:
    axis = spans(side, spec)
    assert axis[0].keep_start == 0
    assert axis[-1].keep_stop == padded_size(PageSize(side, 1), spec.multiple_of).height
    assert all(before.keep_stop == after.keep_start for before, after in itertools.pairwise(axis))
    assert all(span.keep_start < span.keep_stop for span in axis)


@settings(max_examples=30)
@given(st.integers(1, 300), st.integers(1, 300), specs())
def test_plan_tiles_of_both_axes_covers_the_page(height: int, width: int, spec: TileSpec) -> None:
    plan = plan_tiles(PageSize(height, width), spec)
    times = np.zeros(plan.size, np.uint8)
    for tile in plan.tiles:
        times[tile.rows.keep_start : tile.rows.keep_stop, tile.columns.keep_start : tile.columns.keep_stop] += 1
    assert (times == 1).all()


@given(SIDES, specs())
def test_plan_tiles_windows_hold_what_they_keep_and_lie_on_the_page(side: int, spec: TileSpec) -> None:
    padded = padded_size(PageSize(side, 1), spec.multiple_of).height
    for span in spans(side, spec):
        assert 0 <= span.start <= span.keep_start < span.keep_stop <= span.stop <= padded


@given(SIDES, specs())
def test_plan_tiles_overlap_is_whole_at_every_inner_edge(side: int, spec: TileSpec) -> None:
    axis = spans(side, spec)
    assert axis[0].start == 0
    assert axis[-1].stop == axis[-1].keep_stop
    assert all(span.keep_start - span.start == spec.overlap for span in axis[1:])
    assert all(span.stop - span.keep_stop == spec.overlap for span in axis[:-1])


@given(SIDES, specs())
def test_plan_tiles_never_makes_a_tile_larger_than_asked(side: int, spec: TileSpec) -> None:
    assert max(span.stop - span.start for span in spans(side, spec)) <= spec.size


def test_plan_tiles_between_two_neighbors_is_not_larger_than_asked() -> None:
    middle = spans(2816, TileSpec(1024, 64, 8))[1]
    assert middle.stop - middle.start <= 1024


@given(SIDES, specs())
def test_plan_tiles_edges_lie_on_the_grid(side: int, spec: TileSpec) -> None:
    for span in spans(side, spec):
        edges = (span.start, span.stop, span.keep_start, span.keep_stop)
        assert not any(edge % spec.multiple_of for edge in edges)


@given(SIDES, specs())
def test_plan_tiles_are_of_nearly_equal_size(side: int, spec: TileSpec) -> None:
    sizes = [span.stop - span.start for span in spans(side, spec)]
    assert max(sizes) - min(sizes) <= spec.multiple_of


@given(SIDES, specs())
def test_plan_tiles_makes_no_more_tiles_than_needed(side: int, spec: TileSpec) -> None:
    padded = padded_size(PageSize(side, 1), spec.multiple_of).height
    count = len(spans(side, spec))
    fewer = (count - 1) * (spec.size - 2 * spec.overlap) + 2 * spec.overlap
    assert count == 1 or fewer < padded


def test_plan_tiles_of_a_page_that_fits_is_one_tile() -> None:
    assert plan_tiles(PageSize(1, 1024), TileSpec(1024, 64, 8)).tiles[0].rows == Span(0, 8, 0, 8)
    assert len(plan_tiles(PageSize(1024, 1017), TileSpec(1024, 64, 8)).tiles) == 1


def test_plan_tiles_go_row_by_row() -> None:
    tiles = plan_tiles(PageSize(300, 300), TileSpec(200, 16, 8)).tiles
    places = [(tile.rows.keep_start, tile.columns.keep_start) for tile in tiles]
    assert len(places) == 4
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("size", "grid", "padded"),
    [((1, 1), 8, (8, 8)), ((8, 9), 8, (8, 16)), ((64, 65), 64, (64, 128)), ((7, 5), 1, (7, 5))],
)
def test_padded_size_is_the_next_multiple(size: tuple[int, int], grid: int, padded: tuple[int, int]) -> None:
    assert padded_size(PageSize(*size), grid) == padded


@pytest.mark.parametrize(
    ("size", "overlap", "grid", "words"),
    [
        (128, 64, 8, "no room"),
        (64, 64, 8, "no room"),
        (100, 16, 8, "multiples of 8"),
        (128, 12, 8, "multiples of 8"),
    ],
)
def test_tile_spec_that_cannot_work_is_refused(size: int, overlap: int, grid: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TileSpec(size, overlap, grid)


def test_halved_goes_down_to_the_smallest_and_then_gives_up() -> None:
    sizes = []
    spec: TileSpec | None = TileSpec(1024, 64, 8)
    while spec is not None:
        sizes.append(spec.size)
        assert (spec.overlap, spec.multiple_of) == (64, 8)
        spec = spec.halved(200)
    assert sizes == [1024, 512, 256, 200]


def test_halved_stays_on_the_grid() -> None:
    assert TileSpec(200, 16, 8).halved(64) == TileSpec(96, 16, 8)
