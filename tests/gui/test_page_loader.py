"""Pages for the view: what was read before a file changed is not shown after it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from docclean.core.job import JobStatus, PageResult
from docclean.core.page import PixelArray
from docclean.core.recipe import Recipe
from docclean.documents.drafts import read_draft, write_draft
from docclean.gui import page_loader
from docclean.gui.page_item import PageItem
from docclean.gui.page_loader import LoadedPage, PageLoader
from tests.helpers.gui import scan


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
