"""Saving: the right files, whole documents, nothing replaced without being told to."""

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from docclean.core.errors import DoccleanError, UsageError
from docclean.core.job import OutputFormat
from docclean.core.output_choice import OutputChoice
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe, StageSpec
from docclean.core.resources import resource_path
from docclean.documents.tiff_pages import count_pages
from docclean.engine import searchable
from docclean.engine.searchable import RecognitionError
from docclean.gui.cleaning_run import CleaningRun
from docclean.gui.engine_thread import EngineThread
from docclean.gui.exporting import export_pages
from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.save_dialogs import default_folder
from docclean.gui.saving import SavePlan, Saver, SaveSummary, plan_saving, plan_saving_as
from tests.helpers.broken_tiffs import lead_on, save_pages
from tests.helpers.gui import FakeEngine, Heard, scan, waits_for
from tests.helpers.pages import image_in, read

PLAIN = OutputChoice(pattern="{stem}")


@pytest.fixture
def queue(engine: EngineThread, qtbot: QtBot, tmp_path: Path) -> PageQueue:
    """Two pages and a document of three, cleaned."""
    queue = PageQueue()
    folder = tmp_path / "in"
    sources = [scan(folder / "a.png", 1), scan(folder / "b.png", 2)]
    first, *others = (image_in("L", 40, 60, seed=n) for n in range(3))
    first.save(folder / "c.tif", save_all=True, append_images=others)
    sources += [PageSource(path=folder / "c.tif", page=n, pages=3, relative=Path("c.tif")) for n in range(3)]
    queue.insert(0, [PageItem(s, Recipe(), id=f"{s.path.stem}{s.page}") for s in sources])
    run = CleaningRun(engine, queue, tmp_path / "drafts")
    with qtbot.waitSignal(run.finished):
        run.start(queue.items)
    return queue


@pytest.fixture
def saver(engine: EngineThread) -> Saver:
    return Saver(engine)


def save(saver: Saver, plan: SavePlan, qtbot: QtBot) -> SaveSummary:
    with qtbot.waitSignal(saver.saved) as told:
        saver.save(plan)
    summary: SaveSummary = told.args[0]
    return summary


def item(queue: PageQueue, item_id: str) -> PageItem:
    found = queue.get(item_id)
    assert found is not None
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_all_pages_are_saved_and_documents_are_whole(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    summary = save(saver, plan_saving(queue, queue.items, PLAIN, out), qtbot)
    assert names(out) == ["a.png", "b.png", "c.tif"]
    assert summary.errors == ()
    assert len(summary.pages) == 5
    with Image.open(out / "c.tif") as document:
        assert getattr(document, "n_frames", 1) == 3
    np.testing.assert_array_equal(read(out / "a.png").pixels, read(tmp_path / "in" / "a.png").pixels // 2)


def test_one_page_of_a_document_saves_the_document(queue: PageQueue, tmp_path: Path) -> None:
    plan = plan_saving(queue, [item(queue, "c1")], PLAIN, tmp_path / "out")
    assert list(plan.pages.values()) == ["c0", "c1", "c2"]


def test_one_page_of_a_document_as_png_saves_that_page(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    choice = PLAIN.model_copy(update={"format": OutputFormat.PNG})
    save(saver, plan_saving(queue, [item(queue, "c1")], choice, tmp_path / "out"), qtbot)
    assert names(tmp_path / "out") == ["c-p002.png"]


def test_pages_moved_apart_are_saved_in_the_document_s_order(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    queue.arrange(["c2", "a0", "c0", "b0", "c1"])
    save(saver, plan_saving(queue, queue.items, PLAIN, tmp_path / "out"), qtbot)
    for page in range(3):
        np.testing.assert_array_equal(
            read(tmp_path / "out" / "c.tif", page).pixels, read(tmp_path / "in" / "c.tif", page).pixels // 2
        )


def test_page_without_a_result_goes_into_its_document_as_it_is(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    item(queue, "c1").reset()
    plan = plan_saving(queue, [item(queue, "c0")], PLAIN, tmp_path / "out")
    assert plan.uncleaned == 1
    save(saver, plan, qtbot)
    np.testing.assert_array_equal(read(tmp_path / "out" / "c.tif", 1).pixels, read(tmp_path / "in" / "c.tif", 1).pixels)


def test_existing_files_are_told_and_not_replaced(queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").write_bytes(b"mine")
    plan = plan_saving(queue, queue.items, PLAIN, out)
    assert plan.existing == (out / "a.png",)
    summary = save(saver, plan, qtbot)
    assert (out / "a.png").read_bytes() == b"mine"
    assert len(summary.errors) == 1
    assert "exists already" in summary.errors[0]


def test_existing_files_are_kept_beside_new_ones(queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("a.png", "c.tif"):
        (out / name).write_bytes(b"mine")
    save(saver, plan_saving(queue, queue.items, PLAIN, out).beside(), qtbot)
    assert names(out) == ["a (2).png", "a.png", "b.png", "c (2).tif", "c.tif"]


def test_existing_files_are_replaced_where_the_user_wants_it(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").write_bytes(b"old")
    summary = save(saver, plan_saving(queue, queue.items, PLAIN, out).replacing(), qtbot)
    assert summary.errors == ()
    assert (out / "a.png").read_bytes() != b"old"


def test_result_over_an_original_is_refused(queue: PageQueue, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is an input"):
        plan_saving(queue, queue.items, PLAIN.model_copy(update={"folder": tmp_path / "in"}), tmp_path)


def test_originals_are_replaced_where_the_user_chose_that(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    before = [read(tmp_path / "in" / "a.png").pixels, read(tmp_path / "in" / "c.tif", 2).pixels]
    choice = PLAIN.model_copy(update={"replaces_originals": True})
    summary = save(saver, plan_saving(queue, queue.items, choice, tmp_path), qtbot)
    assert summary.errors == ()
    np.testing.assert_array_equal(read(tmp_path / "in" / "a.png").pixels, before[0] // 2)
    np.testing.assert_array_equal(read(tmp_path / "in" / "c.tif", 2).pixels, before[1] // 2)
    assert names(tmp_path / "in") == ["a.png", "b.png", "c.tif"]


def test_original_stays_when_its_result_cannot_be_written(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    draft = item(queue, "a0").draft
    assert draft is not None
    draft.unlink()
    before = (tmp_path / "in" / "a.png").read_bytes()
    choice = PLAIN.model_copy(update={"replaces_originals": True})
    summary = save(saver, plan_saving(queue, [item(queue, "a0"), item(queue, "b0")], choice, tmp_path), qtbot)
    assert (tmp_path / "in" / "a.png").read_bytes() == before
    assert summary.files == (tmp_path / "in" / "b.png",)
    assert summary.pages == ("b0",)


@pytest.mark.parametrize(("name", "kind"), [("x.png", "PNG"), ("x.jpg", "JPEG"), ("x.tif", "TIFF"), ("x.webp", "WEBP")])
def test_page_saved_as_has_the_format_of_its_name(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path, name: str, kind: str
) -> None:
    save(saver, plan_saving_as(queue, item(queue, "a0"), tmp_path / "out" / name, OutputChoice()), qtbot)
    with Image.open(tmp_path / "out" / name) as image:
        assert image.format == kind


def test_page_saved_as_over_its_original_is_refused(queue: PageQueue, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is an input"):
        plan_saving_as(queue, item(queue, "a0"), tmp_path / "in" / "a.png", OutputChoice())


def test_names_follow_the_pattern(queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path) -> None:
    choice = OutputChoice(pattern="{n} {stem} clean")
    save(saver, plan_saving(queue, queue.items, choice, tmp_path / "out"), qtbot)
    assert names(tmp_path / "out") == ["001 a clean.png", "002 b clean.png", "003 c clean.tif"]


def test_pages_of_a_document_are_named_by_number_where_the_pattern_says_so(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    choice = OutputChoice(pattern="{stem}_{page}", format=OutputFormat.PNG)
    save(saver, plan_saving(queue, queue.items, choice, tmp_path / "out"), qtbot)
    assert names(tmp_path / "out") == ["a_001.png", "b_001.png", "c_001.png", "c_002.png", "c_003.png"]


def test_pages_dragged_out_are_the_cleaned_ones(queue: PageQueue, tmp_path: Path) -> None:
    item(queue, "b0").reset()
    files = export_pages([item(queue, "a0"), item(queue, "b0"), item(queue, "c1")])
    assert [path.name for path in files] == ["a.png", "c.tif"]
    np.testing.assert_array_equal(read(files[0]).pixels, read(tmp_path / "in" / "a.png").pixels // 2)
    np.testing.assert_array_equal(read(files[1]).pixels, read(tmp_path / "in" / "c.tif", 1).pixels // 2)


# What must not be lost


REPLACING = PLAIN.model_copy(update={"replaces_originals": True})


def test_original_that_changed_since_it_was_cleaned_is_not_replaced(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    scan(tmp_path / "in" / "a.png", 9)
    other = (tmp_path / "in" / "a.png").read_bytes()
    summary = save(saver, plan_saving(queue, [item(queue, "a0")], REPLACING, tmp_path), qtbot)
    assert (tmp_path / "in" / "a.png").read_bytes() == other
    assert "has changed" in summary.errors[0]


def test_page_taken_off_the_list_stays_in_an_original_that_is_replaced(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "in" / "c.tif"
    before = [read(path, page).pixels for page in range(3)]
    queue.take({"c1"})
    summary = save(saver, plan_saving(queue, queue.items, REPLACING, tmp_path), qtbot)
    assert summary.errors == ()
    with Image.open(path) as document:
        assert getattr(document, "n_frames", 1) == 3
    for page, halved in ((0, True), (1, False), (2, True)):
        np.testing.assert_array_equal(read(path, page).pixels, before[page] // 2 if halved else before[page])


def test_original_of_which_pages_are_lost_is_not_replaced_and_may_be_saved_elsewhere(
    engine: EngineThread, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    path = save_pages(tmp_path / "lost.tif", [image_in("L", 40, 60, seed=n) for n in range(3)])
    lead_on(path, 1, 10**8)
    before, queue = path.read_bytes(), PageQueue()
    sources = [PageSource(path=path, page=n, pages=3, relative=Path("lost.tif")) for n in range(3)]
    queue.insert(0, [PageItem(source, Recipe(), id=f"lost{source.page}") for source in sources])
    run = CleaningRun(engine, queue, tmp_path / "drafts")
    with qtbot.waitSignal(run.finished):
        run.start(queue.items)
    summary = save(saver, plan_saving(queue, queue.items, REPLACING, tmp_path), qtbot)
    assert path.read_bytes() == before
    assert f"{path}: was not replaced, because pages of it cannot be found any more" in " ".join(summary.errors)
    assert names(tmp_path) == sorted([*names(tmp_path / "drafts"), "lost.tif"])
    summary = save(saver, plan_saving(queue, queue.items, PLAIN, tmp_path / "out"), qtbot)
    assert summary.files == (tmp_path / "out" / "lost.tif",)
    assert "page 3, and whatever comes behind it, cannot be found" in summary.errors[0]
    assert count_pages(tmp_path / "out" / "lost.tif") == 2


def test_permissions_of_an_original_stay_when_it_is_replaced(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "in" / "a.png").chmod(0o600)
    save(saver, plan_saving(queue, [item(queue, "a0")], REPLACING, tmp_path), qtbot)
    assert (tmp_path / "in" / "a.png").stat().st_mode & 0o777 == 0o600


def test_original_of_another_page_is_never_replaced(queue: PageQueue, tmp_path: Path) -> None:
    queue.insert(0, [PageItem(scan(tmp_path / "out" / "a.png", 7), Recipe())])
    with pytest.raises(UsageError, match="is an input"):
        plan_saving(queue, [item(queue, "a0")], PLAIN, tmp_path / "out")


def test_page_saved_as_over_the_original_of_another_is_refused(queue: PageQueue, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is an input"):
        plan_saving_as(queue, item(queue, "a0"), tmp_path / "in" / "b.png", OutputChoice())


def test_page_in_a_document_without_a_result_does_not_count_as_saved(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    item(queue, "c1").reset()
    summary = save(saver, plan_saving(queue, [item(queue, "c0")], PLAIN, tmp_path / "out"), qtbot)
    assert summary.pages == ("c0", "c2")
    assert summary.as_they_were == 1


def test_saving_that_is_dropped_ends(
    queue: PageQueue, saver: Saver, engine: EngineThread, fake_engine: FakeEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    fake_engine.gate.clear()
    item(queue, "b0").reset()
    CleaningRun(engine, queue, tmp_path / "drafts", queue).start([item(queue, "b0")])
    qtbot.waitUntil(waits_for(lambda: fake_engine.reached.acquire(blocking=False)))
    saver.save(plan_saving(queue, [item(queue, "a0")], REPLACING, tmp_path))
    with qtbot.waitSignal(saver.saved) as told:
        engine.cancel_all()
    assert told.args[0].files == ()
    assert not saver.is_on


def test_saving_ended_by_closing_leaves_no_unfinished_files(
    queue: PageQueue, saver: Saver, engine: EngineThread, tmp_path: Path
) -> None:
    before = (tmp_path / "in" / "a.png").read_bytes()
    saver.save(plan_saving(queue, queue.items, REPLACING, tmp_path))
    for _ in range(1000):  # without Qt's events, so that the window does not hear that a file is there
        if list((tmp_path / "in").glob(".docclean-*")):
            break
        time.sleep(0.01)
    assert engine.close()
    saver.close()
    assert names(tmp_path / "in") == ["a.png", "b.png", "c.tif"]
    assert (tmp_path / "in" / "a.png").read_bytes() == before


def test_pages_that_are_being_saved_are_known(queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(saver.saved):
        saver.save(plan_saving(queue, [item(queue, "c0")], PLAIN, tmp_path / "out"))
        assert saver.pages_in_work == {"c0", "c1", "c2"}
    assert saver.pages_in_work == set()


def test_saving_during_a_pause_is_told_to_wait(
    queue: PageQueue, saver: Saver, engine: EngineThread, qtbot: QtBot, tmp_path: Path
) -> None:
    heard = Heard()
    saver.held.connect(heard)
    engine.pause()
    saver.save(plan_saving(queue, [item(queue, "a0")], PLAIN, tmp_path / "out"))
    assert len(heard.values) == 1
    with qtbot.waitSignal(saver.saved):
        engine.resume()


def test_page_of_a_file_that_changed_since_is_not_dragged_out(queue: PageQueue, tmp_path: Path) -> None:
    scan(tmp_path / "in" / "a.png", 9)
    with pytest.raises(DoccleanError, match="has changed"):
        export_pages([item(queue, "a0")])


def test_original_of_several_pictures_is_not_replaced_by_its_first(
    engine: EngineThread, qtbot: QtBot, tmp_path: Path
) -> None:
    first, second = (image_in("L", 40, 60, seed=n).convert("P") for n in range(2))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    queue = PageQueue()
    queue.insert(0, [PageItem(PageSource(path=tmp_path / "a.gif", relative=Path("a.gif")), Recipe(), id="a")])
    run = CleaningRun(engine, queue, tmp_path / "drafts", queue)
    with qtbot.waitSignal(run.finished):
        run.start(queue.items)
    with pytest.raises(UsageError, match="several pictures"):
        plan_saving(queue, queue.items, REPLACING, tmp_path)


def test_original_behind_a_link_is_replaced_and_the_link_stays(
    queue: PageQueue, saver: Saver, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "in" / "a.png"
    real = path.rename(tmp_path / "real.png")
    path.symlink_to(real)
    before = read(real).pixels
    summary = save(saver, plan_saving(queue, [item(queue, "a0")], REPLACING, tmp_path), qtbot)
    assert (summary.errors, path.is_symlink()) == ((), True)
    np.testing.assert_array_equal(read(real).pixels, before // 2)


def test_untouched_page_of_a_document_is_dragged_out_alone(
    queue: PageQueue, engine: EngineThread, qtbot: QtBot, tmp_path: Path
) -> None:
    queue.set_recipes({"c1": Recipe(stages=(StageSpec(strength=0),))})
    run = CleaningRun(engine, queue, tmp_path / "drafts", queue)
    with qtbot.waitSignal(run.finished):
        run.start([item(queue, "c1")])
    (file,) = export_pages([item(queue, "c1")])
    with Image.open(file) as image:
        assert getattr(image, "n_frames", 1) == 1


def test_results_of_the_program_s_own_pages_go_to_the_user_s_folder() -> None:
    queue = PageQueue()
    sample = resource_path("samples") / "sample.png"
    queue.insert(0, [PageItem(PageSource(path=sample, relative=Path("sample.png")), Recipe())])
    assert default_folder(queue) == Path.home() / "cleaned"


def test_original_that_changes_while_its_result_is_written_is_not_replaced(
    queue: PageQueue, saver: Saver, engine: EngineThread, qtbot: QtBot, tmp_path: Path
) -> None:
    plan = plan_saving(queue, [item(queue, "a0")], REPLACING, tmp_path)
    (new,) = plan.replaces
    saver.save(plan)
    for _ in range(1000):  # without Qt's events: the result is there, and the window has not heard of it
        if new.exists():
            break
        time.sleep(0.01)
    scan(tmp_path / "in" / "a.png", 9)
    other = (tmp_path / "in" / "a.png").read_bytes()
    with qtbot.waitSignal(saver.saved) as told:
        pass
    assert "has changed" in told.args[0].errors[0]
    assert (tmp_path / "in" / "a.png").read_bytes() == other
    assert names(tmp_path / "in") == ["a.png", "b.png", "c.tif"]


def test_what_saving_warns_of_is_told_once_with_its_file(
    queue: PageQueue, saver: Saver, engine: EngineThread, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise RecognitionError("no engine")

    monkeypatch.setattr(searchable, "add_text", fail)
    choice = OutputChoice(folder=tmp_path / "out", format=OutputFormat.PDF, languages=("eng",))
    summary = save(saver, plan_saving(queue, [item(queue, "c1")], choice, tmp_path), qtbot)
    (file,) = summary.files
    assert file.is_file()
    assert summary.errors == ()
    note = "The result has no added text, because it could not be recognized: no engine."
    assert (file, note) in summary.notes
