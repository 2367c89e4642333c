"""What the middle of the window shows before there is a page: what to drop, a button, a sample."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from docclean.gui.icons import icon

_DRAWING_PX = 120


class EmptyPage(QWidget):
    """One drawing, one line, one button, one link.

    Attributes:
        add_requested: The button was pressed.
        sample_requested: The link was followed.
    """

    add_requested = Signal()
    sample_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyPage")
        drawing = QLabel()
        drawing.setPixmap(icon("empty-page").pixmap(QSize(_DRAWING_PX, _DRAWING_PX), self.devicePixelRatioF()))
        drawing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = QLabel(self.tr("Drop scans or folders here"))
        words.setObjectName("emptyWords")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = words.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        words.setFont(font)
        self.add_button = QPushButton(self.tr("Add files…"))
        self.add_button.setObjectName("emptyAdd")
        self.add_button.clicked.connect(self.add_requested)
        sample = QLabel(f'<a href="sample">{self.tr("Try a sample page")}</a>')
        sample.setObjectName("emptySample")
        sample.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        sample.linkActivated.connect(self._on_link)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch(2)
        for widget in (drawing, words, self.add_button, sample):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def _on_link(self, _address: str) -> None:
        self.sample_requested.emit()
