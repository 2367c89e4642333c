"""Finished pages of a document, each in a file of its own, until all are there; they outlive a run that is stopped."""

import hashlib
import json
import os
import re
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

import docclean
from docclean.core.errors import ReadError, WriteError
from docclean.core.file_lock import FileLock
from docclean.core.files import is_folder, is_link, sha256_of, state_of, write_faults_explained
from docclean.core.page import PageRegion, PageSource

_NOTE, _LOCK = "note.json", "lock"
_OWN_NAMES = re.compile(r"note\.json|lock|joined\.pdf|\d{6,}\.(pdf|tif|json)|\.(note|\d{6,})\.json\.part")
_LONGEST_STEM_BYTES = 200
_IS_TAKEN = "is being written by docclean already; wait until that run has ended, or give the result another name."
_IN_THE_WAY = (
    "cannot be written because {folder}, where its pages would wait, holds files of somebody else; move that folder."
)


class FinishedPage(BaseModel):
    """What is known of a page that is finished.

    Attributes:
        page: Its number in the input, from 0.
        key: Whatever the page depends on, as a digest; empty if another run must not take it.
        file: Name of its file in the store; empty if the page stays what it is in the input.
        digest: SHA-256 of that file.
        is_as_it_was: Whether nothing at all has changed, so that a document of such pages is the input's bytes.
        orientation: How the image was turned to be upright, as the value of EXIF's tag; its file is turned back.
        resolution_dpi: See `Page.resolution_dpi`.
        turned_deg: See `Page.turned_deg`.
        cropped: See `Page.cropped`.
        warnings: What could not be kept, one sentence each.
        outcome: What the run that finished it wants to know again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: int
    key: str = ""
    file: str = ""
    digest: str = ""
    is_as_it_was: bool = False
    orientation: int = 1
    resolution_dpi: tuple[float, float] | None = None
    turned_deg: float = 0.0
    cropped: PageRegion | None = None
    warnings: tuple[str, ...] = ()
    outcome: dict[str, Any] = {}


class PageStore:
    """A hidden folder beside the result. Belongs to one process at a time, and for each page to one thread.

    A page counts as finished when its note is there, which is written last.

    Attributes:
        folder: The folder; it is made by `open`.
    """

    def __init__(self, result: Path, source: PageSource, suffix: str) -> None:
        """Nothing is made or read yet.

        Args:
            result: The file that the pages will be in.
            source: Any page of the (first) input.
            suffix: Of the pages' files, ".pdf" or ".tif".
        """
        self.folder, self._is_lasting = folder_of(result)
        self._result, self._source, self._suffix = result, source, suffix
        self._lock = FileLock(self.folder / _LOCK)
        self._opening = threading.Lock()
        self._is_open = False

    def open(self) -> None:
        """Take the folder; what lies in it and was made of other inputs or by another version is removed.

        Raises:
            WriteError: The folder cannot be made, holds what is not ours, or another process is writing this result.
            ReadError: The input cannot be looked at.
        """
        with self._opening:
            if not self._is_open:
                self._open()

    def _open(self) -> None:
        note = self._note()
        with write_faults_explained(self._result):
            if is_link(self.folder) or (self.folder.exists() and not is_folder(self.folder)):
                raise WriteError(self._result, _IN_THE_WAY.format(folder=self.folder))
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if not self._lock.acquire():
                raise WriteError(self._result, _IS_TAKEN)
            self._is_open = True
            if _read_json(self.folder / _NOTE) != note:
                self._clear()
                if {path.name for path in self.folder.iterdir()} - {_LOCK}:
                    raise WriteError(self._result, _IN_THE_WAY.format(folder=self.folder))
                self._write_json(_NOTE, note)

    def taken(self, position: int, key: str) -> FinishedPage | None:
        """Give the page that an earlier run finished at this place of the document; None where there is none.

        Args:
            position: From 0.
            key: What the page has to depend on.
        """
        if not key or not is_folder(self.folder):
            return None
        self.open()
        try:
            page = FinishedPage.model_validate(_read_json(self.folder / _note_name(position)))
            if page.key != key or (page.file and sha256_of(self.folder / page.file) != page.digest):
                return None
        except (ValidationError, ReadError):
            return None
        return page

    def add(self, position: int, page: FinishedPage, data: bytes | None) -> FinishedPage:
        """Put a page on the disk.

        Args:
            position: From 0.
            page: What is known of it; `file` and `digest` are filled in.
            data: Its file; None for a page that stays what it is.

        Raises:
            WriteError: It cannot be written.
        """
        self.open()
        with write_faults_explained(self._result):
            (self.folder / _note_name(position)).unlink(missing_ok=True)
            if data is not None:
                name = f"{position:06}{self._suffix}"
                (self.folder / name).write_bytes(data)
                page = page.model_copy(update={"file": name, "digest": hashlib.sha256(data).hexdigest()})
            self._write_json(_note_name(position), page.model_dump(mode="json"))
        return page

    def path_of(self, page: FinishedPage) -> Path:
        """Give the file of a page that does not stay what it is."""
        return self.folder / page.file

    def close(self, *, keep: bool) -> Path | None:
        """Let go of the folder.

        Args:
            keep: Whether finished pages stay for another run, which takes some sense only if there are any.

        Returns:
            The folder, if it was kept.
        """
        if not self._is_open:
            return None
        keeps = keep and self._is_lasting and any(re.fullmatch(r"\d+\.json", path.name) for path in self._files())
        if not keeps:
            self._clear()
        self._lock.release()
        self._is_open = False
        if keeps:
            return self.folder
        with suppress(OSError):
            (self.folder / _LOCK).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()
        return None

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError:
            return []

    def _clear(self) -> None:
        """Remove what is ours, but for the lock; the note goes last."""
        own = [path for path in self._files() if _OWN_NAMES.fullmatch(path.name) and path.name != _LOCK]
        for path in sorted(own, key=lambda path: path.name == _NOTE):
            with suppress(OSError):
                path.unlink()

    def _note(self) -> dict[str, Any]:
        size, changed = state_of(self._source.path)
        return {
            "program": "docclean",
            "about": "Finished pages of a document that is not complete. The command that began it goes on with them.",
            "version": docclean.__version__,
            "result": self._result.name,
            "input": os.path.abspath(self._source.path),  # noqa: PTH100 - resolve() follows links
            "input_state": [size, changed],
            "suffix": self._suffix,
        }

    def _write_json(self, name: str, values: dict[str, Any]) -> None:
        text = json.dumps(values, ensure_ascii=True, indent=1, sort_keys=True) + "\n"
        temporary = self.folder / f".{name}.part"  # what a crash leaves half-written is not taken for a note
        temporary.write_bytes(text.encode("ascii"))
        temporary.replace(self.folder / name)


def folder_of(result: Path) -> tuple[Path, bool]:
    """Give the folder where the pages of a result wait, and whether another run finds it again.

    It lies beside the result. qpdf knows names in UTF-8 only, and on Linux a name may be any bytes: pages of a result
    in such a folder wait among the system's temporary files and are not found again.
    """
    place = Path(os.path.abspath(result.parent))  # noqa: PTH100 - resolve() follows links
    try:
        str(place).encode()
    except UnicodeEncodeError:
        return Path(tempfile.mkdtemp(prefix="docclean-", suffix=".pages")), False
    try:
        stem = result.name.encode()
    except UnicodeEncodeError:
        stem = b""
    if not stem or len(stem) > _LONGEST_STEM_BYTES:
        stem = hashlib.sha256(os.fsencode(result.name)).hexdigest()[:32].encode()
    return place / f".{stem.decode()}.docclean-pages", True


def _note_name(position: int) -> str:
    return f"{position:06}.json"


def _read_json(path: Path) -> Any:  # noqa: ANN401 - whatever is there
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
