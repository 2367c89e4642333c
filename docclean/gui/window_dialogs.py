"""The other windows of the main window: settings, models, batch, fine-tuning, about. Each is there once.

Each is imported when it is opened, so that the main window is there sooner.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot, qVersion
from PySide6.QtWidgets import QApplication, QWidget

from docclean.core.errors import DoccleanError
from docclean.core.page import PageRegion
from docclean.core.paths import log_folder
from docclean.core.recipe import Task
from docclean.core.report import environment_report
from docclean.core.settings import Settings, save_settings
from docclean.gui.main_window import MainWindow
from docclean.gui.shown_names import model_name
from docclean.gui.theme import apply_theme
from docclean.gui.wording import device_words
from docclean.models.catalog import Catalog

if TYPE_CHECKING:
    from docclean.gui.batch_run import BatchRun
    from docclean.gui.window_training import WindowTraining


class WindowDialogs(QObject):
    """Opens other windows, none of them modal. Owned by the main window.

    Attributes:
        training: Fine-tuning; None before its window was opened.
        catalog_changed: Models came or went, or others are the defaults: the `Catalog`.
    """

    catalog_changed = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._open: dict[type[QWidget], QWidget] = {}
        self._batch: BatchRun | None = None
        self.training: WindowTraining | None = None
        window.parts.recipe.output_edited.connect(self._show_changed_settings)

    @Slot()
    def show_settings(self) -> None:
        """Open the settings."""
        from docclean.engine.device import list_devices
        from docclean.gui.language import available_languages
        from docclean.gui.settings_dialog import SettingsDialog

        if self._raise(SettingsDialog):
            return
        devices = [(device.name, device_words(device.label)) for device in list_devices()]
        entries = Catalog.installed().all()
        models = {
            task: [(e.manifest.id, model_name(e.manifest)) for e in entries if e.manifest.task is task]
            for task in dict.fromkeys(entry.manifest.task for entry in entries)
        }
        dialog = SettingsDialog(self._window.settings, devices, models, available_languages(), self._window)
        dialog.settings_changed.connect(self._take_settings)
        self._show(dialog)

    @Slot()
    def show_models(self) -> None:
        """Open the list of models."""
        from docclean.gui.models_dialog import ModelsDialog

        if self._raise(ModelsDialog):
            return
        dialog = ModelsDialog(self._window.settings.models, self._window)
        dialog.models_changed.connect(self._on_models_changed)
        dialog.default_changed.connect(self._on_default_changed)
        self.catalog_changed.connect(dialog.take_catalog)
        self._show(dialog)

    @Slot()
    def show_compare_models(self) -> None:
        """Show what every model makes of the part of the page that is seen."""
        from docclean.gui.compare_models_dialog import CompareModelsDialog

        item = self._window.display.item
        if item is None:
            return
        seen = self._window.parts.view.visible_region()
        region = PageRegion(seen.top(), seen.left(), seen.height(), seen.width())
        dialog = CompareModelsDialog(
            self._window.engine, item.source, item.recipe, region, self._window, catalog=self._catalog()
        )
        dialog.model_chosen.connect(self._on_model_chosen)
        self._show(dialog)

    @Slot()
    def show_batch(self) -> None:
        """Open the window for whole folders; a run goes on while it is closed."""
        from docclean.gui.batch_dialog import BatchDialog
        from docclean.gui.batch_run import BatchRun

        if self._batch is None:
            self._batch = BatchRun(self._window.engine, self)
        if not self._raise(BatchDialog):
            recipe = self._window.recipe_of_new_pages()
            self._show(BatchDialog(self._batch, recipe, self._window, catalog=self._catalog()))

    @Slot()
    def show_finetune(self) -> None:
        """Open the window in which a model learns the user's pages; a run goes on while it is closed."""
        from docclean.gui.finetune_dialog import FinetuneDialog
        from docclean.gui.window_training import WindowTraining

        if self.training is None:
            self.training = WindowTraining(self._window, self.show_finetune, self)
            self.training.models_changed.connect(self._on_models_changed)
        self.training.hint.was_seen()
        if not self._raise(FinetuneDialog):
            training = self.training
            dialog = FinetuneDialog(training.run, training.check, training.unfinished, self._catalog(), self._window)
            dialog.default_wanted.connect(self._on_default_changed)
            self.catalog_changed.connect(dialog.take_catalog)
            self._show(dialog)

    @Slot()
    def show_about(self) -> None:
        """Say what this program is."""
        from docclean.gui.about_dialog import AboutDialog

        if not self._raise(AboutDialog):
            models = [(model_name(e.manifest), e.manifest.license) for e in Catalog.installed().all()]
            facts = environment_report(qt_version=qVersion())
            self._show(AboutDialog(models, facts, log_folder(), self._window))

    @Slot()
    def _show_changed_settings(self) -> None:
        """Settings that were changed elsewhere must not be undone by a dialog that still shows the old ones."""
        from docclean.gui.settings_dialog import SettingsDialog

        dialog = self._open.get(SettingsDialog)
        if isinstance(dialog, SettingsDialog):
            dialog.show_settings(self._window.settings)

    def _catalog(self) -> Catalog:
        """The models that are installed now, with the user's own defaults."""
        return Catalog.installed(self._window.settings.models)

    def _show(self, dialog: QWidget) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        kind = type(dialog)
        dialog.destroyed.connect(lambda: self._open.pop(kind, None))
        self._open[kind] = dialog
        dialog.show()

    def _raise(self, kind: type[QWidget]) -> bool:
        dialog = self._open.get(kind)
        if dialog is not None:
            dialog.raise_()
            dialog.activateWindow()
        return dialog is not None

    @Slot(object)
    def _take_settings(self, settings: Settings) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication) and settings.theme is not self._window.settings.theme:
            apply_theme(application, settings.theme)
        self._window.use_settings(settings)
        try:
            save_settings(settings)
        except DoccleanError as fault:
            self._window.say(str(fault))

    @Slot()
    def _on_models_changed(self) -> None:
        self._window.show_models()
        self._window.configure_engine()
        self.catalog_changed.emit(self._catalog())

    @Slot(object, str)
    def _on_default_changed(self, task: Task, model_id: str) -> None:
        models = {**self._window.settings.models, task: model_id}
        self._take_settings(self._window.settings.changed(models=models))
        self._show_changed_settings()
        self.catalog_changed.emit(self._catalog())

    @Slot(object, str)
    def _on_model_chosen(self, task: Task, model_id: str) -> None:
        self._window.choose_model(task, model_id)
