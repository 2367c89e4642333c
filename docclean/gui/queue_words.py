"""What a row of the queue says: name, state, place in its document. Nothing here draws."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from docclean.gui.page_item import CLEANED, ItemNote, ItemStatus, PageItem, describe, note_of
from docclean.gui.queue_folds import Tally

_WORST_FIRST = (
    ItemStatus.CLEANING,
    ItemStatus.FAILED,
    ItemStatus.REVIEW,
    ItemStatus.CANCELLED,
    ItemStatus.WAITING,
    ItemStatus.DONE,
    ItemStatus.UNCHANGED,
    ItemStatus.KEPT,
)


@dataclass(frozen=True, slots=True)
class RowWords:
    """What a row shows.

    Attributes:
        name: First line.
        state: Second line.
        place: Third line; empty for none.
        note: What stands beside the third line, with a dot.
        status: The state that the mark shows.
        progress: 0..1, for the mark.
    """

    name: str
    state: str
    place: str
    note: ItemNote
    status: ItemStatus
    progress: float

    @property
    def note_words(self) -> str:
        """The note in the user's language; empty for none."""
        return _text(self.note.value) if self.note else ""


def words_of_page(item: PageItem) -> RowWords:
    """What the row of one page says."""
    state = describe(item, _text)
    places = [_page_words(item.source.page + 1, item.source.pages)] if item.source.pages > 1 else []
    if item.status is ItemStatus.FAILED:
        places.append(state.removeprefix(f"{item.source.path}: "))
        state = _text("failed")
    return RowWords(item.name, state, " · ".join(places), note_of(item), item.status, item.progress)


def words_of_document(item: PageItem, tally: Tally) -> RowWords:
    """What the row says that stands for all pages of a folded document.

    Args:
        item: Its first page.
        tally: How far its pages have come.
    """
    states: dict[ItemStatus, int] = dict.fromkeys(_WORST_FIRST, 0)
    notes: dict[ItemNote, int] = dict.fromkeys(ItemNote, 0)
    for (status, note), pages in tally.items():
        states[status] += pages
        notes[note] += pages
    total = sum(states.values())
    worst = next((status for status in _WORST_FIRST if states[status]), ItemStatus.WAITING)
    cleaned = sum(states[status] for status in CLEANED)
    note = next((note for note in (ItemNote.OUTDATED, ItemNote.UNSAVED) if notes[note]), ItemNote.NONE)
    place = _text("{pages} pages").format(pages=total)
    return RowWords(item.name, _summed(states, cleaned, total), place, note, worst, cleaned / max(1, total))


def _summed(states: dict[ItemStatus, int], cleaned: int, total: int) -> str:
    """Say how far a document has come, what needs the user first."""
    if whole := _said_of_all(states, total):
        return whole
    parts = [words.format(pages=states[status]) for status, words in _said_of_some().items() if states[status]]
    if cleaned < total or states[ItemStatus.KEPT]:
        clean = cleaned - states[ItemStatus.KEPT]
        parts.append(_text("{cleaned} of {pages} clean").format(cleaned=clean, pages=total))
    return ", ".join(parts) or _text("clean")


def _said_of_all(states: dict[ItemStatus, int], total: int) -> str:
    """What is said when all pages are alike; empty where that needs numbers."""
    alike = {
        ItemStatus.UNCHANGED: _text("was already clean"),
        ItemStatus.KEPT: _text("left alone, not a scan"),
        ItemStatus.WAITING: _text("waiting"),
    }
    return next((words for status, words in alike.items() if states[status] == total), "")


def _said_of_some() -> dict[ItemStatus, str]:
    return {
        ItemStatus.FAILED: _text("{pages} failed"),
        ItemStatus.REVIEW: _text("{pages} to look at"),
        ItemStatus.CANCELLED: _text("{pages} stopped"),
        ItemStatus.KEPT: _text("{pages} left alone"),
    }


def _page_words(page: int, pages: int) -> str:
    return _text("page {page} of {pages}").format(page=page, pages=pages)


def _text(words: str) -> str:
    return QCoreApplication.translate("PageQueue", words)
