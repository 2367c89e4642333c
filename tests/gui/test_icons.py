import gc
import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from docclean.core.resources import resource_path
from docclean.gui.icons import icon, icon_pixmap
from docclean.gui.theme import dark_palette, light_palette

PICTURES = {"docclean", "empty-page"}
NAMES = sorted(path.stem for path in resource_path("icons").glob("*.svg"))
LINE_ICONS = [name for name in NAMES if name not in PICTURES]
WANTED = [
    "add",
    "add-folder",
    "clean",
    "pause",
    "stop",
    "skip",
    "save",
    "save-all",
    "export",
    "undo",
    "redo",
    "remove",
    "retry",
    "zoom-in",
    "zoom-out",
    "fit",
    "split",
    "side-by-side",
    "result",
    "original",
    "changes",
    "settings",
    "models",
    "teach",
    "batch",
    "preset",
    "paste",
    "copy",
    "waiting",
    "cleaning",
    "done",
    "review",
    "failed",
    "cancelled",
    "unchanged",
    "docclean",
    "empty-page",
]
SIZE = QSize(20, 20)


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Iterator[None]:
    before = qapp.palette()
    qapp.setPalette(light_palette())
    yield
    qapp.setPalette(before)


def colors_of(pixmap: QPixmap) -> set[str]:
    """Colors of the pixels that are wholly covered."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def test_icons_are_all_there() -> None:
    assert set(WANTED) == set(NAMES)


@pytest.mark.parametrize("name", LINE_ICONS)
def test_icon_is_of_the_family(name: str) -> None:
    text = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.5"' in text
    assert set(re.findall(r"#[0-9A-Fa-f]{3,}", text)) == set()


@pytest.mark.parametrize("name", LINE_ICONS)
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_icon_has_pixels_that_are_wholly_covered_and_no_other_color(
    qapp: QApplication, name: str, ratio: float
) -> None:
    pixmap = icon(name).pixmap(SIZE, ratio)
    assert pixmap.size() == SIZE * ratio
    assert pixmap.devicePixelRatio() == ratio
    assert colors_of(pixmap) == {"#1e1e1c"}


@pytest.mark.parametrize("name", LINE_ICONS)
def test_icon_does_not_touch_the_edge(qapp: QApplication, name: str) -> None:
    image = icon(name).pixmap(SIZE, 2.0).toImage()
    edge = [image.pixelColor(x, y).alpha() for x in range(40) for y in (0, 39)]
    edge += [image.pixelColor(x, y).alpha() for x in (0, 39) for y in range(40)]
    assert max(edge) == 0


@pytest.mark.parametrize(
    ("mode", "group", "role"),
    [
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText),
        (QIcon.Mode.Active, QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText),
        (QIcon.Mode.Selected, QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText),
    ],
)
def test_icon_takes_the_palettes_color(
    qapp: QApplication, mode: QIcon.Mode, group: QPalette.ColorGroup, role: QPalette.ColorRole
) -> None:
    assert colors_of(icon("add").pixmap(SIZE, 1.0, mode)) == {light_palette().color(group, role).name()}


def test_icon_on_a_button_changes_with_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    button = QPushButton()
    button.setIcon(icon("stop"))
    qtbot.addWidget(button)
    assert "#1e1e1c" in colors_of(button.icon().pixmap(SIZE))
    qapp.setPalette(dark_palette())
    assert "#e8e8e6" in colors_of(button.icon().pixmap(SIZE))


def test_icon_of_a_fixed_color_keeps_it_but_for_disabled(qapp: QApplication) -> None:
    red = icon("add", color=QColor("#ff0000"))
    assert colors_of(red.pixmap(SIZE)) == {"#ff0000"}
    assert "#ff0000" not in colors_of(red.pixmap(SIZE, 1.0, QIcon.Mode.Disabled))


def test_icon_of_a_role_follows_the_theme(qapp: QApplication) -> None:
    on_accent = icon("add", color=QPalette.ColorRole.HighlightedText)
    assert colors_of(on_accent.pixmap(SIZE)) == {"#ffffff"}
    qapp.setPalette(dark_palette())
    assert colors_of(on_accent.pixmap(SIZE)) == {"#14161a"}


def test_icon_copied_changed_and_dropped_still_paints(qapp: QApplication) -> None:
    changed = QIcon(icon("add"))
    changed.setIsMask(True)
    gc.collect()
    assert colors_of(changed.pixmap(SIZE)) == {"#1e1e1c"}


@pytest.mark.parametrize("size", [16, 256])
def test_program_icon_has_its_own_colors(qapp: QApplication, size: int) -> None:
    assert {"#ffffff", "#2b2d31"} <= colors_of(icon_pixmap("docclean", QSize(size, size)))


def test_pixmap_of_another_shape_is_centered_and_not_stretched(qapp: QApplication) -> None:
    image = icon_pixmap("stop", QSize(60, 20)).toImage()
    assert image.pixelColor(24, 10).alpha() == 255
    assert all(image.pixelColor(x, y).alpha() == 0 for x in (*range(20), *range(40, 60)) for y in range(20))


def test_icon_that_does_not_exist_is_refused(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icon("nonsense")
