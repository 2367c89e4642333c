"""What the window's menus, buttons and shortcuts do, and when they can be used."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu

from docclean.core.paths import log_folder
from docclean.core.recent import recent_files
from docclean.gui.calling_soon import CallingSoon
from docclean.gui.compare_layout import ViewMode
from docclean.gui.folders import open_folder
from docclean.gui.main_window import MainWindow
from docclean.gui.page_item import CLEANED, ItemStatus, PageItem
from docclean.gui.qimage import to_qimage
from docclean.gui.save_dialogs import default_folder
from docclean.gui.window_dialogs import WindowDialogs

_READABLE = "*.pdf *.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp *.jp2 *.pbm *.pgm *.ppm *.gif"


class WindowActions(QObject):
    """Connects every action of a window. Owned by it.

    Attributes:
        dialogs: The other windows.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._actions = window.parts.actions
        self.dialogs = WindowDialogs(window)
        for name, act in self._deeds().items():
            self._actions[name].triggered.connect(act)
        self._actions["preview"].setChecked(True)
        self._actions["preview"].toggled.connect(window.preview.set_enabled)
        self._actions["pause"].toggled.connect(self._pause)
        for mode in ViewMode:
            self._actions[mode.value].triggered.connect(self._choose_mode)
        window.parts.view.mode_changed.connect(self._show_mode)
        window.parts.queue.view.menu_requested.connect(self._show_menu)
        window.undo.canUndoChanged.connect(self._follow)
        window.undo.canRedoChanged.connect(self._follow)
        window.undo.indexChanged.connect(self._follow)
        self._following = CallingSoon(self._follow, window.pages.rowCount, self)
        window.pages.changed.connect(self._following.ask)
        window.run.changed.connect(self._following.ask)
        window.closed.connect(self._following.stop)
        window.engine.pause_changed.connect(self._follow)
        window.parts.queue.view.selection_changed.connect(self._follow)
        self._recent = self._make_recent_menu()
        self._show_mode(window.parts.view.mode)
        self._follow()

    @Slot()
    def quit_at_once(self) -> None:
        """Close without a question: the system, or Ctrl+C in a terminal, wants it."""
        self._window.settings = self._window.settings.changed(ask_before_closing=False)
        self._window.close()

    def _deeds(self) -> dict[str, Callable[[], object]]:
        window, view = self._window, self._window.parts.view
        return {
            "add": self._add_files,
            "addFolder": self._add_folder,
            "paste": self._paste,
            "saveAll": lambda: window.saving.save(window.pages.items, window.choice),
            "saveSelected": lambda: window.saving.save(window.selected(), window.choice),
            "saveAs": self._save_as,
            "openOutput": self._open_output,
            "quit": window.close,
            "undo": window.undo.undo,
            "redo": window.undo.redo,
            "copy": self._copy,
            "selectAll": window.parts.queue.view.selectAll,
            "remove": lambda: window.editing.remove({item.id for item in window.selected()}),
            "settings": self.dialogs.show_settings,
            "clean": lambda: window.clean(window.run.left_to_clean()),
            "cleanSelected": self._clean_selected,
            "skip": self._skip,
            "stop": window.run.stop,
            "retry": self._retry,
            "nextReview": self._go_to_review,
            "keepPages": window.documents.choose_pages,
            "drawPages": window.documents.draw,
            "leavePages": window.documents.leave,
            "previousPage": lambda: self._go(-1),
            "nextPage": lambda: self._go(1),
            "zoomIn": view.zoom_in,
            "zoomOut": view.zoom_out,
            "fit": view.fit,
            "actualSize": lambda: view.set_zoom(1.0),
            "doubleSize": lambda: view.set_zoom(2.0),
            "batch": self.dialogs.show_batch,
            "compareModels": self.dialogs.show_compare_models,
            "models": self.dialogs.show_models,
            "finetune": self.dialogs.show_finetune,
            "openLog": lambda: open_folder(log_folder()),
            "about": self.dialogs.show_about,
        }

    @Slot()
    def _follow(self) -> None:
        """Switch actions on and off, and say what undo would undo."""
        window, run = self._window, self._window.run
        items, selected = window.pages.items, window.selected()
        statuses = {item.status for item in items}
        able = {
            "saveAll": not statuses.isdisjoint(CLEANED),
            "saveSelected": any(item.status in CLEANED for item in selected),
            "saveAs": len(selected) == 1 and selected[0].status in CLEANED,
            "openOutput": bool(items),
            "copy": len(selected) == 1,
            "selectAll": bool(items),
            "remove": bool(selected),
            "clean": run.has_left_to_clean(),
            "cleanSelected": bool(selected),
            "pause": run.is_on,
            "skip": run.is_on,
            "stop": run.is_on,
            "retry": not statuses.isdisjoint((ItemStatus.FAILED, ItemStatus.CANCELLED)),
            "nextReview": ItemStatus.REVIEW in statuses,
            "keepPages": window.documents.can_choose_pages(selected),
            "drawPages": window.documents.can_draw(selected),
            "leavePages": window.documents.can_leave(selected),
            "previousPage": len(items) > 1,
            "nextPage": len(items) > 1,
            "compareModels": bool(selected),
            "undo": window.undo.canUndo(),
            "redo": window.undo.canRedo(),
            **dict.fromkeys((*(mode.value for mode in ViewMode), "fit", "zoomIn", "zoomOut"), bool(items)),
            **dict.fromkeys(("actualSize", "doubleSize"), bool(items)),
        }
        for name, is_able in able.items():
            self._actions[name].setEnabled(is_able)
        undo, redo = window.undo.undoText(), window.undo.redoText()
        self._actions["undo"].setText(self.tr("&Undo {0}").format(undo) if undo else self.tr("&Undo"))
        self._actions["redo"].setText(self.tr("&Redo {0}").format(redo) if redo else self.tr("&Redo"))
        self._set_checked("pause", is_checked=window.engine.is_paused)

    def _set_checked(self, name: str, *, is_checked: bool) -> None:
        action = self._actions[name]
        action.blockSignals(True)  # this shows a state, and asks for nothing
        action.setChecked(is_checked)
        action.blockSignals(False)

    @Slot(bool)
    def _pause(self, is_held: bool) -> None:  # noqa: FBT001 - a signal's argument
        engine = self._window.engine
        engine.pause() if is_held else engine.resume()

    @Slot()
    def _choose_mode(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self._window.parts.view.set_mode(ViewMode(sender.objectName()))

    @Slot(object)
    def _show_mode(self, mode: ViewMode) -> None:
        self._actions[mode.value].setChecked(True)

    @Slot(QPoint, object)
    def _show_menu(self, place: QPoint, _ids: object) -> None:
        menu = QMenu(self._window)
        names = (
            "cleanSelected",
            "skip",
            "retry",
            "",
            "saveSelected",
            "saveAs",
            "copy",
            "",
            "keepPages",
            "drawPages",
            "leavePages",
            "",
            "compareModels",
            "",
            "remove",
        )
        for name in names:
            menu.addAction(self._actions[name]) if name else menu.addSeparator()
        menu.exec(place)
        menu.deleteLater()

    def _make_recent_menu(self) -> QMenu:
        menu = QMenu(self.tr("Open &recent"), self._window)
        menu.setObjectName("recent")
        menu.aboutToShow.connect(self._fill_recent)
        menu.triggered.connect(self._open_recent)
        file_menu = self._window.findChild(QMenu, "File")
        if file_menu is not None:
            file_menu.insertMenu(self._actions["paste"], menu)
        return menu

    @Slot()
    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in recent_files():
            self._recent.addAction(str(path)).setData(str(path))
        if self._recent.isEmpty():
            self._recent.addAction(self.tr("Nothing yet")).setEnabled(False)

    @Slot(QAction)
    def _open_recent(self, action: QAction) -> None:
        if action.data():
            self._window.editing.add([Path(action.data())])

    def _add_files(self) -> None:
        filters = f"{self.tr('Scans')} ({_READABLE});;{self.tr('All files')} (*)"
        names, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Add files"), self._last_folder(), filters)
        self._window.editing.add([Path(name) for name in names])

    def _add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._window, self.tr("Add a folder"), self._last_folder())
        if name:
            self._window.editing.add([Path(name)])

    def _last_folder(self) -> str:
        recent = recent_files()
        return str(recent[0].parent) if recent else str(Path.home())

    def _paste(self) -> None:
        if not self._window.editing.paste(QGuiApplication.clipboard().mimeData()):
            self._window.say(self.tr("The clipboard holds neither files nor a picture."))

    def _copy(self) -> None:
        pixels = self._window.display.result
        if pixels is None:
            self._window.say(self.tr("This page has not been cleaned yet; clean it first."))
            return
        QGuiApplication.clipboard().setImage(to_qimage(pixels))
        self._window.say(self.tr("The cleaned page is in the clipboard."))

    def _save_as(self) -> None:
        selected = self._window.selected()
        if len(selected) == 1:
            self._window.saving.save_as(selected[0], self._window.choice)

    def _open_output(self) -> None:
        folder = self._window.choice.folder or default_folder(self._window.pages)
        if not folder.is_dir():
            self._window.say(self.tr("{0} is not there yet; it is made when pages are saved.").format(folder))
        else:
            open_folder(folder)

    def _clean_selected(self) -> None:
        selected = self._window.selected()
        for item in selected:
            if not self._window.run.is_sent(item):
                item.reset()
        self._window.clean(selected)

    def _skip(self) -> None:
        run = self._window.run
        sent = {item.id for item in self._window.selected() if run.is_sent(item)}
        if not sent and run.current is not None:
            sent = {run.current.id}
        run.skip(sent)

    def _retry(self) -> None:
        given_up = (ItemStatus.FAILED, ItemStatus.CANCELLED)
        self._window.clean([item for item in self._window.pages.items if item.status in given_up])

    def _go(self, step: int) -> None:
        items = self._window.pages.items
        row = self._window.parts.queue.view.currentIndex().row() + step
        if 0 <= row < len(items):
            self._window.parts.queue.view.select_pages([items[row].id])

    def _go_to_review(self) -> None:
        items: list[PageItem] = list(self._window.pages.items)
        row = self._window.parts.queue.view.currentIndex().row() + 1
        for item in (*items[row:], *items[:row]):
            if item.status is ItemStatus.REVIEW:
                self._window.parts.queue.view.select_pages([item.id])
                self._window.parts.view.set_mode(ViewMode.CHANGES)
                return
