"""The window's colors: one light and one dark palette for Qt's Fusion style, and which of them is in use."""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from docclean.core.settings import ThemeChoice
from docclean.gui.outlined_style import OutlinedStyle

_Role = QPalette.ColorRole

_LIGHT = {
    _Role.Window: "#F6F6F4",
    _Role.WindowText: "#1E1E1C",
    _Role.Base: "#FFFFFF",
    _Role.AlternateBase: "#F1F1EE",
    _Role.Text: "#1E1E1C",
    _Role.PlaceholderText: "#63635E",
    _Role.Button: "#F0F0ED",
    _Role.ButtonText: "#1E1E1C",
    _Role.BrightText: "#B3261E",
    _Role.ToolTipBase: "#2B2B29",
    _Role.ToolTipText: "#F6F6F4",
    _Role.Highlight: "#2F6FDE",
    _Role.HighlightedText: "#FFFFFF",
    _Role.Accent: "#2F6FDE",
    _Role.Link: "#1F58BC",
    _Role.LinkVisited: "#6B46B8",
    _Role.Light: "#FFFFFF",
    _Role.Midlight: "#ECECE8",
    _Role.Mid: "#C9C9C4",
    _Role.Dark: "#A3A39E",
    _Role.Shadow: "#6E6E6A",
}
_DARK = {
    _Role.Window: "#1F2022",
    _Role.WindowText: "#E8E8E6",
    _Role.Base: "#28292C",
    _Role.AlternateBase: "#2D2E32",
    _Role.Text: "#E8E8E6",
    _Role.PlaceholderText: "#A2A29F",
    _Role.Button: "#34363A",
    _Role.ButtonText: "#E8E8E6",
    _Role.BrightText: "#FF9E94",
    _Role.ToolTipBase: "#E8E8E6",
    _Role.ToolTipText: "#1F2022",
    _Role.Highlight: "#7AA7FF",
    _Role.HighlightedText: "#14161A",
    _Role.Accent: "#7AA7FF",
    _Role.Link: "#8FB4FF",
    _Role.LinkVisited: "#C0A6FF",
    _Role.Light: "#46484D",
    _Role.Midlight: "#3C3E42",
    _Role.Mid: "#45474C",
    _Role.Dark: "#141517",
    _Role.Shadow: "#0C0D0E",
}
_DISABLED_TEXT = (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.PlaceholderText)
_LIGHT_DISABLED = {
    **dict.fromkeys(_DISABLED_TEXT, "#85857F"),
    _Role.Highlight: "#D5D5D0",
    _Role.HighlightedText: "#63635E",
    _Role.Accent: "#A3A39E",
}
_DARK_DISABLED = {
    **dict.fromkeys(_DISABLED_TEXT, "#83847F"),
    _Role.Highlight: "#3F4146",
    _Role.HighlightedText: "#A2A29F",
    _Role.Accent: "#5A5C61",
}
_LIGHT_TABLE = "#8A8A86"
_DARK_TABLE = "#3A3B3E"


def light_palette() -> QPalette:
    """Colors for a light desktop."""
    return _palette(_LIGHT, _LIGHT_DISABLED)


def dark_palette() -> QPalette:
    """Colors for a dark desktop."""
    return _palette(_DARK, _DARK_DISABLED)


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than what it stands on."""
    return palette.color(_Role.WindowText).lightness() > palette.color(_Role.Window).lightness()


def table_color(palette: QPalette) -> QColor:
    """The neutral grey that pages lie on, so that white is seen as white."""
    return QColor(_DARK_TABLE if is_dark(palette) else _LIGHT_TABLE)


def apply_theme(app: QApplication, choice: ThemeChoice) -> None:
    """Give the application its style and colors, and keep following the desktop where the user wants that.

    May be called again at any time; open windows change at once.
    """
    follower = app.findChild(_ThemeFollower)
    if follower is None:
        app.setStyle(OutlinedStyle())
        follower = _ThemeFollower(app)
    follower.follow(choice)


class _ThemeFollower(QObject):
    """Sets the palette when the desktop turns dark or light; a child of the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("themeFollower")
        self._app = app
        self._choice = ThemeChoice.SYSTEM
        app.styleHints().colorSchemeChanged.connect(self._update)

    def follow(self, choice: ThemeChoice) -> None:
        """Use a theme; the title bar and native dialogs hear of it too."""
        self._choice = choice
        wanted = {ThemeChoice.LIGHT: Qt.ColorScheme.Light, ThemeChoice.DARK: Qt.ColorScheme.Dark}
        self._app.styleHints().setColorScheme(wanted.get(choice, Qt.ColorScheme.Unknown))
        self._update()

    @Slot()
    def _update(self) -> None:
        # Some platforms cannot be told a scheme, so the choice counts for more than what they say.
        if self._choice is ThemeChoice.SYSTEM:
            is_dark_wanted = self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        else:
            is_dark_wanted = self._choice is ThemeChoice.DARK
        self._app.setPalette(dark_palette() if is_dark_wanted else light_palette())


def _palette(colors: dict[QPalette.ColorRole, str], disabled: dict[QPalette.ColorRole, str]) -> QPalette:
    palette = QPalette()
    for role, color in colors.items():
        palette.setColor(role, QColor(color))
    for role, color in disabled.items():
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(color))
    return palette
