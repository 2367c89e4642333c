"""What moving one control changes in a recipe, so that nothing else changes on the pages that are selected."""

from dataclasses import dataclass
from typing import Protocol

from docclean.core.recipe import PageColor, Recipe, StageSpec, Task

STAGE_ORDER = (Task.DEWATERMARK, Task.DENOISE, Task.COLORIZE)
"""Stages run in this order, whatever order they were switched on in: a mark first, then the dirt."""


class RecipeChange(Protocol):
    """A change that can be made to any recipe."""

    def apply(self, recipe: Recipe) -> Recipe:
        """Give the changed recipe; the same one if the change does not concern it."""


@dataclass(frozen=True, slots=True)
class SwitchStage:
    """A stage goes on or off. One that is on already stays as it is.

    Attributes:
        spec: The stage as it is where it was off.
        is_on: Whether pages shall have it.
    """

    spec: StageSpec
    is_on: bool

    def apply(self, recipe: Recipe) -> Recipe:
        """See `RecipeChange`."""
        others = tuple(stage for stage in recipe.stages if stage.task is not self.spec.task)
        if self.is_on == (len(others) < len(recipe.stages)):
            return recipe
        stages = (*others, self.spec) if self.is_on else others
        ordered = tuple(sorted(stages, key=lambda stage: STAGE_ORDER.index(stage.task)))
        return recipe.model_copy(update={"stages": ordered})


@dataclass(frozen=True, slots=True)
class SetModel:
    """A stage gets another model, where it is on; empty for the task's default."""

    task: Task
    model: str

    def apply(self, recipe: Recipe) -> Recipe:
        """See `RecipeChange`."""
        return _with(recipe, self.task, model=self.model)


@dataclass(frozen=True, slots=True)
class SetStrength:
    """A stage gets another strength, 0..100, where it is on."""

    task: Task
    strength: int

    def apply(self, recipe: Recipe) -> Recipe:
        """See `RecipeChange`."""
        return _with(recipe, self.task, strength=self.strength)


@dataclass(frozen=True, slots=True)
class SetColor:
    """Pages keep their colors, or lose them."""

    color: PageColor

    def apply(self, recipe: Recipe) -> Recipe:
        """See `RecipeChange`."""
        return recipe.model_copy(update={"color": self.color})


@dataclass(frozen=True, slots=True)
class SetGeometry:
    """Something is put straight from now on, or left as it is.

    Attributes:
        name: Field of `Geometry`.
        is_on: Its value.
    """

    name: str
    is_on: bool

    def apply(self, recipe: Recipe) -> Recipe:
        """See `RecipeChange`."""
        geometry = recipe.geometry.model_copy(update={self.name: self.is_on})
        return recipe.model_copy(update={"geometry": geometry})


@dataclass(frozen=True, slots=True)
class UseRecipe:
    """Pages get a whole recipe, that of a preset."""

    recipe: Recipe

    def apply(self, recipe: Recipe) -> Recipe:
        """See `RecipeChange`."""
        return self.recipe


def _with(recipe: Recipe, task: Task, **values: str | int) -> Recipe:
    stages = tuple(stage.model_copy(update=values) if stage.task is task else stage for stage in recipe.stages)
    return recipe.model_copy(update={"stages": stages})
