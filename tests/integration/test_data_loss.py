"""Nothing is lost without a word: cut-off documents, reports and results that would replace something."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.cli.planning import prepare_report
from docclean.core.errors import ReadError, UsageError
from docclean.documents.discover import discover
from docclean.documents.reader import read_page
from tests.helpers.scans import contents, dirty_page, report_of


@pytest.mark.parametrize("share", [0.5, 0.7, 0.8, 0.9, 0.97])
def test_cut_off_document_is_never_taken_for_a_shorter_one(share: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    first, *others = [Image.fromarray(rng.integers(0, 255, (60, 80), dtype=np.uint8)) for _ in range(3)]
    path = tmp_path / "cut.tif"
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    sources = discover([path], recursive=False).sources
    with pytest.raises(ReadError, match=r"cut\.tif: is damaged or cut off"):
        [read_page(source) for source in sources]


def test_report_replaces_an_earlier_report_only(tmp_path: Path) -> None:
    notes, report, link = tmp_path / "notes.txt", tmp_path / "report.json", tmp_path / "link.json"
    notes.write_text("precious", encoding="utf-8")
    report.write_text('{"program": "docclean"}', encoding="utf-8")
    prepare_report(report)
    link.symlink_to(report)
    for path in (notes, link):
        with pytest.raises(UsageError, match="exists and is not a report"):
            prepare_report(path)
    assert notes.read_text(encoding="utf-8") == "precious"


def _device(path: Path) -> None:
    """Make a copy of /dev/full: what is written there fails, and what is read there never ends."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    except (AttributeError, OSError):
        pytest.skip("no device can be made here")


def _pipe(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("the system has no named pipes")
    os.mkfifo(path)


REPORT_PLACES: dict[str, Callable[[Path], object]] = {
    "device": _device,
    "pipe": _pipe,
    "folder": Path.mkdir,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "link to a device": lambda path: path.symlink_to(os.devnull),
    "deep JSON": lambda path: path.write_text("[" * 200_000, encoding="utf-8"),
    "another program's JSON": lambda path: path.write_text('{"program": "other"}', encoding="utf-8"),
    "binary file": lambda path: path.write_bytes(b"\xff\0\xfe"),
}


@pytest.mark.parametrize("kind", REPORT_PLACES)
def test_report_never_goes_to_what_is_no_report(
    kind: str, scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.json"
    REPORT_PLACES[kind](path)
    before = os.lstat(path)
    assert main(["clean", str(scans / "p10.png"), "-o", str(tmp_path / "out"), "--json", str(path)]) == 2
    after = os.lstat(path)
    assert (after.st_ino, after.st_mode, after.st_size) == (before.st_ino, before.st_mode, before.st_size)
    assert not (tmp_path / "out").exists()
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"--json {path}: ")
    assert len(errors.splitlines()) == 1


def test_report_that_somebody_else_writes_meanwhile_is_kept(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "r.json"
    real = os.fsync

    def fsync(descriptor: int) -> None:
        report.write_text("precious", encoding="utf-8")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert main(["clean", str(scans / "p10.png"), "-o", str(tmp_path / "out"), "--json", str(report)]) == 1
    assert report.read_text(encoding="utf-8") == "precious"
    assert f"--json {report}: exists and is not a report" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_input_behind_a_linked_output_folder_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        dirty_page().save(tmp_path / folder / "p.png")
    (tmp_path / "out").symlink_to(tmp_path / "b")
    before = contents(tmp_path)
    inputs = [str(tmp_path / "a" / "p.png"), str(tmp_path / "b" / "p.png")]
    assert main(["clean", *inputs, "-o", str(tmp_path / "out"), "--overwrite"]) == 1
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert f"{tmp_path / 'out' / 'p.png'}: is an input, which is never changed" in capsys.readouterr().err


def test_existing_results_are_found_before_the_run_and_told_once_a_file(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "book.tiff").write_bytes(b"precious")
    (out / "p2.jpg").mkdir()
    assert main(["clean", str(scans), "-o", str(out), "--json", str(tmp_path / "r.json")]) == 1
    assert (out / "book.tiff").read_bytes() == b"precious"
    book = f"{out / 'book.tiff'}: exists already; choose another folder, or replace it with --overwrite."
    folder = f"{out / 'p2.jpg'}: cannot be written because a folder has that name; choose another name."
    _, errors = capsys.readouterr()
    before_the_run = errors.partition("[1/1]")[0]
    assert f"failed: {book}\n" in before_the_run
    assert f"failed: {folder}\n" in before_the_run
    assert "page 1" not in errors
    rows = report_of(tmp_path / "r.json")["pages"]
    assert [(Path(row["input"]).name, row["status"], row["error"], row["error_code"]) for row in rows] == [
        ("p10.png", "done", "", ""),
        ("book.tiff", "failed", book, "write"),
        ("p2.jpg", "failed", folder, "write"),
    ]


def test_existing_result_of_one_page_is_that_pages_fault(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "book-p002.png").write_bytes(b"precious")
    arguments = [str(scans / "book.tiff"), "-o", str(out), "--format", "png", "--json", str(tmp_path / "r.json")]
    assert main(["clean", *arguments]) == 1
    rows = report_of(tmp_path / "r.json")["pages"]
    assert [(row["page"], row["status"]) for row in rows] == [(1, "done"), (2, "failed")]
    assert contents(out).keys() == {"book-p001.png", "book-p002.png"}
