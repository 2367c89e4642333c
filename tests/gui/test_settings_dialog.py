from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from docclean.core.job import OutputFormat
from docclean.core.recipe import Task
from docclean.core.settings import Settings, ThemeChoice
from docclean.gui.folding import FoldingSection
from docclean.gui.settings_dialog import SettingsDialog
from docclean.gui.settings_form import SettingsForm

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

DEVICES = [("cpu", "CPU (two cores)"), ("cuda:0", "GPU")]
MODELS = {Task.DENOISE: [("mine-1", "Mine")], Task.DEWATERMARK: [("marks-1", "Marks")]}
Open = Callable[..., SettingsDialog]


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Open:
    def build(settings: Settings | None = None, languages: list[tuple[str, str]] | None = None) -> SettingsDialog:
        dialog = SettingsDialog(settings or Settings(), DEVICES, MODELS, languages or [])
        qtbot.addWidget(dialog)
        dialog.show()
        dialog.findChildren(FoldingSection)[0].set_folded(False)
        return dialog

    return build


Control = TypeVar("Control", bound=QWidget)


def find(dialog: SettingsDialog, kind: type[Control], key: str) -> Control:
    control = dialog.findChild(kind, key)
    assert isinstance(control, kind)
    return control


def choose(box: QComboBox, value: str) -> None:
    """Choose as a user does."""
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def type_in(line: QLineEdit, text: str) -> None:
    line.setText(text)
    line.setModified(True)
    line.editingFinished.emit()


def note(dialog: SettingsDialog, key: str) -> str:
    (form,) = (form for form in dialog.findChildren(SettingsForm) if key in form.setting_keys())
    return form._helps[key].text()


def test_dialog_is_not_modal_and_shows_the_settings(open_dialog: Open) -> None:
    settings = Settings(
        device="cuda:0",
        threads=2,
        theme=ThemeChoice.DARK,
        output_folder="/clean",
        output_format=OutputFormat.PNG,
        keep_awake=False,
        models={Task.DENOISE: "mine-1"},
    )
    dialog = open_dialog(settings)
    assert not dialog.isModal()
    assert find(dialog, QComboBox, "device").currentText() == "GPU"
    assert find(dialog, QComboBox, "theme").currentText() == "Dark"
    assert find(dialog, QComboBox, "output_format").currentText() == "PNG"
    assert find(dialog, QSpinBox, "threads").value() == 2
    assert find(dialog, QLineEdit, "output_folder").text() == "/clean"
    assert not find(dialog, QCheckBox, "keep_awake").isChecked()
    assert find(dialog, QComboBox, "models_denoise").currentText() == "Mine"
    assert find(dialog, QComboBox, "models_dewatermark").currentText() == "Recommended"


IN_THE_PANEL = {"compression", "quality", "languages"}
"""What the output panel of the window sets and shows."""


def test_every_setting_has_a_row_with_help_and_a_name(open_dialog: Open) -> None:
    dialog = open_dialog(languages=[("de", "Deutsch")])
    shown = {key for form in dialog.findChildren(SettingsForm) for key in form.setting_keys()}
    assert {key.partition("models_")[0] or "models" for key in shown} == set(Settings.model_fields) - IN_THE_PANEL
    for key in shown:
        control = find(dialog, QWidget, key)
        assert control.accessibleDescription() == note(dialog, key)
        assert note(dialog, key).endswith(".")
        assert control.accessibleName() or (isinstance(control, QCheckBox) and control.text())


def test_language_without_translations_is_not_offered(open_dialog: Open) -> None:
    assert open_dialog().findChild(QComboBox, "language") is None


def test_opening_and_showing_settings_tells_nobody(qtbot: QtBot, open_dialog: Open) -> None:
    dialog = open_dialog()
    with qtbot.assertNotEmitted(dialog.settings_changed):
        dialog.show_settings(Settings(threads=3, keep_awake=False, output_folder="/x", theme=ThemeChoice.DARK))
    assert find(dialog, QSpinBox, "threads").value() == 3


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: choose(find(d, QComboBox, "theme"), "dark"), Settings(theme=ThemeChoice.DARK)),
        (lambda d: choose(find(d, QComboBox, "device"), "cuda:0"), Settings(device="cuda:0")),
        (lambda d: choose(find(d, QComboBox, "output_format"), "tiff"), Settings(output_format=OutputFormat.TIFF)),
        (lambda d: find(d, QCheckBox, "keep_awake").click(), Settings(keep_awake=False)),
        (lambda d: find(d, QSpinBox, "threads").setValue(4), Settings(threads=4)),
        (lambda d: find(d, QSpinBox, "memory_limit_mb").setValue(512), Settings(memory_limit_mb=512)),
        (lambda d: type_in(find(d, QLineEdit, "output_folder"), " /clean "), Settings(output_folder="/clean")),
        (lambda d: type_in(find(d, QLineEdit, "name_pattern"), "{stem} ok"), Settings(name_pattern="{stem} ok")),
        (
            lambda d: choose(find(d, QComboBox, "models_denoise"), "mine-1"),
            Settings(models={Task.DENOISE: "mine-1"}),
        ),
    ],
    ids=["theme", "device", "format", "switch", "threads", "memory", "folder", "name", "model"],
)
def test_change_is_told_at_once(
    qtbot: QtBot, open_dialog: Open, change: Callable[[SettingsDialog], None], expected: Settings
) -> None:
    dialog = open_dialog()
    with qtbot.waitSignal(dialog.settings_changed) as blocker:
        change(dialog)
    assert blocker.args == [expected]
    assert dialog.settings() == expected


def test_model_put_back_to_recommended_is_left_out(qtbot: QtBot, open_dialog: Open) -> None:
    dialog = open_dialog(Settings(models={Task.DENOISE: "mine-1", Task.DEWATERMARK: "marks-1"}))
    with qtbot.waitSignal(dialog.settings_changed) as blocker:
        choose(find(dialog, QComboBox, "models_denoise"), "")
    assert blocker.args == [Settings(models={Task.DEWATERMARK: "marks-1"})]


def test_value_that_does_not_fit_is_explained_and_not_used(qtbot: QtBot, open_dialog: Open) -> None:
    dialog = open_dialog()
    helpful = note(dialog, "name_pattern")
    with qtbot.assertNotEmitted(dialog.settings_changed):
        type_in(find(dialog, QLineEdit, "name_pattern"), "a/b")
    assert note(dialog, "name_pattern").startswith("Not used: A name cannot hold /")
    type_in(find(dialog, QLineEdit, "name_pattern"), "{stem} ok")
    assert note(dialog, "name_pattern") == helpful


def test_device_that_is_gone_is_shown_as_such(open_dialog: Open) -> None:
    dialog = open_dialog(Settings(device="cuda:3"))
    assert find(dialog, QComboBox, "device").currentText() == "cuda:3 (not here)"


def test_restore_defaults_can_be_undone(qtbot: QtBot, open_dialog: Open) -> None:
    mine = Settings(threads=3, theme=ThemeChoice.DARK)
    dialog = open_dialog(mine)
    button = find(dialog, QPushButton, "restoreDefaults")
    with qtbot.waitSignal(dialog.settings_changed) as blocker:
        button.click()
    assert blocker.args == [Settings()]
    assert find(dialog, QSpinBox, "threads").value() == 0
    assert button.text() == "&Undo"
    with qtbot.waitSignal(dialog.settings_changed) as blocker:
        button.click()
    assert blocker.args == [mine]
    assert find(dialog, QSpinBox, "threads").value() == 3
    assert button.text() == "Re&store defaults"


def test_change_after_restoring_defaults_ends_the_undo(open_dialog: Open) -> None:
    dialog = open_dialog(Settings(threads=3))
    button = find(dialog, QPushButton, "restoreDefaults")
    button.click()
    find(dialog, QCheckBox, "keep_awake").click()
    assert button.text() == "Re&store defaults"


def test_wheel_over_a_control_without_focus_changes_nothing(qtbot: QtBot, open_dialog: Open) -> None:
    dialog = open_dialog()
    box = find(dialog, QComboBox, "theme")
    box.clearFocus()
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(box.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, wheel)
    assert box.currentData() == "system"


def test_browse_takes_the_folder_chosen(qtbot: QtBot, open_dialog: Open) -> None:
    dialog = open_dialog()
    find(dialog, QPushButton, "browse_output_folder").click()
    chooser = dialog.findChild(QFileDialog)
    assert isinstance(chooser, QFileDialog)
    with qtbot.waitSignal(dialog.settings_changed) as blocker:
        chooser.fileSelected.emit("/somewhere")
    chooser.close()
    assert blocker.args == [Settings(output_folder="/somewhere")]
    assert find(dialog, QLineEdit, "output_folder").text() == "/somewhere"


def test_no_key_is_given_twice(open_dialog: Open) -> None:
    dialog = open_dialog(languages=[("de", "Deutsch")])
    labels = [label.text() for label in dialog.findChildren(QLabel) if label.buddy() is not None]
    buttons = [b.text() for kind in (QCheckBox, QPushButton) for b in dialog.findChildren(kind)]
    header = dialog.findChildren(FoldingSection)[0].header.text()
    keys = [text[text.index("&") + 1].lower() for text in (*labels, *buttons, header) if "&" in text]
    assert sorted(keys) == sorted(set(keys))


def test_enter_in_a_line_does_not_close(qtbot: QtBot, open_dialog: Open) -> None:
    dialog = open_dialog()
    QTest.keyClick(find(dialog, QLineEdit, "output_folder"), Qt.Key.Key_Return)
    assert dialog.isVisible()
