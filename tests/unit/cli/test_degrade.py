import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from docclean.cli import degrade as module
from docclean.cli.main import main
from docclean.training.crops import is_held_out
from docclean.training.twins import make_twin
from tests.helpers.corpus import font_without_letters, names, page_pixels, saved_font, saved_page, saved_pdf


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    saved_pdf(folder / "book.pdf", page_pixels(72, 60, seed=1), page_pixels(72, 60, seed=2))
    folder.mkdir(exist_ok=True)
    Image.fromarray(page_pixels(50, 60, seed=3)).save(folder / "letter.png", dpi=(200, 200))
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def listed(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((folder / "pairs.json").read_text(encoding="utf-8"))
    return values


def test_degrade_writes_pairs_of_the_same_name(pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["degrade", str(pages), "-o", str(out), "--count", "2", "--dpi", "100", "--layers"]) == 0
    names_made = sorted(path.name for path in (out / "dirty").iterdir())
    assert names_made == [f"{page}-v0{v}.png" for page in ("book-p001", "book-p002", "letter") for v in (1, 2)]
    for folder in ("clean", "ink"):
        assert sorted(path.name for path in (out / folder).iterdir()) == names_made
    assert not (out / "mark_opacity").exists()
    for name, dpi in (("book-p001-v01.png", 100), ("letter-v02.png", 200)):
        with Image.open(out / "dirty" / name) as image:
            assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)
    output, errors = capsys.readouterr()
    assert output == f"6 twins made, 0 failed. They are in {out}\n"
    assert errors.splitlines()[0] == "6 twins of 3 pages"
    rows = listed(out)["pairs"]
    assert [row["name"] for row in rows] == names_made
    assert rows[0]["source"] == str(pages / "book.pdf")
    assert rows[2]["page"] == 2
    assert all(row["kinds"] for row in rows)
    assert len({row["seed"] for row in rows}) == 6


@pytest.mark.parametrize("task", ["denoise", "dewatermark"])
def test_degrade_with_the_same_seed_writes_the_same_bytes(task: str, pages: Path, tmp_path: Path) -> None:
    for name, seed in (("one", "3"), ("two", "3"), ("three", "4")):
        arguments = ["degrade", str(pages), "-o", str(tmp_path / name), "--task", task, "--seed", seed, "--layers"]
        assert main(arguments) == 0
    one, two, three = (content(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert one.keys() == three.keys()
    assert one != three
    assert {name.split("/", maxsplit=1)[0] for name in one} >= {"dirty", "clean", "ink", "pairs.json"}
    assert ("mark_color/letter.png" in one) == (task == "dewatermark")


def test_degrade_without_input_sets_pages(tmp_path: Path) -> None:
    fonts, out = tmp_path / "fonts", tmp_path / "out"
    fonts.mkdir()
    saved_font(fonts / "letters.ttf")
    font_without_letters(fonts / "signs.ttf")
    assert main(["degrade", "--fonts", str(fonts), "-o", str(out), "--dpi", "50", "--count", "2"]) == 0
    pages = [np.asarray(Image.open(path)) for path in sorted((out / "clean").iterdir())]
    assert len(pages) == 2
    assert min(pages[0].shape[:2]) >= 290
    assert pages[0].shape != pages[1].shape or not np.array_equal(pages[0], pages[1])


@pytest.mark.parametrize(("part", "expected"), [("training", False), ("validation", True)])
def test_degrade_of_one_part_takes_its_documents_alone(part: str, expected: bool, tmp_path: Path) -> None:
    for held_out in (False, True):
        saved_page(tmp_path / "pages" / next(names(held_out=held_out, suffix=".png")), page_pixels(40, 40))
    assert main(["degrade", str(tmp_path / "pages"), "-o", str(tmp_path / "out"), "--part", part]) == 0
    (row,) = listed(tmp_path / "out")["pairs"]
    assert row["held_out"] is expected
    assert is_held_out(row["name"]) is expected


def test_degrade_names_what_cannot_be_read_and_goes_on(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pages / "empty.png").touch()
    (pages / "broken.pdf").write_bytes(b"no document")
    missing = tmp_path / "missing.png"
    out = tmp_path / "out"
    assert main(["degrade", str(pages), str(missing), "-o", str(out)]) == 1
    output, errors = capsys.readouterr()
    assert output.startswith("3 twins made, 3 failed.")
    failed = [line for line in errors.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 3
    for path in (pages / "empty.png", pages / "broken.pdf", missing):
        assert sum(str(path) in line for line in failed) == 1
    assert len(listed(out)["failed"]) == 3


def test_degrade_never_replaces_without_being_told(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["degrade", str(pages), "-o", str(out)]
    assert main(arguments) == 0
    before = content(out)
    assert main([*arguments, "--seed", "5"]) == 2
    assert "replace what is there with --overwrite" in capsys.readouterr().err
    assert content(out) == before
    assert main([*arguments, "--seed", "5", "--overwrite"]) == 0
    assert content(out).keys() == before.keys()
    assert content(out) != before


def test_degrade_leaves_the_input_alone(pages: Path, tmp_path: Path) -> None:
    before = content(pages)
    for inside in (pages, pages / "out", pages / "deep" / "out"):
        assert main(["degrade", str(pages), "-o", str(inside)]) == 2
    assert main(["degrade", str(pages / "letter.png"), "-o", str(tmp_path / "out")]) == 0
    again = ["degrade", str(tmp_path / "out" / "clean"), "-o", str(tmp_path / "out"), "--overwrite"]
    assert main(again) == 2
    assert content(pages) == before


def test_degrade_interrupted_lists_what_is_done_and_ends_with_130(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_twin

    def interrupted(*arguments: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return made(*arguments)

    monkeypatch.setattr(module, "make_twin", interrupted)
    out = tmp_path / "out"
    assert main(["degrade", str(pages), "-o", str(out)]) == 130
    assert "1 twin made, 0 failed, 2 not made because you stopped it." in capsys.readouterr().out
    assert [row["name"] for row in listed(out)["pairs"]] == [path.name for path in (out / "dirty").iterdir()]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pages", "--task", "colorize"], "--task colorize: pages cannot be dirtied for it"),
        (["pages", "--part", "some"], "--part some: is not known"),
        ([], "There is nothing to dirty"),
        (["pages", "--fonts", "fonts"], "--fonts: sets pages where no INPUT is named"),
        (["pages", "-o", "pages/letter.png"], "is a file; name a folder"),
        (["pages/letter.png", "--part", "validation"], "no page of pages/letter.png belongs to it"),
    ],
)
def test_degrade_that_cannot_be_is_one_sentence(
    arguments: list[str],
    sentence: str,
    pages: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["degrade", "-o", "out", *arguments]) == 2
    errors = capsys.readouterr().err
    assert sentence in errors
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "out").exists()
