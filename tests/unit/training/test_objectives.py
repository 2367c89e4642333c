import numpy as np
import pytest
import torch

from docclean.core.recipe import Task
from docclean.training.degrade import Degraded
from docclean.training.objectives import OBJECTIVES, DewatermarkObjective, Examples
from docclean.training.watermarks import watermarked
from tests.helpers.corpus import SIDE, TINY, page_pixels


def pair_for(task: Task, seed: int) -> Degraded:
    page = page_pixels(SIDE, SIDE, seed=seed)
    if task is Task.DEWATERMARK:
        return watermarked(page, np.random.default_rng(seed), fonts=(), held_out=False)
    return Degraded((page * 0.8).astype(np.uint8), page)


def examples_for(task: Task) -> Examples:
    stacked = torch.from_numpy(OBJECTIVES[task]().stack([pair_for(task, seed) for seed in range(2)]))
    return Examples(stacked, np.array([[0, 8], [16, 32]]), 32)


@pytest.mark.parametrize("task", OBJECTIVES)
def test_pairs_are_stacked_in_order(task: Task) -> None:
    pairs = [pair_for(task, seed) for seed in range(2)]
    stacked = OBJECTIVES[task]().stack(pairs)
    assert stacked.dtype == np.uint8
    for number, pair in enumerate(pairs):
        assert np.array_equal(stacked[number, :3].transpose(1, 2, 0), pair.dirty)
        assert np.array_equal(stacked[number, 3:6].transpose(1, 2, 0), pair.clean)
        if pair.mark_opacity is not None:
            assert np.array_equal(stacked[number, 6], pair.mark_opacity)


def test_page_without_mark_has_opacity_zero() -> None:
    stacked = DewatermarkObjective().stack([pair_for(Task.DENOISE, 0)])
    assert stacked.shape == (1, 10, SIDE, SIDE)
    assert not stacked[:, 6:].any()


def test_tiles_and_maps_are_cut_at_the_same_place() -> None:
    contexts = torch.arange(SIDE * SIDE).reshape(1, 1, SIDE, SIDE) % 251
    examples = Examples(contexts.to(torch.uint8), np.array([[8, 24]]), 32)
    cells = contexts[:, :, ::8, ::8].float()
    assert torch.equal(examples.tiles()[:, :, ::8, ::8] * 255.0, examples.below(cells))


@pytest.mark.parametrize("task", OBJECTIVES)
def test_a_few_steps_lower_the_loss(task: Task) -> None:
    torch.manual_seed(0)
    objective, examples = OBJECTIVES[task](), examples_for(task)
    model = objective.architecture(**TINY)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(20):
        loss = objective.loss(model, examples, mse_share=0.0, low_precision=False)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # reason: untyped in torch
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("task", OBJECTIVES)
def test_every_weight_takes_part_in_the_loss(task: Task) -> None:
    torch.manual_seed(0)
    objective = OBJECTIVES[task]()
    model = objective.architecture(**TINY)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.ink.leak = 0.02
    loss = objective.loss(model, examples_for(task), mse_share=0.5, low_precision=False)
    loss.backward()  # type: ignore[no-untyped-call]  # reason: untyped in torch
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(torch.isfinite(parameter.grad).all()), name
