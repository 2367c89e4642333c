"""A device and the models that are loaded on it."""

import functools

from docclean.core.errors import ModelError
from docclean.core.recipe import Recipe, StageSpec
from docclean.engine.backends import Backend
from docclean.engine.device import DeviceSpec, cpu_device
from docclean.engine.loading import load_model
from docclean.engine.pipeline import Pipeline
from docclean.engine.stages import RestoreStage
from docclean.models.catalog import Catalog, ModelEntry


class EngineSession:
    """Keeps loaded models for as long as it lives. Belongs to the thread that runs pages.

    Attributes:
        device: Where models run.
    """

    def __init__(self, device: DeviceSpec, catalog: Catalog, *, threads: int = 0, memory_limit_mb: int = 0) -> None:
        """Start without any model.

        Args:
            device: Where models run.
            catalog: Installed models.
            threads: Threads that a network uses on the CPU; 0 for one per core.
            memory_limit_mb: Memory that the process may take on the CPU, MB; 0 for no limit.
        """
        self.device = device
        self._threads, self._memory_limit_mb = threads, memory_limit_mb
        self._catalog = catalog
        self._backends: dict[tuple[str, str], Backend] = {}
        self._pipelines: dict[Recipe, Pipeline] = {}

    def pipeline(self, recipe: Recipe) -> Pipeline:
        """Load what a recipe needs.

        Raises:
            ModelError: A model is unknown, damaged, or made for another task.
        """
        if recipe not in self._pipelines:
            stages = tuple(self._stage(spec) for spec in recipe.stages)
            self._pipelines[recipe] = Pipeline(stages, self.device.label, recipe.color, recipe.geometry)
        return self._pipelines[recipe]

    def entry(self, spec: StageSpec) -> ModelEntry:
        """Find the model of a stage; it is not loaded.

        Raises:
            ModelError: The model is unknown, or made for another task.
        """
        entry = self._catalog.get(spec.model) if spec.model else self._catalog.default_for(spec.task)
        if entry.manifest.task is not spec.task:
            raise ModelError(
                f"The model {entry.manifest.id!r} is for the task {entry.manifest.task.value!r}, "
                f"not for {spec.task.value!r}; choose another model."
            )
        return entry

    def _stage(self, spec: StageSpec) -> RestoreStage:
        entry = self.entry(spec)
        spare = functools.partial(self._backend, entry, cpu_device())
        return RestoreStage(spec, entry, self._backend(entry, self.device), spare, self._memory_limit_mb)

    def _backend(self, entry: ModelEntry, device: DeviceSpec) -> Backend:
        key = entry.manifest.id, device.name
        if key not in self._backends:
            self._backends[key] = load_model(entry, device, threads=self._threads)
        return self._backends[key]
