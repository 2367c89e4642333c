import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from docclean.models.denoiser import Denoiser
from docclean.models.layers import Surroundings, Tone
from tests.helpers.models import HYPERPARAMETERS

TONES = st.builds(
    lambda dark, pale, darkening, paling: Tone(dark, darkening / max(dark, 0.01), pale, paling / max(1 - pale, 0.01)),
    st.floats(0.0, 0.5),
    st.floats(0.5, 1.0),
    st.floats(0.0, 0.99),
    st.floats(0.0, 0.99),
)


@given(TONES)
def test_tones_keep_their_order_and_their_ends(tone: Tone) -> None:
    levels = torch.linspace(0.0, 1.0, 2001)
    curve = tone(levels)
    assert curve[0] == 0.0
    assert curve[-1] == 1.0
    assert (curve.diff() > -1e-6).all()
    between = (levels >= tone.dark) & (levels <= tone.pale)
    assert torch.equal(curve[between], levels[between])
    assert (curve[levels < tone.dark] <= levels[levels < tone.dark]).all()
    assert (curve[levels > tone.pale] >= levels[levels > tone.pale]).all()


@pytest.mark.parametrize(
    "numbers",
    [(0.6, 1.0, 0.5, 1.0), (-0.1, 1.0, 0.8, 1.0), (0.3, 3.5, 0.8, 1.0), (0.3, 1.0, 0.8, 5.5), (0.3, -1, 0.8, 1)],
)
def test_curve_that_turns_tones_round_is_refused(numbers: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="no tone curve"):
        Tone(*numbers)


def test_denoiser_lays_the_curve_over_its_result() -> None:
    numbers = (0.3, 1.0, 0.8, 4.0)
    torch.manual_seed(0)
    plain, toned = Denoiser(**HYPERPARAMETERS), Denoiser(**HYPERPARAMETERS, tone=numbers)
    torch.nn.init.normal_(plain.ink.head.weight, std=0.2)
    toned.load_state_dict(plain.state_dict())
    pages = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(toned(pages), Tone(*numbers)(plain(pages)))
        assert not torch.equal(toned(pages), plain(pages))


def test_surroundings_add_nothing_before_they_have_learned() -> None:
    x = torch.rand(2, 6, 9, 11)
    assert torch.equal(Surroundings(6, 2)(x), x)


@pytest.mark.parametrize("dilation", [1, 2, 4])
def test_surroundings_see_places_that_lie_apart(dilation: int) -> None:
    block = Surroundings(3, dilation)
    for parameter in block.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    x = torch.ones(1, 3, 15, 15, requires_grad=True)
    (gradient,) = torch.autograd.grad(block(x)[0, 0, 7, 7], x)
    apart = (7 - dilation, 7, 7 + dilation)
    expected = {(row, column) for row in apart for column in apart}
    assert {(int(row), int(column)) for _, _, row, column in gradient.nonzero()} == expected
