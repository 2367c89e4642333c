import errno
import io
import json
import os
import pickle
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from docclean.core.errors import DoccleanError, TrainingError, WriteError
from docclean.training import corpus as module
from docclean.training.corpus import Corpus, build_corpus, open_corpus
from docclean.training.crops import CROP, document_crops, is_held_out
from tests.helpers.corpus import font_without_letters, names, page_pixels, saved_font, saved_page, saved_pdf


@pytest.fixture
def material(tmp_path: Path) -> Path:
    """A folder with two PDFs, three images of several sizes and a photo."""
    folder = tmp_path / "material"
    saved_pdf(folder / "book.pdf", page_pixels(400, 300, seed=1), page_pixels(400, 300, seed=2))
    saved_pdf(folder / "deep" / "letter.pdf", page_pixels(200, 300, seed=3))
    saved_page(folder / "wide.png", page_pixels(90, 700, seed=4))
    saved_page(folder / "small.tif", page_pixels(200, 150, seed=5))
    saved_page(folder / "large.jpg", page_pixels(600, 620, seed=6))
    saved_page(folder / "photos" / "cat.jpg", np.full((600, 600, 3), 90, np.uint8))
    (folder / "readme.txt").write_text("no page", encoding="utf-8")
    return folder


def built(material: Path, work: Path, **options: Any) -> Corpus:
    return build_corpus([material], work, **({"limit": 8, "workers": 0} | options))


def content(corpus: Corpus) -> bytes:
    return np.asarray(corpus.crops).tobytes() + repr(corpus.records).encode()


def test_corpus_holds_crops_of_every_document(material: Path, tmp_path: Path) -> None:
    corpus = built(material, tmp_path / "work", limit=12)
    assert corpus.crops.shape == (len(corpus.records), CROP, CROP, 3)
    assert corpus.crops.dtype == np.uint8
    assert isinstance(corpus.crops, np.memmap)
    assert {r.document for r in corpus.records} == {
        "book.pdf",
        "letter.pdf",
        "wide.png",
        "small.tif",
        "large.jpg",
        "cat.jpg",
    }
    assert len(corpus.records) <= 12
    for record, crop in zip(corpus.records, corpus.crops, strict=True):
        assert (crop.min(axis=2) < 200).mean() >= 0.005
        assert (record.dpi > 0) == record.document.endswith(".pdf")
    assert sorted(p.name for p in (tmp_path / "work").iterdir()) == ["crops.json", "crops.npy", "request.txt"]


def test_crop_keeps_color_and_place(tmp_path: Path) -> None:
    page = page_pixels(CROP, CROP, seed=8)
    page[:40, :, 0] = 10
    saved_page(tmp_path / "pages" / "page.png", page)
    corpus = built(tmp_path / "pages", tmp_path / "work", limit=1)
    assert np.array_equal(corpus.crops[0], page)


def test_small_page_is_filled_with_its_corner(tmp_path: Path) -> None:
    page = page_pixels(164, 220)
    page[-1, -1] = (250, 240, 230)
    saved_page(tmp_path / "pages" / "page.png", page)
    crop = built(tmp_path / "pages", tmp_path / "work", limit=1).crops[0]
    assert np.array_equal(crop[:164, :220], page)
    assert (crop[164:] == (250, 240, 230)).all()
    assert (crop[:, 220:] == (250, 240, 230)).all()


def test_photos_are_only_among_the_photos(material: Path, tmp_path: Path) -> None:
    corpus = built(material, tmp_path / "work")
    for part in (False, True):
        photos = [corpus.records[i].document for i in corpus.indices(validation=part, photos=True)]
        pages = [corpus.records[i].document for i in corpus.indices(validation=part)]
        assert set(photos) <= {"cat.jpg"}
        assert "cat.jpg" not in pages
    whole = [
        i for part in (False, True) for photos in (False, True) for i in corpus.indices(validation=part, photos=photos)
    ]
    assert sorted(whole) == list(range(len(corpus.records)))


def test_split_is_by_document(tmp_path: Path) -> None:
    held_out, learned = (next(names(held_out=h, suffix=".png")) for h in (True, False))
    for folder, seed in (("a", 1), ("b", 2)):
        saved_page(tmp_path / "pages" / folder / held_out, page_pixels(600, 620, seed=seed))
        saved_page(tmp_path / "pages" / folder / learned, page_pixels(600, 620, seed=seed + 5))
    corpus = built(tmp_path / "pages", tmp_path / "work")
    assert {corpus.records[i].document for i in corpus.indices(validation=True)} == {held_out}
    assert {corpus.records[i].document for i in corpus.indices(validation=False)} == {learned}
    assert len(corpus.indices(validation=True)) > 2


def test_one_document_in_twenty_is_held_out() -> None:
    held_out = [is_held_out(f"document {n}.pdf") for n in range(4000)]
    assert 0.04 < np.mean(held_out) < 0.06


def test_same_seed_gives_the_same_corpus(material: Path, tmp_path: Path) -> None:
    first = built(material, tmp_path / "one", seed=3)
    assert content(first) == content(built(material, tmp_path / "two", seed=3))
    assert content(first) != content(built(material, tmp_path / "three", seed=4))


def test_corpus_from_other_processes_is_the_same(tmp_path: Path) -> None:
    saved_pdf(tmp_path / "pages" / "book.pdf", page_pixels(200, 300, seed=1))
    saved_page(tmp_path / "pages" / "page.png", page_pixels(600, 620, seed=2))
    here = built(tmp_path / "pages", tmp_path / "here", limit=4)
    assert content(built(tmp_path / "pages", tmp_path / "there", limit=4, workers=1)) == content(here)


@pytest.mark.parametrize(("cores", "expected"), [(None, 1), (2, 2), (16, 3)])
def test_workers_are_one_per_core_and_no_more_than_documents(
    cores: int | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _workers_chosen(cores, 3, monkeypatch) == expected


def test_workers_are_as_many_as_windows_can_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _workers_chosen(128, 500, monkeypatch) == 61


def _workers_chosen(cores: int | None, tasks: int, monkeypatch: pytest.MonkeyPatch) -> int:
    chosen: list[int] = []

    class Pool:
        def __init__(self, workers: int, *arguments: Any) -> None:
            chosen.append(workers)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *arguments: object) -> None:
            pass

        def map(self, function: Any, tasks: Any, chunksize: int) -> list[Any]:
            return [[] for _ in tasks]

    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)
    assert list(module._rasterized([(Path("x"), 1, 0)] * tasks, None)) == [[]] * tasks
    return chosen[0]


@pytest.mark.parametrize("limit", [1, 5])
def test_limit_is_respected(limit: int, material: Path, tmp_path: Path) -> None:
    assert len(built(material, tmp_path / "work", limit=limit).records) == limit


def test_fonts_give_a_quarter_of_the_crops(material: Path, tmp_path: Path) -> None:
    font = saved_font(tmp_path / "letters.ttf")
    corpus = built(material, tmp_path / "work", fonts=[font], limit=20)
    crops = [i for i, r in enumerate(corpus.records) if r.document == "letters.ttf"]
    assert len(crops) == 5
    assert len({corpus.crops[i].tobytes() for i in crops}) == 5


def test_unusable_files_are_left_out(material: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fonts = [font_without_letters(tmp_path / "signs.ttf"), saved_font(tmp_path / "letters.ttf")]
    (material / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    (material / "torn.png").write_bytes(b"\x89PNG torn")
    (material / "empty.jpg").touch()
    corpus = built(material, tmp_path / "work", fonts=fonts, limit=16)
    assert {"letters.ttf", "book.pdf", "wide.png"} <= {r.document for r in corpus.records}
    assert not {"signs.ttf", "torn.pdf", "torn.png", "empty.jpg"} & {r.document for r in corpus.records}
    for name in ("signs.ttf", "torn.pdf", "torn.png", "empty.jpg"):
        assert f"{name}: left out of the corpus" in caplog.text


def sentence_of(action: Callable[[], object], kind: type[DoccleanError] = TrainingError) -> str:
    with pytest.raises(kind) as fault:
        action()
    sentence = str(fault.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "pip install pypdfium2"))
    return sentence


@pytest.mark.parametrize("exists", [True, False])
def test_folder_without_documents_is_named(exists: bool, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    if exists:
        folder.mkdir()
    sentence = sentence_of(lambda: built(folder, tmp_path / "work"))
    assert sentence.startswith(f"{folder}: no PDF and no image found")
    assert "name a folder with clean pages" in sentence
    assert not (tmp_path / "work").exists()


def blank_page(folder: Path) -> None:
    saved_page(folder / "blank.png", np.full((600, 600, 3), 255, np.uint8))


def blank_pdf(folder: Path) -> None:
    saved_pdf(folder / "blank.pdf", np.full((300, 300, 3), 255, np.uint8))


def torn_pdf(folder: Path) -> None:
    folder.mkdir()
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7")


@pytest.mark.parametrize("fill", [blank_page, blank_pdf, torn_pdf])
def test_folder_without_a_usable_page_is_named(fill: Callable[[Path], None], tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    fill(folder)
    sentence = sentence_of(lambda: built(folder, tmp_path / "work"))
    assert sentence.startswith(f"{folder}: every page is blank or unreadable")
    assert not list((tmp_path / "work").iterdir())


def test_second_call_opens_what_is_there(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = built(material, tmp_path / "work")
    monkeypatch.setattr(module, "document_crops", lambda task: pytest.fail("rasterized again"))
    assert content(built(material, tmp_path / "work")) == content(first)


@pytest.mark.parametrize("changed", [{"seed": 1}, {"limit": 3}, "another page"])
def test_work_folder_with_another_corpus_is_refused(changed: Any, material: Path, tmp_path: Path) -> None:
    built(material, tmp_path / "work")
    if changed == "another page":
        saved_page(material / "later.png", page_pixels(seed=9))
    with pytest.raises(TrainingError) as fault:
        built(material, tmp_path / "work", **(changed if isinstance(changed, dict) else {}))
    assert str(fault.value).startswith(f"{tmp_path / 'work'}: made from other pages")


def remove_row(work: Path) -> None:
    index = work / "crops.json"
    index.write_text(index.read_text(encoding="utf-8").replace('{"document": "cat', '{"paper": "cat'), encoding="utf-8")


def shorten(name: str) -> Callable[[Path], None]:
    def damage(work: Path) -> None:
        (work / name).write_bytes((work / name).read_bytes()[:-20])

    return damage


def empty_list(work: Path) -> None:
    (work / "crops.json").write_text("[]", encoding="utf-8")


def no_rows(work: Path) -> None:
    (work / "crops.json").write_text('{"a": 1}', encoding="utf-8")


def binary(work: Path) -> None:
    (work / "crops.json").write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize(
    "damage", [remove_row, shorten("crops.json"), shorten("crops.npy"), empty_list, no_rows, binary]
)
def test_damaged_corpus_is_named(damage: Callable[[Path], None], material: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    built(material, work)
    damage(work)
    sentence = sentence_of(lambda: built(material, work))
    assert sentence.startswith(f"{work}: ")
    assert "delete the folder and build it again" in sentence


def test_missing_corpus_is_named(tmp_path: Path) -> None:
    assert "not a usable corpus" in sentence_of(lambda: open_corpus(tmp_path / "none"))


def interrupt_after(documents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real, done = document_crops, list[Path]()

    def crops(task: tuple[Path, int, int]) -> Any:
        done.append(task[0])
        if len(done) > documents:
            raise KeyboardInterrupt
        return real(task)

    monkeypatch.setattr(module, "document_crops", crops)


@pytest.mark.parametrize("lost", ["", "crops.npy", "crops.json"])
def test_interrupted_build_does_not_look_finished(
    lost: str, material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the first build nor one that replaces half a corpus."""
    work = tmp_path / "work"
    whole = content(built(material, tmp_path / "undisturbed"))
    if lost:
        built(material, work, seed=9)
        (work / lost).unlink()
    with monkeypatch.context() as patch:
        interrupt_after(3, patch)
        with pytest.raises(KeyboardInterrupt):
            built(material, work)
    assert not (work / "crops.json").exists()
    assert "not a usable corpus" in sentence_of(lambda: open_corpus(work))
    assert content(built(material, work)) == whole


def test_build_interrupted_before_the_index_does_not_look_finished(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    with monkeypatch.context() as patch:
        patch.setattr(json, "dumps", lambda rows: pytest.fail("interrupted"))
        with pytest.raises(pytest.fail.Exception):
            built(material, work)
    assert (work / "crops.npy").exists()
    assert not (work / "crops.json").exists()
    assert content(built(material, work)) == content(built(material, tmp_path / "undisturbed"))


def test_index_appears_whole_or_not_at_all(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index cut short would look finished, and then damaged."""
    synced: list[bool] = []
    index = tmp_path / "work" / "crops.json"
    fsync = os.fsync

    def watch(descriptor: int) -> None:
        synced.append(index.exists())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    built(material, tmp_path / "work")
    assert synced
    assert not synced[0]
    assert sorted(p.name for p in (tmp_path / "work").iterdir()) == ["crops.json", "crops.npy", "request.txt"]


def test_full_disk_is_said_in_a_sentence(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"

    class FullDisk(io.BytesIO):
        def write(self, content: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    real = Path.open

    def opened(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        return FullDisk() if path.name == "crops.partial" else real(path, mode, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        sentence = sentence_of(lambda: built(material, work), WriteError)
    assert sentence.startswith(f"{work}")
    assert "disk is full" in sentence
    assert not list(work.iterdir())


def test_work_folder_that_is_a_file_is_said_in_a_sentence(material: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.touch()
    assert str(work) in sentence_of(lambda: built(material, work), WriteError)


def test_missing_pdf_library_is_said_in_a_sentence(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    assert "pip install pypdfium2" in sentence_of(lambda: built(material, tmp_path / "work"))


def test_died_process_is_said_in_a_sentence(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def died(tasks: Any, workers: Any) -> Any:
        raise BrokenProcessPool("A process in the process pool was terminated abruptly")

    monkeypatch.setattr(module, "_rasterized", died)
    sentence = sentence_of(lambda: built(material, tmp_path / "work"))
    assert str(material) in sentence


def test_pickled_corpus_is_small_and_opens_anew(material: Path, tmp_path: Path) -> None:
    corpus = built(material, tmp_path / "work")
    pickled = pickle.dumps(corpus)
    assert len(pickled) < 1000
    again = pickle.loads(pickled)  # noqa: S301  # our own bytes
    assert content(again) == content(corpus)
    assert isinstance(again.crops, np.memmap)
