"""PDF files in the whole window, with an engine that darkens pages."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pikepdf
import pytest
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from docclean.core.output_choice import OutputChoice
from docclean.core.settings import Settings
from docclean.documents.passwords import forget_all
from docclean.documents.pdf_opening import release_pdfs
from docclean.gui.engine_thread import EngineThread
from docclean.gui.main_window import MainWindow
from docclean.gui.page_item import ItemStatus
from docclean.gui.window_actions import WindowActions
from docclean.gui.window_documents import DRAWING_DPI
from tests.helpers.gui import FakeEngine, waits_for
from tests.helpers.small_pdfs import add_page, gray_image

QUIET = Settings(notify_when_finished=False)
LINES = b"0 0 30 20 re f\n"
PASSWORD = "open sesame"  # noqa: S105 - of a file made here
W = TypeVar("W", bound=QWidget)


@pytest.fixture(autouse=True)
def no_passwords() -> Iterator[None]:
    yield
    forget_all()
    release_pdfs()


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[], MainWindow]]:
    made: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(QUIET, engine=EngineThread(open_engine=FakeEngine().open), session=tmp_path / "session")
        WindowActions(window)
        window.preview.set_enabled(False)
        window.show()
        made.append(window)
        return window

    yield make
    for window in made:
        window.settings = window.settings.changed(ask_before_closing=False)
        assert window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window: Callable[[], MainWindow]) -> MainWindow:
    window = make_window()
    window.start()
    return window


def mixed_pdf(path: Path, scans: int = 2, drawn: int = 1, password: str = "") -> Path:
    """Make a PDF with pages that are scans, then pages that are not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pikepdf.new() as pdf:
        for _ in range(scans):
            add_page(pdf, image=gray_image(pdf))
        for _ in range(drawn):
            add_page(pdf, LINES)
        locks = pikepdf.Encryption(owner=password, user=password) if password else False
        pdf.save(path, encryption=locks)
    return path


def cleaned(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    """Drop a file and wait until its pages are through."""
    with qtbot.waitSignal(window.run.finished, timeout=20_000):
        window.editing.add([path])


def statuses(window: MainWindow) -> list[ItemStatus]:
    return [item.status for item in window.pages.items]


def dialog(window: MainWindow, name: str, qtbot: QtBot) -> QDialog:
    """Wait for a dialog that can be seen."""

    def seen() -> list[QDialog]:
        return [each for each in window.findChildren(QDialog, name) if each.isVisible()]

    qtbot.waitUntil(waits_for(lambda: bool(seen())), timeout=10_000)
    return seen()[0]


def part(parent: QWidget, kind: type[W], name: str) -> W:
    found = parent.findChild(kind, name)
    assert found is not None
    return found


def type_password(asked: QDialog, password: str) -> None:
    part(asked, QLineEdit, "passwordLine").setText(password)
    asked.accept()


def test_pages_that_are_no_scans_are_left_alone_and_have_not_failed(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    cleaned(window, mixed_pdf(tmp_path / "in" / "mixed.pdf"), qtbot)
    assert statuses(window) == [ItemStatus.DONE, ItemStatus.DONE, ItemStatus.KEPT]
    assert window.run.left_to_clean() == []
    assert not window.parts.problems.problems()
    assert "1 left alone (no scan)" in window.parts.status.words.text()


def test_pages_that_are_no_scans_are_drawn_and_cleaned_on_request(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    cleaned(window, mixed_pdf(tmp_path / "in" / "mixed.pdf"), qtbot)
    window.parts.queue.view.select_pages([window.pages.items[0].id])
    qtbot.waitUntil(waits_for(window.parts.actions["drawPages"].isEnabled))
    with qtbot.waitSignal(window.run.finished, timeout=20_000):
        window.parts.actions["drawPages"].trigger()
    assert [item.source.render_dpi for item in window.pages.items] == [None, None, DRAWING_DPI]
    assert statuses(window)[2] is not ItemStatus.KEPT
    assert window.pages.items[2].draft is not None
    qtbot.waitUntil(waits_for(window.parts.actions["leavePages"].isEnabled))
    with qtbot.waitSignal(window.run.finished, timeout=20_000):
        window.parts.actions["leavePages"].trigger()
    assert statuses(window)[2] is ItemStatus.KEPT


def test_drawing_can_be_undone(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    cleaned(window, mixed_pdf(tmp_path / "in" / "mixed.pdf"), qtbot)
    window.parts.queue.view.selectAll()
    with qtbot.waitSignal(window.run.finished, timeout=20_000):
        window.documents.draw()
    window.undo.undo()
    assert [item.source.render_dpi for item in window.pages.items] == [None, None, None]
    assert window.pages.items[2].status is ItemStatus.WAITING


def test_saved_pdf_keeps_the_page_that_was_left_alone(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = mixed_pdf(tmp_path / "in" / "mixed.pdf")
    cleaned(window, path, qtbot)
    with qtbot.waitSignal(window.saving.saved, timeout=20_000):
        window.saving.save(window.pages.items, OutputChoice(folder=tmp_path / "out"))
    with pikepdf.open(tmp_path / "out" / "mixed.pdf") as result:
        assert len(result.pages) == 3
        assert result.pages[2].Contents.read_bytes() == LINES
    assert all(item.is_saved for item in window.pages.items)


def test_only_pages_with_chosen_numbers_stay(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    cleaned(window, mixed_pdf(tmp_path / "in" / "mixed.pdf", scans=5, drawn=0), qtbot)
    window.parts.queue.view.select_pages([window.pages.items[3].id])
    window.documents.choose_pages()
    asked = dialog(window, "pageRange", qtbot)
    accept = asked.findChildren(QDialogButtonBox)[0].button(QDialogButtonBox.StandardButton.Ok)
    line, hint = part(asked, QLineEdit, "pageRangeLine"), part(asked, QLabel, "pageRangeHint")
    assert not accept.isEnabled()
    for text, is_sound in (("x", False), ("9", False), ("2-3,5", True)):
        line.setText(text)
        assert accept.isEnabled() is is_sound
        assert hint.text()
    assert hint.text() == "3 of 5 pages stay."
    asked.accept()
    assert [item.source.page for item in window.pages.items] == [1, 2, 4]
    window.undo.undo()
    assert len(window.pages.items) == 5


def test_password_is_asked_for_until_it_opens_the_file(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.editing.add([mixed_pdf(tmp_path / "in" / "locked.pdf", password=PASSWORD)])
    type_password(dialog(window, "password", qtbot), "wrong")
    again = dialog(window, "password", qtbot)
    assert "does not open" in part(again, QLabel, "passwordWords").text()
    with qtbot.waitSignal(window.run.finished, timeout=20_000):
        type_password(again, PASSWORD)
    assert statuses(window) == [ItemStatus.DONE, ItemStatus.DONE, ItemStatus.KEPT]


def test_locked_file_that_is_left_out_is_listed(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = mixed_pdf(tmp_path / "in" / "locked.pdf", password=PASSWORD)
    window.editing.add([path])
    dialog(window, "password", qtbot).reject()
    assert not window.pages.items
    (problem,) = window.parts.problems.problems()
    assert problem.file == path
    assert "password" in problem.sentence


def test_two_locked_files_are_asked_for_one_after_the_other(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    paths = [mixed_pdf(tmp_path / "in" / f"{name}.pdf", password=PASSWORD) for name in "ab"]
    window.editing.add(paths)
    first = dialog(window, "password", qtbot)
    assert "a.pdf" in part(first, QLabel, "passwordWords").text()
    first.reject()
    qtbot.waitUntil(waits_for(lambda: not first.isVisible()))
    second = dialog(window, "password", qtbot)
    assert "b.pdf" in part(second, QLabel, "passwordWords").text()
    second.reject()
    assert [problem.file for problem in window.parts.problems.problems()] == paths


def test_locked_file_of_the_last_time_is_asked_for_at_the_start(
    make_window: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    first = make_window()
    first.start()
    first.editing.add([mixed_pdf(tmp_path / "in" / "locked.pdf", password=PASSWORD)])
    with qtbot.waitSignal(first.run.finished, timeout=20_000):
        type_password(dialog(first, "password", qtbot), PASSWORD)
    first.close()
    assert PASSWORD not in (tmp_path / "session" / "queue.json").read_text(encoding="utf-8")
    forget_all()
    release_pdfs()
    second = make_window()
    second.start()
    asked = dialog(second, "password", qtbot)
    type_password(asked, PASSWORD)
    qtbot.waitUntil(waits_for(lambda: second.display.is_shown), timeout=10_000)


def signed_pdf(path: Path) -> Path:
    """Make a PDF that says of itself that it is signed."""
    with pikepdf.open(mixed_pdf(path), allow_overwriting_input=True) as pdf:
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), SigFlags=3)
        pdf.save(path)
    return path


@pytest.mark.parametrize("is_wanted", [True, False])
def test_signed_file_is_saved_only_when_that_is_wanted(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, *, is_wanted: bool
) -> None:
    cleaned(window, signed_pdf(tmp_path / "in" / "signed.pdf"), qtbot)
    window.saving.save(window.pages.items, OutputChoice(folder=tmp_path / "out"))
    asked = dialog(window, "signedQuestion", qtbot)
    assert isinstance(asked, QMessageBox)
    assert "signed.pdf" in asked.text()
    assert not (tmp_path / "out" / "signed.pdf").exists()
    assert not window.parts.problems.problems()
    if is_wanted:
        button = next(each for each in asked.findChildren(QPushButton) if each.text() == "Save anyway")
        with qtbot.waitSignal(window.saving.saved, timeout=20_000):
            button.click()
        assert (tmp_path / "out" / "signed.pdf").exists()
    else:
        asked.reject()
        assert not (tmp_path / "out" / "signed.pdf").exists()
