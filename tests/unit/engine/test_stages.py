import dataclasses

import numpy as np
import pytest

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.page import ColorMode, Page, StoredSamples
from docclean.core.progress import NullProgress, Progress
from docclean.core.recipe import StageSpec, Task
from docclean.engine.backends import Backend
from docclean.engine.page_gate import GatedBackend, PageGate
from docclean.engine.pipeline import Pipeline
from docclean.engine.stages import CPU_WARNING, STRANGE_WARNING, RestoreStage
from docclean.models.catalog import ModelEntry
from tests.helpers.models import FakeBackend, Heard, tiny_model


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> ModelEntry:
    return tiny_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def page() -> Page:
    pixels = np.random.default_rng(0).integers(0, 256, (150, 170, 1), dtype=np.uint8)
    return Page(
        pixels=pixels,
        original=pixels,
        stored=StoredSamples(ColorMode.GRAY, pixels[:, :, 0]),
        resolution_dpi=(300.0, 300.0),
        icc_profile=b"profile",
        file_format="PNG",
        encoding={"bits": 8},
        warnings=("read",),
    )


def stage_of(entry: ModelEntry, backend: Backend, spare: Backend | None = None, strength: int = 100) -> RestoreStage:
    return RestoreStage(StageSpec(strength=strength), entry, backend, lambda: spare or backend)


def run(stage: RestoreStage, page: Page) -> Page:
    return stage(page, "job", NullProgress(), CancelToken())


def test_strength_0_is_the_very_page_and_runs_nothing(entry: ModelEntry, page: Page) -> None:
    backend = FakeBackend()
    assert run(stage_of(entry, backend, strength=0), page) is page
    assert backend.sides == []


def test_strength_100_is_the_full_correction(entry: ModelEntry, page: Page) -> None:
    np.testing.assert_array_equal(run(stage_of(entry, FakeBackend()), page).pixels, 255 - page.pixels)


@pytest.mark.parametrize("strength", [1, 25, 50, 99])
def test_strength_between_is_the_weighted_mean(entry: ModelEntry, page: Page, strength: int) -> None:
    result = run(stage_of(entry, FakeBackend(), strength=strength), page)
    before = page.pixels.astype(float)
    wanted = before + (255 - before - before) * strength / 100
    assert np.abs(result.pixels - wanted).max() <= 0.5 + 1e-4


def test_stage_changes_nothing_but_the_pixels(entry: ModelEntry, page: Page) -> None:
    before = page.pixels.copy()
    result = run(stage_of(entry, FakeBackend()), page)
    np.testing.assert_array_equal(page.pixels, before)
    assert result.original is page.original
    assert dataclasses.replace(result, pixels=page.pixels) == page
    assert page.is_untouched
    assert not result.is_untouched


def test_short_memory_moves_the_page_to_the_cpu_with_a_warning(entry: ModelEntry, page: Page) -> None:
    result = run(stage_of(entry, FakeBackend(largest=50), FakeBackend()), page)
    np.testing.assert_array_equal(result.pixels, 255 - page.pixels)
    assert result.warnings == ("read", CPU_WARNING)


@pytest.mark.parametrize("is_alike", [True, False])
def test_page_that_a_fine_tuned_model_does_not_know_is_told(entry: ModelEntry, page: Page, is_alike: bool) -> None:
    channels = 2 * (9 + FakeBackend().context(np.zeros((1, 9, 8, 8), np.float32)).shape[1])
    gate = PageGate(np.zeros((1, channels)), np.eye(channels)[None], np.array([1e9 if is_alike else 1e-9]))
    tuned, before = FakeBackend(), FakeBackend()
    result = run(stage_of(entry, GatedBackend(tuned, before, gate)), page)
    assert bool(tuned.sides) is is_alike
    assert bool(before.sides) is not is_alike
    told = () if is_alike else (STRANGE_WARNING.format(model=entry.manifest.shown_name),)
    assert result.warnings == ("read", *told)


def test_short_memory_for_the_overview_moves_the_page_to_the_cpu(entry: ModelEntry, page: Page) -> None:
    result = run(stage_of(entry, FakeBackend(context_fits=False), FakeBackend()), page)
    assert CPU_WARNING in result.warnings


def test_short_memory_on_the_cpu_is_not_tried_on_the_cpu_again(entry: ModelEntry, page: Page) -> None:
    backend = FakeBackend(largest=50)
    with pytest.raises(DeviceMemoryError):
        run(stage_of(entry, backend), page)
    assert len(backend.sides) == 2  # the model's tile and its smallest one


def test_short_memory_on_both_is_a_fault(entry: ModelEntry, page: Page) -> None:
    with pytest.raises(DeviceMemoryError):
        run(stage_of(entry, FakeBackend(largest=50), FakeBackend(largest=50)), page)


def test_cpu_is_not_loaded_before_it_is_needed(entry: ModelEntry, page: Page) -> None:
    loads: list[Backend] = []

    def load() -> Backend:
        loads.append(FakeBackend())
        return loads[-1]

    run(RestoreStage(StageSpec(), entry, FakeBackend(), load), page)
    assert loads == []


def test_stage_tells_progress_by_task_and_tile(entry: ModelEntry, page: Page) -> None:
    heard = Heard()
    stage = RestoreStage(StageSpec(task=Task.COLORIZE), entry, FakeBackend(), FakeBackend)
    stage(page, "job", heard, CancelToken())
    assert heard == [Progress("job", "colorize", number, len(heard)) for number in range(1, len(heard) + 1)]
    assert len(heard) > 1


def test_pipeline_runs_its_stages_in_order(entry: ModelEntry, page: Page) -> None:
    pipeline = Pipeline((stage_of(entry, FakeBackend(), strength=50), stage_of(entry, FakeBackend())), "CPU")
    result = pipeline(page, "job", NullProgress(), CancelToken())
    assert np.abs(result.pixels - 127.5).max() <= 1.5
    assert pipeline.models == ("tiny", "tiny")


def test_pipeline_of_nothing_gives_the_very_page(page: Page) -> None:
    pipeline = Pipeline((), "CPU")
    assert pipeline(page, "job", NullProgress(), CancelToken()) is page
    assert (pipeline.models, pipeline.device) == ((), "CPU")


def test_pipeline_names_only_the_models_that_run(entry: ModelEntry) -> None:
    still, moving = (stage_of(entry, FakeBackend(), strength=strength) for strength in (0, 10))
    assert Pipeline((still, moving), "CPU").models == ("tiny",)
    assert Pipeline((still,), "CPU").models == ()


def test_pipeline_polls_between_stages(entry: ModelEntry, page: Page) -> None:
    token, second = CancelToken(), FakeBackend()

    def cancel_at_the_end(progress: Progress) -> None:
        if progress.done == progress.total:
            token.cancel()

    pipeline = Pipeline((stage_of(entry, FakeBackend()), stage_of(entry, second)), "CPU")
    with pytest.raises(CancelledError):
        pipeline(page, "job", cancel_at_the_end, token)
    assert second.sides == []


def test_drawn_page_comes_back_as_it_is(entry: ModelEntry, page: Page) -> None:
    pixels = np.full((200, 160, 1), 255, np.uint8)
    pixels[40:60, 20:90] = np.array([90, 0, 0, 90] * 5, np.uint8)[:, None, None]
    drawn = dataclasses.replace(page, pixels=pixels, original=pixels)
    heard, backend = Heard(), FakeBackend()
    assert stage_of(entry, backend)(drawn, "job", heard, CancelToken()).is_untouched
    assert heard == [Progress("job", "denoise", 1, 1)]
    assert backend.sides == []
    np.testing.assert_array_equal(
        stage_of(entry, FakeBackend(), strength=50)(drawn, "job", heard, CancelToken()).pixels, pixels
    )
