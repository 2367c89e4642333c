import numpy as np
import pytest

from docclean.training.page_scale import is_whole_page, magnification, span, spans

A4_150, A4_300 = (1754, 1240), (3508, 2480)


@pytest.mark.parametrize("side", [1, 64, 512, 576])
def test_context_is_its_own_span(side: int) -> None:
    assert span((side, side)) == side
    assert spans((side, side)) == 1
    assert magnification((side, side)) == 1
    assert not is_whole_page((side, side, 3))


def test_span_of_a_page_is_the_same_length_on_paper_at_any_resolution() -> None:
    lengths_mm = [span(shape) / shape[1] * 210 for shape in ((7016, 4960), A4_300)]
    assert lengths_mm == pytest.approx([86, 86], abs=1)
    assert 86 < span(A4_150) / A4_150[1] * 210 < 110


def test_span_never_jumps() -> None:
    lengths = [span((side, side)) for side in range(400, 3000)]
    assert np.diff(lengths).min() >= 0
    assert np.diff(lengths).max() <= 1


def test_page_has_room_for_several_contexts_and_larger_marks() -> None:
    assert is_whole_page(A4_150)
    assert 5 < spans(A4_150) < spans(A4_300) < 10
    assert 1.2 < magnification(A4_150) < 1.3
    assert 1.9 < magnification(A4_300) < 2.1
