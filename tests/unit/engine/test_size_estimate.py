"""Sizes before the run: near enough, soon, and never a fault."""

from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.job import Compression, OutputFormat, OutputSpec, PageJob, Storage
from docclean.core.page import PageSource
from docclean.core.progress import NullProgress
from docclean.core.recipe import PageColor, Recipe
from docclean.documents.reader import read_page
from docclean.engine import size_estimate
from docclean.engine.device import cpu_device
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.engine.size_estimate import SizeEstimate, estimate_size
from tests.helpers.models import catalog_of
from tests.helpers.pdf_files import add_page, drawn, image_object, pages_of, samples_of, scan_pdf
from tests.helpers.printed import DPI, page_with

PAGES = 4
KINDS = ("nothing", "stamp", "pen", "nothing")


def book(path: Path, **options: Any) -> list[PageSource]:
    first, *others = (Image.fromarray(page_with(kind)) for kind in KINDS)
    first.save(path, save_all=True, append_images=others, dpi=(DPI, DPI), **options)
    return [PageSource(path=path, page=page, pages=PAGES, relative=Path(path.name)) for page in range(PAGES)]


def jobs_of(sources: list[PageSource], output: OutputSpec, color: PageColor = PageColor.KEEP) -> list[PageJob]:
    recipe = Recipe(stages=(), color=color)
    return [PageJob(id=str(n), source=source, recipe=recipe, output=output) for n, source in enumerate(sources)]


@pytest.mark.parametrize(
    ("output_format", "color", "storage", "tolerance"),
    [
        (OutputFormat.PDF, PageColor.KEEP, Storage(), 0.25),
        (OutputFormat.PDF, PageColor.BILEVEL, Storage(), 0.4),
        (OutputFormat.PDF, PageColor.KEEP, Storage(compression=Compression.JPEG, quality=60), 0.25),
        (OutputFormat.PDF, PageColor.GRAY, Storage(compression=Compression.MRC), 0.3),
        (OutputFormat.TIFF, PageColor.AUTO, Storage(), 0.3),
        (OutputFormat.TIFF, PageColor.GRAY, Storage(compression=Compression.LOSSLESS), 0.25),
    ],
)
def test_estimate_is_near_what_comes_of_clean_pages(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    output_format: OutputFormat,
    color: PageColor,
    storage: Storage,
    tolerance: float,
) -> None:
    monkeypatch.setattr(size_estimate, "_PART_PIXELS", 150_000)  # so that bands of these small pages are taken
    sources = book(tmp_path / "in.tif", compression="tiff_lzw")
    output = OutputSpec(path=tmp_path / f"out.{output_format}", format=output_format, storage=storage)
    jobs = jobs_of(sources, output, color)
    estimate = estimate_size(jobs, budget_s=60.0)
    assert estimate is not None
    session = EngineSession(cpu_device(), catalog_of(tmp_path / "none"))
    assert [result.error for result in run_jobs(jobs, session, NullProgress(), CancelToken())] == [""] * PAGES
    assert estimate.result_bytes == pytest.approx(output.path.stat().st_size, rel=tolerance)
    assert estimate.now_bytes == (tmp_path / "in.tif").stat().st_size
    assert estimate.samples == PAGES


def test_what_is_no_image_in_a_pdf_stays(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    with path.open("ab") as file:
        file.write(b"%" + b"x" * 100_000 + b"\n")
    estimate = estimate_size(jobs_of(pages_of(path), OutputSpec(path=tmp_path / "out.pdf")))
    assert estimate is not None
    assert estimate.now_bytes == path.stat().st_size
    assert 100_000 < estimate.result_bytes < 1.2 * estimate.now_bytes


def test_page_put_together_from_several_images_is_weighed_by_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "parts.pdf"
    with pikepdf.new() as pdf:
        parts = {f"/Im{number}": image_object(pdf, samples_of(number, 300, 600)) for number in range(2)}
        place = b"".join(drawn((600, 0, 0, 200, 0, 200 * number), f"/Im{number}") for number in range(2))
        add_page(pdf, place, parts)
        pdf.save(path)
    sources = pages_of(path)
    assert read_page(sources[0]).warnings[0].startswith("This page is put together from several parts")
    output = OutputSpec(path=tmp_path / "out.pdf")
    jobs = jobs_of(sources, output, PageColor.BILEVEL)
    estimate = estimate_size(jobs)
    session = EngineSession(cpu_device(), catalog_of(tmp_path / "none"))
    assert [result.error for result in run_jobs(jobs, session, NullProgress(), CancelToken())] == [""]
    assert estimate is not None
    assert estimate.result_bytes == pytest.approx(output.path.stat().st_size, rel=0.4)


def test_chosen_pages_of_a_file_count_for_their_part(tmp_path: Path) -> None:
    sources = book(tmp_path / "in.tif", compression="tiff_lzw")
    output = OutputSpec(path=tmp_path / "out.tif", format=OutputFormat.TIFF)
    whole, half = (estimate_size(jobs_of(chosen, output)) for chosen in (sources, sources[:2]))
    assert whole is not None
    assert half is not None
    assert half.now_bytes == pytest.approx(whole.now_bytes / 2, rel=0.01)


def test_time_is_kept(tmp_path: Path) -> None:
    sources = book(tmp_path / "in.tif")
    ticks = iter(range(0, 1000, 3))
    output = OutputSpec(path=tmp_path / "out.tif", format=OutputFormat.TIFF)
    estimate = estimate_size(jobs_of(sources, output), budget_s=4.0, clock=lambda: float(next(ticks)))
    assert estimate is not None
    assert estimate.samples == 2


@pytest.mark.parametrize("contents", [b"", b"no image", b"%PDF-1.4 broken", b"II*\0\x08\0\0\0\xff\xff"])
def test_files_that_cannot_be_read_are_passed_over(tmp_path: Path, contents: bytes) -> None:
    bad = tmp_path / "bad.tif"
    bad.write_bytes(contents)
    output = OutputSpec(path=tmp_path / "out.tif", format=OutputFormat.TIFF)
    bad_source = PageSource(path=bad, relative=Path("bad.tif"))
    gone = PageSource(path=tmp_path / "gone.tif", relative=Path("gone.tif"))
    assert estimate_size(jobs_of([bad_source, gone], output)) is None
    good = book(tmp_path / "in.tif")
    assert estimate_size(jobs_of([bad_source, *good], output), budget_s=60.0) is not None
    assert estimate_size([]) is None


def test_page_too_large_to_look_at_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_estimate, "_MOST_PIXELS", 1000)
    output = OutputSpec(path=tmp_path / "out.tif", format=OutputFormat.TIFF)
    assert estimate_size(jobs_of(book(tmp_path / "in.tif"), output)) is None


@pytest.mark.parametrize(
    ("size", "words"), [(12, "12 bytes"), (4_260, "4.3 KB"), (350_400, "350 KB"), (41_400_000, "41 MB")]
)
def test_sizes_are_told_to_people(size: int, words: str) -> None:
    assert str(SizeEstimate(52_000_000, size, 1)) == f"about {words}, now 52 MB"


def test_paper_is_whitened() -> None:
    page = np.full((64, 80, 3), (200, 190, 170), np.uint8)
    page[30:34, 10:70] = 30
    white = size_estimate._whitened(page)
    assert white[5, 5].tolist() == [255, 255, 255]
    assert white[32, 40].max() < 80
