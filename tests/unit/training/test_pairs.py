from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from docclean.core.errors import ReadError, TrainingError, UsageError
from docclean.core.page import PixelArray
from docclean.training.pairs import (
    PairError,
    PairOfPages,
    Trouble,
    _split_by_suffix,
    find_pages,
    find_pairs,
    find_pairs_by_suffix,
    find_pairs_in_table,
    pixels_digest,
    read_pair,
    read_sheet,
)
from tests.helpers.corpus import page_pixels, saved_page, saved_pdf
from tests.helpers.pages import source_of
from tests.helpers.sheets import Placement, dirtied, printed_sheet


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "dirty", tmp_path / "clean"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> PixelArray:
    return printed_sheet(tmp_path_factory.mktemp("sheet"), dpi=100)


def page(seed: int, height: int = 40) -> PixelArray:
    return page_pixels(height, 50, seed=seed)


def tiff(path: Path, *seeds: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = (Image.fromarray(page(seed)) for seed in seeds)
    first.save(path, save_all=True, append_images=others)


def told(pairs: tuple[PairOfPages, ...]) -> list[tuple[str, Trouble | None]]:
    return [(pair.name, pair.trouble) for pair in pairs]


def test_folders_are_paired_by_name_in_natural_order(folders: tuple[Path, Path]) -> None:
    dirty, clean = folders
    for number, name in enumerate(("p10.png", "p2.png", "sub/Ü1.png")):
        saved_page(dirty / name, page(number))
        saved_page(clean / name.lower().replace("png", "tif"), page(number + 10))
    pairs = find_pairs(dirty, clean)
    assert told(pairs) == [("p2.png", None), ("p10.png", None), ("Ü1.png", None)]
    assert all(pair.is_usable and pair.sentence == "" for pair in pairs)
    assert [pair.clean.path.name for pair in pairs if pair.clean] == ["p2.tif", "p10.tif", "ü1.tif"]


def test_documents_are_paired_page_by_page(folders: tuple[Path, Path]) -> None:
    dirty, clean = folders
    tiff(dirty / "a.tif", 1, 2, 3)
    saved_pdf(clean / "a.pdf", page(4), page(5))
    pairs = find_pairs(dirty, clean)
    assert told(pairs) == [
        ("a.tif, page 1", None),
        ("a.tif, page 2", None),
        ("a.tif, page 3", Trouble.NO_PARTNER),
    ]
    assert pairs[2].sentence.startswith(f"{dirty / 'a.tif'}, page 3: has no clean twin in {clean}")


def test_troubles_of_folders_are_told(folders: tuple[Path, Path]) -> None:
    dirty, clean = folders
    for number, name in enumerate(("a", "b", "large")):
        saved_page(dirty / f"{name}.png", page(number))
        saved_page(clean / f"{name}.png", page(number + 10, height=60 if name == "large" else 40))
    saved_page(dirty / "copy.png", page(0))
    saved_page(clean / "copy.png", page(12))
    saved_page(dirty / "b.bmp", page(4))
    saved_page(dirty / "alone.png", page(5))
    saved_page(clean / "lonely.png", page(6))
    pairs = find_pairs(dirty, clean)
    assert dict(told(pairs)) == {
        "a.png": None,
        "b.bmp": None,
        "b.png": Trouble.SAME_NAME,
        "copy.png": Trouble.SAME_FILE,
        "large.png": Trouble.SIZE,
        "alone.png": Trouble.NO_PARTNER,
        "lonely.png": Trouble.NO_PARTNER,
    }
    sentences = {pair.name: pair.sentence for pair in pairs}
    assert "is the same as" in sentences["copy.png"]
    assert str(dirty / "a.png") in sentences["copy.png"]
    assert "has 50 x 40 px, its clean twin 50 x 60" in sentences["large.png"]
    assert "has no dirty twin" in sentences["lonely.png"]
    assert {pair.name for pair in pairs if pair.is_usable} == {"a.png", "b.bmp", "large.png"}


def test_clean_folder_within_the_dirty_one_is_not_taken_for_dirty_pages(tmp_path: Path) -> None:
    saved_page(tmp_path / "a.png", page(1))
    saved_page(tmp_path / "clean" / "a.png", page(2))
    assert told(find_pairs(tmp_path, tmp_path / "clean")) == [("a.png", None)]


def test_same_clean_page_may_serve_several_dirty_ones_by_table(tmp_path: Path) -> None:
    for number, name in enumerate(("d1.png", "d2.png", "c.png")):
        saved_page(tmp_path / name, page(number))
    (tmp_path / "t.csv").write_text("dirty;clean\nd1.png;c.png\nd2.png;c.png\nd1.png;c.png\nc.png;c.png\n")
    assert told(find_pairs_in_table(tmp_path / "t.csv")) == [
        ("d1.png", None),
        ("d2.png", None),
        ("d1.png", Trouble.SAME_FILE),
        ("c.png", Trouble.SAME_FILE),
    ]


def test_table_pairs_documents_page_by_page_and_names_the_line_of_a_fault(tmp_path: Path) -> None:
    tiff(tmp_path / "d.tif", 1, 2)
    saved_pdf(tmp_path / "c.pdf", page(3), page(4), page(5))
    (tmp_path / "t.csv").write_text("d.tif,c.pdf\nd.tif,\ngone.png,c.pdf\n")
    pairs = find_pairs_in_table(tmp_path / "t.csv")
    assert [trouble for _, trouble in told(pairs)] == [None, None, *[Trouble.NO_PARTNER] * 3]
    assert "t.csv, line 2: names no clean page" in pairs[3].sentence
    assert "t.csv, line 3: names" in pairs[4].sentence


def test_table_without_a_pair_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("gone.png,lost.png\n")
    with pytest.raises(TrainingError, match=r"line 1: names .* correct the row"):
        find_pairs_in_table(tmp_path / "t.csv")


@pytest.mark.parametrize(("dirty", "clean"), [("-dirty", "-CLEAN"), ("", "-clean"), ("_in", "")])
def test_suffixes_tell_pages_of_one_folder_apart(dirty: str, clean: str, tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b")):
        saved_page(tmp_path / f"{name}{dirty}.png", page(number))
        saved_page(tmp_path / f"{name}{clean}.jpg", page(number + 10))
    saved_page(tmp_path / f"c{dirty}.png", page(5))
    pairs = find_pairs_by_suffix(tmp_path, dirty, clean)
    assert told(pairs) == [
        (f"a{dirty}.png", None),
        (f"b{dirty}.png", None),
        (f"c{dirty}.png", Trouble.NO_PARTNER),
    ]


@given(st.sets(st.text("abcé-. 1", min_size=1, max_size=8), min_size=1), st.integers(0, 2))
def test_suffix_finds_the_twin_of_every_name(names: set[str], take: int) -> None:
    suffixes = [("-dirty", "-clean"), ("", "_gt"), (".x", "")][take]
    endings = tuple(suffix for suffix in suffixes if suffix)
    stems = {name for name in names if not name.endswith(endings)}
    sources = [source_of(Path(f"{stem}{suffix}.png")) for stem in stems for suffix in suffixes]
    dirty, clean = _split_by_suffix(sources, suffixes)
    assert [key for key, _ in dirty] == [key for key, _ in clean]
    assert len({key for key, _ in dirty}) == len(stems)


def no_folder(folder: Path) -> object:
    return find_pairs(folder / "none", folder)


def same_folder(folder: Path) -> object:
    return find_pairs(folder, folder / "." / "sub" / "..")


def same_suffix(folder: Path) -> object:
    return find_pairs_by_suffix(folder, "-a", "-A")


@pytest.mark.parametrize("wrong", [no_folder, same_folder, same_suffix])
def test_wrong_usage_is_said(wrong: Callable[[Path], object], tmp_path: Path) -> None:
    saved_page(tmp_path / "sub" / "a.png", page(1))
    with pytest.raises(UsageError):
        wrong(tmp_path)


def test_no_pages_and_no_pairs_are_refused(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        folder.mkdir()
    (folders[0] / "notes.txt").touch()
    with pytest.raises(TrainingError, match="holds no page"):
        find_pages(folders[0])
    saved_page(folders[0] / "a.png", page(1))
    saved_page(folders[1] / "b.png", page(2))
    with pytest.raises(TrainingError, match="no page has a twin"):
        find_pairs(*folders)
    with pytest.raises(TrainingError, match="no page has a twin"):
        find_pairs_by_suffix(folders[0], "-dirty", "-clean")


def test_torn_pdf_is_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.4")
    (source,) = find_pages(tmp_path)
    with pytest.raises(ReadError, match="is damaged"):
        read_sheet(source, 100)


def test_sheets_are_rgb_and_may_be_written(tmp_path: Path) -> None:
    Image.fromarray(page(1)[:, :, 0] > 128).save(tmp_path / "two.png")
    sheet = read_sheet(source_of(tmp_path / "two.png"), 100)
    assert sheet.shape == (40, 50, 3)
    assert set(np.unique(sheet)) == {0, 255}
    assert sheet.flags.writeable
    assert read_sheet(source_of(saved_page(tmp_path / "c.png", page(2))), 100).flags.writeable
    assert read_sheet(source_of(saved_pdf(tmp_path / "c.pdf", page(2))), 144).shape == (80, 100, 3)


def pair_of(folder: Path, dirty: PixelArray, clean: PixelArray) -> PairOfPages:
    saved_page(folder / "dirty" / "a.png", dirty)
    saved_page(folder / "clean" / "a.png", clean)
    (pair,) = find_pairs(folder / "dirty", folder / "clean")
    return pair


def test_pair_in_place_keeps_the_bits_of_its_file(tmp_path: Path, sheet: PixelArray) -> None:
    dirty = dirtied(sheet, 1)
    pair = read_pair(pair_of(tmp_path, dirty, sheet), 100)
    assert not pair.was_moved
    assert np.array_equal(pair.dirty, dirty)
    assert np.array_equal(pair.clean, sheet)
    assert pair.remark == ""
    assert pair.residual_px < 0.5


def test_moved_pair_of_other_resolution_is_brought_onto_the_clean_grid(tmp_path: Path, sheet: PixelArray) -> None:
    found = pair_of(tmp_path, Placement((4.3, 2.0), 0.7, 2.0).scanned(sheet), sheet)
    assert found.trouble is Trouble.SIZE
    pair = read_pair(found, 100)
    assert pair.was_moved
    assert pair.dirty.shape == pair.clean.shape == (*pair.trusted.shape, 3)
    assert "its clean twin" in pair.remark
    assert pair.trusted.mean() > 0.9


@pytest.mark.parametrize("trouble", [Trouble.IDENTICAL, Trouble.APART, Trouble.BLANK, Trouble.UNREADABLE])
def test_unusable_pair_is_refused_with_its_file(trouble: Trouble, tmp_path: Path, sheet: PixelArray) -> None:
    dirty = {
        Trouble.IDENTICAL: sheet,
        Trouble.APART: printed_sheet(tmp_path, dpi=100, seed=8),
        Trouble.BLANK: np.full_like(sheet, 240),
        Trouble.UNREADABLE: sheet // 2,
    }[trouble]
    pair = pair_of(tmp_path, dirty, sheet)
    if trouble is Trouble.UNREADABLE:
        (tmp_path / "dirty" / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(PairError) as fault:
        read_pair(pair, 100)
    assert fault.value.trouble is trouble
    assert str(fault.value).startswith(f"{tmp_path / 'dirty' / 'a.png'}: ")
    assert str(fault.value).endswith(".")


def test_blank_clean_page_is_named(tmp_path: Path, sheet: PixelArray) -> None:
    with pytest.raises(PairError, match=r"clean.a\.png: has too little print"):
        read_pair(pair_of(tmp_path, sheet, np.full_like(sheet, 255)), 100)


def test_pair_without_partner_is_refused_with_its_sentence(folders: tuple[Path, Path]) -> None:
    dirty, clean = folders
    for name in ("a.png", "b.png"):
        saved_page(dirty / name, page(1))
    saved_page(clean / "a.png", page(2))
    alone = find_pairs(dirty, clean)[-1]
    with pytest.raises(PairError, match="has no clean twin") as fault:
        read_pair(alone, 100)
    assert fault.value.trouble is Trouble.NO_PARTNER


def test_digest_tells_pixels_and_shape(sheet: PixelArray) -> None:
    other = sheet.copy()
    other[0, 0, 0] ^= 1
    turned = sheet.reshape(sheet.shape[1], sheet.shape[0], 3)
    strided = np.asfortranarray(sheet)
    assert pixels_digest(sheet) == pixels_digest(strided)
    assert len({pixels_digest(each) for each in (sheet, other, turned)}) == 3
    assert len(pixels_digest(sheet)) == 64
