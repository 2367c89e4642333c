from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.core.errors import WriteError
from docclean.core.page import PageSource
from docclean.core.recipe import Task
from docclean.training import twins
from docclean.training.crops import is_held_out
from docclean.training.degrade import Degraded
from docclean.training.twins import TwinSpec, make_twin, plan_twins, write_twin
from tests.helpers.corpus import names, page_pixels, saved_font, saved_page

DENOISE, DEWATERMARK = TwinSpec(Task.DENOISE), TwinSpec(Task.DEWATERMARK)


def source_of(path: Path, page: int = 0, pages: int = 1) -> PageSource:
    return PageSource(path=path, page=page, pages=pages, relative=Path(path.name))


def test_names_tell_page_and_variant_and_are_never_alike() -> None:
    sources = [source_of(Path("a/Page.png")), source_of(Path("b/page.tif")), source_of(Path("book.pdf"), 1, 12)]
    assert [job.name for job in plan_twins(sources, 1, 0)] == ["Page.png", "page (2).png", "book-p002.png"]
    assert [job.name for job in plan_twins(sources[2:], 2, 0)] == ["book-p002-v01.png", "book-p002-v02.png"]


def test_seed_of_a_twin_does_not_depend_on_what_else_is_made() -> None:
    sources = [source_of(Path("a.png")), source_of(Path("b.png"))]
    many = plan_twins(sources, 3, 7)
    assert len({job.seed for job in many}) == 6
    assert plan_twins(sources[1:], 1, 7)[0].seed == many[3].seed
    assert plan_twins(sources[1:], 1, 8)[0].seed != many[3].seed


@pytest.mark.parametrize("spec", [DENOISE, DEWATERMARK])
def test_twin_is_made_again_bit_by_bit(spec: TwinSpec, tmp_path: Path) -> None:
    saved_page(tmp_path / "page.png", page_pixels(90, 70))
    for job in plan_twins([source_of(tmp_path / "page.png")], 4, 1):
        (pair, _), (again, _) = make_twin(job, spec), make_twin(job, spec)
        assert np.array_equal(pair.dirty, again.dirty)
        assert np.array_equal(pair.clean, again.clean)
        assert (pair.mark_opacity is not None) == (spec.task is Task.DEWATERMARK)
        assert pair.mark_opacity is None or pair.mark_opacity.any()


@pytest.mark.parametrize("held_out", [False, True])
def test_marks_come_from_the_part_of_the_document(
    held_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = [saved_font(tmp_path / next(names(held_out=part, suffix=".ttf"))) for part in (False, True)]
    seen: list[tuple[list[Path], bool]] = []

    def watermarked(clean: np.ndarray, rng: object, *, fonts: list[Path], held_out: bool) -> Degraded:
        seen.append((fonts, held_out))
        return Degraded(clean, clean, np.full(clean.shape[:2], 9, np.uint8), clean)

    monkeypatch.setattr(twins, "watermarked", watermarked)
    page = saved_page(tmp_path / next(names(held_out=held_out, suffix=".png")), page_pixels())
    (job,) = plan_twins([source_of(page)], 1, 0)
    assert job.is_held_out == held_out
    make_twin(job, TwinSpec(Task.DEWATERMARK, fonts=tuple(fonts)))
    assert seen == [([font for font in fonts if is_held_out(font.name) == held_out], held_out)]


def test_files_have_the_same_name_and_the_resolution(tmp_path: Path) -> None:
    page = saved_page(tmp_path / "page.png", page_pixels(90, 70))
    (job,) = plan_twins([source_of(page)], 1, 0)
    pair, _ = make_twin(job, DEWATERMARK)
    write_twin(job, pair, tmp_path / "out", resolution=(150.0, 150.0), has_layers=True, overwrite=False)
    for folder in twins.FOLDERS:
        with Image.open(tmp_path / "out" / folder / "page.png") as image:
            assert image.size == (70, 90)
            assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    ink = np.asarray(Image.open(tmp_path / "out" / "ink" / "page.png"))
    assert np.array_equal(ink == 255, pair.ink)
    with pytest.raises(WriteError, match="exists already"):
        write_twin(job, pair, tmp_path / "out", resolution=None, has_layers=True, overwrite=False)
    write_twin(job, pair, tmp_path / "out", resolution=None, has_layers=False, overwrite=True)


def test_pair_without_a_mark_has_no_mark_layers(tmp_path: Path) -> None:
    page = saved_page(tmp_path / "page.png", page_pixels())
    (job,) = plan_twins([source_of(page)], 1, 0)
    write_twin(job, make_twin(job, DENOISE)[0], tmp_path / "out", resolution=None, has_layers=True, overwrite=False)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["clean", "dirty", "ink"]
