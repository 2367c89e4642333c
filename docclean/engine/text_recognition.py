"""What recognizing text needs on this machine, and the commands that install what is missing.

OCRmyPDF is a library, of the extra `ocr`; Tesseract, which it asks, and Tesseract's languages are installed by the
user. Ghostscript is not needed: pages are drawn by pdfium, and PDF/A stays PDF/A without it.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from docclean.core.errors import UsageError

OLDEST_OCRMYPDF = 17
"""The first OCRmyPDF that needs no Ghostscript."""

_ASKING_TIMEOUT_S = 20
_NO_LANGUAGES = frozenset({"osd", "equ"})
"""What Tesseract lists beside its languages: data for orientation and for formulas."""


def parse_languages(text: str) -> tuple[str, ...]:
    """Read languages as they are typed, such as "eng+deu".

    Raises:
        UsageError: A language has no name.
    """
    languages = tuple(dict.fromkeys(part.strip() for part in text.split("+")))
    if not all(languages):
        raise UsageError(f"--searchable {text}: names no language; write Tesseract's names joined by +, as in eng+deu.")
    return languages


class MissingPart(StrEnum):
    """What recognition may lack."""

    LIBRARY = "library"
    PROGRAM = "program"
    LANGUAGES = "languages"


@dataclass(frozen=True, slots=True)
class Missing:
    """What has to be installed first.

    Attributes:
        part: What it is.
        command: The command that installs it on this system.
        languages: Tesseract's names of the languages that are missing.
    """

    part: MissingPart
    command: str
    languages: tuple[str, ...] = ()

    def __str__(self) -> str:
        """A sentence, with the command at its end."""
        match self.part:
            case MissingPart.LIBRARY:
                return f"Recognizing text needs the library OCRmyPDF: {self.command}"
            case MissingPart.PROGRAM:
                return f"Recognizing text needs the program Tesseract, which was not found: {self.command}"
        name, verb = ("language", "is") if len(self.languages) == 1 else ("languages", "are")
        return f"Tesseract's {name} {', '.join(self.languages)} {verb} not installed: {self.command}"


def missing_for_text(languages: Collection[str]) -> Missing | None:
    """Find out what is missing to recognize text in these languages; None if nothing is."""
    if importlib.util.find_spec("ocrmypdf") is None:
        return Missing(MissingPart.LIBRARY, library_command())
    installed = installed_languages()
    if installed is None:
        return Missing(MissingPart.PROGRAM, install_command(languages))
    absent = tuple(language for language in languages if language not in installed)
    return Missing(MissingPart.LANGUAGES, install_command(absent), absent) if absent else None


def verify_recognition(languages: Collection[str]) -> None:
    """Check before a run that text can be recognized in these languages.

    Raises:
        UsageError: Something is missing; names the command that installs it.
    """
    missing = missing_for_text(languages)
    if missing is not None:
        raise UsageError(str(missing))


def installed_languages() -> tuple[str, ...] | None:
    """Ask Tesseract for its languages, by its own names, in order; None where there is no Tesseract."""
    program = find_tesseract()
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - a program found by its name, asked for what it has
            [program, "--list-langs"],
            capture_output=True,
            timeout=_ASKING_TIMEOUT_S,
            check=True,
            stdin=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()[1:]  # the first line is a heading
    return tuple(sorted({line.strip() for line in lines} - _NO_LANGUAGES - {""}))


def find_tesseract() -> str | None:
    """Find Tesseract's program; its installer for Windows does not make it known to others."""
    found = shutil.which("tesseract")
    if found is None and sys.platform == "win32":
        for variable in ("ProgramFiles", "LOCALAPPDATA"):
            below = () if variable == "ProgramFiles" else ("Programs",)
            path = Path(os.environ.get(variable, ""), *below, "Tesseract-OCR", "tesseract.exe")
            if path.is_file():
                return str(path)
    return found


def library_command() -> str:
    """Tell the command that installs OCRmyPDF beside this program."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f'{python} -m pip install "ocrmypdf>={OLDEST_OCRMYPDF}"'


def install_command(languages: Collection[str] = ()) -> str:
    """Tell the command that installs Tesseract with these languages on this system."""
    return " ".join(_install_words(_package_manager(), sorted(languages)))


def _install_words(manager: str, languages: Sequence[str]) -> list[str]:
    """Put the command together; English comes along with Tesseract everywhere."""
    others = [language for language in languages if language != "eng"]
    match manager:
        case "brew":
            return ["brew", "install", "tesseract", *(["tesseract-lang"] if others else [])]
        case "winget":
            hint = [f"(choose {', '.join(others)} in its list of languages)"] if others else []
            return ["winget", "install", *(["--interactive"] if others else []), "UB-Mannheim.TesseractOCR", *hint]
        case "dnf":
            packages = [f"tesseract-langpack-{language}" for language in languages]
            return ["sudo", "dnf", "install", "tesseract", *packages]
        case "pacman":
            return ["sudo", "pacman", "-S", "tesseract", *(f"tesseract-data-{language}" for language in languages)]
        case _:
            packages = [f"tesseract-ocr-{language.replace('_', '-').lower()}" for language in languages]
            return ["sudo", "apt", "install", "tesseract-ocr", *packages]


@cache
def _package_manager() -> str:
    """Find what installs programs on this system."""
    if sys.platform == "darwin":
        return "brew"
    if sys.platform == "win32":
        return "winget"
    return next((name for name in ("apt", "dnf", "pacman") if shutil.which(name)), "apt")
