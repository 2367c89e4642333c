"""Pages and names that nobody thinks of, through the real command line and the built-in model."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.documents.tiff_pages import count_pages
from tests.helpers.pages import image_in, profile_for, random_samples
from tests.helpers.scans import contents, dirty_page, report_of


def clean(*arguments: str | Path) -> int:
    return main(["clean", *map(str, arguments)])


@pytest.mark.parametrize(
    ("mode", "compression"), [("L", "raw"), ("RGB", "tiff_lzw"), ("RGB", "jpeg"), ("1", "group4"), ("L", "packbits")]
)
@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.97])
def test_document_cut_behind_its_first_page_keeps_what_is_there_and_tells_what_is_not(
    share: float, mode: str, compression: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cut.tif"
    first, *others = [image_in(mode, 90, 120, seed=seed) for seed in range(3)]
    first.save(path, save_all=True, append_images=others, compression=compression)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    dirty_page().save(tmp_path / "good.png")
    assert clean(path, tmp_path / "good.png", "-o", tmp_path / "out", "--json", tmp_path / "r.json") == 1
    rows = [row for row in report_of(tmp_path / "r.json")["pages"] if row["input"] == str(path)]
    failed = [row for row in rows if row["status"] == "failed"]
    assert failed
    assert all(row["error"].startswith(f"{path}: page {row['page']}") for row in failed)
    missing = [
        row for row in failed if "This page is missing in the result; the other pages are there." in row["warnings"]
    ]
    if len(failed) < len(rows):
        assert contents(tmp_path / "out").keys() == {"cut.tif", "good.png"}
        assert count_pages(tmp_path / "out" / "cut.tif") == len(rows) - len(missing)
    else:
        assert contents(tmp_path / "out").keys() == {"good.png"}
    errors = capfd.readouterr().err
    assert "Traceback" not in errors
    assert "tempfile" not in errors


NAMES = [
    "Grüße.png", "Gru\u0308ße.png", "漢字.png", "🦊📄.png", "a" * 251 + ".png", "é" * 125 + "x.png", "dots....png",
    " lead.png", "-dash.png", "--help.png", "%s%d{0}.png", "[bold]x[bold].png", "UPPER.PNG", "upper.png", "CON .png",
]  # fmt: skip
UNIX_NAMES = ["new\nline.png", "tab\t.png", "quote\"'.png", "back\\slash.png", "trailing .png", "co:lon.png"]


def test_every_name_is_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    names = NAMES if sys.platform in ("win32", "darwin") else NAMES + UNIX_NAMES
    for name in names:
        dirty_page().save(tmp_path / "in" / name, "PNG")
    if sys.platform == "linux":
        (tmp_path / "in" / os.fsdecode(b"bad\xff\xfe.png")).write_bytes((tmp_path / "in" / "漢字.png").read_bytes())
    assert clean(tmp_path / "in", "-o", tmp_path / "out", "--json", tmp_path / "r.json") == 0
    numbered = {name.replace(" (2)", "") for name in contents(tmp_path / "out")}
    inputs = contents(tmp_path / "in").keys()
    assert len(contents(tmp_path / "out")) == len(inputs)
    assert {name.casefold() for name in numbered} <= {name.casefold() for name in inputs}
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1 + len(inputs)
    assert {Path(row["output"]).exists() for row in report_of(tmp_path / "r.json")["pages"]} == {True}


def test_names_without_a_suffix_keep_their_dots(tmp_path: Path) -> None:
    names = ["none", "two..", "a.b.c"] if sys.platform != "win32" else ["none", "a.b.c"]
    for name in names:
        dirty_page().save(tmp_path / name, "PNG")
    inputs = [tmp_path / name for name in names]
    assert clean(*inputs, "-o", tmp_path / "same") == 0
    assert sorted(contents(tmp_path / "same")) == sorted(names)
    assert clean(*inputs, "-o", tmp_path / "jpeg", "--format", "jpeg") == 0
    assert sorted(contents(tmp_path / "jpeg")) == sorted(f"{name}.jpg" for name in names)


SHAPES = [(1, 1), (1, 2), (2, 1), (1, 3000), (3000, 1), (7, 3), (8, 8), (9, 65)]
THIN_KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("png", "L", {}),
    ("png", "RGB", {}),
    ("png", "P-alpha", {}),
    ("tif", "1", {"compression": "group4"}),
    ("jpg", "RGB", {}),
    ("webp", "RGB", {}),
    ("jp2", "L", {}),
    ("gif", "P", {}),
]


def test_thin_pages_keep_their_size(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for height, width in SHAPES:
        for suffix, mode, options in THIN_KINDS:
            image_in(mode, height, width).save(tmp_path / "in" / f"{height}x{width}-{mode}.{suffix}", **options)
    assert clean(tmp_path / "in", "-o", tmp_path / "out") == 0
    assert len(contents(tmp_path / "out")) == len(SHAPES) * len(THIN_KINDS)
    for path in (tmp_path / "in").iterdir():
        with Image.open(path) as before, Image.open(tmp_path / "out" / path.name) as after:
            assert (after.size, after.format) == (before.size, before.format)


KINDS: list[tuple[str, Image.Image, dict[str, Any]]] = [
    ("deep.png", image_in("I;16", 60, 80), {}),
    ("deep.tif", image_in("I;16", 60, 80), {"compression": "tiff_lzw"}),
    ("palette.png", image_in("P", 60, 80), {}),
    ("cmyk.tif", image_in("CMYK", 60, 80), {"icc_profile": profile_for("CMYK"), "dpi": (300, 300)}),
    ("cmyk.jpg", image_in("CMYK", 60, 80), {"icc_profile": profile_for("CMYK"), "dpi": (300, 300)}),
    ("fax.tif", dirty_page(400, 300, "1"), {"compression": "group4", "dpi": (204, 196)}),
    ("gray.jp2", dirty_page(200, 150), {}),
    ("alpha.jp2", image_in("RGBA", 60, 80), {}),
    ("alpha.png", image_in("LA", 60, 80), {}),
    ("bits.pbm", image_in("1", 60, 80), {}),
]


def test_unusual_kinds_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, image, options in KINDS:
        image.save(tmp_path / "in" / name, **options)
    assert clean(tmp_path / "in", "-o", tmp_path / "out") == 0
    for name, _, options in KINDS:
        with Image.open(tmp_path / "in" / name) as before, Image.open(tmp_path / "out" / name) as after:
            assert (after.mode, after.size, after.format) == (before.mode, before.size, before.format)
            assert after.info.get("icc_profile") == options.get("icc_profile")
            assert after.info.get("compression") == before.info.get("compression")
            if "dpi" in options:
                assert after.info["dpi"] == pytest.approx(before.info["dpi"])


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_blank_and_black_pages_stay_blank_and_black(mode: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for level in (0, 255):
        Image.new("L", (300, 200), level).convert(mode).save(tmp_path / "in" / f"{level}.png")
    assert clean(tmp_path / "in", "-o", tmp_path / "out") == 0
    for level in (0, 255):
        with Image.open(tmp_path / "out" / f"{level}.png") as image:
            assert set(np.unique(np.asarray(image.convert("L")))) == {level}


def test_light_print_on_black_stays_light_print_on_black(tmp_path: Path) -> None:
    page = Image.eval(dirty_page(300, 200), lambda value: (205 - value) * 255 // 205)
    page.save(tmp_path / "in.png")
    assert clean(tmp_path / "in.png", "-o", tmp_path / "out.png") == 0
    with Image.open(tmp_path / "out.png") as image:
        before, after = np.asarray(page), np.asarray(image)
    assert after[before > 150].mean() > 150
    assert np.median(after) < 20


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if mount is None or unmount is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs Linux and the rights of an administrator")
    yield disk
    subprocess.run([unmount, str(disk)], check=True)


def test_full_disk_ends_the_run_and_is_told(tmp_path: Path, full_disk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(random_samples(300, 300, 3)).save(tmp_path / "in" / "large.png")
    pages = [Image.fromarray(random_samples(200, 300, seed=seed)) for seed in range(3)]
    pages[0].save(tmp_path / "in" / "book.tif", save_all=True, append_images=pages[1:])
    dirty_page().save(tmp_path / "in" / "small.png")
    assert clean(tmp_path / "in", "-o", full_disk, "--json", full_disk / "r.json") == 1
    assert contents(full_disk).keys() == {"r.json"}
    output, errors = capfd.readouterr()
    error, *others = [line for line in errors.splitlines() if line.startswith("failed: ")]
    sentence = "cannot be written because the disk is full; free some space or choose another folder."
    assert error.startswith(f"failed: {full_disk / 'book.tif'}: {sentence} About ")
    assert error.endswith(" more are needed for what is left (5 pages); the same command then goes on from here.")
    assert len(others) <= 1  # that of the page that was in work already
    assert all(sentence in other for other in others)
    assert f"{3 + len(others)} failed (book.tif page 1, " in output
    assert f"{2 - len(others)} not finished because the disk is full." in output


LONG = "x" * 300


def test_names_too_long_for_the_disk_are_sentences_before_any_work(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "p.png"
    dirty_page().save(page)
    assert clean(tmp_path / f"{LONG}.png", "-o", tmp_path / "out") == 1
    assert clean(page, "-o", tmp_path / f"{LONG}.png") == 1
    assert clean(page, "-o", tmp_path / LONG) == 1
    assert clean(page, "-o", tmp_path / "out", "--json", tmp_path / f"{LONG}.json") == 2
    assert clean(page, "-o", tmp_path / "out", "--json", page / "r.json") == 2
    assert contents(tmp_path).keys() == {"p.png"}
    errors = capfd.readouterr().err
    assert "fault of its own" not in errors
    assert errors.count("a name that is too long for this disk; shorten it.") == 1
    assert errors.count("the name is too long for this disk; shorten it.") == 3
    assert "r.json: cannot be written because a part of its path is a file" in errors


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder that this user may not enter, with a page, another folder and a text in it; its names can be listed."""
    folder = tmp_path / "in" / "locked"
    (folder / "sub").mkdir(parents=True)
    for path in (tmp_path / "in" / "good.png", folder / "p.png"):
        dirty_page().save(path)
    folder.chmod(0o400)
    if os.access(folder, os.X_OK):
        pytest.skip("this user may enter any folder")
    yield folder
    folder.chmod(0o700)


def test_folder_that_may_not_be_entered_does_not_stop_the_others(
    tmp_path: Path, locked: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert clean(tmp_path / "in", "-o", tmp_path / "out", "--recursive") == 1
    assert contents(tmp_path / "out").keys() == {"good.png"}
    errors = capfd.readouterr().err
    assert "fault of its own" not in errors
    for name in ("p.png", "sub"):
        assert f"failed: {locked / name}: may not be read; give yourself permission" in errors


def test_locked_places_are_sentences(tmp_path: Path, locked: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "in" / "good.png"
    assert clean(locked / "p.png", "-o", tmp_path / "out") == 1
    assert clean(locked / "sub", "-o", tmp_path / "out") == 1
    assert clean(page, "-o", locked / "sub" / "new") == 1
    assert clean(page, "-o", locked / "new.png") == 1
    assert clean(page, "-o", tmp_path / "out", "--json", locked / "r.json") == 2
    assert not (tmp_path / "out").exists()
    errors = capfd.readouterr().err
    assert "fault of its own" not in errors
    assert errors.count(": may not be read; give yourself permission") == 2
    assert errors.count(": may not be written: ") == 3
