import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from docclean.core.job import JobStatus, PageResult
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe, StageSpec
from docclean.gui.page_item import ItemStatus, PageItem
from docclean.gui.session_store import SessionStore

OTHER = Recipe(stages=(StageSpec(strength=40),))


def item(name: str, pages: int = 1, page: int = 0) -> PageItem:
    source = PageSource(path=Path(f"/scans/{name}"), page=page, pages=pages, relative=Path(name))
    return PageItem(source, Recipe(), id=f"{name}{page}")


@pytest.fixture
def store(tmp_path: Path, qapp: object) -> SessionStore:
    return SessionStore(tmp_path / "session")


def cleaned(store: SessionStore, name: str, *, doubts: int = 0) -> PageItem:
    page = item(name)
    draft = store.drafts / f"{page.id}.png"
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.touch()
    page.take_result(PageResult(job_id=page.id, status=JobStatus.DONE, output=draft, doubts=doubts))
    return page


def again(store: SessionStore, *items: PageItem) -> list[PageItem]:
    store.keep(items)
    store.flush()
    return SessionStore(store.drafts.parent).load()


def test_queue_comes_back_in_order_with_its_settings(store: SessionStore) -> None:
    pages = [item("ä 1.tif", 3, n) for n in range(3)]
    pages[1].recipe = OTHER
    back = again(store, *pages)
    assert [(p.id, p.source, p.recipe, p.status) for p in back] == [(p.id, p.source, p.recipe, p.status) for p in pages]


def test_results_come_back_with_their_state(store: SessionStore) -> None:
    pages = [cleaned(store, "a.png"), cleaned(store, "b.png", doubts=2)]
    pages[0].is_saved = True
    pages[1].recipe = OTHER
    back = again(store, *pages)
    assert [(p.status, p.is_saved, p.is_current) for p in back] == [
        (ItemStatus.DONE, True, True),
        (ItemStatus.REVIEW, False, False),
    ]
    assert back[0].draft == pages[0].draft


def test_result_whose_draft_is_gone_waits_again(store: SessionStore) -> None:
    page = cleaned(store, "a.png")
    assert page.draft is not None
    page.draft.unlink()
    (back,) = again(store, page)
    assert back.status is ItemStatus.WAITING


def test_page_in_work_waits_again(store: SessionStore) -> None:
    page = item("a.png")
    page.status = ItemStatus.CLEANING
    (back,) = again(store, page)
    assert back.status is ItemStatus.WAITING


def test_first_start_has_no_pages(store: SessionStore) -> None:
    assert store.load() == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pages": [{"id": 1}]}', '{"version": 1}', "\x00"])
def test_damaged_file_is_set_aside(store: SessionStore, content: str) -> None:
    path = store.drafts.parent / "queue.json"
    path.parent.mkdir()
    path.write_text(content)
    assert store.load() == []
    assert path.with_suffix(".broken").read_text() == content


def test_queue_is_written_a_moment_after_it_changed(store: SessionStore, qtbot: QtBot) -> None:
    path = store.drafts.parent / "queue.json"
    store.keep([item("a.png")])
    qtbot.waitUntil(path.exists)
    assert len(json.loads(path.read_text())["pages"]) == 1


def test_folder_that_cannot_be_written_is_told(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "file").touch()
    store = SessionStore(tmp_path / "file" / "session")
    with qtbot.waitSignal(store.fault) as told:
        store.keep([item("a.png")])
        store.flush()
    assert "cannot be written" in told.args[0]


def test_page_that_cannot_be_read_does_not_cost_the_others(store: SessionStore) -> None:
    store.keep([item("a.png"), item("b.png")])
    store.flush()
    path = store.drafts.parent / "queue.json"
    content = json.loads(path.read_text())
    content["pages"][0]["recipe"] = "?"
    path.write_text(json.dumps(content))
    assert [page.name for page in SessionStore(store.drafts.parent).load()] == ["b.png"]


def test_drafts_stay_when_the_queue_cannot_be_read(store: SessionStore) -> None:
    page = cleaned(store, "a.png")
    (store.drafts.parent / "queue.json").write_text("{")
    store.prune(store.load())
    assert page.draft is not None
    assert page.draft.exists()


def test_page_that_is_there_twice_comes_back_once(store: SessionStore) -> None:
    assert len(again(store, item("a.png"), item("a.png"))) == 1


def test_drafts_of_pages_that_are_gone_are_removed(store: SessionStore) -> None:
    kept, gone = cleaned(store, "a.png"), cleaned(store, "b.png")
    store.prune([kept])
    assert kept.draft is not None
    assert gone.draft is not None
    assert (kept.draft.exists(), gone.draft.exists()) == (True, False)


def test_pasted_pictures_of_pages_that_are_gone_are_removed(store: SessionStore) -> None:
    store.load()
    store.pasted.mkdir(parents=True)
    for name in ("kept.png", "gone.png"):
        (store.pasted / name).touch()
    source = PageSource(path=store.pasted / "kept.png", relative=Path("kept.png"))
    store.prune([PageItem(source, Recipe())])
    assert [path.name for path in store.pasted.iterdir()] == ["kept.png"]
