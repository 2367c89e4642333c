from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from docclean.core.job import Compression, OutputFormat, Storage
from docclean.gui.storage_box import StorageBox, compressions_of, has_quality


@pytest.fixture
def box(qtbot: QtBot) -> Iterator[StorageBox]:
    owner = QWidget()
    qtbot.addWidget(owner)
    yield StorageBox(owner)
    assert owner.children()  # it was there all the time


def ways(box: StorageBox) -> QComboBox:
    found = box.rows[0][1]
    assert isinstance(found, QComboBox)
    return found


def quality(box: StorageBox) -> QSpinBox:
    found = box.rows[1][1]
    assert isinstance(found, QSpinBox)
    return found


@pytest.mark.parametrize(
    ("output_format", "suffixes", "number"),
    [
        (OutputFormat.PDF, {".png"}, 5),
        (OutputFormat.TIFF, {".png"}, 3),
        (OutputFormat.PNG, {".pdf"}, 0),
        (OutputFormat.JPEG, {".pdf"}, 0),
        (OutputFormat.KEEP, {".png", ".jpg"}, 0),
        (OutputFormat.KEEP, {".png", ".tif"}, 3),
        (OutputFormat.KEEP, {".pdf", ".tif"}, 5),
    ],
)
def test_ways_are_those_of_the_format(output_format: OutputFormat, suffixes: set[str], number: int) -> None:
    assert len(compressions_of(output_format, suffixes)) == number


@pytest.mark.parametrize(
    ("output_format", "suffixes", "compression", "is_there"),
    [
        (OutputFormat.JPEG, set[str](), Compression.KEEP, True),
        (OutputFormat.PNG, {".jpg"}, Compression.KEEP, False),
        (OutputFormat.KEEP, {".jpg"}, Compression.KEEP, True),
        (OutputFormat.KEEP, {".png"}, Compression.KEEP, False),
        (OutputFormat.PDF, set[str](), Compression.JPEG, True),
        (OutputFormat.PDF, set[str](), Compression.LOSSLESS, False),
    ],
)
def test_quality_is_there_where_something_can_be_lost(
    output_format: OutputFormat, suffixes: set[str], compression: Compression, *, is_there: bool
) -> None:
    assert has_quality(output_format, suffixes, compression) is is_there


def test_choice_is_told_once_and_only_when_it_is_another(box: StorageBox, qtbot: QtBot) -> None:
    box.show_format(OutputFormat.PDF, ())
    told: list[Storage] = []
    box.edited.connect(lambda: told.append(box.storage))
    combo = ways(box)
    for _ in range(2):
        combo.setCurrentIndex(combo.findData(Compression.JPEG))
        combo.activated.emit(combo.currentIndex())
    quality(box).setValue(70)
    assert told == [Storage(compression=Compression.JPEG), Storage(compression=Compression.JPEG, quality=70)]


def test_shown_choice_is_not_told(box: StorageBox) -> None:
    told: list[Storage] = []
    box.edited.connect(lambda: told.append(box.storage))
    box.show_format(OutputFormat.PDF, ())
    box.show_storage(Storage(compression=Compression.MRC, quality=50))
    assert ways(box).currentData() == Compression.MRC
    assert quality(box).value() == 50
    assert told == []


def test_way_that_the_format_does_not_know_comes_back_with_its_format(box: StorageBox) -> None:
    box.show_storage(Storage(compression=Compression.MRC))
    box.show_format(OutputFormat.PNG, ())
    assert not ways(box).isEnabled()
    assert "TIFF and PDF" in ways(box).toolTip()
    assert not quality(box).isEnabled()
    box.show_format(OutputFormat.PDF, ())
    assert ways(box).isEnabled()
    assert box.storage == Storage(compression=Compression.MRC)


def test_lossless_has_no_quality(box: StorageBox) -> None:
    box.show_format(OutputFormat.PDF, ())
    assert quality(box).isEnabled()
    box.show_storage(Storage(compression=Compression.LOSSLESS))
    assert not quality(box).isEnabled()
