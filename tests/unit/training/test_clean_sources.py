from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.core.errors import ReadError
from docclean.core.page import PageSource
from docclean.training.clean_sources import find_clean_sources, read_clean, usable_fonts
from tests.helpers.corpus import font_without_letters, page_pixels, saved_font, saved_page, saved_pdf


@pytest.fixture
def material(tmp_path: Path) -> Path:
    folder = tmp_path / "material"
    saved_pdf(folder / "deep" / "book.pdf", page_pixels(72, 72, seed=1), page_pixels(72, 72, seed=2))
    saved_page(folder / "page10.png", page_pixels(seed=3))
    saved_page(folder / "page2.png", page_pixels(seed=4))
    (folder / "readme.txt").write_text("no page", encoding="utf-8")
    return folder


def found(*inputs: Path) -> list[tuple[str, int]]:
    return [(source.path.name, source.page) for source in find_clean_sources(inputs).sources]


def test_folder_gives_images_and_pdf_pages_in_natural_order(material: Path) -> None:
    assert found(material) == [("book.pdf", 0), ("book.pdf", 1), ("page2.png", 0), ("page10.png", 0)]
    assert found(material, material / "deep" / "book.pdf", material / "page2.png") == found(material)


def test_what_gives_no_page_is_named_and_the_rest_goes_on(material: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (material / "empty.pdf").touch()
    result = find_clean_sources([material, tmp_path / "none", tmp_path / "gone.png", tmp_path / "gone.pdf"])
    assert len(result.sources) == 4
    failed = {each.path.name: each.reason for each in result.failed}
    assert failed.keys() == {"none", "gone.png", "gone.pdf", "empty.pdf"}
    assert "no image and no PDF" in failed["none"]
    assert failed["empty.pdf"] == "is empty; copy it again."


def test_pages_of_every_kind_are_rgb_with_their_resolution(material: Path, tmp_path: Path) -> None:
    gray = tmp_path / "gray.png"
    Image.new("L", (30, 20), 200).save(gray, dpi=(120, 120))
    font = saved_font(tmp_path / "letters.ttf")
    expected = {gray: (120.0, 120.0), material / "deep" / "book.pdf": (75.0, 75.0), font: (75.0, 75.0)}
    for path, resolution in expected.items():
        source = PageSource(path=path, relative=Path(path.name))
        pixels, stated = read_clean(source, 75.0, np.random.default_rng(0))
        assert pixels.shape[2] == 3
        assert pixels.dtype == np.uint8
        assert stated == pytest.approx(resolution)
    _, stated = read_clean(PageSource(path=material / "page2.png", relative=Path("p")), 75.0, np.random.default_rng(0))
    assert stated is None


def test_fonts_without_letters_are_left_out(tmp_path: Path) -> None:
    signs, letters = font_without_letters(tmp_path / "signs.ttf"), saved_font(tmp_path / "letters.ttf")
    assert usable_fonts([signs, letters]) == [letters]
    with pytest.raises(ReadError, match="is not a font that pages can be set with"):
        read_clean(PageSource(path=signs, relative=Path("signs")), 75.0, np.random.default_rng(0))
