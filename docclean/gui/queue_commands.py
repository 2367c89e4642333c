"""What the user can undo in the queue: pages that came, went, moved, or got other settings."""

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from docclean.core.recipe import Recipe
from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import PageQueue

_RECIPES_ID = 1


def _text(words: str) -> str:
    return QCoreApplication.translate("Undo", words)


class AddPages(QUndoCommand):
    """Put pages before a row."""

    def __init__(self, queue: PageQueue, items: Sequence[PageItem], row: int) -> None:
        super().__init__(_text("add pages"))
        self._queue, self._items, self._row = queue, list(items), row

    def redo(self) -> None:
        """Qt's."""
        self._queue.insert(self._row, self._items)

    def undo(self) -> None:
        """Qt's."""
        self._queue.take({item.id for item in self._items})


class RemovePages(QUndoCommand):
    """Take pages out; their results come back with them."""

    def __init__(self, queue: PageQueue, ids: Collection[str]) -> None:
        super().__init__(_text("remove pages"))
        self._queue, self._ids = queue, frozenset(ids)
        self._taken: list[tuple[int, PageItem]] = []

    def redo(self) -> None:
        """Qt's."""
        self._taken = self._queue.take(self._ids)

    def undo(self) -> None:
        """Qt's."""
        self._queue.put_back(self._taken)


class ArrangePages(QUndoCommand):
    """Bring the pages into another order."""

    def __init__(self, queue: PageQueue, ids: Sequence[str], words: str = "move pages") -> None:
        super().__init__(_text(words))
        self._queue, self.after = queue, list(ids)
        self._before = [item.id for item in queue.items]

    def redo(self) -> None:
        """Qt's."""
        self._queue.arrange(self.after)

    def undo(self) -> None:
        """Qt's."""
        self._queue.arrange(self._before)


class ChangeRecipes(QUndoCommand):
    """Give pages other settings; moving one control is one step, however often it tells its value."""

    def __init__(self, queue: PageQueue, recipes: Mapping[str, Recipe], control: str) -> None:
        """Plan the change; `control` and `after` are for joining.

        Args:
            queue: The pages.
            recipes: New recipes by id.
            control: What was moved; a later change of the same control and pages joins this one. Empty for never.
        """
        super().__init__(_text("change settings"))
        self._queue, self.control, self.after = queue, control, dict(recipes)
        self._before = {item.id: item.recipe for item in queue.items if item.id in recipes}

    def redo(self) -> None:
        """Qt's."""
        self._queue.set_recipes(self.after)

    def undo(self) -> None:
        """Qt's."""
        self._queue.set_recipes(self._before)

    def id(self) -> int:
        """Qt's: commands of one id may join."""
        return _RECIPES_ID if self.control else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Qt's."""
        if not isinstance(other, ChangeRecipes) or other.control != self.control:
            return False
        if other.after.keys() != self.after.keys():
            return False
        self.after = other.after
        return True


class DrawPages(QUndoCommand):
    """Pages of PDF files that are no scans are drawn and cleaned, or left alone again."""

    def __init__(self, queue: PageQueue, ids: Collection[str], dpi: int | None) -> None:
        """Plan the change.

        Args:
            queue: The pages.
            ids: Those that change.
            dpi: Resolution at which they are drawn; None leaves them alone.
        """
        super().__init__(_text("draw pages") if dpi else _text("leave pages alone"))
        self._queue = queue
        self._before = {item.id: item.source for item in queue.items if item.id in ids}
        self._after = {key: s.model_copy(update={"render_dpi": dpi}) for key, s in self._before.items()}

    def redo(self) -> None:
        """Qt's."""
        self._queue.set_sources(self._after)

    def undo(self) -> None:
        """Qt's."""
        self._queue.set_sources(self._before)


def moved(order: Sequence[str], ids: Collection[str], row: int) -> list[str]:
    """The order after pages were dropped before a row.

    Args:
        order: Ids of all pages.
        ids: Those that move; they keep their order among themselves.
        row: Row in `order` that they go before.
    """
    before = [item_id for item_id in order[:row] if item_id not in ids]
    after = [item_id for item_id in order[row:] if item_id not in ids]
    return [*before, *(item_id for item_id in order if item_id in ids), *after]
