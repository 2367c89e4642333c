from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docclean.training import textures
from docclean.training.textures import FloatImage

Draw = Callable[[tuple[int, int], np.random.Generator], FloatImage]


def spots(shape: tuple[int, int], rng: np.random.Generator) -> FloatImage:
    return textures.spots(shape, rng, count=10, largest=6.0)


FIELDS: list[tuple[Draw, float, float]] = [
    (textures.paper, 0.0, 1.3),
    (textures.stain, 0.0, 1.0),
    (textures.ring, 0.0, 1.0),
    (spots, 0.0, 1.0),
    (textures.folds, 0.3, 1.3),
    (textures.crumple, 0.3, 1.3),
    (textures.illumination, 0.25, 1.0),
    (textures.shadow, 0.4, 1.0),
    (textures.streaks, 0.0, 1.15**7),
    (textures.fractal_noise, -np.inf, np.inf),
]
PAGES = [(1754, 1240), (1240, 1754)]
SIZES = st.tuples(st.integers(1, 70), st.integers(1, 70))


@pytest.mark.parametrize(("draw", "least", "most"), FIELDS)
@settings(max_examples=20)
@given(shape=SIZES, seed=st.integers(0, 2**32))
def test_field_of_any_size_has_its_shape_type_and_range(
    draw: Draw, least: float, most: float, shape: tuple[int, int], seed: int
) -> None:
    field = draw(shape, np.random.default_rng(seed))
    assert field.shape == ((*shape, 3) if draw is textures.paper else shape)
    assert field.dtype == np.float32
    assert np.isfinite(field).all()
    assert field.min() >= least - 1e-5
    assert field.max() <= most + 1e-5


@pytest.mark.parametrize("draw", [field[0] for field in FIELDS])
@settings(max_examples=5)
@given(shape=SIZES, seed=st.integers(0, 2**32))
def test_field_with_the_same_seed_is_the_same(draw: Draw, shape: tuple[int, int], seed: int) -> None:
    first, again = (draw(shape, np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize("draw", [field[0] for field in FIELDS])
def test_fields_with_other_seeds_differ(draw: Draw) -> None:
    drawn = {draw((48, 37), np.random.default_rng(seed)).tobytes() for seed in range(8)}
    assert len(drawn) >= 7  # a stain may lie outside


def test_fractal_noise_is_standardized() -> None:
    noise = textures.fractal_noise((65, 48), np.random.default_rng(3))
    assert abs(float(noise.mean())) < 1e-3
    assert abs(float(noise.std()) - 1.0) < 1e-3


@pytest.mark.parametrize("shape", PAGES)
def test_noise_is_as_coarse_along_both_sides_of_a_page(shape: tuple[int, int]) -> None:
    field = textures.fractal_noise(shape, np.random.default_rng(0), coarsest=4, octaves=1)
    down, across = (float(np.abs(np.diff(field, axis=axis)).mean()) for axis in (0, 1))
    assert down == pytest.approx(across, rel=0.25)


def test_stain_on_a_page_is_no_larger_than_on_paper() -> None:
    """A cup has a radius of 45 mm at most; a page is 210 mm wide."""
    largest = 0.0
    for seed in range(20):
        ring = textures.ring((1754, 1240), np.random.default_rng(seed))
        columns = np.flatnonzero((ring > 0.3).any(axis=0))
        largest = max(largest, float(np.ptp(columns)) if len(columns) else 0.0)
    assert 200 < largest < 0.6 * 1240


def test_streaks_run_along_either_side_of_a_page() -> None:
    lying = 0
    for seed in range(12):
        lines = textures.streaks((120, 90), np.random.default_rng(seed))
        assert lines.shape == (120, 90)
        lying += bool(lines.std(axis=0).mean() > lines.std(axis=1).mean())
    assert 0 < lying < 12
