"""What counts as done, what may be replaced, and what is made of a journal that is damaged or taken."""

import hashlib
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docclean.core.errors import ChangedInputError, DiskFullError, TakenError, WriteError
from docclean.core.files import state_of
from docclean.core.job import Compression, JobStatus, OutputFormat, OutputSpec, PageJob, PageResult, Storage
from docclean.core.page import PageSource
from docclean.core.recipe import PageColor, Recipe, StageSpec
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.journal import LOCK_NAME, Journal
from docclean.engine.journal_file import JOURNAL_NAME
from docclean.engine.journal_rows import PageStatus
from docclean.engine.journal_verdicts import Standing
from docclean.models.catalog import Catalog
from tests.helpers.disks import small_disk
from tests.helpers.models import catalog_of, entry_of, signed, tiny_model, tiny_network

RECIPE = Recipe(stages=(StageSpec(model="tiny"),))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    tiny_model(models, "other", network=tiny_network(1))
    return catalog_of(models)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def journal(out: Path, catalog: Catalog) -> Iterator[Journal]:
    with Journal.open(out, Fingerprints(catalog)) as opened:
        yield opened


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def job_for(
    out: Path, name: str = "a.png", *, page: int = 0, pages: int = 1, recipe: Recipe = RECIPE, **facts: Any
) -> PageJob:
    source = out.parent / f"in-{name}"
    if not source.exists():
        source.write_bytes(os.fsencode(name))
        os.utime(source, ns=(10**18, 10**18))
    return PageJob(
        id=f"{name}{page}",
        source=PageSource(path=source, page=page, pages=pages, relative=Path(name)),
        recipe=recipe,
        output=OutputSpec(path=out / name, **facts),
    )


def done(job: PageJob, **facts: Any) -> PageResult:
    values = {"status": JobStatus.DONE, "input_state": state_of(job.source.path), "output": job.output.path}
    return PageResult.model_validate({"job_id": job.id, **values, **facts})


def failed(job: PageJob, error: str = "is damaged.", **facts: Any) -> PageResult:
    return PageResult(job_id=job.id, status=JobStatus.FAILED, error=error, error_code="read", **facts)


def write(journal: Journal, *jobs: PageJob, content: bytes = b"result", ends: bool = True) -> list[PageResult]:
    """Do what the runner does: announce a file, give it its name, and tell of its pages."""
    results = [done(job, seconds=1.5, models=("tiny",), warnings=("It was dark.",)) for job in jobs]
    journal.announce(jobs, results, hashlib.sha256(content).hexdigest())
    jobs[0].output.path.parent.mkdir(parents=True, exist_ok=True)
    jobs[0].output.path.write_bytes(content)
    for job, result in zip(jobs, results, strict=True):
        if ends:
            journal.record(job, result)
    return results


def standing(journal: Journal, *jobs: PageJob, verifies: bool = False) -> Standing:
    return journal.verdict(jobs, verifies=verifies).standing


def test_page_that_was_written_is_done_in_this_run_and_the_next(out: Path, catalog: Catalog) -> None:
    job = job_for(out)
    for number in range(3):
        with Journal.open(out, Fingerprints(catalog)) as journal:
            assert standing(journal, job) is (Standing.DONE if number else Standing.NEW)
            if not number:
                write(journal, job)
                assert standing(journal, job) is Standing.DONE


def test_entry_tells_what_the_page_was_made_of(out: Path, journal: Journal) -> None:
    job = job_for(out)
    (result,) = write(journal, job)
    (entry,) = journal.entries(job.output.path)
    assert (entry.status, entry.page, entry.times_done) == (PageStatus.DONE, 0, 1)
    assert entry.input_sha256 == digest_of(job.source.path)
    assert entry.output_sha256 == digest_of(job.output.path)
    assert len({*entry.fingerprint}) == 3
    assert entry.result == result.model_copy(update={"job_id": "", "input_state": None})


def test_input_whose_digest_a_worker_tells_is_not_read_again(
    out: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_for(out)
    result = done(job, input_sha256=digest_of(job.source.path))
    monkeypatch.setattr("docclean.engine.file_digests.digest_of", lambda path: pytest.fail(f"{path} is read"))
    journal.announce([job], [result], hashlib.sha256(b"result").hexdigest())
    (entry,) = journal.entries(job.output.path)
    assert entry.input_sha256 == digest_of(job.source.path)
    assert journal.digest_of(job.source.path) == digest_of(job.source.path)


def test_digest_that_a_worker_tells_of_an_input_that_is_another_one_now_does_not_count(
    out: Path, journal: Journal
) -> None:
    job = job_for(out)
    result = done(job, input_sha256=digest_of(job.source.path))
    job.source.path.write_bytes(b"another one")
    with pytest.raises(ChangedInputError):
        journal.announce([job], [result], hashlib.sha256(b"result").hexdigest())


OTHER_JOBS: dict[str, dict[str, Any]] = {
    "strength": {"recipe": Recipe(stages=(StageSpec(model="tiny", strength=50),))},
    "model": {"recipe": Recipe(stages=(StageSpec(model="other"),))},
    "color": {"recipe": Recipe(stages=(StageSpec(model="tiny"),), color=PageColor.GRAY)},
    "format": {"format": OutputFormat.TIFF},
    "storage": {"storage": Storage(compression=Compression.JPEG)},
}


@pytest.mark.parametrize("facts", OTHER_JOBS.values(), ids=OTHER_JOBS)
def test_page_that_is_asked_for_in_another_way_is_not_done(facts: dict[str, Any], out: Path, journal: Journal) -> None:
    write(journal, job_for(out))
    verdict = journal.verdict([job_for(out, **facts)])
    assert (verdict.standing, verdict.is_own) == (Standing.CHANGED, True)


def test_model_that_is_named_is_the_default_that_is_not(out: Path, catalog: Catalog, journal: Journal) -> None:
    default = catalog.default_for(RECIPE.stages[0].task).manifest.id
    write(journal, job_for(out, recipe=Recipe()))
    assert standing(journal, job_for(out, recipe=Recipe(stages=(StageSpec(model=default),)))) is Standing.DONE


def test_page_is_not_done_with_other_weights_of_the_same_name(out: Path, tmp_path: Path) -> None:
    entry = tiny_model(tmp_path / "models")
    job = job_for(out)
    with Journal.open(out, Fingerprints(catalog_of(tmp_path / "models"))) as journal:
        write(journal, job)
    other = tiny_model(tmp_path / "others", network=tiny_network(5))
    (entry.folder / "weights.safetensors").write_bytes((other.folder / "weights.safetensors").read_bytes())
    assert signed(entry_of(entry.folder)).manifest.weights != entry.manifest.weights
    with Journal.open(out, Fingerprints(catalog_of(tmp_path / "models"))) as journal:
        assert standing(journal, job) is Standing.CHANGED


def test_input_that_is_another_makes_it_undone(out: Path, journal: Journal) -> None:
    job = job_for(out)
    write(journal, job)
    job.source.path.write_bytes(b"another scan")
    assert standing(journal, job) is Standing.CHANGED


def test_input_that_was_touched_or_moved_is_the_same(out: Path, journal: Journal, tmp_path: Path) -> None:
    job = job_for(out)
    write(journal, job)
    os.utime(job.source.path)
    assert standing(journal, job) is Standing.DONE
    moved = tmp_path / "elsewhere.png"
    job.source.path.rename(moved)
    assert standing(journal, job.model_copy(update={"source": PageSource(path=moved, relative=Path("a.png"))})) is (
        Standing.DONE
    )


def test_input_that_is_gone_is_left_to_whoever_reads_it(out: Path, journal: Journal) -> None:
    job = job_for(out)
    write(journal, job)
    job.source.path.unlink()
    assert standing(journal, job) is Standing.CHANGED


def test_result_that_is_gone_is_made_again(out: Path, journal: Journal) -> None:
    job = job_for(out)
    write(journal, job)
    job.output.path.unlink()
    verdict = journal.verdict([job])
    assert (verdict.standing, verdict.is_own) == (Standing.CHANGED, False)


@pytest.mark.parametrize("content", [b"", b"edited by hand"])
def test_result_that_somebody_changed_is_not_ours(content: bytes, out: Path, journal: Journal) -> None:
    job = job_for(out)
    write(journal, job)
    job.output.path.write_bytes(content)
    verdict = journal.verdict([job])
    assert (verdict.standing, verdict.is_own) == (Standing.ALTERED, False)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_link_in_place_of_a_result_is_not_ours(out: Path, journal: Journal, tmp_path: Path) -> None:
    job = job_for(out)
    write(journal, job)
    job.output.path.rename(tmp_path / "moved.png")
    job.output.path.symlink_to(tmp_path / "moved.png")
    assert standing(journal, job) is Standing.ALTERED


def test_file_that_no_run_wrote_is_foreign(out: Path, journal: Journal) -> None:
    job = job_for(out)
    job.output.path.write_bytes(b"mine")
    assert standing(journal, job) is Standing.FOREIGN
    journal.record(job, failed(job))
    assert standing(journal, job) is Standing.FOREIGN


def test_change_that_keeps_size_and_time_is_found_by_reading(out: Path, journal: Journal) -> None:
    job = job_for(out)
    write(journal, job)
    assert standing(journal, job) is Standing.DONE
    before = job.output.path.stat()
    job.output.path.write_bytes(b"rEsult")
    os.utime(job.output.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with closing(sqlite3.connect(journal.path)) as connection:  # as on a disk that has no other times
        connection.execute("UPDATE files SET ctime_ns = ? WHERE path = 'a.png'", (job.output.path.stat().st_ctime_ns,))
        connection.commit()
    assert standing(journal, job) is Standing.DONE
    assert standing(journal, job, verifies=True) is Standing.ALTERED


def test_page_that_failed_is_to_be_tried_again(out: Path, journal: Journal) -> None:
    job = job_for(out)
    journal.record(job, failed(job))
    verdict = journal.verdict([job])
    assert (verdict.standing, verdict.has_failed, verdict.is_own) == (Standing.FAILED, True, False)
    write(journal, job)
    assert standing(journal, job) is Standing.DONE


def test_page_that_fails_the_second_time_leaves_its_result_ours(out: Path, journal: Journal) -> None:
    job = job_for(out)
    write(journal, job)
    journal.record(job, failed(job))
    verdict = journal.verdict([job])
    assert (verdict.standing, verdict.is_own) == (Standing.FAILED, True)


def test_document_is_done_when_all_of_its_pages_are(out: Path, journal: Journal) -> None:
    jobs = [job_for(out, "b.tif", page=page, pages=3) for page in range(3)]
    write(journal, *jobs)
    assert standing(journal, *jobs) is Standing.DONE
    assert standing(journal, *jobs[:2]) is Standing.CHANGED
    write(journal, *jobs[:2], content=b"shorter")
    assert standing(journal, *jobs[:2]) is Standing.DONE
    assert [entry.page for entry in journal.entries(out / "b.tif")] == [0, 1]


def test_document_with_a_page_that_failed_is_tried_again(out: Path, journal: Journal) -> None:
    jobs = [job_for(out, "b.tif", page=page, pages=2) for page in range(2)]
    results = [done(jobs[0]), failed(jobs[1], output=jobs[1].output.path)]
    journal.announce(jobs, results, hashlib.sha256(b"result").hexdigest())
    jobs[0].output.path.write_bytes(b"result")
    for job, result in zip(jobs, results, strict=True):
        journal.record(job, result)
    verdict = journal.verdict(jobs)
    assert (verdict.standing, verdict.is_own) == (Standing.FAILED, True)


def test_cancelled_page_leaves_no_row(out: Path, journal: Journal) -> None:
    job = job_for(out)
    journal.record(job, PageResult(job_id=job.id, status=JobStatus.CANCELLED))
    assert journal.entries(job.output.path) == []


@pytest.mark.parametrize("before", [False, True], ids=["first time", "again"])
@pytest.mark.parametrize("is_named", [False, True])
def test_run_that_was_killed_while_a_file_got_its_name(
    is_named: bool, before: bool, out: Path, catalog: Catalog
) -> None:
    job, again = job_for(out), job_for(out, recipe=Recipe(stages=(StageSpec(model="other"),)))
    journal = Journal.open(out, Fingerprints(catalog))
    if before:
        write(journal, job, content=b"old")
    results = [done(again)]
    journal.announce([again], results, hashlib.sha256(b"new").hexdigest())
    if is_named:
        again.output.path.write_bytes(b"new")
    with closing(sqlite3.connect(journal.path)) as copy:  # what the disk has when the process is gone
        copy.execute("BEGIN")
        assert copy.execute("SELECT status FROM pages").fetchall() == [("writing",)]
    journal._lock.release()
    with Journal.open(out, Fingerprints(catalog)) as following:
        assert following.was_killed
        verdict = following.verdict([again])
        if is_named:
            assert verdict.standing is Standing.DONE
            assert following.entries(again.output.path)[0].times_done == 1 + before
        else:
            assert (verdict.standing, verdict.is_own) == (Standing.CHANGED, before)
            write(following, again, content=b"new")
            assert standing(following, again) is Standing.DONE
    journal._connection = None


def test_input_that_changed_since_it_was_read_is_not_announced(out: Path, journal: Journal) -> None:
    job = job_for(out)
    result = done(job)
    job.source.path.write_bytes(b"the scanner goes on")
    with pytest.raises(ChangedInputError, match="changed while it was being cleaned; wait until it is complete"):
        journal.announce([job], [result], "0" * 64)
    assert journal.entries(job.output.path) == []


def test_file_that_appears_in_mid_run_is_not_replaced(out: Path, journal: Journal) -> None:
    job = job_for(out)
    assert standing(journal, job) is Standing.NEW
    job.output.path.write_bytes(b"mine")
    with pytest.raises(WriteError, match="exists already; choose another folder"):
        journal.announce([job], [done(job)], "0" * 64)
    journal.replaces_foreign = True
    journal.announce([job], [done(job)], "0" * 64)
    assert journal.entries(job.output.path)[0].status is PageStatus.WRITING


def test_result_that_is_edited_in_mid_run_is_not_replaced(out: Path, journal: Journal) -> None:
    job = job_for(out)
    write(journal, job)
    job.output.path.write_bytes(b"edited")
    with pytest.raises(WriteError, match="was changed since docclean wrote it"):
        journal.announce([job], [done(job)], "0" * 64)


def test_engine_that_announces_nothing_is_recorded_all_the_same(out: Path, journal: Journal) -> None:
    job = job_for(out)
    job.output.path.write_bytes(b"result")
    journal.record(job, done(job))
    assert standing(journal, job) is Standing.DONE
    assert journal.entries(job.output.path)[0].output_sha256 == hashlib.sha256(b"result").hexdigest()


def test_result_without_a_file_is_not_recorded(out: Path, journal: Journal) -> None:
    job = job_for(out)
    journal.record(job, done(job))
    assert journal.entries(job.output.path) == []


def test_second_process_is_told_who_has_the_folder(out: Path, catalog: Catalog, journal: Journal) -> None:
    with pytest.raises(TakenError) as refused:
        Journal.open(out, Fingerprints(catalog))
    assert str(refused.value).startswith(f"{out}: another run of docclean (process {os.getpid()} on ")
    assert "wait until it has ended, or choose another folder" in str(refused.value)
    assert refused.value.exit_code == 2


def test_folder_is_free_when_the_first_has_ended(out: Path, catalog: Catalog) -> None:
    job = job_for(out)
    with Journal.open(out, Fingerprints(catalog)) as journal:
        write(journal, job)
    assert sorted(path.name for path in out.iterdir()) == [JOURNAL_NAME, "a.png"]
    with Journal.open(out, Fingerprints(catalog)) as journal:
        assert not journal.was_killed


def test_run_that_did_nothing_leaves_nothing(tmp_path: Path, catalog: Catalog) -> None:
    with Journal.open(tmp_path / "deep" / "out", Fingerprints(catalog)):
        assert (tmp_path / "deep" / "out" / JOURNAL_NAME).exists()
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(
    "damage", [b"no database at all" * 100, b"SQLite format 3\0" + bytes(5000)], ids=["text", "zeros"]
)
def test_journal_that_is_no_journal_is_set_aside(damage: bytes, out: Path, catalog: Catalog) -> None:
    out.mkdir()
    (out / JOURNAL_NAME).write_bytes(damage)
    with Journal.open(out, Fingerprints(catalog)) as journal:
        (note,) = journal.notes
        assert note.startswith("The journal was damaged, and nothing could be recovered from it; it was set aside as ")
        write(journal, job_for(out))
    assert (out / ".docclean-journal.damaged-1.sqlite").read_bytes() == damage
    with Journal.open(out, Fingerprints(catalog)) as journal:
        assert journal.notes == ()
        assert standing(journal, job_for(out)) is Standing.DONE


_LEAVES = (0x0A, 0x0D)
"""SQLite documentation: "Database File Format", section 1.6: pages that hold rows."""


def test_pages_of_a_damaged_journal_are_recovered(out: Path, catalog: Catalog) -> None:
    jobs = [job_for(out, f"p{number:03}.png") for number in range(150)]
    with Journal.open(out, Fingerprints(catalog)) as journal:
        for job in jobs:
            write(journal, job)
    content = (out / JOURNAL_NAME).read_bytes()
    pages = range(4096, len(content), 4096)
    leaves = [
        n
        for n in pages
        if content[n] in _LEAVES and b"done" in content[n : n + 4096] and b".png" in content[n : n + 4096]
    ]
    with (out / JOURNAL_NAME).open("r+b") as file:
        file.seek(leaves[len(leaves) // 2])  # rows lie there: an index could be made anew without a loss
        file.write(b"\xff" * 4096)
    with Journal.open(out, Fingerprints(catalog)) as journal:
        (note,) = journal.notes
        recovered = int(note.split(" pages were recovered")[0].rpartition(" ")[2])
        standings = [standing(journal, job) for job in jobs]
    assert 40 < recovered < 150
    assert standings.count(Standing.DONE) == recovered
    assert standings.count(Standing.FOREIGN) == 150 - recovered


def test_database_of_somebody_else_is_kept_aside(out: Path, catalog: Catalog) -> None:
    out.mkdir()
    with closing(sqlite3.connect(out / JOURNAL_NAME)) as connection:
        connection.execute("CREATE TABLE addresses (name)")
    with Journal.open(out, Fingerprints(catalog)) as journal:
        assert "was set aside as" in journal.notes[0]
    with closing(sqlite3.connect(out / ".docclean-journal.damaged-1.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM addresses").fetchone() == (0,)


def test_journal_of_a_later_version_is_refused(out: Path, catalog: Catalog) -> None:
    with Journal.open(out, Fingerprints(catalog)) as journal:
        write(journal, job_for(out))
    with closing(sqlite3.connect(out / JOURNAL_NAME)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(WriteError, match="was made by a later version of docclean"):
        Journal.open(out, Fingerprints(catalog))
    assert not (out / LOCK_NAME).exists()


def test_journal_that_another_program_holds_is_a_sentence(
    out: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docclean.engine.journal_file._BUSY_S", 0.05)
    with Journal.open(out, Fingerprints(catalog)) as journal:
        write(journal, job_for(out))
        with closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(WriteError, match="another program has it open; close that program"):
                write(journal, job_for(out, "b.png"))
            other.execute("ROLLBACK")
        write(journal, job_for(out, "b.png"))
        assert standing(journal, job_for(out, "b.png")) is Standing.DONE


@pytest.mark.skipif(sys.platform == "win32", reason="needs a disk that is full")
def test_disk_without_room_for_the_journal_is_told_as_such(tmp_path: Path, catalog: Catalog) -> None:
    with small_disk(tmp_path / "disk", 512) as disk, Journal.open(disk / "out", Fingerprints(catalog)) as journal:
        job = job_for(disk / "out")
        write(journal, job)
        (disk / "filler").write_bytes(bytes(os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize))
        others = [job_for(tmp_path / "out", f"p{number}.png") for number in range(100)]
        others = [other.model_copy(update={"output": OutputSpec(path=disk / "out" / other.id)}) for other in others]
        told = Counter(outcome_of(journal, other) for other in others)
        assert set(told) <= {"", DiskFullError.code}
        assert told[DiskFullError.code]
        (disk / "filler").unlink()
        assert standing(journal, job) is Standing.DONE
        write(journal, others[-1])
        assert standing(journal, others[-1]) is Standing.DONE


def outcome_of(journal: Journal, job: PageJob) -> str:
    try:
        journal.announce([job], [done(job)], "0" * 64)
    except WriteError as error:
        return error.code
    return ""


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_characters="/\\\0\r\n", exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_name_is_known_again(name: str, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("names")
    out, source = folder / "out", folder / "in"
    source.write_bytes(b"page")
    job = PageJob(
        id="0",
        source=PageSource(path=source, relative=Path("in")),
        recipe=RECIPE,
        output=OutputSpec(path=out / f"{name}.png"),
    )
    for expected in (Standing.NEW, Standing.DONE):
        with Journal.open(out, Fingerprints(catalog)) as journal:
            assert standing(journal, job) is expected
            if expected is Standing.NEW:
                write(journal, job)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names there are Unicode")
def test_name_that_is_not_unicode_is_known_again(out: Path, journal: Journal) -> None:
    job = job_for(out, os.fsdecode(b"\xff\xfe.png"))
    write(journal, job)
    assert standing(journal, job) is Standing.DONE
    journal.record(job, failed(job, f"{job.source.path}: is damaged."))
    assert standing(journal, job) is Standing.FAILED
    assert r"\udcff" in journal.entries(job.output.path)[0].result.error


def test_paths_of_three_hundred_characters_have_a_journal(tmp_path: Path, catalog: Catalog) -> None:
    out = tmp_path.joinpath(*["a folder with a long name" * 4] * 3)
    with Journal.open(out, Fingerprints(catalog)) as journal:
        job = PageJob(
            id="0",
            source=PageSource(path=job_for(tmp_path / "x").source.path, relative=Path("a.png")),
            recipe=RECIPE,
            output=OutputSpec(path=out / "a.png"),
        )
        assert len(str(job.output.path)) > 300
        write(journal, job)
        assert standing(journal, job) is Standing.DONE


@pytest.mark.parametrize("kind", ["", "nfs4"])
def test_journal_on_a_network_drive_needs_no_memory_that_machines_would_share(
    kind: str, out: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docclean.engine.journal_file.network_file_system", lambda folder: kind)
    job = job_for(out)
    with Journal.open(out, Fingerprints(catalog)) as journal:
        write(journal, job)
        assert (out / f"{JOURNAL_NAME}-shm").exists() is not bool(kind)
        assert (out / f"{JOURNAL_NAME}-wal").exists()
        assert standing(journal, job) is Standing.DONE
    with Journal.open(out, Fingerprints(catalog)) as journal:
        assert standing(journal, job) is Standing.DONE
    assert sorted(path.name for path in out.iterdir()) == [JOURNAL_NAME, "a.png"]
