"""The language of the window: which is chosen, and that it reaches every corner."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QMenu,
    QPushButton,
    QRadioButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from docclean.core.presets import Presets
from docclean.core.recipe import Task
from docclean.core.settings import Settings
from docclean.gui import language
from docclean.gui.about_dialog import AboutDialog
from docclean.gui.compare_layout import ViewMode
from docclean.gui.compare_view import CompareView
from docclean.gui.elided_label import ElidedLabel
from docclean.gui.engine_thread import EngineThread
from docclean.gui.error_dialog import ErrorDialog
from docclean.gui.language import available_languages, choose_language, install_language
from docclean.gui.main_window import MainWindow
from docclean.gui.models_dialog import ModelsDialog
from docclean.gui.page_item import describe
from docclean.gui.preset_list_dialog import PresetListDialog
from docclean.gui.qimage import to_pixels
from docclean.gui.settings_dialog import SettingsDialog
from docclean.gui.window_actions import WindowActions
from docclean.gui.window_dialogs import WindowDialogs
from docclean.gui.wording import counted_pages, device_words, duration, in_the_window
from tests.helpers.gui import FakeEngine
from tests.helpers.queue import every_state


@pytest.fixture(autouse=True)
def english_again(qapp: QApplication) -> Iterator[None]:
    """Leave the application as it was found."""
    locale = QLocale()
    yield
    install_language(qapp, "en")
    QLocale.setDefault(locale)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture
def german(qapp: QApplication) -> None:
    assert install_language(qapp, "de") == "de"


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], MainWindow]]:
    made: list[MainWindow] = []

    def make() -> MainWindow:
        engine = EngineThread(open_engine=FakeEngine().open)
        settings = Settings(ask_before_closing=False, clean_at_once=False)
        window = MainWindow(settings, engine=engine, session=tmp_path / "session")
        WindowActions(window)
        window.preview.set_enabled(False)
        window.show_models()
        window.show()
        window.pages.insert(0, every_state())
        made.append(window)
        return window

    yield make
    for window in made:
        assert window.close()
        window.deleteLater()


def test_english_comes_first_and_german_names_itself() -> None:
    assert available_languages()[:2] == [("en", "English"), ("de", "Deutsch")]


@pytest.mark.parametrize(
    ("code", "chosen"), [("de", "de"), ("de-AT", "de"), ("de_CH", "de"), ("en", "en"), ("fr", "en"), ("dex", "en")]
)
def test_chosen_language_is_used_where_it_is_there(code: str, chosen: str) -> None:
    assert choose_language(code) == chosen


@pytest.mark.parametrize(
    ("wishes", "chosen"),
    [(["de-AT", "de"], "de"), (["fr-FR", "de-DE", "en-US"], "de"), (["en-GB", "de"], "en"), (["C"], "en"), ([], "en")],
)
def test_without_a_choice_the_system_decides(wishes: list[str], chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class System:
        @staticmethod
        def uiLanguages() -> list[str]:
            return wishes

    class Locale(QLocale):
        @staticmethod
        def system() -> System:  # type: ignore[override]  # a stand-in that knows one thing
            return System()

    with monkeypatch.context() as patch:
        patch.setattr(language, "QLocale", Locale)
        assert choose_language("") == chosen


@pytest.mark.usefixtures("german")
def test_qt_speaks_the_language_too() -> None:
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"


def test_another_language_replaces_the_one_before(qapp: QApplication, german: None) -> None:
    install_language(qapp, "en")
    assert counted_pages(2) == "2 pages"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"


@pytest.mark.usefixtures("german")
def test_numbers_are_written_as_the_language_does() -> None:
    assert QLocale().name().startswith("de_")
    assert (counted_pages(1), counted_pages(1240), duration(90)) == ("1 Seite", "1.240 Seiten", "1 min 30 s")
    assert device_words("CPU (Some chip, 2 cores)") == "CPU (Some chip, 2 Kerne)"


@pytest.mark.usefixtures("german")
def test_sentence_of_the_engine_names_the_control_as_it_is_called_here() -> None:
    assert "„" not in in_the_window("x: holds folders; those are taken with --recursive.")
    assert "Unterordner einbeziehen" in in_the_window("x: holds folders; those are taken with --recursive.")


@pytest.mark.usefixtures("german")
def test_window_is_german_in_menus_queue_and_panels(make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    menus = [action.text() for action in window.menuBar().actions()]
    assert menus == ["&Datei", "&Bearbeiten", "&Seiten", "&Ansicht", "&Extras", "&Hilfe"]
    assert window.parts.primary.text() == "14 Seiten reinigen"
    states = [describe(item, window.pages.tr) for item in window.pages.items[:4]]
    assert states == ["wartet", "wird gereinigt 72 %", "sauber", "2 Stellen prüfen"]
    assert window.parts.status.words.text().startswith("22 Seiten")
    words = {button.text() for button in window.parts.recipe.findChildren(QAbstractButton)}
    assert {"Reinigen", "Wasserzeichen entfernen", "Alle angleichen", "Originale ersetzen"} <= words
    assert window.parts.actions["undo"].text() == "&Rückgängig"


@pytest.mark.parametrize("code", [code for code, _ in available_languages()])
def test_keys_are_unique_within_each_menu(qapp: QApplication, make_window: Callable[[], MainWindow], code: str) -> None:
    install_language(qapp, code)
    window = make_window()
    bar = window.menuBar()
    for menu in (bar, *(child for child in bar.findChildren(QMenu) if child.objectName())):
        texts = [action.text() for action in menu.actions() if "&" in action.text()]
        keys = [text[text.index("&") + 1].lower() for text in texts]
        assert len(set(keys)) == len(keys), texts


def cut_texts(top: QWidget) -> list[str]:
    """What does not have the room that it asks for, or lies outside of what scrolls or holds it."""
    QCoreApplication.sendPostedEvents()  # layouts that wait for their turn
    kinds = (QPushButton, QToolButton, QCheckBox, QRadioButton)
    cut = []
    for widget in top.findChildren(QWidget):
        is_line = isinstance(widget, QLabel) and not widget.wordWrap() and not isinstance(widget, ElidedLabel)
        if not widget.isVisible() or not (isinstance(widget, (*kinds, QComboBox)) or is_line):
            continue
        is_narrow = not isinstance(widget, QComboBox) and widget.width() < widget.sizeHint().width()
        is_outside = widget.mapTo(top, widget.rect().topRight()).x() >= top.width()
        if is_narrow or is_outside:
            cut.append(widget.objectName() or re.sub("&", "", getattr(widget, "text", str)()))
    return cut


@pytest.mark.parametrize("code", [code for code, _ in available_languages()])
@pytest.mark.parametrize("size", [(1280, 800), (900, 600)])
def test_no_text_of_the_window_is_cut(
    qapp: QApplication, make_window: Callable[[], MainWindow], size: tuple[int, int], code: str
) -> None:
    install_language(qapp, code)
    window = make_window()
    window.resize(*size)
    window.grab()
    assert (window.width(), window.height()) == size
    assert cut_texts(window) == []


DIALOGS: dict[str, Callable[[], QWidget]] = {
    "settings": lambda: SettingsDialog(Settings(), [], {task: [] for task in Task}, available_languages()),
    "presets": lambda: PresetListDialog(Presets()),
    "about": lambda: AboutDialog([("Name", "MIT")], "facts", Path("log")),
    "models": lambda: ModelsDialog({}),
    "error": lambda: ErrorDialog("Etwas.", "details", Path("log")),
}


@pytest.mark.parametrize("code", [code for code, _ in available_languages()])
@pytest.mark.parametrize("name", DIALOGS)
def test_no_text_of_a_dialog_is_cut(qapp: QApplication, qtbot: QtBot, name: str, code: str) -> None:
    install_language(qapp, code)
    dialog = DIALOGS[name]()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.grab()
    assert cut_texts(dialog) == []


@pytest.mark.usefixtures("german")
def test_settings_offer_every_language_and_say_when_it_counts(make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    dialogs = WindowDialogs(window)
    dialogs.show_settings()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    boxes = [[box.itemText(n) for n in range(box.count())] for box in dialog.findChildren(QComboBox)]
    assert ["Wie das System", "English", "Deutsch"] in boxes
    assert "Gilt ab dem nächsten Start." in {label.text() for label in dialog.findChildren(QLabel)}
    dialog.close()


def test_window_is_mirrored_where_the_script_runs_from_right_to_left(
    qapp: QApplication, make_window: Callable[[], MainWindow]
) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    window = make_window()
    window.grab()
    assert window.parts.recipe.x() < window.parts.stack.x() < window.parts.queue.x()
    assert cut_texts(window) == []


@pytest.mark.parametrize("mode", [ViewMode.SPLIT, ViewMode.SIDE_BY_SIDE])
def test_before_stays_left_of_after_where_the_script_runs_from_right_to_left(
    qapp: QApplication, qtbot: QtBot, mode: ViewMode
) -> None:
    """Pictures are compared in the order of time, and the keys that push the split line follow the screen."""
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    view = CompareView()
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show()
    view.set_pages(np.zeros((200, 200, 1), np.uint8), np.full((200, 200, 1), 255, np.uint8))
    view.set_mode(mode)
    middle = to_pixels(view.grab().toImage())[200]
    assert middle[140].max() < 40
    assert middle[260].min() > 220
