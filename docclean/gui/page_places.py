"""Where the pages are that a model learns from: in two folders, in one under names with two ends, in a table."""

from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from docclean.core.files import is_folder, is_there
from docclean.gui.folder_field import FolderField
from docclean.gui.pair_check import PagesWanted
from docclean.gui.wheel_guard import WheelGuard
from docclean.training.finetune.request import FinetuneRequest, Mode


class Place(IntEnum):
    """Where pairs are."""

    FOLDERS = 0
    SUFFIXES = 1
    TABLE = 2


class PagePlaces(QWidget):
    """Asks for what a mode needs, and for no more.

    Attributes:
        changed: Other pages are named.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mode = Mode.PAIRS
        self._place = QComboBox(self)
        self._place.setObjectName("finetunePlace")
        self._place.setAccessibleName(self.tr("Where the pairs are"))
        for words in (
            self.tr("In two folders, under the same names"),
            self.tr("In one folder, under names with two ends"),
            self.tr("In a table (CSV) of dirty and clean files"),
        ):
            self._place.addItem(words)
        self._dirty = FolderField("finetuneDirty", self.tr("Folder with dirty pages"), self)
        self._clean = FolderField("finetuneClean", self.tr("Folder with their clean twins"), self)
        self._table = FolderField("finetuneTable", self.tr("Table of pairs"), self, files=self.tr("Tables (*.csv)"))
        defaults = FinetuneRequest.model_fields
        self._dirty_end = QLineEdit(defaults["dirty_suffix"].default, self)
        self._dirty_end.setObjectName("finetuneDirtySuffix")
        self._clean_end = QLineEdit(defaults["clean_suffix"].default, self)
        self._clean_end.setObjectName("finetuneCleanSuffix")
        self._labels = [QLabel(self) for _ in range(5)]
        self._fields = (self._dirty, self._clean, self._table, self._dirty_end, self._clean_end)
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._guard = WheelGuard(self)
        self._guard.watch(self._place)
        self._arrange()
        self._place.currentIndexChanged.connect(self._on_place)
        for signal in (self._dirty.changed, self._clean.changed, self._table.changed):
            signal.connect(self.changed)
        for end in (self._dirty_end, self._clean_end):
            end.textChanged.connect(self.changed)
        self.show_mode(Mode.PAIRS)

    @property
    def mode(self) -> Mode:
        """What there is to learn from."""
        return self._mode

    @property
    def folder(self) -> Path | None:
        """Where the dirty pages are, or the table; None as long as nothing is named."""
        return self._table.path if self._kind is Place.TABLE else self._dirty.path

    def show_mode(self, mode: Mode) -> None:
        """Ask for what another mode needs."""
        self._mode = mode
        is_twice = mode is Mode.TWO_SCANS
        self._place.setVisible(mode is Mode.PAIRS)
        needed: dict[Place, set[QWidget]] = {
            Place.FOLDERS: {self._dirty} if mode is Mode.OWN_PAPER else {self._dirty, self._clean},
            Place.SUFFIXES: {self._dirty, self._dirty_end, self._clean_end},
            Place.TABLE: {self._table},
        }
        shown = needed[self._kind]
        names = (
            self.tr("First scans:") if is_twice else self.tr("Dirty pages:"),
            self.tr("Second scans:") if is_twice else self.tr("Clean twins:"),
            self.tr("Table:"),
            self.tr("Dirty names end with:"),
            self.tr("Clean names end with:"),
        )
        for label, field, words in zip(self._labels, self._fields, names, strict=True):
            label.setText(words)
            label.setVisible(field in shown)
            field.setVisible(field in shown)
        self._words.setText(self._explanation())

    def pages(self) -> PagesWanted | None:
        """Where the pages are; None as long as something is missing."""
        if self.missing():
            return None
        dirty, clean, table = self._dirty.path, self._clean.path, self._table.path
        match self._kind:
            case Place.TABLE if table is not None:
                return PagesWanted(self._mode, table.parent, table=table)
            case Place.SUFFIXES if dirty is not None:
                ends = self._dirty_end.text().strip(), self._clean_end.text().strip()
                return PagesWanted(self._mode, dirty, dirty_suffix=ends[0], clean_suffix=ends[1])
            case _ if dirty is not None:
                return PagesWanted(self._mode, dirty, None if self._mode is Mode.OWN_PAPER else clean)
        return None

    def missing(self) -> str:
        """What is missing, in one sentence; empty if nothing is."""
        if self._kind is Place.TABLE:
            table = self._table.path
            if table is None:
                return self.tr("Choose the table that names the pairs.")
            return "" if is_there(table) else self._not_there(table)
        first = self._missing_folder(self._dirty, self.tr("Choose the folder with the dirty pages."))
        if first or self._mode is Mode.OWN_PAPER:
            return first
        if self._kind is Place.SUFFIXES:
            is_same = self._dirty_end.text().strip() == self._clean_end.text().strip()
            return self.tr("Type two different ends of names.") if is_same else ""
        second = self.tr("Choose the folder with the second scans.")
        clean = self.tr("Choose the folder with the clean twins.")
        return self._missing_folder(self._clean, second if self._mode is Mode.TWO_SCANS else clean)

    def fill(self, request: FinetuneRequest) -> None:
        """Show what was asked for."""
        is_table, has_ends = request.table is not None, request.clean is None and request.mode is Mode.PAIRS
        self._place.setCurrentIndex(Place.TABLE if is_table else Place.SUFFIXES if has_ends else Place.FOLDERS)
        self._dirty_end.setText(request.dirty_suffix)
        self._clean_end.setText(request.clean_suffix)
        for field, path in ((self._dirty, request.dirty), (self._clean, request.clean), (self._table, request.table)):
            if path is not None:
                field.set_path(path)
        self.show_mode(request.mode)

    def take_folders(self, folders: list[Path]) -> None:
        """Take dropped folders: the first for dirty pages, another for their twins."""
        first, *others = folders
        is_second = not others and self._mode is not Mode.OWN_PAPER and self._dirty.path is not None
        if others or is_second:
            self._place.setCurrentIndex(Place.FOLDERS)
        (self._clean if is_second else self._dirty).set_path(first)
        if others:
            self._clean.set_path(others[0])

    @property
    def _kind(self) -> Place:
        return Place(self._place.currentIndex()) if self._mode is Mode.PAIRS else Place.FOLDERS

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._words, 0, 0, 1, 2)
        grid.addWidget(self._place, 1, 0, 1, 2)
        row = 2
        for label, field in zip(self._labels, self._fields, strict=True):
            label.setBuddy(field)
            is_path = isinstance(field, FolderField)
            grid.addWidget(label, row, 0, 1, 2 if is_path else 1)
            grid.addWidget(field, row + is_path, 0 if is_path else 1, 1, 2 if is_path else 1)
            row += 2

    @Slot()
    def _on_place(self) -> None:
        self.show_mode(self._mode)
        self.changed.emit()

    def _missing_folder(self, field: FolderField, words: str) -> str:
        if field.path is None:
            return words
        return "" if is_folder(field.path) else self._not_there(field.path)

    def _not_there(self, path: Path) -> str:
        return self.tr("{path} is not there; choose another one.").format(path=path)

    def _explanation(self) -> str:
        match self._mode:
            case Mode.OWN_PAPER:
                return self.tr("Their paper is put under clean pages that docclean sets itself; it learns from those.")
            case Mode.TWO_SCANS:
                return self.tr("What differs between two scans of a sheet is noise. Scan each twice, turned or moved.")
            case _:
                return self.tr("A page and its twin need not lie exactly alike: shifts and turns are put right.")
