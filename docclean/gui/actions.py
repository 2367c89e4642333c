"""Everything that can be done in the window, as a table: menus, toolbar, shortcuts and their order come from it."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar, QWidget

from docclean.gui.icons import icon

_Key = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action.

    Attributes:
        name: Its object's name, and the key under which `make_actions` gives it.
        menu: Menu it stands in.
        text: What it says; "&" marks the key in menus.
        key: Shortcut; empty for none.
        icon: Name of its icon; empty for none.
        group: Actions of one group exclude each other.
        is_checkable: Whether it is a switch.
        starts_section: Whether a line goes before it.
        tip: What it does, in a sentence.
    """

    name: str
    menu: str
    text: str
    key: str | QKeySequence.StandardKey = ""
    icon: str = ""
    group: str = ""
    is_checkable: bool = False
    starts_section: bool = False
    tip: str = ""


MENUS = ("File", "Edit", "Pages", "View", "Tools", "Help")

ACTIONS = (
    ActionSpec("add", "File", "&Add files…", _Key.Open, "add", tip="Add scans: PDF, multi-page TIFF, and images."),
    ActionSpec("addFolder", "File", "Add &folder…", "Ctrl+Shift+O", "add-folder", tip="Add a folder and those in it."),
    ActionSpec("paste", "File", "&Paste", _Key.Paste, "paste", tip="Add files or a picture from the clipboard."),
    ActionSpec("saveAll", "File", "&Save all", _Key.Save, "save-all", starts_section=True),
    ActionSpec("saveSelected", "File", "Save s&elected", "Ctrl+Alt+S", "save"),
    ActionSpec("saveAs", "File", "Save pa&ge as…", _Key.SaveAs, tip="Save the page under a name of its own."),
    ActionSpec("openOutput", "File", "Open the output f&older"),
    ActionSpec("quit", "File", "&Quit", _Key.Quit, starts_section=True),
    ActionSpec("undo", "Edit", "&Undo", _Key.Undo, "undo"),
    ActionSpec("redo", "Edit", "&Redo", _Key.Redo, "redo"),
    ActionSpec("copy", "Edit", "&Copy page", _Key.Copy, "copy", starts_section=True, tip="Copy the cleaned page."),
    ActionSpec("selectAll", "Edit", "Select &all pages", _Key.SelectAll),
    ActionSpec("remove", "Edit", "Re&move from the list", _Key.Delete, "remove", tip="The files stay where they are."),
    ActionSpec("settings", "Edit", "&Settings…", "Ctrl+,", "settings", starts_section=True),
    ActionSpec("clean", "Pages", "&Clean all pages", "Ctrl+Return", "clean"),
    ActionSpec("cleanSelected", "Pages", "Clean s&elected pages again", "Ctrl+Shift+Return"),
    ActionSpec("pause", "Pages", "&Pause", "Ctrl+P", "pause", is_checkable=True, tip="Hold between two tiles."),
    ActionSpec("skip", "Pages", "S&kip this page", "Ctrl+K", "skip", tip="Leave selected pages out of this run."),
    ActionSpec("stop", "Pages", "&Stop", "Ctrl+.", "stop", tip="Stop at once; what is done stays."),
    ActionSpec("retry", "Pages", "&Try failed pages again", "Ctrl+R", "retry", starts_section=True),
    ActionSpec("nextReview", "Pages", "Next page to &look at", "Ctrl+L", "review"),
    ActionSpec("keepPages", "Pages", "Keep &only pages…", starts_section=True, tip="Choose them by number."),
    ActionSpec(
        "drawPages",
        "Pages",
        "&Draw and clean pages that are no scans",
        tip="In the selected PDF documents; they are left alone otherwise.",
    ),
    ActionSpec("leavePages", "Pages", "Leave pages that are no scans &alone", tip="In the selected PDF documents."),
    ActionSpec("previousPage", "Pages", "Pre&vious page", "PgUp", starts_section=True),
    ActionSpec("nextPage", "Pages", "&Next page", "PgDown"),
    ActionSpec("split", "View", "&Split", "Ctrl+1", "split", "mode", True),
    ActionSpec("side-by-side", "View", "Side &by side", "Ctrl+2", "side-by-side", "mode", True),
    ActionSpec("result", "View", "&Result", "Ctrl+3", "result", "mode", True),
    ActionSpec("original", "View", "&Original", "Ctrl+4", "original", "mode", True),
    ActionSpec("changes", "View", "&Changes", "Ctrl+5", "changes", "mode", True, tip="Color what cleaning changed."),
    ActionSpec("zoomIn", "View", "Zoom &in", _Key.ZoomIn, "zoom-in", starts_section=True),
    ActionSpec("zoomOut", "View", "Zoom o&ut", _Key.ZoomOut, "zoom-out"),
    ActionSpec("fit", "View", "&Fit", "Ctrl+0", "fit"),
    ActionSpec("actualSize", "View", "&100 %", "Ctrl+Alt+0"),
    ActionSpec("doubleSize", "View", "&200 %", "Ctrl+Alt+2"),
    ActionSpec("preview", "View", "&Live preview", "Ctrl+Shift+L", is_checkable=True, starts_section=True),
    ActionSpec("batch", "Tools", "&Batch: folder to folder…", "Ctrl+B", "batch"),
    ActionSpec("compareModels", "Tools", "&Compare models on this page…", "Ctrl+M"),
    ActionSpec("models", "Tools", "&Models…", "", "models"),
    ActionSpec("finetune", "Tools", "&Teach a model my pages…", "Ctrl+T", "teach", tip="Fine-tune a model."),
    ActionSpec("openLog", "Help", "Open the &log folder"),
    ActionSpec("about", "Help", "&About docclean", starts_section=True),
)


def make_actions(owner: QObject) -> dict[str, QAction]:
    """Make every action, by name."""
    groups: dict[str, QActionGroup] = {}
    actions = {}
    for spec in ACTIONS:
        action = QAction(_translated(spec.text), owner)
        action.setObjectName(spec.name)
        action.setCheckable(spec.is_checkable)
        if spec.key:
            action.setShortcut(QKeySequence(spec.key))
        if spec.icon:
            action.setIcon(icon(spec.icon))
        if spec.tip:
            action.setStatusTip(_translated(spec.tip))
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        words = _translated(spec.tip or spec.text).replace("&", "").rstrip("….")
        action.setToolTip(f"{words} ({keys})" if keys else words)
        if spec.group:
            action.setActionGroup(groups.setdefault(spec.group, QActionGroup(owner)))
        actions[spec.name] = action
    actions["quit"].setMenuRole(QAction.MenuRole.QuitRole)
    actions["settings"].setMenuRole(QAction.MenuRole.PreferencesRole)
    actions["about"].setMenuRole(QAction.MenuRole.AboutRole)
    return actions


def fill_menu_bar(bar: QMenuBar, actions: dict[str, QAction]) -> None:
    """Put the actions into menus; a menu's object name is its English title."""
    for title in MENUS:
        menu = bar.addMenu(_translated(f"&{title}"))
        menu.setObjectName(title)
        menu.setToolTipsVisible(True)
        for spec in ACTIONS:
            if spec.menu == title:
                if spec.starts_section:
                    menu.addSeparator()
                menu.addAction(actions[spec.name])


def add_to(widget: QWidget, actions: dict[str, QAction], names: Iterable[str]) -> None:
    """Let shortcuts work and tool bars show these actions; an empty name is a separator."""
    for name in names:
        if name:
            widget.addAction(actions[name])
        else:
            line = QAction(widget)
            line.setSeparator(True)
            widget.addAction(line)


def _translated(text: str) -> str:
    return QCoreApplication.translate("Actions", text)
