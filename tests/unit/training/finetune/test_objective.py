import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from docclean.core.recipe import Task
from docclean.training.finetune import objective
from docclean.training.finetune.objective import TUNING, error
from docclean.training.objectives import OBJECTIVES, Examples
from tests.helpers.corpus import SIDE, stream_for
from tests.helpers.own_pages import kept, parent_for

OWN = 2


def contexts_for(task: Task) -> Tensor:
    """Two of the user's pages and two replayed ones, as `minibatch` lays them out."""
    replayed = OBJECTIVES[task]().stack([stream_for(task)[number] for number in range(2)])
    contexts = np.zeros((2 * OWN, replayed.shape[1] + 1, SIDE, SIDE), np.uint8)
    contexts[OWN:, :-1], contexts[:, -1] = replayed, 255
    for number in range(OWN):
        page = kept(SIDE, SIDE, seed=number)
        contexts[number, :3], contexts[number, 3:6] = page.dirty.transpose(2, 0, 1), page.clean.transpose(2, 0, 1)
    return torch.from_numpy(contexts)


def loss_of(task: Task, contexts: Tensor, model: Any, parent: Any) -> Tensor:
    examples = Examples(contexts, np.array([[0, 8], [16, 32], [8, 8], [32, 0]]), 32)
    return TUNING[task]().loss(model.train(), parent.train(), examples, OWN, low_precision=False)


def gradients_of(loss: Tensor, model: torch.nn.Module) -> list[Tensor]:
    """Zeros for what has no part in it."""
    return list(torch.autograd.grad(loss, list(model.parameters()), materialize_grads=True))


# The error


@given(count=st.integers(1, 3), channels=st.sampled_from([1, 3]), side=st.integers(1, 6), seed=st.integers(0, 1000))
def test_error_is_that_of_another_computation(count: int, channels: int, side: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    answer, wanted = (rng.random((count, channels, side, side)) for _ in range(2))
    trusted = (rng.random((count, 1, side, side)) < 0.7).astype(float)
    total, area = 0.0, 1.0
    for n, c, y, x in np.ndindex(answer.shape):
        if trusted[n, 0, y, x]:
            gap = float(answer[n, c, y, x]) - float(wanted[n, c, y, x])
            total += 10.0 * gap**2 + 0.1 * (math.hypot(gap, objective._EPSILON) - objective._EPSILON)
            area += 1.0
    found = error(torch.from_numpy(answer), torch.from_numpy(wanted), torch.from_numpy(trusted))
    assert float(found) == pytest.approx(total / area, rel=1e-9, abs=1e-12)


def test_error_of_the_truth_is_nothing() -> None:
    page = torch.rand(2, 3, 8, 8)
    assert float(error(page, page, torch.ones(2, 1, 8, 8))) == 0.0


def test_error_without_trusted_pixels_is_nothing_and_has_a_gradient() -> None:
    answer = torch.rand(1, 3, 4, 4, requires_grad=True)
    loss = error(answer, torch.rand(1, 3, 4, 4), torch.zeros(1, 1, 4, 4))
    (gradient,) = torch.autograd.grad(loss, answer)
    assert float(loss.detach()) == 0.0
    assert (gradient == 0).all()


def test_untrusted_pixels_have_no_gradient() -> None:
    answer = torch.rand(2, 3, 8, 8, requires_grad=True)
    trusted = (torch.arange(8) % 2).float().expand(2, 1, 8, 8)
    (gradient,) = torch.autograd.grad(error(answer, torch.rand(2, 3, 8, 8), trusted), answer)
    assert (gradient[..., ::2] == 0).all()
    assert (gradient[..., 1::2] != 0).all()


# What the tasks learn


@pytest.mark.parametrize("task", TUNING)
def test_truth_that_cannot_be_trusted_changes_nothing(task: Task) -> None:
    """Whatever stands there, paper and marks included."""
    contexts, model, parent = contexts_for(task), parent_for(task, seed=1), parent_for(task)
    contexts[:OWN, -1, :, 16:] = 0
    other = contexts.clone()
    other[:OWN, 3:6, :, 16:] = torch.randint(0, 256, other[:OWN, 3:6, :, 16:].shape).to(torch.uint8)
    one, two = (loss_of(task, each, model, parent) for each in (contexts, other))
    assert torch.equal(one, two)
    trusted = other.clone()
    trusted[:OWN, -1] = 255
    assert not torch.equal(loss_of(task, trusted, model, parent), one)


@pytest.mark.parametrize("task", TUNING)
def test_replayed_truth_has_no_part(task: Task) -> None:
    """Replayed pages are held against the parent's answer."""
    contexts, model, parent = contexts_for(task), parent_for(task, seed=1), parent_for(task)
    other = contexts.clone()
    other[OWN:, 3:-1] = 128
    assert torch.equal(loss_of(task, contexts, model, parent), loss_of(task, other, model, parent))


@pytest.mark.parametrize("task", TUNING)
def test_replayed_pages_pull_nowhere_while_the_network_is_its_parent(task: Task) -> None:
    contexts, model = contexts_for(task), parent_for(task)
    contexts[:OWN, -1] = 0
    gradients = gradients_of(loss_of(task, contexts, model, parent_for(task)), model)
    assert gradients
    assert max(float(each.abs().max()) for each in gradients) < 1e-6


@pytest.mark.parametrize("task", TUNING)
def test_gradients_are_finite_whatever_pages_are_like(task: Task) -> None:
    kinds = {"black": 0, "white": 255, "noise": None}
    for value in kinds.values():
        contexts, model = contexts_for(task), parent_for(task, seed=1)
        if value is None:
            contexts[:, :-1] = torch.randint(0, 256, contexts[:, :-1].shape).to(torch.uint8)
        else:
            contexts[:, :-1] = value
        loss = loss_of(task, contexts, model, parent_for(task))
        gradients = gradients_of(loss, model)
        assert torch.isfinite(loss)
        assert any(each.any() for each in gradients)
        assert all(torch.isfinite(each).all() for each in gradients)


def test_gradients_are_finite_where_a_mark_hides_everything() -> None:
    """Opacities at their highest: undoing the blend divides by next to nothing."""
    contexts, model = contexts_for(Task.DEWATERMARK), parent_for(Task.DEWATERMARK, seed=1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name == "ink.fine_head.bias":
                parameter.add_(40.0)
            if name == "paper.mark.bias":
                parameter.sub_(80.0)
    gradients = gradients_of(loss_of(Task.DEWATERMARK, contexts, model, parent_for(Task.DEWATERMARK)), model)
    assert gradients
    assert all(torch.isfinite(each).all() for each in gradients)


def test_place_of_a_mark_is_where_the_pages_differ() -> None:
    contexts = torch.zeros(1, 11, 24, 24, dtype=torch.uint8)
    contexts[0, -1] = 255
    contexts[0, 1, 9, 18] = 13  # a trace more than what counts
    contexts[0, 1, 20, 3] = 12
    contexts[0, 1, 2, 2] = 200
    contexts[0, -1, 2, 2] = 0
    expected = torch.zeros(1, 1, 3, 3)
    expected[0, 0, 1, 2] = 1.0
    assert torch.equal(objective._marked_cells(contexts), expected)
    known = torch.ones(1, 1, 3, 3)
    known[0, 0, 0, 0] = 0.0
    assert torch.equal(objective._known_cells(contexts), known)


def test_other_network_for_watermarks_is_refused() -> None:
    denoiser = parent_for(Task.DENOISE)
    with pytest.raises(TypeError, match="Dewatermarker"):
        loss_of(Task.DEWATERMARK, contexts_for(Task.DEWATERMARK), denoiser, denoiser)
