"""The status line, and what the one primary button says and does."""

from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from docclean.gui.cleaning_run import CleaningRun, RunFigures
from docclean.gui.page_item import CLEANED, ItemStatus, PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.wording import device_words, duration, spell_count

_SAID_MS = 6000


class Primary(StrEnum):
    """What the primary button does."""

    ADD = "add"
    CLEAN = "clean"
    PAUSE = "pause"
    RESUME = "resume"
    SAVE = "save"
    NOTHING = "nothing"


def primary_of(queue: PageQueue, run: CleaningRun, *, is_paused: bool) -> tuple[Primary, list[PageItem]]:
    """What there is to do next, and with which pages; pages that were skipped come when nothing else is left."""
    if run.is_on:
        return (Primary.RESUME if is_paused else Primary.PAUSE), []
    left = [item for item in run.left_to_clean() if item.status is not ItemStatus.FAILED]
    if any(item.status is not ItemStatus.CANCELLED for item in left):
        return Primary.CLEAN, left
    if unsaved := [item for item in queue.items if item.status in CLEANED and not item.is_saved]:
        return Primary.SAVE, unsaved
    return (Primary.CLEAN, left) if left else (Primary.NOTHING, [])


def words_of(primary: Primary, pages: int) -> str:
    """What the primary button says."""
    match primary:
        case Primary.CLEAN:
            return _text("Clean 1 page") if pages == 1 else _text("Clean %n pages").replace("%n", spell_count(pages))
        case Primary.PAUSE:
            return _text("Pause")
        case Primary.RESUME:
            return _text("Go on")
        case Primary.SAVE:
            return _text("Save 1 page") if pages == 1 else _text("Save %n pages").replace("%n", spell_count(pages))
        case _:
            return _text("Clean")


class StatusLine(QWidget):
    """Page of pages, speed, time left, device, and a bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self._device = ""
        self._standing = ""
        self._said = QTimer(self)
        self._said.setSingleShot(True)
        self._said.timeout.connect(self._show_standing)
        self.words = QLabel()
        self.words.setObjectName("statusWords")
        self.bar = QProgressBar()
        self.bar.setObjectName("statusBarProgress")
        self.bar.setAccessibleName(self.tr("Progress of the run"))
        self.bar.setRange(0, 1000)
        self.bar.setFixedWidth(200)
        self.bar.setMaximumHeight(16)
        self.bar.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(16)
        layout.addWidget(self.words, stretch=1)
        layout.addWidget(self.bar)

    def set_device(self, label: str) -> None:
        """Name the device that cleans."""
        self._device = device_words(label)

    def say(self, words: str) -> None:
        """Tell something for a while, in place of the figures."""
        self.words.setText(words)
        self._said.start(_SAID_MS)

    def show_run(self, figures: RunFigures, *, is_paused: bool) -> None:
        """Show how far a run has come."""
        parts = [_text("Page {0} of {1}").format(min(figures.done + 1, figures.total), spell_count(figures.total))]
        if figures.waits_for_training:
            parts.append(_text("waits for the training"))
        elif is_paused:
            parts.append(_text("paused"))
        elif figures.pages_per_minute:
            parts.append(_text("{0} pages/min").format(f"{figures.pages_per_minute:.0f}"))
        if figures.seconds_left is not None and not (is_paused or figures.waits_for_training):
            parts.append(_text("{0} left").format(duration(figures.seconds_left)))
        self._say(parts)
        self.bar.setValue(round(1000 * figures.share))
        self.bar.setFormat(f"{figures.share:.0%}".replace("%", " %"))
        self.bar.show()

    def show_rest(self, queue: PageQueue) -> None:
        """Show what there is while nothing runs."""
        self.bar.hide()
        count = len(queue.items)
        parts = [_text("1 page") if count == 1 else _text("{0} pages").format(spell_count(count))] if count else []
        review = sum(item.status is ItemStatus.REVIEW for item in queue.items)
        failed = sum(item.status is ItemStatus.FAILED for item in queue.items)
        parts += [_text("{0} to look at").format(review)] if review else []
        parts += [_text("{0} failed").format(failed)] if failed else []
        self._say(parts)

    def _say(self, parts: list[str]) -> None:
        self._standing = "  ·  ".join([*parts, self._device] if self._device else parts)
        if not self._said.isActive():
            self._show_standing()

    @Slot()
    def _show_standing(self) -> None:
        self.words.setText(self._standing)


def _text(words: str) -> str:
    return QCoreApplication.translate("StatusLine", words)
