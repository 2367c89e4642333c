"""The process in which OCRmyPDF works; see `docclean.engine.searchable`, which starts it.

It is told what to do by one line of JSON on its standard input, and tells how far it is by lines of JSON on its
standard output: {"done": pages, "total": pages}, {"log": [level, text]}, at last {"failed": sentence} or {"ok": true}.
When its input ends, whoever started it has stopped it or is gone, and it ends with everything it started.
"""

import json
import logging
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any, Self, TextIO

_PLUGIN = "docclean_progress"
_NEVER_LINEARIZED_MB = 999_999
_PAGE_TIMEOUT_S = 600
_RECOGNITION = "OCR"
"""OCRmyPDF's name of the step in which pages are read."""


def main() -> int:
    """Do what the first line of standard input says; returns the exit status."""
    told = _private_output()
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, args=(Path(request["scratch"]),), daemon=True).start()
    _send_logs(told)
    try:
        _recognize(request, told)
    except Exception as fault:
        logging.getLogger("ocrmypdf").exception("not recognized")
        told.tell(failed=_sentence(fault))
        return 1
    told.tell(ok=True)
    return 0


class _Teller:
    """Writes lines of JSON, one at a time; may be used by any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def tell(self, **facts: object) -> None:
        with self._lock:
            self._stream.write(json.dumps(facts) + "\n")
            self._stream.flush()


def _private_output() -> _Teller:
    """Keep standard output for ourselves; what libraries print goes where errors go."""
    stream = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)
    return _Teller(stream)


def _end_with_input(scratch: Path) -> None:
    """Wait until the parent closes our input, then end at once, with Tesseract where the system has process groups."""
    while sys.stdin.read(1024):
        pass
    shutil.rmtree(scratch, ignore_errors=True)
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _send_logs(told: _Teller) -> None:
    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.tell(log=[record.levelno, record.getMessage()])

    root = logging.getLogger()
    root.handlers = [Handler(logging.WARNING)]
    logger = logging.getLogger("ocrmypdf")
    logger.setLevel(logging.INFO)
    logger.addHandler(Handler(logging.INFO))
    logger.propagate = False


def _recognize(request: dict[str, Any], told: _Teller) -> None:
    import ocrmypdf

    _install_progress(told)
    status = ocrmypdf.ocr(
        Path(request["source"]),
        Path(request["target"]),
        language=request["languages"],
        mode="skip",  # pages with text, visible or not, keep it
        output_type="pdf",  # PDF/A stays PDF/A: the added text brings its font
        optimize=0,  # no image is touched
        fast_web_view=_NEVER_LINEARIZED_MB,
        use_threads=True,  # Tesseract runs in processes of its own anyway
        max_image_mpixels=0,
        tesseract_downsample_large_images=True,
        tesseract_timeout=_PAGE_TIMEOUT_S,
        invalidate_digital_signatures=True,  # whether a signature may break is asked before a page is cleaned
        plugins=[_PLUGIN],
    )
    if status != ocrmypdf.ExitCode.ok:
        raise RuntimeError(f"OCRmyPDF ended with {status.name}")


def _install_progress(told: _Teller) -> None:
    """Tell OCRmyPDF how to report pages: plug-ins are modules that it imports by name."""
    from ocrmypdf import hookimpl

    class PageProgress:
        """Counts pages; every page comes in halves, read and put into the file."""

        def __init__(self, *, total: float | None = None, desc: str | None = None, **_options: object) -> None:
            self._total = total if desc == _RECOGNITION else None
            self._done = 0.0

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_fault: object) -> None:
            pass

        def update(self, n: float = 1, *, completed: float | None = None) -> None:
            self._done = self._done + n if completed is None else completed
            if self._total:
                told.tell(done=self._done, total=self._total)

    def get_progressbar_class() -> type:
        return PageProgress

    plugin = ModuleType(_PLUGIN)
    vars(plugin)["get_progressbar_class"] = hookimpl(get_progressbar_class)
    sys.modules[_PLUGIN] = plugin


def _sentence(fault: Exception) -> str:
    """Put a fault into one line; those of OCRmyPDF say in their first lines what is wrong."""
    return " ".join(str(fault).split()) or type(fault).__name__


if __name__ == "__main__":
    sys.exit(main())
