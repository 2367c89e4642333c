"""One picture of several that are compared: caption, crop, and a button to choose it."""

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from docclean.gui.crop_view import CropView
from docclean.gui.desk import PreviewAnswer
from docclean.gui.wording import in_the_window

_MEASURABLE_S = 0.005


class ModelPane(QFrame):
    """What a model makes of the crop; the original has no model.

    Attributes:
        view: The picture.
        channel: Channel of its previews.
        chosen: The user wants this model: its id.
    """

    chosen = Signal(str)

    def __init__(self, channel: str, name: str, model_id: str, parent: QWidget | None = None) -> None:
        """Start empty.

        Args:
            channel: Channel of its previews.
            name: The model's name, as users see it.
            model_id: Its id; empty for the original.
            parent: The widget above.
        """
        super().__init__(parent)
        self.setObjectName(f"pane-{model_id or 'original'}")
        self.channel = channel
        self._model_id = model_id
        self.view = CropView(name, self)
        self._caption = QLabel(name, self)
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        self._caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._caption.setToolTip(name)
        bold = QFont(self._caption.font())
        bold.setBold(True)
        self._caption.setFont(bold)
        self._remark = QLabel(self.tr("waiting…"), self)
        self._remark.setObjectName("paneRemark")
        self._remark.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._error = QLabel(self)
        self._error.setObjectName("paneError")
        self._error.setWordWrap(True)
        self._error.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._error.setContentsMargins(16, 16, 16, 16)
        self._button = QPushButton(self.tr("Use this one"), self)
        self._button.setAccessibleName(self.tr("Use {name}").format(name=name))
        self._button.setAutoDefault(False)
        policy = self._button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that all pictures are of one size
        self._button.setSizePolicy(policy)
        self._button.setVisible(bool(model_id))
        self._button.clicked.connect(self._choose)
        self._arrange()

    def show_answer(self, answer: PreviewAnswer) -> None:
        """Show what there is so far, or why there is nothing."""
        if answer.pixels is None:
            self._error.setText(in_the_window(answer.error))
            self._stack.setCurrentWidget(self._error)
            self._say(self.tr("failed"))
            self._button.setEnabled(False)
            return
        self.view.show_pixels(answer.pixels)
        if not answer.is_last:
            self._say(self.tr("working…"))
        elif self._model_id and answer.seconds >= _MEASURABLE_S:
            digits = 1 if answer.seconds >= 0.95 else 2
            self._say(self.tr("{seconds} s").format(seconds=QLocale().toString(answer.seconds, "f", digits)))
        else:
            self._say("")

    def mark_in_use(self) -> None:
        """Say that the page's recipe has this model now; it need not be chosen."""
        self._button.setText(self.tr("In use"))
        self._button.setEnabled(False)
        self._button.setToolTip(self.tr("The recipe of this page uses it already."))

    def _say(self, remark: str) -> None:
        self._remark.setText(remark)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._caption, 1)
        head.addWidget(self._remark)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._error)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(self._stack, 1)
        layout.addLayout(foot)

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(self._model_id)
