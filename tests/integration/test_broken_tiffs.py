"""Documents with a page that cannot be read: the others are cleaned, and what is missing is told."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.documents.tiff_pages import count_pages
from tests.helpers.broken_tiffs import break_samples, break_tag, lead_on, rename_tag, save_pages, strips
from tests.helpers.pages import read
from tests.helpers.scans import contents, dirty_page, report_of

AS_IT_WAS = "This page could not be cleaned; it is in the result as it was."
MISSING = "This page is missing in the result; the other pages are there."
PAGES = 4


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save_pages(tmp_path / "book.tif", [grainy_page(number) for number in range(PAGES)])


def grainy_page(number: int) -> Image.Image:
    """A page that cleaning changes; the number is in its width."""
    page = np.asarray(dirty_page(160 + 10 * number, 120)) - np.random.default_rng(number).integers(
        0, 25, (120, 160 + 10 * number)
    )
    return Image.fromarray(page.astype(np.uint8))


def clean(path: Path, *options: str) -> tuple[int, list[dict[str, Any]], Path]:
    """Clean a file, see that it stays as it is, and give the exit code, the report's rows and the result."""
    before, out = path.read_bytes(), path.parent / "out"
    report = path.parent / "out" / "r.json"
    code = main(["clean", str(path), "-o", str(out), "--json", str(report), *options])
    assert path.read_bytes() == before
    return code, report_of(report)["pages"], out / path.name


@pytest.mark.parametrize("page", [0, 1, 3])
def test_page_whose_samples_are_broken_stays_and_the_others_are_cleaned(
    path: Path, page: int, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = clean(path)[2].read_bytes()
    (path.parent / "whole.tif").write_bytes(whole)
    break_samples(path, page)
    code, rows, result = clean(path, "--overwrite")
    assert code == 1
    assert [row["status"] for row in rows] == ["failed" if number == page else "done" for number in range(PAGES)]
    assert rows[page]["error"] == f"{path}: page {page + 1} is damaged or cut off; copy or scan it again."
    assert AS_IT_WAS in rows[page]["warnings"]
    assert {row["output"] for row in rows} == {str(result)}
    assert strips(result, page) == strips(path, page)
    for number in set(range(PAGES)) - {page}:
        assert (read(result, number).pixels != read(path, number).pixels).any()
        np.testing.assert_array_equal(read(result, number).pixels, read(path.parent / "whole.tif", number).pixels)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("tag", [282, 258])
def test_page_behind_one_with_a_broken_tag_is_found(path: Path, tag: int) -> None:
    first, *others = [grainy_page(number).convert("RGB") for number in range(PAGES)]  # depths of several samples
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw", dpi=(300, 300))
    break_tag(path, 1, tag)
    code, rows, result = clean(path)
    assert [row["status"] for row in rows[2:]] == ["done"] * 2
    assert code == (1 if rows[1]["status"] == "failed" else 0)
    assert len(rows) == PAGES
    assert count_pages(result) == PAGES
    assert [read(result, number).size.width for number in (0, 2, 3)] == [160, 180, 190]


def test_page_that_nothing_describes_is_left_out_and_told(path: Path) -> None:
    rename_tag(path, 1, 273, 65000)
    code, rows, result = clean(path)
    assert code == 1
    assert [row["status"] for row in rows] == ["done", "failed", "done", "done"]
    assert (
        rows[1]["error"]
        == f"{path}: page 2 cannot be found, because what describes it is damaged; copy or scan it again."
    )
    assert MISSING in rows[1]["warnings"]
    assert [read(result, number).size.width for number in range(3)] == [160, 180, 190]
    assert count_pages(result) == 3


@pytest.mark.parametrize("file_format", ["keep", "pdf", "png"])
@pytest.mark.parametrize("place", [8, 10**9, 20])
def test_list_of_pages_that_breaks_off_loses_no_page_before(path: Path, place: int, file_format: str) -> None:
    lead_on(path, 1, place)
    code, rows, result = clean(path, "--format", file_format)
    assert code == 1
    assert [row["status"] for row in rows[:2]] == ["done", "done"]
    assert {row["status"] for row in rows[2:]} == {"failed"}
    assert rows[2]["error"].startswith(f"{path}: page 3")
    if file_format == "keep":
        assert count_pages(result) == 2
    if place != 20:
        assert len(rows) == 3
        assert re.search("page 3, and whatever comes behind it, cannot be found", rows[2]["error"])
        assert (MISSING in rows[2]["warnings"]) == (file_format != "png")


def test_document_of_which_nothing_can_be_read_gives_no_result(path: Path) -> None:
    for page in range(PAGES):
        break_samples(path, page)
    lead_on(path, 3, 10**9)
    code, rows, result = clean(path)
    assert code == 1
    assert {row["status"] for row in rows} == {"failed"}
    assert len(rows) == PAGES + 1
    assert not result.exists()


def test_page_that_is_there_stops_a_document_that_cannot_hold_it(path: Path) -> None:
    break_samples(path, 1)
    code, rows, _ = clean(path, "--format", "pdf")
    assert code == 1
    assert {row["status"] for row in rows} == {"failed"}
    assert contents(path.parent / "out").keys() == {"r.json"}


def test_repaired_document_is_cleaned_by_the_same_command(path: Path) -> None:
    sound = path.read_bytes()
    break_samples(path, 2)
    assert clean(path)[0] == 1
    path.write_bytes(sound)
    code, rows, _ = clean(path)
    assert (code, {row["status"] for row in rows}) == (0, {"done"})
