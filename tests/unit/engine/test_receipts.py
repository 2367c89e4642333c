"""Receipts of runs: one for each result, the same in every run, and right about what was done."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.files import sha256_of
from docclean.core.job import JobStatus, OutputFormat, PageJob, ReceiptPlace
from docclean.core.receipt import PageOutcome, Receipt, parse_receipt, sidecar_of
from docclean.documents.receipts import find_receipt
from docclean.documents.sidecars import read_sidecar
from docclean.engine.device import cpu_device
from docclean.engine.session import EngineSession
from tests.helpers.models import catalog_of, tiny_model, tiny_network
from tests.helpers.pages import image_in
from tests.helpers.pdf_files import pages_of, scan_pdf
from tests.unit.engine.test_runner import FULL, HALF, NONE, blots, document_of, files_in, job_of, run, when

BOTH, SIDECAR = ReceiptPlace.BOTH, ReceiptPlace.SIDECAR


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    tiny_model(models, "other", network=tiny_network(1))
    return EngineSession(cpu_device(), catalog_of(models))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "four.tif"
    path.parent.mkdir()
    pages = [blots(seed) for seed in range(4)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def embedded(path: Path) -> Receipt:
    return parse_receipt(find_receipt(path), path)


def pdf_jobs(path: Path, out: Path, **output: Any) -> list[PageJob]:
    job = job_of(path, out, **output)
    return [job.model_copy(update={"id": f"{page.page}", "source": page}) for page in pages_of(path)]


def test_page_has_a_receipt_that_tells_how_it_was_made(session: EngineSession, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    blots(0).save(path)
    run([job_of(path, tmp_path / "out", HALF)], session)
    receipt = embedded(tmp_path / "out" / "a.png")
    weights = session.entry(HALF.stages[0]).manifest.weights.sha256
    assert [(each.name, each.sha256, each.path) for each in receipt.inputs] == [("a.png", sha256_of(path), "")]
    assert receipt.recipes == (HALF,)
    assert [(model.id, model.sha256) for model in receipt.models] == [("tiny", weights)]
    assert receipt.device == "cpu"
    assert [(page.page, page.outcome) for page in receipt.pages] == [(1, PageOutcome.CLEANED)]
    assert not sidecar_of(tmp_path / "out" / "a.png").exists()


@pytest.mark.parametrize("output_format", [OutputFormat.KEEP, OutputFormat.PDF])
def test_document_has_one_receipt_with_an_entry_for_each_page(
    session: EngineSession, tmp_path: Path, source: Path, output_format: OutputFormat
) -> None:
    jobs = document_of(source, tmp_path / "out", (FULL, NONE, HALF, FULL), format=output_format, receipt=BOTH)
    results = run(jobs, session)
    receipt = embedded(jobs[0].output.path)
    assert len(receipt.inputs) == 1
    assert receipt.inputs[0].pages == 4
    assert receipt.recipes == (FULL, NONE, HALF)
    assert [(page.page, page.recipe, page.outcome.value) for page in receipt.pages] == [
        (1, 0, "cleaned"),
        (2, 1, "untouched"),
        (3, 2, "cleaned"),
        (4, 0, "cleaned"),
    ]
    beside = read_sidecar(sidecar_of(jobs[0].output.path))
    assert beside.output is not None
    assert beside.output.sha256 == sha256_of(jobs[0].output.path)
    assert beside.output.holds_receipt
    assert beside.pages == receipt.pages
    assert beside.machine["device"] == session.device.label
    assert (tmp_path / "out" / beside.inputs[0].path).resolve() == source
    assert {result.status for result in results} == {JobStatus.DONE}


def test_cleaned_pdf_has_a_receipt_and_its_pages_stay(session: EngineSession, tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "a.pdf")
    run(pdf_jobs(path, tmp_path / "out"), session)
    receipt = embedded(tmp_path / "out" / "a.pdf")
    assert [page.page for page in receipt.pages] == [1, 2, 3]
    assert receipt.inputs[0].sha256 == sha256_of(path)


def test_equal_runs_in_different_places_give_equal_results(session: EngineSession, tmp_path: Path) -> None:
    for place in ("one", "two/deeper"):
        folder = tmp_path / place / "in"
        folder.mkdir(parents=True)
        for suffix in ("png", "jpg", "webp", "jp2", "tif"):
            blots(1).save(folder / f"a.{suffix}")
        pages = [blots(seed) for seed in range(3)]
        pages[0].save(folder / "book.tif", save_all=True, append_images=pages[1:])
        jobs: list[PageJob] = [job_of(path, folder.parent / "out") for path in sorted(folder.glob("a.*"))]
        jobs += document_of(folder / "book.tif", folder.parent / "out", (FULL,) * 3)
        jobs += pdf_jobs(scan_pdf(folder / "b.pdf"), folder.parent / "out")
        run(jobs, session)
    first, second = (tmp_path / place / "out" for place in ("one", "two/deeper"))
    names = sorted(path.name for path in first.iterdir())
    assert len(names) == 7
    assert [(first / name).read_bytes() for name in names] == [(second / name).read_bytes() for name in names]


@pytest.mark.parametrize("is_pdf", [False, True])
def test_resumed_document_has_the_receipt_of_an_uninterrupted_one(
    session: EngineSession, tmp_path: Path, source: Path, is_pdf: bool
) -> None:
    path = scan_pdf(tmp_path / "four.pdf", range(4)) if is_pdf else source

    def jobs(out: str) -> list[PageJob]:
        if is_pdf:
            return pdf_jobs(path, tmp_path / out)
        return document_of(path, tmp_path / out, (FULL,) * 4)

    run(jobs("whole"), session)
    token = CancelToken()
    run(jobs("resumed"), session, when("read", token.cancel, 3), token)
    run(jobs("resumed"), session)
    whole, resumed = (tmp_path / out / path.name for out in ("whole", "resumed"))
    assert resumed.read_bytes() == whole.read_bytes()


def test_untouched_page_has_the_inputs_bytes_and_a_sidecar(session: EngineSession, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    blots(0).save(path)
    run([job_of(path, tmp_path / "out", NONE, receipt=BOTH)], session)
    result = tmp_path / "out" / "a.png"
    assert result.read_bytes() == path.read_bytes()
    receipt = read_sidecar(sidecar_of(result))
    assert receipt.output is not None
    assert (receipt.output.is_input, receipt.output.holds_receipt) == (True, False)
    assert receipt.output.sha256 == receipt.inputs[0].sha256
    assert receipt.pages[0].outcome is PageOutcome.UNTOUCHED


@pytest.mark.parametrize(
    ("place", "is_inside", "is_beside"),
    [
        (ReceiptPlace.EMBEDDED, True, False),
        (ReceiptPlace.SIDECAR, False, True),
        (ReceiptPlace.BOTH, True, True),
        (ReceiptPlace.NONE, False, False),
    ],
)
def test_receipt_goes_where_it_shall(
    session: EngineSession, tmp_path: Path, place: ReceiptPlace, is_inside: bool, is_beside: bool
) -> None:
    path = tmp_path / "a.png"
    blots(0).save(path)
    run([job_of(path, tmp_path / "out", receipt=place)], session)
    result = tmp_path / "out" / "a.png"
    assert bool(find_receipt(result)) == is_inside
    assert sidecar_of(result).exists() == is_beside


def test_page_that_could_not_be_cleaned_is_told(session: EngineSession, tmp_path: Path, source: Path) -> None:
    unknown = FULL.model_copy(update={"stages": (FULL.stages[0].model_copy(update={"model": "unknown"}),)})
    run(document_of(source, tmp_path / "out", (FULL, unknown, FULL, FULL)), session)
    receipt = embedded(tmp_path / "out" / "four.tif")
    assert [page.outcome.value for page in receipt.pages] == ["cleaned", "failed", "cleaned", "cleaned"]
    assert [(model.id, bool(model.sha256)) for model in receipt.models] == [("tiny", True), ("unknown", False)]


def test_joined_pdf_names_every_input(session: EngineSession, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in "ab"]
    for seed, path in enumerate(paths):
        blots(seed).save(path)
    jobs = [job_of(path, tmp_path / "out", format=OutputFormat.PDF, joins_inputs=True) for path in paths]
    result = tmp_path / "out" / "joined.pdf"
    jobs = [job.model_copy(update={"output": job.output.model_copy(update={"path": result})}) for job in jobs]
    run(jobs, session)
    receipt = embedded(result)
    assert [each.name for each in receipt.inputs] == ["a.png", "b.png"]
    assert [page.input for page in receipt.pages] == [0, 1]


def test_what_is_no_receipt_is_not_replaced(session: EngineSession, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    blots(0).save(path)
    strange = sidecar_of(tmp_path / "out" / "a.png")
    strange.parent.mkdir()
    strange.write_text("mine", encoding="utf-8")
    (result,) = run([job_of(path, tmp_path / "out", receipt=SIDECAR)], session)
    assert result.error == f"{strange}: is in the place of the receipt and is none; move it, or leave the receipt out."
    assert strange.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "out" / "a.png").exists()


def test_older_receipt_is_replaced(session: EngineSession, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    blots(0).save(path)
    for recipe in (FULL, HALF):
        run([job_of(path, tmp_path / "out", recipe, receipt=SIDECAR, overwrite=True)], session)
    assert read_sidecar(sidecar_of(tmp_path / "out" / "a.png")).recipes == (HALF,)


def test_receipt_that_cannot_be_written_is_a_warning(
    session: EngineSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ("a" * 240 + ".png")  # the sidecar's name is too long for any disk
    blots(0).save(path)
    (result,) = run([job_of(path, tmp_path / "out", receipt=SIDECAR)], session)
    assert result.status is JobStatus.DONE
    assert "The receipt was not written" in result.warnings[0]
    assert "too long" in result.warnings[0]
    assert files_in(tmp_path / "out") == [path.name]


def test_input_that_changes_while_it_is_read_fails(
    session: EngineSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    blots(0).save(path)

    def read(source: Any, **options: Any) -> Any:
        from docclean.documents.reader import read_page

        page = read_page(source, **options)
        blots(1, 50).save(path)
        return page

    monkeypatch.setattr("docclean.engine.attempt.read_page", read)
    (result,) = run([job_of(path, tmp_path / "out")], session)
    assert result.error_code == "changed"
    assert "changed while it was being cleaned" in result.error
    assert not (tmp_path / "out").exists()


def test_input_of_many_pages_is_read_once_for_its_digest(
    session: EngineSession, tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def count(path: Path) -> str:
        read.append(path)
        return sha256_of(path)

    monkeypatch.setattr("docclean.engine.input_facts.sha256_of", count)
    moved = Path(shutil.copy(source, tmp_path / "once.tif"))
    run(document_of(moved, tmp_path / "out", (FULL,) * 4), session)
    assert read == [moved]


def test_draft_has_no_receipt(session: EngineSession, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    blots(0).save(path)
    run([job_of(path, tmp_path / "out", is_draft=True, receipt=BOTH)], session)
    assert files_in(tmp_path / "out") == ["a.png"]
    assert find_receipt(tmp_path / "out" / "a.png") == ""


def test_sidecar_is_json_for_people(session: EngineSession, tmp_path: Path, source: Path) -> None:
    run(document_of(source, tmp_path / "out", (FULL,) * 4, receipt=SIDECAR), session)
    text = sidecar_of(tmp_path / "out" / "four.tif").read_text(encoding="ascii")
    assert json.loads(text)["pages"] == [{"page": 1}, {"page": 2}, {"page": 3}, {"page": 4}]
    assert '\n  {"page": 3},\n' in text


def test_image_of_transparency_keeps_it_beside_its_receipt(session: EngineSession, tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    image_in("RGBA").save(path, lossless=True)
    run([job_of(path, tmp_path / "out")], session)
    with Image.open(tmp_path / "out" / "a.webp") as image:
        assert image.mode == "RGBA"
    assert embedded(tmp_path / "out" / "a.webp").inputs[0].name == "a.webp"


def test_languages_of_recognized_text_are_told(
    session: EngineSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_text(source: Path, target: Path, *rest: Any) -> None:
        shutil.copyfile(source, target)

    monkeypatch.setattr("docclean.engine.searchable.add_text", add_text)
    run(pdf_jobs(scan_pdf(tmp_path / "a.pdf"), tmp_path / "out", languages=("eng", "deu"), receipt=BOTH), session)
    result = tmp_path / "out" / "a.pdf"
    assert embedded(result).languages == ("eng", "deu")
    beside = read_sidecar(sidecar_of(result))
    assert beside.output is not None
    assert beside.output.holds_receipt
    assert beside.output.sha256 == sha256_of(result)
