"""What came of a fine-tuning: in sentences, in figures, and in pictures side by side."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Slot
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from docclean.gui.finetune_pictures import PictureRow
from docclean.gui.shown_names import model_name
from docclean.imaging.metrics import PageScores
from docclean.training.finetune.verdict import BASE, LINEAR, NEW, RAW, Checkup, Verdict

if TYPE_CHECKING:
    from docclean.training.finetune.project import Outcome

TRUTH = "truth"
_ORDER = (RAW, LINEAR, BASE, NEW)
_PICTURES_PX = 200


class VerdictView(QScrollArea):
    """Shows an outcome, once it is there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outcome: Outcome | None = None
        self._head = QLabel(self)
        self._head.setObjectName("verdictHead")
        self._head.setWordWrap(True)
        self._head.setTextFormat(Qt.TextFormat.PlainText)
        large = QFont(self._head.font())
        large.setPointSizeF(large.pointSizeF() * 1.2)
        large.setBold(True)
        self._head.setFont(large)
        self._sentences = QLabel(self)
        self._sentences.setObjectName("verdictSentences")
        self._sentences.setWordWrap(True)
        self._sentences.setTextFormat(Qt.TextFormat.PlainText)
        self._sentences.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._pages = QComboBox(self)
        self._pages.setObjectName("verdictPages")
        self._pages.setAccessibleName(self.tr("Held-out page"))
        self._pages.currentIndexChanged.connect(self._show_page)
        self._pictures = PictureRow(_captions(with_truth=True), self)
        self._pictures.setMinimumHeight(_PICTURES_PX)
        self._means = _Figures("verdictMeans", self)
        self._checkup = _Figures("verdictCheckup", self)
        self._arrange()

    def show_outcome(self, outcome: "Outcome") -> None:
        """Show what came of a run."""
        if outcome is self._outcome:
            return
        self._outcome = outcome
        verdict = outcome.verdict
        self._head.setText(headline(verdict, model_name(outcome.manifest)))
        self._sentences.setText(" ".join(verdict.sentences))
        self._sentences.setVisible(bool(verdict.sentences))
        self._pages.clear()
        self._pages.addItems([page.name for page in verdict.pages])
        self._show_page()
        names = _captions()
        self._means.show_rows(
            [self.tr("Error (RMSE)"), self.tr("PSNR"), self.tr("SSIM"), self.tr("Ink lost"), self.tr("Ink added")],
            [(names[key], _cells_of(verdict.means[key])) for key in _ORDER if key in verdict.means],
        )
        self._checkup.show_rows(
            [self.tr("PSNR"), self.tr("Ink lost"), self.tr("Harm to clean pages")],
            [(names[BASE], _cells_of_checkup(verdict.base)), (names[NEW], _cells_of_checkup(verdict.new))],
        )

    def _arrange(self) -> None:
        self.setObjectName("verdictView")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        content = QWidget()
        choice = QHBoxLayout()
        choice.setSpacing(8)
        label = QLabel(self.tr("Held-out &page:"), content)
        label.setBuddy(self._pages)
        choice.addWidget(label)
        choice.addWidget(self._pages)
        choice.addWidget(_quiet(self.tr("at 100 %; drag one picture, and all move"), content))
        choice.addStretch(1)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._head)
        layout.addWidget(self._sentences)
        layout.addLayout(choice)
        layout.addWidget(self._pictures, 1)
        figures = QGridLayout()
        figures.setHorizontalSpacing(40)
        figures.setVerticalSpacing(4)
        figures.addWidget(_bold(self.tr("On your held-out pages, mean"), content), 0, 0)
        figures.addWidget(self._means, 1, 0, Qt.AlignmentFlag.AlignTop)
        figures.addWidget(_bold(self.tr("On docclean's own pages for checking"), content), 0, 1)
        figures.addWidget(self._checkup, 1, 1, Qt.AlignmentFlag.AlignTop)
        figures.setColumnStretch(2, 1)
        layout.addLayout(figures)
        self.setWidget(content)

    @Slot()
    def _show_page(self) -> None:
        number = self._pages.currentIndex()
        if self._outcome is not None and 0 <= number < len(self._outcome.verdict.pages):
            self._pictures.show_pixels(self._outcome.verdict.pages[number].pictures)


class _Figures(QWidget):
    """A small table of figures."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 8)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)

    def show_rows(self, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Show other figures; the last row, the new model's, stands out."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for column, head in enumerate(heads, start=1):
            self._grid.addWidget(_quiet(head, self), 0, column, Qt.AlignmentFlag.AlignRight)
        for number, (name, cells) in enumerate(rows, start=1):
            make = _bold if number == len(rows) else _plain
            self._grid.addWidget(make(name, self), number, 0)
            for column, cell in enumerate(cells, start=1):
                self._grid.addWidget(make(cell, self), number, column, Qt.AlignmentFlag.AlignRight)
        self._grid.setColumnStretch(len(heads) + 1, 1)


def headline(verdict: Verdict, name: str) -> str:
    """Say in a sentence what a new model is worth."""
    if not verdict.is_better:
        words = _text("“{name}” does not beat the model it came from on your pages. Better keep that one.")
        return words.format(name=name)
    before, after = verdict.means[BASE].rmse, verdict.means[NEW].rmse
    percent = round(100.0 * (before - after) / before)
    if verdict.has_forgotten:
        words = _text("“{name}” makes {n} % less error on your pages, but has forgotten too much of others.")
        return f"{words.format(name=name, n=percent)} {_text('It is not recommended as the default.')}"
    words = _text("“{name}” makes {n} % less error on your pages than the model it came from.")
    return words.format(name=name, n=percent)


def _captions(*, with_truth: bool = False) -> dict[str, str]:
    captions = {
        RAW: _text("As it came"),
        LINEAR: _text("Linear (PCA)"),
        BASE: _text("Model before"),
        NEW: _text("New model"),
    }
    return {**captions, TRUTH: _text("As it should be")} if with_truth else captions


def _cells_of(scores: PageScores) -> list[str]:
    psnr = f"{scores.psnr_db:.1f} dB" if math.isfinite(scores.psnr_db) else "∞"
    shares = [_percent(share) for share in (scores.ink_lost, scores.ink_added)]
    return _localized([f"{scores.rmse:.4f}", psnr, f"{scores.ssim:.3f}", *shares])


def _cells_of_checkup(checkup: Checkup) -> list[str]:
    return _localized([f"{checkup.psnr_db:.1f} dB", _percent(checkup.ink_lost), f"{checkup.clean_rmse:.4f}"])


def _percent(share: float) -> str:
    return f"{100.0 * share:.2f} %"


def _localized(cells: Sequence[str]) -> list[str]:
    return [cell.replace(".", QLocale().decimalPoint()) for cell in cells]


def _plain(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _bold(words: str, parent: QWidget) -> QLabel:
    label = _plain(words, parent)
    font = QFont(label.font())
    font.setBold(True)
    label.setFont(font)
    return label


def _quiet(words: str, parent: QWidget) -> QLabel:
    label = _plain(words, parent)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def _text(words: str) -> str:
    return QCoreApplication.translate("VerdictView", words)
