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
