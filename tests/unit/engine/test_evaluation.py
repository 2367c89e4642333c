import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DeviceMemoryError, DoccleanError, UsageError
from docclean.core.page import Page
from docclean.core.progress import NullProgress, Progress, ProgressSink
from docclean.engine.evaluation import PageEvaluation, evaluate_pairs, match_pages, mean_scores
from docclean.imaging.metrics import PageScores


class Halver:
    """Brings every pixel half-way to white."""

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        progress(Progress(job_id, "denoise", 1, 1))
        return dataclasses.replace(page, pixels=(page.pixels // 2 + 128).astype(np.uint8))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    dirty, clean = tmp_path / "dirty", tmp_path / "clean"
    dirty.mkdir()
    clean.mkdir()
    return dirty, clean


def save(path: Path, level: int = 100, size: tuple[int, int] = (20, 16)) -> None:
    Image.new("L", size, level).save(path)


def evaluate(dirty: Path, clean: Path) -> list[PageEvaluation]:
    return list(
        evaluate_pairs(match_pages(dirty, clean), Halver(), progress=NullProgress(), cancel=CancelToken()),
    )


def test_match_pages_pairs_by_stem_in_natural_order(folders: tuple[Path, Path]) -> None:
    dirty, clean = folders
    for number in (10, 2, 1):
        save(dirty / f"p{number}.png")
        save(clean / f"p{number}.tif")
    assert [pair.name for pair in match_pages(dirty, clean)] == ["p1.png", "p2.png", "p10.png"]


def test_match_pages_of_multi_page_files_pairs_page_by_page(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        pages = [Image.new("L", (20, 16), level) for level in (0, 255)]
        pages[0].save(folder / "a.tif", save_all=True, append_images=pages[1:])
    assert [pair.name for pair in match_pages(*folders)] == ["a.tif, page 1", "a.tif, page 2"]


def test_evaluation_scores_raw_and_cleaned_page(folders: tuple[Path, Path]) -> None:
    dirty, clean = folders
    save(dirty / "a.png", 0)
    save(clean / "a.png", 255)
    (row,) = evaluate(dirty, clean)
    assert row.raw is not None
    assert row.cleaned is not None
    assert row.error == ""
    assert row.raw.rmse == pytest.approx(1.0)
    assert row.cleaned.rmse == pytest.approx(127 / 255)


def test_evaluation_goes_on_after_pages_that_cannot_be_compared(folders: tuple[Path, Path]) -> None:
    dirty, clean = folders
    for name in ("good.png", "large.png", "torn.png"):
        save(clean / name)
        save(dirty / name)
    save(dirty / "large.png", size=(30, 40))
    (dirty / "torn.png").write_bytes(b"")
    save(dirty / "alone.png")
    save(clean / "lonely.png")
    save(dirty / "good.bmp")
    rows = {row.pair.name: row for row in evaluate(dirty, clean)}
    errors = {name: row.error for name, row in rows.items()}
    assert rows["good.bmp"].cleaned is not None
    assert "same name" in errors["good.png"]
    assert "30 x 40 px" in errors["large.png"]
    assert str(dirty / "torn.png") in errors["torn.png"]
    assert "no clean twin" in errors["alone.png"]
    assert "no dirty twin" in errors["lonely.png"]
    assert len(rows) == 6


def test_evaluation_of_page_that_does_not_fit_gives_its_sentence(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        save(folder / "a.png")

    def fail(page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        raise DeviceMemoryError("too large")

    (row,) = evaluate_pairs(match_pages(*folders), fail, progress=NullProgress(), cancel=CancelToken())
    assert (row.raw, row.cleaned, row.error) == (None, None, "too large")


def test_match_pages_without_any_pair_is_refused(folders: tuple[Path, Path]) -> None:
    save(folders[0] / "a.png")
    save(folders[1] / "b.png")
    with pytest.raises(DoccleanError, match="no page has a twin"):
        match_pages(*folders)


def test_match_pages_with_missing_folder_is_wrong_usage(folders: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        match_pages(folders[0], folders[1] / "nowhere")


def test_evaluation_when_cancelled_stops(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        save(folder / "a.png")
        save(folder / "b.png")
    token = CancelToken()
    rows = evaluate_pairs(match_pages(*folders), Halver(), progress=NullProgress(), cancel=token)
    next(rows)
    token.cancel()
    with pytest.raises(CancelledError):
        next(rows)


def test_evaluation_tells_progress_by_place(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        save(folder / "a.png")
    heard: list[Progress] = []

    def hear(progress: Progress) -> None:
        heard.append(progress)

    list(evaluate_pairs(match_pages(*folders), Halver(), progress=hear, cancel=CancelToken()))
    assert [(progress.job_id, progress.stage) for progress in heard] == [("0", "read"), ("0", "denoise")]


def test_mean_scores_leave_out_infinite_psnr() -> None:
    mean = mean_scores([PageScores(0.0, math.inf, 1.0, 0.0, 0.0), PageScores(0.1, 20.0, 0.5, 0.2, 0.4)])
    assert mean == PageScores(0.05, 20.0, 0.75, 0.1, 0.2)


def test_mean_scores_of_identical_pages_only_is_infinite() -> None:
    assert mean_scores([PageScores(0.0, math.inf, 1.0, 0.0, 0.0)]).psnr_db == math.inf


def test_mean_scores_leave_out_pages_without_color() -> None:
    colored = PageScores(0.1, 20.0, 0.5, 0.2, 0.4, color_error=0.3, marks_kept=0.5)
    mean = mean_scores([colored, PageScores(0.1, 20.0, 0.5, 0.2, 0.4, marks_kept=1.0)])
    assert (mean.color_error, mean.marks_kept, mean.character_errors) == (0.3, 0.75, None)


def test_evaluation_with_reader_counts_characters_before_and_after(folders: tuple[Path, Path]) -> None:
    pytest.importorskip("rapidfuzz", reason="the libraries of the extra ocr are not installed")
    dirty, clean = folders
    save(dirty / "a.png", 100)
    save(clean / "a.png", 250)
    words = {100: "inv0lce", 178: "invo1ce", 250: "invoice"}
    rows = evaluate_pairs(
        match_pages(*folders),
        Halver(),
        progress=NullProgress(),
        cancel=CancelToken(),
        read_text=lambda pixels: words[int(pixels[0, 0, 0])],
    )
    (row,) = rows
    assert row.raw is not None
    assert row.cleaned is not None
    assert row.raw.character_errors == pytest.approx(2 / 7)
    assert row.cleaned.character_errors == pytest.approx(1 / 7)
