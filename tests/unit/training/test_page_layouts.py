from pathlib import Path

import numpy as np
import pytest

from docclean.training.page_layouts import FORMATS_MM, LAYOUTS, is_handwriting, set_page, set_part
from tests.helpers.corpus import saved_font


@pytest.fixture
def font(tmp_path: Path) -> Path:
    return saved_font(tmp_path / "letters.ttf")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_gives_an_inked_page_that_depends_on_the_seed_alone(layout: str, font: Path) -> None:
    pages = []
    for seed in range(3):
        page, again = (set_page(font, np.random.default_rng(seed), dpi=75, layout=layout) for _ in range(2))
        assert np.array_equal(page, again)
        assert page.dtype == np.uint8
        assert 0.002 < float((page.min(axis=2) < 190).mean()) < 0.6
        pages.append(page.tobytes())
    assert len(set(pages)) == 3


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [(40, 300), (300, 60), (90, 90)])
def test_layout_of_an_odd_sheet_has_its_size(layout: str, size: tuple[int, int], font: Path) -> None:
    assert set_page(font, np.random.default_rng(0), dpi=75, size=size, layout=layout).shape == (*size, 3)


def test_page_is_a_usual_sheet() -> None:
    assert (210.0, 297.0) in FORMATS_MM


def test_page_grows_with_the_resolution(font: Path) -> None:
    small, large = (set_page(font, np.random.default_rng(4), dpi=dpi, layout="letter").shape for dpi in (75, 150))
    assert large[0] == pytest.approx(2 * small[0], abs=1)
    assert large[1] == pytest.approx(2 * small[1], abs=1)


def test_part_has_its_size_and_mostly_ink(font: Path) -> None:
    parts = [set_part(font, 256, np.random.default_rng(seed)) for seed in range(12)]
    assert all(part.shape == (256, 256, 3) for part in parts)
    assert np.mean([float((part.min(axis=2) < 190).mean()) >= 0.02 for part in parts]) > 0.7


def test_handwriting_is_told_by_the_name() -> None:
    assert is_handwriting(Path("fonts/DancingScript-Bold.otf"))
    assert is_handwriting(Path("fonts/dkgIt.ttf"))
    assert not is_handwriting(Path("script/LiberationSerif-Regular.ttf"))
    assert not is_handwriting(Path("NotoSansInscriptionalPahlavi-Regular.ttf"))


def test_hand_is_written_in_its_font(font: Path, tmp_path: Path) -> None:
    """A hand that cannot be used shows that it was opened."""
    broken = tmp_path / "hand.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(OSError, match="unknown file format"):
        set_page(font, np.random.default_rng(0), dpi=75, hands=[broken], layout="letter")
