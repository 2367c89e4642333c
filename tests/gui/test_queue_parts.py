"""Rows in words, folds, orders, marks, and the model's way to a row."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPalette

from docclean.gui.page_item import ItemNote, ItemStatus, PageItem, note_of
from docclean.gui.page_queue import PageQueue
from docclean.gui.queue_folds import QueueFolds
from docclean.gui.queue_order import QueueOrder, ordered
from docclean.gui.queue_words import words_of_document, words_of_page
from docclean.gui.status_mark import blended, mark_color, paint_mark, quiet_text
from tests.helpers.queue import OTHER, document, every_state, page, with_result


def queue_of(*items: PageItem) -> PageQueue:
    queue = PageQueue()
    queue.insert(0, items)
    return queue


# The model


def test_row_of_after_every_kind_of_change_is_the_row() -> None:
    queue = queue_of(*(page(f"{number}.png") for number in range(6)))
    queue.insert(2, [page("new.png")])
    queue.put_back(queue.take({"0.png#0", "1.png#0", "4.png#0"}))
    queue.arrange([item.id for item in reversed(queue.items)])
    assert [queue.row_of(item.id) for item in queue.items] == list(range(7))


def test_row_of_unknown_page_is_none() -> None:
    assert queue_of(page("a.png")).row_of("b") == -1


def test_put_back_gives_the_order_as_it_was() -> None:
    queue = queue_of(*(page(f"{number}.png") for number in range(6)))
    before = list(queue.items)
    queue.put_back(queue.take({"0.png#0", "1.png#0", "4.png#0"}))
    assert list(queue.items) == before


def test_put_back_from_many_places_gives_the_order_as_it_was() -> None:
    queue = queue_of(*(page(f"{number}.png") for number in range(60)))
    before = list(queue.items)
    queue.put_back(queue.take({f"{number}.png#0" for number in range(0, 60, 3)}))
    assert list(queue.items) == before


def test_take_from_many_places_keeps_the_order_of_the_others() -> None:
    queue = queue_of(*(page(f"{number}.png") for number in range(60)))
    queue.take({f"{number}.png#0" for number in range(0, 60, 2)})
    assert [item.name for item in queue.items] == [f"{number}.png" for number in range(1, 60, 2)]


def test_take_neighbors_are_removed_at_once() -> None:
    queue = queue_of(*(page(f"{number}.png") for number in range(6)))
    removed: list[tuple[int, int]] = []
    queue.rowsRemoved.connect(lambda parent, first, last: removed.append((first, last)))
    queue.take({"0.png#0", "1.png#0", "4.png#0"})
    assert removed == [(4, 4), (0, 1)]


# Words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ItemStatus.WAITING, "waiting"),
        (ItemStatus.CLEANING, "cleaning 72 %"),
        (ItemStatus.DONE, "clean"),
        (ItemStatus.REVIEW, "2 places to look at"),
        (ItemStatus.UNCHANGED, "was already clean"),
        (ItemStatus.FAILED, "failed"),
        (ItemStatus.CANCELLED, "stopped"),
    ],
)
def test_words_of_page_say_its_state(status: ItemStatus, words: str) -> None:
    assert words_of_page(with_result(page(), status)).state == words


def test_words_of_page_failed_one_gives_the_reason_without_the_path() -> None:
    words = words_of_page(with_result(page(), ItemStatus.FAILED))
    assert words.place == "is damaged or cut off; copy or scan it again."


def test_words_of_page_in_a_document_give_its_number() -> None:
    assert words_of_page(page("book.tif", 2, 12)).place == "page 3 of 12"


def test_note_of_page_with_other_settings_is_outdated() -> None:
    item = with_result(page(), ItemStatus.DONE)
    item.recipe = OTHER
    assert note_of(item) is ItemNote.OUTDATED


def test_note_of_page_that_waits_is_none() -> None:
    item = page()
    item.recipe = OTHER
    assert note_of(item) is ItemNote.NONE


def test_note_of_fresh_result_is_unsaved() -> None:
    assert words_of_page(with_result(page(), ItemStatus.DONE, is_saved=False)).note_words == "not saved"


@pytest.mark.parametrize(
    ("states", "words", "mark"),
    [
        ([], "waiting", ItemStatus.WAITING),
        ([ItemStatus.DONE] * 4, "clean", ItemStatus.DONE),
        ([ItemStatus.UNCHANGED] * 4, "was already clean", ItemStatus.UNCHANGED),
        ([ItemStatus.DONE, ItemStatus.CLEANING], "1 of 4 clean", ItemStatus.CLEANING),
        ([ItemStatus.DONE, ItemStatus.FAILED], "1 failed, 1 of 4 clean", ItemStatus.FAILED),
        ([ItemStatus.DONE, *[ItemStatus.REVIEW] * 3], "3 to look at", ItemStatus.REVIEW),
    ],
)
def test_words_of_document_sum_its_pages(states: list[ItemStatus], words: str, mark: ItemStatus) -> None:
    pages = document("book.tif", 4)
    for item, status in zip(pages, states, strict=False):
        with_result(item, status)
    row = words_of_document(pages[0], QueueFolds(queue_of(*pages)).tally_at(0))
    assert (row.state, row.status, row.place) == (words, mark, "4 pages")


def test_tally_follows_news_of_pages() -> None:
    pages = document("book.tif", 3)
    queue = queue_of(*pages)
    folds = QueueFolds(queue)
    folds.tally_at(0)
    queue.set_status(["book.tif#1"], ItemStatus.CLEANING)
    assert +folds.tally_at(0) == {
        (ItemStatus.WAITING, ItemNote.NONE): 2,
        (ItemStatus.CLEANING, ItemNote.NONE): 1,
    }


# Folds


def test_run_at_pages_of_a_file_that_lie_apart_are_runs_of_their_own() -> None:
    book = document("book.tif", 4)
    folds = QueueFolds(queue_of(book[0], book[1], page("a.png"), book[2], book[3]))
    assert [folds.run_at(row) for row in (0, 2, 4)] == [range(2), range(2, 3), range(3, 5)]


def test_run_at_lone_page_of_a_document_is_no_head() -> None:
    assert not QueueFolds(queue_of(page("book.tif", 3, 12))).is_head(0)


def test_has_documents_single_pages_only_is_false() -> None:
    assert not QueueFolds(queue_of(page("a.png"), page("b.png"))).has_documents


# Orders


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (QueueOrder.NAME, ["page2.png", "page10.png", "x.tif", "x.tif", "z.png"]),
        (QueueOrder.FOLDER, ["page10.png", "z.png", "page2.png", "x.tif", "x.tif"]),
        (QueueOrder.STATUS, ["z.png", "x.tif", "x.tif", "page2.png", "page10.png"]),
        (QueueOrder.REVERSED, ["page10.png", "page2.png", "x.tif", "x.tif", "z.png"]),
    ],
)
def test_ordered_pages_come_in_the_order(order: QueueOrder, expected: list[str]) -> None:
    book = [page("x.tif", number, 2, "/b") for number in range(2)]
    with_result(book[1], ItemStatus.REVIEW)
    failed = with_result(page("z.png", folder="/a"), ItemStatus.FAILED)
    items = [failed, *book, page("page2.png", folder="/b"), page("page10.png", folder="/a")]
    assert [item_id.split("#")[0] for item_id in ordered(items, order)] == expected


@pytest.mark.parametrize("order", QueueOrder)
def test_ordered_pages_of_a_document_keep_their_order(order: QueueOrder) -> None:
    pages = [item_id for item_id in ordered(every_state(), order) if item_id.startswith("book")]
    assert pages == [f"book.tif#{number}" for number in range(12)]


# Marks and colors


def palette_of(base: str, text: str, accent: str) -> QPalette:
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, QColor(base))
    palette.setColor(QPalette.ColorRole.Text, QColor(text))
    palette.setColor(QPalette.ColorRole.Highlight, QColor(accent))
    return palette


PALETTES = [palette_of("#FFFFFF", "#1E1E1C", "#2F6FDE"), palette_of("#28292C", "#E8E8E6", "#7AA7FF")]


def luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: QColor, second: QColor) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "dark"])
@pytest.mark.parametrize("is_selected", [False, True])
def test_colors_of_a_row_have_contrast(palette: QPalette, is_selected: bool) -> None:
    base = palette.color(QPalette.ColorRole.Base)
    ground = blended(palette.color(QPalette.ColorRole.Highlight), base, 0.14) if is_selected else base
    colors = [quiet_text(palette), *(mark_color(status, palette) for status in ItemStatus)]
    assert min(contrast(color, ground) for color in colors) >= 4.5


def test_marks_differ_by_shape_from_each_other() -> None:
    palette = palette_of("#FFFFFF", "#000000", "#0000FF")
    shapes = set()
    for status in ItemStatus:
        picture = QImage(20, 20, QImage.Format.Format_RGB32)
        picture.fill(0xFFFFFFFF)
        painter = QPainter(picture)
        paint_mark(painter, QRectF(0, 0, 20, 20), status, 0.5, palette)
        painter.end()
        gray = picture.convertToFormat(QImage.Format.Format_Mono)
        shapes.add(bytes(gray.constBits()))
    assert len(shapes) == len(ItemStatus)
