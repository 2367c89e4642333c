import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from docclean.core.cancel import CancelToken
from docclean.core.page import SHEET_PIXELS, PageRegion, PageSize, PixelArray
from docclean.engine import page_views
from docclean.engine.backends import GraphBackend
from docclean.engine.inference import restore_page, within_memory
from docclean.engine.page_views import PageView, around, blocks_of, look_at
from docclean.imaging.tiles import TileSpec, plan_tiles
from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker, confirmed
from docclean.models.manifest import InputSpec
from tests.helpers.models import FakeBackend, tiny_model

SPEC = InputSpec(multiple_of=64, tile=128, min_tile=104, overlap=48, context_reach=320)
CELLS_OF_PAPER = 37
"""How far four levels see: two convolutions going down and one coming up on each, and the coarsest cell's size."""

NETWORKS = {
    "denoiser": (Denoiser(context_channels=4), 320),
    "dewatermarker": (Dewatermarker(context_channels=4), 1104),
}


class PaperBackend(FakeBackend):
    """Runs the paper network of a model."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self._paper = network.eval().get_submodule("paper")

    def context(self, overview: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return np.asarray(self._paper(torch.from_numpy(overview)).numpy(), np.float32)


def page(height: int, width: int, channels: int = 1) -> PixelArray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels), np.uint8)


def padded(pixels: PixelArray) -> PageSize:
    return PageSize(*(-(-side // 64) * 64 for side in pixels.shape[:2]))


def seen(backend: PaperBackend, pixels: PixelArray, region: PageRegion, reach: int) -> PageView:
    return look_at(backend, pixels, padded(pixels), region, SPEC.model_copy(update={"context_reach": reach}))


@pytest.mark.parametrize("name", NETWORKS)
def test_block_is_seen_as_it_is_on_the_page(name: str) -> None:
    network, reach = NETWORKS[name]
    backend, pixels = PaperBackend(network), page(2 * reach + 500, reach + 700)
    block = PageRegion(reach + 80, 128, 256, 320)
    whole = seen(backend, pixels, PageRegion(0, 0, *padded(pixels)), 0)
    part = seen(backend, pixels, block, reach)
    rows, columns = slice(block.top // 8, block.top // 8 + 32), slice(16, 56)
    np.testing.assert_allclose(part.context, whole.context[:, :, rows, columns], atol=1e-6)
    assert np.array_equal(part.blank, whole.blank[rows, columns])


def test_sight_that_is_too_short_would_be_seen() -> None:
    network, reach = NETWORKS["denoiser"]
    backend, pixels = PaperBackend(network), page(900, 900)
    block = PageRegion(320, 320, 256, 256)
    exact, short = (seen(backend, pixels, block, each).context for each in (reach, 0))
    assert np.abs(exact - short).max() > 1e-5


def test_a_certain_mark_grows_no_farther_than_the_usual_sight() -> None:
    chance = torch.full((1, 1, 1, 401), 0.9)
    chance[..., 200] = 1.0
    (grown,) = np.nonzero(confirmed(chance).numpy()[0, 0, 0])
    usual = InputSpec(multiple_of=64, tile=128, min_tile=104, overlap=48).context_reach
    assert (grown.max() - 200 + CELLS_OF_PAPER) * 8 <= usual < (grown.max() - 200 + CELLS_OF_PAPER + 8) * 8


@pytest.mark.parametrize("channels", [1, 3])
def test_page_in_blocks_is_the_page_in_one_piece(
    channels: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = GraphBackend(tiny_model(tmp_path_factory.mktemp("models")))
    pixels = page(1000, 1130, channels)
    whole = restore_page(backend, pixels, SPEC, CancelToken(), lambda _done, _total: None)
    monkeypatch.setattr(page_views, "_MOST_CELLS", 0)
    monkeypatch.setattr(page_views, "_BLOCK", 300)
    counts: list[tuple[int, int]] = []
    parts = restore_page(backend, pixels, SPEC, CancelToken(), lambda *count: counts.append(count))
    assert int(np.abs(parts.astype(int) - whole).max()) <= 1
    assert counts[-1] == (len(counts), len(counts))


def test_blocks_hold_every_tile_once_and_are_no_larger_than_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_views, "_MOST_CELLS", 0)
    monkeypatch.setattr(page_views, "_BLOCK", 700)
    plan = plan_tiles(PageSize(1500, 2100), TileSpec(256, 48, 8))
    blocks = list(blocks_of(plan.tiles, plan.size))
    assert sorted((t.rows.start, t.columns.start) for block in blocks for t in block) == sorted(
        (t.rows.start, t.columns.start) for t in plan.tiles
    )
    sides = [max(around(block)[2:]) for block in blocks]
    assert max(sides) <= 700
    assert len(blocks) < len(plan.tiles) / 4


def test_small_page_is_one_block() -> None:
    plan = plan_tiles(PageSize(1500, 2100), TileSpec(256, 48, 8))
    assert list(blocks_of(plan.tiles, plan.size)) == [list(plan.tiles)]


def test_sheet_gets_small_tiles_whatever_the_limit() -> None:
    spec = InputSpec(multiple_of=64, tile=1024, min_tile=256, overlap=64)
    assert within_memory(spec, PageSize(SHEET_PIXELS // 1000, 1001), 0).tile == 512
    assert within_memory(spec, PageSize(SHEET_PIXELS // 1000, 1000), 0).tile == 1024


@pytest.mark.parametrize(("height", "width"), [(65, 129), (257, 193)])
def test_tile_that_begins_beyond_the_page_repeats_its_last_pixels(height: int, width: int) -> None:
    spec = InputSpec(multiple_of=64, tile=64, min_tile=64, overlap=24)
    pixels = page(height, width)
    restored = restore_page(FakeBackend(), pixels, spec, CancelToken(), lambda _done, _total: None)
    np.testing.assert_array_equal(restored, 255 - pixels)
