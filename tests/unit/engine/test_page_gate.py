"""Pages unlike those that a model was tuned on are restored by the network that it came from, bit for bit."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from docclean.core.cancel import CancelToken
from docclean.core.errors import ModelError
from docclean.core.page import PageRegion, PixelArray
from docclean.engine import page_gate
from docclean.engine.backends import Backend, GraphBackend
from docclean.engine.inference import restore_page
from docclean.engine.page_gate import WINDOW, GatedBackend, PageGate, described, load_gate
from docclean.models.manifest import InputSpec
from tests.helpers.models import SMALL_TILES, identity_network, tiny_model

SPEC = InputSpec.model_validate(SMALL_TILES)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return GraphBackend(tiny_model(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Backend:
    return GraphBackend(tiny_model(tmp_path_factory.mktemp("models"), network=identity_network()))


def page(shade: int, height: int = 300, width: int = 420) -> PixelArray:
    rng = np.random.default_rng(shade)
    pixels = shade + rng.normal(0, 6, (height, width, 1))
    pixels[40:60, 30:380] = 20
    return np.clip(pixels, 0, 255).astype(np.uint8)


def restore(backend: Backend, pixels: PixelArray, region: PageRegion | None = None) -> PixelArray:
    return restore_page(backend, pixels, SPEC, CancelToken(), lambda done, total: None, region)


def gate_around(description: np.ndarray, limit: float = 1e-4) -> PageGate:
    size = len(description)
    return PageGate(description[None], np.eye(size)[None], np.array([limit]))


def test_each_page_is_restored_by_its_own_network(tuned: Backend, before: Backend) -> None:
    gated = GatedBackend(tuned, before, gate_around(described(before, page(200))))
    assert (restore(tuned, page(200)) != restore(before, page(200))).any()
    np.testing.assert_array_equal(restore(gated, page(200)), restore(tuned, page(200)))
    np.testing.assert_array_equal(restore(gated, page(120)), restore(before, page(120)))


def test_part_of_a_page_is_restored_by_the_network_of_the_page(tuned: Backend, before: Backend) -> None:
    pixels = page(200)
    pixels[150:] = 90
    region = PageRegion(160, 0, 100, 200)
    gated = GatedBackend(tuned, before, gate_around(described(before, pixels)))
    part, whole = restore(gated, pixels, region), restore(tuned, pixels)
    np.testing.assert_array_equal(part[region.slices], whole[region.slices])


def test_page_is_described_once_however_often_it_is_asked_for(
    tuned: Backend, before: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[PixelArray] = []

    def noted(backend: Backend, source: PixelArray) -> np.ndarray:
        seen.append(source)
        return described(backend, source)

    gated = GatedBackend(tuned, before, gate_around(described(before, page(200))))
    monkeypatch.setattr(page_gate, "described", noted)
    other = page(120)
    for pixels, is_alike in ((page(200), True), (page(200), True), (other, False), (other.copy(), False)):
        assert (gated.of_page(pixels) is tuned) is is_alike
        assert gated.was_alike is is_alike
    assert len(seen) == 2
    other[0, 0] ^= 1
    gated.of_page(other)
    assert len(seen) == 3


def test_one_set_that_fits_is_enough(before: Backend) -> None:
    one, two, three = (described(before, page(shade)) for shade in (200, 120, 60))
    both = gate_around(one).joined(gate_around(two))
    assert both.is_alike(one)
    assert both.is_alike(two)
    assert not both.is_alike(three)
    assert both.distances(two).shape == (2,)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_windows_lie_on_the_page_and_on_cells(height: int, width: int) -> None:
    windows = list(page_gate._windows(np.empty((height, width, 1), np.uint8)))
    assert 1 <= len(windows) <= 12
    assert len(set(windows)) == len(windows)
    for window in windows:
        assert window.top % 8 == window.left % 8 == 0
        assert window.top + WINDOW <= max(height, WINDOW)
        assert window.left + WINDOW <= max(width, WINDOW)
    assert windows[0][:2] == (0, 0)
    assert height - (windows[-1].top + WINDOW) < 8
    assert width - (windows[-1].left + WINDOW) < 8


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700))
def test_gray_page_is_described_as_one_of_three_equal_channels(before: Backend, height: int, width: int) -> None:
    pixels = page(180, height + 60, width)[:height]
    found = described(before, pixels)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(described(before, pixels.repeat(3, axis=2)), found, atol=1e-6)


def test_gate_is_read_as_it_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    gate = PageGate(rng.random((2, 5)), rng.random((2, 5, 5)), rng.random(2) + 0.1)
    (tmp_path / "gate").write_bytes(gate.to_bytes())
    read = load_gate(tmp_path / "gate")
    for name in ("center", "whitening", "limit"):
        np.testing.assert_array_equal(getattr(read, name), getattr(gate, name))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no tensors at all",
        save({"center": np.zeros((1, 3))}),
        save({"center": np.zeros((1, 3)), "whitening": np.zeros((1, 3, 2)), "limit": np.ones(1)}),
        save({"center": np.zeros((1, 3)), "whitening": np.zeros((1, 3, 3)), "limit": np.ones(2)}),
        save({"center": np.zeros((1, 3)), "whitening": np.zeros((1, 3, 3)), "limit": np.zeros(1)}),
        save({"center": np.full((1, 3), np.nan), "whitening": np.zeros((1, 3, 3)), "limit": np.ones(1)}),
        save({"center": np.zeros(3), "whitening": np.zeros((1, 3, 3)), "limit": np.ones(1)}),
    ],
)
def test_what_is_no_gate_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "gate.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="is no gate of a model") as caught:
        load_gate(tmp_path / "gate.safetensors")
    assert "\n" not in str(caught.value)
