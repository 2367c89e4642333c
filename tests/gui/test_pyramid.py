"""Levels of a page, and the bounded memory of tiles."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.gui import pyramid as pyramid_module
from docclean.gui.level_builder import LevelBuilder
from docclean.gui.pyramid import PagePyramid, halve, level_number
from docclean.gui.tile_cache import TILE, TileCache
from tests.helpers.pages import random_samples

EVERYTHING = slice(None)


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every page as one that is too large to be halved at once."""
    monkeypatch.setattr(pyramid_module, "_INSTANT_SAMPLES", 0)
    monkeypatch.setattr(pyramid_module, "BAND_SAMPLES", 50_000)


def finish(pyramid: PagePyramid) -> None:
    for _ in pyramid.build():
        pass


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3]))
def test_halve_averages_two_by_two(height: int, width: int, channels: int) -> None:
    pixels = random_samples(height * 2, width * 2, channels)
    expected = pixels.reshape(height, 2, width, 2, channels).mean(axis=(1, 3))
    assert np.abs(halve(pixels) - expected).max() <= 0.5


@given(st.integers(1, 21), st.integers(1, 21), st.sampled_from([1, 3]))
def test_halve_keeps_white_white(height: int, width: int, channels: int) -> None:
    halved = halve(np.full((height, width, channels), 255, np.uint8))
    assert halved.shape == ((height + 1) // 2, (width + 1) // 2, channels)
    assert (halved == 255).all()


@pytest.mark.usefixtures("slowly")
@pytest.mark.parametrize("shape", [(601, 1003, 3), (1500, 300, 1)])
def test_level_built_in_bands_is_level_built_at_once(shape: tuple[int, int, int]) -> None:
    pixels = random_samples(*shape)
    pyramid = PagePyramid(pixels)
    finish(pyramid)
    level = pyramid.level_at(0.25)
    assert level.step == 4
    assert np.array_equal(pyramid.pixels_of(level, EVERYTHING, EVERYTHING), halve(halve(pixels)))


@pytest.mark.parametrize(("scale", "number"), [(16, 0), (1, 0), (0.51, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.001, 3)])
def test_level_has_pixel_for_every_screen_pixel(scale: float, number: int) -> None:
    assert level_number(scale, 4) == number


@pytest.mark.usefixtures("slowly")
def test_page_without_levels_shows_rough_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyramid_module, "_OVERVIEW_PIXELS", 50_000)
    pixels = random_samples(801, 600, 3)
    pyramid = PagePyramid(pixels)
    level = pyramid.level_at(0.5)
    assert level.step == 4
    assert np.array_equal(pyramid.pixels_of(level, EVERYTHING, EVERYTHING), pixels[::4, ::4])


@pytest.mark.usefixtures("slowly")
def test_page_without_levels_is_exact_at_full_size() -> None:
    pixels = random_samples(801, 600, 3)
    pyramid = PagePyramid(pixels)
    assert np.shares_memory(pyramid.pixels_of(pyramid.level_at(1.0), EVERYTHING, EVERYTHING), pixels)


@pytest.mark.usefixtures("slowly")
def test_build_interrupted_goes_on_where_it_was() -> None:
    pyramid = PagePyramid(random_samples(1200, 900, 3))
    for has_level in pyramid.build():
        if has_level:
            break
    assert pyramid.has_level(1)
    assert not pyramid.is_complete
    finish(pyramid)
    assert pyramid.is_complete


@pytest.mark.usefixtures("slowly")
def test_builder_stopped_leaves_no_thread() -> None:
    builder, pyramid = LevelBuilder(), PagePyramid(random_samples(3000, 3000, 1))
    builder.start([pyramid])
    builder.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "page-levels"]


@pytest.mark.usefixtures("slowly")
def test_builder_started_again_finishes_same_page() -> None:
    builder, pyramid = LevelBuilder(), PagePyramid(random_samples(1000, 1000, 1))
    for _ in range(5):
        builder.start([pyramid])
    assert builder._thread is not None
    builder._thread.join()
    assert pyramid.is_complete


@pytest.mark.usefixtures("slowly")
def test_builder_asked_for_what_it_builds_goes_on() -> None:
    builder, may_go_on = LevelBuilder(), threading.Event()

    class Waiting:
        def build(self) -> Iterator[bool]:
            may_go_on.wait()
            yield True

    work = Waiting()
    builder.start([work])
    thread = builder._thread
    builder.start([work])
    may_go_on.set()
    assert builder._thread is thread
    builder.stop()


def test_cache_drops_tiles_used_longest_ago() -> None:
    tile_bytes = TILE * TILE * 4
    cache, pyramid = TileCache(3 * tile_bytes), PagePyramid(random_samples(TILE, 6 * TILE, 1))
    level = pyramid.level_at(1.0)
    first = cache.tile(pyramid, level, 0, 0)
    for column in (1, 2, 0, 3):
        cache.tile(pyramid, level, column, 0)
    assert cache.size_bytes == 3 * tile_bytes
    assert cache.tile(pyramid, level, 0, 0) is first


def test_cache_drops_tiles_of_pages_that_are_gone() -> None:
    cache, pages = TileCache(), [PagePyramid(random_samples(30, 40, 1)) for _ in range(2)]
    for page in pages:
        cache.tile(page, page.level_at(1.0), 0, 0)
    cache.keep_only({pages[0].serial})
    assert cache.size_bytes == 30 * 40 * 4
