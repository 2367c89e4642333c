from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.page import SHEET_PIXELS, PageSize, PixelArray
from docclean.engine.backends import Backend, FloatArray, GraphBackend
from docclean.engine.inference import restore_page, within_memory
from docclean.engine.page_views import BLANK
from docclean.imaging.doubling import halved
from docclean.imaging.tiles import TileSpec
from docclean.models.catalog import ModelEntry
from docclean.models.manifest import InputSpec
from tests.helpers.models import SMALL_TILES, FakeBackend, identity_network, tiny_model

WHOLE = InputSpec(multiple_of=64, tile=4096, min_tile=256, overlap=48)
SMALL = InputSpec.model_validate(SMALL_TILES)


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return tiny_model(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def backend(entry: ModelEntry) -> Backend:
    return GraphBackend(entry)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return GraphBackend(tiny_model(tmp_path_factory.mktemp("models"), network=identity_network()))


def restore(backend: Backend, pixels: PixelArray, spec: InputSpec = SMALL) -> PixelArray:
    return restore_page(backend, pixels, spec, CancelToken(), lambda done, total: None)


def page(height: int, width: int, channels: int = 1, seed: int = 0, scale: int = 5) -> PixelArray:
    """Make a page of blots, dark and bright, of some pixels' size."""
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 256, (-(-height // scale), -(-width // scale), channels), dtype=np.uint8)
    return np.ascontiguousarray(small.repeat(scale, axis=0).repeat(scale, axis=1)[:height, :width])


def difference(first: PixelArray, second: PixelArray) -> int:
    assert first.shape == second.shape
    return int(np.abs(first.astype(int) - second).max())


def with_tile(size: int, smallest: int = 104) -> InputSpec:
    return InputSpec(multiple_of=64, tile=size, min_tile=min(size, smallest), overlap=48)


@settings(max_examples=40)
@given(
    st.integers(1, 300), st.integers(1, 300), st.sampled_from([1, 3]), st.integers(13, 40).map(lambda n: n * 8),
    st.integers(0, 99),
)  # fmt: skip
def test_tiled_page_is_the_page_in_one_piece(
    backend: Backend, height: int, width: int, channels: int, tile: int, seed: int
) -> None:
    pixels = page(height, width, channels, seed)
    assert difference(restore(backend, pixels, with_tile(tile)), restore(backend, pixels, WHOLE)) <= 1


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 300), (300, 1), (7, 9), (8, 8), (64, 64), (2000, 8), (3, 1200), (129, 257)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_tiled_page_of_odd_size_is_the_page_in_one_piece(
    backend: Backend, size: tuple[int, int], channels: int
) -> None:
    pixels = page(*size, channels)
    restored = restore(backend, pixels)
    assert restored.shape == pixels.shape
    assert restored.dtype == np.uint8
    assert restored.flags.c_contiguous
    assert difference(restored, restore(backend, pixels, WHOLE)) <= 1


def test_overlap_that_is_too_small_would_be_seen(backend: Backend) -> None:
    """Make sure that the tests above can fail."""
    short = InputSpec(multiple_of=64, tile=104, min_tile=104, overlap=8)
    pixels = page(200, 300, 3)
    assert difference(restore(backend, pixels, short), restore(backend, pixels, WHOLE)) > 5


def test_model_does_something(backend: Backend) -> None:
    pixels = page(200, 300)
    assert np.abs(restore(backend, pixels).astype(int) - pixels).mean() > 5


@settings(max_examples=25)
@given(st.integers(1, 150), st.integers(1, 150), st.sampled_from([1, 3]), st.integers(0, 99))
def test_identity_gives_every_page_back(identity: Backend, height: int, width: int, channels: int, seed: int) -> None:
    pixels = page(height, width, channels, seed, scale=1)
    np.testing.assert_array_equal(restore(identity, pixels), pixels)


def test_restoring_leaves_the_input_alone(backend: Backend) -> None:
    for channels in (1, 3):
        pixels = page(64, 64, channels)
        pixels.flags.writeable = False
        before = pixels.copy()
        restored = restore(backend, pixels)
        np.testing.assert_array_equal(pixels, before)
        assert not np.shares_memory(restored, pixels)


def test_page_without_color_stays_without_color(backend: Backend) -> None:
    gray = page(90, 70)
    restored = restore(backend, gray)
    assert restored.shape == (90, 70, 1)
    np.testing.assert_array_equal(restore(backend, gray.repeat(3, axis=2)), restored.repeat(3, axis=2))


def test_page_in_color_gets_three_channels_of_its_own(backend: Backend) -> None:
    restored = restore(backend, page(90, 70, 3))
    assert not np.array_equal(restored[:, :, 0], restored[:, :, 1])


@pytest.mark.parametrize("level", [BLANK, 255])
@pytest.mark.parametrize("channels", [1, 3])
def test_blank_page_comes_back_the_same_without_any_work(level: int, channels: int) -> None:
    pixels = np.full((150, 333, channels), level, np.uint8)
    backend = FakeBackend()
    calls: list[tuple[int, int]] = []
    restored = restore_page(backend, pixels, SMALL, CancelToken(), lambda *call: calls.append(call))
    np.testing.assert_array_equal(restored, pixels)
    assert backend.sides == []
    assert calls[-1] == (len(calls), len(calls))


def test_page_that_is_nearly_blank_is_restored() -> None:
    pixels = np.full((64, 64, 1), BLANK - 1, np.uint8)
    np.testing.assert_array_equal(restore(FakeBackend(), pixels), 255 - pixels)


def test_page_that_is_dark_in_one_channel_is_restored() -> None:
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[:, :, 2] = BLANK - 1
    np.testing.assert_array_equal(restore(FakeBackend(), pixels), 255 - pixels)


def test_blank_cells_are_those_beyond_the_overlap_from_any_ink() -> None:
    pixels = np.full((320, 320, 1), 255, np.uint8)
    pixels[160, 167] = 0
    restored = restore(FakeBackend(), pixels, WHOLE)
    changed = np.argwhere(restored[:, :, 0] != pixels[:, :, 0])
    assert changed.min(axis=0).tolist() == [160 - 48, 160 - 48]
    assert changed.max(axis=0).tolist() == [160 + 48 + 7, 160 + 48 + 7]


class GatedBackend(FakeBackend):
    """Lets the cells of one rectangle be changed; like a network with a gate, it copies the others."""

    def __init__(self, rows: slice, columns: slice) -> None:
        super().__init__()
        self._open = rows, columns

    def context(self, overview: FloatArray) -> FloatArray:
        context = super().context(overview).copy()
        context[:, -1] = 0.0
        context[:, -1, *self._open] = 1.0
        return context

    def restore(self, tile: FloatArray, context: FloatArray) -> FloatArray:
        is_open = context[0, -1].repeat(8, axis=0).repeat(8, axis=1) > 0.5
        return np.where(is_open, super().restore(tile, context), tile[0])


@pytest.mark.parametrize("side", [104, 200, 640])
def test_gated_network_runs_only_where_its_gate_is_open(side: int) -> None:
    pixels = page(600, 600, 3)
    rows, columns = slice(10, 14), slice(30, 33)
    gated, plain = GatedBackend(rows, columns), GatedBackend(rows, columns)
    spec = with_tile(side)
    result = restore(gated, pixels, spec.model_copy(update={"gated": True}))
    np.testing.assert_array_equal(result, restore(plain, pixels, spec))
    changed = np.argwhere((result != pixels).any(axis=2))
    assert changed.min(axis=0).tolist() == [80, 240]
    assert changed.max(axis=0).tolist() == [111, 263]
    assert 1 <= len(gated.sides) <= 12
    assert (len(gated.sides) < len(plain.sides)) is (side < 640)


def test_page_whose_gate_is_shut_comes_back_the_same_without_any_work() -> None:
    pixels, backend = page(300, 200, 3), GatedBackend(slice(0, 0), slice(0, 0))
    np.testing.assert_array_equal(restore(backend, pixels, SMALL.model_copy(update={"gated": True})), pixels)
    assert backend.sides == []


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 199), st.integers(0, 263)), max_size=2), st.integers(13, 30))
def test_blank_parts_do_not_depend_on_the_tiles(backend: Backend, dots: list[tuple[int, int]], tile_cells: int) -> None:
    pixels = np.full((200, 264, 1), 255, np.uint8)
    for row, column in dots:
        pixels[row : row + 9, column : column + 5] = 30
    tiled, whole = restore(backend, pixels, with_tile(tile_cells * 8)), restore(backend, pixels, WHOLE)
    assert difference(tiled, whole) <= 1
    untouched = np.ones((200, 264, 1), np.bool_)
    for row, column in dots:
        top, left = max(0, row // 8 * 8 - 48), max(0, column // 8 * 8 - 48)
        untouched[top : row + 9 + 64, left : column + 5 + 64] = False
    np.testing.assert_array_equal(tiled[untouched], 255)


def test_on_tile_counts_up_to_the_number_of_tiles() -> None:
    calls: list[tuple[int, int]] = []
    backend = FakeBackend()
    restore_page(backend, page(300, 200), SMALL, CancelToken(), lambda *call: calls.append(call))
    assert len(calls) == len(backend.sides) > 4
    assert calls == [(number, len(calls)) for number in range(1, len(calls) + 1)]


def test_no_tile_is_larger_than_the_model_wants() -> None:
    backend = FakeBackend()
    restore(backend, page(700, 900))
    assert max(max(side) for side in backend.sides) <= SMALL.tile


def test_tiles_end_where_the_page_ends() -> None:
    """Whole cells, not the grid of the paper network: what was padded beyond would change the rim of the page."""
    backend = FakeBackend()
    restore(backend, page(250, 130), WHOLE)
    assert backend.sides == [(256, 136)]


def test_cancel_before_the_start_runs_nothing() -> None:
    backend, token = FakeBackend(), CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        restore_page(backend, page(300, 200), SMALL, token, lambda done, total: None)
    assert backend.sides == []


def test_cancel_in_the_middle_stops_before_the_next_tile() -> None:
    backend, token = FakeBackend(), CancelToken()

    def on_tile(done: int, total: int) -> None:
        if done == 3:
            token.cancel()

    with pytest.raises(CancelledError):
        restore_page(backend, page(300, 200), SMALL, token, on_tile)
    assert len(backend.sides) == 3


HALVING = InputSpec(multiple_of=64, tile=512, min_tile=64, overlap=16)


@pytest.mark.parametrize(("largest", "refusals"), [(512, 0), (400, 1), (200, 2), (100, 3)])
def test_short_memory_halves_the_tile_as_often_as_needed(largest: int, refusals: int) -> None:
    pixels = page(900, 700)
    backend = FakeBackend(largest=largest)
    np.testing.assert_array_equal(restore(backend, pixels, HALVING), 255 - pixels)
    assert len([side for side in backend.sides if max(side) > largest]) == refusals


def test_short_memory_at_the_smallest_tile_is_a_fault() -> None:
    backend = FakeBackend(largest=63)
    with pytest.raises(DeviceMemoryError):
        restore(backend, page(900, 700), HALVING)
    assert [max(side) > 63 for side in backend.sides] == [True] * 4


def test_short_memory_counts_the_tiles_anew() -> None:
    calls: list[tuple[int, int]] = []
    restore_page(FakeBackend(largest=200), page(900, 700), HALVING, CancelToken(), lambda *call: calls.append(call))
    assert calls[-1][0] == calls[-1][1] == len(calls)


def test_short_memory_for_the_overview_is_a_fault_at_once() -> None:
    backend = FakeBackend(context_fits=False)
    with pytest.raises(DeviceMemoryError):
        restore(backend, page(64, 64))
    assert backend.sides == []


class Narrow:
    """A backend with room for small tiles only; runs dry after some tiles, as a card does that others use too."""

    def __init__(self, backend: Backend, *, largest: int, until: int) -> None:
        self._backend, self._largest, self._left = backend, largest, until

    def context(self, overview: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._backend.context(overview)

    def restore(self, tile: NDArray[np.float32], context: NDArray[np.float32]) -> NDArray[np.float32]:
        self._left -= 1
        if self._left < 0 and max(tile.shape) > self._largest:
            raise DeviceMemoryError("no room")
        return self._backend.restore(tile, context)


@pytest.mark.parametrize("until", [0, 1, 2])
def test_result_does_not_show_that_memory_was_short(backend: Backend, until: int) -> None:
    pixels = page(300, 420, 3)
    narrow = Narrow(backend, largest=128, until=until)
    assert difference(restore(narrow, pixels, with_tile(256)), restore(backend, pixels, WHOLE)) <= 1


@pytest.mark.parametrize("level", [0, 1, 128, 254])
def test_page_of_one_level_is_restored_without_a_warning(backend: Backend, level: int) -> None:
    for channels in (1, 3):
        restored = restore(backend, np.full((70, 130, channels), level, np.uint8))
        assert restored.shape == (70, 130, channels)


@given(st.data())
@settings(max_examples=20)
def test_every_input_spec_that_a_manifest_may_have_makes_tiles(data: Any) -> None:
    overlap = 8 * data.draw(st.integers(1, 10))
    smallest = max(64, 2 * overlap + 8 * data.draw(st.integers(1, 5)))
    tile = smallest + 8 * data.draw(st.integers(0, 20))
    spec = InputSpec(multiple_of=64, tile=tile, min_tile=smallest, overlap=overlap)
    sizes = []
    tiles: TileSpec | None = TileSpec(spec.tile, spec.overlap, 8)
    while tiles is not None:
        sizes.append(tiles.size)
        tiles = tiles.halved(spec.min_tile)
    assert sizes[-1] == smallest
    pixels = page(100, 130)
    np.testing.assert_array_equal(restore(FakeBackend(), pixels, spec), 255 - pixels)


@settings(max_examples=15)
@given(st.integers(1, 120), st.integers(1, 120), st.sampled_from([1, 3]), st.integers(13, 40).map(lambda n: n * 8))
def test_small_page_is_restored_at_twice_its_size_whatever_the_tile(
    backend: Backend, height: int, width: int, channels: int, tile: int
) -> None:
    pixels = page(height, width, channels)
    large = pixels.repeat(2, axis=0).repeat(2, axis=1)
    spec = with_tile(tile).model_copy(update={"doubled_up_to": height * width})
    expected = halved(restore(backend, large, WHOLE))
    assert difference(restore(backend, pixels, spec), expected) <= 1


def test_larger_page_is_not_doubled(backend: Backend) -> None:
    pixels = page(60, 60)
    spec = SMALL.model_copy(update={"doubled_up_to": 60 * 60 - 1})
    assert difference(restore(backend, pixels, spec), restore(backend, pixels)) == 0


def test_doubled_page_comes_back_from_identity_weights(identity: Backend) -> None:
    pixels = page(50, 70, 3)
    assert difference(restore(identity, pixels, SMALL.model_copy(update={"doubled_up_to": 10_000})), pixels) <= 1


@pytest.mark.parametrize(("limit_mb", "tile"), [(0, 4096), (100_000, 4096), (1000, 1232), (400, 432), (1, 256)])
def test_memory_limit_makes_tiles_smaller_but_not_too_small(limit_mb: int, tile: int) -> None:
    assert within_memory(WHOLE, PageSize(3504, 2480), limit_mb).tile == tile


@pytest.mark.parametrize(("limit_mb", "tile"), [(0, 512), (100_000, 512), (1100, 416), (1000, 256)])
def test_sheet_gets_small_tiles_and_counts_less_for_each_pixel(limit_mb: int, tile: int) -> None:
    assert within_memory(WHOLE, PageSize(SHEET_PIXELS // 9000, 9900), limit_mb).tile == tile


def test_page_within_a_memory_limit_is_the_same_page(backend: Backend) -> None:
    pixels = page(300, 260)
    spec = within_memory(SMALL, PageSize(300, 260), 1)
    assert spec.tile == SMALL.min_tile
    assert difference(restore(backend, pixels, spec), restore(backend, pixels)) <= 1
