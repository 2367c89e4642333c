import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from docclean.core.errors import DoccleanError, TrainingError, WriteError
from docclean.training.finetune.material import KeptPage, PageRecord, PageStore, held_out
from tests.helpers.disks import small_disk
from tests.helpers.own_pages import kept

SHEETS = st.lists(st.integers(0, 12), min_size=2, max_size=60).filter(lambda numbers: len(set(numbers)) > 1)
SEEDS = st.integers(0, 5)


def names_of(numbers: list[int]) -> list[str]:
    return [f"sheet {number}" for number in numbers]


def sizes_of(sheets: list[str]) -> list[int]:
    return [sheets.count(sheet) for sheet in set(sheets)]


@given(numbers=SHEETS, seed=SEEDS)
def test_no_sheet_is_on_both_sides_and_neither_side_is_empty(numbers: list[int], seed: int) -> None:
    sheets = names_of(numbers)
    chosen = held_out(sheets, seed)
    checked = {sheets[number] for number in chosen}
    learned = {sheet for number, sheet in enumerate(sheets) if number not in chosen}
    assert checked
    assert learned
    assert not checked & learned


@given(numbers=SHEETS, seed=SEEDS)
def test_held_out_pages_are_a_fifth_at_most_where_sheets_allow_it(numbers: list[int], seed: int) -> None:
    """Only where even the smallest sheet has more pages than that are there more, and then it is the smallest."""
    sheets = names_of(numbers)
    wanted = min(16, max(1, round(len(sheets) / 5)))
    assert 1 <= len(held_out(sheets, seed)) <= max(wanted, min(sizes_of(sheets)))


@given(count=st.integers(2, 300), seed=SEEDS)
def test_of_single_sheets_a_fifth_is_held_out(count: int, seed: int) -> None:
    sheets = names_of(list(range(count)))
    assert len(held_out(sheets, seed)) == min(16, max(1, round(count / 5)))


@given(numbers=SHEETS, seed=SEEDS, order=st.randoms(use_true_random=False))
def test_choice_does_not_depend_on_the_order_of_pages(numbers: list[int], seed: int, order: object) -> None:
    sheets = names_of(numbers)
    mixed = list(sheets)
    order.shuffle(mixed)  # type: ignore[attr-defined]  # reason: hypothesis gives a random.Random
    assert {mixed[n] for n in held_out(mixed, seed)} == {sheets[n] for n in held_out(sheets, seed)}
    assert held_out(sheets, seed) == held_out(sheets, seed)


@given(numbers=SHEETS, seed=SEEDS, data=st.data())
def test_pages_that_the_base_knows_come_last(numbers: list[int], seed: int, data: st.DataObject) -> None:
    sheets = names_of(numbers)
    known = data.draw(st.sets(st.integers(0, len(sheets) - 1)), "known")
    chosen = held_out(sheets, seed, known)
    known_sheets = {sheets[number] for number in known}
    fresh = [sheet for sheet in sheets if sheet not in known_sheets]
    assert {sheets[number] for number in chosen} < set(sheets)
    assert not fresh or any(sheets[number] in fresh for number in chosen)
    assert held_out(sheets, seed, range(len(sheets))) == held_out(sheets, seed)  # as if it knew none


def test_seed_changes_the_choice() -> None:
    sheets = names_of(list(range(30)))
    assert len({held_out(sheets, seed) for seed in range(5)}) > 1


@pytest.mark.parametrize(("sheets", "words"), [(["a"], "one page only"), (["a", "a", "a"], "all 3 pages")])
def test_one_sheet_is_said_to_be_too_few(sheets: list[str], words: str) -> None:
    with pytest.raises(TrainingError, match=words) as fault:
        held_out(sheets, 0)
    sentence_of(fault.value)


def sentence_of(fault: DoccleanError) -> str:
    sentence = str(fault)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


# The store


def stored(folder: Path, *pages: KeptPage) -> PageStore:
    store = PageStore(folder)
    for number, page in enumerate(pages):
        store.add(number, page.dirty, page.clean, page.trusted)
    store.finish([page.record for page in pages])
    return store


def test_pages_come_back_as_they_were(tmp_path: Path) -> None:
    pages = (kept(31, 17, seed=1), kept(1, 1, seed=2, trusted=False), kept(64, 8, seed=3))
    store = stored(tmp_path / "pages", *pages)
    assert store.is_complete
    found = PageStore(tmp_path / "pages").pages()
    assert [page.record for page in found] == [page.record for page in pages]
    for one, two in zip(found, pages, strict=True):
        for name in ("dirty", "clean", "trusted"):
            assert isinstance(getattr(one, name), np.memmap)
            assert np.array_equal(getattr(one, name), getattr(two, name))
            assert getattr(one, name).dtype == getattr(two, name).dtype


def test_record_keeps_every_value(tmp_path: Path) -> None:
    record = PageRecord("Seite äöü.png, page 3", "a" * 64, "b" * 64, 0.125, is_held_out=True, ink=0.75)
    page = kept(4, 4)
    found = stored(tmp_path, KeptPage(record, page.dirty, page.clean, page.trusted)).pages()
    assert found[0].record == record


def test_layers_that_lie_otherwise_in_memory_come_back_as_they_were(tmp_path: Path) -> None:
    page = kept(8, 6)
    flipped: NDArray[np.uint8] = page.dirty[::-1].transpose(1, 0, 2)
    store = PageStore(tmp_path)
    store.add(0, flipped, flipped, page.trusted.T)
    store.finish([page.record])
    assert np.array_equal(store.pages()[0].dirty, flipped)


def test_page_that_is_kept_as_it_came_comes_back_so(tmp_path: Path) -> None:
    page, store = kept(8, 6, seed=1), PageStore(tmp_path)
    store.add(0, page.dirty, page.clean, page.trusted, 255 - page.dirty)
    store.add(1, page.dirty, page.clean, page.trusted)
    store.finish([replace(page.record, has_scan=True), page.record])
    with_scan, without = store.pages()
    assert with_scan.scan is not None
    assert np.array_equal(with_scan.scan, 255 - page.dirty)
    assert without.scan is None
    (tmp_path / "00000-scan.npy").unlink()
    with pytest.raises(TrainingError, match="damaged"):
        store.pages()


def test_store_without_its_index_is_not_complete(tmp_path: Path) -> None:
    store, page = PageStore(tmp_path), kept(4, 4)
    assert not store.is_complete
    store.add(0, page.dirty, page.clean, page.trusted)
    assert not store.is_complete


def test_cleared_store_is_empty(tmp_path: Path) -> None:
    store = stored(tmp_path, kept(4, 4))
    store.clear()
    assert not store.is_complete
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("00000-dirty.npy", None),
        ("00000-dirty.npy", b""),
        ("00000-clean.npy", b"\x93NUMPY"),
        ("00000-trusted.npy", b"cut"),
        ("pages.json", b"{"),
        ("pages.json", b"null"),
        ("pages.json", b'[{"name": "a"}]'),
        ("pages.json", b'["a"]'),
        ("pages.json", b"\xff\xfe"),
    ],
)
def test_damaged_store_is_said_in_a_sentence(name: str, content: bytes | None, tmp_path: Path) -> None:
    store = stored(tmp_path, kept(8, 8))
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingError, match="damaged") as fault:
        store.pages()
    assert str(tmp_path) in sentence_of(fault.value)


def test_store_whose_layers_do_not_fit_together_is_damaged(tmp_path: Path) -> None:
    store, other = stored(tmp_path, kept(8, 8)), kept(9, 8)
    np.save(tmp_path / "00000-clean.npy", other.clean)
    with pytest.raises(TrainingError, match="damaged"):
        store.pages()


def test_cut_off_layer_is_damaged(tmp_path: Path) -> None:
    store = stored(tmp_path, kept(80, 80))
    path = tmp_path / "00000-dirty.npy"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(TrainingError, match="damaged"):
        store.pages()


def test_full_disk_is_said_in_a_sentence_and_leaves_no_half_of_a_page(tmp_path: Path) -> None:
    page = kept(200, 200)
    with small_disk(tmp_path / "disk", 200) as disk:
        store = PageStore(disk / "pages")
        with pytest.raises(WriteError, match="disk is full") as fault:
            store.add(0, page.dirty, page.clean, page.trusted)
        sentence_of(fault.value)
        assert [path.name for path in store.folder.iterdir()] == ["00000-dirty.npy"]
        assert not store.is_complete


def test_folder_that_is_a_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "pages").touch()
    page = kept(4, 4)
    with pytest.raises(WriteError):
        PageStore(tmp_path / "pages").add(0, page.dirty, page.clean, page.trusted)
