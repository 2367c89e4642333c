import numpy as np
import torch

from docclean.training.input_noise import add_input_noise


def contexts(count: int = 2) -> torch.Tensor:
    return torch.full((count, 6, 64, 64), 128, dtype=torch.uint8)


def test_noise_has_the_deviation_that_was_asked_for_and_spares_the_truth() -> None:
    noisy = add_input_noise(contexts(), 0.1, seed=0, step=0, first=0)
    difference = noisy[:, :3].float() - 128.0
    assert noisy.dtype == torch.uint8
    assert abs(float(difference.std()) / 255.0 - 0.1) < 0.002
    assert abs(float(difference.mean())) < 1.0
    assert (noisy[:, 3:] == 128).all()


def test_noise_of_sigma_zero_is_the_page_itself() -> None:
    page = contexts()
    assert add_input_noise(page, 0.0, seed=0, step=0, first=0) is page


def test_noise_leaves_the_pool_as_it_is() -> None:
    page = contexts()
    add_input_noise(page, 0.5, seed=0, step=0, first=0)
    assert (page == 128).all()


def test_noise_depends_on_seed_step_and_place_alone() -> None:
    whole = add_input_noise(contexts(4), 0.1, seed=1, step=5, first=0)
    part = add_input_noise(contexts(2), 0.1, seed=1, step=5, first=2)
    assert torch.equal(whole[2:], part)
    others = [(1, 6, 2), (2, 5, 2), (1, 5, 3)]
    for seed, step, first in others:
        assert not torch.equal(part, add_input_noise(contexts(2), 0.1, seed=seed, step=step, first=first))


def test_noise_is_cut_at_black_and_white() -> None:
    white = torch.full((1, 6, 64, 64), 255, dtype=torch.uint8)
    noisy = add_input_noise(white, 0.5, seed=0, step=0, first=0)[:, :3].numpy()
    assert 0.4 < np.mean(noisy == 255) < 0.6
