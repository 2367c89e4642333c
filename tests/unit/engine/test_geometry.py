"""Pages are put straight with all they consist of, the same way whenever they are read, and not at all by default."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, OutputFormat, OutputSpec, PageJob
from docclean.core.page import ColorMode, PageRegion, PixelArray
from docclean.core.progress import NullProgress
from docclean.core.recipe import Geometry, Recipe, StageSpec
from docclean.engine.device import cpu_device
from docclean.engine.geometry import clear, layout_of, straighten
from docclean.engine.preview import Previewer
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.imaging.density import density_of
from docclean.imaging.skew import find_skew
from tests.helpers.models import catalog_of, tiny_model
from tests.helpers.pages import read, source_of
from tests.helpers.skewed import PAPER, SIZE, page_of, punched, skewed, text_page, with_rims

ALL = Geometry(deskew=True, borders=True, punch_holes=True, crop=True)
GEOMETRIES = st.builds(
    Geometry, deskew=st.booleans(), borders=st.booleans(), punch_holes=st.booleans(), crop=st.booleans()
)
MODES = {
    "1": ColorMode.BILEVEL,
    "L": ColorMode.GRAY,
    "I;16": ColorMode.GRAY16,
    "P": ColorMode.PALETTE,
    "RGB": ColorMode.RGB,
    "RGBA": ColorMode.RGB,
    "LA": ColorMode.GRAY,
    "CMYK": ColorMode.CMYK,
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> EngineSession:
    models = tmp_path_factory.mktemp("models")
    tiny_model(models)
    return EngineSession(cpu_device(), catalog_of(models))


def dirty(degrees: float = 2.0) -> PixelArray:
    """A page with everything: askew, punched, with rims, and room around its lines."""
    return with_rims(skewed(punched(text_page(0, margin=150, lines=28)), degrees))


def saved(path: Path, pixels: PixelArray, mode: str = "L", **options: Any) -> Path:
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    if mode == "I;16":
        image = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)
    elif mode in ("RGBA", "LA"):
        image = image.convert(mode)
        alpha = np.full(SIZE, 255, np.uint8)
        alpha[:300, :300] = 90
        image.putalpha(Image.fromarray(alpha))
    else:
        image = image.convert(mode, dither=Image.Dither.NONE)
    image.save(path, dpi=(100, 100), **options)
    return path


@settings(max_examples=8, deadline=None)
@given(st.floats(-9.0, 9.0).filter(lambda degrees: abs(degrees) > 0.1), st.integers(0, 4))
def test_page_turned_by_a_known_angle_comes_back_level_and_keeps_its_size(degrees: float, seed: int) -> None:
    page = page_of(skewed(text_page(seed, margin=200, lines=20), degrees))
    result = straighten(page, Geometry(deskew=True))
    assert result.size == page.size
    assert result.turned_deg == pytest.approx(-degrees, abs=0.1)
    assert abs(find_skew(result.pixels, density_of(result.size, result.resolution_dpi))) <= 0.1


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 9))
def test_nothing_is_done_by_default(seed: int) -> None:
    page = page_of(skewed(text_page(seed), 3.0))
    assert straighten(page, Geometry()) is page
    assert clear(page) is page


def test_kept_page_stays_as_it_is() -> None:
    page = replace(page_of(dirty()), is_kept=True)
    assert straighten(page, ALL) is page


def test_blank_page_stays_as_it_is() -> None:
    page = page_of(np.full((*SIZE, 1), PAPER, np.uint8))
    assert straighten(page, ALL) is page


@settings(max_examples=6, deadline=None)
@given(GEOMETRIES)
def test_the_same_page_comes_out_the_same_whenever_it_is_read(geometry: Geometry) -> None:
    one, other = (clear(straighten(page_of(dirty()), geometry)) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    assert (one.turned_deg, one.cropped) == (other.turned_deg, other.cropped)


def test_all_of_it_together_leaves_level_lines_on_paper() -> None:
    result = clear(straighten(page_of(dirty()), ALL))
    clean = text_page(0, margin=150, lines=28)
    assert result.turned_deg == pytest.approx(-2.0, abs=0.05)
    assert result.cropped is not None
    ink = (result.pixels < 128).sum()
    assert ink == pytest.approx((clean < 128).sum(), rel=0.03)
    assert result.size == (result.cropped.height, result.cropped.width)
    assert len(result.to_clear) >= 3


def test_print_is_not_pushed_off_the_page() -> None:
    pixels = skewed(text_page(0, margin=14, lines=42), 6.0)
    pixels[10:22, 20:60] = 20  # a number in the corner
    result = straighten(page_of(pixels), Geometry(deskew=True))
    np.testing.assert_array_equal(result.pixels, pixels)
    assert "pushed off" in " ".join(result.warnings)


@pytest.mark.parametrize("mode", MODES)
def test_page_keeps_the_way_its_samples_are_stored(mode: str, tmp_path: Path) -> None:
    suffix = ".tif" if mode == "CMYK" else ".png"
    page = read(saved(tmp_path / f"a{suffix}", dirty(), mode))
    assert page.stored.mode is MODES[mode]
    result = straighten(page, ALL)
    assert result.stored.mode is page.stored.mode
    assert result.stored.data.dtype == page.stored.data.dtype
    assert result.stored.data.shape[:2] == result.pixels.shape[:2] == result.size
    assert (result.stored.alpha is None) == (page.stored.alpha is None)
    assert result.pixels is result.original
    assert result.turned_deg == pytest.approx(-2.0, abs=0.05)
    assert result.cropped is not None


def test_hairlines_of_a_two_level_page_stay_whole(tmp_path: Path) -> None:
    pixels = np.full((*SIZE, 1), 255, np.uint8)
    pixels[150:1000:30, 120:700] = 0
    page = read(saved(tmp_path / "a.png", np.where(skewed(pixels, 1.0, 255) > 128, 255, 0).astype(np.uint8), "1"))
    result = straighten(page, Geometry(deskew=True)).pixels[:, :, 0]
    assert result[:, 200:600].min(axis=0).max() == 0
    rows = (result[140:1010, 200:600] == 0).any(axis=1).sum()
    assert rows <= 29 * 4  # level: each line takes few rows


def test_transparency_does_not_darken_its_edge(tmp_path: Path) -> None:
    pixels = np.repeat(skewed(text_page(0), 2.0), 3, axis=2)
    image = Image.fromarray(pixels).convert("RGBA")
    samples = np.array(image)
    samples[:200] = 0  # transparent black
    Image.fromarray(samples).save(tmp_path / "a.png")
    result = straighten(read(tmp_path / "a.png"), Geometry(deskew=True))
    assert result.turned_deg
    edge = result.pixels[215:225, 20:90]
    assert edge.min() > PAPER - 8


def test_layout_is_what_moves_pixels() -> None:
    assert layout_of(Geometry(borders=True, punch_holes=True)) == Geometry()
    assert layout_of(ALL) == ALL


def run(session: EngineSession, *jobs: PageJob) -> list[Any]:
    return list(run_jobs(jobs, session, NullProgress(), CancelToken()))


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_draft_that_is_saved_is_the_file_that_a_run_writes(mode: str, session: EngineSession, tmp_path: Path) -> None:
    source = source_of(saved(tmp_path / "a.png", dirty(), mode))
    stages = (StageSpec(model="tiny"),) if mode == "L" else ()
    recipe = Recipe(stages=stages, geometry=ALL)
    draft = OutputSpec(path=tmp_path / "draft.png", is_draft=True)
    straight, cleaned = (OutputSpec(path=tmp_path / name, format=OutputFormat.PNG) for name in ("b.png", "c.png"))
    results = run(
        session,
        PageJob(id="1", source=source, recipe=recipe, output=straight),
        PageJob(id="2", source=source, recipe=recipe, output=draft),
        PageJob(id="3", source=source, recipe=recipe, output=cleaned, restored=draft.path),
    )
    assert [result.status for result in results] == [JobStatus.DONE] * 3
    assert straight.path.read_bytes() == cleaned.path.read_bytes()


def test_file_of_a_run_without_geometry_is_bit_for_bit_the_input(session: EngineSession, tmp_path: Path) -> None:
    source = source_of(saved(tmp_path / "a.png", dirty()))
    job = PageJob(id="1", source=source, recipe=Recipe(stages=()), output=OutputSpec(path=tmp_path / "b.png"))
    (result,) = run(session, job)
    assert result.is_untouched
    assert (tmp_path / "b.png").read_bytes() == source.path.read_bytes()


def test_holes_and_rims_are_no_places_to_look_at(session: EngineSession, tmp_path: Path) -> None:
    source = source_of(saved(tmp_path / "a.png", punched(text_page(0, margin=150, lines=28))))
    recipe = Recipe(stages=(), geometry=Geometry(punch_holes=True))
    output = OutputSpec(path=tmp_path / "draft.png", is_draft=True)
    (result,) = run(session, PageJob(id="1", source=source, recipe=recipe, output=output))
    assert not result.is_untouched
    assert result.doubts == 0


@pytest.mark.parametrize("geometry", [ALL, Geometry(crop=True), Geometry(borders=True)])
def test_preview_is_the_region_of_the_page_that_a_run_gives(
    geometry: Geometry, session: EngineSession, tmp_path: Path
) -> None:
    path = saved(tmp_path / "a.png", dirty())
    stages = (StageSpec(model="tiny", strength=50),) if geometry == ALL else ()
    recipe = Recipe(stages=stages, geometry=geometry)
    whole = session.pipeline(recipe)(read(path), "", NullProgress(), CancelToken()).pixels
    everything = PageRegion(0, 0, 5000, 5000)
    region, pixels = Previewer(session).restore_region(source_of(path), recipe, everything, CancelToken())
    assert (region.height, region.width) == whole.shape[:2]
    np.testing.assert_array_equal(pixels, whole)
