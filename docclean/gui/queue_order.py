"""Orders that the queue can be brought into. Pages of one document stay together and in their own order."""

from collections.abc import Sequence
from enum import Enum
from itertools import groupby
from pathlib import PurePath

from docclean.documents.discover import natural_key
from docclean.gui.page_item import ItemStatus, PageItem

_NEEDS_YOU_FIRST = (
    ItemStatus.FAILED,
    ItemStatus.REVIEW,
    ItemStatus.CANCELLED,
    ItemStatus.CLEANING,
    ItemStatus.WAITING,
    ItemStatus.DONE,
    ItemStatus.UNCHANGED,
    ItemStatus.KEPT,
)


class QueueOrder(Enum):
    """What pages can be ordered by."""

    NAME = "name"
    FOLDER = "folder"
    STATUS = "status"
    REVERSED = "reversed"


def ordered(items: Sequence[PageItem], order: QueueOrder) -> list[str]:
    """Ids of all pages in an order.

    Args:
        items: The pages as they stand.
        order: NAME puts page2 before page10 whatever the folder, FOLDER keeps folders together, STATUS puts first what
            needs the user, REVERSED turns the present order round.
    """
    match order:
        case QueueOrder.NAME:
            found = sorted(items, key=lambda item: (natural_key(PurePath(item.name)), *_place(item)))
        case QueueOrder.FOLDER:
            found = sorted(items, key=lambda item: (natural_key(item.source.path.parent), *_place(item)))
        case QueueOrder.STATUS:
            found = [item for group in sorted(_documents(items), key=_urgency) for item in group]
        case _:
            found = [item for group in reversed(_documents(items)) for item in group]
    return [item.id for item in found]


def _place(item: PageItem) -> tuple[object, ...]:
    return natural_key(item.source.path), item.source.page


def _documents(items: Sequence[PageItem]) -> list[list[PageItem]]:
    return [list(group) for _, group in groupby(items, key=lambda item: item.source.path)]


def _urgency(group: Sequence[PageItem]) -> int:
    return min(_NEEDS_YOU_FIRST.index(item.status) for item in group)
