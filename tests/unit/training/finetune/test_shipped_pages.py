import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.resources import resource_path
from docclean.training.corpus import Corpus
from docclean.training.crops import CROP, is_held_out
from docclean.training.dataset import PairStream, WatermarkStream
from docclean.training.finetune import shipped_pages as module
from docclean.training.finetune.shipped_pages import (
    font_folders,
    installed_fonts,
    replay_corpus,
    replay_fonts,
    shipped_fonts,
)
from docclean.training.page_layouts import is_handwriting
from docclean.training.words import LATIN, scripts_of
from tests.helpers.corpus import font_without_letters, names, saved_font

PARTS = (False, True)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only folder of fonts is an empty one."""
    folder = tmp_path / "installed"
    folder.mkdir()
    monkeypatch.setattr(module, "font_folders", lambda: (folder, tmp_path / "missing"))
    return folder


def made(work: Path, *, crops: int = 9, seed: int = 1, progress: Callable[[int, int], None] | None = None) -> Corpus:
    told = progress or (lambda done, total: None)
    return replay_corpus(work, crops=crops, seed=seed, cancel=CancelToken(), progress=told, workers=0)


@pytest.mark.parametrize("held_out", PARTS)
def test_each_part_has_print_handwriting_cyrillic_and_greek(held_out: bool) -> None:
    fonts = shipped_fonts(held_out=held_out)
    assert {is_handwriting(font) for font in fonts} == {True, False}
    assert all(is_held_out(font.name) == held_out for font in fonts)
    assert {script for font in fonts for script in scripts_of(font)} == {LATIN, "cyrillic", "greek"}


def test_every_font_is_described_with_a_license_that_lies_beside_it() -> None:
    folder = resource_path("fonts")
    rows = [line.split("|") for line in (folder / "README.md").read_text(encoding="utf-8").splitlines()]
    described = {row[1].strip().strip("`"): row for row in rows if len(row) == 7}
    for held_out in PARTS:
        for font in shipped_fonts(held_out=held_out):
            _, _, purpose, holder, license_name, _, _ = described[font.name]
            assert purpose.strip() == ("checking" if held_out else "learning")
            assert "opyright" in holder
            assert (folder / "licenses" / f"{license_name.strip().replace(' ', '-')}.txt").is_file()


def test_installed_fonts_are_the_usable_ones_of_the_learning_part(installed: Path) -> None:
    learned, held_out = (next(names(held_out=part, suffix=".ttf")) for part in PARTS)
    (installed / "below").mkdir()
    saved_font(installed / "below" / learned)
    saved_font(installed / held_out)
    saved_font(installed / "Emoji.ttf")
    saved_font(installed / shipped_fonts(held_out=False)[0].name)
    font_without_letters(installed / "signs.otf")
    (installed / "torn.ttf").write_bytes(b"torn")
    (installed / "gone.ttf").symlink_to(installed / "nowhere.ttf")
    (installed / "readme.txt").write_text("no font", encoding="utf-8")
    assert [font.name for font in installed_fonts()] == [learned]
    assert replay_fonts() == (*shipped_fonts(held_out=False), installed / "below" / learned)


def test_installed_fonts_are_no_more_than_a_dozen(installed: Path) -> None:
    several = [name for name, _ in zip(names(held_out=False, suffix=".ttf"), range(15), strict=False)]
    for name in several:
        saved_font(installed / name)
    found = installed_fonts()
    assert len(found) == 12
    assert found == installed_fonts()


def test_huge_fonts_are_left_out(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = saved_font(installed / next(names(held_out=False, suffix=".ttf")))
    monkeypatch.setattr(module, "_LARGEST_FONT_BYTES", font.stat().st_size - 1)
    assert installed_fonts() == ()


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("win32", [Path("W") / "Fonts", Path("L") / "Microsoft/Windows/Fonts"]),
        ("darwin", [Path("/Library/Fonts"), Path("/System/Library/Fonts"), Path("H") / "Library/Fonts"]),
        ("linux", [Path("X") / "fonts", Path("H") / ".local/share/fonts", Path("H") / ".fonts"]),
    ],
)
def test_every_platform_has_its_folders(platform: str, expected: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WINDIR", "W"), ("LOCALAPPDATA", "L"), ("HOME", "H"), ("XDG_DATA_DIRS", "X")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert list(font_folders()) == expected


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_folders_are_found_without_any_variable(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(sys, "platform", platform)
    assert font_folders()


def test_corpus_feeds_both_streams_in_both_parts(tmp_path: Path) -> None:
    corpus = made(tmp_path / "work")
    assert corpus.crops.shape == (9, CROP, CROP, 3)
    assert isinstance(corpus.crops, np.memmap)
    assert len(corpus.indices(validation=True)) == 1
    used = {part: {corpus.records[i].document for i in corpus.indices(validation=part)} for part in PARTS}
    assert used[False] == {font.name for font in shipped_fonts(held_out=False)}
    assert used[True] <= {font.name for font in shipped_fonts(held_out=True)}
    for part in PARTS:
        fonts = shipped_fonts(held_out=part)
        for stream in (
            PairStream(corpus, None, seed=0, validation=part),
            WatermarkStream(corpus, fonts, seed=0, validation=part),
        ):
            pair = stream[3]
            assert pair.dirty.shape == pair.clean.shape == (512, 512, 3)


def test_same_inputs_open_what_is_there_and_others_replace_it(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    first = np.array(made(tmp_path / "work", progress=lambda done, total: told.append((done, total))).crops)
    assert told[0] == (0, 9)
    assert told[-1] == (9, 9)
    told.clear()
    again = made(tmp_path / "work", progress=lambda done, total: told.append((done, total)))
    assert told == []
    assert np.array_equal(again.crops, first)
    other = made(tmp_path / "work", seed=2)
    assert not np.array_equal(other.crops, first)
    assert np.array_equal(made(tmp_path / "work").crops, first)


def test_cancelled_work_leaves_no_corpus(tmp_path: Path) -> None:
    cancel = CancelToken()

    def progress(done: int, total: int) -> None:
        if done:
            cancel.cancel()

    with pytest.raises(CancelledError):
        replay_corpus(tmp_path / "work", crops=9, seed=1, cancel=cancel, progress=progress, workers=0)
    assert list((tmp_path / "work").iterdir()) == []
    assert len(made(tmp_path / "work").records) == 9


def test_two_runs_at_once_set_the_pages_once(tmp_path: Path) -> None:
    """The second begins while the first sets pages, and takes what that one made."""
    found, told, has_begun = list[Corpus](), list[int](), threading.Event()

    def tell(done: int, _total: int) -> None:
        told.append(done)
        has_begun.set()

    second = threading.Thread(target=lambda: found.append(made(tmp_path, progress=tell)), daemon=True)

    def begin(done: int, _total: int) -> None:
        if done and not has_begun.is_set():
            second.start()
            assert has_begun.wait(60)

    first = made(tmp_path, progress=begin)
    second.join(60)
    assert told == [0]
    assert np.array_equal(found[0].crops, first.crops)
