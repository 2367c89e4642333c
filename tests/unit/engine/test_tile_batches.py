"""Several tiles at once: every tile once, the same results, and smaller batches when memory is short."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.page import PageSize, PixelArray
from docclean.engine.backends import BatchBackend, FloatArray, TorchBackend
from docclean.engine.device import DeviceSpec, cpu_device
from docclean.engine.inference import restore_page
from docclean.engine.tile_batches import batches_of
from docclean.imaging.tiles import TileSpec, plan_tiles
from docclean.models.manifest import InputSpec
from tests.helpers.models import SMALL_TILES, FakeBackend, tiny_model

SMALL = InputSpec.model_validate(SMALL_TILES)
HALVING = InputSpec(multiple_of=64, tile=256, min_tile=64, overlap=16)


class FakeBatchBackend(FakeBackend):
    """Restores by inverting; refuses more than `room` tiles at once.

    Attributes:
        counts: How many tiles it was given, each time.
    """

    def __init__(self, tiles_at_once: int = 4, *, room: int = 100, largest: int = 1 << 20) -> None:
        super().__init__(largest=largest)
        self.tiles_at_once = tiles_at_once
        self.counts: list[int] = []
        self._room = room

    def restore_all(self, tiles: FloatArray, contexts: FloatArray) -> FloatArray:
        assert len(tiles) == len(contexts)
        self.counts.append(len(tiles))
        if len(tiles) > self._room:
            raise DeviceMemoryError("no room")
        return np.stack([self.restore(tiles[n : n + 1], contexts[n : n + 1]) for n in range(len(tiles))])


def page(height: int, width: int) -> PixelArray:
    return np.random.default_rng(0).integers(0, 250, (height, width, 1), dtype=np.uint8)


def restore(backend: FakeBackend | TorchBackend, pixels: PixelArray, spec: InputSpec = SMALL) -> PixelArray:
    return restore_page(backend, pixels, spec, CancelToken(), lambda done, total: None)


@given(st.integers(1, 900), st.integers(1, 900), st.integers(1, 7))
def test_batches_hold_every_tile_once_with_others_of_its_size(height: int, width: int, most: int) -> None:
    plan = plan_tiles(PageSize(height, width), TileSpec(128, 16, 8))
    batches = list(batches_of(plan.tiles, lambda: most))
    assert sorted(map(hash, plan.tiles)) == sorted(hash(tile) for batch in batches for tile in batch)
    for batch in batches:
        sizes = {(tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start) for tile in batch}
        assert len(sizes) == 1
        assert 1 <= len(batch) <= most


def test_fake_is_what_inference_looks_for() -> None:
    assert isinstance(FakeBatchBackend(), BatchBackend)
    assert not isinstance(FakeBackend(), BatchBackend)


@pytest.mark.parametrize("tiles_at_once", [2, 3, 16])
def test_batches_give_what_single_tiles_give(tmp_path: Path, tiles_at_once: int) -> None:
    entry = tiny_model(tmp_path)
    single = restore(TorchBackend(entry, cpu_device()), page(300, 420))
    batched = restore(TorchBackend(entry, cpu_device(), tiles_at_once=tiles_at_once), page(300, 420))
    assert np.abs(single.astype(int) - batched.astype(int)).max() <= 1
    assert (single != batched).mean() < 0.01


def test_tiles_of_equal_size_go_together() -> None:
    backend = FakeBatchBackend()
    np.testing.assert_array_equal(restore(backend, page(900, 900)), 255 - page(900, 900))
    assert max(backend.counts) == 4
    assert len(backend.counts) < len(backend.sides) / 2


def test_short_memory_halves_the_batch_for_good_and_loses_no_tile() -> None:
    backend = FakeBatchBackend(8, room=2)
    np.testing.assert_array_equal(restore(backend, page(900, 900)), 255 - page(900, 900))
    assert backend.tiles_at_once == 2
    assert backend.counts[:4] == [8, 4, 2, 2]
    assert backend.counts.count(8) == 1
    assert max(backend.counts[-5:]) <= 2


def test_short_memory_for_a_single_tile_halves_the_tile() -> None:
    backend = FakeBatchBackend(4, largest=200)
    np.testing.assert_array_equal(restore(backend, page(500, 500), HALVING), 255 - page(500, 500))
    assert max(side for sides in backend.sides[-4:] for side in sides) <= 200


def test_cancel_stops_before_the_next_batch() -> None:
    backend, token = FakeBatchBackend(), CancelToken()
    with pytest.raises(CancelledError):
        restore_page(backend, page(900, 900), SMALL, token, lambda done, total: token.cancel())
    assert len(backend.counts) == 1


def test_every_tile_is_told_of() -> None:
    calls: list[tuple[int, int]] = []
    backend = FakeBatchBackend()
    restore_page(backend, page(900, 900), SMALL, CancelToken(), lambda *call: calls.append(call))
    assert calls == [(number, len(calls)) for number in range(1, len(backend.sides) + 1)]


def test_cpu_takes_one_tile_at_a_time(tmp_path: Path) -> None:
    assert TorchBackend(tiny_model(tmp_path), cpu_device()).tiles_at_once == 1


@pytest.mark.gpu
def test_card_takes_several_tiles_and_agrees(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    entry, device = tiny_model(tmp_path), DeviceSpec("cuda", 0, "GPU")
    card = TorchBackend(entry, device)
    assert card.tiles_at_once > 1
    single = restore(TorchBackend(entry, device, tiles_at_once=1), page(300, 420))
    assert np.abs(single.astype(int) - restore(card, page(300, 420)).astype(int)).max() <= 1
