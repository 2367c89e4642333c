import json
import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.job import JobStatus, OutputFormat, OutputSpec, PageJob, PageResult
from docclean.core.page import Page, PageSource
from docclean.core.progress import NullProgress, Progress, ProgressSink
from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.engine.device import cpu_device
from docclean.engine.inference import restore_page
from docclean.engine.pipeline import Pipeline
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from tests.helpers.models import Heard, catalog_of, tiny_model, tiny_network
from tests.helpers.pages import image_in, read, source_of

FULL, HALF, NONE, OTHER, UNKNOWN = (
    Recipe(stages=(spec,))
    for spec in (
        StageSpec(model="tiny"),
        StageSpec(model="tiny", strength=50),
        StageSpec(model="tiny", strength=0),
        StageSpec(model="other"),
        StageSpec(model="unknown"),
    )
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    tiny_model(models, "other", network=tiny_network(1))
    return EngineSession(cpu_device(), catalog_of(models))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with pages: a.png, b.png, c.png, empty.png (no image) and three.tif (three pages)."""
    folder = tmp_path / "in"
    folder.mkdir()
    for seed, name in enumerate("abc"):
        blots(seed).save(folder / f"{name}.png")
    (folder / "empty.png").touch()
    pages = [blots(seed) for seed in (10, 11, 12)]
    pages[0].save(folder / "three.tif", save_all=True, append_images=pages[1:])
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def blots(seed: int, height: int = 40, width: int = 60) -> Image.Image:
    samples = np.random.default_rng(seed).integers(0, 256, (height // 5, width // 5), dtype=np.uint8)
    return Image.fromarray(samples.repeat(5, axis=0).repeat(5, axis=1))


def job_of(path: Path, out: Path, recipe: Recipe = FULL, *, number: int = 0, pages: int = 1, **output: Any) -> PageJob:
    return PageJob(
        id=f"{path.name}#{number}",
        source=source_of(path, number, pages),
        recipe=recipe,
        output=OutputSpec(path=out / path.name, **output),
    )


def document_of(path: Path, out: Path, recipes: Sequence[Recipe] = (FULL,) * 3, **output: Any) -> list[PageJob]:
    return [
        job_of(path, out, recipe, number=number, pages=len(recipes), **output) for number, recipe in enumerate(recipes)
    ]


def run(
    jobs: Sequence[PageJob],
    session: EngineSession,
    progress: ProgressSink | None = None,
    cancel: CancelToken | None = None,
) -> list[PageResult]:
    return list(run_jobs(jobs, session, NullProgress() if progress is None else progress, cancel or CancelToken()))


def statuses(results: Sequence[PageResult]) -> list[JobStatus]:
    return [result.status for result in results]


def files_in(folder: Path) -> list[str]:
    """Name what is in a folder, without pages that wait for another run; see test_document_runs.py for those."""
    waiting = {each for path in folder.glob(".*.docclean-pages") for each in (path, *path.iterdir())}
    return sorted(path.name for path in folder.rglob("*") if path not in waiting) if folder.exists() else []


def expected(path: Path, session: EngineSession, recipe: Recipe = FULL, number: int = 0) -> Page:
    return session.pipeline(recipe)(read(path, number), "", NullProgress(), CancelToken())


def assert_cleaned(result: Path, source: Path, session: EngineSession, recipe: Recipe = FULL, number: int = 0) -> None:
    np.testing.assert_array_equal(read(result, number).pixels, expected(source, session, recipe, number).pixels)


def when(stage: str, action: Callable[[], object], number: int = 1) -> ProgressSink:
    """Make a progress sink that acts the n-th time that it hears of a stage."""
    heard = []

    def sink(progress: Progress) -> None:
        if progress.stage == stage:
            heard.append(progress)
            if len(heard) == number:
                action()

    return sink


@pytest.fixture
def break_at(session: EngineSession, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, BaseException], None]:
    """Give a function that lets the pipeline raise a fault on the job of an id."""
    faults: dict[str, BaseException] = {}
    real = Pipeline.__call__

    def broken(self: Pipeline, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        if job_id in faults:
            raise faults[job_id]
        return real(self, page, job_id, progress, cancel)

    monkeypatch.setattr(Pipeline, "__call__", broken)
    return faults.__setitem__


# Pages in files of their own


def test_page_is_cleaned_into_its_file(folder: Path, out: Path, session: EngineSession) -> None:
    (result,) = run([job_of(folder / "a.png", out / "deep")], session)
    assert result.status is JobStatus.DONE
    assert result.output == out / "deep" / "a.png"
    assert (result.error, result.error_code) == ("", "")
    assert result.models == ("tiny",)
    assert result.device == cpu_device().label
    assert result.seconds >= 0
    assert_cleaned(out / "deep" / "a.png", folder / "a.png", session)
    assert files_in(out) == ["a.png", "deep"]


def test_results_come_in_the_order_of_the_jobs(folder: Path, out: Path, session: EngineSession) -> None:
    jobs = [job_of(folder / name, out) for name in ("c.png", "empty.png", "a.png", "b.png")]
    jobs[2:2] = document_of(folder / "three.tif", out)
    assert [result.job_id for result in run(jobs, session)] == [job.id for job in jobs]


def test_order_of_jobs_does_not_change_the_results(folder: Path, tmp_path: Path, session: EngineSession) -> None:
    names = ["a.png", "b.png", "c.png", "empty.png"]
    recipes = [FULL, OTHER, HALF, FULL]
    contents = []
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)):
        out = tmp_path / "".join(map(str, order))
        run([job_of(folder / names[i], out, recipes[i]) for i in order], session)
        contents.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert contents[0] == contents[1] == contents[2]
    assert sorted(contents[0]) == names[:3]


def test_result_is_given_as_soon_as_its_page_is_done(folder: Path, out: Path, session: EngineSession) -> None:
    jobs = [job_of(folder / name, out) for name in ("a.png", "b.png")]
    results = run_jobs(jobs, session, NullProgress(), CancelToken())
    next(results)
    assert files_in(out) == ["a.png"]


def test_run_of_the_same_again_gives_the_same_bytes(folder: Path, tmp_path: Path, session: EngineSession) -> None:
    outs = [tmp_path / name for name in ("first", "second")]
    for out in outs:
        run([job_of(folder / "a.png", out), *document_of(folder / "three.tif", out)], session)
    for name in ("a.png", "three.tif"):
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes()


def test_bad_page_does_not_stop_the_others(folder: Path, out: Path, session: EngineSession) -> None:
    jobs = [job_of(folder / name, out) for name in ("a.png", "empty.png", "missing.png", "b.png")]
    results = run(jobs, session)
    assert statuses(results) == [JobStatus.DONE, JobStatus.FAILED, JobStatus.FAILED, JobStatus.DONE]
    for result, name in zip(results[1:3], ("empty.png", "missing.png"), strict=True):
        assert result.error.startswith(f"{folder / name}: ")
        assert result.error_code == "read"
        assert result.output is None
        assert (result.models, result.device) == ((), "")
    assert files_in(out) == ["a.png", "b.png"]


def test_strength_0_is_the_inputs_bytes_and_names_no_model(folder: Path, out: Path, session: EngineSession) -> None:
    (result,) = run([job_of(folder / "a.png", out, NONE)], session)
    assert (out / "a.png").read_bytes() == (folder / "a.png").read_bytes()
    assert (result.status, result.models, result.device) == (JobStatus.DONE, (), "")


def test_recipe_without_stages_is_the_inputs_bytes(folder: Path, out: Path, session: EngineSession) -> None:
    (result,) = run([job_of(folder / "a.png", out, Recipe(stages=()))], session)
    assert (out / "a.png").read_bytes() == (folder / "a.png").read_bytes()
    assert (result.status, result.models, result.device) == (JobStatus.DONE, (), "")


def test_unknown_model_is_the_pages_fault(folder: Path, out: Path, session: EngineSession) -> None:
    (result,) = run([job_of(folder / "a.png", out, UNKNOWN)], session)
    assert (result.status, result.error_code) == (JobStatus.FAILED, "model")
    assert "no model named 'unknown'" in result.error
    assert files_in(out) == []


def test_existing_file_is_not_replaced(folder: Path, out: Path, session: EngineSession) -> None:
    out.mkdir()
    (out / "a.png").write_bytes(b"mine")
    heard = Heard()
    (result,) = run([job_of(folder / "a.png", out)], session, heard)
    assert (result.status, result.error_code) == (JobStatus.FAILED, "write")
    assert result.error.startswith(f"{out / 'a.png'}: exists already")
    assert (out / "a.png").read_bytes() == b"mine"
    assert heard == []


def test_existing_file_is_replaced_when_asked(folder: Path, out: Path, session: EngineSession) -> None:
    out.mkdir()
    (out / "a.png").write_bytes(b"mine")
    (result,) = run([job_of(folder / "a.png", out, overwrite=True)], session)
    assert result.status is JobStatus.DONE
    assert_cleaned(out / "a.png", folder / "a.png", session)


@pytest.mark.parametrize("name", ["a.png", "three.tif"])
def test_input_is_never_replaced(folder: Path, session: EngineSession, name: str) -> None:
    before = (folder / name).read_bytes()
    pages = 3 if name == "three.tif" else 1
    results = run(document_of(folder / name, folder, (FULL,) * pages, overwrite=True), session)
    assert set(statuses(results)) == {JobStatus.FAILED}
    assert "is the input itself" in results[0].error
    assert (folder / name).read_bytes() == before


def test_incident_is_a_sentence_with_a_number_and_a_traceback_in_the_log(
    folder: Path, out: Path, session: EngineSession, break_at: Any, caplog: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(logging.getLogger("docclean"), "propagate", True)
    break_at("b.png#0", ZeroDivisionError("secret detail"))
    results = run([job_of(folder / name, out) for name in ("a.png", "b.png", "c.png")], session)
    assert statuses(results) == [JobStatus.DONE, JobStatus.FAILED, JobStatus.DONE]
    error = results[1].error
    assert results[1].error_code == "incident"
    assert error.startswith(f"{folder / 'b.png'}: a fault of the program (incident ")
    assert "\n" not in error
    assert "secret detail" not in error
    assert "Traceback" not in error
    (record,) = caplog.records
    number = error.split("(incident ")[1].split(")")[0]
    assert number in record.getMessage()
    assert "b.png#0" in record.getMessage()
    assert record.exc_info[1].args == ("secret detail",)
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("fault", [DeviceMemoryError("no room"), MemoryError()], ids=["device", "python"])
def test_page_too_large_for_memory_is_a_sentence_about_the_page(
    folder: Path, out: Path, session: EngineSession, break_at: Any, fault: Exception
) -> None:
    break_at("a.png#0", fault)
    (result,) = run([job_of(folder / "a.png", out)], session)
    assert (result.status, result.error_code) == (JobStatus.FAILED, "memory")
    assert result.error.startswith(f"{folder / 'a.png'}: does not fit into memory; ")
    assert files_in(out) == []


# Cancelling and being interrupted


@pytest.mark.parametrize("stage", ["read", "denoise", "write"])
@pytest.mark.parametrize("number", [1, 2])
def test_cancel_leaves_no_file_of_the_page_and_cancels_the_rest(
    folder: Path, out: Path, session: EngineSession, stage: str, number: int
) -> None:
    token = CancelToken()
    jobs = [job_of(folder / name, out) for name in ("a.png", "b.png", "c.png")]
    results = run(jobs, session, when(stage, token.cancel, number), token)
    done = number if stage == "write" else number - 1  # the last poll is before the sink hears of writing
    assert statuses(results) == [JobStatus.DONE] * done + [JobStatus.CANCELLED] * (3 - done)
    assert files_in(out) == ["a.png", "b.png"][:done]
    assert all(not result.error and result.output is None for result in results[done:])


def test_cancel_before_the_start_reads_nothing(folder: Path, out: Path, session: EngineSession) -> None:
    token = CancelToken()
    token.cancel()
    heard = Heard()
    jobs = [job_of(folder / "empty.png", out), *document_of(folder / "three.tif", out)]
    assert set(statuses(run(jobs, session, heard, token))) == {JobStatus.CANCELLED}
    assert heard == []
    assert files_in(out) == []


@pytest.mark.parametrize("stage", ["read", "denoise"])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("file_format", [OutputFormat.KEEP, OutputFormat.PDF])
def test_cancel_in_a_document_leaves_no_file_of_it(
    folder: Path, out: Path, session: EngineSession, stage: str, number: int, file_format: OutputFormat
) -> None:
    token = CancelToken()
    jobs = [*document_of(folder / "three.tif", out, format=file_format), job_of(folder / "a.png", out)]
    results = run(jobs, session, when(stage, token.cancel, number), token)
    assert statuses(results) == [JobStatus.CANCELLED] * 4
    assert files_in(out) == []


@pytest.mark.parametrize("stage", ["read", "denoise", "write"])
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit])
def test_interrupt_passes_through_and_leaves_nothing_half_written(
    folder: Path, out: Path, session: EngineSession, stage: str, number: int, fault: type[BaseException]
) -> None:
    def interrupt() -> None:
        raise fault

    for jobs in (
        [job_of(folder / "a.png", out), job_of(folder / "b.png", out)],
        document_of(folder / "three.tif", out),
        document_of(folder / "three.tif", out, format=OutputFormat.PDF),
    ):
        with pytest.raises(fault):
            run(jobs, session, when(stage, interrupt, number))
    assert files_in(out) == ["a.png"][: number - 1]


def test_interrupt_while_writing_leaves_nothing_half_written(
    folder: Path, out: Path, session: EngineSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    for jobs in (
        [job_of(folder / "a.png", out)],
        document_of(folder / "three.tif", out),
        document_of(folder / "three.tif", out, format=OutputFormat.PDF),
    ):
        with pytest.raises(KeyboardInterrupt):
            run(jobs, session)
    assert files_in(out) == []


def test_run_that_is_given_up_leaves_nothing_half_written(folder: Path, out: Path, session: EngineSession) -> None:
    jobs = [job_of(folder / "a.png", out), *document_of(folder / "three.tif", out), job_of(folder / "b.png", out)]
    for results_taken, files in ((1, ["a.png"]), (2, ["a.png", "three.tif"])):
        results = run_jobs([job.model_copy() for job in jobs], session, NullProgress(), CancelToken())
        for _ in range(results_taken):
            next(results)
        results.close()  # type: ignore[attr-defined]  # it is a generator
        assert files_in(out) == files


# Documents: several pages in one file


def test_document_becomes_one_file_with_as_many_pages(folder: Path, out: Path, session: EngineSession) -> None:
    results = run(document_of(folder / "three.tif", out), session)
    assert statuses(results) == [JobStatus.DONE] * 3
    assert {result.output for result in results} == {out / "three.tif"}
    assert files_in(out) == ["three.tif"]
    with Image.open(out / "three.tif") as image:
        assert getattr(image, "n_frames", 1) == 3
    for number in range(3):
        assert_cleaned(out / "three.tif", folder / "three.tif", session, number=number)


def test_document_whose_pages_have_different_recipes(folder: Path, out: Path, session: EngineSession) -> None:
    recipes = (OTHER, NONE, HALF)
    results = run(document_of(folder / "three.tif", out, recipes), session)
    assert [result.models for result in results] == [("other",), (), ("tiny",)]
    for number, recipe in enumerate(recipes):
        assert_cleaned(out / "three.tif", folder / "three.tif", session, recipe, number)


def test_document_that_nothing_touches_is_the_inputs_bytes(folder: Path, out: Path, session: EngineSession) -> None:
    run(document_of(folder / "three.tif", out, (NONE,) * 3), session)
    assert (out / "three.tif").read_bytes() == (folder / "three.tif").read_bytes()


def test_document_as_png_is_a_file_for_each_page(folder: Path, out: Path, session: EngineSession) -> None:
    jobs = [
        job.model_copy(update={"output": OutputSpec(path=out / f"{number}.png", format=OutputFormat.PNG)})
        for number, job in enumerate(document_of(folder / "three.tif", out))
    ]
    assert statuses(run(jobs, session)) == [JobStatus.DONE] * 3
    for number in range(3):
        page = expected(folder / "three.tif", session, number=number)
        np.testing.assert_array_equal(read(out / f"{number}.png").pixels, page.pixels)


@pytest.mark.parametrize(
    ("fault", "code"), [(DeviceMemoryError("no room"), "memory"), (ZeroDivisionError(), "incident")], ids=str
)
def test_page_of_a_document_that_cannot_be_cleaned_goes_in_as_it_was(
    folder: Path, out: Path, session: EngineSession, break_at: Any, fault: Exception, code: str
) -> None:
    break_at("three.tif#1", fault)
    results = run(document_of(folder / "three.tif", out), session)
    assert statuses(results) == [JobStatus.DONE, JobStatus.FAILED, JobStatus.DONE]
    assert results[1].error_code == code
    assert results[1].error
    assert results[1].output == out / "three.tif"
    assert results[1].warnings == ("This page could not be cleaned; it is in the result as it was.",)
    assert_cleaned(out / "three.tif", folder / "three.tif", session, number=0)
    assert_cleaned(out / "three.tif", folder / "three.tif", session, NONE, number=1)
    assert_cleaned(out / "three.tif", folder / "three.tif", session, number=2)


def test_document_of_which_no_page_can_be_cleaned_is_not_written(
    folder: Path, out: Path, session: EngineSession
) -> None:
    results = run(document_of(folder / "three.tif", out, (UNKNOWN,) * 3), session)
    assert statuses(results) == [JobStatus.FAILED] * 3
    assert all("no model named 'unknown'" in result.error for result in results)
    assert {result.output for result in results} == {None}
    assert files_in(out) == []


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_document_with_a_page_that_cannot_be_read_is_not_written(
    folder: Path, out: Path, session: EngineSession, bad: int
) -> None:
    jobs = document_of(folder / "three.tif", out)
    gone = jobs[bad].source.model_copy(update={"page": 7, "pages": 8})
    jobs[bad] = jobs[bad].model_copy(update={"source": gone})
    results = run([*jobs, job_of(folder / "a.png", out)], session)
    assert statuses(results) == [JobStatus.FAILED] * 3 + [JobStatus.DONE]
    assert {result.output for result in results[:3]} == {None}
    for number, result in enumerate(results[:3]):
        assert result.error.startswith(f"{folder / 'three.tif'}: ")
        assert result.error_code == ("read" if number == bad else "error")
        assert ("because page 8 failed" in result.error) == (number != bad)
    assert files_in(out) == ["a.png"]


def test_document_whose_file_exists_is_not_replaced(folder: Path, out: Path, session: EngineSession) -> None:
    out.mkdir()
    (out / "three.tif").write_bytes(b"mine")
    results = run(document_of(folder / "three.tif", out), session)
    assert statuses(results) == [JobStatus.FAILED] * 3
    assert {result.error for result in results} == {
        f"{out / 'three.tif'}: exists already; choose another folder, or replace it with --overwrite."
    }
    assert {result.error_code for result in results} == {"write"}
    assert (out / "three.tif").read_bytes() == b"mine"


def test_document_that_cannot_be_written_leaves_nothing(
    folder: Path, out: Path, session: EngineSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    results = run(document_of(folder / "three.tif", out), session)
    assert statuses(results) == [JobStatus.FAILED] * 3
    assert all("disk is full" in result.error and "page" not in result.error for result in results)
    assert files_in(out) == []


def test_documents_of_one_name_never_become_one_file(folder: Path, out: Path, session: EngineSession) -> None:
    second = folder / "second"
    second.mkdir()
    (second / "three.tif").write_bytes((folder / "three.tif").read_bytes())
    results = run([*document_of(folder / "three.tif", out), *document_of(second / "three.tif", out)], session)
    assert statuses(results) == [JobStatus.DONE] * 3 + [JobStatus.FAILED] * 3
    assert "exists already" in results[3].error
    assert read(out / "three.tif", 2).size == (40, 60)
    with Image.open(out / "three.tif") as image:
        assert getattr(image, "n_frames", 1) == 3


def test_incident_of_a_page_is_logged_even_if_its_document_fails_later(
    folder: Path, out: Path, session: EngineSession, break_at: Any, caplog: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(logging.getLogger("docclean"), "propagate", True)
    break_at("three.tif#0", ZeroDivisionError("the cause"))
    jobs = document_of(folder / "three.tif", out)
    gone = jobs[2].source.model_copy(update={"page": 7, "pages": 8})
    results = run([*jobs[:2], jobs[2].model_copy(update={"source": gone})], session)
    assert statuses(results) == [JobStatus.FAILED] * 3
    assert "the cause" in caplog.text


# Pages of every kind


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "P-gray", "P-alpha", "RGB", "RGBA", "CMYK"])
def test_page_of_every_mode_comes_out_in_its_mode(tmp_path: Path, out: Path, session: EngineSession, mode: str) -> None:
    path = tmp_path / ("page.tif" if mode == "CMYK" else "page.png")
    image_in(mode, 50, 70).save(path)
    (result,) = run([job_of(path, out)], session)
    assert (result.status, result.error) == (JobStatus.DONE, "")
    before, after = read(path), read(out / path.name)
    assert after.size == before.size
    if mode != "P-alpha":  # its palette has no room for the colors that this model makes
        assert after.stored.mode is before.stored.mode
    if before.stored.alpha is not None:
        np.testing.assert_array_equal(after.stored.alpha, before.stored.alpha)
    if mode in {"L", "RGB"}:
        assert_cleaned(out / path.name, path, session)


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (3, 3), (2500, 8), (8, 2500)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_page_of_odd_size_comes_out_in_its_size(
    tmp_path: Path, out: Path, session: EngineSession, size: tuple[int, int], mode: str
) -> None:
    image_in(mode, *size).save(tmp_path / "page.png")
    (result,) = run([job_of(tmp_path / "page.png", out)], session)
    assert (result.status, result.error) == (JobStatus.DONE, "")
    assert read(out / "page.png").size == size


@pytest.mark.parametrize("level", [0, 255])
def test_page_of_one_level_passes(tmp_path: Path, out: Path, session: EngineSession, level: int) -> None:
    Image.new("L", (90, 70), level).save(tmp_path / "page.png")
    (result,) = run([job_of(tmp_path / "page.png", out)], session)
    assert (result.status, result.error) == (JobStatus.DONE, "")
    if level == 255:
        assert (out / "page.png").read_bytes() == (tmp_path / "page.png").read_bytes()


def test_cleaning_on_the_cpu_never_loads_torch(folder: Path, out: Path, session: EngineSession) -> None:
    models = session.pipeline(FULL).stages[0].entry.folder.parent
    code = """
import sys
from pathlib import Path
from docclean.core.cancel import CancelToken
from docclean.core.job import PageJob
from docclean.core.progress import NullProgress
from docclean.engine.device import resolve_device
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog
models = Path(sys.argv[1])
session = EngineSession(resolve_device("cpu"), Catalog(models, models / "none"))
jobs = [PageJob.model_validate_json(text) for text in sys.argv[2:]]
for result in run_jobs(jobs, session, NullProgress(), CancelToken()):
    print(result.model_dump_json())
print("torch" in sys.modules, "onnxruntime" in sys.modules)
"""
    texts = [job.model_dump_json() for job in [job_of(folder / "a.png", out), *document_of(folder / "three.tif", out)]]
    command = [sys.executable, "-c", code, str(models), *texts]
    finished = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert finished.returncode == 0, finished.stderr
    *results, modules = finished.stdout.splitlines()
    assert statuses([PageResult.model_validate_json(text) for text in results]) == [JobStatus.DONE] * 4
    assert modules == "False True"
    assert_cleaned(out / "a.png", folder / "a.png", session)


def test_engine_result_is_that_of_the_network_over_the_page(folder: Path, session: EngineSession) -> None:
    stage = session.pipeline(FULL).stages[0]
    page = read(folder / "a.png")
    alone = restore_page(stage.backend, page.pixels, stage.entry.manifest.input, CancelToken(), lambda *call: None)
    np.testing.assert_array_equal(expected(folder / "a.png", session).pixels, alone)


def test_progress_tells_the_stages_of_every_page(folder: Path, out: Path, session: EngineSession) -> None:
    heard = Heard()
    run([job_of(folder / "a.png", out), *document_of(folder / "three.tif", out)], session, heard)
    stages = [(progress.job_id, progress.stage) for progress in heard]
    ids = ["a.png#0", "three.tif#0", "three.tif#1", "three.tif#2"]
    assert stages == [(name, stage) for name in ids for stage in ("read", "denoise", "write")]


# Values that travel

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PATHS = st.lists(st.text("abcäß .-_", min_size=1, max_size=6), min_size=1, max_size=3).map(lambda parts: Path(*parts))
RECIPES = st.builds(
    Recipe,
    stages=st.lists(
        st.builds(StageSpec, task=st.sampled_from(Task), model=TEXTS, strength=st.integers(0, 100)), max_size=3
    ).map(tuple),
)
JOBS = st.builds(
    PageJob,
    id=TEXTS,
    source=st.builds(PageSource, path=PATHS, page=st.integers(0, 9), pages=st.integers(1, 9), relative=PATHS),
    recipe=RECIPES,
    output=st.builds(OutputSpec, path=PATHS, format=st.sampled_from(OutputFormat), overwrite=st.booleans()),
)
RESULTS = st.builds(
    PageResult,
    job_id=TEXTS,
    status=st.sampled_from(JobStatus),
    output=st.none() | PATHS,
    seconds=st.floats(0, 1e6),
    device=TEXTS,
    models=st.lists(TEXTS, max_size=2).map(tuple),
    warnings=st.lists(TEXTS, max_size=2).map(tuple),
    error=TEXTS,
    error_code=TEXTS,
)


@settings(max_examples=50)
@given(RECIPES | JOBS | RESULTS)
def test_values_survive_json(value: Recipe | PageJob | PageResult) -> None:
    again = type(value).model_validate_json(value.model_dump_json())
    assert again == value
    assert hash(again) == hash(value)
    assert type(value).model_validate(json.loads(json.dumps(value.model_dump(mode="json")))) == value
