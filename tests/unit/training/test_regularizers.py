import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from docclean.core.cancel import CancelToken
from docclean.core.recipe import Task
from docclean.training import loop
from docclean.training.config import Regularizer
from docclean.training.loop import TrainingPairs, Watch, train
from docclean.training.objectives import OBJECTIVES, Examples
from docclean.training.regularizers import Place, contractive, regularized, sparse_kl, sparse_l1
from tests.helpers.corpus import SIDE, TINY, stream_for, tiny_config


def code_of(*shape: int) -> Tensor:
    """Features as a ReLU gives them, some of them silent."""
    values = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return torch.relu(values).requires_grad_()


def slope(penalty: Any, code: Tensor) -> Tensor:
    """Gradient by central differences."""
    flat, found = code.detach().flatten(), torch.zeros(code.numel(), dtype=torch.float64)
    for i in range(len(flat)):
        moved = [flat.clone(), flat.clone()]
        for each, step in zip(moved, (1e-3, -1e-3), strict=True):
            each[i] += step
        high, low = (float(penalty(each.view_as(code))) for each in moved)
        found[i] = (high - low) / 2e-3
    return found.view_as(code)


def gradient(penalty: Any, code: Tensor) -> Tensor:
    (found,) = torch.autograd.grad(penalty(code), code)
    return found


# Sparse


def test_sparse_l1_is_the_mean_of_the_features() -> None:
    code = code_of(2, 3, 4, 5)
    assert sparse_l1(code).item() == pytest.approx(code.sum().item() / code.numel())
    expected = (code > 0).double() / code.numel()
    assert torch.allclose(gradient(sparse_l1, code), expected)


def test_sparse_kl_is_the_divergence_summed_over_channels() -> None:
    code, expected = code_of(2, 3, 4, 5), 0.0
    for channel in range(3):
        r = float(np.tanh(code.detach().numpy()[:, channel]).mean())
        expected += 0.05 * math.log(0.05 / r) + 0.95 * math.log(0.95 / (1 - r))
    assert sparse_kl(code, sparsity=0.05).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("sparsity", [0.01, 0.05, 0.5])
def test_sparse_kl_gradient_is_that_of_finite_differences(sparsity: float) -> None:
    code = (code_of(2, 2, 2, 3).detach() + 0.1).requires_grad_()

    def penalty(x: Tensor) -> Tensor:
        return sparse_kl(x, sparsity=sparsity)

    assert torch.allclose(gradient(penalty, code), slope(penalty, code), rtol=1e-2, atol=1e-3)


def test_sparse_kl_is_least_at_its_target() -> None:
    at_target = torch.full((1, 2, 3, 3), math.atanh(0.05))
    assert float(sparse_kl(at_target, sparsity=0.05)) == pytest.approx(0.0, abs=1e-6)
    for factor in (0.5, 2.0):
        assert float(sparse_kl(at_target * factor, sparsity=0.05)) > 1e-3


@pytest.mark.parametrize("value", [0.0, 1e3])
def test_sparse_kl_of_a_silent_or_saturated_channel_is_a_number(value: float) -> None:
    code = torch.full((1, 2, 3, 3), value, requires_grad=True)
    assert math.isfinite(sparse_kl(code, sparsity=0.05).item())
    assert torch.isfinite(gradient(lambda x: sparse_kl(x, sparsity=0.05), code)).all()


# Contractive


def every_sign(shape: tuple[int, ...]) -> list[Tensor]:
    return [torch.tensor(each).reshape(shape) for each in itertools.product((-1, 1), repeat=math.prod(shape))]


def test_contractive_averages_to_the_jacobians_norm() -> None:
    """Over all signs there are, which is what no bias means."""
    torch.manual_seed(0)
    layer = nn.Conv2d(2, 2, 3, padding=1).double()
    x = torch.randn(1, 2, 2, 2, dtype=torch.float64, requires_grad=True)

    def encode(values: Tensor) -> Tensor:
        return torch.relu(layer(values))

    code = encode(x)
    signs = every_sign(tuple(code.shape))
    assert len(signs) == 256
    mean = sum(contractive(encode(x), x, each).item() for each in signs) / len(signs)
    jacobian: Any = torch.autograd.functional.jacobian(encode, x)  # type: ignore[no-untyped-call]  # reason: untyped in torch
    assert mean == pytest.approx(float((jacobian**2).sum()) / code.numel(), rel=1e-6)


def test_contractive_gradient_of_a_linear_encoder_is_in_closed_form() -> None:
    """|J|^2 of h = W x is the sum of the squares of W; its gradient is 2 W."""
    weight = torch.randn(3, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64, requires_grad=True)
    found = torch.zeros_like(weight)
    signs = every_sign((1, 3))
    for each in signs:
        x = torch.ones(1, 4, dtype=torch.float64, requires_grad=True)
        (part,) = torch.autograd.grad(contractive(x @ weight.T, x, each), weight)
        found += part / len(signs)
    assert torch.allclose(found, 2 * weight.detach() / 3, rtol=1e-5)


# In a loss


def loss_for(task: Task) -> tuple[Any, Any]:
    torch.manual_seed(0)
    objective = OBJECTIVES[task]()
    model = objective.architecture(**TINY)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    stream = stream_for(task)
    contexts = torch.from_numpy(objective.stack([stream[n] for n in range(2)]))
    examples = Examples(contexts, np.array([[0, 8], [16, 32]]), 32)
    return model, lambda: objective.loss(model, examples, mse_share=0.0, low_precision=False)


PENALTIES = [kind for kind in Regularizer if kind is not Regularizer.NONE]


@pytest.mark.parametrize("task", OBJECTIVES)
@pytest.mark.parametrize("kind", PENALTIES)
def test_penalty_joins_the_loss_and_reaches_the_encoder(task: Task, kind: Regularizer) -> None:
    model, loss = loss_for(task)
    config = tiny_config(task=task, regularizer=kind, regularizer_weight=0.5)
    plain, with_penalty = loss(), regularized(config, model.ink, loss, Place(0))
    added = with_penalty - plain
    assert float(added.detach()) > 0
    gradients = torch.autograd.grad(added, list(model.ink.encode_half.parameters()))
    assert all(torch.isfinite(each).all() for each in gradients)
    assert any(each.abs().max() > 1e-6 for each in gradients)
    assert not model.ink.encode_half._forward_pre_hooks
    assert not model.ink.bottleneck._forward_hooks


def test_weight_scales_the_penalty() -> None:
    model, loss = loss_for(Task.DENOISE)
    config = tiny_config(regularizer=Regularizer.SPARSE_L1)
    plain = float(loss().detach())
    small, large = (
        float(regularized(config.model_copy(update={"regularizer_weight": w}), model.ink, loss, Place(0)).detach())
        for w in (0.1, 0.3)
    )
    assert large - plain == pytest.approx(3 * (small - plain), rel=1e-3)


def test_signs_depend_on_step_and_place_and_not_on_the_split() -> None:
    model, loss = loss_for(Task.DENOISE)
    config = tiny_config(regularizer=Regularizer.CONTRACTIVE, regularizer_weight=1.0)
    values = [
        float(regularized(config, model.ink, loss, place).detach())
        for place in (Place(3), Place(3), Place(4), Place(3, first=2))
    ]
    assert values[0] == values[1]
    assert len(set(values)) == 3


def test_failed_loss_leaves_no_hook_behind() -> None:
    model, _ = loss_for(Task.DENOISE)

    def fail() -> Tensor:
        raise RuntimeError("no loss")

    with pytest.raises(RuntimeError, match="no loss"):
        regularized(tiny_config(regularizer=Regularizer.SPARSE_L1), model.ink, fail, Place(0))
    assert not model.ink.bottleneck._forward_hooks


# In a run


def weights_after(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> dict[str, Tensor]:
    monkeypatch.setattr(loop, "CONTEXT", SIDE)
    monkeypatch.setattr(loop, "_VALIDATION_PAIRS", 1)
    pairs = TrainingPairs(stream_for(Task.DENOISE), stream_for(Task.DENOISE))
    watch = Watch(lambda report: None, CancelToken())
    config = tiny_config(steps=4, **settings)
    return train(config, pairs, folder, device=torch.device("cpu"), watch=watch).state_dict()


@pytest.mark.parametrize("kind", PENALTIES)
def test_run_with_weight_zero_is_the_run_without(
    kind: Regularizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = weights_after(tmp_path / "a", monkeypatch)
    with_zero = weights_after(tmp_path / "b", monkeypatch, regularizer=kind, regularizer_weight=0.0)
    with_one = weights_after(tmp_path / "c", monkeypatch, regularizer=kind, regularizer_weight=1.0)
    assert all(torch.equal(without[key], with_zero[key]) for key in without)
    assert not all(torch.equal(without[key], with_one[key]) for key in without)
