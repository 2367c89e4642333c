from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.imaging.luma import gray_of
from docclean.training.finetune import own_paper
from docclean.training.finetune.material import KeptPage
from docclean.training.finetune.own_paper import (
    PaperContexts,
    Sheet,
    letter_height,
    printed,
    rim_share,
    set_on,
    set_texts,
    take_apart,
)
from docclean.training.page_layouts import set_page
from tests.helpers.corpus import SIDE, page_pixels, saved_font
from tests.helpers.own_pages import kept, small_contexts


@pytest.fixture(autouse=True, scope="module")
def small_and_steady() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, small_contexts(patch):
        yield


def paper_of(height: int, width: int) -> NDArray[np.uint8]:
    """Yellowed paper with a shade across it, and grain."""
    shade = np.linspace(0.0, 25.0, width)[None, :, None]
    grain = np.random.default_rng(0).normal(0.0, 4.0, (height, width, 1))
    return np.clip(np.array([215.0, 205.0, 180.0]) - shade + grain, 0, 255).astype(np.uint8)


def text_of(height: int, width: int) -> NDArray[np.uint8]:
    """Lines of letters on white, their rims soft as after scanning."""
    page = np.full((height, width, 3), 255, np.uint8)
    for top in range(20, height - 4, 22):
        cv2.putText(page, "Hamburgefonstiv 4711", (6, top), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return page


def taken_apart(ink: float, height: int = 160, width: int = 220) -> tuple[Sheet, NDArray[np.uint8], NDArray[np.uint8]]:
    paper, text = paper_of(height, width), text_of(height, width)
    return take_apart(printed(paper, text, ink, blur=0.0), text), paper, text


# Taking apart


@pytest.mark.parametrize("ink", [0.3, 0.6, 0.95])
def test_paper_is_filled_in_where_the_ink_was(ink: float) -> None:
    sheet, paper, text = taken_apart(ink)
    under = gray_of(text) < 0.5
    gap = (gray_of(sheet.paper) - gray_of(paper)) * 255.0
    assert under.sum() > 1000
    assert abs(float(np.median(gap[under]))) < 2.0  # no ghost of a letter, neither dark nor bright
    assert float(np.abs(cv2.blur(gap, (5, 5))[under]).max()) < 15.0
    far = cv2.dilate((gray_of(text) < 1.0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert np.array_equal(sheet.paper[far], paper[far])


def grain_in(page: NDArray[np.uint8], where: NDArray[np.bool_]) -> float:
    gray = gray_of(page) * 255.0
    return float((gray - cv2.GaussianBlur(gray, (0, 0), 2.0))[where].std())


def test_filled_places_have_the_grain_of_the_paper() -> None:
    """Smooth places would tell where letters were. Lines are so dense that hardly any paper is between them."""
    paper, text = paper_of(200, 220), np.full((200, 220, 3), 255, np.uint8)
    for top in range(14, 196, 12):
        cv2.putText(text, "nmHamburgefonstiv" * 2, (2, top), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    text[:, 170:] = 255
    sheet = take_apart(printed(paper, text, 0.9, blur=0.0), text)
    under = gray_of(text) < 0.5
    assert under.mean() > 0.1
    assert grain_in(sheet.paper, under) == pytest.approx(grain_in(paper, under), rel=0.2)


def test_specks_are_not_taken_for_grain() -> None:
    """Dirt stays where it is and is not copied to where letters were."""
    paper, text = paper_of(160, 220), text_of(160, 220)
    specks = np.zeros((160, 220), np.bool_)
    specks[5::11, 3::7] = True
    specks &= cv2.dilate((gray_of(text) < 1.0).astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
    paper[specks] = 60
    sheet = take_apart(printed(paper, text, 0.9, blur=0.0), text)
    under = cv2.dilate((gray_of(text) < 0.5).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    assert specks.sum() > 50
    assert int(sheet.paper[under].min()) > 120
    assert (sheet.paper[specks] == 60).all()


@pytest.mark.parametrize("ink", [0.3, 0.5, 0.75, 0.95])
def test_darkness_of_the_ink_is_found(ink: float) -> None:
    sheet, _, _ = taken_apart(ink)
    assert sheet.ink == pytest.approx(ink, abs=0.1)


def test_text_has_no_traces_of_dirt() -> None:
    text = text_of(80, 220)
    restored = text.copy()
    restored[40:, :][restored[40:, :] > 250] = 235  # a trace of a stain
    sheet = take_apart(printed(paper_of(80, 220), text, 0.9, blur=0.0), restored)
    beyond_rims = cv2.erode((gray_of(text) == 1.0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert (sheet.text[beyond_rims] == 255).all()
    assert (sheet.text[gray_of(text) < 0.02] <= 5).all()


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 90), (33, 17), (120, 90)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_page_without_letters_is_taken_apart(size: tuple[int, int], value: int) -> None:
    """Blank, all dark, and in between; on most there is nothing to fill in, or nothing to fill in with."""
    dirty, restored = np.full((*size, 3), min(value, 200), np.uint8), np.full((*size, 3), value, np.uint8)
    sheet = take_apart(dirty, restored)
    assert sheet.paper.shape == sheet.text.shape == dirty.shape
    assert sheet.paper.dtype == sheet.text.dtype == np.uint8
    assert 0.2 <= sheet.ink <= 1.0
    if value == 255:
        assert np.array_equal(sheet.paper, dirty)
        assert (sheet.text == 255).all()


def test_pages_are_not_changed() -> None:
    dirty, restored = printed(paper_of(60, 80), text_of(60, 80), 0.8, blur=0.0), text_of(60, 80)
    before = dirty.copy(), restored.copy()
    dirty.setflags(write=False)
    restored.setflags(write=False)
    take_apart(dirty, restored)
    assert np.array_equal(dirty, before[0])
    assert np.array_equal(restored, before[1])


# Printing


@given(paper=st.integers(0, 255), text=st.integers(0, 255), ink=st.floats(0.0, 1.0))
def test_ink_takes_away_its_part_of_the_papers_light(paper: int, text: int, ink: float) -> None:
    below, above = (np.full((2, 3, 3), value, np.uint8) for value in (paper, text))
    found = printed(below, above, ink, blur=0.0)
    assert np.abs(found - paper * (1.0 - ink * (1.0 - text / 255.0))).max() <= 0.5 + 1e-3


def test_white_text_leaves_the_paper_as_it_is() -> None:
    paper = paper_of(20, 30)
    assert np.array_equal(printed(paper, np.full_like(paper, 255), 0.9, blur=0.7), paper)


def test_blurred_print_is_as_dark_in_all_and_softer() -> None:
    text = np.full((40, 40, 3), 255, np.uint8)
    text[15:25, 15:25] = 0
    white = np.full_like(text, 255)
    sharp, soft = printed(white, text, 1.0, blur=0.0), printed(white, text, 1.0, blur=0.7)
    assert (255.0 - soft).sum() == pytest.approx((255.0 - sharp).sum(), rel=0.01)
    assert len(np.unique(soft)) > len(np.unique(sharp)) == 2


def test_colored_ink_keeps_its_color() -> None:
    text = np.full((4, 4, 3), (0, 0, 255), np.uint8)
    found = printed(np.full_like(text, 200), text, 0.5, blur=0.0)
    assert found[0, 0].tolist() == [100, 100, 200]


# Contexts


def sheets_of(*sizes: tuple[int, int], ink: float = 0.8) -> list[KeptPage]:
    pages = []
    for number, (height, width) in enumerate(sizes):
        page = kept(height, width, seed=number)
        paper, text = paper_of(height, width), page_pixels(height, width, seed=number)
        pages.append(KeptPage(replace(page.record, ink=ink), paper, text, page.trusted))
    return pages


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> PaperContexts:
    return contexts_in(tmp_path_factory.mktemp("corpus"), sheets_of((200, 180), (30, 40), (1, 1)))


def contexts_in(folder: Path, sheets: list[KeptPage], *, doubled_up_to: int = 1200) -> PaperContexts:
    texts = set_texts(sheets, [saved_font(folder / "font.ttf")], seed=3, told=lambda done, total: None)
    return PaperContexts(sheets, texts, doubled_up_to=doubled_up_to)


@given(seed=st.integers(0, 300))
def test_context_on_own_paper_has_its_shape_and_depends_on_the_seed_alone(contexts: PaperContexts, seed: int) -> None:
    found, again = (contexts.draw(np.random.default_rng(seed)) for _ in range(2))
    assert found.dirty.shape == found.clean.shape == (SIDE, SIDE, 3)
    assert found.dirty.dtype == found.clean.dtype == np.dtype(np.uint8)
    assert found.trusted.dtype == np.dtype(np.bool_)
    assert found.trusted.shape == (SIDE, SIDE)
    assert np.array_equal(found.trusted, again.trusted)
    assert np.array_equal(found.dirty, again.dirty)
    assert np.array_equal(found.clean, again.clean)


def test_print_lies_where_the_truth_has_it(tmp_path: Path) -> None:
    sheets = sheets_of((600, 500), ink=0.9)
    contexts = contexts_in(tmp_path, sheets, doubled_up_to=0)
    inked_ones = 0
    for seed in range(20):
        found = contexts.draw(np.random.default_rng(seed))
        inked = cv2.erode((gray_of(found.clean) < 0.4).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        if not inked.any():
            continue  # set pages have white parts
        blank = cv2.erode((gray_of(found.clean) > 0.99).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        assert gray_of(found.dirty)[inked].mean() < gray_of(found.dirty)[blank].mean() - 0.3
        assert not found.trusted[gray_of(found.clean) < 0.95].any()  # printed strokes teach nothing
        assert found.trusted[blank].all()
        inked_ones += 1
    assert inked_ones >= 3


def test_half_of_the_contexts_are_pages_as_they_came(tmp_path: Path) -> None:
    (sheet,) = sheets_of((600, 500), ink=0.9)
    scan = np.full_like(sheet.dirty, 77)
    contexts = contexts_in(tmp_path, [replace(sheet, scan=scan)], doubled_up_to=0)
    drawn = [contexts.draw(np.random.default_rng(seed)) for seed in range(200)]
    as_they_came = [each for each in drawn if (each.dirty == 77).all()]
    assert 70 <= len(as_they_came) <= 130
    assert any((each.clean < 128).any() for each in as_they_came)
    assert all(each.trusted.all() for each in as_they_came)


# Whole pages


@pytest.mark.parametrize(("dpi", "blur"), [(110, 0.7), (200, 0.0), (200, 1.0)])
def test_set_pages_have_letters_and_rims_like_the_users(tmp_path: Path, dpi: int, blur: float) -> None:
    font = saved_font(tmp_path / "font.ttf")
    text = set_page(font, np.random.default_rng(4), dpi=dpi, size=(700, 600), layout="letter")
    text = np.asarray(cv2.GaussianBlur(text, (0, 0), blur), np.uint8) if blur else text
    sheet = replace(sheets_of((700, 600))[0], clean=text)
    steps: list[tuple[int, int]] = []
    texts = set_texts([sheet], [font], seed=0, told=lambda done, total: steps.append((done, total)))
    assert steps == [(number, own_paper.TEXTS) for number in range(1, own_paper.TEXTS + 1)]
    assert {page.shape for page in texts} == {(700, 600, 3)}
    assert np.median([letter_height(page) for page in texts]) == pytest.approx(letter_height(text), rel=0.35)
    assert np.median([rim_share(page) for page in texts]) == pytest.approx(rim_share(text), abs=0.12)
    again = set_texts([sheet], [font], seed=0, told=lambda done, total: None)
    assert all(np.array_equal(one, other) for one, other in zip(texts, again, strict=True))


def test_page_without_print_has_no_rims() -> None:
    assert rim_share(np.full((20, 30, 3), 255, np.uint8)) == 0.0


def test_page_that_is_set_on_a_sheet_has_its_size(tmp_path: Path) -> None:
    (sheet,) = sheets_of((300, 240))
    font = saved_font(tmp_path / "font.ttf")
    dirty, clean = set_on(sheet, [font], np.random.default_rng(1))
    again, _ = set_on(sheet, [font], np.random.default_rng(1))
    assert dirty.shape == clean.shape == sheet.dirty.shape
    assert np.array_equal(dirty, again)
    assert clean.min() < 100
    assert np.abs(dirty.astype(int) - sheet.dirty)[gray_of(clean) == 1.0].mean() < 1.0


def test_letters_grow_with_the_resolution(tmp_path: Path) -> None:
    font = saved_font(tmp_path / "font.ttf")
    heights = [
        letter_height(set_page(font, np.random.default_rng(4), dpi=dpi, size=(4 * dpi, 4 * dpi), layout="letter"))
        for dpi in (100, 200)
    ]
    assert heights[1] / heights[0] == pytest.approx(2.0, rel=0.3)


@pytest.mark.parametrize("value", [0, 255])
def test_page_without_letters_counts_as_usual_print(value: int) -> None:
    assert letter_height(np.full((300, 300, 3), value, np.uint8)) == 12.0
