"""A line of JSON for everything that happens in a watched folder, for other programs."""

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from docclean.cli.console import complain
from docclean.core.errors import UsageError, WriteError
from docclean.core.files import explain_write_fault, is_folder, make_folder_of
from docclean.documents.formats import has_known_suffix
from docclean.engine.watching.watch_events import WatchEvent

STANDARD_OUTPUT = Path("-")


class WatchLog:
    """Adds lines to a file, each at once and whole. A line that cannot be written is lost, and that is said once.

    Keys: "time" (UTC, ISO 8601), "event" (see `WatchEventKind`), "path", "outputs", "moved_to", "pages", "seconds",
    "sentences".
    """

    def __init__(self, path: Path | None) -> None:
        """Open the file.

        Args:
            path: The file, which may have lines already; "-" is standard output, None nothing.

        Raises:
            UsageError: It cannot be written.
        """
        self._path, self._file = path, None if path is None else _opened(path)
        self._has_complained = False

    def write(self, event: WatchEvent) -> None:
        """Add a line."""
        if self._file is None:
            return
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "event": event.kind.value,
                "path": None if event.path is None else str(event.path),
                "outputs": [str(path) for path in event.outputs],
                "moved_to": None if event.moved_to is None else str(event.moved_to),
                "pages": event.pages,
                "seconds": round(event.seconds, 3),
                "sentences": list(event.sentences),
            }
        )
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as fault:
            if not self._has_complained:
                self._has_complained = True
                complain(f"--json-lines {self._path}: {explain_write_fault(fault)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None and self._path != STANDARD_OUTPUT:
            with suppress(OSError):
                self._file.close()


def _opened(path: Path) -> TextIO:
    if path == STANDARD_OUTPUT:
        return sys.stdout
    if has_known_suffix(path) or is_folder(path):
        raise UsageError(f"--json-lines {path}: is a folder, or the name of a page; name another file.")
    try:
        make_folder_of(path)
        return path.open("a", encoding="utf-8")
    except WriteError as fault:
        raise UsageError(f"--json-lines {fault}") from fault
    except OSError as fault:
        raise UsageError(f"--json-lines {path}: {explain_write_fault(fault)}") from fault
