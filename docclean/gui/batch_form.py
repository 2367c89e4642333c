"""What a batch is asked to do, as a form."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from docclean.core.job import OutputFormat
from docclean.core.recipe import Geometry, PageColor, Recipe
from docclean.gui.batch_plan import BatchRequest
from docclean.gui.batch_recipe import BatchRecipe
from docclean.gui.color_words import offer_colors
from docclean.gui.folder_field import FolderField
from docclean.gui.searchable_box import SearchableBox
from docclean.gui.storage_box import StorageBox
from docclean.gui.window_documents import DRAWING_DPI
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
        self._skip = self._box("batchSkip", self.tr("S&kip what is already done"))
        self._skip.setToolTip(
            self.tr("Pages that were cleaned before, in the same way and from the same file, are left out.")
        )
        self._overwrite = self._box("batchOverwrite", self.tr("&Overwrite existing results"))
        self._overwrite.setToolTip(
            self.tr("Files that no earlier run wrote, or that were changed since, are replaced. Originals never are.")
        )
        self._skip.setChecked(True)
        self._format = QComboBox(self)
        self._format.setObjectName("batchFormat")
        for known, words in (
            (OutputFormat.KEEP, self.tr("As the original")),
            (OutputFormat.PNG, "PNG"),
            (OutputFormat.TIFF, "TIFF"),
            (OutputFormat.JPEG, "JPEG"),
            (OutputFormat.WEBP, "WebP"),
            (OutputFormat.PDF, "PDF"),
        ):
            self._format.addItem(words, known.value)
        self._storage, self._searchable = StorageBox(self), SearchableBox(self)
        self._draws = self._box("batchDraws", self.tr("&Draw and clean PDF pages that are no scans"))
        self._draws.setToolTip(self.tr("Such pages are left alone otherwise."))
        self._color = QComboBox(self)
        self._color.setObjectName("batchColor")
        offer_colors(self._color)
        self._color.setCurrentIndex(self._color.findData(recipe.color))
        self._recipe = BatchRecipe(recipe, catalog, self)
        self._show_format()
        self._arrange()
        self._connect()

    def request(self) -> BatchRequest | None:
        """What is asked for; None as long as something is missing."""
        source, output, recipe = self._source.path, self._output.path, self._recipe.recipe()
        recipe = recipe.model_copy(update={"color": PageColor(self._color.currentData())})
        if source is None or output is None or not _does_something(recipe):
            return None
        return BatchRequest(
            source,
            output,
            recipe,
            recursive=self._recursive.isChecked(),
            format=OutputFormat(self._format.currentData()),
            overwrite=self._overwrite.isChecked(),
            skip_done=self._skip.isChecked(),
            storage=self._storage.storage,
            languages=self._searchable.languages if self._makes_pdf() else (),
            render_dpi=DRAWING_DPI if self._draws.isChecked() else None,
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
        self._skip.setChecked(request.skip_done)
        self._format.setCurrentIndex(self._format.findData(request.format.value))
        self._storage.show_storage(request.storage)
        self._searchable.show_languages(request.languages)
        self._draws.setChecked(request.render_dpi is not None)
        self._color.setCurrentIndex(self._color.findData(request.recipe.color))

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
        packing, quality = self._storage.rows
        narrow = (self._format, packing[1], quality[1], self._searchable, self._color)
        rows: tuple[tuple[str | QLabel, QWidget], ...] = (
            (self.tr("&From:"), self._source),
            ("", self._recursive),
            (self.tr("&To:"), self._output),
            ("", self._skip),
            ("", self._overwrite),
            ("", self._draws),
            (self.tr("For&mat:"), self._format),
            packing,
            quality,
            ("", self._searchable),
            (self.tr("&Color:"), self._color),
            (self.tr("Do:"), self._recipe),
        )
        for number, (text, widget) in enumerate(rows):
            label = text if isinstance(text, QLabel) else QLabel(text, self)
            label.setBuddy(widget)
            if widget is self._recipe:  # beside its first row
                label.setContentsMargins(0, 4, 0, 0)
                grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
            else:
                grid.addWidget(label, number, 0)
            if widget in narrow:
                grid.addWidget(widget, number, 1, Qt.AlignmentFlag.AlignLeft)
            else:
                grid.addWidget(widget, number, 1)

    def _connect(self) -> None:
        for signal in (self._source.changed, self._output.changed, self._recipe.changed):
            signal.connect(self.changed)
        for box in (self._recursive, self._skip, self._overwrite, self._draws):
            box.toggled.connect(self.changed)
        for signal in (self._storage.edited, self._searchable.edited, self._color.activated):
            signal.connect(self.changed)
        self._format.currentIndexChanged.connect(self._show_format)
        self._format.currentIndexChanged.connect(self.changed)

    def close_work(self) -> None:
        """Wait until nothing is being looked for."""
        self._searchable.close_work()

    def _makes_pdf(self) -> bool:
        return OutputFormat(self._format.currentData()) is OutputFormat.PDF

    @Slot()
    def _show_format(self) -> None:
        """Offer what the format allows; a folder may hold anything, so "as the original" offers all ways of packing."""
        chosen = OutputFormat(self._format.currentData())
        self._storage.show_format(chosen, (".pdf", ".tif", ".jpg"))
        self._searchable.show_format(chosen, ())


def _does_something(recipe: Recipe) -> bool:
    return bool(recipe.stages) or recipe.geometry != Geometry()
