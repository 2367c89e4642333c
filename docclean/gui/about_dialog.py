"""What this program is, and who allows what."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from docclean import __version__
from docclean.gui.folders import open_folder
from docclean.gui.icon_label import IconLabel

_LIBRARIES = (
    ("ONNX Runtime", "MIT"),
    ("PyTorch", "BSD-3-Clause"),
    ("NumPy", "BSD-3-Clause"),
    ("OpenCV", "Apache-2.0"),
    ("Pillow", "MIT-CMU"),
    ("pydantic", "MIT"),
    ("safetensors", "Apache-2.0"),
    ("platformdirs", "MIT"),
    ("psutil", "BSD-3-Clause"),
    ("typer", "MIT"),
    ("rich", "MIT"),
    ("tomli-w", "MIT"),
)


class AboutDialog(QDialog):
    """Version, licenses, and the facts that a bug report needs."""

    def __init__(
        self, models: Sequence[tuple[str, str]], facts: str, log_folder: Path, parent: QWidget | None = None
    ) -> None:
        """Fill the window.

        Args:
            models: Name and license of every installed model.
            facts: The environment report, for "Copy facts".
            log_folder: The folder behind "Open log folder".
            parent: The window it belongs to.
        """
        super().__init__(parent)
        self._facts = facts
        self._log_folder = log_folder
        self.setObjectName("aboutDialog")
        self.setWindowTitle(self.tr("About docclean"))
        self._licenses = QTextBrowser(self)
        self._licenses.setObjectName("licenses")
        self._licenses.setAccessibleName(self.tr("Licenses"))
        self._licenses.setOpenExternalLinks(True)
        self._licenses.document().setDocumentMargin(12)
        self._licenses.setHtml(self._license_text(models))
        self._note = QLabel(self)
        self._note.setObjectName("logFolderNote")
        self._note.setWordWrap(True)
        self._note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addLayout(self._title())
        layout.addWidget(self._licenses, stretch=1)
        layout.addWidget(self._note)
        layout.addWidget(self._buttons())
        self.resize(520, 480)

    def _title(self) -> QHBoxLayout:
        name = QLabel(f"docclean {__version__}", self)
        name.setObjectName("programName")
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = name.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        name.setFont(font)
        purpose = QLabel(self.tr("Cleans scanned pages on this computer; no page leaves it."), self)
        purpose.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch()
        words.addWidget(name)
        words.addWidget(purpose)
        words.addStretch()
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(IconLabel("docclean", 64, parent=self))
        row.addLayout(words, stretch=1)
        return row

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        box.rejected.connect(self.close)
        box.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        for name, text, slot in (
            ("copyFacts", self.tr("&Copy facts for a bug report"), self._copy),
            ("openLogFolder", self.tr("Open &log folder"), self._open_log_folder),
        ):
            button = QPushButton(text, self)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            box.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        return box

    def _license_text(self, models: Sequence[tuple[str, str]]) -> str:
        parts = [
            self.tr(
                "docclean is free software under the <a href='https://www.apache.org/licenses/LICENSE-2.0'>"
                "Apache License 2.0</a>. It comes without any warranty."
            ),
            f"<b>{self.tr('Models')}</b>",
            "<br>".join(escape(f"{name}: {terms}") for name, terms in models) or self.tr("None is installed."),
            f"<b>{self.tr('Window')}</b>",
            self.tr(
                "Qt and Qt for Python (PySide6) are used under the <a href='https://www.gnu.org/licenses/lgpl-3.0'>"
                "GNU Lesser General Public License, version 3</a>. Their libraries are separate files that you may "
                "replace; their source is at <a href='https://download.qt.io/official_releases/'>download.qt.io</a>."
            ),
            f"<b>{self.tr('Libraries')}</b>",
            "<br>".join(f"{name}: {terms}" for name, terms in _LIBRARIES),
        ]
        return "".join(f"<p>{part}</p>" for part in parts)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._facts)

    @Slot()
    def _open_log_folder(self) -> None:
        if not open_folder(self._log_folder):
            self._note.setText(self.tr("The log is in %1").replace("%1", str(self._log_folder)))
            self._note.show()
