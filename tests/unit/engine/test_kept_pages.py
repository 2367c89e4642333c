"""Pages of a PDF that are no scans: nothing restores them unless that is asked for."""

from pathlib import Path

import numpy as np
import pytest

from docclean.core.cancel import CancelToken
from docclean.core.page import PageRegion
from docclean.core.progress import NullProgress
from docclean.core.recipe import PageColor, Recipe, StageSpec
from docclean.documents.reader import read_page
from docclean.engine.device import cpu_device
from docclean.engine.preview import Previewer
from docclean.engine.session import EngineSession
from tests.helpers.models import catalog_of, tiny_model
from tests.helpers.small_pdfs import gray_image, source_of, write_pdf

_RECIPE = Recipe(stages=(StageSpec(model="tiny"),), color=PageColor.GRAY)
_CONTENTS = b"1 0.5 0.5 rg 0 0 60 20 re f"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    return EngineSession(cpu_device(), catalog_of(models))


def test_pipeline_gives_a_kept_page_back(tmp_path: Path, session: EngineSession) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image, contents=_CONTENTS)
    kept, drawn = read_page(source_of(path)), read_page(source_of(path, render_dpi=150))
    assert np.array_equal(kept.pixels, drawn.pixels)
    pipeline = session.pipeline(_RECIPE)
    assert pipeline(kept, "a", NullProgress(), CancelToken()) is kept
    assert not pipeline(drawn, "a", NullProgress(), CancelToken()).is_untouched


def test_preview_shows_a_kept_page_as_it_is(tmp_path: Path, session: EngineSession) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image, contents=_CONTENTS)
    previewer, region = Previewer(session), PageRegion(5, 5, 30, 40)
    _, seen = previewer.restore_region(source_of(path), _RECIPE, region, CancelToken())
    assert np.array_equal(seen, read_page(source_of(path)).pixels[region.slices])
    _, restored = previewer.restore_region(source_of(path, render_dpi=150), _RECIPE, region, CancelToken())
    assert restored.shape != seen.shape or not np.array_equal(restored, seen)
