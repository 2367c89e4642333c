"""The live preview: what the settings would do to what is seen, without writing anything."""

from PySide6.QtCore import QObject, QRect, QTimer, Signal, Slot

from docclean.core.page import PageRegion
from docclean.core.recipe import Recipe
from docclean.gui.desk import PreviewAnswer, PreviewRequest
from docclean.gui.engine_thread import EngineThread
from docclean.gui.page_item import PageItem

_CHANNEL = "view"
_AS_IT_IS = Recipe(stages=())
_DELAY_MS = 60


class LivePreview(QObject):
    """Asks the engine for what is seen of a page whose result is missing or out of date.

    Attributes:
        ready: A region of the page (`PageRegion`) and its pixels, growing from the top.
        gone: What was shown holds no more.
        busy_changed: Whether an answer is on its way.
        failed: Why there is no preview, in one sentence.
    """

    ready = Signal(object, object)
    gone = Signal()
    busy_changed = Signal(bool)
    failed = Signal(str)

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._item: PageItem | None = None
        self._region = QRect()
        self._number = 0
        self._is_enabled = True
        self._is_busy = False
        self._shown: PreviewRequest | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._ask)
        engine.preview_ready.connect(self._on_answer)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._is_busy or self._timer.isActive()

    def forget(self) -> None:
        """Ask again for what is seen, as if a setting had changed."""
        self._shown = None
        self.refresh()

    def set_enabled(self, is_enabled: bool) -> None:  # noqa: FBT001 - as Qt's own setters
        """Switch the preview on or off."""
        self._is_enabled = is_enabled
        self.refresh()

    def show(self, item: PageItem | None) -> None:
        """Choose the page that is seen."""
        if item is not self._item:
            self._item, self._shown = item, None
            self._drop()
        self.refresh()

    @Slot(QRect)
    def set_region(self, region: QRect) -> None:
        """Say which part of the page is seen, px."""
        if region != self._region:
            self._region = region
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Settings, page or view changed: ask again in a moment, or drop what is not needed any more."""
        if self._is_wanted():
            self._timer.start()
        else:
            self._timer.stop()
            self._drop()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._item = None
        self._timer.stop()
        self._drop()

    def _is_wanted(self) -> bool:
        item = self._item
        return self._is_enabled and item is not None and not item.is_current and item.recipe != _AS_IT_IS

    def _drop(self) -> None:
        self._engine.forget_preview(_CHANNEL)
        self._shown = None
        self._tell_busy(is_busy=False)
        self.gone.emit()

    def _tell_busy(self, *, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.busy_changed.emit(is_busy)

    @Slot()
    def _ask(self) -> None:
        item, seen = self._item, self._region
        if item is None or seen.isEmpty():
            return
        region = PageRegion(seen.top(), seen.left(), seen.height(), seen.width())
        shown = self._shown
        if shown is not None and (shown.source, shown.recipe, shown.region) == (item.source, item.recipe, region):
            return
        self._number += 1
        self._shown = PreviewRequest(_CHANNEL, self._number, item.source, item.recipe, region)
        self._tell_busy(is_busy=True)
        self._engine.preview(self._shown)

    @Slot(object)
    def _on_answer(self, answer: PreviewAnswer) -> None:
        if self._shown is None or answer.request != self._shown:
            return
        if answer.is_last:
            self._tell_busy(is_busy=False)
        if answer.pixels is None:
            self.failed.emit(answer.error)
        else:
            self.ready.emit(answer.region, answer.pixels)
