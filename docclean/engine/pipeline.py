"""A recipe whose models are loaded."""

from dataclasses import dataclass, field

from docclean.core.cancel import CancelToken
from docclean.core.page import Page
from docclean.core.progress import ProgressSink
from docclean.core.recipe import Geometry, PageColor
from docclean.engine.coloring import colored
from docclean.engine.geometry import clear, straighten
from docclean.engine.stages import RestoreStage


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages in the order in which they run.

    Attributes:
        stages: Ready to run.
        device: Name of the device they run on.
        color: What becomes of the colors at the end.
        geometry: What is put straight: turned and cut before the stages, painted over behind them.
    """

    stages: tuple[RestoreStage, ...]
    device: str
    color: PageColor = PageColor.KEEP
    geometry: Geometry = field(default_factory=Geometry)

    @property
    def models(self) -> tuple[str, ...]:
        """Ids of the models that run, in order; at strength 0 none does."""
        return tuple(stage.entry.manifest.id for stage in self.stages if stage.spec.strength)

    def __call__(self, page: Page, job_id: str, progress: ProgressSink, cancel: CancelToken) -> Page:
        """Run every stage over a page; one that is kept as it is comes back as it came.

        Raises:
            CancelledError: `cancel` was set.
            DeviceMemoryError: The page does not fit.
        """
        if page.is_kept:
            return page
        page = straighten(page, self.geometry)
        for stage in self.stages:
            cancel.raise_if_cancelled()
            page = stage(page, job_id, progress, cancel)
        page = clear(page)
        cancel.raise_if_cancelled()
        return colored(page, self.color)
