"""One operation of a recipe, ready to run: its model is loaded."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.page import Page
from docclean.core.progress import Progress, ProgressSink
from docclean.core.recipe import StageSpec
from docclean.engine.backends import Backend
from docclean.engine.inference import restore_page
from docclean.imaging.color import blend
from docclean.models.catalog import ModelEntry

CPU_WARNING = "The device's memory was too small for this page; it was cleaned on the CPU."


@dataclass(frozen=True, slots=True)
class RestoreStage:
    """Run one model over a page and mix the result with what came in.

    Attributes:
        spec: Task and strength.
        entry: The model.
        backend: The model, loaded on the session's device.
        cpu_backend: Loads the model on the CPU, for a page that the device has no room for.
    """

    spec: StageSpec
    entry: ModelEntry
    backend: Backend
    cpu_backend: Callable[[], Backend]

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        """Restore a page; at strength 0 it comes back as it is.

        Raises:
            CancelledError: `cancel` was set.
            DeviceMemoryError: Not even the CPU has room for the smallest tile.
        """
        if self.spec.strength == 0:
            return page
        cut = self.entry.manifest.input
        warnings = page.warnings

        def on_tile(done: int, total: int) -> None:
            progress(Progress(job_id, self.spec.task.value, done, total))

        try:
            restored = restore_page(self.backend, page.pixels, cut, cancel, on_tile)
        except DeviceMemoryError:
            spare = self.cpu_backend()
            if spare is self.backend:
                raise
            restored = restore_page(spare, page.pixels, cut, cancel, on_tile)
            warnings = (*warnings, CPU_WARNING)
        return dataclasses.replace(page, pixels=blend(page.pixels, restored, self.spec.strength), warnings=warnings)
