"""Colors at the end of a run: on the page, in its draft, in the preview, and in the file."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.job import OutputFormat, OutputSpec, PageJob, Storage
from docclean.core.page import ColorMode, Page, PageRegion, PixelArray
from docclean.core.progress import NullProgress
from docclean.core.recipe import PageColor, Recipe, StageSpec
from docclean.engine.coloring import colored, stored_mode
from docclean.engine.device import cpu_device
from docclean.engine.preview import Previewer
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.imaging.color import has_color
from tests.helpers.models import catalog_of, identity_network, tiny_model
from tests.helpers.pages import image_in, read, saved, source_of
from tests.helpers.printed import ADDITIONS, DPI, page_with, printed_truth

MODES = {"rgb": ColorMode.RGB, "gray": ColorMode.GRAY, "bilevel": ColorMode.BILEVEL}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models, network=identity_network())
    return EngineSession(cpu_device(), catalog_of(models))


def recipe(color: PageColor) -> Recipe:
    return Recipe(stages=(StageSpec(model="tiny"),), color=color)


def page_of(folder: Path, pixels: PixelArray, name: str = "page.png") -> Path:
    return saved(folder / name, Image.fromarray(pixels.squeeze()), dpi=(DPI, DPI))


def cleaned(pixels: PixelArray, folder: Path) -> Page:
    """A page whose cleaning gave these pixels."""
    return replace(read(page_of(folder, pixels)), pixels=pixels)


@pytest.mark.parametrize("addition", ADDITIONS)
def test_automatic_color_is_stored(session: EngineSession, tmp_path: Path, addition: str) -> None:
    path = page_of(tmp_path, page_with(addition))
    output = OutputSpec(path=tmp_path / "out.tif", format=OutputFormat.TIFF)
    job = PageJob(id="a", source=source_of(path), recipe=recipe(PageColor.AUTO), output=output)
    (result,) = run_jobs([job], session, NullProgress(), CancelToken())
    assert result.error == ""
    assert read(output.path).stored.mode is MODES[ADDITIONS[addition][1]]


@pytest.mark.parametrize("color", PageColor)
@pytest.mark.parametrize(("addition", "suffix"), [("nothing", "png"), ("gray photo", "pdf")])
def test_draft_saves_the_file_that_cleaning_writes(
    session: EngineSession, tmp_path: Path, color: PageColor, addition: str, suffix: str
) -> None:
    path = page_of(tmp_path, page_with(addition))
    wanted = OutputFormat(suffix)
    draft = OutputSpec(path=tmp_path / "draft.png", is_draft=True)
    job = PageJob(id="a", source=source_of(path), recipe=recipe(color), output=draft)
    saving = job.model_copy(
        update={
            "output": OutputSpec(path=tmp_path / f"saved.{suffix}", format=wanted),
            "restored": draft.path,
        }
    )
    direct = job.model_copy(update={"output": OutputSpec(path=tmp_path / f"direct.{suffix}", format=wanted)})
    for each in (job, saving, direct):
        (result,) = run_jobs([each], session, NullProgress(), CancelToken())
        assert result.error == ""
    assert (tmp_path / f"saved.{suffix}").read_bytes() == (tmp_path / f"direct.{suffix}").read_bytes()


@pytest.mark.parametrize("color", PageColor)
@pytest.mark.parametrize("addition", ["stamp", "gray photo"])
def test_preview_shows_what_the_page_will_have(
    session: EngineSession, tmp_path: Path, color: PageColor, addition: str
) -> None:
    path = page_of(tmp_path, page_with(addition))
    region = PageRegion(300, 40, 200, 300)
    _, seen = Previewer(session).restore_region(source_of(path), recipe(color), region, CancelToken())
    whole = session.pipeline(recipe(color))(read(path), "", NullProgress(), CancelToken())
    np.testing.assert_array_equal(seen, whole.pixels[region.slices])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "P-gray", "P-alpha", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("color", PageColor)
def test_every_mode_gets_every_color(tmp_path: Path, mode: str, color: PageColor) -> None:
    page = read(saved(tmp_path / "in.tif" if mode == "CMYK" else tmp_path / "in.png", image_in(mode, 40, 60)))
    result = colored(page, color)
    assert result.pixels.shape == page.pixels.shape
    if color is PageColor.GRAY:
        assert not has_color(result.pixels)
        assert result.stored_as in (None, ColorMode.GRAY)
    elif color is PageColor.BILEVEL:
        assert set(np.unique(result.pixels)) <= {0, 255}
        assert result.stored_as is (None if mode == "1" else ColorMode.BILEVEL)
    elif color is PageColor.KEEP:
        assert result.stored_as is None
        np.testing.assert_array_equal(result.pixels, page.pixels)
    assert stored_mode(result, color) is result.stored_as


def test_page_in_two_levels_keeps_every_stroke_that_the_network_left(tmp_path: Path) -> None:
    truth = np.where(printed_truth(), 0, 255).astype(np.uint8)
    specks = np.random.default_rng(0).random(truth.shape) < 0.001
    dirty = np.where(specks, 0, truth).astype(np.uint8)
    page = read(saved(tmp_path / "in.png", Image.fromarray(dirty).convert("1"), dpi=(DPI, DPI)))
    softened = np.asarray(cv2.GaussianBlur(truth, (0, 0), 0.4), np.uint8)  # networks leave gray rims
    result = colored(replace(page, pixels=softened[:, :, np.newaxis]), PageColor.KEEP)
    assert result.stored_as is None
    np.testing.assert_array_equal(result.pixels[:, :, 0], truth)


def test_page_in_two_levels_that_nothing_changed_is_the_same(tmp_path: Path) -> None:
    page = read(saved(tmp_path / "in.png", image_in("1", 60, 50)))
    for color in PageColor:
        assert colored(page, color).pixels is page.pixels
        assert colored(page, color).is_as_read


def test_coarse_page_in_two_levels_warns(tmp_path: Path) -> None:
    pixels = page_with("nothing")
    for dpi, count in ((100, 1), (300, 0)):
        page = replace(read(page_of(tmp_path, pixels)), resolution_dpi=(dpi, dpi))
        assert len(colored(page, PageColor.BILEVEL).warnings) == count
        assert colored(page, PageColor.AUTO).warnings == ()


def test_page_of_a_pdf_that_is_kept_stays_what_it_is(tmp_path: Path) -> None:
    page = replace(cleaned(page_with("stamp"), tmp_path), is_kept=True)
    assert colored(page, PageColor.BILEVEL) is page


def test_storage_reaches_the_file(session: EngineSession, tmp_path: Path) -> None:
    path = page_of(tmp_path, page_with("color photo"))
    sizes = []
    for quality in (10, 90):
        output = OutputSpec(
            path=tmp_path / f"{quality}.jpg", format=OutputFormat.JPEG, storage=Storage(quality=quality)
        )
        job = PageJob(id="a", source=source_of(path), recipe=recipe(PageColor.KEEP), output=output)
        list(run_jobs([job], session, NullProgress(), CancelToken()))
        sizes.append(output.path.stat().st_size)
    assert sizes[0] < 0.5 * sizes[1]
