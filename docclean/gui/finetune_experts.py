"""What experts may choose before a fine-tuning; everything here has a sensible default."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QSpinBox, QWidget

from docclean.core.recipe import Task
from docclean.gui.shown_names import model_name
from docclean.gui.wheel_guard import WheelGuard
from docclean.models.catalog import Catalog
from docclean.training.config import Regularizer
from docclean.training.finetune.request import FinetuneRequest, Scope


class ExpertOptions(QWidget):
    """Base model, weights that are trained, penalty, sizes, seed.

    Attributes:
        changed: Something was chosen.
    """

    changed = Signal()

    def __init__(self, catalog: Catalog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._base = self._combo("finetuneBase")
        default = catalog.default_for(Task.DENOISE).manifest
        self._base.addItem(self.tr("The default ({name})").format(name=model_name(default)), "")
        for entry in catalog.all():
            if entry.manifest.task is Task.DENOISE:
                self._base.addItem(model_name(entry.manifest), entry.manifest.id)
        self._scope = self._combo("finetuneScope")
        for scope, words in (
            (Scope.AUTO, self.tr("Chosen by the number of pages")),
            (Scope.ADAPTERS, self.tr("Small adapters only")),
            (Scope.DECODER, self.tr("The decoder")),
            (Scope.EVERYTHING, self.tr("Everything")),
        ):
            self._scope.addItem(words, scope.value)
        self._regularizer = self._combo("finetuneRegularizer")
        for regularizer, words in (
            (Regularizer.NONE, self.tr("None")),
            (Regularizer.SPARSE_L1, self.tr("Sparse (L1)")),
            (Regularizer.SPARSE_KL, self.tr("Sparse (KL divergence)")),
            (Regularizer.CONTRACTIVE, self.tr("Contractive")),
        ):
            self._regularizer.addItem(words, regularizer.value)
        self._explained = self._quiet_line("regularizerWords")
        self._scope_explained = self._quiet_line("scopeWords")
        self._weight = QDoubleSpinBox(self)
        self._weight.setObjectName("finetuneWeight")
        self._weight.setDecimals(5)
        self._weight.setRange(0.0, 1.0)
        self._weight.setSingleStep(0.001)
        self._rate = QDoubleSpinBox(self)
        self._rate.setObjectName("finetuneRate")
        self._rate.setDecimals(6)
        self._rate.setRange(0.0, 0.1)
        self._rate.setSingleStep(0.0001)
        self._rate.setSpecialValueText(self.tr("as fits the weights"))
        fields = FinetuneRequest.model_fields
        self._batch = self._number("finetuneBatch", 2, 64, fields["batch"].default, step=2)
        self._crop = self._number("finetuneCrop", 64, 512, fields["crop"].default, step=8)
        self._dpi = self._number("finetuneDpi", 50, 600, int(fields["dpi"].default), step=50)
        self._seed = self._number("finetuneSeed", 0, 1_000_000_000, 0)
        self._weight.setValue(fields["regularizer_weight"].default)
        self._arrange()
        self._guard = WheelGuard(self)
        self._guard.watch(
            self._base, self._scope, self._regularizer, self._weight, self._rate, self._batch, self._crop, self._dpi,
            self._seed,
        )  # fmt: skip
        self._explain()

    @property
    def dpi(self) -> float:
        """Resolution that PDF pages are drawn at."""
        return float(self._dpi.value())

    def apply_to(self, request: FinetuneRequest) -> FinetuneRequest:
        """The request with what is chosen here."""
        values = {
            "base": self._base.currentData(),
            "scope": Scope(self._scope.currentData()),
            "regularizer": Regularizer(self._regularizer.currentData()),
            "regularizer_weight": self._weight.value(),
            "learning_rate": self._rate.value() or None,
            "batch": self._batch.value() // 2 * 2,
            "crop": self._crop.value() // 8 * 8,
            "dpi": self.dpi,
            "seed": self._seed.value(),
        }
        return FinetuneRequest.model_validate({**request.model_dump(), **values})

    def fill(self, request: FinetuneRequest) -> None:
        """Show what was asked for."""
        for combo, value in (
            (self._base, request.base),
            (self._scope, request.scope.value),
            (self._regularizer, request.regularizer.value),
        ):
            combo.setCurrentIndex(max(0, combo.findData(value)))
        self._weight.setValue(request.regularizer_weight)
        self._rate.setValue(request.learning_rate or 0.0)
        self._batch.setValue(request.batch)
        self._crop.setValue(request.crop)
        self._dpi.setValue(round(request.dpi))
        self._seed.setValue(request.seed)

    def _combo(self, name: str) -> QComboBox:
        combo = QComboBox(self)
        combo.setObjectName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(16)
        combo.currentIndexChanged.connect(self._on_change)
        return combo

    def _number(self, name: str, least: int, most: int, value: int, *, step: int = 1) -> QSpinBox:
        box = QSpinBox(self)
        box.setObjectName(name)
        box.setRange(least, most)
        box.setSingleStep(step)
        box.setValue(value)
        box.valueChanged.connect(self._on_change)
        return box

    def _quiet_line(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setWordWrap(True)
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        return label

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(8)
        form.addRow(self.tr("Start from:"), self._base)
        form.addRow(self.tr("Train:"), self._scope)
        form.addRow(self._scope_explained)
        form.addRow(self.tr("Penalty:"), self._regularizer)
        form.addRow(self._explained)
        form.addRow(self.tr("Its weight:"), self._weight)
        form.addRow(self.tr("Learning rate:"), self._rate)
        form.addRow(self.tr("Crops per step:"), self._batch)
        form.addRow(self.tr("Crop, px:"), self._crop)
        form.addRow(self.tr("PDF pages, dpi:"), self._dpi)
        form.addRow(self.tr("Seed:"), self._seed)

    @Slot()
    def _on_change(self) -> None:
        self._explain()
        self.changed.emit()

    def _explain(self) -> None:
        if not hasattr(self, "_seed"):
            return
        regularizer = Regularizer(self._regularizer.currentData())
        self._weight.setEnabled(regularizer is not Regularizer.NONE)
        self._explained.setText(self._words_of(regularizer))
        self._scope_explained.setText(self._words_of_scope(Scope(self._scope.currentData())))

    def _words_of(self, regularizer: Regularizer) -> str:
        match regularizer:
            case Regularizer.SPARSE_L1:
                return self.tr("Features stay silent where they are not needed, so that each stands for one thing.")
            case Regularizer.SPARSE_KL:
                return self.tr("Every feature speaks seldom, so that none is always on and none is never used.")
            case Regularizer.CONTRACTIVE:
                return self.tr("A small change of the page changes the features little; a step takes twice as long.")
            case _:
                return self.tr("Nothing is held against the features; right for most pages.")

    def _words_of_scope(self, scope: Scope) -> str:
        match scope:
            case Scope.ADAPTERS:
                return self.tr("A few added weights learn, the others stay: safest with few pages.")
            case Scope.DECODER:
                return self.tr("The half that draws the clean page learns; what it sees stays as it was.")
            case Scope.EVERYTHING:
                return self.tr("All weights learn: the most can be gained, and the most forgotten.")
            case _:
                return self.tr("Adapters on few pages, everything on many.")
