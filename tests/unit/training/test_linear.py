from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from docclean.core.errors import TrainingError
from docclean.core.page import PixelArray
from docclean.imaging.metrics import score
from docclean.training import linear as module
from docclean.training.linear import COMPONENTS, PATCH, LinearPair, fit_linear, reduced_rank_regression
from tests.helpers.corpus import page_pixels

AREA = PATCH * PATCH


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small are no work for several threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SAMPLES", 1500)


def dirty_pair(seed: int, *, height: int = 90, width: int = 110, is_colored: bool = False) -> LinearPair:
    """A page on grey, grainy paper with a shadow, and its clean twin."""
    rng = np.random.default_rng(seed)
    clean = page_pixels(height, width, seed=seed, is_colored=is_colored)
    paper = rng.uniform(0.6, 0.9) - 0.2 * np.linspace(0, 1, width)[None, :, None]
    noise = rng.normal(0, 14, (height, width, 3 if is_colored else 1))
    return np.clip(clean * paper + noise, 0, 255).astype(np.uint8), clean, None


def dirty_pairs(count: int) -> list[LinearPair]:
    return [dirty_pair(seed) for seed in range(count)]


def patches(pages: Sequence[PixelArray]) -> NDArray[np.float64]:
    """Every third patch along both sides, (n, 144), as they lie in the page."""
    parts = [sliding_window_view(page[:, :, 0], (PATCH, PATCH))[::3, ::3].reshape(-1, AREA) for page in pages]
    return np.concatenate(parts).astype(np.float64)


def cosines(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosines of the principal angles between the subspaces that columns span."""
    orthogonal = np.linalg.qr(first)[0].T @ np.linalg.qr(second)[0]
    return np.asarray(np.linalg.svd(orthogonal, compute_uv=False))


def trained_autoencoder(dirty: NDArray[np.float64], clean: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Train a linear autoencoder by following the gradient; gives the decoder, (144, width)."""
    torch.manual_seed(0)
    both = np.concatenate([each - each.mean(axis=0) for each in (dirty, clean)], axis=1)
    shorter = np.linalg.qr(both / 255.0 / np.sqrt(len(both)))[1]  # a rotation of the patches: every loss stays the same
    x, y = (torch.tensor(part) for part in np.split(shorter, 2, axis=1))
    encoder = (0.1 * torch.randn(AREA, width, dtype=torch.float64)).requires_grad_()
    decoder = (0.1 * torch.randn(width, AREA, dtype=torch.float64)).requires_grad_()
    optimizer = torch.optim.LBFGS([encoder, decoder], max_iter=120, line_search_fn="strong_wolfe", tolerance_change=0)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        error = (x @ encoder @ decoder - y).square().sum()
        error.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        return error

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # torch has no type for it
    return decoder.detach().numpy().T


def test_trained_linear_autoencoder_spans_the_principal_components() -> None:
    pages = [clean for _, clean, _ in dirty_pairs(4)]
    seen = patches(pages)
    principal = np.linalg.svd(seen - seen.mean(axis=0), full_matrices=False)[2][:3].T
    assert cosines(principal, trained_autoencoder(seen, seen, 3)).min() > 0.999


def test_fit_to_equal_pages_gives_the_principal_components(monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_pixels(40, 40, is_colored=False)
    monkeypatch.setattr(module, "_SAMPLES", 60_000)  # nearly every patch equally often
    fitted = fit_linear([(page, page, None)], components=3, seed=0)
    seen = sliding_window_view(page[:, :, 0], (PATCH, PATCH)).reshape(-1, AREA).astype(np.float64)
    principal = np.linalg.svd(seen - seen.mean(axis=0), full_matrices=False)[2][:3].T
    assert cosines(principal, fitted.components.T).min() > 0.999
    assert np.abs(fitted.mean - seen.mean(axis=0)).max() < 3


def test_trained_denoising_autoencoder_spans_what_the_closed_form_says() -> None:
    pairs = dirty_pairs(4)
    dirty, clean = patches([dirty for dirty, _, _ in pairs]), patches([clean for _, clean, _ in pairs])
    x, y = dirty - dirty.mean(axis=0), clean - clean.mean(axis=0)
    decoder, _ = reduced_rank_regression(x.T @ x, y.T @ x, 3)
    assert cosines(decoder, trained_autoencoder(dirty, clean, 3)).min() > 0.999


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_reduced_rank_regression_is_as_good_as_the_best_of_many_searches(rank: int) -> None:
    rng = np.random.default_rng(rank)
    x = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5))
    y = x @ rng.normal(size=(5, 4)) + rng.normal(size=(200, 4))

    def error(weights: NDArray[np.float64]) -> float:
        return float(np.square(y - x @ weights.T).sum())

    def searched(start: NDArray[np.float64]) -> float:
        """Alternate between the best encoder for a decoder and the best decoder for an encoder."""
        decoder, encoder = start, np.zeros((rank, 5))
        for _ in range(100):
            encoder = np.linalg.pinv(decoder) @ y.T @ np.linalg.pinv(x.T)
            decoder = y.T @ np.linalg.pinv(encoder @ x.T)
        return error(decoder @ encoder)

    decoder, encoder = reduced_rank_regression(x.T @ x, y.T @ x, rank)
    assert np.allclose(decoder.T @ decoder, np.eye(rank))
    best = min(searched(rng.normal(size=(4, rank))) for _ in range(5))
    assert error(decoder @ encoder) == pytest.approx(best, rel=1e-6)


def test_page_is_the_mean_of_its_overlapping_patches() -> None:
    dirty, clean, _ = dirty_pair(3, height=40, width=37)
    fitted = fit_linear([(dirty, clean, None)], components=8, seed=1)
    weights = fitted.components.T @ fitted.encoder
    rim = PATCH - 1
    padded = np.pad(dirty[:, :, 0], rim, mode="edge").astype(np.float64)
    total, count = np.zeros(padded.shape), np.zeros(padded.shape)
    for top in range(padded.shape[0] - rim):
        for left in range(padded.shape[1] - rim):
            place = (slice(top, top + PATCH), slice(left, left + PATCH))
            answer = fitted.mean + weights @ (padded[place].ravel() - fitted.dirty_mean)
            total[place] += answer.reshape(PATCH, PATCH)
            count[place] += 1
    expected = np.clip((total / count)[rim:-rim, rim:-rim], 0, 255)
    assert np.abs(fitted(dirty)[:, :, 0] - expected).max() <= 0.51


def test_unseen_pages_come_closer_to_the_truth() -> None:
    fitted = fit_linear(dirty_pairs(4), seed=0)
    assert len(fitted.components) in COMPONENTS
    for seed in (10, 11):
        dirty, clean, _ = dirty_pair(seed)
        assert score(fitted(dirty), clean).rmse < 0.6 * score(dirty, clean).rmse


def test_chosen_width_does_best_on_the_pages_that_were_kept_back() -> None:
    pairs = dirty_pairs(5)
    learned, (dirty, clean, _) = [pairs[number] for number in (0, 1, 2, 4)], pairs[3]
    errors = {k: score(fit_linear(learned, components=k, seed=0)(dirty), clean).rmse for k in COMPONENTS}
    chosen = len(fit_linear(pairs, seed=0).components)
    assert errors[chosen] < 1.05 * min(errors.values())  # other patches are drawn where the kept page takes part


def test_same_seed_gives_the_same_fit() -> None:
    first, again, other = (fit_linear(dirty_pairs(2), components=4, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first.components, again.components)
    assert not np.array_equal(first.components, other.components)


def test_places_that_cannot_be_trusted_teach_nothing() -> None:
    dirty, clean, _ = dirty_pair(1)
    trusted = np.ones(dirty.shape[:2], np.bool_)
    trusted[:, 60:] = False
    spoiled = clean.copy()
    spoiled[:, 60:] = np.random.default_rng(0).integers(0, 256, spoiled[:, 60:].shape)
    kept = fit_linear([(dirty, clean, trusted)], components=4, seed=0)
    other = fit_linear([(dirty, spoiled, trusted)], components=4, seed=0)
    assert np.array_equal(kept.components, other.components)
    assert np.array_equal(kept.mean, other.mean)


def test_pairs_without_a_trusted_place_are_refused() -> None:
    dirty, clean, _ = dirty_pair(1)
    with pytest.raises(TrainingError, match="trusted"):
        fit_linear([(dirty, clean, np.zeros(dirty.shape[:2], np.bool_))], seed=0)
    with pytest.raises(TrainingError, match="trusted"):
        fit_linear([], seed=0)


def test_blank_pages_stay_blank() -> None:
    blank = np.full((50, 50, 3), 255, np.uint8)
    fitted = fit_linear([(np.full_like(blank, 180), blank, None)], seed=0)
    assert np.array_equal(fitted(np.full_like(blank, 180)), blank)


def test_color_is_cleaned_channel_by_channel() -> None:
    fitted = fit_linear([dirty_pair(seed, is_colored=True) for seed in range(3)], components=8, seed=0)
    dirty, _, _ = dirty_pair(9, is_colored=True)
    result = fitted(dirty)
    for channel in range(3):
        assert np.array_equal(result[:, :, channel : channel + 1], fitted(dirty[:, :, channel : channel + 1]))


def test_bands_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = fit_linear(dirty_pairs(2), components=8, seed=0)
    dirty, _, _ = dirty_pair(7)
    whole = fitted(dirty)
    monkeypatch.setattr(module, "_BAND_ROWS", 17)
    assert np.abs(fitted(dirty).astype(int) - whole).max() <= 1  # the Fourier transform rounds by its size


@settings(max_examples=20)
@given(height=st.integers(1, 40), width=st.integers(1, 40), channels=st.sampled_from([1, 3]), seed=st.integers(0, 99))
def test_pages_of_any_size_can_be_learned_from_and_cleaned(height: int, width: int, channels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    dirty, clean = rng.integers(0, 256, (2, height, width, channels), dtype=np.uint8)
    fitted = fit_linear([(dirty, clean, np.ones((height, width), np.bool_))], components=4, seed=seed)
    result = fitted(dirty)
    assert result.shape == dirty.shape
    assert result.dtype == np.uint8
    assert result.flags.c_contiguous
    assert fitted.components.shape == fitted.encoder.shape == (4, AREA)
    assert np.allclose(fitted.components @ fitted.components.T, np.eye(4))
