import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array

from docclean.documents.orientation import turned, turns_sideways
from docclean.documents.pdf_contents import Matrix
from docclean.documents.pdf_geometry import (
    common_part,
    covers,
    inherited,
    mapped_box,
    orientation_of,
    placed_dpi,
    product,
    rotation_of,
    shown_box,
    user_unit,
)

_NUMBERS = st.integers(-50, 50).map(float)
_MATRICES: st.SearchStrategy[Matrix] = st.tuples(_NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS)
_UPRIGHT: list[Matrix] = [
    (3, 0, 0, 2, 0, 0), (-3, 0, 0, 2, 3, 0), (-3, 0, 0, -2, 3, 2), (3, 0, 0, -2, 0, 2),
    (0, 3, 2, 0, 0, 0), (0, -3, 2, 0, 0, 3), (0, -3, -2, 0, 2, 3), (0, 3, -2, 0, 2, 0),
]  # fmt: skip


def _mapped(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


@given(_MATRICES, _MATRICES, _NUMBERS, _NUMBERS)
def test_product_maps_one_after_the_other(first: Matrix, second: Matrix, x: float, y: float) -> None:
    assert _mapped(product(first, second), x, y) == _mapped(second, *_mapped(first, x, y))


@given(_MATRICES, st.floats(0, 1), st.floats(0, 1))
def test_mapped_box_holds_what_is_mapped(matrix: Matrix, x: float, y: float) -> None:
    box = mapped_box(matrix)
    if box is not None:
        across, up = _mapped(matrix, x, y)
        assert box[0] - 1e-9 <= across <= box[2] + 1e-9
        assert box[1] - 1e-9 <= up <= box[3] + 1e-9


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("matrix", _UPRIGHT)
def test_orientation_of_turns_an_image_as_the_page_shows_it(matrix: Matrix, rotation: int) -> None:
    samples = np.arange(6).reshape(2, 3)
    box = mapped_box(matrix)
    assert box is not None
    shown = np.zeros((round(box[3] - box[1]), round(box[2] - box[0])), int)
    for row in range(2):
        for column in range(3):  # paint each sample where the center of its cell comes to lie
            across, up = _mapped(matrix, (column + 0.5) / 3, 1 - (row + 0.5) / 2)
            shown[shown.shape[0] - 1 - int(up - box[1]), int(across - box[0])] = samples[row, column]
    shown = np.rot90(shown, -rotation // 90)
    orientation = orientation_of(matrix, rotation)
    assert np.array_equal(turned(samples, orientation), shown)
    assert turns_sideways(orientation) == (shown.shape == (3, 2))


@given(st.sampled_from(_UPRIGHT), st.floats(-0.6, 0.6))
def test_orientation_of_a_slant_is_the_nearest_quarter(matrix: Matrix, angle: float) -> None:
    slant = (float(np.cos(angle)), float(np.sin(angle)), -float(np.sin(angle)), float(np.cos(angle)), 0.0, 0.0)
    square: Matrix = tuple(np.sign(number) for number in matrix)
    assert orientation_of(product(square, slant), 0) == orientation_of(matrix, 0)


@given(st.integers(1, 5000), st.integers(1, 5000), st.floats(20, 2400), st.floats(20, 2400), st.floats(0.1, 10))
def test_placed_dpi_comes_back_from_the_place(width: int, height: int, across: float, down: float, unit: float) -> None:
    matrix = (width / across * 72 / unit, 0.0, 0.0, -height / down * 72 / unit, 5.0, 5.0)
    assert placed_dpi(matrix, (width, height), unit) == pytest.approx((across, down))
    turned_matrix = (0.0, matrix[0], -matrix[3], 0.0, 0.0, 0.0)
    assert placed_dpi(turned_matrix, (width, height), unit) == pytest.approx((across, down))


def test_placed_dpi_on_a_line_is_none() -> None:
    assert placed_dpi((0, 0, 0, 5, 0, 0), (3, 2), 1.0) is None


def test_common_part_and_covers() -> None:
    assert common_part((0, 0, 5, 5), (3, 3, 9, 9)) == (3, 3, 5, 5)
    assert common_part((0, 0, 3, 3), (3, 3, 9, 9)) is None
    assert covers((0.05, 0, 10, 10), (0, 0, 10, 10), 0.01)
    assert not covers((0.2, 0, 10, 10), (0, 0, 10, 10), 0.01)


@pytest.mark.parametrize(
    ("boxes", "shown"),
    [
        ({"MediaBox": [0, 0, 60, 40]}, (0, 0, 60, 40)),
        ({"MediaBox": [60, 40, 0, 0]}, (0, 0, 60, 40)),
        ({"MediaBox": [0, 0, 60, 40], "CropBox": [10, -10, 50, 90]}, (10, 0, 50, 40)),
        ({"MediaBox": [0, 0, 60, 40], "CropBox": [100, 100, 110, 110]}, (0, 0, 60, 40)),
        ({"MediaBox": []}, (0, 0, 612, 792)),
        ({"MediaBox": 3}, (0, 0, 612, 792)),
    ],
)
def test_shown_box_of_odd_boxes(boxes: dict[str, object], shown: tuple[float, ...]) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        for key, value in boxes.items():
            pdf.pages[0].obj[f"/{key}"] = Array(value) if isinstance(value, list) else value
        assert shown_box(pdf.pages[0]) == shown


def test_values_of_a_page_are_inherited_and_odd_ones_passed_over() -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        page = pdf.pages[0]
        page.obj.Parent.Rotate = -90
        assert rotation_of(page) == 270
        page.obj.Rotate = pikepdf.Name.Left
        assert rotation_of(page) == 0
        assert user_unit(page) == 1.0
        page.obj.UserUnit = 2.5
        assert user_unit(page) == 2.5
        page.obj.UserUnit = -1
        assert user_unit(page) == 1.0
        page.obj.Parent.Parent = page.obj.Parent
        assert inherited(page, "/CropBox") is None, "a circle ends"
