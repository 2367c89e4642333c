"""The settings, applied at once. The window stays usable beside it."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from docclean.core.job import OutputFormat
from docclean.core.recipe import Task
from docclean.core.settings import Settings, ThemeChoice
from docclean.core.validation import explain_validation_fault
from docclean.gui.folding import FoldingSection
from docclean.gui.settings_form import SettingsForm

Choices = Sequence[tuple[str, str]]
"""Values, and what users see for each."""

_MODEL_KEY = "models_"
_MOST_THREADS = 1024
_MOST_MEMORY_MB = 1_048_576


class SettingsDialog(QDialog):
    """Shows and changes settings; saving and applying them is for whom hears of the change.

    Attributes:
        settings_changed: Emitted with the new `Settings` after every change by the user.
    """

    settings_changed = Signal(object)

    def __init__(
        self,
        settings: Settings,
        devices: Choices,
        models: Mapping[Task, Choices],
        languages: Choices = (),
        parent: QWidget | None = None,
    ) -> None:
        """Build the window.

        Args:
            settings: What to show.
            devices: Names and labels of this machine's devices; "auto" is added.
            models: Ids and names of the models that each task can choose from.
            languages: Codes and names of the translations there are; without any, the row is left out.
            parent: The window it belongs to.
        """
        super().__init__(parent)
        self._settings = settings
        self._before_reset: Settings | None = None
        self._tasks = tuple(models)
        self.setObjectName("settingsDialog")
        self.setWindowTitle(self.tr("Settings"))
        self._form = SettingsForm()
        self._form.setObjectName("settingsForm")
        self._expert_form = SettingsForm()
        self._expert_form.setObjectName("expertForm")
        self._fill_window_rows(languages)
        self._fill_file_rows()
        self._fill_cleaning_rows(devices)
        self._fill_expert_rows(models)
        for form in (self._form, self._expert_form):
            form.edited.connect(self._change)
        self._lay_out()
        self.show_settings(settings)
        self.resize(560, 640)

    def settings(self) -> Settings:
        """What the window shows."""
        return self._settings

    def show_settings(self, settings: Settings) -> None:
        """Show settings that were changed elsewhere; emits nothing."""
        self._settings = settings
        values = {**settings.model_dump(mode="json"), **self._model_values(settings)}
        for form in (self._form, self._expert_form):
            for key in form.setting_keys():
                form.show_value(key, values[key])

    def _fill_window_rows(self, languages: Choices) -> None:
        form = self._form
        form.add_heading(self.tr("Window"))
        themes = (
            (ThemeChoice.SYSTEM.value, self.tr("Like the desktop")),
            (ThemeChoice.LIGHT.value, self.tr("Light")),
            (ThemeChoice.DARK.value, self.tr("Dark")),
        )
        form.add_choice("theme", self.tr("&Colors"), themes, self.tr("Pages lie on neutral grey in either."))
        if languages:
            choices = (("", self.tr("Like the desktop")), *languages)
            form.add_choice("language", self.tr("&Language"), choices, self.tr("Counts from the next start on."))
        form.add_switch(
            "restore_queue",
            self.tr("Bring back the &queue"),
            self.tr("The next start shows the pages of the last one."),
        )
        form.add_switch(
            "ask_before_closing",
            self.tr("Ask before closing while &pages are cleaned"),
            self.tr("Pages that are done are kept either way."),
        )

    def _fill_file_rows(self) -> None:
        form = self._form
        form.add_heading(self.tr("Results"))
        form.add_folder(
            "output_folder",
            self.tr("&Folder"),
            self.tr("Not chosen yet"),
            self.tr("Cleaned pages are written here; your scans are never changed."),
        )
        formats = (
            (OutputFormat.KEEP.value, self.tr("Like the scan")),
            (OutputFormat.PNG.value, "PNG"),
            (OutputFormat.TIFF.value, "TIFF"),
            (OutputFormat.JPEG.value, "JPEG"),
            (OutputFormat.WEBP.value, "WebP"),
            (OutputFormat.PDF.value, "PDF"),
        )
        form.add_choice(
            "output_format", self.tr("For&mat"), formats, self.tr("JPEG and WebP lose a little, the others nothing.")
        )
        form.add_switch(
            "ask_before_replacing",
            self.tr("Ask before &replacing results"),
            self.tr("The question comes before the run, once for all files."),
        )

    def _fill_cleaning_rows(self, devices: Choices) -> None:
        form = self._form
        form.add_heading(self.tr("Cleaning"))
        choices = (("auto", self.tr("Fastest there is")), *devices)
        form.add_choice(
            "device", self.tr("&Device"), choices, self.tr("All give the same pages; they differ in speed.")
        )
        form.add_switch(
            "clean_at_once",
            self.tr("Clean pages as s&oon as they are added"),
            self.tr("Otherwise they wait until you start the run."),
        )
        form.add_switch(
            "keep_awake",
            self.tr("Keep the computer a&wake"),
            self.tr("It does not go to sleep before the last page is done; the screen may."),
        )
        form.add_switch(
            "notify_when_finished", self.tr("Tell me when &all pages are done"), self.tr("A notice of the desktop.")
        )

    def _fill_expert_rows(self, models: Mapping[Task, Choices]) -> None:
        form = self._expert_form
        form.add_number(
            "threads",
            self.tr("&Threads"),
            _MOST_THREADS,
            "",
            self.tr("Fewer leave more of the processor to other programs."),
        )
        memory = form.add_number(
            "memory_limit_mb",
            self.tr("M&emory"),
            _MOST_MEMORY_MB,
            self.tr(" MB"),
            self.tr("Cleaning takes no more than this; large pages then take longer."),
        )
        memory.setSingleStep(256)
        form.add_text(
            "name_pattern",
            self.tr("&Name of results"),
            self.tr("{stem} stands for the scan's name, as in “{stem} clean”."),
        )
        names = {
            Task.DENOISE: self.tr("Model to clean"),
            Task.DEWATERMARK: self.tr("Model for marks"),
            Task.COLORIZE: self.tr("Model for color"),
        }
        for task, choices in models.items():
            own = (("", self.tr("Recommended")), *choices)
            form.add_choice(_MODEL_KEY + task.value, names[task], own, self.tr("Used when a recipe names no other."))

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(16)
        column.addWidget(self._form)
        self._experts = FoldingSection(self.tr("For e&xperts"), self._expert_form)
        column.addWidget(self._experts)
        column.addStretch()
        scroll = QScrollArea(self)
        scroll.setObjectName("settingsScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, stretch=1)
        layout.addWidget(self._line())
        layout.addWidget(self._buttons())

    def _line(self) -> QFrame:
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(QPalette.ColorRole.Mid)
        return line

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        box.setContentsMargins(24, 16, 24, 16)
        box.rejected.connect(self.close)
        box.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self._reset_button = QPushButton(self.tr("Re&store defaults"), self)
        self._reset_button.setObjectName("restoreDefaults")
        self._reset_button.setAutoDefault(False)
        self._reset_button.clicked.connect(self._reset)
        box.addButton(self._reset_button, QDialogButtonBox.ButtonRole.ResetRole)
        return box

    def _model_values(self, settings: Settings) -> dict[str, object]:
        return {_MODEL_KEY + task.value: settings.models.get(task, "") for task in self._tasks}

    @Slot(str, object)
    def _change(self, key: str, value: object) -> None:
        form = self.sender()
        changes = {key: value}
        if key.startswith(_MODEL_KEY):
            task = Task(key.removeprefix(_MODEL_KEY))
            others = {other: model for other, model in self._settings.models.items() if other is not task}
            changes = {"models": {**others, task: value} if value else others}
        try:
            settings = self._settings.changed(**changes)
        except ValidationError as fault:
            if isinstance(form, SettingsForm):
                finding = explain_validation_fault(fault)[1].removeprefix("does not fit: ")
                form.complain(key, self.tr("Not used: %1.").replace("%1", finding))
            return
        if isinstance(form, SettingsForm):
            form.complain(key, "")
        self._take(settings)

    @Slot()
    def _reset(self) -> None:
        before = self._before_reset
        settings = Settings() if before is None else before
        was = self._settings
        self.show_settings(settings)
        self._take(settings)
        if before is None:
            self._before_reset = was
            self._reset_button.setText(self.tr("&Undo"))

    def _take(self, settings: Settings) -> None:
        self._settings = settings
        self._before_reset = None
        self._reset_button.setText(self.tr("Re&store defaults"))
        self.settings_changed.emit(settings)
