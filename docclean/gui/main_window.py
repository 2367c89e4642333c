"""The main window: connects what the user does with those who do it. No work is done here."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QUndoStack
from PySide6.QtWidgets import QMainWindow

from docclean.core.errors import DoccleanError
from docclean.core.output_choice import OutputChoice
from docclean.core.presets import Presets
from docclean.core.recipe import Recipe, Task
from docclean.core.settings import Settings, save_settings
from docclean.gui.announce import announce
from docclean.gui.calling_soon import CallingSoon
from docclean.gui.cleaning_run import CleaningRun
from docclean.gui.closing import may_close
from docclean.gui.desktop import KeepAwake
from docclean.gui.engine_thread import EngineThread
from docclean.gui.exporting import export_pages
from docclean.gui.page_display import PageDisplay
from docclean.gui.page_item import PageItem, distinct_recipes
from docclean.gui.page_queue import ROWS_MIME, PageQueue, local_files
from docclean.gui.previewing import LivePreview
from docclean.gui.problems_panel import Problem
from docclean.gui.queue_editing import QueueEditing
from docclean.gui.recipe_change import RecipeChange, SetModel
from docclean.gui.run_display import Primary, primary_of, words_of
from docclean.gui.save_dialogs import SaveDialogs, default_folder
from docclean.gui.saving import Saver
from docclean.gui.session_store import SessionStore
from docclean.gui.settings_parts import engine_options, output_of, with_output
from docclean.gui.size_watch import SizeWatch
from docclean.gui.window_documents import WindowDocuments
from docclean.gui.window_layout import WindowLayout
from docclean.gui.window_news import WindowNews
from docclean.gui.window_state import keep_state, restore_state
from docclean.gui.wording import spell_count
from docclean.models.catalog import Catalog


class MainWindow(QMainWindow):
    """A light table for paper.

    Attributes:
        closed: The window is closed, and nothing runs any more.
        engine: The thread that cleans.
        pages: The queue.
        parts: The widgets.
        run: Cleaning of the queue.
        editing: Changes of the queue.
        saving: Saving of results.
        documents: What documents of several pages need.
        display: The page that is looked at.
        undo: What can be undone.
    """

    closed = Signal()

    def __init__(self, settings: Settings, *, engine: EngineThread | None = None, session: Path | None = None) -> None:
        """Make the window; `start` brings back the queue of the last time.

        Args:
            settings: The user's settings.
            engine: The engine thread; one of its own without.
            session: Folder of the kept queue; the user's own without.
        """
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("docclean")
        self.setAcceptDrops(True)
        self.settings = settings
        self.engine = engine or EngineThread(self)
        self.store = SessionStore(session, self)
        self.pages = PageQueue(self)
        self.undo = QUndoStack(self)
        self.parts = WindowLayout(self, self.pages, Presets())
        self.run = CleaningRun(self.engine, self.pages, self.store.drafts, self)
        self.saver = Saver(self.engine, self)
        self.saving = SaveDialogs(self, self.pages, self.saver)
        self.preview = LivePreview(self.engine, self)
        self.display = PageDisplay(self.parts.view, self.preview, self)
        self.editing = QueueEditing(
            self.pages,
            self.undo,
            recipe=self.recipe_of_new_pages,
            excluded=self.output_folders,
            pasted=self.store.pasted,
            parent=self,
        )
        self.documents = WindowDocuments(self)
        self.sizes = SizeWatch(self)
        self.awake = KeepAwake(self)
        self.new_recipe = Recipe()
        self._is_closed = False
        self._showing_run = CallingSoon(self._show_run, self.pages.rowCount, self)
        self._connect()
        self.news = WindowNews(self)
        restore_state(self, self.parts.splitter)
        self.use_settings(settings)
        self._follow_pages()

    @property
    def choice(self) -> OutputChoice:
        """Where and how results are saved."""
        return self.parts.recipe.output.choice

    def start(self, files: Sequence[Path] = ()) -> None:
        """Bring back the queue of the last time, and add files."""
        self.configure_engine()
        items = self.store.load() if self.settings.restore_queue else []
        self.store.prune(items)
        self.pages.insert(0, items)
        if items:
            self.parts.queue.view.select_pages([items[0].id])
            self.say(self.tr("The pages of the last time are back."))
            self.documents.look_for_locks(items)
        self.editing.add(files)

    def use_settings(self, settings: Settings) -> None:
        """Take settings over that were changed."""
        before, self.settings = self.settings, settings
        if engine_options(settings) != engine_options(before):
            self.configure_engine()
        self.saving.asks_before_replacing = settings.ask_before_replacing
        if not self.choice.replaces_originals:
            self.parts.recipe.show_output(output_of(settings))
        self.show_models()

    def configure_engine(self) -> None:
        """Let the engine start anew at its next run: settings or models changed."""
        self.engine.configure(engine_options(self.settings))

    def choose_model(self, task: Task, model_id: str) -> None:
        """Use a model for the selected pages."""
        self._on_recipe_edited(SetModel(task, model_id), f"model {task.value}")

    def show_models(self) -> None:
        """Offer the models that are installed now."""
        self.parts.recipe.set_models(Catalog.installed(self.settings.models).all())

    def output_folders(self) -> list[Path]:
        """Folders in which results lie, which are no input."""
        folders = [self.choice.folder] if self.choice.folder else []
        return [*folders, default_folder(self.pages)] if self.pages.items else folders

    def recipe_of_new_pages(self) -> Recipe:
        """The settings that were chosen last."""
        return self.new_recipe

    def say(self, words: str) -> None:
        """Tell something that needs no answer."""
        self.parts.status.say(words)
        announce(self.parts.status, words)

    def selected(self) -> list[PageItem]:
        """Selected pages, in order."""
        items = (self.pages.get(item_id) for item_id in self.parts.queue.view.selected_ids())
        return [item for item in items if item is not None]

    def clean(self, items: Sequence[PageItem]) -> None:
        """Clean pages."""
        self.engine.resume()
        self.run.start(items)

    def show_files(self, files: Sequence[Path]) -> None:
        """Add files that another start of the program handed over."""
        self.editing.add(list(files))

    def show_other_files(self, files: Collection[Path]) -> None:
        """Originals were replaced, or changed: read them again wherever they are shown."""
        self.engine.forget_pages()
        self.parts.queue.forget_pictures(files)
        for item in self.pages.items:
            if item.source.path in files:
                self.display.forget(item)
        self.display.follow()

    @Slot()
    def do_primary(self) -> None:
        """Do what the primary button says."""
        primary, items = primary_of(self.pages, self.run, is_paused=self.engine.is_paused)
        match primary:
            case Primary.CLEAN:
                self.clean(items)
            case Primary.PAUSE:
                self.engine.pause()
            case Primary.RESUME:
                self.engine.resume()
            case Primary.SAVE:
                self.saving.save(items, self.choice)
            case _:
                pass

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt's: files may be dropped anywhere."""
        if event.mimeData().hasUrls() and not event.mimeData().hasFormat(ROWS_MIME):  # pages of the queue stay there
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Qt's: files dropped beside the queue go to its end."""
        files = local_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.editing.add(files)
        else:
            self.say(self.tr("Only files of this computer can be dropped; save the picture first, then drop it."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: the original is seen as long as Space is held, in the queue too, which leaves that key alone."""
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.parts.view.hold_original(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Qt's."""
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self.parts.view.hold_original(False)

    def event(self, event: QEvent) -> bool:
        """Qt's: a key that is let go while another window is active is never told."""
        if event.type() == QEvent.Type.WindowDeactivate:
            self.parts.view.hold_original(False)
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt's: asks in mid-run, and keeps the queue."""
        if self._is_closed:
            event.accept()
            return
        if not may_close(self):
            event.ignore()
            return
        self.run.stop()
        if not self.engine.close():
            self.say(self.tr("What is being done does not stop yet; please wait a moment and close again."))
            event.ignore()
            return
        self._is_closed = True
        self._showing_run.stop()
        self.undo.blockSignals(True)  # it tells of its own end, when those who listen are gone
        self.awake.hold(is_on=False)
        self.editing.close()
        self.documents.close()
        self.sizes.close()
        self.saver.close()
        self.display.close()
        self.parts.queue.close_pictures()
        self.parts.recipe.output.close_work()
        self.store.keep(self.pages.items)
        self.store.flush()
        self.store.prune(self.pages.items)  # nothing can be undone any more
        keep_state(self, self.parts.splitter)
        event.accept()
        self.closed.emit()

    def _connect(self) -> None:
        parts, view = self.parts, self.parts.queue.view
        parts.primary.clicked.connect(self.do_primary)
        parts.empty.add_requested.connect(parts.actions["add"].trigger)
        parts.empty.sample_requested.connect(self.editing.add_samples)
        parts.recipe.recipe_edited.connect(self._on_recipe_edited)
        parts.recipe.apply_to_all_requested.connect(self._apply_to_all)
        parts.recipe.apply_to_selected_requested.connect(self._apply_to_selected)
        parts.recipe.output_edited.connect(self._on_output_edited)
        self.sizes.estimated.connect(parts.recipe.output.show_estimate)
        parts.view.zoom_changed.connect(self._show_zoom)
        parts.problems.problem_chosen.connect(self._show_problem)
        view.current_item_changed.connect(self._on_current)
        view.selection_changed.connect(self._on_selection)
        view.export_for_drag = export_pages
        view.export_failed.connect(self.say)
        view.remove_requested.connect(self.editing.remove)
        view.move_requested.connect(self.editing.move)
        parts.queue.order_requested.connect(self.editing.arrange)
        view.retry_requested.connect(self._retry)
        self.editing.added.connect(self._on_added)
        self.pages.rearranged.connect(self._see_some_page)
        self.pages.rearranged.connect(self._show_selection)
        self.pages.changed.connect(self._follow_pages)
        self.run.changed.connect(self._showing_run.ask)
        self.run.progressed.connect(self._show_figures)
        self.engine.page_done.connect(self._on_page_done)
        self.engine.engine_ready.connect(self.parts.status.set_device)

    @Slot(object)
    def _on_added(self, items: Sequence[PageItem]) -> None:
        if self.display.item is None:
            self.parts.queue.view.select_pages([items[0].id])
        if self.settings.clean_at_once:
            self.run.start(items)  # a run that is held stays so

    @Slot(object)
    def _show_problem(self, problem: Problem) -> None:
        item = next((item for item in self.pages.items if item.source.path == problem.file), None)
        if item is not None:
            self.parts.queue.view.select_pages([item.id])

    @Slot(object)
    def _on_current(self, item: PageItem | None) -> None:
        self.display.show(item)

    @Slot(object, str)
    def _on_recipe_edited(self, change: RecipeChange, control: str) -> None:
        selected = self.selected()
        self.new_recipe = change.apply(selected[0].recipe if selected else self.new_recipe)
        changed = {id(recipe): change.apply(recipe) for recipe in distinct_recipes(selected)}
        self.editing.change_recipes({item.id: changed[id(item.recipe)] for item in selected}, control)
        self._show_selection()

    @Slot()
    def _apply_to_all(self) -> None:
        self._apply_to(self.pages.items)

    @Slot()
    def _apply_to_selected(self) -> None:
        self._apply_to(self.selected())

    def _apply_to(self, items: Sequence[PageItem]) -> None:
        """Give pages the settings of the one that is looked at."""
        item = self.display.item
        if item is not None:
            self.editing.change_recipes({other.id: item.recipe for other in items}, "")
            count = len(items)
            self.say(self.tr("{0} pages have these settings now.").format(spell_count(count)))

    @Slot(object)
    def _on_output_edited(self, choice: OutputChoice) -> None:
        """Remember where results go."""
        self.settings = with_output(self.settings, choice)
        self.sizes.watch(self.pages.items, choice)
        try:
            save_settings(self.settings)
        except DoccleanError as fault:
            self.say(str(fault))

    @Slot(object)
    def _retry(self, ids: Sequence[str]) -> None:
        items = [item for item_id in ids if (item := self.pages.get(item_id))]
        self.clean(items)

    @Slot(object)
    def _on_page_done(self, result: object) -> None:
        item = self.pages.get(getattr(result, "job_id", ""))
        if item is not None:
            self.display.forget(item)
            self.display.follow()

    @Slot()
    def _see_some_page(self) -> None:
        """Pages came, by undoing too: one of them is looked at."""
        if self.pages.items and self.display.item is None:
            self.parts.queue.view.select_pages([self.pages.items[0].id])

    @Slot()
    def _follow_pages(self) -> None:
        """The queue changed in some way: keep it, and show it."""
        self.parts.stack.setCurrentWidget(self.parts.view if self.pages.items else self.parts.empty)
        self.store.keep(self.pages.items)
        self.display.follow()
        self._showing_run.ask()

    @Slot()
    def _show_run(self) -> None:
        is_paused = self.engine.is_paused
        primary, items = primary_of(self.pages, self.run, is_paused=is_paused)
        self.parts.primary.setText(words_of(primary, len(items)))
        self.parts.primary.setEnabled(primary is not Primary.NOTHING)
        if self.run.is_on:
            self._show_figures()
        else:
            self.parts.status.show_rest(self.pages)
        example = self.pages.items[0].source if self.pages.items else None
        kinds = frozenset(item.source.path.suffix.lower() for item in self.pages.items)
        self.parts.recipe.output.show_pages(len(self.pages.items), example, default_folder(self.pages), kinds)
        self.sizes.watch(self.pages.items, self.choice)
        self.awake.hold(is_on=self.run.is_on and not is_paused and self.settings.keep_awake)

    @Slot()
    def _show_figures(self) -> None:
        self.parts.status.show_run(self.run.figures(), is_paused=self.engine.is_paused)

    @Slot(object)
    def _on_selection(self, _ids: Sequence[str]) -> None:
        self._show_selection()

    @Slot()
    def _show_selection(self) -> None:
        self.parts.recipe.show_recipes(distinct_recipes(self.selected()) or [self.new_recipe])

    @Slot(float)
    def _show_zoom(self, factor: float) -> None:
        self.parts.zoom_label.setText(f"{factor:.0%}".replace("%", " %"))
