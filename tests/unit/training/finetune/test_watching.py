import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from docclean.core.cancel import CancelToken
from docclean.core.errors import DeviceMemoryError
from docclean.core.page import PageRegion
from docclean.engine.backends import TorchBackend
from docclean.engine.device import cpu_device
from docclean.engine.inference import restore_page
from docclean.imaging.luma import gray_of
from docclean.training.finetune import watching
from docclean.training.finetune.material import KeptPage
from docclean.training.finetune.watching import LiveBackend, Watchman
from tests.helpers.models import identity_network, tiny_model, tiny_network
from tests.helpers.own_pages import CPU, SPEC, kept


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def idle() -> None:
    """Nobody else works."""


def error_of(page: KeptPage, part: tuple[slice, slice] = (slice(None), slice(None))) -> float:
    """Mean square error of the dirty page, where its truth can be trusted."""
    gap = (gray_of(page.dirty).astype(float) - gray_of(page.clean))[part]
    trusted = page.trusted[part]
    return float((gap[trusted] ** 2).mean()) if trusted.any() else 0.0


def half_trusted(seed: int) -> KeptPage:
    page = kept(70, 90, seed=seed)
    page.trusted[:, 45:] = False
    return page


@pytest.mark.parametrize("doubled_up_to", [0, 1_000_000])
def test_error_of_a_network_that_changes_nothing_is_that_of_the_pages(doubled_up_to: int) -> None:
    pages = [kept(64, 64, seed=1), half_trusted(2), kept(33, 90, seed=3)]
    spec = SPEC.model_copy(update={"doubled_up_to": doubled_up_to})
    rmse, picture = Watchman(pages, spec, idle).measure(identity_network(), CPU, step=4)
    assert rmse == pytest.approx(math.sqrt(sum(map(error_of, pages)) / 3), abs=1e-3)
    assert (picture.name, picture.step) == ("page 1", 4)
    assert np.array_equal(picture.dirty, pages[0].dirty)
    assert np.array_equal(picture.truth, pages[0].clean)
    assert np.abs(picture.now.astype(int) - picture.dirty).max() <= 1


def test_page_that_cannot_be_trusted_adds_no_error() -> None:
    rmse, _ = Watchman([kept(trusted=False)], SPEC, idle).measure(tiny_network(), CPU, step=0)
    assert rmse == 0.0


def test_of_many_pages_twelve_are_looked_at() -> None:
    pages = [kept(16, 16, seed=number) for number in range(30)]
    names = {window.page.record.name for window in Watchman(pages, SPEC, idle)._windows}
    assert len(names) == 12
    assert {"page 0", "page 29"} <= names


@pytest.mark.parametrize("count", range(1, 13))
def test_of_few_pages_all_are_looked_at(count: int) -> None:
    pages = [kept(16, 16, seed=number) for number in range(count)]
    assert len(Watchman(pages, SPEC, idle)._windows) == count


class Counted(torch.nn.Module):
    """The tile network, and how often it was asked; memory is short for tiles wider than `largest`."""

    def __init__(self, ink: torch.nn.Module, largest: int = 10_000) -> None:
        super().__init__()
        self.real, self.largest, self.calls = ink, largest, 0

    def forward(self, tile: torch.Tensor, context: torch.Tensor) -> Any:
        if max(tile.shape[2:]) > self.largest:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
        self.calls += 1
        return self.real(tile, context)


def counted(network: Any, **options: int) -> tuple[Any, Counted]:
    ink = Counted(network.ink, **options)
    network.ink = ink
    return network, ink


def test_of_a_large_page_the_tile_with_most_ink_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_LARGEST_WHOLE", 10_000)
    page = kept(200, 300)
    page.clean[:] = 255
    page.clean[160:180, 240:270] = 0
    page.clean[0:60, 0:60] = 0
    page.trusted[:64, :64] = False  # what stands there cannot be trusted
    watchman = Watchman([page], SPEC, idle)
    region = watchman._windows[0].region
    network, ink = counted(identity_network())
    rmse, picture = watchman.measure(network, CPU, step=0)
    assert ink.calls == 1
    assert region != PageRegion(0, 0, 200, 300)
    assert (page.clean[region.slices] == 0).sum() > 0
    assert rmse == pytest.approx(math.sqrt(error_of(page, region.slices)), abs=1e-3)
    assert picture.now.shape == picture.dirty.shape == picture.truth.shape
    assert picture.now.shape[:2] == tuple(min(320, side) for side in region[2:])


def test_blank_large_page_is_looked_at_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_LARGEST_WHOLE", 10_000)
    page = kept(200, 300)
    page.clean[:] = 255
    region = Watchman([page], SPEC, idle)._windows[0].region
    assert 0 < region.height * region.width < 200 * 300


@pytest.mark.parametrize("is_training", [True, False])
def test_network_is_left_in_the_mode_that_it_was_in(is_training: bool) -> None:
    network = tiny_network().train(is_training)
    Watchman([kept(16, 16)], SPEC, idle).measure(network, CPU, step=0)
    assert network.training is is_training
    assert network.ink.training is is_training


def test_others_may_work_between_tiles_and_their_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def between() -> None:
        now[0] += 5.0

    network, ink = counted(tiny_network())
    watchman = Watchman([kept(150, 160), kept(20, 20)], SPEC, between)
    watchman.measure(network, CPU, step=0)
    assert ink.calls > 2
    assert watchman.waited_s == 5.0 * ink.calls


def test_short_memory_makes_tiles_smaller_and_changes_no_result() -> None:
    page = kept(150, 160)
    plenty, _ = Watchman([page], SPEC, idle).measure(tiny_network(), CPU, step=0)
    network, ink = counted(tiny_network(), largest=SPEC.min_tile)
    short, _ = Watchman([page], SPEC, idle).measure(network, CPU, step=0)
    assert ink.calls > 0
    assert short == pytest.approx(plenty, abs=1e-4)


def test_memory_too_short_for_any_tile_is_a_fault_of_its_own() -> None:
    network, _ = counted(tiny_network(), largest=8)
    with pytest.raises(DeviceMemoryError, match="memory"):
        Watchman([kept()], SPEC, idle).measure(network, CPU, step=0)


def test_other_faults_of_a_network_come_as_they_are() -> None:
    network = tiny_network()
    network.ink = torch.nn.Conv2d(1, 1, 1)  # type: ignore[assignment]  # reason: does not fit on purpose
    with pytest.raises(TypeError):
        Watchman([kept()], SPEC, idle).measure(network, CPU, step=0)


def test_network_in_training_restores_as_it_will_in_the_engine(tmp_path: Path) -> None:
    entry = tiny_model(tmp_path)
    network = tiny_network()
    network.ink.leak = 0.02  # as in training: what it lets through lies outside 0..1, where pixels are cut
    engine, live = TorchBackend(entry, cpu_device()), LiveBackend(network, CPU)
    page = kept(100, 130).dirty
    one, two = (
        restore_page(backend, page, SPEC, CancelToken(), lambda _done, _total: None) for backend in (engine, live)
    )
    assert np.array_equal(one, two)
    assert not np.array_equal(one, page)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("The size of tensor a must match"), False),
        (ValueError("memory"), False),
    ],
)
def test_short_memory_is_known_by_its_words(fault: Exception, expected: bool) -> None:
    assert watching.is_memory_fault(fault) is expected
