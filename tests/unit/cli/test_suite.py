import json
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from docclean.cli.main import main
from docclean.core.cancel import CancelToken
from docclean.core.page import Page
from docclean.core.progress import ProgressSink
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog
from docclean.training import suite_sections
from tests.helpers.corpus import names, page_pixels, saved_font, saved_page, saved_pdf
from tests.helpers.models import catalog_of, tiny_model

CleanPage = Callable[[Page, str, ProgressSink, CancelToken], Page]


@pytest.fixture
def command(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A suite of two pages of each kind; no program of others is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(suite_sections, "installed_cleaners", dict)
    saved_pdf(tmp_path / "corpus" / next(names(held_out=True, suffix=".pdf")), page_pixels(70, 60))
    saved_page(tmp_path / "corpus" / next(names(held_out=False, suffix=".png")), page_pixels(60, 60))
    return ["evaluate", "--suite", "--corpus", "corpus", "--pages", "2", "-o", "out"]


def same(page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
    cancel.raise_if_cancelled()
    return page


def use(pipeline: CleanPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EngineSession, "pipeline", lambda self, recipe: pipeline)


def sections(folder: Path) -> dict[str, dict[str, object]]:
    content = json.loads((folder / "suite.json").read_text(encoding="utf-8"))
    return {section["key"]: section for section in content["sections"]}


def test_suite_writes_tables_values_and_pictures(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 0
    output, errors = capsys.readouterr()
    assert output == f"The report is ready: {Path('out') / 'suite.md'}\n"
    assert "Held-out pages with synthetic damage: 2 pages, 4 ways to clean" in errors
    text = (tmp_path / "out" / "suite.md").read_text(encoding="utf-8")
    assert text.count("| **docclean (denoise-standard-8)** |") >= 2
    assert text.count("| **docclean (wash-1)** |") >= 2
    assert "of 0 pixels" not in text
    found = sections(tmp_path / "out")
    assert list(found) == ["denoise", "watermark", "clean"]
    assert sorted(path.name for path in (tmp_path / "out" / "pictures").iterdir()) == [
        f"{key}-{rank}.png" for key in ("clean", "denoise", "watermark") for rank in (1, 2)
    ]


def test_suite_with_real_pairs_and_fonts_has_them_too(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(same, monkeypatch)
    for folder in ("dirty", "clean"):
        saved_page(tmp_path / folder / "a.png", page_pixels())
    (tmp_path / "fonts").mkdir()
    saved_font(tmp_path / "fonts" / next(names(held_out=True, suffix=".ttf")))
    assert main([*command, "--dirty", "dirty", "--clean", "clean", "--fonts", "fonts"]) == 0
    assert list(sections(tmp_path / "out")) == ["real", "denoise", "watermark", "clean"]


def test_suite_with_another_model_measures_that(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(same, monkeypatch)
    tiny_model(tmp_path / "models", "mine")
    tiny_model(tmp_path / "models", "denoise-standard-8")
    found = catalog_of(tmp_path / "models")
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: found))
    assert main([*command, "--model", "mine"]) == 0
    assert sections(tmp_path / "out")["denoise"]["ours"] == ["docclean (mine)"]


def test_suite_without_a_model_for_a_task_says_so_and_does_the_rest(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(same, monkeypatch)
    tiny_model(tmp_path / "models", "denoise-standard-8")
    found = catalog_of(tmp_path / "models")
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: found))
    assert main(command) == 0
    assert "No installed model does the task 'dewatermark'" in capsys.readouterr().err
    assert "- No installed model does the task 'dewatermark'" in (tmp_path / "out" / "suite.md").read_text("utf-8")
    found_sections = sections(tmp_path / "out")
    assert found_sections["watermark"]["ours"] == []
    assert found_sections["denoise"]["ours"] == ["docclean (denoise-standard-8)"]


def test_suite_again_replaces_its_own_report(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(same, monkeypatch)
    assert main(command) == 0
    first = sections(tmp_path / "out")
    assert main([*command, "--seed", "1"]) == 0
    assert sections(tmp_path / "out") != first


def test_suite_with_page_that_cannot_be_read_ends_with_1(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(same, monkeypatch)
    for folder in ("dirty", "clean"):
        saved_page(tmp_path / folder / "a.png", page_pixels())
        saved_page(tmp_path / folder / "b.png", page_pixels())
    (tmp_path / "dirty" / "b.png").write_bytes(b"")
    assert main([*command, "--dirty", "dirty", "--clean", "clean"]) == 1
    assert "b.png" in capsys.readouterr().err
    assert "of which 1 with a failure" in (tmp_path / "out" / "suite.md").read_text(encoding="utf-8")


def test_suite_interrupted_writes_what_is_done_and_ends_with_130(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        signal.raise_signal(signal.SIGINT)
        return page

    use(interrupt, monkeypatch)
    assert main(command) == 130
    assert "Stopped before the end" in (tmp_path / "out" / "suite.md").read_text(encoding="utf-8")
    assert list(sections(tmp_path / "out")) == ["denoise"]


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--suite", "-o", "out"], 2, "name a folder of them with --corpus"),
        (["--suite", "--corpus", "corpus"], 2, "name one with -o"),
        (["--suite", "--corpus", "corpus", "-o", "out", "--json", "r.json"], 2, "leave --json out"),
        (["--suite", "--corpus", "corpus", "-o", "out", "--dirty", "x"], 2, "name both folders or none"),
        (["--suite", "--corpus", "nowhere", "-o", "out"], 1, "nowhere: was not found"),
        (["--suite", "--corpus", "blank", "-o", "out"], 1, "blank or unreadable"),
        (["--suite", "--corpus", "trained", "-o", "out"], 1, "none of the 1 documents is held out"),
        (["--suite", "--corpus", "corpus", "--fonts", "corpus", "-o", "out"], 1, "no TrueType or OpenType font"),
        (["--suite", "--corpus", "corpus", "-o", "file"], 2, "-o file: is a file"),
        (["--suite", "--corpus", "corpus", "-o", "corpus"], 2, "holds no earlier report of the suite"),
        (["--suite", "--corpus", "corpus", "-o", "file/out"], 2, "-o file/out: "),
        (["--suite", "--corpus", "corpus", "-o", "out", "--model", "mine"], 2, "There is no model named 'mine'"),
        (["--corpus", "corpus", "--dirty", "x", "--clean", "y"], 2, "add --suite or leave them out"),
        (["--dirty", "corpus"], 2, "--dirty and --clean: name both folders"),
        ([], 2, "--dirty and --clean: name both folders"),
    ],
)
def test_suite_that_cannot_be_is_one_sentence(
    options: list[str],
    code: int,
    sentence: str,
    command: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    saved_page(tmp_path / "blank" / next(names(held_out=True, suffix=".png")), np.full((60, 60, 3), 255, np.uint8))
    saved_page(tmp_path / "trained" / next(names(held_out=False, suffix=".png")), page_pixels())
    assert main(["evaluate", *options]) == code
    errors = capsys.readouterr().err
    assert sentence in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "out").exists()
