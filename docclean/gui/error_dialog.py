"""What the user sees when the program itself made a mistake: one sentence, and facts to pass on."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from docclean.gui.folders import open_folder
from docclean.gui.folding import FoldingSection
from docclean.gui.icon_label import IconLabel

_WIDTH = 520
_FOLDED_HEIGHT = 160
_UNFOLDED_HEIGHT = 448
_MOST_DETAILS = 20


class ErrorDialog(QDialog):
    """One sentence for people, folded details for those who mend the program.

    Further mistakes are counted in it instead of opening one more window.
    """

    def __init__(self, sentence: str, details: str, log_folder: Path, parent: QWidget | None = None) -> None:
        """Fill the window.

        Args:
            sentence: What happened and what the user can do.
            details: Plain text, many lines; no contents of pages.
            log_folder: The folder behind "Open log folder".
            parent: The window it belongs to.
        """
        super().__init__(parent)
        self._log_folder = log_folder
        self._count = 1
        self.setObjectName("errorDialog")
        self.setWindowTitle(self.tr("Something went wrong"))
        self._sentence = self._label("errorSentence", sentence)
        self._more = self._label("errorCount", "")
        self._more.hide()
        self._details = self._details_view(details)
        self._folding = FoldingSection(self.tr("Details"), self._details)
        self._folding.folded.connect(self._fit)
        self._column = QVBoxLayout(self)
        self._lay_out()
        self._fit(True)

    def count_another(self, details: str) -> None:
        """Tell that something more went wrong; the details of the first few are kept."""
        self._count += 1
        self._more.setText(self.tr("It went wrong %n times.", "", self._count))
        self._more.show()
        if self._count <= _MOST_DETAILS:
            self._details.appendPlainText(f"\n{details}")

    def details(self) -> str:
        """Everything that "Copy details" copies."""
        return f"{self._sentence.text()}\n{self._more.text()}\n{self._details.toPlainText()}".replace("\n\n", "\n")

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self._sentence)
        words.addWidget(self._more)
        words.addWidget(self._folding, stretch=1)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(IconLabel("review", 32, parent=self), alignment=Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, stretch=1)
        self._column.setContentsMargins(16, 16, 16, 16)
        self._column.setSpacing(16)
        self._column.addLayout(top, stretch=1)
        self._column.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = QPushButton(self.tr("&Copy details"), self)
        copy.setObjectName("copyDetails")
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        log = QPushButton(self.tr("Open &log folder"), self)
        log.setObjectName("openLogFolder")
        log.setAutoDefault(False)
        log.clicked.connect(self._open_log_folder)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(log, QDialogButtonBox.ButtonRole.ActionRole)
        close = box.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("closeError")
        close.setDefault(True)
        box.rejected.connect(self.reject)
        return box

    def _label(self, name: str, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _details_view(self, details: str) -> QPlainTextEdit:
        view = QPlainTextEdit(details, self)
        view.setObjectName("errorDetails")
        view.setAccessibleName(self.tr("Details"))
        view.setReadOnly(True)
        view.setTabChangesFocus(True)
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        return view

    @Slot(bool)
    def _fit(self, folded: bool) -> None:  # noqa: FBT001 - Qt's signal has one argument
        needed = self._column.totalHeightForWidth(_WIDTH)
        self.resize(_WIDTH, max(needed, _FOLDED_HEIGHT if folded else _UNFOLDED_HEIGHT))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details())

    @Slot()
    def _open_log_folder(self) -> None:
        if not open_folder(self._log_folder):
            self._more.setText(self.tr("The log is in %1").replace("%1", str(self._log_folder)))
            self._more.show()
