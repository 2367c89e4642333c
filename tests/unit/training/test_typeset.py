import itertools
from pathlib import Path

import numpy as np
import pytest

from docclean.core.errors import TrainingError
from docclean.training import typeset as module
from docclean.training.typeset import find_fonts, typeset
from docclean.training.words import invented_word
from tests.helpers.corpus import font_without_letters, font_without_width, saved_font


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return saved_font(tmp_path / "letters.ttf")


def test_page_depends_on_the_seed_alone(font: Path) -> None:
    pages = [typeset(font, 97, np.random.default_rng(seed)) for seed in range(20)]
    again = [typeset(font, 97, np.random.default_rng(seed)) for seed in range(20)]
    assert all(np.array_equal(a, b) for a, b in zip(pages, again, strict=True))
    assert len({page.tobytes() for page in pages}) >= 19


def test_page_is_white_paper_with_ink(font: Path) -> None:
    inked = []
    for seed in range(20):
        page = typeset(font, 192, np.random.default_rng(seed))
        assert page.shape == (192, 192, 3)
        assert page.dtype == np.uint8
        assert page.flags.c_contiguous
        inked.append(float((page.min(axis=2) < 190).mean()))
    assert max(inked) < 0.7
    assert np.median(inked) > 0.05


@pytest.mark.parametrize("layout", ["_paragraph", "_table", "_form"])
def test_every_layout_draws(layout: str, font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = getattr(module, layout)
    for name in ("_paragraph", "_table", "_form"):
        monkeypatch.setattr(module, name, drawn)
    pages = [typeset(font, 192, np.random.default_rng(seed)) for seed in range(8)]
    assert sum((page < 200).any() for page in pages) >= 7  # a table's cell may be larger than the page


def test_font_without_latin_letters_is_refused(tmp_path: Path) -> None:
    font = font_without_letters(tmp_path / "signs.ttf")
    with pytest.raises(OSError, match=r"signs\.ttf: no Latin letters"):
        typeset(font, 64, np.random.default_rng(0))


def test_font_whose_letters_have_no_width_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a font never fills a line."""
    counter = itertools.count()
    word = invented_word

    def counted(rng: np.random.Generator) -> str:
        assert next(counter) < 300, "endless line"
        return word(rng)

    monkeypatch.setattr(module, "invented_word", counted)
    font = font_without_width(tmp_path / "accents.ttf")
    for seed in range(8):
        with pytest.raises(OSError, match=r"accents\.ttf"):
            typeset(font, 64, np.random.default_rng(seed))


def test_damaged_font_is_refused(tmp_path: Path) -> None:
    font = tmp_path / "damaged.ttf"
    font.write_bytes(b"no font")
    with pytest.raises(OSError, match="unknown file format"):
        typeset(font, 64, np.random.default_rng(0))


def test_fonts_below_the_folders_are_found_by_name(tmp_path: Path) -> None:
    for path in ("one/b.ttf", "one/deep/a.otf", "two/c.ttf", "two/readme.txt", "two/d.pfb"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = find_fonts([tmp_path / "one", tmp_path / "two", tmp_path / "none"])
    assert [p.name for p in found] == ["a.otf", "b.ttf", "c.ttf"]


def test_fonts_of_the_same_name_have_a_fixed_order(tmp_path: Path) -> None:
    """The order chooses what is set in which font; that of a set of paths changes from process to process."""
    folders = [tmp_path / f"folder-{n}" for n in range(6)]
    for folder in folders:
        folder.mkdir()
        (folder / "same.ttf").touch()

    assert [p.parent for p in find_fonts(folders)] == folders


def test_no_font_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as fault:
        find_fonts([tmp_path / "empty"])
    assert str(tmp_path / "empty") in str(fault.value)
    assert "install some fonts or name their folder" in str(fault.value)
