"""Nothing is lost without a word: cut-off documents, reports and results that would replace something."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.cli.report import prepare_report
from docclean.core.errors import ReadError, UsageError
from docclean.core.job import PageResult
from docclean.documents.discover import discover
from docclean.documents.reader import read_page
from docclean.engine import runner
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
    with pytest.raises(ReadError, match=r"cut\.tif: page \d.* is damaged or cut off"):
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


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that may not be written to; for an administrator, who may write anywhere, a disk that is read-only."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    is_mounted = os.access(folder, os.W_OK)
    mount, unmount = shutil.which("mount") or "mount", shutil.which("umount") or "umount"
    if is_mounted:
        try:
            subprocess.run([mount, "-t", "tmpfs", "-o", "ro", "tmpfs", folder], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("this user may write anywhere")
    yield folder
    if is_mounted:
        subprocess.run([unmount, folder], check=True)
    folder.chmod(0o700)


def test_read_only_output_folder_is_told_before_any_page_is_cleaned(
    scans: Path, tmp_path: Path, read_only_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for output in (read_only_folder, read_only_folder / "sub" / "deep"):
        assert main(["clean", str(scans), "-o", str(output), "--json", str(tmp_path / "r.json")]) == 1
        rows = report_of(tmp_path / "r.json")["pages"]
        assert [Path(row["input"]).name for row in rows] == ["book.tiff", "p2.jpg", "p10.png"]
        for row in rows:
            sentence = f"{output / Path(row['input']).name}: may not be written: the folder is read-only"
            assert row["error"].startswith(sentence)
            assert (row["status"], row["error_code"], row["seconds"]) == ("failed", "write", 0.0)
        assert capsys.readouterr().err.count("failed: ") == 3
        assert list(read_only_folder.iterdir()) == []
    with pytest.raises(UsageError, match=r"--json .*r\.json: "):
        prepare_report(read_only_folder / "r.json")


def test_folder_and_file_that_may_not_be_read_fail_and_the_others_are_done(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = [scans / "März", scans / "p2.jpg"]
    for path in locked:
        path.chmod(0)
    if os.access(locked[0], os.R_OK):
        pytest.skip("this user may read anything")
    arguments = [str(scans), "-o", str(tmp_path / "out"), "--recursive", "--json", str(tmp_path / "r.json")]
    try:
        assert main(["clean", *arguments]) == 1
    finally:
        for path in locked:
            path.chmod(0o700)
    assert contents(tmp_path / "out").keys() == {"book.tiff", "p10.png"}
    errors = [row["error"] for row in report_of(tmp_path / "r.json")["pages"] if row["error"]]
    assert sorted(errors) == [
        f"{path}: may not be read; give yourself permission to read it and try again." for path in locked
    ]


def test_input_that_vanishes_or_changes_during_the_run_fails_and_the_others_are_done(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = runner.run_jobs

    def run(*arguments: Any, **options: Any) -> Iterator[PageResult]:
        for number, result in enumerate(real(*arguments, **options)):
            if not number:
                (scans / "p2.jpg").unlink()
                (scans / "p10.png").write_text("no page any more", encoding="utf-8")
            yield result

    monkeypatch.setattr("docclean.cli.clean.run_jobs", run)
    assert main(["clean", str(scans), "-o", str(tmp_path / "out"), "--json", str(tmp_path / "r.json")]) == 1
    errors = [row["error"] for row in report_of(tmp_path / "r.json")["pages"]]
    assert errors[:2] == ["", ""]
    done = {"book.tiff"} if errors[2] else {"book.tiff", "p2.jpg"}  # it may have been read ahead
    assert not errors[2] or errors[2].startswith(f"{scans / 'p2.jpg'}: was not found")
    assert errors[3].startswith(f"{scans / 'p10.png'}: ")
    assert contents(tmp_path / "out").keys() == done


def test_document_that_shrinks_during_the_run_is_not_written_with_fewer_pages(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = runner.run_jobs

    def run(*arguments: Any, **options: Any) -> Iterator[PageResult]:
        dirty_page().save(scans / "book.tiff")
        yield from real(*arguments, **options)

    monkeypatch.setattr("docclean.cli.clean.run_jobs", run)
    arguments = [str(scans / "book.tiff"), "-o", str(tmp_path / "out"), "--json", str(tmp_path / "r.json")]
    assert main(["clean", *arguments]) == 1
    assert contents(tmp_path / "out") == {}
    assert "has no page 2" in report_of(tmp_path / "r.json")["pages"][1]["error"]
