"""Pages in every state for the window's tests and pictures; no engine, no files."""

from pathlib import Path

from PySide6.QtGui import QColor, QImage, QPainter

from docclean.core.job import JobStatus, PageResult
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe, StageSpec
from docclean.gui.page_item import ItemStatus, PageItem

OTHER = Recipe(stages=(StageSpec(strength=40),))


def page(name: str = "scan.png", number: int = 0, pages: int = 1, folder: str = "/in") -> PageItem:
    """Make a page that waits; its id is its name and number, so that tests can be read."""
    source = PageSource(path=Path(folder) / name, page=number, pages=pages, relative=Path(name))
    return PageItem(source, Recipe(), f"{name}#{number}")


def document(name: str, pages: int) -> list[PageItem]:
    return [page(name, number, pages) for number in range(pages)]


def with_result(item: PageItem, status: ItemStatus, *, is_saved: bool = True, doubts: int = 2) -> PageItem:
    """Bring a page into a state as the engine would."""
    ends = {ItemStatus.FAILED: JobStatus.FAILED, ItemStatus.CANCELLED: JobStatus.CANCELLED}
    if status is ItemStatus.CLEANING:
        item.status, item.progress = status, 0.72
    elif status is not ItemStatus.WAITING:
        item.take_result(result_of(item, ends.get(status, JobStatus.DONE), status, doubts))
        item.is_saved = is_saved and item.draft is not None
    return item


def result_of(item: PageItem, end: JobStatus, status: ItemStatus = ItemStatus.DONE, doubts: int = 2) -> PageResult:
    is_done = end is JobStatus.DONE
    return PageResult(
        job_id=item.id,
        status=end,
        output=Path("/drafts") / f"{item.id}.png" if is_done else None,
        is_untouched=status is ItemStatus.UNCHANGED,
        doubts=doubts if status is ItemStatus.REVIEW else 0,
        error=f"{item.source.path}: is damaged or cut off; copy or scan it again." if end is JobStatus.FAILED else "",
    )


def every_state() -> list[PageItem]:
    """Give a page in each state, and documents of several pages."""
    items = [with_result(page(f"{status.value} page.png"), status) for status in ItemStatus]
    changed = with_result(page("Rechnung 2024-03-17 Nebenkosten Wohnung 3.jpg"), ItemStatus.DONE)
    changed.recipe = OTHER
    unsaved = with_result(page("letter.webp"), ItemStatus.DONE, is_saved=False)
    book = document("book.tif", 12)
    for item, status in zip(book, (ItemStatus.DONE, ItemStatus.REVIEW, ItemStatus.CLEANING), strict=False):
        with_result(item, status)
    for item in [*items, changed, unsaved, *book][1:]:
        item.thumbnail = sheet()
    return [*items, changed, unsaved, *book]


def sheet() -> QImage:
    """Draw a small page with lines of text."""
    picture = QImage(80, 112, QImage.Format.Format_RGB888)
    picture.fill(QColor("#F7F4EC"))
    painter = QPainter(picture)
    for line in range(9):
        painter.fillRect(10, 14 + line * 10, 60 if line % 4 else 38, 3, QColor("#55534F"))
    painter.end()
    return picture
