from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import TrainingError
from docclean.imaging.overview import overview_of
from docclean.training.kept_pages import GrowingPages, kept_pages, read_kept
from docclean.training.page_overviews import MarkedPages, SeenPage, UsedPages, keep_pages, seen
from docclean.training.whole_pages import WholePages, find_learned
from tests.helpers.corpus import names, page_pixels, saved_font, saved_page


@pytest.fixture
def pages(tmp_path: Path) -> WholePages:
    folder, fonts = tmp_path / "corpus", tmp_path / "fonts"
    saved_page(folder / next(names(held_out=False, suffix=".png")), page_pixels(260, 300))
    fonts.mkdir()
    saved_font(fonts / next(names(held_out=False, suffix=".ttf")))
    return find_learned([folder], [fonts], seed=1)


def photos(folder: Path) -> list[Path]:
    return [
        saved_page(folder / next(names(held_out=part, suffix=".png")), page_pixels(40, 50, seed=3))
        for part in (True, False)
    ]


@given(st.integers(8, 70), st.integers(8, 70), st.integers(0, 9))
def test_page_is_seen_as_the_network_sees_it(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    page = rng.integers(0, 256, (height, width, 3), np.uint8)
    opacity = (rng.random((height, width)) < 0.02).astype(np.uint8) * 90
    found = seen(page, opacity)
    rows, columns = height // 8, width // 8
    wanted = overview_of(np.ascontiguousarray(page[: rows * 8, : columns * 8]))[0]
    assert np.abs(found.overview.astype(np.float32) / 255.0 - wanted).max() < 3e-4
    for row, column in np.ndindex(rows, columns):
        cell = opacity[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
        assert found.opacity[row, column] == cell.max()


def test_page_depends_on_seed_and_number_alone(pages: WholePages, tmp_path: Path) -> None:
    pictures = photos(tmp_path)
    first, again, other = (MarkedPages(UsedPages(pages, pictures), seed=seed) for seed in (2, 2, 3))
    assert all(np.array_equal(first[number][0], again[number][0]) for number in range(4))
    assert any(not np.array_equal(first[number][0], other[number][0]) for number in range(4))


def test_two_in_three_pages_have_a_mark(pages: WholePages, tmp_path: Path) -> None:
    stream = MarkedPages(UsedPages(pages, photos(tmp_path)), seed=2)
    marked = [opacity is not None and bool(opacity.any()) for _, opacity in (stream[number] for number in range(40))]
    assert 18 <= sum(marked) <= 35


def test_pictures_of_the_other_part_are_left_out(pages: WholePages, tmp_path: Path) -> None:
    held_out, learned = photos(tmp_path)
    held_out.write_bytes(b"no picture")
    assert MarkedPages(UsedPages(pages, [held_out, learned]), seed=2)[0][0].shape[2] == 3
    learned.write_bytes(b"no picture")
    with pytest.raises(TrainingError, match="is no picture that can be read"):
        UsedPages(pages, [learned])


def test_kept_pages_are_made_once(pages: WholePages, tmp_path: Path) -> None:
    stream, folder = MarkedPages(UsedPages(pages, []), seed=2), tmp_path / "kept"
    assert keep_pages(stream, range(3), folder) == 3
    before = {path: path.stat().st_mtime_ns for path in kept_pages(folder)}
    assert keep_pages(stream, range(4), folder) == 1
    assert {path: path.stat().st_mtime_ns for path in kept_pages(folder) if path in before} == before
    wanted = seen(*stream[3])
    found = read_kept(folder / "3.npz", SeenPage)
    assert np.array_equal(found.overview, wanted.overview)
    assert np.array_equal(found.opacity, wanted.opacity)


def test_pages_that_are_made_meanwhile_are_added(pages: WholePages, tmp_path: Path) -> None:
    stream, folder = MarkedPages(UsedPages(pages, []), seed=2), tmp_path / "kept"
    keep_pages(stream, range(2), folder)
    grown = GrowingPages(folder, SeenPage)
    keep_pages(stream, range(4), folder)
    grown.grow()
    grown.grow()
    assert len(grown) == 4
    assert np.array_equal(grown[3].overview, seen(*stream[3]).overview)


def test_no_pages_and_a_damaged_one_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no pages"):
        kept_pages(tmp_path)
    (tmp_path / "0.npz").write_bytes(b"PK nothing")
    with pytest.raises(TrainingError, match="is damaged"):
        read_kept(kept_pages(tmp_path)[0], SeenPage)
