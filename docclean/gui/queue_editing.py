"""What the user does to the queue: add, paste, drop, move, remove, other settings. All of it can be undone."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtGui import QImage, QUndoStack

from docclean.core.page import PageSource
from docclean.core.recipe import Recipe
from docclean.core.resources import resource_path
from docclean.documents.discover import Skipped
from docclean.gui.page_finder import Found, PageFinder
from docclean.gui.page_item import PageItem
from docclean.gui.page_queue import PageQueue, local_files
from docclean.gui.queue_commands import AddPages, ArrangePages, ChangeRecipes, DrawPages, RemovePages, moved


class QueueEditing(QObject):
    """Turns wishes into commands on the undo stack.

    Attributes:
        added: Pages that were added: `list[PageItem]`.
        skipped: What gave no pages, each with its reason: `list[Skipped]`.
        failed: What could not be read: `list[Skipped]`.
        locked: PDF files that need a password, and before which row they shall go: `tuple[Path, ...]`, int.
    """

    added = Signal(object)
    skipped = Signal(object)
    failed = Signal(object)
    locked = Signal(object, int)

    def __init__(
        self,
        queue: PageQueue,
        undo: QUndoStack,
        *,
        recipe: Callable[[], Recipe],
        excluded: Callable[[], Sequence[Path]] = tuple,
        pasted: Path,
        parent: QObject | None = None,
    ) -> None:
        """Set up.

        Args:
            queue: The pages.
            undo: Where commands go.
            recipe: Gives the recipe of new pages.
            excluded: Gives folders in which results lie, which are no input.
            pasted: Folder for pictures that come from the clipboard.
            parent: Qt's.
        """
        super().__init__(parent)
        self._queue, self._undo, self._recipe, self._excluded, self._pasted = queue, undo, recipe, excluded, pasted
        self._is_closed = False
        self.finder = PageFinder(self)
        self.finder.found.connect(self._on_found)
        queue.files_dropped.connect(self.add)
        queue.pages_dropped.connect(self.move)

    @Slot(object, int)
    def add(self, paths: Sequence[Path], row: int = -1) -> None:
        """Look for pages in files and folders; they go before a row, or behind all others."""
        if paths and not self._is_closed:
            self.finder.find(list(paths), row, exclude=self._excluded())

    def add_samples(self) -> None:
        """Add the pages that come with the program."""
        self.add(sorted(path for path in resource_path("samples").iterdir() if path.suffix in (".png", ".jpg")))

    def paste(self, data: QMimeData) -> bool:
        """Add what the clipboard holds: files, or a picture, which is kept as a file; whether there was something."""
        if files := local_files(data):
            self.add(files)
            return True
        image = data.imageData() if data.hasImage() else None
        if not isinstance(image, QImage) or image.isNull():
            return False
        path = self._pasted / f"pasted-{secrets.token_hex(3)}.png"
        with suppress(OSError):
            self._pasted.mkdir(parents=True, exist_ok=True)
        if image.save(str(path)):
            self.add([path])
        else:
            self.failed.emit(
                [Skipped(path, self.tr("cannot be written; free some space on the disk and paste again."))]
            )
        return True

    def remove(self, ids: Collection[str]) -> None:
        """Take pages out of the queue; their files stay."""
        if ids:
            self._undo.push(RemovePages(self._queue, ids))

    @Slot(object, int)
    def move(self, ids: Collection[str], row: int) -> None:
        """Move pages before a row."""
        self.arrange(moved([item.id for item in self._queue.items], ids, row), self.tr("move pages"))

    def arrange(self, ids: Sequence[str], words: str) -> None:
        """Bring the pages into another order."""
        if list(ids) != [item.id for item in self._queue.items]:
            self._undo.push(ArrangePages(self._queue, ids, words))

    def change_recipes(self, recipes: Mapping[str, Recipe], control: str) -> None:
        """Give pages other settings; see `ChangeRecipes`."""
        items = ((self._queue.get(item_id), recipe) for item_id, recipe in recipes.items())
        changed = {item.id: r for item, r in items if item and item.recipe is not r and item.recipe != r}
        if changed:
            self._undo.push(ChangeRecipes(self._queue, changed, control))

    def draw(self, ids: Collection[str], dpi: int | None) -> None:
        """Draw pages of PDF files that are no scans, so that they can be cleaned, or leave them alone: None."""
        if ids:
            self._undo.push(DrawPages(self._queue, ids, dpi))

    def close(self) -> None:
        """Wait for a search that is on; what it found comes too late."""
        self._is_closed = True
        self.finder.close()

    @Slot(object)
    def _on_found(self, found: Found) -> None:
        if self._is_closed:
            return
        known = {_key(item.source) for item in self._queue.items}
        fresh = [source for source in found.discovery.sources if _key(source) not in known]
        twice = dict.fromkeys(s.path for s in found.discovery.sources if _key(s) in known)
        items = [PageItem(source, self._recipe()) for source in fresh]
        if items:
            row = found.row if found.row >= 0 else len(self._queue.items)
            self._undo.push(AddPages(self._queue, items, row))
        skipped = [*found.discovery.skipped, *(Skipped(path, self.tr("is in the list already.")) for path in twice)]
        if skipped:
            self.skipped.emit(skipped)
        if found.discovery.failed:
            self.failed.emit(list(found.discovery.failed))
        if items:
            self.added.emit(items)
        if found.locked:
            self.locked.emit(found.locked, found.row)


def _key(source: PageSource) -> tuple[Path, int]:
    return source.path.absolute(), source.page
