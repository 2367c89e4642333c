"""What a result depends on besides the input's bytes, as digests: recipe, weights of the models, and way to store.

The version of the program and the device are not among it: results of both are equal within what tests allow, and a
newer program shall not do a million pages again that nobody asked for.
"""

import hashlib
import json
from typing import Any, NamedTuple

from docclean.core.job import OutputFormat, PageJob, Storage
from docclean.core.recipe import Recipe, StageSpec
from docclean.models.catalog import Catalog, ModelEntry


class Fingerprint(NamedTuple):
    """Digests, SHA-256, hexadecimal.

    Attributes:
        recipe: Of the recipe, every model named.
        models: Of the weights and graphs of its models.
        storage: Of the format, how samples are packed, the languages of the text, whether the receipt is inside, and
            how pages of a PDF are drawn.
    """

    recipe: str
    models: str
    storage: str


class _Stored(NamedTuple):
    """What a result depends on besides the recipe."""

    format: OutputFormat
    storage: Storage
    languages: tuple[str, ...]
    holds_receipt: bool
    render_dpi: int | None


class Fingerprints:
    """Gives fingerprints of jobs; remembers what many jobs have in common."""

    def __init__(self, catalog: Catalog) -> None:
        """Begin with nothing remembered.

        Args:
            catalog: Installed models.
        """
        self._catalog = catalog
        self._recipes: dict[Recipe, tuple[str, str]] = {}
        self._storages: dict[_Stored, str] = {}
        self._last: tuple[PageJob, Fingerprint] | None = None

    def of(self, job: PageJob) -> Fingerprint:
        """Give the fingerprint of a job.

        Raises:
            ModelError: A model is unknown.
        """
        if self._last is not None and _is_alike(self._last[0], job):
            return self._last[1]
        if job.recipe not in self._recipes:
            self._recipes[job.recipe] = self._of_recipe(job.recipe)
        output = job.output
        stored = _Stored(
            output.format, output.storage, output.languages, output.receipt.is_inside, job.source.render_dpi
        )
        if stored not in self._storages:
            self._storages[stored] = _digest([*stored[:1], stored.storage.model_dump(mode="json"), *stored[2:]])
        found = Fingerprint(*self._recipes[job.recipe], self._storages[stored])
        self._last = job, found
        return found

    def named(self, recipe: Recipe) -> Recipe:
        """Give a recipe in which every stage names its model.

        Raises:
            ModelError: A model is unknown.
        """
        stages = [stage.model_copy(update={"model": self._entry(stage).manifest.id}) for stage in recipe.stages]
        return recipe.model_copy(update={"stages": tuple(stages)})

    def weights(self, recipe: Recipe) -> dict[str, str]:
        """Give the digests of the weights of a recipe's models, by id.

        Raises:
            ModelError: A model is unknown.
        """
        manifests = [self._entry(stage).manifest for stage in recipe.stages]
        return {manifest.id: manifest.weights.sha256 for manifest in manifests}

    def _of_recipe(self, recipe: Recipe) -> tuple[str, str]:
        named = self.named(recipe)
        models = [_facts_of(self._entry(stage)) for stage in named.stages]
        return _digest(named.model_dump(mode="json")), _digest(models)

    def _entry(self, stage: StageSpec) -> ModelEntry:
        return self._catalog.get(stage.model) if stage.model else self._catalog.default_for(stage.task)


def _is_alike(one: PageJob, other: PageJob) -> bool:
    """Whether two jobs surely have the same fingerprint; the recipe, which they share, is dear to compare."""
    return (
        one.recipe is other.recipe
        and one.output.format is other.output.format
        and one.output.storage == other.output.storage
        and one.output.languages == other.output.languages
        and one.output.receipt is other.output.receipt
        and one.source.render_dpi == other.source.render_dpi
    )


def _facts_of(entry: ModelEntry) -> list[Any]:
    """What of a model has a part in its results; how it is cut into tiles has none."""
    manifest = entry.manifest
    return [
        manifest.architecture,
        manifest.hyperparameters,
        manifest.weights.sha256,
        manifest.graphs.context.sha256,
        manifest.graphs.restore.sha256,
        manifest.input.doubled_up_to,
        *([] if manifest.fallback is None else [manifest.fallback.weights.sha256, manifest.fallback.gate.sha256]),
    ]


def _digest(values: Any) -> str:  # noqa: ANN401 - whatever JSON has
    text = json.dumps(values, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
