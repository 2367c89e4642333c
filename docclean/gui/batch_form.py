"""What a batch is asked to do, as a form."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from docclean.core.job import OutputFormat
from docclean.core.recipe import Geometry, Recipe
from docclean.gui.batch_plan import BatchRequest
from docclean.gui.batch_recipe import BatchRecipe
from docclean.gui.folder_field import FolderField
from docclean.models.catalog import Catalog


class BatchForm(QWidget):
    """Folders, format, recipe, and what to do about results that are there.

    Attributes:
        changed: Something was changed.
    """

    changed = Signal()

    def __init__(self, recipe: Recipe, catalog: Catalog, parent: QWidget | None = None) -> None:
        """Start with a recipe and no folders.

        Args:
            recipe: What to do with every page.
            catalog: The models to choose from.
            parent: The widget above.
        """
        super().__init__(parent)
        self._source = FolderField("batchSource", self.tr("Folder with pages"), self)
        self._output = FolderField("batchOutput", self.tr("Folder for results"), self)
        self._recursive = self._box("batchRecursive", self.tr("Include &subfolders"))
        self._skip = self._box("batchSkip", self.tr("S&kip what is already there"))
        self._skip.setToolTip(self.tr("Pages whose result exists are left out, so that a run can be taken up again."))
        self._overwrite = self._box("batchOverwrite", self.tr("&Overwrite existing results"))
        self._overwrite.setToolTip(self.tr("Results of an earlier run are replaced. Originals never are."))
        self._skip.setChecked(True)
        self._format = QComboBox(self)
        self._format.setObjectName("batchFormat")
        for known, words in (
            (OutputFormat.KEEP, self.tr("As the original")),
            (OutputFormat.PNG, "PNG"),
            (OutputFormat.TIFF, "TIFF"),
            (OutputFormat.JPEG, "JPEG"),
            (OutputFormat.WEBP, "WebP"),
        ):
            self._format.addItem(words, known.value)
        self._recipe = BatchRecipe(recipe, catalog, self)
        self._arrange()
        self._connect()

    def request(self) -> BatchRequest | None:
        """What is asked for; None as long as something is missing."""
        source, output, recipe = self._source.path, self._output.path, self._recipe.recipe()
        if source is None or output is None or not _does_something(recipe):
            return None
        return BatchRequest(
            source,
            output,
            recipe,
            recursive=self._recursive.isChecked(),
            format=OutputFormat(self._format.currentData()),
            overwrite=self._overwrite.isChecked(),
            skip_existing=self._skip.isChecked(),
        )

    def missing(self) -> str:
        """What is missing, in one sentence; empty if nothing is."""
        if self._source.path is None:
            return self.tr("Choose the folder with the pages.")
        if self._output.path is None:
            return self.tr("Choose a folder for the results.")
        return "" if _does_something(self._recipe.recipe()) else self.tr("Choose what to do with the pages.")

    def fill(self, request: BatchRequest) -> None:
        """Show what was asked for; the recipe is not touched, it is given to the constructor."""
        self._source.set_path(request.source)
        self._output.set_path(request.output)
        self._recursive.setChecked(request.recursive)
        self._overwrite.setChecked(request.overwrite)
        self._skip.setChecked(request.skip_existing)
        self._format.setCurrentIndex(self._format.findData(request.format.value))

    def _box(self, name: str, text: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setObjectName(name)
        return box

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("&From:"), self._source),
            ("", self._recursive),
            (self.tr("&To:"), self._output),
            ("", self._skip),
            ("", self._overwrite),
            (self.tr("For&mat:"), self._format),
            (self.tr("Do:"), self._recipe),
        )
        for number, (text, widget) in enumerate(rows):
            label = QLabel(text, self)
            label.setBuddy(widget)
            if widget is self._recipe:  # beside its first row
                label.setContentsMargins(0, 4, 0, 0)
                grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
            else:
                grid.addWidget(label, number, 0)
            if widget is self._format:
                grid.addWidget(widget, number, 1, Qt.AlignmentFlag.AlignLeft)
            else:
                grid.addWidget(widget, number, 1)

    def _connect(self) -> None:
        self._skip.toggled.connect(self._on_skip)
        self._overwrite.toggled.connect(self._on_overwrite)
        for signal in (self._source.changed, self._output.changed, self._recipe.changed):
            signal.connect(self.changed)
        for box in (self._recursive, self._skip, self._overwrite):
            box.toggled.connect(self.changed)
        self._format.currentIndexChanged.connect(self.changed)

    @Slot(bool)
    def _on_skip(self, is_on: bool) -> None:  # noqa: FBT001 - a signal's argument
        if is_on:
            self._overwrite.setChecked(False)

    @Slot(bool)
    def _on_overwrite(self, is_on: bool) -> None:  # noqa: FBT001 - a signal's argument
        if is_on:
            self._skip.setChecked(False)


def _does_something(recipe: Recipe) -> bool:
    return bool(recipe.stages) or recipe.geometry != Geometry()
