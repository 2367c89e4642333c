"""The real command line on real files with the built-in model: what users see, and what is on the disk afterwards."""

import errno
import os
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from docclean.cli.main import main
from docclean.core.paths import user_models_folder
from docclean.core.resources import resource_path
from docclean.models.catalog import Catalog
from tests.helpers.scans import contents, dirty_page, report_of

DEFAULT = "denoise-standard-8"


def clean(*arguments: str | Path) -> int:
    return main(["clean", *map(str, arguments)])


def test_folder_is_cleaned_mirrored_and_reported(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(scans)
    assert clean(scans, "-o", tmp_path / "out", "--recursive", "--json", tmp_path / "r.json") == 0
    assert contents(scans) == before
    assert contents(tmp_path / "out").keys() == before.keys() - {"notes.txt"}
    for name in contents(tmp_path / "out"):
        with Image.open(scans / name) as dirty, Image.open(tmp_path / "out" / name) as cleaned:
            assert (cleaned.format, cleaned.size, cleaned.mode) == (dirty.format, dirty.size, dirty.mode)
    report = report_of(tmp_path / "r.json")
    assert report["totals"] == {"pages": 6, "done": 6, "failed": 0, "cancelled": 0, "skipped": 1}
    assert [Path(page["input"]).name for page in report["pages"]] == [
        "book.tiff",
        "book.tiff",
        "p1.tif",
        "ä b.webp",
        "p2.jpg",
        "p10.png",
    ]
    assert [page["page"] for page in report["pages"]] == [1, 2, 1, 1, 1, 1]
    for page in report["pages"]:
        assert page["tasks"] == ["denoise"]
        assert page["models"] == [DEFAULT]
        assert page["device"].startswith("CPU (")
        assert page["seconds"] > 0
        assert Path(page["output"]).is_file()
    output, errors = capsys.readouterr()
    assert output == f"6 pages: 6 cleaned. 1 file skipped. The results are in {tmp_path / 'out'}\n"
    assert f"skipped: {scans / 'notes.txt'}: " in errors
    assert "\x1b" not in errors


def test_page_is_changed_at_full_strength_and_its_very_bytes_at_none(scans: Path, tmp_path: Path) -> None:
    page = scans / "p10.png"
    assert clean(page, "-o", tmp_path / "full.png") == 0
    assert clean(page, "-o", tmp_path / "none.png", "--strength", "0") == 0
    with Image.open(page) as dirty, Image.open(tmp_path / "full.png") as cleaned:
        assert not np.array_equal(np.asarray(dirty), np.asarray(cleaned))
        assert cleaned.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert (tmp_path / "none.png").read_bytes() == page.read_bytes()


def test_drawn_page_comes_back_byte_for_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(page).text((20, 20), "It is 3.14 mm.", fill=0, font_size=20)
    page.save(tmp_path / "drawn.png")
    assert clean(tmp_path / "drawn.png", "-o", tmp_path / "out.png") == 0
    assert (tmp_path / "out.png").read_bytes() == (tmp_path / "drawn.png").read_bytes()
    assert capsys.readouterr().out.startswith("1 page: 1 left as it was.")


def test_output_folder_inside_the_input_is_never_an_input(scans: Path) -> None:
    output = scans / "cleaned"
    assert clean(scans, "-o", output) == 0
    assert clean(scans, "-o", output, "--recursive", "--overwrite") == 0
    assert not (output / "cleaned").exists()


def test_existing_results_stay_unless_they_may_be_replaced(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out" / "p10.png"
    output.parent.mkdir()
    output.write_bytes(b"precious")
    assert clean(scans / "p10.png", scans / "p2.jpg", "-o", tmp_path / "out") == 1
    assert output.read_bytes() == b"precious"
    assert (tmp_path / "out" / "p2.jpg").exists()
    assert f"failed: {output}: exists already" in capsys.readouterr().err
    assert clean(scans / "p10.png", "-o", tmp_path / "out", "--overwrite") == 0
    assert output.read_bytes() != b"precious"


def test_same_names_from_two_folders_stay_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        dirty_page().save(tmp_path / folder / "p.png")
    assert clean(tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out") == 0
    assert contents(tmp_path / "out").keys() == {"p.png", "p (2).png"}


def bomb(path: Path) -> None:
    """A PNG of 30000 x 30000 pixels, one bit each, in some hundred kilobytes."""
    packer = zlib.compressobj(1)
    data = b"".join(packer.compress(bytes(3751)) for _ in range(30_000)) + packer.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, body in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b"")):
            file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))


def truncated(path: Path, **options: Any) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, **options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BAD_INPUTS: dict[str, Callable[[Path], object]] = {
    "missing.png": lambda path: None,
    "empty.png": Path.touch,
    "cut.png": truncated,
    "cut.jpg": truncated,
    "cut.tif": lambda path: truncated(path, compression="tiff_lzw"),
    "text.png": lambda path: path.write_text("Dear Sir or Madam,\n", encoding="utf-8"),
    "bomb.png": bomb,
}


def test_bad_inputs_fail_with_a_sentence_each_and_the_others_are_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, make in BAD_INPUTS.items():
        make(tmp_path / name)
    dirty_page().save(tmp_path / "good.png")
    dirty_page(1, 1).save(tmp_path / "dot.png")
    names = [*BAD_INPUTS, "good.png", "dot.png"]
    inputs = [tmp_path / name for name in names]
    assert clean(*inputs, "-o", tmp_path / "out", "--json", tmp_path / "r.json") == 1
    assert contents(tmp_path / "out").keys() == {"good.png", "dot.png"}
    rows = {Path(page["input"]).name: page for page in report_of(tmp_path / "r.json")["pages"]}
    assert rows.keys() == set(names)
    assert {name for name, row in rows.items() if row["status"] == "done"} == {"good.png", "dot.png"}
    output, errors = capsys.readouterr()
    for name in BAD_INPUTS:
        error = rows[name]["error"]
        assert error.startswith(f"{tmp_path / name}: ")
        assert error.count("\n") == 0
        assert error.endswith(".")
        assert rows[name]["error_code"] == "read"
        assert f"failed: {error}\n" in errors
    assert output.startswith("9 pages: 2 cleaned, 7 failed (")
    assert "Traceback" not in errors


def test_folder_of_bad_files_only_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "empty.png").touch()
    assert clean(tmp_path / "scans", "-o", tmp_path / "out") == 1
    assert contents(tmp_path / "out") == {}


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EROFS, "disk is read-only"), (errno.EACCES, "may not be written"), (errno.EBUSY, "is using it")],
)
def test_output_that_fails_for_one_page_leaves_nothing_of_it(
    number: int, words: str, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, []

    def fail_first(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail_first)
    inputs = (scans / "p2.jpg", scans / "p10.png")
    assert clean(*inputs, "-o", tmp_path / "out", "--json", tmp_path / "r.json") == 1
    failed, done = report_of(tmp_path / "r.json")["pages"]
    assert failed["error"].startswith(f"{tmp_path / 'out' / 'p2.jpg'}: ")
    assert words in failed["error"]
    assert (failed["status"], failed["output"], done["status"]) == ("failed", None, "done")
    assert contents(tmp_path / "out").keys() == {"p10.png"}


def damaged_copy(models: Path, name: str) -> None:
    shutil.copytree(resource_path("models", DEFAULT), models / name)
    manifest = models / name / "model.toml"
    text = manifest.read_text(encoding="utf-8").replace(f'id = "{DEFAULT}"', f'id = "{name}"')
    manifest.write_text(text, encoding="utf-8")
    weights = models / name / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


def test_corrupted_weights_are_one_sentence_and_nothing_is_written(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged_copy(user_models_folder(), "torn-1")
    assert clean(scans, "-o", tmp_path / "out", "--model", "torn-1") == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"{user_models_folder() / 'torn-1' / 'weights.safetensors'}: damaged")
    assert len(errors.splitlines()) == 1
    assert not (tmp_path / "out").exists()
    assert clean(scans / "p10.png", "-o", tmp_path / "out") == 0


def test_corrupted_default_model_is_found_by_doctor_too(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged_copy(tmp_path / "models", DEFAULT)
    broken = Catalog(tmp_path / "models", tmp_path / "none")
    monkeypatch.setattr(Catalog, "installed", classmethod(lambda cls: broken))
    assert clean(scans, "-o", tmp_path / "out") == 2
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err.count("weights.safetensors: damaged") == 2
