from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from docclean.models.denoiser import BRIGHTEST, DARKEST_PAPER, Denoiser, InkNet, PaperNet, overview_of
from docclean.models.layers import ConvBlock, UpAdd, conv, soft_clamp
from docclean.training.export import INPUT
from tests.helpers.models import HYPERPARAMETERS, SMALL_TILES, identity_network, tiny_network

CELL = 8


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Keep threads from waiting for each other over networks this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def fixed_seed() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@settings(max_examples=8)
@given(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(0, 20))
def test_denoiser_keeps_shape_and_range(count: int, rows: int, columns: int, seed: int) -> None:
    pages = torch.rand(count, 3, 64 * rows, 64 * columns, generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        restored = tiny_network(seed)(pages)
    assert restored.shape == pages.shape
    assert restored.min() >= 0.0
    assert restored.max() <= 1.0


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_denoiser_on_a_page_of_one_level_stays_finite(level: float) -> None:
    assert torch.isfinite(tiny_network()(torch.full((1, 3, 64, 64), level))).all()


def test_new_denoiser_divides_the_page_by_its_paper() -> None:
    network = Denoiser(**HYPERPARAMETERS)
    pages = torch.rand(1, 3, 128, 192)
    paper = network.paper(overview_of(pages))[:, :3]
    flat = pages / functional.interpolate(paper, scale_factor=8.0, mode="bilinear", align_corners=False)
    torch.testing.assert_close(network(pages), flat.clamp(0.0, 1.0))


def test_identity_network_gives_the_page_back() -> None:
    pages = torch.rand(1, 3, 64, 128)
    torch.testing.assert_close(identity_network()(pages), pages)


def test_paper_is_lit_and_context_is_bounded() -> None:
    network = tiny_network()
    nn.init.normal_(network.paper.head.weight, std=50.0)
    maps = network.paper(torch.rand(1, 9, 16, 8))
    assert maps.shape == (1, 7, 16, 8)
    assert maps[:, :3].min() >= DARKEST_PAPER - 1e-6
    assert maps[:, :3].max() <= 1.0
    assert maps[:, 3:].abs().max() <= 1.0


def test_paper_without_training_is_the_brightest_of_each_cell() -> None:
    network = identity_network()
    nn.init.zeros_(network.paper.head.bias)  # type: ignore[arg-type]  # this head has a bias
    overview = torch.rand(1, 9, 8, 8) * 0.8 + 0.15
    torch.testing.assert_close(network.paper(overview)[:, :3], overview[:, 3:6])


@pytest.mark.parametrize("size", [(8, 8), (8, 24), (40, 56)])
def test_ink_network_takes_odd_multiples_of_a_cell(size: tuple[int, int]) -> None:
    height, width = size
    context = torch.rand(1, 7, height // 8, width // 8).clamp(min=DARKEST_PAPER)
    assert tiny_network().ink(torch.rand(1, 3, height, width), context).shape == (1, 3, height, width)


def test_page_divided_by_its_paper_is_cut_at_the_brightest() -> None:
    network = Denoiser(**HYPERPARAMETERS).ink
    network.leak = 1.0  # the last clamp is out of the way
    context = torch.full((1, 7, 1, 1), DARKEST_PAPER)
    torch.testing.assert_close(network(torch.ones(1, 3, 8, 8), context), torch.full((1, 3, 8, 8), BRIGHTEST))


def test_overview_of_uint8_and_float_are_the_same() -> None:
    pages = torch.randint(0, 256, (2, 3, 24, 16), dtype=torch.uint8)
    torch.testing.assert_close(overview_of(pages), overview_of(pages / 255.0))
    assert overview_of(pages).shape == (2, 9, 3, 2)


def test_soft_clamp_leaks_only_gradient_outside() -> None:
    x = torch.tensor([-1.0, 0.5, 3.0], requires_grad=True)
    torch.testing.assert_close(soft_clamp(x, leak=0.0), torch.tensor([0.0, 0.5, 1.0]))
    (gradient,) = torch.autograd.grad(soft_clamp(x, leak=0.1).sum(), x)
    torch.testing.assert_close(gradient, torch.tensor([0.1, 1.0, 0.1]))


def test_blocks_have_the_shapes_they_promise() -> None:
    x = torch.rand(1, 4, 16, 24)
    assert conv(4, 6, stride=2)(x).shape == (1, 6, 8, 12)
    assert ConvBlock(4, 6, depth=3, stride=2)(x).shape == (1, 6, 8, 12)
    assert ConvBlock(4, 6)(x).min() == 0.0
    assert UpAdd(6, 4)(torch.rand(1, 6, 8, 12), x).shape == x.shape


# The overlap of tiles has to cover what one pixel of the result can see. A ReLU hides an input where it is off, so all
# weights here are positive: everything is on, nothing cancels, and the gradient shows every path that exists.


def everything_on(network: InkNet) -> InkNet:
    for parameter in network.parameters():
        nn.init.constant_(parameter, 0.01)
    network.leak = 1.0
    return network


def sight_of(network: InkNet, place: int, side: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Tell what the result's pixels in the block of `place` depend on.

    Returns:
        First and last row of the tile, px; first and last row of the context, in cells. Wide in one axis only, because
        the network treats both alike.
    """
    tile = torch.full((1, 3, side, 64), 0.2, requires_grad=True)
    context = torch.full((1, 7, side // CELL, 8), 0.5, requires_grad=True)
    result: Tensor = network(tile, context)
    spans = []
    for gradient in torch.autograd.grad(result[:, :, place].sum(), (tile, context)):
        rows = gradient.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
        spans.append((int(rows.min()), int(rows.max())))
    return spans[0], spans[1]


@pytest.mark.parametrize(
    ("depth", "overlap"),
    [(len(Denoiser().ink.bottleneck.convs), INPUT["overlap"]), (1, SMALL_TILES["overlap"])],
    ids=["standard", "tiny"],
)
def test_overlap_covers_the_receptive_field(depth: int, overlap: int) -> None:
    network = everything_on(InkNet(channels=(2, 2, 2), context_channels=4, bottleneck_depth=depth))
    side = 4 * overlap
    edge = 2 * overlap
    # A tile is cut on the grid of cells: the first pixel it keeps has only the overlap before it, ...
    (first, _), (first_cell, _) = sight_of(network, edge, side)
    assert first >= edge - overlap
    assert first_cell >= (edge - overlap) // CELL
    # ... and the last one only the overlap behind it.
    (_, last), (_, last_cell) = sight_of(network, edge - 1, side)
    assert last < edge + overlap
    assert last_cell < (edge + overlap) // CELL


@pytest.mark.parametrize("dilations", [(), (1, 2)])
def test_overview_network_sees_as_far_as_it_says(dilations: tuple[int, ...]) -> None:
    network = PaperNet(channels=(2, 2, 2), context_channels=2, dilations=dilations)
    for parameter in network.parameters():
        nn.init.constant_(parameter, 0.01)
    coarsest, first, reach = 4, 64, network.reach // CELL
    overview = torch.full((1, 9, 2 * first + coarsest, 64), 0.5, requires_grad=True)
    block = network.features(overview)[:, :, first : first + coarsest]
    (gradient,) = torch.autograd.grad(block.sum(), overview)
    rows = gradient.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
    assert first - reach <= int(rows.min()) < first - reach + coarsest
    assert int(rows.max()) < first + coarsest + reach


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_receptive_field_grows_by_a_cell_with_every_convolution_of_the_bottleneck(depth: int) -> None:
    """What the layers add up to on paper; so the measurement above sees everything that there is."""
    network = everything_on(InkNet(channels=(2, 2, 2), context_channels=4, bottleneck_depth=depth))
    (first, _), (first_cell, _) = sight_of(network, 128, 256)
    assert 128 - first == 22 + CELL * depth
    assert 128 // CELL - first_cell == 4 + depth
