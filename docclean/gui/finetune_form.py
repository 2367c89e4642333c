"""What a fine-tuning is asked to do, as a form: simple choices first, those of experts folded away."""

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from docclean.core.files import is_folder
from docclean.gui.finetune_experts import ExpertOptions
from docclean.gui.finetune_names import LONGEST_ID, name_fault, propose_name
from docclean.gui.folder_field import FolderField
from docclean.gui.folding import FoldingSection
from docclean.gui.pair_check import PagesWanted
from docclean.gui.problem_line import ProblemLine
from docclean.gui.wheel_guard import WheelGuard
from docclean.gui.wording import duration
from docclean.models.catalog import Catalog
from docclean.training.finetune.request import FinetuneRequest, Mode

MINUTES = (5, 10, 20, 30, 60)
_DEFAULT_MINUTES = 10


class FinetuneForm(QScrollArea):
    """What there is to learn from, the new model's name, how long.

    Attributes:
        changed: Something was changed.
        pages_changed: Other pages are named; also follows `changed`.
    """

    changed = Signal()
    pages_changed = Signal()

    def __init__(self, catalog: Catalog, taken: Collection[str], parent: QWidget | None = None) -> None:
        """Start empty.

        Args:
            catalog: The models to start from.
            taken: Names that a new model cannot have.
            parent: The widget above.
        """
        super().__init__(parent)
        self._taken = set(taken)
        self._proposed = ""
        self._content = QWidget()
        self._modes = QButtonGroup(self)
        self._dirty = FolderField("finetuneDirty", self.tr("Folder with dirty pages"), self)
        self._clean = FolderField("finetuneClean", self.tr("Folder with their clean twins"), self)
        self._dirty_label, self._clean_label = QLabel(self), QLabel(self)
        self._name = QLineEdit(self)
        self._name.setObjectName("finetuneName")
        self._name.setMaxLength(LONGEST_ID + 20)
        self._name_problem = ProblemLine(self)
        self._minutes = QComboBox(self)
        self._minutes.setObjectName("finetuneMinutes")
        for minutes in MINUTES:
            self._minutes.addItem(duration(60.0 * minutes), minutes)
        self._minutes.setCurrentIndex(MINUTES.index(_DEFAULT_MINUTES))
        self._mode_words = QLabel(self)
        self._mode_words.setWordWrap(True)
        self._mode_words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._experts = ExpertOptions(catalog, self)
        self._guard = WheelGuard(self)
        self._guard.watch(self._minutes)
        self._arrange()
        self._connect()
        self._show_mode()
        self._propose()

    @property
    def mode(self) -> Mode:
        """What there is to learn from."""
        return tuple(Mode)[self._modes.checkedId()]

    def pages(self) -> PagesWanted | None:
        """Where the pages are; None as long as a folder is missing or not there."""
        dirty, clean, mode = self._dirty.path, self._clean.path, self.mode
        if dirty is None or not is_folder(dirty):
            return None
        if mode is Mode.OWN_PAPER:
            return PagesWanted(mode, dirty, dpi=self._experts.dpi)
        if clean is None or not is_folder(clean):
            return None
        return PagesWanted(mode, dirty, clean, dpi=self._experts.dpi)

    def request(self) -> FinetuneRequest | None:
        """What is asked for; None as long as something is missing."""
        pages, name = self.pages(), self._name.text().strip()
        if pages is None or name_fault(name, self._taken):
            return None
        minutes = float(self._minutes.currentData())
        asked = FinetuneRequest(mode=pages.mode, dirty=pages.dirty, clean=pages.clean, name=name, minutes=minutes)
        return self._experts.apply_to(asked)

    def missing(self) -> str:
        """What is missing, in one sentence; empty if nothing is."""
        mode, dirty, clean = self.mode, self._dirty.path, self._clean.path
        if dirty is None:
            return self.tr("Choose the folder with the dirty pages.")
        if not is_folder(dirty):
            return self.tr("{folder} is not there; choose another folder.").format(folder=dirty)
        if mode is not Mode.OWN_PAPER:
            if clean is None:
                second = self.tr("Choose the folder with the second scans.")
                return second if mode is Mode.TWO_SCANS else self.tr("Choose the folder with the clean twins.")
            if not is_folder(clean):
                return self.tr("{folder} is not there; choose another folder.").format(folder=clean)
        return name_fault(self._name.text().strip(), self._taken)

    def fill(self, request: FinetuneRequest) -> None:
        """Show what was asked for, under a name that is free."""
        button = self._modes.button(list(Mode).index(request.mode))
        button.setChecked(True)
        self._dirty.set_path(request.dirty)
        if request.clean is not None:
            self._clean.set_path(request.clean)
        self._minutes.setCurrentIndex(max(0, self._minutes.findData(round(request.minutes))))
        self._experts.fill(request)
        self._name.setText(
            request.name if request.name not in self._taken else propose_name(request.dirty, self._taken)
        )

    def take_folders(self, folders: list[Path]) -> None:
        """Take dropped folders: the first one for dirty pages, a second one for their twins."""
        first, *others = folders
        if len(folders) == 1 and self._dirty.path is not None and self.mode is not Mode.OWN_PAPER:
            self._clean.set_path(first)
            return
        self._dirty.set_path(first)
        if others:
            if self.mode is Mode.OWN_PAPER:
                self._modes.button(0).setChecked(True)
            self._clean.set_path(others[0])

    def take_names(self, taken: Collection[str]) -> None:
        """Models came or went: other names are free now."""
        was_proposed = self._name.text() == self._proposed
        self._taken = set(taken)
        if was_proposed:
            self._propose()
        self._on_name()

    def _arrange(self) -> None:
        self.setObjectName("finetuneForm")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(8)
        for number, (mode, words) in enumerate(
            (
                (Mode.PAIRS, self.tr("&Pairs: dirty pages and their clean twins")),
                (Mode.OWN_PAPER, self.tr("No clean twins: &teach it my paper")),
                (Mode.TWO_SCANS, self.tr("Two &scans of each sheet")),
            )
        ):
            button = QRadioButton(words, self._content)
            button.setObjectName(mode.value)
            button.setChecked(mode is Mode.PAIRS)
            self._modes.addButton(button, number)
            layout.addWidget(button)
        layout.addWidget(self._mode_words)
        for label, field in ((self._dirty_label, self._dirty), (self._clean_label, self._clean)):
            label.setBuddy(field)
            layout.addWidget(label)
            layout.addWidget(field)
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow(self.tr("&Name of the new model:"), self._name)
        form.addRow(self._name_problem)
        form.addRow(self.tr("&Learn for:"), self._minutes)
        layout.addLayout(form)
        self._fold = FoldingSection(self.tr("For e&xperts"), self._experts, self._content)
        layout.addWidget(self._fold)
        layout.addStretch(1)
        self.setWidget(self._content)

    def _connect(self) -> None:
        self._modes.buttonToggled.connect(self._on_mode)
        self._dirty.changed.connect(self._on_dirty)
        self._clean.changed.connect(self._on_pages)
        self._name.textChanged.connect(self._on_name)
        self._minutes.currentIndexChanged.connect(self.changed)
        self._experts.changed.connect(self._on_pages)

    @Slot()
    def _on_mode(self) -> None:
        self._show_mode()
        self._on_pages()

    @Slot()
    def _on_dirty(self) -> None:
        if self._name.text() == self._proposed:
            self._propose()
        self._on_pages()

    @Slot()
    def _on_pages(self) -> None:
        self.pages_changed.emit()
        self.changed.emit()

    @Slot()
    def _on_name(self) -> None:
        self._name_problem.say(name_fault(self._name.text().strip(), self._taken))
        self.changed.emit()

    def _propose(self) -> None:
        self._proposed = propose_name(self._dirty.path, self._taken)
        with QSignalBlocker(self._name):
            self._name.setText(self._proposed)
        self._name_problem.say("")

    def _show_mode(self) -> None:
        mode = self.mode
        is_alone, is_twice = mode is Mode.OWN_PAPER, mode is Mode.TWO_SCANS
        self._clean.setVisible(not is_alone)
        self._clean_label.setVisible(not is_alone)
        self._dirty_label.setText(self.tr("First scans:") if is_twice else self.tr("Dirty pages:"))
        self._clean_label.setText(self.tr("Second scans:") if is_twice else self.tr("Clean twins:"))
        if is_alone:
            words = self.tr("Their paper is put under clean pages that docclean sets itself, and it learns from those.")
        elif is_twice:
            words = self.tr("What differs between two scans of a sheet is noise. Scan each twice, turned or moved.")
        else:
            words = self.tr("A page and its twin have the same name, in two folders; small shifts are put right.")
        self._mode_words.setText(words)
