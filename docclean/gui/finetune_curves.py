"""Loss and error on held-out pages over the steps, as they come."""

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from docclean.gui.finetune_run import FinetuneFigures
from docclean.gui.status_mark import blended
from docclean.gui.theme import is_dark
from docclean.gui.wording import spell_count

_COLORS = {False: ("#9A5B00", "#1F58BC"), True: ("#E5A84B", "#7AA7FF")}
"""Loss and error, in a light and in a dark window; told apart by their dots too, not by color alone."""

_PALE = 90
"""Opacity of the loss of single steps, which is noisy; its mean since the last look is drawn over it. 0..255."""


class CurveView(QWidget):
    """Training loss, of single steps and their mean; error on held-out pages with dots, and a ring around the best."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self._plot = pyqtgraph.PlotWidget(self)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.setLogMode(x=False, y=True)
        self._plot.setAccessibleName(self.tr("Training loss and error on held-out pages over the steps"))
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.getPlotItem().getAxis("left").enableAutoSIPrefix(False)
        self._plot.getPlotItem().getAxis("bottom").enableAutoSIPrefix(False)
        curves = (self._plot.plot([], []) for _ in range(5))
        self._loss, self._mean, self._error, self._best, self._base = curves
        self._legend = QLabel(self)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._words = QLabel(self)
        self._words.setObjectName("curveWords")
        self._words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._legend)
        layout.addWidget(self._plot, 1)
        layout.addWidget(self._words)
        self._use_colors()

    def show_figures(self, figures: FinetuneFigures) -> None:
        """Draw what is known so far."""
        self._loss.setData(*_points(figures.losses))
        self._mean.setData(*_points([(c.step, c.loss) for c in figures.checks if c.loss is not None]))
        errors = [(check.step, check.rmse) for check in figures.checks]
        self._error.setData(*_points(errors))
        best = figures.best
        self._best.setData(*_points([(best.step, best.rmse)] if best is not None else []))
        if figures.steps:
            self._plot.setXRange(0, figures.steps, padding=0.02)
        start = errors[:1]
        if len(start) == 1:  # the base model's, to be below of
            start = [start[0], (max(figures.steps, start[0][0] + 1), start[0][1])]
        self._base.setData(*_points(start))
        self._words.setText(self._sentence(figures))

    def changeEvent(self, event: QEvent) -> None:
        """Qt's: another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._use_colors()

    def _sentence(self, figures: FinetuneFigures) -> str:
        best = figures.best
        if best is None:
            return self.tr("The error on held-out pages is measured now and then; the first time before training.")
        if best.step == figures.checks[0].step:
            words = self.tr("Error on held-out pages before training: {error}. Nothing was better yet.")
            return words.format(error=_figure(best.rmse))
        words = self.tr("Error on held-out pages: {error} at step {step}, before training {base}.")
        step = spell_count(best.step)
        return words.format(error=_figure(best.rmse), step=step, base=_figure(figures.checks[0].rmse))

    def _use_colors(self) -> None:
        palette = self.palette()
        loss, error = _COLORS[is_dark(palette)]
        text = palette.color(QPalette.ColorRole.Text)
        base = palette.color(QPalette.ColorRole.Base)
        quiet = blended(text, base, 0.5)
        self._plot.setBackground(base)
        for name in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(name)
            axis.setPen(quiet)
            axis.setTextPen(text)
        self._plot.showGrid(x=False, y=True, alpha=0.15)
        self._plot.setLabel("bottom", self.tr("Step"))
        pale = QColor(loss)
        pale.setAlpha(_PALE)
        self._loss.setPen(pyqtgraph.mkPen(pale, width=1))
        self._mean.setPen(pyqtgraph.mkPen(loss, width=2))
        self._error.setPen(pyqtgraph.mkPen(error, width=2))
        self._error.setSymbol("o")
        self._error.setSymbolSize(6)
        self._error.setSymbolBrush(error)
        self._error.setSymbolPen(error)
        self._best.setPen(None)
        self._best.setSymbol("o")
        self._best.setSymbolSize(14)
        self._best.setSymbolBrush(None)
        self._best.setSymbolPen(pyqtgraph.mkPen(error, width=2))
        self._base.setPen(pyqtgraph.mkPen(error, width=1, style=Qt.PenStyle.DashLine))
        entries = (
            (loss, "━", self.tr("training loss")),
            (error, "●", self.tr("error on held-out pages")),
            (error, "◯", self.tr("best")),
            (error, "┄", self.tr("before training")),
        )
        shown = (f'<span style="color:{color}">{sign}</span> {words}' for color, sign, words in entries)
        self._legend.setText("&nbsp;&nbsp; ".join(shown))


def _figure(error: float) -> str:
    return QLocale().toString(error, "f", 4)


def _points(points: Sequence[tuple[int, float]]) -> tuple[list[Any], list[Any]]:
    """Steps and values apart; values that a logarithm cannot take are left out."""
    drawable = [(step, value) for step, value in points if math.isfinite(value) and value > 0]
    return [step for step, _ in drawable], [value for _, value in drawable]
