"""A step computed in parts against the same step in one piece, and against what formulas say."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from docclean.core.recipe import Task
from docclean.models.denoiser import divided_by_paper, overview_of, paper_under
from docclean.training.config import Regularizer, TrainConfig
from docclean.training.finetune import loop
from docclean.training.finetune.contexts import minibatch
from docclean.training.finetune.parts import Part, groups_of, second_pass
from docclean.training.finetune.request import Scope
from docclean.training.objectives import Restorer
from tests.helpers.own_pages import CPU, parent_for, run_config, small_contexts, tuning_of

PENALTIES = [kind for kind in Regularizer if kind is not Regularizer.NONE]
STEP = 3


@pytest.fixture(autouse=True)
def small_and_steady(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Gradients are looked at as they are, and not cut to length 1."""
    with small_contexts(monkeypatch):
        monkeypatch.setattr(nn.utils, "clip_grad_norm_", lambda _parameters, _most: torch.tensor(0.0))
        yield


def contexts_for(config: TrainConfig) -> Tensor:
    """A minibatch in which not all parts have the same trusted area."""
    tuning = tuning_of(Path("nowhere"), config)
    contexts = minibatch(tuning.own, tuning.replay, batch=config.batch, seed=config.seed, step=STEP)
    contexts[0, -1, :, ::3] = 0
    contexts[1, -1, :40] = 0
    return contexts


def step_of(
    config: TrainConfig, parts: int = 1, scope: Scope = Scope.EVERYTHING
) -> tuple[float, dict[str, Tensor], Restorer]:
    """Loss, gradients and the network before the step."""
    parent = parent_for(config.task)
    state = loop._begin(tuning_of(Path("nowhere"), config, scope=scope), parent, CPU)
    with torch.no_grad():  # away from the parent, so that replayed pages have something to say
        generator = torch.Generator().manual_seed(1)
        for parameter in state.model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    state.parts = parts
    before = copy.deepcopy(state.model)
    value = loop._attempt(state, config, contexts_for(config), STEP)
    gradients = {name: p.grad.clone() for name, p in state.model.named_parameters() if p.grad is not None}
    return value, gradients, before


@pytest.mark.parametrize("task", [Task.DENOISE, Task.DEWATERMARK])
@pytest.mark.parametrize("kind", Regularizer)
@pytest.mark.parametrize("parts", [2, 3])
def test_parts_have_the_loss_and_the_gradient_of_the_whole(task: Task, kind: Regularizer, parts: int) -> None:
    """Two parts of three examples each side are of different size."""
    config = run_config(task=task, batch=6, regularizer=kind, regularizer_weight=0.5)
    whole, gradients, _ = step_of(config)
    value, in_parts, _ = step_of(config, parts)
    assert value == pytest.approx(whole, rel=1e-5)
    assert gradients.keys() == in_parts.keys()
    for name, gradient in gradients.items():
        assert float((in_parts[name] - gradient).abs().max()) <= 1e-5 * (1.0 + float(gradient.abs().max())), name


def seen_and_code(network: Restorer, config: TrainConfig) -> tuple[Tensor, Tensor]:
    """What the encoder sees and what it makes of it, composed here step by step."""
    contexts = contexts_for(config)
    rng = np.random.default_rng([config.seed, 6, STEP])
    corners = rng.integers(0, (64 - config.crop) // 8 + 1, (config.batch, 2)) * 8
    cut = [contexts[n, :3, y : y + config.crop, x : x + config.crop] for n, (y, x) in enumerate(corners)]
    tiles, side = torch.stack(cut) / 255.0, config.crop // 8
    maps = network.paper(overview_of(contexts[:, :3]))
    below = torch.stack(
        [maps[n, :, y // 8 : y // 8 + side, x // 8 : x // 8 + side] for n, (y, x) in enumerate(corners)]
    )
    flat = divided_by_paper(tiles, paper_under(below))
    seen = functional.pixel_unshuffle(torch.cat([tiles, flat], dim=1), 2)
    ink = network.ink
    features = below[:, 3:] if config.task is Task.DENOISE else below[:, 3:-1]
    deep = ink.down(ink.encode_quarter(ink.encode_half(seen)))
    code: Tensor = ink.bottleneck(torch.cat([deep, features], dim=1))
    return seen, code


def penalty_of(network: Restorer, config: TrainConfig) -> Tensor:
    """The penalty by its formula; see the sources that `regularizers` names."""
    seen, code = seen_and_code(network, config)
    if config.regularizer is Regularizer.SPARSE_L1:
        return code.sum() / code.numel()  # not negative
    if config.regularizer is Regularizer.SPARSE_KL:
        rho, mean = config.sparsity, torch.tanh(code).mean(dim=(0, 2, 3))
        return sum(
            (rho * torch.log(rho / r) + (1 - rho) * torch.log((1 - rho) / (1 - r)) for r in mean), torch.tensor(0.0)
        )
    drawn = [
        np.random.default_rng([config.seed, 3, STEP, n]).integers(0, 2, tuple(code.shape[1:]), np.int8)
        for n in range(config.batch)
    ]
    signs = torch.from_numpy(2 * np.stack(drawn) - 1).float()
    (product,) = torch.autograd.grad((code * signs).sum(), seen, create_graph=True)
    return (product**2).sum() / code.numel()


@pytest.mark.parametrize("kind", PENALTIES)
@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("scope", [Scope.EVERYTHING, Scope.ADAPTERS])
def test_penalty_changes_gradients_as_its_formula_says(kind: Regularizer, parts: int, scope: Scope) -> None:
    config = run_config(regularizer=kind, regularizer_weight=0.5)
    _, with_penalty, network = step_of(config, parts, scope)
    _, without, _ = step_of(run_config(), parts, scope)
    names = [name for name in without if name.startswith(("ink.encode", "ink.down", "ink.bottleneck", "paper."))]
    parameters = dict(network.named_parameters())
    expected = torch.autograd.grad(
        0.5 * penalty_of(network, config), [parameters[name] for name in names], materialize_grads=True
    )
    assert max(float(gradient.abs().max()) for gradient in expected) > 1e-4
    for name, gradient in zip(names, expected, strict=True):
        change = with_penalty[name] - without[name]
        assert float((change - gradient).abs().max()) <= 1e-5 + 1e-3 * float(gradient.abs().max()), name


@pytest.mark.parametrize("kind", PENALTIES)
def test_penalty_of_weight_zero_changes_nothing(kind: Regularizer) -> None:
    _, without, _ = step_of(run_config())
    _, with_zero, _ = step_of(run_config(regularizer=kind, regularizer_weight=0.0))
    assert all(torch.equal(with_zero[name], gradient) for name, gradient in without.items())


# Groups, sums


@given(count=st.integers(1, 40), parts=st.integers(1, 40))
def test_every_example_is_in_one_part(count: int, parts: int) -> None:
    groups = groups_of(count, parts)
    assert sorted(number for group in groups for number in group) == list(range(count))
    assert all(groups)
    assert len(groups) == min(count, parts)


def test_sums_and_means_over_parts_are_those_of_the_whole() -> None:
    values = torch.tensor([1.0, 2.0, 4.0, 9.0], dtype=torch.float64, requires_grad=True)

    def loss(x: Tensor, team: Any) -> Tensor:
        result: Tensor = (team.total(x.sum()) ** 2) / team.mean(x.mean()) + (x**3).mean()
        return result

    class Alone:
        total = mean = staticmethod(lambda x: x)

    (expected,) = torch.autograd.grad(loss(values, Alone), values)
    pieces = [values[:1], values[1:]]
    parts = [Part(share=0.25), Part(share=0.75)]
    for piece, part in zip(pieces, parts, strict=True):
        loss(piece, part)
    total = sum(p.share * loss(x, p) for x, p in zip(pieces, second_pass(parts), strict=True))
    assert isinstance(total, Tensor)
    (found,) = torch.autograd.grad(total, values)
    assert float(total.detach()) == pytest.approx(float(loss(values, Alone).detach()))
    assert torch.allclose(found, expected)
