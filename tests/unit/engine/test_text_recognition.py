import importlib.util
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docclean.core.errors import UsageError
from docclean.engine import text_recognition
from docclean.engine.text_recognition import (
    find_tesseract,
    install_command,
    installed_languages,
    missing_for_text,
    parse_languages,
    verify_recognition,
)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Tesseract is a shell script")

Machine = Callable[..., None]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Pretend which programs and libraries are installed."""

    def pretend(*programs: str, library: bool = True, script: str = "", platform: str = "linux") -> None:
        for name in programs:
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        real_which, real_spec = shutil.which, importlib.util.find_spec
        monkeypatch.setattr(shutil, "which", lambda name: real_which(name, path=str(tmp_path)))

        def find_spec(name: str) -> Any:
            return (object() if library else None) if name == "ocrmypdf" else real_spec(name)

        monkeypatch.setattr(importlib.util, "find_spec", find_spec)
        monkeypatch.setattr(sys, "platform", platform)
        text_recognition._package_manager.cache_clear()

    return pretend


@pytest.fixture(autouse=True)
def forgotten_package_manager() -> Any:
    yield
    text_recognition._package_manager.cache_clear()


LISTS = "echo 'List of available languages in \"/x\" (4):'; echo eng; echo osd; echo deu; echo chi_sim"


@pytest.mark.parametrize(
    ("text", "languages"),
    [("eng", ("eng",)), ("eng+deu", ("eng", "deu")), (" deu + eng +deu", ("deu", "eng"))],
)
def test_languages_are_joined_by_plus(text: str, languages: tuple[str, ...]) -> None:
    assert parse_languages(text) == languages


@pytest.mark.parametrize("text", ["+", "eng+", " ", "eng++deu"])
def test_languages_without_a_name_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no language"):
        parse_languages(text)


def test_missing_library_is_a_sentence_with_the_command_for_this_python(machine: Machine) -> None:
    machine("tesseract", "apt", library=False)
    sentence = str(missing_for_text(["eng"]))
    assert "OCRmyPDF" in sentence
    assert "-m pip install" in sentence
    assert sys.executable in sentence


def test_missing_tesseract_is_a_sentence_with_the_command_and_the_languages(machine: Machine) -> None:
    machine("apt")
    sentence = str(missing_for_text(["eng", "chi_sim"]))
    assert "Tesseract, which was not found" in sentence
    assert sentence.endswith("sudo apt install tesseract-ocr tesseract-ocr-chi-sim tesseract-ocr-eng")
    assert installed_languages() is None


@posix_only
def test_languages_of_tesseract_are_listed_without_its_other_data(machine: Machine) -> None:
    machine("tesseract", script=LISTS)
    assert installed_languages() == ("chi_sim", "deu", "eng")
    assert missing_for_text(["deu", "chi_sim"]) is None


@posix_only
def test_missing_languages_are_named_with_the_command(machine: Machine) -> None:
    machine("tesseract", "dnf", script=LISTS)
    with pytest.raises(UsageError, match="languages fra, tha are not installed") as caught:
        verify_recognition(["eng", "fra", "tha"])
    assert str(caught.value).endswith("sudo dnf install tesseract tesseract-langpack-fra tesseract-langpack-tha")


@posix_only
def test_tesseract_that_fails_counts_as_not_there(machine: Machine) -> None:
    machine("tesseract", script="exit 1")
    assert installed_languages() is None


@pytest.mark.parametrize(
    ("platform", "programs", "command"),
    [
        ("darwin", (), "brew install tesseract tesseract-lang"),
        ("win32", (), "winget install --interactive UB-Mannheim.TesseractOCR (choose deu in its list of languages)"),
        ("linux", ("pacman",), "sudo pacman -S tesseract tesseract-data-deu"),
        ("linux", ("dnf", "pacman"), "sudo dnf install tesseract tesseract-langpack-deu"),
        ("linux", (), "sudo apt install tesseract-ocr tesseract-ocr-deu"),
    ],
)
def test_command_is_that_of_the_system(
    platform: str, programs: tuple[str, ...], command: str, machine: Machine
) -> None:
    machine(*programs, platform=platform)
    assert install_command(["deu"]) == command


def test_tesseract_is_found_in_the_folder_of_its_windows_installer(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(platform="win32")
    program = tmp_path / "Tesseract-OCR" / "tesseract.exe"
    program.parent.mkdir()
    program.touch()
    monkeypatch.setenv("ProgramFiles", str(tmp_path))
    assert find_tesseract() == str(program)
