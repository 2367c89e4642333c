"""From tasks and a model, as typed, to a recipe."""

from collections.abc import Sequence

from docclean.core.errors import UsageError
from docclean.core.recipe import PageColor, Recipe, StageSpec, Task
from docclean.models.catalog import Catalog


def choose_recipe(
    tasks: Sequence[str], model: str, strength: int, catalog: Catalog, color: PageColor = PageColor.KEEP
) -> Recipe:
    """Find the models that do what the user wants.

    Args:
        tasks: In the order in which they shall run.
        model: Model id for the stages of its own task; empty for default models everywhere.
        strength: 0..100, for every stage.
        catalog: Installed models.
        color: What becomes of the colors.

    Returns:
        A recipe in which every stage names its model.

    Raises:
        UsageError: Not a task, or the model's task is not among them.
        ModelError: An unknown model, or a task that no model does.
    """
    wanted = [_task(name, catalog) for name in tasks]
    chosen = {task: catalog.default_for(task) for task in wanted} if not model else {}
    if model:
        entry = catalog.get(model)
        task = entry.manifest.task
        if task not in wanted:
            raise UsageError(
                f"--model {model}: this model is for the task {task.value!r}, which was not asked for; "
                f"add --task {task.value} or choose another model."
            )
        chosen = {other: entry if other is task else catalog.default_for(other) for other in wanted}
    stages = tuple(StageSpec(task=task, model=chosen[task].manifest.id, strength=strength) for task in wanted)
    return Recipe(stages=stages, color=color)


def _task(name: str, catalog: Catalog) -> Task:
    try:
        return Task(name)
    except ValueError:
        known = ", ".join(sorted({entry.manifest.task.value for entry in catalog.all()})) or "none, for want of models"
        raise UsageError(f"--task {name}: is not a task; the installed models can do: {known}.") from None
