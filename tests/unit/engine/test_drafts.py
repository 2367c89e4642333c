"""Jobs whose result is a draft, and jobs that save one: the file is the one that cleaning would have written."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, OutputFormat, OutputSpec, PageJob, PageResult
from docclean.core.progress import NullProgress
from docclean.core.recipe import PageColor, Recipe, StageSpec
from docclean.documents.drafts import read_draft, write_draft
from docclean.engine.device import cpu_device
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from tests.helpers.models import Heard, catalog_of, identity_network, tiny_model
from tests.helpers.pages import image_in, read, saved, source_of

RECIPE = Recipe(stages=(StageSpec(model="tiny"),))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    tiny_model(models, "same", network=identity_network())
    return EngineSession(cpu_device(), catalog_of(models))


def run(session: EngineSession, *jobs: PageJob) -> list[PageResult]:
    return list(run_jobs(jobs, session, NullProgress(), CancelToken()))


def document(path: Path, pages: int = 3) -> Path:
    first, *others = (image_in("L", 40, 60, seed=n) for n in range(pages))
    first.save(path, save_all=True, append_images=others)
    return path


def drafts_of(path: Path, folder: Path, pages: int, recipe: Recipe = RECIPE) -> list[PageJob]:
    return [
        PageJob(
            id=str(n),
            source=source_of(path, n, pages),
            recipe=recipe,
            output=OutputSpec(path=folder / f"{n}.png", is_draft=True),
        )
        for n in range(pages)
    ]


def saving(jobs: list[PageJob], path: Path, file_format: OutputFormat = OutputFormat.KEEP) -> list[PageJob]:
    output = OutputSpec(path=path, format=file_format)
    return [job.model_copy(update={"output": output, "restored": job.output.path}) for job in jobs]


def cleaning(jobs: list[PageJob], path: Path, file_format: OutputFormat = OutputFormat.KEEP) -> list[PageJob]:
    return [job.model_copy(update={"output": OutputSpec(path=path, format=file_format)}) for job in jobs]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "RGB", "RGBA", "P", "P-alpha"])
@pytest.mark.parametrize("file_format", [OutputFormat.KEEP, OutputFormat.TIFF, OutputFormat.PDF])
def test_saved_draft_is_the_file_that_cleaning_writes(
    session: EngineSession, tmp_path: Path, mode: str, file_format: OutputFormat
) -> None:
    page = saved(tmp_path / "a.png", image_in(mode, 40, 60))
    jobs = drafts_of(page, tmp_path / "drafts", 1)
    run(session, *jobs)
    run(session, *saving(jobs, tmp_path / "saved", file_format))
    run(session, *cleaning(jobs, tmp_path / "cleaned", file_format))
    assert (tmp_path / "saved").read_bytes() == (tmp_path / "cleaned").read_bytes()


@pytest.mark.parametrize("file_format", [OutputFormat.KEEP, OutputFormat.PDF])
def test_saved_drafts_of_a_document_are_the_file_that_cleaning_writes(
    session: EngineSession, tmp_path: Path, file_format: OutputFormat
) -> None:
    jobs = drafts_of(document(tmp_path / "a.tif"), tmp_path / "drafts", 3)
    run(session, *jobs)
    results = run(session, *saving(jobs, tmp_path / "saved", file_format))
    run(session, *cleaning(jobs, tmp_path / "cleaned", file_format))
    assert [result.status for result in results] == [JobStatus.DONE] * 3
    assert (tmp_path / "saved").read_bytes() == (tmp_path / "cleaned").read_bytes()


def test_page_of_a_document_as_a_draft_is_done_at_once(session: EngineSession, tmp_path: Path) -> None:
    jobs = drafts_of(document(tmp_path / "a.tif"), tmp_path / "drafts", 3)
    results = run_jobs(jobs, session, NullProgress(), CancelToken())
    assert next(results).status is JobStatus.DONE
    assert [path.name for path in (tmp_path / "drafts").iterdir()] == ["0.png"]


def test_saving_runs_no_network(session: EngineSession, tmp_path: Path) -> None:
    page = saved(tmp_path / "a.png", image_in("L", 40, 60))
    (job,) = drafts_of(page, tmp_path / "drafts", 1)
    write_draft(np.full((40, 60, 1), 7, np.uint8), job.output.path)
    heard = Heard()
    (result,) = run_jobs(saving([job], tmp_path / "b.png"), session, heard, CancelToken())
    assert {progress.stage for progress in heard} == {"read", "write"}
    assert (result.models, result.device) == ((), "")
    assert (read(tmp_path / "b.png").pixels == 7).all()


def test_draft_that_is_gone_fails_its_page_alone(session: EngineSession, tmp_path: Path) -> None:
    pages = [saved(tmp_path / name, image_in("L", 40, 60)) for name in ("a.png", "b.png")]
    jobs = [drafts_of(page, tmp_path / page.stem, 1)[0] for page in pages]
    run(session, *jobs)
    jobs[0].output.path.unlink()
    results = [run(session, *saving([job], tmp_path / "out" / job.source.path.name))[0] for job in jobs]
    assert [result.status for result in results] == [JobStatus.FAILED, JobStatus.DONE]
    assert "was not found" in results[0].error


def test_page_that_nothing_changed_is_told(session: EngineSession, tmp_path: Path) -> None:
    page = saved(tmp_path / "a.png", Image.new("L", (60, 40), 255))
    (result,) = run(session, *drafts_of(page, tmp_path / "drafts", 1))
    assert result.is_untouched


def test_page_that_changed_is_told(session: EngineSession, tmp_path: Path) -> None:
    page = saved(tmp_path / "a.png", image_in("L", 40, 60))
    (job,) = drafts_of(page, tmp_path / "drafts", 1)
    (result,) = run(session, job)
    assert not result.is_untouched
    assert not np.array_equal(read_draft(job.output.path), read(page).pixels)


def test_page_that_is_skipped_leaves_the_others(session: EngineSession, tmp_path: Path) -> None:
    pages = [saved(tmp_path / f"{name}.png", image_in("L", 40, 60)) for name in "abc"]
    jobs = [
        drafts_of(page, tmp_path / page.stem, 1)[0].model_copy(update={"id": page.stem, "recipe": RECIPE})
        for page in pages
    ]
    cancel = CancelToken()
    skip = {"b": CancelToken(cancel)}
    skip["b"].cancel()
    results = run_jobs(jobs, session, NullProgress(), cancel, skip)
    assert [result.status for result in results] == [JobStatus.DONE, JobStatus.CANCELLED, JobStatus.DONE]


def test_next_page_is_asked_for_when_the_one_before_is_done(session: EngineSession, tmp_path: Path) -> None:
    asked: list[int] = []

    def queue() -> Iterator[PageJob]:
        for n in range(3):
            asked.append(n)
            page = saved(tmp_path / f"{n}.png", image_in("L", 40, 60))
            yield drafts_of(page, tmp_path / f"drafts{n}", 1)[0]

    results = run_jobs(queue(), session, NullProgress(), CancelToken())
    next(results)
    assert asked == [0]


def drafted(session: EngineSession, jobs: list[PageJob]) -> list[PageJob]:
    """Clean pages into drafts, and give the jobs that save them, as the window makes them."""
    results = run(session, *jobs)
    plain = saving(jobs, jobs[0].source.path.parent / "saved")
    return [
        job.model_copy(update={"restored_from": result.input_state}) for job, result in zip(plain, results, strict=True)
    ]


def test_draft_of_a_file_that_changed_since_is_not_saved(session: EngineSession, tmp_path: Path) -> None:
    jobs = drafted(session, drafts_of(saved(tmp_path / "a.png", image_in("L", 40, 60)), tmp_path / "drafts", 1))
    saved(tmp_path / "a.png", image_in("L", 40, 60, seed=9))
    (result,) = run(session, *jobs)
    assert result.error == f"{tmp_path / 'a.png'}: has changed since it was cleaned; clean it again, then save it."
    assert not (tmp_path / "saved").exists()


def test_document_that_changed_since_is_not_saved_at_all(session: EngineSession, tmp_path: Path) -> None:
    jobs = drafted(session, drafts_of(document(tmp_path / "a.tif"), tmp_path / "drafts", 3))
    document(tmp_path / "a.tif", 5)
    results = run(session, jobs[0].model_copy(update={"restored": None}), *jobs[1:])
    assert [result.status for result in results] == [JobStatus.FAILED] * 3
    assert not (tmp_path / "saved").exists()


def test_draft_of_a_file_that_is_as_it_was_is_saved(session: EngineSession, tmp_path: Path) -> None:
    jobs = drafted(session, drafts_of(document(tmp_path / "a.tif"), tmp_path / "drafts", 3))
    assert [result.status for result in run(session, *jobs)] == [JobStatus.DONE] * 3


def test_draft_that_cannot_be_written_is_told_with_the_name_of_its_page(session: EngineSession, tmp_path: Path) -> None:
    page = saved(tmp_path / "a.png", image_in("L", 40, 60))
    (tmp_path / "drafts").touch()
    (result,) = run(session, *drafts_of(page, tmp_path / "drafts", 1))
    assert result.error.startswith(f"{page}: ")
    assert "drafts" not in result.error


def test_document_saved_twice_in_a_row_is_not_one_document_of_twice_the_pages(
    session: EngineSession, tmp_path: Path
) -> None:
    jobs = drafted(session, drafts_of(document(tmp_path / "a.tif"), tmp_path / "drafts", 3))
    results = run(session, *jobs, *jobs)
    assert [result.status for result in results] == [JobStatus.DONE] * 3 + [JobStatus.FAILED] * 3
    with Image.open(tmp_path / "saved") as image:
        assert getattr(image, "n_frames", 1) == 3


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_page_asked_for_in_gray_has_no_color_and_its_draft_saves_the_same(
    session: EngineSession, tmp_path: Path, name: str
) -> None:
    page = saved(tmp_path / name, image_in("RGB", 40, 60))
    gray = RECIPE.model_copy(update={"color": PageColor.GRAY})
    jobs = drafts_of(page, tmp_path / "drafts", 1, gray)
    run(session, *jobs)
    run(session, *saving(jobs, tmp_path / f"saved-{name}"))
    run(session, *cleaning(jobs, tmp_path / f"cleaned-{name}"))
    assert (tmp_path / f"saved-{name}").read_bytes() == (tmp_path / f"cleaned-{name}").read_bytes()
    pixels = read(tmp_path / f"saved-{name}").pixels.astype(int)
    assert int(np.ptp(pixels, axis=2).max()) <= 2


def test_page_without_color_asked_for_in_gray_is_untouched(session: EngineSession, tmp_path: Path) -> None:
    page = saved(tmp_path / "a.png", image_in("L", 40, 60))
    recipe = Recipe(stages=(), color=PageColor.GRAY)
    (result,) = run(session, *drafts_of(page, tmp_path / "drafts", 1, recipe))
    assert result.is_untouched
