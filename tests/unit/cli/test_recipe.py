import pytest

from docclean.cli.recipe import choose_recipe
from docclean.core.errors import ModelError, UsageError
from docclean.core.recipe import Task
from docclean.models.catalog import Catalog

DENOISER, WASHER = "denoise-standard-8", "wash-1"


def test_recipe_names_default_models_in_the_order_given(catalog: Catalog) -> None:
    recipe = choose_recipe(["dewatermark", "denoise"], "", 40, catalog)
    assert [(stage.task, stage.model, stage.strength) for stage in recipe.stages] == [
        (Task.DEWATERMARK, WASHER, 40),
        (Task.DENOISE, DENOISER, 40),
    ]


def test_recipe_gives_the_named_model_to_the_stage_of_its_task(catalog: Catalog) -> None:
    recipe = choose_recipe(["denoise", "dewatermark"], WASHER, 100, catalog)
    assert [stage.model for stage in recipe.stages] == [DENOISER, WASHER]


@pytest.mark.parametrize(
    ("tasks", "model", "fault", "sentence"),
    [
        (["blur"], "", UsageError, "--task blur: is not a task; the installed models can do: denoise, dewatermark"),
        (["colorize"], "", ModelError, "No installed model does the task 'colorize'"),
        (["denoise"], "mine", ModelError, "no model named 'mine'"),
        (["denoise"], WASHER, UsageError, "add --task dewatermark or choose another model"),
    ],
)
def test_recipe_that_no_model_can_do_is_refused(
    tasks: list[str], model: str, fault: type[Exception], sentence: str, catalog: Catalog
) -> None:
    with pytest.raises(fault, match=sentence):
        choose_recipe(tasks, model, 100, catalog)
