"""Pages for the view: what was read before a file changed is not shown after it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from docclean.core.job import JobStatus, PageResult
from docclean.core.page import PixelArray
from docclean.core.recipe import Geometry, Recipe
from docclean.documents.drafts import read_draft, write_draft
from docclean.documents.reader import read_page
from docclean.engine.geometry import straighten
from docclean.gui import page_loader
from docclean.gui.page_item import PageItem
from docclean.gui.page_loader import LoadedPage, PageLoader
from tests.helpers.gui import scan
from tests.helpers.pages import source_of
from tests.helpers.skewed import DPI, skewed, text_page


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[PageLoader]:
    loader = PageLoader()
    yield loader
    loader.close()


def cleaned(folder: Path, level: int) -> PageItem:
    item = PageItem(scan(folder / "a.png"), Recipe(), id="a")
    write_draft(np.full((40, 60, 1), level, np.uint8), folder / "draft.png")
    item.take_result(PageResult(job_id="a", status=JobStatus.DONE, output=folder / "draft.png"))
    return item


def load(loader: PageLoader, item: PageItem, qtbot: QtBot) -> PixelArray:
    with qtbot.waitSignal(loader.loaded) as told:
        loader.load(item)
    page: LoadedPage = told.args[0]
    assert page.after is not None
    return page.after


def test_draft_that_was_being_read_when_it_changed_is_read_again(
    loader: PageLoader, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, has_read, go_on = cleaned(tmp_path, 10), threading.Event(), threading.Event()

    def slow(path: Path) -> PixelArray:
        pixels = read_draft(path)
        has_read.set()
        assert go_on.wait(10)
        return pixels

    monkeypatch.setattr(page_loader, "read_draft", slow)
    with qtbot.waitSignal(loader.read):
        loader.load(item)
        assert has_read.wait(10)
        write_draft(np.full((40, 60, 1), 20, np.uint8), tmp_path / "draft.png")
        loader.forget(item)
        go_on.set()
    assert load(loader, item, qtbot)[0, 0, 0] == 20


def test_page_is_shown_as_its_recipe_turns_and_cuts_it(loader: PageLoader, qtbot: QtBot, tmp_path: Path) -> None:
    pixels = skewed(text_page(0, margin=200, lines=26), 2.0)
    Image.fromarray(pixels[:, :, 0]).save(tmp_path / "a.png", dpi=(DPI, DPI))
    geometry = Geometry(deskew=True, crop=True)
    source = source_of(tmp_path / "a.png")
    straight = straighten(read_page(source), geometry).pixels
    assert straight.shape[0] < pixels.shape[0]
    item = PageItem(source, Recipe(geometry=geometry), id="a")
    write_draft(straight // 2, tmp_path / "draft.png")
    item.take_result(PageResult(job_id="a", status=JobStatus.DONE, output=tmp_path / "draft.png"))
    page = shown(loader, item, qtbot)
    assert page.before is not None
    assert page.after is not None
    np.testing.assert_array_equal(page.before, straight)
    np.testing.assert_array_equal(page.after, straight // 2)
    item.recipe = Recipe()  # as undoing does
    page = shown(loader, item, qtbot)
    assert page.after is None  # its draft does not fit on the page as it came
    np.testing.assert_array_equal(page.before, pixels)
    assert item.pictured_draft is None


def shown(loader: PageLoader, item: PageItem, qtbot: QtBot) -> LoadedPage:
    with qtbot.waitSignal(loader.loaded, timeout=20_000) as told:
        loader.load(item)
    page: LoadedPage = told.args[0]
    return page
