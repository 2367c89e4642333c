import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from docclean.models.denoiser import Denoiser, overview_of
from docclean.models.dewatermarker import HIGHEST_OPACITY, Dewatermarker, MarkNet, MarkPaperNet, confirmed
from docclean.training.export import INPUT

CONTEXT_CHANNELS = 4


def small_network(seed: int = 0) -> Dewatermarker:
    torch.manual_seed(seed)
    return Dewatermarker(
        paper_channels=(4, 4), ink_channels=(4, 4, 4), context_channels=CONTEXT_CHANNELS, bottleneck_depth=1
    ).eval()


def seeing_marks_everywhere(network: Dewatermarker, opacity_logit: float) -> Dewatermarker:
    """Make both networks sure of a mark of one opacity, black, on every pixel."""
    with torch.no_grad():
        nn.init.zeros_(network.paper.mark.weight)
        nn.init.constant_(network.paper.mark.bias, 5.0)  # type: ignore[arg-type]  # reason: it has a bias
        bias = network.ink.fine_head.bias
        assert bias is not None
        bias[:4] = opacity_logit + 3.0
        nn.init.constant_(network.ink.color_head.bias, -30.0)  # type: ignore[arg-type]  # reason: it has a bias
    return network


def test_known_blend_is_undone() -> None:
    page = 0.5 + 0.5 * torch.rand(1, 3, 64, 64)
    opacity = HIGHEST_OPACITY * torch.sigmoid(torch.tensor(-1.0))
    network = seeing_marks_everywhere(small_network(), -1.0)
    with torch.inference_mode():
        torch.testing.assert_close(network(page * (1.0 - opacity)), page)


def test_hidden_page_becomes_paper() -> None:
    network = seeing_marks_everywhere(small_network(), 30.0)
    page = torch.zeros(1, 3, 64, 64)
    context = network.paper(overview_of(page))
    paper = context[:, :3].mean(dim=(2, 3))
    torch.testing.assert_close(network(page).mean(dim=(2, 3)), paper, atol=0.02, rtol=0.0)


@pytest.mark.parametrize("side", ["opacity", "place"])
def test_pixel_is_copied_where_one_network_sees_no_mark(side: str) -> None:
    network = seeing_marks_everywhere(small_network(), -1.0)
    with torch.no_grad():
        if side == "opacity":
            assert network.ink.fine_head.bias is not None
            network.ink.fine_head.bias[:4] = -10.0
        else:
            nn.init.constant_(network.paper.mark.bias, -5.0)  # type: ignore[arg-type]  # reason: it has a bias
    pages = torch.rand(1, 3, 64, 64)
    assert torch.equal(network(pages), pages)


@pytest.mark.parametrize(("levels", "is_copied"), [(3, True), (4, False)])
def test_change_that_nobody_sees_is_not_made(levels: int, is_copied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    network = seeing_marks_everywhere(small_network(), -1.0)
    page = torch.full((1, 3, 64, 64), 0.5)
    context = network.paper(overview_of(page))
    layers = replace(
        network.ink.layers(page, context), page=page + torch.tensor([levels, 0, 0]).view(1, 3, 1, 1) / 255.0
    )
    monkeypatch.setattr(network.ink, "layers", lambda *_: layers)
    assert torch.equal(network.ink(page, context), page) is is_copied


def test_layers_have_the_shapes_and_ranges_they_promise() -> None:
    network = small_network()
    torch.nn.init.normal_(network.ink.fine_head.weight)
    torch.nn.init.normal_(network.ink.color_head.weight)
    tile = torch.rand(1, 3, 64, 72)
    layers = network.ink.layers(tile, torch.rand(1, 3 + CONTEXT_CHANNELS + 1, 8, 9).clamp(min=0.2))
    assert layers.page.shape == layers.color.shape == tile.shape
    assert layers.opacity.shape == (1, 1, 64, 72)
    for values in (v.detach() for v in (layers.page, layers.color, layers.opacity)):
        assert 0.0 <= float(values.min()) <= float(values.max()) <= 1.0
    assert float(layers.opacity.detach().max()) <= HIGHEST_OPACITY


def test_overview_network_adds_one_chance_to_the_maps() -> None:
    network = MarkPaperNet(channels=(4, 4), context_channels=CONTEXT_CHANNELS)
    maps = network(torch.rand(1, 9, 8, 16))
    assert maps.shape == (1, 3 + CONTEXT_CHANNELS + 1, 8, 16)
    chance = maps[:, -1].detach()
    assert 0.0 < float(chance.min()) <= float(chance.max()) < 1.0


def test_places_without_a_certain_one_beside_them_are_dropped() -> None:
    chance = torch.zeros(1, 1, 40, 60)
    chance[:, :, 5:9, 5:50] = 0.6  # a long mark, certain at its end
    chance[:, :, 6, 49] = 0.99
    chance[:, :, 25:30, 10:30] = 0.8  # nowhere certain
    kept = confirmed(chance, likely=0.3, certain=0.97)
    assert set(kept.flatten().tolist()) == {0.0, 1.0}
    assert kept[:, :, 5:9, 5:50].all()
    assert not kept[:, :, 20:].any()


def test_model_says_how_certain_a_place_must_be() -> None:
    torch.manual_seed(0)
    network = MarkPaperNet(channels=(4, 4), context_channels=CONTEXT_CHANNELS, chances=(0.3, 0.6)).eval()
    nn.init.zeros_(network.mark.weight)
    for chance, is_found in ((0.55, False), (0.65, True)):
        nn.init.constant_(network.mark.bias, math.log(chance / (1.0 - chance)))  # type: ignore[arg-type]  # reason: it has a bias
        assert bool(network(torch.rand(1, 9, 8, 16))[:, -1].all()) is is_found


def test_place_has_a_rim_of_two_cells() -> None:
    chance = torch.zeros(1, 1, 40, 60)
    chance[:, :, 10, 20] = 0.99
    expected = torch.zeros(1, 1, 40, 60)
    expected[:, :, 8:13, 18:23] = 1.0
    assert torch.equal(confirmed(chance, likely=0.3, certain=0.97), expected)


def test_overview_network_says_how_far_it_sees_and_marks_grow() -> None:
    near, far = (Dewatermarker(dilations=dilations).paper.reach for dilations in ((), (1, 2, 4)))
    assert (near, far) == (256 + 784, 256 + 784 + 64 * (1 + 2 + 4))
    assert Dewatermarker().paper.is_gate
    assert not Denoiser().paper.is_gate


def test_overlap_covers_the_receptive_field() -> None:
    depth = len(Dewatermarker().ink.bottleneck.convs)
    network = MarkNet(channels=(2, 2, 2), context_channels=2, bottleneck_depth=depth)
    for parameter in network.parameters():  # a ReLU hides an input where it is off: everything on shows every path
        nn.init.constant_(parameter, 0.01)
    network.leak = 1.0
    overlap = INPUT["overlap"]
    tile = torch.full((1, 3, 4 * overlap, 64), 0.2, requires_grad=True)
    context = torch.full((1, 6, 4 * overlap // 8, 8), 0.9, requires_grad=True)
    (gradient,) = torch.autograd.grad(
        network.layers(tile, context).page[:, :, 2 * overlap - 1 : 2 * overlap].sum(), tile
    )
    rows = gradient.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
    rim = 1  # the mask is widened by a pixel
    assert int(rows.min()) - rim >= overlap - 1
    assert int(rows.max()) + rim < 3 * overlap
