"""Asks which pages of a document shall stay in the list, as people write it: 1-5,9."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from docclean.core.errors import UsageError
from docclean.documents.page_ranges import PageRanges, parse_page_ranges


class PageRangeDialog(QDialog):
    """One line to type page numbers in. `open` it and listen to `accepted`."""

    def __init__(self, name: str, pages: int, parent: QWidget | None = None) -> None:
        """Build the dialog.

        Args:
            name: The file's name.
            pages: How many pages the file has.
            parent: Qt's.
        """
        super().__init__(parent)
        self.setObjectName("pageRange")
        self.setWindowTitle(self.tr("Keep only pages"))
        self._pages = pages
        words = self.tr("“{0}” has {1} pages. Which of them shall stay in the list?").format(name, pages)
        said = QLabel(words, self)
        said.setWordWrap(True)
        said.setMinimumWidth(320)
        self._line = QLineEdit(self)
        self._line.setObjectName("pageRangeLine")
        self._line.setPlaceholderText("1-5, 9")
        label = QLabel(self.tr("&Pages"), self)
        label.setBuddy(self._line)
        self._hint = QLabel(self)
        self._hint.setObjectName("pageRangeHint")
        self._hint.setWordWrap(True)
        self._hint.setMinimumHeight(2 * self.fontMetrics().height())
        note = QLabel(
            self.tr("In a PDF made from a PDF the other pages stay what they are; other formats leave them out."), self
        )
        note.setWordWrap(True)
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for part in (said, label, self._line, self._hint, note, self._buttons):
            column.addWidget(part)
        self._line.textChanged.connect(self._check)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._check()

    @property
    def ranges(self) -> PageRanges | None:
        """What was typed; None if it makes no sense, or means no page of this file."""
        try:
            ranges = parse_page_ranges(self._line.text())
        except UsageError:
            return None
        return ranges if any(map(ranges.holds, range(self._pages))) else None

    @Slot()
    def _check(self) -> None:
        ranges, text = self.ranges, self._line.text().strip()
        hint = ""
        if text and ranges is None:
            hint = self.tr("Write numbers and ranges with commas between them, up to {0}.").format(self._pages)
        elif text and ranges is not None:
            kept = sum(map(ranges.holds, range(self._pages)))
            hint = self.tr("{0} of {1} pages stay.").format(kept, self._pages)
        self._hint.setText(hint)
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(text) and ranges is not None)
