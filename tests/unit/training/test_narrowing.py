import torch

from docclean.models.dewatermarker import Dewatermarker
from docclean.training.narrowing import most_used, narrowed_weights

SIZES = {"paper_channels": (8, 8), "context_channels": 2, "bottleneck_depth": 2}


def network(coarse: int, seed: int = 0) -> Dewatermarker:
    torch.manual_seed(seed)
    return Dewatermarker(ink_channels=(4, 4, coarse), **SIZES).eval()  # type: ignore[arg-type]  # reason: one table


def test_channels_that_nothing_hears_go_without_a_trace() -> None:
    wide = network(6)
    layers = [*wide.ink.down.convs, *wide.ink.bottleneck.convs, wide.ink.up_quarter.project]
    torch.nn.init.normal_(wide.ink.fine_head.weight)
    with torch.no_grad():
        for layer in layers[:-1]:
            layer.bias.fill_(1.0)
        for reader, deaf in zip(layers[1:], ([0, 5], [1, 2], [3, 4]), strict=True):
            reader.weight[:, deaf] = 0.0
    page = torch.rand(1, 3, 128, 128)
    kept = most_used(wide, [page], 4)
    assert [channels.tolist() for channels in kept] == [[1, 2, 3, 4], [0, 3, 4, 5], [0, 1, 2, 5]]
    narrow = network(4, seed=1)
    narrow.load_state_dict(narrowed_weights(wide, kept))
    with torch.inference_mode():
        context = torch.rand(1, 3 + 2 + 1, 16, 16)
        assert torch.allclose(wide.ink.layers(page, context).page, narrow.ink.layers(page, context).page, atol=1e-5)


def test_channels_that_say_most_are_kept() -> None:
    wide = network(6)
    with torch.no_grad():
        for layer in (*wide.ink.down.convs, *wide.ink.bottleneck.convs):
            layer.bias[:4] = -100.0
            layer.bias[4:] = 10.0
    assert [channels.tolist() for channels in most_used(wide, [torch.rand(1, 3, 64, 64)], 2)] == [[4, 5]] * 3
