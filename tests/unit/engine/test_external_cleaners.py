import shutil
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from docclean.core.errors import DoccleanError
from docclean.engine.external_cleaners import find_imagemagick, installed_cleaners

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for programs are shell scripts")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that alone is searched for programs of ours, before the system's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: real(name, path=str(folder)))
    return folder


def saved_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_cleaners_without_programs_are_none(programs: Path) -> None:
    assert installed_cleaners() == {}


@posix_only
@pytest.mark.parametrize("name", ["magick", "convert"])
def test_imagemagick_is_found_by_what_it_says(name: str, programs: Path) -> None:
    saved_program(programs / name, "echo 'Version: ImageMagick 7.1.1 https://imagemagick.org'")
    assert find_imagemagick() == str(programs / name)


@posix_only
@pytest.mark.parametrize("script", ["echo 'Converts FAT volumes to NTFS.'", "exit 4", ""])
def test_other_program_named_convert_is_not_imagemagick(script: str, programs: Path) -> None:
    saved_program(programs / "convert", script)
    assert find_imagemagick() is None


@posix_only
@pytest.mark.parametrize("channels", [1, 3])
def test_cleaner_gives_back_what_the_program_wrote(channels: int, programs: Path) -> None:
    saved_program(programs / "unpaper", 'for last; do source=$target; target=$last; done; cp "$source" "$target"')
    pixels = np.random.default_rng(0).integers(0, 256, (9, 14, channels)).astype(np.uint8)
    result = installed_cleaners()["unpaper"](pixels)
    assert np.array_equal(result, pixels)
    assert result.flags.c_contiguous


@posix_only
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("exit 3", "unpaper: could not clean the page"),
        ("exit 0", "unpaper: could not clean the page"),
        ('for last; do target=$last; done; printf "P5 2 2 255\\n1234" > "$target"', "unpaper: gave no page"),
        ('for last; do target=$last; done; echo nonsense > "$target"', "unpaper: gave no page"),
    ],
)
def test_cleaner_that_fails_is_one_sentence(script: str, sentence: str, programs: Path) -> None:
    saved_program(programs / "unpaper", script)
    with pytest.raises(DoccleanError, match=sentence):
        installed_cleaners()["unpaper"](np.full((9, 14, 1), 200, np.uint8))


@pytest.mark.skipif(find_imagemagick() is None, reason="ImageMagick is not installed")
def test_imagemagick_whitens_grey_paper_and_keeps_ink() -> None:
    page = np.full((120, 160, 1), 190, np.uint8)
    page[40:80:10, 20:140] = 40
    result = installed_cleaners()["ImageMagick"](page)
    assert result.shape == page.shape
    assert (result[60, 30:130] < 80).all()
    assert result[5:25, 5:25].min() == 255


@pytest.mark.skipif(shutil.which("unpaper") is None, reason="unpaper is not installed")
def test_unpaper_gives_a_page_of_the_same_size() -> None:
    page = np.full((300, 200, 3), 255, np.uint8)
    page[100:200:10, 40:160] = 0
    assert installed_cleaners()["unpaper"](page).shape == page.shape
