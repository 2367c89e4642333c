from collections.abc import Sequence

import torch
from hypothesis import given
from hypothesis import strategies as st

from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker
from docclean.training.widening import widened_weights

Architecture = type[Denoiser] | type[Dewatermarker]
ARCHITECTURES: list[Architecture] = [Denoiser, Dewatermarker]


def network(architecture: Architecture, paper: Sequence[int], ink: Sequence[int]) -> Denoiser | Dewatermarker:
    return architecture(paper_channels=paper, ink_channels=ink, context_channels=2, bottleneck_depth=1).eval()


@given(
    more=st.lists(st.integers(0, 5), min_size=7, max_size=7),
    architecture=st.sampled_from(ARCHITECTURES),
    seed=st.integers(0, 99),
)
def test_wider_network_answers_as_before(more: list[int], architecture: Architecture, seed: int) -> None:
    torch.manual_seed(seed)
    older = network(architecture, (4, 4, 6, 6), (4, 6, 6))
    for parameter in older.parameters():
        torch.nn.init.normal_(parameter, std=0.2)  # the last layers of a new network are silent
    paper = [old + new for old, new in zip((4, 4, 6, 6), more[:4], strict=True)]
    ink = [old + new for old, new in zip((4, 6, 6), more[4:], strict=True)]
    newer = network(architecture, paper, ink)
    newer.load_state_dict(widened_weights(older.state_dict(), newer.state_dict()))
    page = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(newer(page), older(page), rtol=1e-4, atol=1e-5)


def test_new_channels_are_random_and_unheard() -> None:
    older, newer = torch.ones(2, 3, 1, 1), torch.rand(4, 5, 1, 1) + 0.1
    wide = widened_weights({"a": older, "only there": older}, {"a": newer, "only here": newer})
    assert wide.keys() == {"a", "only here"}
    assert torch.equal(wide["a"][:2, :3], older)
    assert not wide["a"][:2, 3:].any()
    assert torch.equal(wide["a"][2:], newer[2:])
    assert wide["only here"] is newer


def test_narrower_layer_starts_anew() -> None:
    newer = {"a": torch.rand(2, 5, 1, 1), "b": torch.rand(2)}
    wide = widened_weights({"a": torch.ones(3, 3, 1, 1), "b": torch.ones(3)}, newer)
    assert all(torch.equal(wide[name], newer[name]) for name in newer)
