from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.page import PageRegion, PageSize
from docclean.core.progress import NullProgress
from docclean.core.recipe import PageColor, Recipe, StageSpec
from docclean.engine import stages as stages_module
from docclean.engine.device import cpu_device
from docclean.engine.preview import Previewer
from docclean.engine.session import EngineSession
from tests.helpers.models import catalog_of, tiny_model, tiny_network
from tests.helpers.pages import image_in, read, saved, source_of


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    tiny_model(models, "other", network=tiny_network(1))
    return EngineSession(cpu_device(), catalog_of(models))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("pages") / "a.png", image_in("RGB", 300, 260))


def recipe(*strengths: int) -> Recipe:
    models = ("tiny", "other")
    return Recipe(stages=tuple(StageSpec(model=m, strength=s) for m, s in zip(models, strengths, strict=False)))


def preview(session: EngineSession, page: Path, wanted: Recipe, region: PageRegion) -> Any:
    return Previewer(session).restore_region(source_of(page), wanted, region, CancelToken())


REGIONS = st.builds(PageRegion, st.integers(-50, 320), st.integers(-50, 300), st.integers(1, 400), st.integers(1, 400))


@settings(max_examples=20)
@given(REGIONS, st.sampled_from([100, 40]))
def test_preview_is_the_region_of_the_page_that_a_run_gives(
    session: EngineSession, page: Path, seen: PageRegion, strength: int
) -> None:
    region, pixels = preview(session, page, recipe(strength), seen)
    whole = session.pipeline(recipe(strength))(read(page), "", NullProgress(), CancelToken()).pixels
    np.testing.assert_array_equal(pixels, whole[region.slices])
    assert region == seen.within(PageSize(300, 260))


def test_preview_of_all_of_a_page_through_two_stages_is_what_a_run_gives(session: EngineSession, page: Path) -> None:
    _, pixels = preview(session, page, recipe(70, 30), PageRegion(0, 0, 300, 260))
    whole = session.pipeline(recipe(70, 30))(read(page), "", NullProgress(), CancelToken()).pixels
    np.testing.assert_array_equal(pixels, whole)


def test_preview_with_another_strength_runs_no_network(
    session: EngineSession, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    previewer, region = Previewer(session), PageRegion(10, 10, 50, 50)
    _, full = previewer.restore_region(source_of(page), recipe(100), region, CancelToken())

    def refuse(*arguments: Any) -> None:
        raise AssertionError("a network ran")

    monkeypatch.setattr(stages_module, "restore_page", refuse)
    _, half = previewer.restore_region(source_of(page), recipe(50), region, CancelToken())
    before = read(page).pixels[region.slices].astype(float)
    assert np.abs(half - (before + full) / 2).max() <= 1


def test_preview_at_strength_zero_is_the_page(session: EngineSession, page: Path) -> None:
    region, pixels = preview(session, page, recipe(0), PageRegion(0, 0, 90, 90))
    np.testing.assert_array_equal(pixels, read(page).pixels[region.slices])


def test_preview_outside_the_page_is_empty(session: EngineSession, page: Path) -> None:
    region, pixels = preview(session, page, recipe(100), PageRegion(500, 0, 10, 10))
    assert region.height == 0
    assert pixels.size == 0


def test_preview_that_is_cancelled_stops(session: EngineSession, page: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        Previewer(session).restore_region(source_of(page), recipe(100), PageRegion(0, 0, 90, 90), cancel)


def test_preview_after_forgetting_reads_the_file_again(session: EngineSession, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", image_in("L", 80, 80, seed=1))
    previewer, region = Previewer(session), PageRegion(0, 0, 80, 80)
    previewer.restore_region(source_of(path), recipe(0), region, CancelToken())
    saved(path, image_in("L", 80, 80, seed=2))
    previewer.forget()
    _, pixels = previewer.restore_region(source_of(path), recipe(0), region, CancelToken())
    np.testing.assert_array_equal(pixels, read(path).pixels)


def test_preview_in_gray_is_what_a_run_gives(session: EngineSession, page: Path) -> None:
    gray = recipe(70).model_copy(update={"color": PageColor.GRAY})
    _, pixels = preview(session, page, gray, PageRegion(0, 0, 300, 260))
    whole = session.pipeline(gray)(read(page), "", NullProgress(), CancelToken()).pixels
    np.testing.assert_array_equal(pixels, whole)
    assert (pixels[:, :, 0] == pixels[:, :, 2]).all()
