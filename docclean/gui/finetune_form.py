"""What a fine-tuning is asked to do, as a form: simple choices first, those of experts folded away."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFormLayout,
    QFrame,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from docclean.gui.finetune_experts import ExpertOptions
from docclean.gui.finetune_names import name_fault, propose_name
from docclean.gui.folding import FoldingSection
from docclean.gui.page_places import PagePlaces
from docclean.gui.pair_check import PagesWanted
from docclean.gui.problem_line import ProblemLine
from docclean.gui.wheel_guard import WheelGuard
from docclean.gui.wording import duration
from docclean.models.catalog import Catalog
from docclean.models.names import LONGEST_ID
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
        self._places = PagePlaces(self)
        self._name = QLineEdit(self)
        self._name.setObjectName("finetuneName")
        self._name.setMaxLength(LONGEST_ID + 20)
        self._name_problem = ProblemLine(self)
        self._minutes = QComboBox(self)
        self._minutes.setObjectName("finetuneMinutes")
        for minutes in MINUTES:
            self._minutes.addItem(duration(60.0 * minutes), minutes)
        self._minutes.setCurrentIndex(MINUTES.index(_DEFAULT_MINUTES))
        self._experts = ExpertOptions(catalog, self)
        self._guard = WheelGuard(self)
        self._guard.watch(self._minutes)
        self._arrange()
        self._connect()
        self._propose()

    @property
    def mode(self) -> Mode:
        """What there is to learn from."""
        return tuple(Mode)[self._modes.checkedId()]

    def pages(self) -> PagesWanted | None:
        """Where the pages are; None as long as something is missing or not there."""
        pages = self._places.pages()
        return replace(pages, dpi=self._experts.dpi) if pages is not None else None

    def request(self) -> FinetuneRequest | None:
        """What is asked for; None as long as something is missing."""
        pages, name = self.pages(), self._name.text().strip()
        if pages is None or name_fault(name, self._taken):
            return None
        asked = {name: getattr(pages, name) for name in ("mode", "dirty", "clean", "table")}
        if pages.dirty_suffix or pages.clean_suffix:
            asked |= {"dirty_suffix": pages.dirty_suffix, "clean_suffix": pages.clean_suffix}
        request = FinetuneRequest(name=name, minutes=float(self._minutes.currentData()), **asked)
        return self._experts.apply_to(request)

    def missing(self) -> str:
        """What is missing, in one sentence; empty if nothing is."""
        return self._places.missing() or name_fault(self._name.text().strip(), self._taken)

    def fill(self, request: FinetuneRequest) -> None:
        """Show what was asked for, under a name that is free."""
        button = self._modes.button(list(Mode).index(request.mode))
        button.setChecked(True)
        self._places.fill(request)
        self._minutes.setCurrentIndex(max(0, self._minutes.findData(round(request.minutes))))
        self._experts.fill(request)
        self._name.setText(
            request.name if request.name not in self._taken else propose_name(request.dirty, self._taken)
        )

    def take_folders(self, folders: list[Path]) -> None:
        """Take dropped folders: the first one for dirty pages, a second one for their twins."""
        if len(folders) > 1 and self.mode is Mode.OWN_PAPER:
            self._modes.button(0).setChecked(True)
        self._places.take_folders(folders)

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
        layout.addWidget(self._places)
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
        self._places.changed.connect(self._on_places)
        self._name.textChanged.connect(self._on_name)
        self._minutes.currentIndexChanged.connect(self.changed)
        self._experts.changed.connect(self._on_pages)

    @Slot()
    def _on_mode(self) -> None:
        self._places.show_mode(self.mode)
        self._on_places()

    @Slot()
    def _on_places(self) -> None:
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
        self._proposed = propose_name(self._places.folder, self._taken)
        with QSignalBlocker(self._name):
            self._name.setText(self._proposed)
        self._name_problem.say("")
