"""A watcher whose time passes only while it waits."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.documents.page_ranges import parse_page_ranges
from docclean.engine.journal import Journal
from docclean.engine.watching.folder_changes import FolderChanges
from docclean.engine.watching.watch_events import WatchEvent, WatchEventKind
from docclean.models.catalog import Catalog
from tests.helpers.disks import small_disk
from tests.helpers.models import catalog_of, tiny_model
from tests.helpers.scans import contents, dirty_page
from tests.helpers.watching import Bench

DONE, FAILED = WatchEventKind.DONE, WatchEventKind.FAILED


def save(path: Path, *, width: int = 90) -> bytes:
    """Save a page in one go, as a program does that renames what it wrote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dirty_page(width).save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    return catalog_of(models)


@pytest.fixture
def bench(tmp_path: Path, catalog: Catalog) -> Bench:
    return Bench(tmp_path, catalog)


def test_page_that_lies_there_is_cleaned_and_stays(bench: Bench) -> None:
    before = save(bench.source / "page.png")
    totals = bench.watch(10.0)
    assert (totals.done, totals.failed, totals.left) == (1, 0, 0)
    assert bench.names(DONE) == ["page.png"]
    assert contents(bench.source) == {"page.png": before}
    assert contents(bench.out).keys() == {"page.png"}


def test_page_that_is_told_of_is_cleaned_when_it_has_settled(bench: Bench) -> None:
    def arrive() -> None:
        save(bench.source / "page.png")
        bench.time.tell(bench.source / "page.png")

    bench.time.at(10.0, arrive)
    bench.time.at(11.5, lambda: bench.events.clear() if not bench.told(DONE) else pytest.fail("too early"))
    bench.watch(20.0)
    assert bench.names(DONE) == ["page.png"]


def test_page_that_was_renamed_into_its_place_does_not_wait(bench: Bench) -> None:
    def arrive() -> None:
        save(bench.source / "page.png")
        bench.time.tell(bench.source / "page.png", was_renamed=True)

    bench.time.at(10.0, arrive)
    bench.watch(10.5)
    assert bench.names(DONE) == ["page.png"]


def test_page_of_which_nobody_told_is_found_all_the_same(bench: Bench) -> None:
    bench.time.at(10.0, lambda: save(bench.source / "page.png"))
    bench.watch(70.0)
    assert bench.names(DONE) == ["page.png"]


def test_polling_finds_pages_without_being_told(bench: Bench) -> None:
    bench.time.can_listen = False
    bench.time.at(10.0, lambda: save(bench.source / "page.png"))
    bench.watch(16.0, polling_s=3.0)
    assert bench.names(DONE) == ["page.png"]
    assert bench.told(WatchEventKind.NOTE) == []


def test_system_that_tells_of_no_changes_is_made_up_for_by_polling(bench: Bench) -> None:
    bench.time.can_listen = False
    bench.time.at(10.0, lambda: save(bench.source / "page.png"))
    bench.watch(24.0)
    assert bench.names(DONE) == ["page.png"]
    (note,) = bench.told(WatchEventKind.NOTE)
    assert "inotify watch limit reached" in note.sentences[0]
    assert "every 10 s" in note.sentences[0]


def test_network_drive_is_polled(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docclean.engine.watching.watcher.network_file_system", lambda folder: "cifs")
    bench.time.at(10.0, lambda: save(bench.source / "page.png"))
    bench.watch(24.0)
    assert bench.names(DONE) == ["page.png"]
    assert "network drive (cifs)" in bench.told(WatchEventKind.NOTE)[0].sentences[0]


def test_page_that_cannot_be_read_is_moved_aside_with_its_reason(bench: Bench) -> None:
    damaged = save(bench.source / "page.png")[:200]
    (bench.source / "page.png").write_bytes(damaged)
    totals = bench.watch(400.0)
    assert totals.failed == 1
    assert contents(bench.source).keys() == {"failed/page.png", "failed/page.png.reason.txt"}
    assert (bench.source / "failed" / "page.png").read_bytes() == damaged
    reason = (bench.source / "failed" / "page.png.reason.txt").read_text(encoding="utf-8")
    assert "page.png: is damaged or cut off" in reason
    (event,) = bench.told(FAILED)
    assert event.moved_to == bench.source / "failed" / "page.png"


def test_page_that_cannot_be_read_gets_time_to_become_complete(bench: Bench) -> None:
    whole = save(bench.source / "page.png")
    (bench.source / "page.png").write_bytes(whole[:-30])
    bench.time.at(100.0, lambda: (bench.source / "page.png").write_bytes(whole))
    totals = bench.watch(200.0)
    assert (totals.done, totals.failed) == (1, 0)
    assert bench.told(FAILED) == []


def test_page_that_seemed_whole_but_cannot_be_read_gets_time_too(bench: Bench) -> None:
    whole = save(bench.source / "page.png")
    begin = whole.index(b"IDAT") + 4
    holey = whole[:begin] + bytes(100) + whole[begin + 100 :]  # as programs leave it that write out of order
    (bench.source / "page.png").write_bytes(holey)
    bench.time.at(100.0, lambda: (bench.source / "page.png").write_bytes(whole))
    totals = bench.watch(200.0)
    assert (totals.done, totals.failed) == (1, 0)
    assert bench.told(FAILED) == []


def test_failed_page_may_be_left_where_it_is_and_is_tried_again_when_it_changes(bench: Bench) -> None:
    (bench.source / "page.png").write_bytes(b"this is no picture")
    bench.time.at(500.0, lambda: save(bench.source / "page.png"))
    totals = bench.watch(700.0, failed=None)
    assert (totals.done, totals.failed) == (1, 1)
    assert contents(bench.source).keys() == {"page.png"}


def test_failure_that_cannot_be_moved_stays_and_is_told_once(bench: Bench, tmp_path: Path) -> None:
    (bench.source / "page.png").write_bytes(b"this is no picture")
    (tmp_path / "file").touch()
    totals = bench.watch(1000.0, failed=tmp_path / "file" / "failed")
    assert totals.failed == 1
    (event,) = bench.told(FAILED)
    assert event.moved_to is None
    assert "a part of its path is a file" in event.sentences[-1]
    assert contents(bench.source) == {"page.png": b"this is no picture"}


def test_done_pages_are_moved_if_that_is_asked_for(bench: Bench) -> None:
    before = save(bench.source / "page.png")
    bench.watch(10.0, done=bench.source / "done")
    assert contents(bench.source) == {"done/page.png": before}
    assert bench.told(DONE)[0].moved_to == bench.source / "done" / "page.png"


def test_another_page_of_the_same_name_gets_a_name_of_its_own_where_pages_leave(bench: Bench) -> None:
    first = save(bench.source / "page.png")
    bench.time.at(100.0, lambda: save(bench.source / "page.png", width=120))
    bench.watch(200.0, done=bench.source / "done")
    assert contents(bench.out).keys() == {"page.png", "page (2).png"}
    assert contents(bench.source)["done/page.png"] == first
    assert contents(bench.source).keys() == {"done/page.png", "done/page (2).png"}
    with Image.open(bench.out / "page.png") as one, Image.open(bench.out / "page (2).png") as two:
        assert (one.width, two.width) == (90, 120)


def test_new_version_of_a_page_replaces_its_result_where_pages_stay(bench: Bench) -> None:
    save(bench.source / "page.png")
    bench.time.at(100.0, lambda: save(bench.source / "page.png", width=120))
    totals = bench.watch(200.0)
    assert totals.done == 2
    assert contents(bench.out).keys() == {"page.png"}
    with Image.open(bench.out / "page.png") as result:
        assert result.width == 120


def test_file_that_docclean_did_not_write_is_never_replaced(bench: Bench) -> None:
    bench.out.mkdir()
    (bench.out / "page.png").write_bytes(b"somebody's")
    save(bench.source / "page.png")
    bench.watch(10.0)
    assert contents(bench.out).keys() == {"page.png", "page (2).png"}
    assert (bench.out / "page.png").read_bytes() == b"somebody's"
    bench.watch(10.0)
    assert bench.session.cleaned == 1
    bench.watch(10.0, overwrite=True)
    assert (bench.out / "page.png").read_bytes() != b"somebody's"


def test_two_pages_with_one_name_of_the_result_do_not_replace_each_other(bench: Bench) -> None:
    save(bench.source / "page.png")
    save(bench.source / "page.bmp", width=120)
    bench.watch(10.0, output_format="tiff")
    assert contents(bench.out).keys() == {"page.tif", "page (2).tif"}
    bench.watch(10.0, output_format="tiff")
    assert bench.session.cleaned == 2


@pytest.mark.parametrize("leaves", [False, True])
def test_restart_goes_on_without_doing_anything_twice(leaves: bool, bench: Bench) -> None:
    for number in range(3):
        save(bench.source / f"{number}.png", width=90 + number)
    options = {"done": bench.source / "done"} if leaves else {}
    bench.session.before = lambda: bench.cancel.cancel() if bench.session.cleaned == 1 else None
    first = bench.watch(10.0, **options)
    assert (first.done, first.left) == (1, 2)
    bench.session.before = lambda: None
    second = bench.watch(10.0, **options)
    assert (second.done, second.made) == (2, 0 if leaves else 1)
    assert bench.session.cleaned == 3
    assert contents(bench.out).keys() == {"0.png", "1.png", "2.png"}
    assert [event.pages for event in bench.told(WatchEventKind.RESTED)] == ([] if leaves else [1])


def test_killed_between_writing_and_moving_only_moves(bench: Bench) -> None:
    save(bench.source / "page.png")
    bench.watch(10.0)
    bench.watch(10.0, done=bench.source / "done")
    assert bench.session.cleaned == 1
    assert contents(bench.source).keys() == {"done/page.png"}
    assert [event.pages for event in bench.told(DONE)] == [1, 0]


@pytest.mark.parametrize("becomes", ["taken away", "edited"])
def test_result_that_others_took_or_edited_is_not_made_again(becomes: str, bench: Bench) -> None:
    save(bench.source / "page.png")
    bench.watch(10.0)
    if becomes == "taken away":
        (bench.out / "page.png").unlink()
    else:
        (bench.out / "page.png").write_bytes(b"edited")
    before = contents(bench.out)
    bench.watch(10.0)
    assert bench.session.cleaned == 1
    assert contents(bench.out) == before


def test_other_recipe_cleans_again(bench: Bench) -> None:
    save(bench.source / "page.png")
    bench.watch(10.0)
    bench.watch(10.0, output_format="tiff")
    assert bench.session.cleaned == 2


def test_page_that_is_deleted_before_its_turn_is_forgotten(bench: Bench) -> None:
    for number in range(2):
        save(bench.source / f"{number}.png")
    bench.session.before = lambda: (bench.source / "1.png").unlink(missing_ok=True)
    totals = bench.watch(10.0)
    assert (totals.done, totals.failed, totals.left) == (1, 0, 0)
    assert bench.told(FAILED) == []


def test_page_that_changes_while_it_is_cleaned_is_cleaned_again(bench: Bench) -> None:
    save(bench.source / "page.png")

    def change() -> None:
        if bench.session.cleaned == 0:
            save(bench.source / "page.png", width=120)
            bench.time.tell(bench.source / "page.png")

    bench.session.before = change
    totals = bench.watch(100.0)
    assert totals.failed == 0
    with Image.open(bench.out / "page.png") as result:
        assert result.width == 120


def test_folders_in_the_folder_are_mirrored_if_that_is_asked_for(bench: Bench) -> None:
    save(bench.source / "März" / "page.png")
    bench.watch(10.0)
    assert contents(bench.out) == {}
    bench.watch(10.0, recursive=True)
    assert contents(bench.out).keys() == {"März/page.png"}


def test_folder_that_is_moved_in_whole_is_taken_at_once(bench: Bench, tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / "aside" / "deep" / f"{number}.png")

    def arrive() -> None:
        (tmp_path / "aside").rename(bench.source / "book")
        bench.time.tell(bench.source / "book", was_renamed=True)

    bench.time.at(10.0, arrive)
    bench.watch(10.5, recursive=True)
    assert contents(bench.out).keys() == {f"book/deep/{number}.png" for number in range(3)}


def test_results_and_what_was_set_aside_in_the_folder_are_not_cleaned(bench: Bench) -> None:
    bench.out = bench.source / "out"
    save(bench.source / "page.png")
    (bench.source / "bad.png").write_bytes(b"this is no picture")
    bench.watch(1000.0, recursive=True, done=bench.source / "done")
    assert bench.session.cleaned == 1
    assert bench.names(DONE) == ["page.png"]
    assert bench.names(FAILED) == ["bad.png"]


def test_names_of_unfinished_files_are_left_alone(bench: Bench) -> None:
    for name in (".page.png", "page.png.part", "page.tmp", "~$page.png", ".~lock.page.png#", "notes.txt"):
        save(bench.source / "x.png")
        (bench.source / "x.png").rename(bench.source / name)
    totals = bench.watch(100.0)
    assert (totals.done, totals.failed, totals.left) == (0, 0, 0)


def test_folder_that_vanishes_and_comes_back_is_watched_again(bench: Bench, tmp_path: Path) -> None:
    def vanish() -> None:
        bench.source.rename(tmp_path / "elsewhere")

    def come_back() -> None:
        save(tmp_path / "elsewhere" / "later.png")
        (tmp_path / "elsewhere").rename(bench.source)

    save(bench.source / "page.png")
    bench.time.at(20.0, vanish)
    bench.time.at(60.0, come_back)
    totals = bench.watch(80.0)
    assert totals.done == 2
    assert bench.names(DONE) == ["page.png", "later.png"]
    kinds = [event.kind for event in bench.events]
    assert kinds.index(WatchEventKind.LOST) < kinds.index(WatchEventKind.BACK)
    assert len(bench.told(WatchEventKind.LOST)) == 1


def test_folder_that_is_replaced_by_another_one_is_watched(bench: Bench) -> None:
    def replace() -> None:
        shutil.rmtree(bench.source)
        save(bench.source / "page.png")
        bench.time.is_on = False  # which the system tells, even where the new folder has the number of the old one

    bench.time.at(20.0, replace)
    bench.watch(40.0)
    assert bench.names(DONE) == ["page.png"]


def test_disk_that_is_full_holds_the_work_and_loses_nothing(bench: Bench, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 400) as disk:
        bench.out = disk / "out"
        filling = disk / "filling"
        save(bench.source / "page.png", width=400)
        bench.time.at(100.0, filling.unlink)

        def fill() -> None:
            if not filling.exists() and bench.time.now < 1100.0:
                filling.write_bytes(bytes(shutil.disk_usage(disk).free // 4096 * 4096))

        bench.session.before = fill
        totals = bench.watch(200.0)
        assert (totals.done, totals.failed) == (1, 0)
        (event,) = bench.told(WatchEventKind.DELAYED)
        assert "disk is full" in event.sentences[0]
        assert contents(bench.source).keys() == {"page.png"}


def test_results_that_cannot_be_written_for_want_of_a_folder_are_no_failures(bench: Bench) -> None:
    save(bench.source / "page.png")

    def block() -> None:
        shutil.rmtree(bench.out)
        bench.out.touch()

    bench.session.before = lambda: block() if bench.time.now < 1050.0 else None
    bench.time.at(50.0, bench.out.unlink)
    totals = bench.watch(100.0)
    assert (totals.done, totals.failed) == (1, 0)
    assert len(bench.told(WatchEventKind.DELAYED)) >= 1
    assert contents(bench.out).keys() == {"page.png"}


def test_output_folder_that_is_removed_meanwhile_is_made_again(bench: Bench) -> None:
    save(bench.source / "one.png")

    def remove() -> None:
        shutil.rmtree(bench.out)
        save(bench.source / "two.png")
        bench.time.tell(bench.source / "two.png")

    bench.time.at(20.0, remove)
    bench.watch(40.0)
    assert contents(bench.out).keys() == {"two.png"}
    bench.watch(10.0)
    assert bench.session.cleaned == 2 + 1  # the result of the first one is gone with its journal


def test_name_that_somebody_takes_meanwhile_is_left_to_him(bench: Bench) -> None:
    save(bench.source / "page.png")
    bench.session.before = lambda: (bench.out / "page.png").write_bytes(b"somebody's")
    totals = bench.watch(10.0)
    assert (totals.done, totals.failed) == (1, 0)
    assert (bench.out / "page.png").read_bytes() == b"somebody's"
    assert contents(bench.out).keys() == {"page.png", "page (2).png"}


def test_models_are_released_after_a_while_of_nothing_to_do_and_loaded_again(bench: Bench) -> None:
    save(bench.source / "one.png")
    bench.time.at(1000.0, lambda: save(bench.source / "two.png"))
    bench.watch(1200.0)
    assert bench.names(DONE) == ["one.png", "two.png"]
    assert bench.sessions == 2


def test_pages_that_are_not_wanted_are_told_and_left(bench: Bench) -> None:
    save(bench.source / "page.png")
    bench.watch(10.0, pages=parse_page_ranges("7-"))
    assert bench.names(WatchEventKind.SKIPPED) == ["page.png"]
    assert contents(bench.out) == {}
    assert contents(bench.source).keys() == {"page.png"}


def test_once_ends_when_all_is_done_that_is_there(bench: Bench) -> None:
    for number in range(3):
        save(bench.source / f"{number}.png")
    totals = bench.once()
    assert (totals.done, totals.left, totals.was_held) == (3, 0, False)
    assert bench.time.now < 1010.0


def test_once_leaves_what_is_not_complete_to_the_next_run(bench: Bench) -> None:
    whole = save(bench.source / "page.png")
    (bench.source / "page.png").write_bytes(whole[:-30])
    totals = bench.once()
    assert (totals.done, totals.failed, totals.left) == (0, 0, 1)
    (event,) = bench.told(WatchEventKind.DELAYED)
    assert "left for the next run" in event.sentences[0]


def test_once_ends_when_results_cannot_be_written(bench: Bench) -> None:
    save(bench.source / "page.png")

    def block() -> None:
        shutil.rmtree(bench.out)
        bench.out.touch()

    bench.session.before = block
    totals = bench.once()
    assert (totals.failed, totals.left, totals.was_held) == (0, 1, True)
    assert contents(bench.source).keys() == {"page.png"}


def test_journal_that_another_run_has_ends_the_watch_before_it_begins(bench: Bench) -> None:
    from docclean.core.errors import TakenError
    from docclean.engine.fingerprints import Fingerprints

    save(bench.source / "page.png")
    with Journal.open(bench.out, Fingerprints(bench.catalog)), pytest.raises(TakenError):
        bench.watcher().watch(CancelToken())
    assert bench.session.cleaned == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_may_not_be_written_keeps_its_failures(bench: Bench) -> None:
    (bench.source / "page.png").write_bytes(b"this is no picture")
    bench.source.chmod(0o500)
    totals = bench.watch(1000.0)
    bench.source.chmod(0o700)
    assert totals.failed == 1
    assert contents(bench.source).keys() == {"page.png"}


def test_burst_of_more_files_than_changes_are_kept_loses_none(bench: Bench) -> None:
    changes = FolderChanges(most=20)
    watcher = bench.watcher(changes, settle_s=0.05)
    page = save(bench.source.parent / "page.png", width=20)
    many = 150

    def arrive() -> None:
        for number in range(many):
            (bench.source / f"{number}.png").write_bytes(page)

    def tell(event: WatchEvent) -> None:
        bench.events.append(event)
        if event.kind is WatchEventKind.READY:
            arrive()
        elif len(bench.told(DONE)) == many:
            bench.cancel.cancel()

    watcher._tell = tell
    totals = watcher.watch(bench.cancel)
    assert (totals.done, totals.failed, totals.left) == (many, 0, 0)
    assert contents(bench.out).keys() == {f"{number}.png" for number in range(many)}
