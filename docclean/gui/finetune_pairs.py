"""The pages that a model will learn from: small pictures of both, and what is wrong with them."""

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from docclean.core.page import PageSource
from docclean.gui.page_item import ItemStatus
from docclean.gui.pair_check import PairCheck, PairRow, PairState
from docclean.gui.problem_line import ProblemLine
from docclean.gui.status_mark import mark_color
from docclean.gui.thumbnails import ThumbnailMaker
from docclean.gui.wording import counted_pages, spell_count
from docclean.training.finetune.request import Mode

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_BOX = QSize(48, 56)
_ROW_PX = 72
_DIRTY, _CLEAN, _NAME, _WORDS = range(4)


class PairModel(QAbstractTableModel):
    """Rows of a `PairCheck`, for a view; pictures are made when they are seen."""

    def __init__(self, check: PairCheck, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._check = check
        self._mode = Mode.PAIRS
        self._shown = check.rows
        self._pictures: dict[str, QImage] = {}
        self._maker = ThumbnailMaker(_BOX, self)
        self._maker.made.connect(self._take_picture)
        check.changed.connect(self._follow)
        check.row_changed.connect(self._show_row)

    def show_mode(self, mode: Mode) -> None:
        """Use the words of a mode."""
        self._mode = mode
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, _WORDS)

    def close(self) -> None:
        """Make no more pictures, and wait for those that are being made."""
        self._maker.close()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else 4

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's."""
        row = self._shown[index.row()]
        column = index.column()
        if role == Qt.ItemDataRole.DecorationRole and column in (_DIRTY, _CLEAN):
            return self._picture(row.dirty if column == _DIRTY else row.clean)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return {_NAME: row.name, _WORDS: self._words_of(row)}.get(column)
            case Qt.ItemDataRole.ForegroundRole if column == _WORDS and row.state is PairState.UNUSABLE:
                return mark_color(ItemStatus.FAILED, QApplication.palette())
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{row.name}: {self._words_of(row)}"
            case _:
                return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Qt's: what cannot be used is grayed."""
        flags = super().flags(index)
        if index.isValid() and self._shown[index.row()].state is PairState.UNUSABLE and index.column() == _NAME:
            flags &= ~Qt.ItemFlag.ItemIsEnabled
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        second = self.tr("Second scan") if self._mode is Mode.TWO_SCANS else self.tr("Clean")
        first = self.tr("First scan") if self._mode is Mode.TWO_SCANS else self.tr("Dirty")
        return (first, second, self.tr("Page"), self.tr("What was found"))[section]

    def _words_of(self, row: PairRow) -> str:
        if row.state is PairState.FOUND:
            return self.tr("waits to be looked at…") if self._check.is_busy else ""
        return row.sentence or self.tr("fits")

    def _picture(self, source: PageSource | None) -> QImage | None:
        if source is None:
            return None
        key = f"{source.path}#{source.page}"
        if key not in self._pictures:
            self._pictures[key] = QImage()
            self._maker.request(key, source)
        return None if self._pictures[key].isNull() else self._pictures[key]

    @Slot(str, QImage)
    def _take_picture(self, key: str, picture: QImage) -> None:
        small = picture.copy()
        small.setDevicePixelRatio(max(picture.width() / _BOX.width(), picture.height() / _BOX.height()))
        self._pictures[key] = small
        for number, row in enumerate(self._shown):
            if key in (f"{page.path}#{page.page}" for page in (row.dirty, row.clean) if page is not None):
                self.dataChanged.emit(self.index(number, _DIRTY), self.index(number, _CLEAN))

    @Slot()
    def _follow(self) -> None:
        """Show other rows; where they are the same, only what is said of them may be another."""
        if self._shown is self._check.rows:
            if self._shown:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._shown) - 1, _WORDS))
            return
        self.beginResetModel()
        self._shown = self._check.rows
        self.endResetModel()

    @Slot(int)
    def _show_row(self, number: int) -> None:
        self.dataChanged.emit(self.index(number, 0), self.index(number, _WORDS))


class PairTable(QWidget):
    """The pairs and how many of them can be used."""

    def __init__(self, check: PairCheck, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._check = check
        self._mode = Mode.PAIRS
        self._model = PairModel(check, self)
        self._problem = ProblemLine(self)
        self._summary = QLabel(self)
        self._summary.setObjectName("pairSummary")
        self._summary.setWordWrap(True)
        self._table = QTableView(self)
        self._table.setObjectName("pairTable")
        self._table.setAccessibleName(self.tr("Pages to learn from"))
        self._table.setModel(self._model)
        self._table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self._table.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self._table.setTabKeyNavigation(False)
        self._table.setShowGrid(False)
        self._table.setWordWrap(True)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self._table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in ((_DIRTY, 76), (_CLEAN, 76), (_NAME, 128)):
            header.resizeSection(column, width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._summary)
        layout.addWidget(self._problem)
        layout.addWidget(self._table, 1)
        check.changed.connect(self._show)
        check.row_changed.connect(self._show)
        self._show()

    def show_mode(self, mode: Mode) -> None:
        """Use the words of a mode."""
        self._mode = mode
        self._model.show_mode(mode)
        self._table.setColumnHidden(_CLEAN, mode is Mode.OWN_PAPER)
        self._show()

    def close_pictures(self) -> None:
        """Wait until no more pictures are being made."""
        self._model.close()

    @Slot()
    def _show(self) -> None:
        check = self._check
        self._problem.say(check.fault)
        self._summary.setText(" ".join(self._words()))

    def _words(self) -> list[str]:
        """How many were found, how many of them were looked at, how many cannot be used."""
        check = self._check
        if not check.rows:
            return [self.tr("Looking for pages…")] if check.is_busy else [self.tr("The pages will be listed here.")]
        is_alone = self._mode is Mode.OWN_PAPER
        found = counted_pages(len(check.rows)) if is_alone else counted_pairs(len(check.rows))
        words = [self.tr("{pairs} found.").format(pairs=found)]
        waiting = sum(row.state is PairState.FOUND for row in check.rows)
        if waiting and check.is_busy:
            looked_at = spell_count(len(check.rows) - waiting)
            words.append(self.tr("Looked at so far: {n}.").format(n=looked_at))
        unusable = len(check.rows) - check.usable
        if unusable:
            words.append(self.tr("Left out: {n}.").format(n=spell_count(unusable)))
        return words


def counted_pairs(count: int) -> str:
    """A number of pairs, as in "1 pair" and "1,240 pairs"."""
    if count == 1:
        return QCoreApplication.translate("PairTable", "1 pair")
    return QCoreApplication.translate("PairTable", "{count} pairs").format(count=spell_count(count))
