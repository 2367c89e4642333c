import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from docclean.core.job import OutputFormat
from docclean.engine.text_recognition import Missing, MissingPart
from docclean.gui.searchable_box import Recognition, SearchableBox, can_hold_text, language_name

THERE = Recognition(("chi_sim", "deu", "eng"))
ABSENT = Recognition((), Missing(MissingPart.PROGRAM, "sudo apt install tesseract-ocr"))
WORDS = "Searchable text needs the program Tesseract. To install it: sudo apt install tesseract-ocr"


class Looks:
    """What is found, look by look."""

    def __init__(self, *found: Recognition) -> None:
        self.found = list(found)

    def __call__(self) -> Recognition:
        return self.found.pop(0)


def shown(qtbot: QtBot, *found: Recognition, output_format: OutputFormat = OutputFormat.PDF) -> SearchableBox:
    box = SearchableBox(look=Looks(*found))
    qtbot.addWidget(box)
    box.show_format(output_format, ())
    with qtbot.waitSignal(box._work.succeeded):
        box.show()
    return box


def switch(box: SearchableBox) -> QCheckBox:
    found = box.findChild(QCheckBox, "output.searchable")
    assert found is not None
    return found


def menu_of(box: SearchableBox) -> dict[str, QAction]:
    button = box.findChild(QToolButton, "output.languages")
    assert button is not None
    return {action.data(): action for action in button.menu().actions()}


def notice(box: SearchableBox) -> QLabel:
    found = box.findChild(QLabel, "output.searchableNotice")
    assert found is not None
    return found


def test_languages_that_are_installed_can_be_chosen(qtbot: QtBot) -> None:
    box = shown(qtbot, THERE)
    assert set(menu_of(box)) == {"chi_sim", "deu", "eng"}
    told: list[tuple[str, ...]] = []
    box.edited.connect(lambda: told.append(box.languages))
    switch(box).click()
    menu_of(box)["deu"].trigger()
    menu_of(box)["eng"].trigger()
    menu_of(box)["deu"].trigger()  # the last one stays
    switch(box).click()
    assert told == [("eng",), ("eng", "deu"), ("deu",), ("deu",), ()]
    assert notice(box).isHidden()


def test_what_is_missing_is_said_with_its_command(qtbot: QtBot) -> None:
    box = shown(qtbot, ABSENT)
    assert not switch(box).isEnabled()
    assert switch(box).toolTip() == WORDS
    assert notice(box).text() == WORDS
    assert notice(box).isVisible()
    assert notice(box).textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_what_was_installed_meanwhile_is_found_when_the_user_comes_back(qtbot: QtBot) -> None:
    box = shown(qtbot, ABSENT, THERE)
    with qtbot.waitSignal(box._work.succeeded):
        box._on_state(Qt.ApplicationState.ApplicationActive)
    assert switch(box).isEnabled()
    assert notice(box).isHidden()
    box._on_state(Qt.ApplicationState.ApplicationActive)  # nothing is missing, so nobody looks
    assert not box._work.is_running


def test_other_formats_than_pdf_hold_no_text(qtbot: QtBot) -> None:
    box = shown(qtbot, ABSENT, output_format=OutputFormat.PNG)
    assert not switch(box).isEnabled()
    assert "Only PDF" in switch(box).toolTip()
    assert notice(box).isHidden()


def test_chosen_languages_stay_though_they_are_not_installed(qtbot: QtBot) -> None:
    box = shown(qtbot, THERE)
    box.show_languages(("fra", "eng"))
    assert box.languages == ("fra", "eng")
    assert menu_of(box)["fra"].isChecked()
    assert switch(box).isChecked()


@pytest.mark.parametrize(
    ("output_format", "suffixes", "can"),
    [
        (OutputFormat.PDF, set[str](), True),
        (OutputFormat.KEEP, {".png", ".pdf"}, True),
        (OutputFormat.KEEP, {".png"}, False),
        (OutputFormat.TIFF, {".pdf"}, False),
    ],
)
def test_text_needs_a_pdf(output_format: OutputFormat, suffixes: set[str], *, can: bool) -> None:
    assert can_hold_text(output_format, suffixes) is can


@pytest.mark.parametrize(
    ("language", "name"),
    [("eng", "English"), ("deu", "Deutsch"), ("deu_latf", "Deutsch (latf)"), ("fra", "français"), ("qqq", "qqq")],
)
def test_languages_have_their_own_names(language: str, name: str) -> None:
    assert language_name(language) == name
