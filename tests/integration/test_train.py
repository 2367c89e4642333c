"""`docclean train` with material that nothing can be learned from: one sentence, and nothing of the user's is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.core.paths import user_models_folder


def no_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("no page", encoding="utf-8")


def unreadable_files(folder: Path) -> None:
    (folder / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "cut.pdf").write_bytes(b"%PDF-1.7\n")
    (folder / "empty.tif").touch()


def blank_pages(folder: Path) -> None:
    for number in range(3):
        Image.new("L", (700, 900), 255).save(folder / f"{number}.png")


@pytest.mark.parametrize(
    ("fill", "sentence"),
    [
        (no_file, "no PDF and no image found; name a folder with clean pages."),
        (unreadable_files, "every page is blank or unreadable; name a folder with clean pages."),
        (blank_pages, "every page is blank or unreadable; name a folder with clean pages."),
    ],
)
@pytest.mark.parametrize("task", ["denoise", "dewatermark"])
def test_train_on_nothing_is_one_sentence(
    task: str, fill: Callable[[Path], None], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages, work = tmp_path / "pages", tmp_path / "work"
    pages.mkdir()
    fill(pages)
    before = {path: path.read_bytes() for path in pages.iterdir()}
    assert main(["train", task, "--corpus", str(pages), "--work", str(work), "--name", "mine", "--device", "cpu"]) == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.splitlines()[-1] == f"{pages}: {sentence}"
    assert "Traceback" not in errors
    assert {path: path.read_bytes() for path in pages.iterdir()} == before
    assert not list(work.rglob("checkpoint*"))
    assert not (user_models_folder() / "mine").exists()


def test_train_with_a_missing_corpus_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none"
    assert main(["train", "denoise", "--corpus", str(missing), "--work", str(tmp_path), "--name", "mine"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"{missing}: no PDF and no image found")
