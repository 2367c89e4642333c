"""One page of the queue: what the window knows about it."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from PySide6.QtGui import QImage

from docclean.core.job import JobStatus, PageResult
from docclean.core.page import PageSource
from docclean.core.recipe import Geometry, Recipe
from docclean.engine.geometry import layout_of


class ItemStatus(StrEnum):
    """How far a page has come. Shown by shape and word, never by color alone."""

    WAITING = "waiting"
    CLEANING = "cleaning"
    DONE = "done"
    REVIEW = "review"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    FAILED = "failed"
    CANCELLED = "cancelled"


CLEANED = frozenset({ItemStatus.DONE, ItemStatus.REVIEW, ItemStatus.UNCHANGED, ItemStatus.KEPT})
"""States of a page that has a result; a page of a PDF that is no scan is left alone, and that is its result."""


class ItemNote(StrEnum):
    """What else there is to say about a page that has a result."""

    NONE = ""
    OUTDATED = "settings changed"
    UNSAVED = "not saved"


class SavedItem(BaseModel):
    """What is kept of a page from one start to the next."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    source: PageSource
    recipe: Recipe
    cleaned_with: Recipe | None = None
    result: PageResult | None = None
    is_saved: bool = False


@dataclass(eq=False, slots=True)
class PageItem:
    """A page in the queue. Belongs to the window's thread; two items are never equal.

    Attributes:
        source: The page.
        recipe: What to do with it.
        id: Name of its job and of its draft.
        status: How far it has come.
        progress: 0..1, of the page in work.
        result: What came of the last run, or None.
        cleaned_with: The recipe of the last run that gave a result.
        is_saved: Whether that result has been saved.
        thumbnail: A small picture of the page, or None.
    """

    source: PageSource
    recipe: Recipe
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    status: ItemStatus = ItemStatus.WAITING
    progress: float = 0.0
    result: PageResult | None = None
    cleaned_with: Recipe | None = None
    is_saved: bool = False
    thumbnail: QImage | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.source.path.name

    @property
    def draft(self) -> Path | None:
        """The restored pixels, or None."""
        return self.result.output if self.result is not None and self.status in CLEANED else None

    @property
    def straightening(self) -> Recipe:
        """How the page must be put straight for its draft to fit; no stages."""
        done = self.cleaned_with or self.recipe
        return done.model_copy(update={"stages": ()})

    @property
    def layout(self) -> Geometry:
        """How things come to lie by the present recipe; see `layout_of`."""
        return layout_of(self.recipe.geometry)

    @property
    def fitting_draft(self) -> Path | None:
        """The restored pixels if they fit on the page as the present recipe turns and cuts it, or None."""
        return self.draft if layout_of(self.straightening.geometry) == self.layout else None

    @property
    def pictured_draft(self) -> Path | None:
        """The restored pixels if the small picture is made of them, because the page was turned or cut."""
        return self.fitting_draft if self.layout != Geometry() else None

    @property
    def is_current(self) -> bool:
        """Whether the result is what the recipe asks for."""
        if self.status is ItemStatus.KEPT:
            return True  # settings mean nothing to a page that is left alone
        is_same = self.cleaned_with is self.recipe or self.cleaned_with == self.recipe  # comparing takes its time
        return self.status in CLEANED and is_same

    def take_result(self, result: PageResult, recipe: Recipe | None = None) -> None:
        """Note what came of a run; `recipe` is the one it went with, if that is not the present one."""
        self.progress = 0.0
        self.result = result
        self.is_saved = False
        self.status = status_of(result)
        if self.status in CLEANED:
            self.cleaned_with = self.recipe if recipe is None else recipe

    def reset(self) -> None:
        """Let the page wait again."""
        self.status, self.progress, self.result, self.cleaned_with = ItemStatus.WAITING, 0.0, None, None

    @classmethod
    def from_saved(cls, saved: SavedItem) -> "PageItem":
        """The page as it was; one whose draft is gone waits again."""
        item = cls(saved.source, saved.recipe, saved.id)
        result = saved.result
        has_draft = result is not None and (result.output is None or result.output.is_file())
        if result is not None and has_draft and result.status is not JobStatus.CANCELLED:
            item.take_result(result)
            item.cleaned_with, item.is_saved = saved.cleaned_with, saved.is_saved
        return item


def distinct_recipes(items: Iterable[PageItem]) -> list[Recipe]:
    """The recipes of pages, each object once: pages that were changed together share theirs."""
    return list({id(item.recipe): item.recipe for item in items}.values())


def status_of(result: PageResult) -> ItemStatus:
    """The state that a result leaves a page in."""
    if result.status is JobStatus.FAILED:
        return ItemStatus.FAILED
    if result.status is not JobStatus.DONE:
        return ItemStatus.CANCELLED
    if result.is_kept:
        return ItemStatus.KEPT
    if result.doubts or result.warnings:
        return ItemStatus.REVIEW
    return ItemStatus.UNCHANGED if result.is_untouched else ItemStatus.DONE


def describe(item: PageItem, translate: Callable[[str], str] = str) -> str:
    """Say in a few words how far a page has come; `translate` puts the words into the user's language."""
    match item.status:
        case ItemStatus.CLEANING:
            return f"{translate('cleaning')} {item.progress:.0%}".replace("%", " %")
        case ItemStatus.REVIEW if item.result is not None and item.result.doubts:
            places = item.result.doubts
            return translate("1 place to look at") if places == 1 else f"{places} {translate('places to look at')}"
        case ItemStatus.FAILED if item.result is not None:
            return item.result.error
        case status:
            return translate(_WORDS[status])


def note_of(item: PageItem) -> ItemNote:
    """Whether the result of a page is out of date, or not saved yet."""
    if item.status not in CLEANED:
        return ItemNote.NONE
    if not item.is_current:
        return ItemNote.OUTDATED
    return ItemNote.NONE if item.is_saved else ItemNote.UNSAVED


_WORDS = {
    ItemStatus.WAITING: "waiting",
    ItemStatus.DONE: "clean",
    ItemStatus.REVIEW: "look at it",
    ItemStatus.UNCHANGED: "was already clean",
    ItemStatus.KEPT: "left alone, not a scan",
    ItemStatus.FAILED: "failed",
    ItemStatus.CANCELLED: "stopped",
}
