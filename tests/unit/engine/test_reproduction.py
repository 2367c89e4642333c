"""Results that are made again from their receipts."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DoccleanError, UsageError
from docclean.core.job import OutputFormat, PageJob, ReceiptPlace
from docclean.core.progress import NullProgress
from docclean.core.receipt import sidecar_of
from docclean.engine.device import cpu_device
from docclean.engine.page_differences import compare_pages
from docclean.engine.receipt_search import find_inputs, find_receipt_of, verify_models
from docclean.engine.reproduction import Likeness, Reproduction, plan_reproduction, reproduce, reproduction_report
from docclean.engine.session import EngineSession
from tests.helpers.models import catalog_of, entry_of, save_weights, signed, tiny_model, tiny_network
from tests.helpers.pages import image_in, saved
from tests.helpers.pdf_files import scan_pdf
from tests.unit.engine.test_receipts import pdf_jobs
from tests.unit.engine.test_runner import FULL, HALF, NONE, blots, document_of, job_of, run

SIDECAR = ReceiptPlace.SIDECAR


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_model(folder)
    tiny_model(folder, "other", network=tiny_network(1))
    return folder


@pytest.fixture(scope="module")
def session(models: Path) -> EngineSession:
    return EngineSession(cpu_device(), catalog_of(models))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "a.png"
    path.parent.mkdir()
    blots(0).save(path)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def again(
    target: Path, session: EngineSession, folder: Path, named: Sequence[Path] = (), cancel: CancelToken | None = None
) -> Reproduction:
    found = find_receipt_of(target)
    folder.mkdir()
    jobs = plan_reproduction(found, find_inputs(found, named), folder)
    return reproduce(found, jobs, session, NullProgress(), cancel or CancelToken(), lambda _result: None)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "jp2"])
@pytest.mark.parametrize("output_format", [OutputFormat.KEEP, OutputFormat.PDF])
def test_page_comes_out_again(session: EngineSession, tmp_path: Path, suffix: str, output_format: OutputFormat) -> None:
    path = tmp_path / f"a.{suffix}"
    blots(0).save(path)
    job = job_of(path, tmp_path / "out", HALF, format=output_format)
    run([job], session)
    outcome = again(job.output.path, session, tmp_path / "again", [path])
    assert (outcome.likeness, outcome.pages, outcome.notes) == (Likeness.BYTES, (), ())


def test_documents_come_out_again(session: EngineSession, tmp_path: Path) -> None:
    tiff = tmp_path / "book.tif"
    pages = [blots(seed) for seed in range(3)]
    pages[0].save(tiff, save_all=True, append_images=pages[1:])
    pdf = scan_pdf(tmp_path / "book.pdf")
    chosen = document_of(tiff, tmp_path / "out" / "part", (FULL, HALF, NONE))[1:]
    for number, jobs in enumerate(
        ([*document_of(tiff, tmp_path / "out", (FULL, HALF, NONE))], chosen, pdf_jobs(pdf, tmp_path / "out"))
    ):
        run(jobs, session)
        outcome = again(jobs[0].output.path, session, tmp_path / f"again{number}", [tmp_path])
        assert outcome.likeness is Likeness.BYTES


def test_joined_pdf_of_files_with_the_same_name_comes_out_again(session: EngineSession, tmp_path: Path) -> None:
    jobs: list[PageJob] = []
    for seed, folder in enumerate(("one", "two")):
        path = tmp_path / folder / "a.png"
        path.parent.mkdir()
        blots(seed).save(path)
        job = job_of(path, tmp_path / "out", format=OutputFormat.PDF, joins_inputs=True)
        output = job.output.model_copy(update={"path": tmp_path / "out" / "joined.pdf"})
        jobs.append(job.model_copy(update={"output": output}))
    run(jobs, session)
    outcome = again(jobs[0].output.path, session, tmp_path / "again", [tmp_path / "one", tmp_path / "two"])
    assert outcome.likeness is Likeness.BYTES


def test_sidecar_knows_where_the_input_was(session: EngineSession, tmp_path: Path, page: Path, out: Path) -> None:
    run([job_of(page, out, receipt=SIDECAR)], session)
    for number, target in enumerate((out / "a.png", sidecar_of(out / "a.png"))):
        assert again(target, session, tmp_path / f"again{number}").likeness is Likeness.BYTES
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    page.parent.rename(moved / "in")
    out.rename(moved / "out")
    assert again(moved / "out" / "a.png", session, tmp_path / "again3").likeness is Likeness.BYTES


def test_untouched_page_comes_out_again_by_its_sidecar(
    session: EngineSession, tmp_path: Path, page: Path, out: Path
) -> None:
    run([job_of(page, out, NONE, receipt=ReceiptPlace.BOTH)], session)
    assert again(out / "a.png", session, tmp_path / "again").likeness is Likeness.BYTES


def test_renamed_input_is_known_by_its_contents(session: EngineSession, tmp_path: Path, page: Path, out: Path) -> None:
    run([job_of(page, out)], session)
    other = page.rename(page.with_name("renamed.png"))
    assert again(out / "a.png", session, tmp_path / "again", [other]).likeness is Likeness.BYTES


def test_receipt_alone_tells_whether_the_bytes_are_the_same(
    session: EngineSession, tmp_path: Path, page: Path, out: Path
) -> None:
    run([job_of(page, out, receipt=SIDECAR)], session)
    (out / "a.png").unlink()
    outcome = again(sidecar_of(out / "a.png"), session, tmp_path / "again")
    assert outcome.likeness is Likeness.BYTES
    assert any("not beside its receipt" in note for note in outcome.notes)


def test_result_packed_another_way_has_equal_pixels(
    session: EngineSession, tmp_path: Path, page: Path, out: Path
) -> None:
    run([job_of(page, out, receipt=SIDECAR)], session)
    with Image.open(out / "a.png") as image:
        image.save(out / "a.png", compress_level=1)
    outcome = again(out / "a.png", session, tmp_path / "again")
    assert outcome.likeness is Likeness.PIXELS
    assert "was changed since" in outcome.notes[0]


def test_result_that_was_changed_differs_and_how_is_told(
    session: EngineSession, tmp_path: Path, page: Path, out: Path
) -> None:
    run([job_of(page, out, receipt=SIDECAR)], session)
    with Image.open(out / "a.png") as image:
        samples = np.asarray(image).copy()
    samples[3, 5] ^= 1
    samples[7, 9] ^= 128
    Image.fromarray(samples).save(out / "a.png")
    found = find_receipt_of(out / "a.png")
    outcome = again(out / "a.png", session, tmp_path / "again")
    assert outcome.likeness is Likeness.NONE
    (difference,) = outcome.pages
    assert (difference.differing, difference.pixels, difference.largest) == (2, 40 * 60, 128)
    report = reproduction_report(found, (page,), outcome)
    assert json.loads(json.dumps(report))["pages"][0]["differing"] == 2
    assert report["likeness"] == "differs"


def test_input_that_is_another_one_now_is_refused(
    session: EngineSession, tmp_path: Path, page: Path, out: Path
) -> None:
    run([job_of(page, out, receipt=SIDECAR)], session)
    blots(5).save(page)
    with pytest.raises(UsageError, match=r"in/a\.png: is not the file that the result was made from"):
        again(out / "a.png", session, tmp_path / "again")


def test_missing_input_is_named(session: EngineSession, tmp_path: Path, page: Path, out: Path) -> None:
    run([job_of(page, out)], session)
    with pytest.raises(UsageError, match=r"^a\.png: .* was not found; name it with --input"):
        again(out / "a.png", session, tmp_path / "again")


def test_file_without_receipt_is_a_sentence(session: EngineSession, page: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.png: holds no receipt"):
        find_receipt_of(page)
    with pytest.raises(UsageError, match="was not found"):
        find_receipt_of(tmp_path / "none.png")
    (tmp_path / "x.docclean.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="is not a receipt"):
        find_receipt_of(tmp_path / "x.docclean.json")


def test_receipt_of_an_older_result_is_not_believed(
    session: EngineSession, tmp_path: Path, page: Path, out: Path
) -> None:
    run([job_of(page, out, HALF, receipt=SIDECAR)], session)
    run([job_of(page, out, FULL, overwrite=True)], session)
    assert find_receipt_of(out / "a.png").receipt.recipes == (FULL,)
    assert again(out / "a.png", session, tmp_path / "again", [page]).likeness is Likeness.BYTES


def test_models_must_be_here_with_the_same_weights(tmp_path: Path, models: Path, page: Path, out: Path) -> None:
    session = EngineSession(cpu_device(), catalog_of(models))
    run([job_of(page, out)], session)
    receipt = find_receipt_of(out / "a.png").receipt
    verify_models(receipt, catalog_of(models))
    with pytest.raises(UsageError, match=r"'tiny' with the weights [0-9a-f]{12} is not installed"):
        verify_models(receipt, catalog_of(tmp_path / "none"))
    others = Path(shutil.copytree(models, tmp_path / "others"))
    save_weights(others / "tiny", tiny_network(7))
    signed(entry_of(others / "tiny"))
    with pytest.raises(UsageError, match="'tiny' has other weights here"):
        verify_models(receipt, catalog_of(others))
    unknown = receipt.model_copy(update={"models": (receipt.models[0].model_copy(update={"sha256": ""}),)})
    with pytest.raises(UsageError, match="does not say which weights"):
        verify_models(unknown, catalog_of(models))


def test_receipt_leads_nowhere_but_to_a_name(session: EngineSession, tmp_path: Path, page: Path, out: Path) -> None:
    run([job_of(page, out)], session)
    found = find_receipt_of(out / "a.png")
    facts = found.receipt.inputs[0].model_copy(update={"name": "../../etc/passwd"})
    strange = found.receipt.model_copy(update={"inputs": (facts,)})
    with pytest.raises(UsageError, match="was not found"):
        find_inputs(type(found)(strange, found.holder, found.result, found.is_inside))


def test_circumstances_are_told(session: EngineSession, tmp_path: Path, page: Path, out: Path) -> None:
    run([job_of(page, out, receipt=SIDECAR)], session)
    sidecar = sidecar_of(out / "a.png")
    values: dict[str, Any] = json.loads(sidecar.read_text(encoding="utf-8"))
    values["version"], values["device"], values["machine"]["numpy"] = "0.0.1", "cuda", "1.0"
    sidecar.write_text(json.dumps(values), encoding="utf-8")
    notes = again(out / "a.png", session, tmp_path / "again").notes
    assert [words for words in ("docclean 0.0.1", "on cuda", "numpy: 1.0 then") for note in notes if words in note] == [
        "docclean 0.0.1",
        "on cuda",
        "numpy: 1.0 then",
    ]


def test_stop_and_failure_are_no_verdict(session: EngineSession, tmp_path: Path, page: Path, out: Path) -> None:
    run([job_of(page, out, receipt=SIDECAR)], session)
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        again(out / "a.png", session, tmp_path / "again", cancel=token)
    found = find_receipt_of(out / "a.png")
    jobs = plan_reproduction(found, (page,), tmp_path / "fails")
    page.unlink()
    with pytest.raises(DoccleanError, match=r"a\.png: was not found"):
        reproduce(found, jobs, session, NullProgress(), CancelToken(), lambda _result: None)


@pytest.mark.parametrize(
    ("one", "other", "differing", "largest", "of"),
    [
        ("L", "L", 0, 0, 255),
        ("I;16", "I;16", 0, 0, 65_535),
        ("RGBA", "RGBA", 0, 0, 255),
        ("LA", "L", 21 * 34, 255, 255),
    ],
)
def test_pages_are_compared_as_they_are_stored(
    tmp_path: Path, one: str, other: str, differing: int, largest: int, of: int
) -> None:
    paths = [saved(tmp_path / f"{place}.png", image_in(mode)) for place, mode in enumerate((one, other))]
    (difference,) = compare_pages(*paths)
    assert difference.of == of
    assert difference.largest <= largest
    assert bool(difference.differing) == bool(differing)


def test_deep_samples_that_differ_by_one_are_found(tmp_path: Path) -> None:
    samples = np.full((20, 30), 1000, np.uint16)
    Image.fromarray(samples).save(tmp_path / "a.png")
    samples[2, 3] += 1
    Image.fromarray(samples).save(tmp_path / "b.png")
    (difference,) = compare_pages(tmp_path / "a.png", tmp_path / "b.png")
    assert (difference.differing, difference.largest, difference.of) == (1, 1, 65_535)


def test_pages_of_other_sizes_and_missing_pages_differ_entirely(tmp_path: Path) -> None:
    blots(0).save(tmp_path / "a.tif", save_all=True, append_images=[blots(1)])
    blots(0, 20).save(tmp_path / "b.tif")
    first, second = compare_pages(tmp_path / "a.tif", tmp_path / "b.tif")
    assert (first.differing, first.pixels) == (2400, 2400)
    assert (second.differing, second.pixels) == (2400, 2400)


def test_gray_page_equals_the_same_page_in_color(tmp_path: Path) -> None:
    blots(0).save(tmp_path / "a.png")
    blots(0).convert("RGB").save(tmp_path / "b.png")
    (difference,) = compare_pages(tmp_path / "a.png", tmp_path / "b.png")
    assert difference.differing == 0
