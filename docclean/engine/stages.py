"""One operation of a recipe, ready to run: its model is loaded."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.page import Page, PageRegion, PageSize, PixelArray
from docclean.core.progress import Progress, ProgressSink
from docclean.core.recipe import StageSpec, Task
from docclean.engine.backends import Backend
from docclean.engine.inference import OnTile, restore_page, within_memory
from docclean.engine.page_gate import GatedBackend
from docclean.imaging.color import blend
from docclean.imaging.spotless import is_spotless
from docclean.models.catalog import ModelEntry

CPU_WARNING = "The device's memory was too small for this page; it was cleaned on the CPU."

STRANGE_WARNING = "{model} has not learned pages like this one; it was cleaned by the model that {model} came from."


@dataclass(frozen=True, slots=True)
class RestoreStage:
    """Run one model over a page and mix the result with what came in.

    Attributes:
        spec: Task and strength.
        entry: The model.
        backend: The model, loaded on the session's device.
        cpu_backend: Loads the model on the CPU, for a page that the device has no room for.
        memory_limit_mb: Memory that the process may take on the CPU, MB; 0 for no limit.
    """

    spec: StageSpec
    entry: ModelEntry
    backend: Backend
    cpu_backend: Callable[[], Backend]
    memory_limit_mb: int = 0

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        """Restore a page; at strength 0 it comes back as it is.

        Raises:
            CancelledError: `cancel` was set.
            DeviceMemoryError: Not even the CPU has room for the smallest tile.
        """
        if self.spec.strength == 0:
            return page

        def on_tile(done: int, total: int) -> None:
            progress(Progress(job_id, self.spec.task.value, done, total))

        restored, warnings = self._restored(page.pixels, cancel, on_tile)
        mixed = self.mixed(page.pixels, restored)
        return dataclasses.replace(page, pixels=mixed, warnings=(*page.warnings, *warnings))

    def restored_region(self, pixels: PixelArray, region: PageRegion, cancel: CancelToken) -> PixelArray:
        """Restore a part of a page, (H, W, C), at full strength: (height, width, C), as a run over all of it would.

        Raises:
            CancelledError: `cancel` was set.
            DeviceMemoryError: Not even the CPU has room for the smallest tile.
        """
        restored, _ = self._restored(pixels, cancel, lambda _done, _total: None, region)
        return restored[region.slices].copy()

    def mixed(self, before: PixelArray, restored: PixelArray) -> PixelArray:
        """Apply the correction as strongly as the recipe says; (H, W, C), uint8."""
        return blend(before, restored, self.spec.strength)

    def _restored(
        self, pixels: PixelArray, cancel: CancelToken, on_tile: OnTile, region: PageRegion | None = None
    ) -> tuple[PixelArray, tuple[str, ...]]:
        """The page at full strength, and what is to be said about it.

        A page that was drawn and not scanned has nothing to clean; it comes back as it is.
        """
        if self.spec.task is Task.DENOISE and is_spotless(pixels):
            on_tile(1, 1)
            return pixels, ()
        size = PageSize(pixels.shape[0], pixels.shape[1])
        cut = within_memory(self.entry.manifest.input, size, self.memory_limit_mb)
        try:
            return restore_page(self.backend, pixels, cut, cancel, on_tile, region), self._strangeness(self.backend)
        except DeviceMemoryError:
            spare = self.cpu_backend()
            if spare is self.backend:
                raise
            restored = restore_page(spare, pixels, cut, cancel, on_tile, region)
            return restored, (CPU_WARNING, *self._strangeness(spare))

    def _strangeness(self, backend: Backend) -> tuple[str, ...]:
        """What is to be said where the page did not look like those that the model was fine-tuned on."""
        if not isinstance(backend, GatedBackend) or backend.was_alike:
            return ()
        return (STRANGE_WARNING.format(model=self.entry.manifest.shown_name),)
