"""Pages to learn from, by the code that training uses: found, looked at, told in words that fit beside them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from docclean.core.errors import DoccleanError
from docclean.gui.pair_check import PagesWanted, PairState
from docclean.gui.training_pages import TrainingPages
from docclean.training.finetune.request import Mode
from tests.helpers.sheets import Placement, dirtied, printed_sheet

Wanted = Callable[..., PagesWanted]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good pairs, moved ones, ones with other text, a page without a twin, and one that is damaged."""
    folder = tmp_path_factory.mktemp("pairs")
    for name in ("dirty", "clean"):
        (folder / name).mkdir()
    sheets = [printed_sheet(folder, dpi=75, seed=seed) for seed in range(3)]
    for name, dirty, clean in (
        ("a-lies-alike", dirtied(sheets[0], 1), sheets[0]),
        ("b-moved", Placement((7.0, -5.0), 0.6).scanned(dirtied(sheets[1], 2)), sheets[1]),
        ("c-other-text", dirtied(sheets[0], 3), sheets[2]),
    ):
        Image.fromarray(dirty).save(folder / "dirty" / f"{name}.png")
        Image.fromarray(clean).save(folder / "clean" / f"{name}.png")
    Image.fromarray(sheets[0]).save(folder / "dirty" / "d-alone.png")
    for name in ("dirty", "clean"):
        (folder / name / "e-torn.png").write_bytes(b"\x89PNG\r\n\x1a\n" + name.encode())
    return folder


def test_pairs_are_looked_at_one_by_one(folder: Path) -> None:
    pages, wanted = TrainingPages(), PagesWanted(Mode.PAIRS, folder / "dirty", folder / "clean")
    rows = {row.name: row for row in pages.find(wanted)}
    seen = {name: row if row.state is PairState.UNUSABLE else pages.look_at(row, wanted) for name, row in rows.items()}
    states = {name.split("-")[0]: row.state for name, row in seen.items()}
    fits, unusable = PairState.FITS, PairState.UNUSABLE
    assert states == {"a": fits, "b": fits, "c": unusable, "d": unusable, "e": unusable}
    assert all(row.sentence and not row.sentence.startswith(str(folder)) for row in seen.values())
    moved = next(row for name, row in seen.items() if name.startswith("b"))
    assert "px apart after it was put right" in moved.sentence
    assert all((row.pixels > 0) == (row.state is fits) for row in seen.values())


def test_pages_alone_are_only_read(folder: Path) -> None:
    pages, wanted = TrainingPages(), PagesWanted(Mode.OWN_PAPER, folder / "dirty")
    seen = [pages.look_at(row, wanted) for row in pages.find(wanted)]
    assert [row.state for row in seen] == [*[PairState.FITS] * 4, PairState.UNUSABLE]
    assert all(row.clean is None for row in seen)


def test_pairs_in_one_folder_are_found_by_the_ends_of_their_names(tmp_path: Path) -> None:
    for name in ("p1-scan.png", "p1-print.png", "p2-scan.png"):
        Image.new("L", (40, 40), 255).save(tmp_path / name)
    wanted = PagesWanted(Mode.PAIRS, tmp_path, dirty_suffix="-scan", clean_suffix="-print")
    assert [row.state for row in TrainingPages().find(wanted)] == [PairState.FOUND, PairState.UNUSABLE]


def test_pairs_in_a_table_are_found(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("L", (40, 40), 255).save(tmp_path / name)
    (tmp_path / "pairs.csv").write_text("dirty,clean\na.png,b.png\n")
    (row,) = TrainingPages().find(PagesWanted(Mode.PAIRS, tmp_path, table=tmp_path / "pairs.csv"))
    assert row.dirty is not None
    assert row.clean is not None
    assert (row.dirty.path.name, row.clean.path.name) == ("a.png", "b.png")


def test_empty_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DoccleanError, match=r"holds no page"):
        TrainingPages().find(PagesWanted(Mode.OWN_PAPER, tmp_path))
