"""Whole runs into a folder with a journal: taken up, forced, retried, stopped by what goes wrong meanwhile."""

import hashlib
import os
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.errors import ModelError
from docclean.core.job import JobStatus, PageResult
from docclean.core.page import Page
from docclean.core.progress import Progress, ProgressSink
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.device import cpu_device
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.journal import Journal
from docclean.engine.journaled_runs import RoomNeeded, open_journal, resume_plan, run_journaled
from docclean.engine.planning import CleanOptions, CleanPlan, Rerun, plan_jobs
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog, ModelEntry
from tests.helpers.disks import small_disk
from tests.helpers.models import catalog_of, tiny_model
from tests.helpers.scans import contents


class Inverting:
    """A session that inverts pages; `before` is called with the name of the page's job before it does."""

    def __init__(self) -> None:
        self.device = cpu_device()
        self.cleaned: list[str] = []
        self.before: Callable[[str], None] = lambda job_id: None

    def pipeline(self, recipe: Recipe) -> "_Pipeline":
        return _Pipeline(self)

    def entry(self, stage: StageSpec) -> ModelEntry:
        raise ModelError(f"{stage.task}: is done by no model here.")


class _Pipeline:
    stages = ()
    models = ("inverting",)
    device = "cpu"

    def __init__(self, session: Inverting) -> None:
        self._session = session

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        self._session.before(job_id)
        self._session.cleaned.append(job_id)
        return replace(page, pixels=np.ascontiguousarray(255 - page.pixels))


class Run:
    """Runs of one folder into another."""

    def __init__(self, folder: Path, out: Path, catalog: Catalog) -> None:
        self.folder, self.out, self.catalog = folder, out, catalog
        self.session = Inverting()
        self.progress: ProgressSink = lambda progress: None
        self.cancel = CancelToken()
        self.plan = CleanPlan((), (), ())
        self.notes: tuple[str, ...] = ()

    def __call__(self, rerun: Rerun = Rerun.RESUME, *inputs: Path, **options: Any) -> list[PageResult]:
        self.session.cleaned.clear()
        asked = CleanOptions(inputs or (self.folder,), self.out, rerun=rerun, **options)
        self.plan = plan_jobs(asked, Recipe())
        journal = open_journal(self.plan, self.catalog)
        if journal is None:
            return []
        with journal:
            self.notes = journal.notes
            self.plan = resume_plan(self.plan, journal, asked)
            session = cast("EngineSession", self.session)
            return list(run_journaled(self.plan.jobs, session, self.progress, self.cancel, journal=journal))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    return catalog_of(models)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number, name in enumerate("abc"):
        page(folder / f"{name}.png", 60 + number)
    first, *others = [Image.new("L", (12, 9), 40 * number) for number in range(1, 4)]
    first.save(folder / "d.tif", save_all=True, append_images=others)
    return folder


@pytest.fixture
def run(folder: Path, catalog: Catalog, tmp_path: Path) -> Run:
    return Run(folder, tmp_path / "out", catalog)


def page(path: Path, tone: int = 90, size: tuple[int, int] = (12, 9)) -> Path:
    Image.new("L", size, tone).save(path)
    return path


def statuses(results: list[PageResult]) -> list[str]:
    return [result.status.value for result in results]


def test_second_run_does_nothing(run: Run) -> None:
    assert statuses(run()) == ["done"] * 6
    before = contents(run.out)
    assert run() == []
    assert (len(run.plan.existing), run.plan.failed, run.session.cleaned) == (6, (), [])
    assert contents(run.out) == before


def test_run_does_what_is_new_and_what_changed(run: Run, folder: Path) -> None:
    run()
    page(folder / "b.png", 200)
    page(folder / "e.png", 10)
    (run.out / "c.png").unlink()
    assert statuses(run()) == ["done"] * 3
    assert [job.source.path.name for job in run.plan.jobs] == ["b.png", "c.png", "e.png"]
    with Image.open(run.out / "b.png") as result:
        assert result.getpixel((0, 0)) == 55


def test_document_of_which_a_page_changed_is_done_as_a_whole(run: Run, folder: Path) -> None:
    run()
    first, *others = [Image.new("L", (12, 9), 50 * number) for number in range(1, 4)]
    first.save(folder / "d.tif", save_all=True, append_images=others)
    assert statuses(run()) == ["done"] * 3
    assert {job.source.path.name for job in run.plan.jobs} == {"d.tif"}


def test_force_does_all_again(run: Run) -> None:
    run()
    before = contents(run.out)
    assert statuses(run(Rerun.FORCE)) == ["done"] * 6
    assert contents(run.out) == before


def test_retrying_does_only_what_failed(run: Run, folder: Path) -> None:
    (folder / "b.png").write_bytes(b"no image")
    assert sorted(statuses(run())) == ["done"] * 5 + ["failed"]
    page(folder / "b.png")
    page(folder / "e.png")
    assert statuses(run(Rerun.FAILED)) == ["done"]
    assert [job.source.path.name for job in run.plan.jobs] == ["b.png"]
    assert len(run.plan.existing) == 5
    assert [str(skipped.path.name) for skipped in run.plan.skipped] == ["e.png"]
    assert "without --retry-failed" in run.plan.skipped[0].reason
    assert run(Rerun.FAILED) == []


def test_page_that_failed_is_tried_again_by_any_run(run: Run, folder: Path) -> None:
    (folder / "b.png").write_bytes(b"no image")
    run()
    assert statuses(run()) == ["failed"]


def test_files_of_others_are_replaced_only_when_asked_for(run: Run) -> None:
    run.out.mkdir()
    (run.out / "a.png").write_bytes(b"mine")
    run()
    assert [refused.path.name for refused in run.plan.failed] == ["a.png"]
    assert "exists already; choose another folder" in run.plan.failed[0].error
    (run.out / "b.png").write_bytes(b"edited")
    assert run() == []
    assert [refused.path.name for refused in run.plan.failed] == ["a.png", "b.png"]
    assert "was changed since docclean wrote it" in run.plan.failed[1].error
    assert run(Rerun.FORCE, overwrite=False) != []
    assert (run.out / "a.png").read_bytes() == b"mine"
    assert statuses(run(overwrite=True)) == ["done"] * 2
    assert run() == []
    assert len(run.plan.existing) == 6


def test_verifying_finds_what_times_do_not_tell(run: Run) -> None:
    run()
    result = run.out / "a.png"
    before = result.stat()
    content = bytearray(result.read_bytes())
    content[-1] ^= 1
    with result.open("r+b") as file:
        file.write(content)
    os.utime(result, ns=(before.st_atime_ns, before.st_mtime_ns))
    run(verifies=True)
    assert [refused.path.name for refused in run.plan.failed] == ["a.png"]


def test_run_that_was_cancelled_is_taken_up(run: Run) -> None:
    run.session.before = lambda job_id: run.cancel.cancel() if job_id == "1" else None
    first = run()
    assert statuses(first) == ["done", "cancelled", "cancelled", "cancelled", "cancelled", "cancelled"]
    run.session.before, run.cancel = (lambda job_id: None), CancelToken()
    assert statuses(run()) == ["done"] * 5
    assert len(run.plan.existing) == 1


def test_page_that_changes_while_it_is_read_fails_and_is_done_by_the_next_run(run: Run, folder: Path) -> None:
    def scanner_goes_on(progress: Progress) -> None:
        if progress.job_id == "1" and progress.stage == "read":
            reading[:] = [progress.job_id]

    def change(job_id: str) -> None:
        if job_id in reading:
            page(folder / "b.png", 222, (13, 10))

    reading: list[str] = []
    run.progress, run.session.before = scanner_goes_on, change
    results = run()
    assert statuses(results)[1] == "failed"
    assert results[1].error_code == "changed"
    assert results[1].error.endswith(
        "changed while it was being cleaned; wait until it is complete, and clean it again."
    )
    assert not (run.out / "b.png").exists()
    run.progress, run.session.before = (lambda progress: None), (lambda job_id: None)
    assert statuses(run()) == ["done"]
    with Image.open(run.out / "b.png") as result:
        assert (result.size, result.getpixel((0, 0))) == ((13, 10), 33)


def test_document_that_changes_between_its_pages_fails(run: Run, folder: Path) -> None:
    def change(job_id: str) -> None:
        if job_id == "4":
            first, *others = [Image.new("L", (30, 20), 50 * number) for number in range(1, 4)]
            first.save(folder / "d.tif", save_all=True, append_images=others)

    run.session.before = change
    results = run()
    assert statuses(results) == ["done"] * 3 + ["failed"] * 3
    assert not (run.out / "d.tif").exists()
    run.session.before = lambda job_id: None
    assert statuses(run()) == ["done"] * 3


def test_page_that_vanishes_in_mid_run_fails_with_a_sentence(run: Run, folder: Path) -> None:
    run.session.before = lambda job_id: (folder / "c.png").unlink(missing_ok=True)
    results = run()
    assert statuses(results) == ["done", "done", "failed", "done", "done", "done"]
    assert results[2].error.startswith(f"{folder / 'c.png'}: was not found")


def test_journal_has_the_digest_of_what_was_read(run: Run) -> None:
    run()
    with Journal.open(run.out, Fingerprints(run.catalog)) as journal:
        for name in ("a.png", "d.tif"):
            for entry in journal.entries(run.out / name):
                assert entry.input_sha256 == hashlib.sha256((run.folder / name).read_bytes()).hexdigest()
                assert entry.output_sha256 == hashlib.sha256((run.out / name).read_bytes()).hexdigest()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a disk that is full")
def test_full_disk_ends_the_run_at_its_first_page_and_says_how_much_is_needed(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    samples = np.random.default_rng(0).integers(0, 256, (40, 100, 100), dtype=np.uint8)
    for number, sample in enumerate(samples):
        Image.fromarray(sample).save(folder / f"{number:02}.png")
    with small_disk(tmp_path / "disk", 400) as disk:
        run = Run(folder, disk / "out", catalog)
        results = run()
        found = statuses(results)
        done = found.count("done")
        assert 5 < done < 39
        assert found == ["done"] * done + ["failed"] + ["cancelled"] * (39 - done)
        assert results[done].error_code == "full"
        assert f"are needed for what is left ({40 - done} pages); the same command then goes on" in results[done].error
        assert sorted(contents(run.out)) == [f"{number:02}.png" for number in range(done)]
        later = Run(folder, disk / "out", catalog)
        subfolder = [folder / f"{number:02}.png" for number in range(done)]
        assert later(Rerun.RESUME, *subfolder) == []
        assert len(later.plan.existing) == done


def test_room_that_is_needed_is_that_of_what_is_left(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_jobs(CleanOptions((run.folder,), run.out), Recipe())
    sizes = {"a.png": 1_000_000, "b.png": 2_000_000, "c.png": 4_000_000, "d.tif": 9_000_000}
    monkeypatch.setattr(
        "docclean.engine.journaled_runs._size_of", lambda path: sizes[path.name] // (1 + ("out" in path.parts))
    )
    room = RoomNeeded(plan.jobs)
    for job in plan.jobs[:2]:
        room.take(job, PageResult(job_id=job.id, status=JobStatus.DONE, output=job.output.path))
    full = PageResult(job_id="2", status=JobStatus.FAILED, error="x: is full.", error_code="full")
    room.take(plan.jobs[2], full)
    assert room.explained(full).error == (
        "x: is full. About 6.5 MB more are needed for what is left (4 pages); the same command then goes on from here."
    )


def test_what_a_killed_run_left_half_written_is_swept_away(run: Run) -> None:
    run()
    (run.out / "b.png").unlink()
    left = run.out / ".0123456789abcdef.part"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    (run.out / ".docclean-journal.lock").write_text("process 1 on nowhere", encoding="utf-8")
    run()
    assert not left.exists()
    assert sorted(contents(run.out)) == ["a.png", "b.png", "c.png", "d.tif"]


def test_output_inside_the_input_is_never_an_input(run: Run, folder: Path) -> None:
    run.out = folder / "clean"
    assert len(run(recursive=True)) == 6
    assert run(recursive=True) == []
    assert len(run.plan.existing) == 6


def test_names_that_differ_in_case_or_unicode_form_only_are_told_apart(run: Run, tmp_path: Path) -> None:
    names = [
        "Seite.png",
        "seite.PNG",
        unicodedata.normalize("NFC", "über.png"),
        unicodedata.normalize("NFD", "über.png"),
    ]
    run.folder = tmp_path / "odd"
    run.folder.mkdir()
    for number, name in enumerate(names):
        page(run.folder / name, 10 * number)
    if len(list(run.folder.iterdir())) < 4:
        pytest.skip("names are alike on this disk")
    assert statuses(run()) == ["done"] * 4
    folded = {unicodedata.normalize("NFC", name).casefold() for name in contents(run.out)}
    assert len(folded) == 4
    assert run() == []
    (run.out / "Seite.png").unlink()
    assert len(run()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_in_a_circle_end(run: Run, folder: Path) -> None:
    (folder / "circle").symlink_to(folder, target_is_directory=True)
    (folder / "itself.png").symlink_to(folder / "itself.png")
    results = run(recursive=True)
    assert statuses(results).count("done") == 6
    assert statuses(results).count("failed") == 1
    assert "leads back to itself" in next(result.error for result in results if result.error)
    assert len(run(recursive=True)) == 1


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="an administrator may read everything")
def test_folder_that_cannot_be_read_is_listed(run: Run, folder: Path) -> None:
    (folder / "locked").mkdir(mode=0)
    assert statuses(run(recursive=True)) == ["done"] * 6
    assert [refused.path.name for refused in run.plan.failed] == ["locked"]


def test_paths_of_three_hundred_characters_are_cleaned(run: Run, tmp_path: Path) -> None:
    deep = tmp_path.joinpath("deep", *["a folder with a long name" * 4] * 3)
    deep.mkdir(parents=True)
    page(deep / "a.png")
    run.folder = tmp_path / "deep"
    assert statuses(run(recursive=True)) == ["done"]
    assert run(recursive=True) == []
    assert len(run.plan.existing) == 1
