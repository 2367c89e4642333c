from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docclean.core.cancel import CancelledError
from docclean.core.errors import UsageError
from docclean.core.job import OutputFormat
from docclean.core.recipe import Recipe
from docclean.engine.planning import CleanOptions, CleanPlan, Rerun, page_name, plan_jobs


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    (folder / "sub").mkdir(parents=True)
    for name in ("p10.png", "p2.png", "sub/p1.jpg"):
        Image.new("L", (9, 7)).save(folder / name)
    pages = [Image.new("1", (9, 7)) for _ in range(3)]
    pages[0].save(folder / "book.tif", save_all=True, append_images=pages[1:])
    (folder / "notes.txt").write_text("no page", encoding="utf-8")
    return folder


def plan(*inputs: Path, output: Path, **options: Any) -> CleanPlan:
    return plan_jobs(CleanOptions(inputs=inputs, output=output, **options), Recipe())


def outputs(plan: CleanPlan, folder: Path) -> list[str]:
    return [job.output.path.relative_to(folder).as_posix() for job in plan.jobs]


def test_plan_of_a_folder_is_in_natural_order_and_skips_the_rest(scans: Path, tmp_path: Path) -> None:
    found = plan(scans, output=tmp_path / "out")
    assert outputs(found, tmp_path / "out") == ["book.tif", "book.tif", "book.tif", "p2.png", "p10.png"]
    assert sorted(skipped.path.name for skipped in found.skipped) == ["notes.txt", "sub"]
    assert len({job.id for job in found.jobs}) == 5


def test_plan_with_recursive_mirrors_the_folders(scans: Path, tmp_path: Path) -> None:
    assert "sub/p1.jpg" in outputs(plan(scans, output=tmp_path / "out", recursive=True), tmp_path / "out")


def test_plan_never_takes_the_output_folder_as_input(scans: Path) -> None:
    output = scans / "sub"
    assert "p1.jpg" not in outputs(plan(scans, output=output, recursive=True), output)


def test_plan_with_another_format_changes_the_suffix(scans: Path, tmp_path: Path) -> None:
    found = plan(scans / "p2.png", output=tmp_path / "out", output_format="JPEG")
    assert outputs(found, tmp_path / "out") == ["p2.jpg"]
    assert found.jobs[0].output.format is OutputFormat.JPEG


@pytest.mark.parametrize(
    ("name", "output_format", "expected"),
    [
        ("new.png", "keep", OutputFormat.PNG),
        ("new.JPG", "keep", OutputFormat.JPEG),
        ("new.tif", "tiff", OutputFormat.TIFF),
        ("new.pdf", "keep", OutputFormat.PDF),
        ("new.pdf", "pdf", OutputFormat.PDF),
    ],
)
def test_plan_of_one_file_takes_name_and_format_from_the_output(
    name: str, output_format: str, expected: OutputFormat, scans: Path, tmp_path: Path
) -> None:
    (job,) = plan(scans / "p2.png", output=tmp_path / name, output_format=output_format).jobs
    assert (job.output.path, job.output.format) == (tmp_path / name, expected)


def test_plan_of_one_file_in_a_format_that_is_only_kept(tmp_path: Path) -> None:
    Image.new("L", (9, 7)).save(tmp_path / "a.bmp")
    (job,) = plan(tmp_path / "a.bmp", output=tmp_path / "b.dib").jobs
    assert job.output.format is OutputFormat.KEEP


def test_plan_of_one_file_takes_an_existing_folder_for_a_folder(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.png").mkdir()
    assert outputs(plan(scans / "p2.png", output=tmp_path / "odd.png"), tmp_path) == ["odd.png/p2.png"]


def test_plan_as_pdf_gives_each_document_one_file(scans: Path, tmp_path: Path) -> None:
    found = plan(scans, output=tmp_path / "out", output_format="pdf")
    assert outputs(found, tmp_path / "out") == ["book.pdf", "book.pdf", "book.pdf", "p2.pdf", "p10.pdf"]


def test_plan_of_missing_input_lists_it_as_failed(scans: Path, tmp_path: Path) -> None:
    found = plan(scans / "p2.png", scans / "gone.png", output=tmp_path / "out")
    assert len(found.jobs) == 1
    assert [failed.path for failed in found.failed] == [scans / "gone.png"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (lambda scans: ([scans], scans, {}), "is the input folder itself"),
        (lambda scans: ([scans], scans / "sub" / "..", {}), "is the input folder itself"),
        (lambda scans: ([scans], scans, {"output_format": "jpeg"}), "is the input folder itself"),
        (lambda scans: ([scans / "p2.png"], scans, {}), "is an input, which is never changed"),
        (lambda scans: ([scans / "p2.png"], scans / "p2.png", {}), "is an input, which is never changed"),
        (lambda scans: ([scans], scans / "notes.txt", {}), "is a file; name a folder"),
        (lambda scans: ([scans / "p2.png"], scans / "notes.txt", {}), "is a file; name a folder"),
        (lambda scans: ([scans], scans / "p2.png", {}), "is a file; name a folder"),
        (lambda scans: ([scans / "p2.png"], scans / "x.bmp", {}), "png, tiff, jpeg, webp and pdf only"),
        (lambda scans: ([scans / "p2.png"], scans / "x.png", {"output_format": "tiff"}), "make them agree"),
        (lambda scans: ([scans / "p2.png"], scans / "out", {"output_format": "djvu"}), "is not a format to write"),
        (lambda scans: ([scans / "p2.png"], scans / "x.pdf", {"output_format": "tiff"}), "make them agree"),
        (lambda scans: ([scans / "empty"], scans / "out", {}), "holds no image that docclean can read"),
        (lambda scans: ([scans / "nest"], scans / "out", {}), "sub-folders too with --recursive"),
    ],
)
def test_plan_that_cannot_be_is_refused(
    options: Callable[[Path], tuple[list[Path], Path, dict[str, Any]]], sentence: str, scans: Path
) -> None:
    (scans / "empty").mkdir()
    (scans / "nest" / "inner").mkdir(parents=True)
    inputs, output, others = options(scans)
    with pytest.raises(UsageError, match=sentence):
        plan(*inputs, output=output, **others)


def test_page_name_has_the_number_where_there_are_several(scans: Path, tmp_path: Path) -> None:
    names = [page_name(job.source) for job in plan(scans, output=tmp_path / "out").jobs]
    assert names[0] == f"{scans / 'book.tif'}, page 1"
    assert names[3] == str(scans / "p2.png")


@pytest.mark.parametrize("rerun", Rerun)
def test_plan_for_a_journal_leaves_what_is_there_to_it(rerun: Rerun, scans: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "p2.png").write_bytes(b"an earlier result")
    found = plan(scans, output=tmp_path / "out", rerun=rerun)
    assert len(found.jobs) == 5
    assert not any(job.output.overwrite for job in found.jobs)
    assert (found.failed, found.existing, found.folder) == ((), (), tmp_path / "out")


def test_plan_for_a_journal_still_refuses_a_folder_in_the_way(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "p2.png").mkdir(parents=True)
    found = plan(scans, output=tmp_path / "out", rerun=Rerun.RESUME)
    assert [failed.path.name for failed in found.failed] == ["p2.png"]


def test_plan_for_a_file_that_is_named_has_no_journal(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "new.png").write_bytes(b"mine")
    found = plan(scans / "p2.png", output=tmp_path / "new.png", rerun=Rerun.RESUME)
    assert found.folder is None
    assert "exists already" in found.failed[0].error


def test_plan_without_a_journal_refuses_what_is_there(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "p2.png").write_bytes(b"an earlier result")
    found = plan(scans, output=tmp_path / "out")
    assert "exists already" in found.failed[0].error
    assert found.existing == ()


def test_planning_tells_how_many_pages_were_found(scans: Path, tmp_path: Path) -> None:
    counts: list[int] = []
    plan_jobs(CleanOptions((scans,), tmp_path / "out"), Recipe(), counts.append)
    assert counts == sorted(counts)
    assert counts[-1] == 5


def test_planning_ends_with_what_its_listener_raises(scans: Path, tmp_path: Path) -> None:
    def stop(_found: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        plan_jobs(CleanOptions((scans,), tmp_path / "out"), Recipe(), stop)
