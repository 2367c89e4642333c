"""How long cleaning takes here, measured on a part of one page, for estimates."""

from PySide6.QtCore import QObject, Signal, Slot

from docclean.core.page import PageRegion, PageSource
from docclean.core.recipe import Recipe
from docclean.gui.desk import PreviewAnswer, PreviewRequest
from docclean.gui.engine_thread import EngineThread

_CHANNEL = "cleaning-speed"
_SIDE = 768


class CleaningSpeed(QObject):
    """Asks the engine for a preview that nobody sees, and takes its time.

    Attributes:
        changed: The speed is known.
    """

    changed = Signal()

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._seconds_per_pixel: float | None = None
        self._is_asked = False
        engine.preview_ready.connect(self._on_answer)

    @property
    def seconds_per_pixel(self) -> float | None:
        """Time that the default model takes for a pixel, s; None while nobody knows."""
        return self._seconds_per_pixel

    def measure(self, source: PageSource) -> None:
        """Measure on a page, unless that was done or is being done."""
        if not self._is_asked:
            self._is_asked = True
            region = PageRegion(0, 0, _SIDE, _SIDE)
            self._engine.preview(PreviewRequest(_CHANNEL, 1, source, Recipe(), region))

    def forget(self) -> None:
        """Nobody wants to know any more."""
        if self._seconds_per_pixel is None:
            self._is_asked = False
            self._engine.forget_preview(_CHANNEL)

    @Slot(object)
    def _on_answer(self, answer: PreviewAnswer) -> None:
        is_ours = answer.request.channel == _CHANNEL and answer.is_last
        if is_ours and answer.pixels is not None and self._seconds_per_pixel is None:
            self._seconds_per_pixel = answer.seconds / max(1, answer.pixels.shape[0] * answer.pixels.shape[1])
            self.changed.emit()
