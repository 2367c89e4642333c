"""Text under the pages of a finished PDF, recognized by OCRmyPDF and Tesseract.

OCRmyPDF works in a process of its own: it can be ended in mid-page, its memory goes with it, and what it prints and
logs is caught. That process starts Tesseract for every page; on POSIX systems all of them form one process group.
"""

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from docclean.core.cancel import CancelToken
from docclean.core.errors import DoccleanError, WriteError
from docclean.core.files import Rework, write_faults_explained
from docclean.core.job import PageJob
from docclean.core.progress import Progress, ProgressSink
from docclean.documents.pdf_text_layer import is_encrypted, keep_facts

logger = logging.getLogger(__name__)

STAGE = "text"
"""Stage that progress names while text is recognized."""

OnPages = Callable[[float, float], None]
"""Told ten times a second, or more often, how many pages were read, and of how many."""

_COMMAND = ("-P", str(Path(__file__).with_name("searchable_process.py")))  # it imports nothing of docclean
_POLL_S = 0.1


_NOT_SEARCHABLE = "The result has no added text, because it could not be recognized: {}."


class Recognition:
    """Adds text to one result before that gets its name; when that fails, the result goes without it.

    Attributes:
        warnings: What went wrong, one sentence each.
    """

    def __init__(self, job: PageJob, progress: ProgressSink, cancel: CancelToken) -> None:
        """Prepare for a result.

        Args:
            job: The page, or the last page of the document; progress is told under its name.
            progress: Told about every page.
            cancel: Polled; see `add_text`.
        """
        self._job = job
        self._progress = progress
        self._cancel = cancel
        self.warnings: tuple[str, ...] = ()

    @property
    def rework(self) -> Rework | None:
        """What `write_page` and `DocumentWriter.commit` take; None when no text is wanted."""
        output = self._job.output
        return self._add if output.languages and not output.is_draft else None

    def _add(self, source: Path, target: Path) -> None:
        try:
            add_text(source, target, self._job.output.languages, self._tell, self._cancel)
        except RecognitionError as fault:
            self.warnings = (_NOT_SEARCHABLE.format(str(fault).rstrip(".")),)

    def _tell(self, done: float, total: float) -> None:
        self._progress(Progress(self._job.id, STAGE, int(done), max(int(total), 1)))


class RecognitionError(DoccleanError):
    """Text could not be recognized."""

    code = "recognition"


def add_text(source: Path, target: Path, languages: Sequence[str], on_pages: OnPages, cancel: CancelToken) -> None:
    """Make a PDF searchable: pages without text get what is read on them, as text that cannot be seen.

    Pages that have text keep it. Images keep their bytes, the document its facts (title, dates, XMP), PDF/A its mark.

    Args:
        source: A PDF; it is only read.
        target: The new file; nothing is there when this fails.
        languages: Tesseract's names; `verify_recognition` tells before whether they are there.
        on_pages: Called in this thread.
        cancel: Polled ten times a second. The processes are gone when this returns.

    Raises:
        CancelledError: `cancel` was set.
        RecognitionError: OCRmyPDF or Tesseract failed, in one sentence.
        WriteError: The disk is full, or the like.
    """
    if is_encrypted(source):  # OCRmyPDF would leave the encryption out
        raise RecognitionError("the PDF is encrypted, and no text can be added to encrypted files")
    with write_faults_explained(target), _scratch_folder(target.parent) as scratch:
        read = scratch / "read.pdf"
        request = {"source": str(source), "target": str(read), "languages": list(languages), "scratch": str(scratch)}
        with _running(scratch) as child:
            _follow(child, request, on_pages, cancel)
        try:
            keep_facts(source, read, target)
        except (OSError, WriteError):
            raise
        except Exception as fault:
            raise RecognitionError(f"what OCRmyPDF wrote cannot be used ({fault})") from fault


@contextmanager
def _scratch_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside the result: pages in pixels take much room, and /tmp often is in memory."""
    place = os.path.abspath(folder)  # noqa: PTH100 - resolve() follows links
    with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=place, ignore_cleanup_errors=True) as scratch:
        yield Path(scratch)


class _Child:
    """The process, the lines it says, and what it complains about."""

    def __init__(self, process: "subprocess.Popen[bytes]", complaints: BinaryIO) -> None:
        self.process = process
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        self._complaints = complaints
        threading.Thread(target=self._listen, name="recognition", daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - started with a pipe
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def complaints(self) -> str:
        """The end of what it wrote to its standard error."""
        self._complaints.seek(0)
        return self._complaints.read()[-4000:].decode("utf-8", "replace")


@contextmanager
def _running(scratch: Path) -> Iterator[_Child]:
    """Start the process; it and all it started are gone when the block ends."""
    with tempfile.TemporaryFile(dir=scratch) as complaints:
        process = subprocess.Popen(  # noqa: S603 - this program's own module
            [sys.executable, *_COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        with process:
            try:
                yield _Child(process, complaints)
            finally:
                _end_all(process)


def _end_all(process: "subprocess.Popen[bytes]") -> None:
    """End the process and those that it started; before it is waited for, because then its number may be another's."""
    if sys.platform == "win32":
        taskkill = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
        subprocess.run(taskkill, capture_output=True, check=False)  # noqa: S603 - Windows' own program
    else:
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses when only zombies are left
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _follow(child: _Child, request: dict[str, Any], on_pages: OnPages, cancel: CancelToken) -> None:
    """Tell the process what to do and listen until it is done.

    Raises:
        CancelledError: `cancel` was set.
        RecognitionError: It failed.
    """
    assert child.process.stdin is not None  # noqa: S101 - started with a pipe
    with suppress(OSError):  # it ended at once; its complaints say why
        child.process.stdin.write(json.dumps(request).encode() + b"\n")
        child.process.stdin.flush()
    progress = (0.0, 1.0)
    while True:
        cancel.raise_if_cancelled()
        on_pages(*progress)
        try:
            line = child.lines.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if line is None:
            logger.error("recognition ended early: %s", child.complaints())
            raise RecognitionError("OCRmyPDF ended before it was done; the log file says more")
        said = json.loads(line)
        if "done" in said:
            progress = (said["done"], said["total"])
        elif _is_last(said):
            return


def _is_last(said: dict[str, Any]) -> bool:
    """Take note of one line; returns whether it was the last one.

    Raises:
        RecognitionError: It says that the text could not be recognized.
    """
    if "log" in said:
        level, text = said["log"]
        logger.log(level, "%s", text)
    elif "failed" in said:
        raise RecognitionError(said["failed"])
    return "ok" in said
