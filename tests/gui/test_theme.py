from collections.abc import Iterator
from itertools import product

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QRadioButton
from pytestqt.qtbot import QtBot

from docclean.core.settings import ThemeChoice
from docclean.gui.primary_button import PrimaryButton
from docclean.gui.theme import apply_theme, dark_palette, is_dark, light_palette, table_color

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

Role = QPalette.ColorRole
Group = QPalette.ColorGroup
PALETTES = {"light": light_palette, "dark": dark_palette}
ON = {
    Role.WindowText: (Role.Window, Role.Base),
    Role.Text: (Role.Base, Role.AlternateBase, Role.Window),
    Role.PlaceholderText: (Role.Base, Role.AlternateBase, Role.Window),
    Role.ButtonText: (Role.Button, Role.Window),
    Role.BrightText: (Role.Window, Role.Base),
    Role.ToolTipText: (Role.ToolTipBase,),
    Role.HighlightedText: (Role.Highlight, Role.Accent),
    Role.Link: (Role.Window, Role.Base),
    Role.LinkVisited: (Role.Window, Role.Base),
}
PAIRS = [(text, ground) for text, grounds in ON.items() for ground in grounds]
DISABLED_PAIRS = [(text, ground) for text, ground in PAIRS if ground is not Role.Accent]


def luminance(color: QColor) -> float:
    """Relative luminance, 0 to 1. Source: WCAG 2.2."""
    linear: list[float] = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(autouse=True)
def untouched_look(qapp: QApplication) -> Iterator[None]:
    palette, style = qapp.palette(), qapp.style().objectName()
    yield
    for follower in qapp.findChildren(QObject, "themeFollower"):
        follower.setParent(None)
        follower.deleteLater()
    qapp.setStyle(style)
    qapp.setPalette(palette)


@pytest.mark.parametrize(("name", "pair"), list(product(PALETTES, PAIRS)))
def test_text_on_its_ground_is_easy_to_read(qapp: QApplication, name: str, pair: tuple[Role, Role]) -> None:
    palette = PALETTES[name]()
    for group in (Group.Active, Group.Inactive):
        assert contrast(palette.color(group, pair[0]), palette.color(group, pair[1])) >= 4.5


@pytest.mark.parametrize(("name", "pair"), list(product(PALETTES, DISABLED_PAIRS)))
def test_disabled_text_on_its_ground_can_be_read(qapp: QApplication, name: str, pair: tuple[Role, Role]) -> None:
    palette = PALETTES[name]()
    assert contrast(palette.color(Group.Disabled, pair[0]), palette.color(Group.Disabled, pair[1])) >= 3


@pytest.mark.parametrize("name", PALETTES)
def test_focus_stands_out_from_the_window(qapp: QApplication, name: str) -> None:
    palette = PALETTES[name]()
    assert contrast(palette.color(Role.Accent), palette.color(Role.Window)) >= 3


@pytest.mark.parametrize("name", PALETTES)
def test_table_is_grey_without_a_hue(qapp: QApplication, name: str) -> None:
    color = table_color(PALETTES[name]())
    channels = (color.red(), color.green(), color.blue())
    assert max(channels) - min(channels) <= 4


@pytest.mark.parametrize(("choice", "expected"), [(ThemeChoice.LIGHT, False), (ThemeChoice.DARK, True)])
def test_theme_chosen_is_the_one_in_use(qapp: QApplication, choice: ThemeChoice, expected: bool) -> None:
    apply_theme(qapp, choice)
    assert is_dark(qapp.palette()) == expected
    assert qapp.style().objectName() == "fusion"


def test_theme_applied_twice_has_one_follower(qapp: QApplication) -> None:
    apply_theme(qapp, ThemeChoice.LIGHT)
    apply_theme(qapp, ThemeChoice.DARK)
    assert len(qapp.findChildren(QObject, "themeFollower")) == 1


class Desktop(QObject):
    """Stands in for QStyleHints: offscreen there is no desktop that could turn dark."""

    colorSchemeChanged = Signal(object)  # noqa: N815 - named as in QStyleHints

    def __init__(self) -> None:
        super().__init__()
        self.scheme = Qt.ColorScheme.Light

    def colorScheme(self) -> Qt.ColorScheme:
        return self.scheme

    def setColorScheme(self, scheme: Qt.ColorScheme) -> None:
        if scheme is not Qt.ColorScheme.Unknown:
            self.turn(scheme)

    def turn(self, scheme: Qt.ColorScheme) -> None:
        self.scheme = scheme
        self.colorSchemeChanged.emit(scheme)


@pytest.fixture
def desktop(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Desktop:
    desktop = Desktop()
    monkeypatch.setattr(QApplication, "styleHints", lambda app: desktop)
    return desktop


def test_desktop_turns_dark_when_followed_window_does_too(qapp: QApplication, desktop: Desktop) -> None:
    apply_theme(qapp, ThemeChoice.SYSTEM)
    assert not is_dark(qapp.palette())
    desktop.turn(Qt.ColorScheme.Dark)
    assert is_dark(qapp.palette())


def test_desktop_turns_dark_when_light_is_chosen_window_stays_light(qapp: QApplication, desktop: Desktop) -> None:
    apply_theme(qapp, ThemeChoice.LIGHT)
    desktop.turn(Qt.ColorScheme.Dark)
    assert not is_dark(qapp.palette())


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_primary_button_is_painted_in_the_accent_color(qtbot: QtBot, qapp: QApplication, choice: ThemeChoice) -> None:
    button = PrimaryButton("Clean 24 pages")
    qtbot.addWidget(button)
    apply_theme(qapp, choice)
    qtbot.waitUntil(lambda: button.palette().color(Role.Accent) == qapp.palette().color(Role.Accent))
    for enabled in (True, False):
        button.setEnabled(enabled)
        ground = button.grab().toImage().pixelColor(6, button.height() // 2)
        assert (ground == qapp.palette().color(Role.Accent)) == enabled


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton, QLineEdit])
def test_empty_control_is_outlined_so_that_it_can_be_seen(
    qapp: QApplication, qtbot: QtBot, name: str, kind: type[QCheckBox | QRadioButton | QLineEdit]
) -> None:
    apply_theme(qapp, ThemeChoice(name))
    control = kind()
    qtbot.addWidget(control)
    control.setPalette(qapp.palette())
    control.resize(60, 30)
    image = control.grab().toImage()
    window = qapp.palette().color(Role.Window)
    colors = [image.pixelColor(x, y) for x in range(min(30, image.width())) for y in range(image.height())]
    assert max(contrast(color, window) for color in colors) >= 3.0
