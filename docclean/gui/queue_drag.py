"""What a drag out of the queue carries: ids for the queue itself, files of cleaned pages for other programs."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QMetaType, QMimeData, QUrl

from docclean.core.errors import DoccleanError
from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import ROWS_MIME

URIS_MIME = "text/uri-list"

ExportForDrag = Callable[[Sequence[PageItem]], list[Path]]
"""Makes files of cleaned pages, to be dropped in another program."""


class PagesMime(QMimeData):
    """Pages that are dragged. Files are made when a program asks for them, once, so that reordering costs nothing.

    Attributes:
        fault: Why no files could be made, in one sentence; empty if all is well.
    """

    def __init__(self, items: Sequence[PageItem], export: ExportForDrag | None) -> None:
        """Plan a drag.

        Args:
            items: All pages that are dragged.
            export: Makes files of those that have a draft; None for no files.
        """
        super().__init__()
        self._ids = [item.id for item in items]
        self._cleaned = [item for item in items if item.draft is not None]
        self._export = export
        self._files: list[Path] | None = None
        self.fault = ""

    def formats(self) -> list[str]:
        """Qt's."""
        return [ROWS_MIME, URIS_MIME] if self._export is not None and self._cleaned else [ROWS_MIME]

    def hasFormat(self, mimetype: str) -> bool:
        """Qt's."""
        return mimetype in self.formats()

    def retrieveData(self, mimetype: str, preferredType: QMetaType | QMetaType.Type) -> object:  # noqa: N803 - Qt's own name
        """Qt's; called when somebody wants the contents."""
        if mimetype == ROWS_MIME:
            return QByteArray(json.dumps(self._ids).encode())
        if mimetype == URIS_MIME:
            return [QUrl.fromLocalFile(str(path)) for path in self._exported()]
        return None

    def _exported(self) -> list[Path]:
        if self._files is None:
            self._files = []
            try:
                self._files = self._export(self._cleaned) if self._export is not None else []
            except DoccleanError as error:
                self.fault = str(error)
        return self._files
