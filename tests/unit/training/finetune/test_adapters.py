import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from docclean.core.recipe import Task
from docclean.models.denoiser import overview_of
from docclean.training.checkpoint import load_checkpoint, save_checkpoint
from docclean.training.finetune.adapters import LowRank, open_for_training, resolve_scope, without_adapters
from docclean.training.finetune.request import Scope
from docclean.training.objectives import Restorer
from tests.helpers.corpus import tiny_config
from tests.helpers.own_pages import parent_for

TASKS = [Task.DENOISE, Task.DEWATERMARK]
ENCODER = ("paper.encoders", "ink.encode", "ink.down", "ink.bottleneck")


def adapted(task: Task, seed: int = 3) -> Restorer:
    """Make a network whose adapters and biases have learned something."""
    network = parent_for(task)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        open_for_training(network, Scope.ADAPTERS)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network


def answer_of(network: Restorer) -> Tensor:
    pages = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        context = network.paper(overview_of(pages))
        return torch.cat([network.ink(pages, context).flatten(), context.flatten()])


def convolutions(network: nn.Module) -> dict[str, nn.Conv2d]:
    return {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)}


@given(outputs=st.integers(1, 6), inputs=st.integers(1, 6), side=st.sampled_from([1, 3]), rank=st.integers(1, 4))
def test_correction_is_nothing_at_first_and_never_of_a_higher_rank(
    outputs: int, inputs: int, side: int, rank: int
) -> None:
    kernel = torch.rand(outputs, inputs, side, side)
    adapter = LowRank(kernel, rank)
    assert torch.equal(adapter(kernel), kernel)
    nn.init.normal_(adapter.up)
    change = (adapter(kernel) - kernel).detach().flatten(1).numpy()
    assert change.shape == (outputs, inputs * side * side)
    assert 0 < np.linalg.matrix_rank(change, tol=1e-4) <= rank


@pytest.mark.parametrize("task", TASKS)
def test_adapted_network_computes_what_it_did_before(task: Task) -> None:
    network = parent_for(task)
    before = answer_of(network)
    open_for_training(network, Scope.ADAPTERS)
    assert torch.equal(answer_of(network), before)


@pytest.mark.parametrize("task", TASKS)
def test_every_convolution_has_an_adapter_of_the_rank_that_fits(task: Task) -> None:
    network = parent_for(task)
    plain = {name: layer.weight.flatten(1).shape for name, layer in convolutions(network).items()}
    open_for_training(network, Scope.ADAPTERS, rank=3)
    for name, shape in plain.items():
        layer = network.get_submodule(name)
        (adapter,) = (module for module in layer.modules() if isinstance(module, LowRank))
        assert len(adapter.down) == adapter.up.shape[1] == min(3, *shape)


@pytest.mark.parametrize("task", TASKS)
def test_what_belongs_to_a_scope_is_open_and_nothing_else(task: Task) -> None:
    for scope in (Scope.EVERYTHING, Scope.DECODER, Scope.ADAPTERS):
        network = parent_for(task)
        open_for_training(network, scope)
        for name, parameter in network.named_parameters():
            expected = {
                Scope.EVERYTHING: True,
                Scope.DECODER: not name.startswith(ENCODER),
                Scope.ADAPTERS: not name.endswith("parametrizations.weight.original"),
            }[scope]
            assert parameter.requires_grad == expected, (scope, name)


@pytest.mark.parametrize("task", TASKS)
def test_gradients_reach_what_is_open(task: Task) -> None:
    network = adapted(task)
    pages = torch.rand(1, 3, 64, 64)
    network.train()
    context = network.paper(overview_of(pages))
    layers = network.ink(pages, context) if task is Task.DENOISE else network.ink.layers(pages, context).page  # type: ignore[operator]  # reason: a union
    (layers.sum() + context.sum()).backward()
    for name, parameter in network.named_parameters():
        # What color a mark has is no part of a page's sum where nothing is covered; all others take part.
        assert (parameter.grad is not None) == parameter.requires_grad, name


@pytest.mark.parametrize("task", TASKS)
def test_network_without_adapters_computes_the_same(task: Task) -> None:
    network, plain = adapted(task), parent_for(task, seed=9)
    weights = without_adapters(network)
    assert {key: value.shape for key, value in weights.items()} == {
        key: value.shape for key, value in plain.state_dict().items()
    }
    plain.load_state_dict(weights)
    assert torch.allclose(answer_of(plain), answer_of(network), atol=1e-6)
    assert not torch.allclose(answer_of(plain), answer_of(parent_for(task)), atol=1e-3)


def test_weights_of_a_plain_network_are_copies() -> None:
    network = parent_for()
    weights = without_adapters(network)
    before = copy.deepcopy(weights)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert all(torch.equal(weights[key], before[key]) for key in before)
    assert all(value.is_contiguous() and not value.requires_grad for value in weights.values())


def test_copy_of_an_adapted_network_computes_the_same_and_learns_on_its_own() -> None:
    network = adapted(Task.DENOISE)
    twin = copy.deepcopy(network)
    assert torch.equal(answer_of(twin), answer_of(network))
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.mul_(0.5)
    assert torch.equal(answer_of(network), answer_of(adapted(Task.DENOISE)))
    assert not torch.equal(answer_of(twin), answer_of(network))


def test_adapters_travel_through_a_checkpoint(tmp_path: Path) -> None:
    config, networks = tiny_config(), [adapted(Task.DENOISE, seed=3), adapted(Task.DENOISE, seed=4)]
    model, average = networks
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    model.train()
    model(torch.rand(1, 3, 64, 64)).sum().backward()
    optimizer.step()
    save_checkpoint(tmp_path, config, 7, model, average, optimizer)
    again, average_again = adapted(Task.DENOISE, seed=5), adapted(Task.DENOISE, seed=6)
    other = torch.optim.AdamW([p for p in again.parameters() if p.requires_grad])
    assert load_checkpoint(tmp_path, config, again, average_again, other) == 7
    for one, two in ((model, again), (average, average_again)):
        assert torch.equal(answer_of(one), answer_of(two))
    for mine, theirs in zip(optimizer.param_groups[0]["params"], other.param_groups[0]["params"], strict=True):
        assert optimizer.state[mine].keys() == other.state[theirs].keys() == {"step", "exp_avg", "exp_avg_sq"}
        assert all(torch.equal(value, other.state[theirs][key]) for key, value in optimizer.state[mine].items())


@pytest.mark.parametrize(("pages", "expected"), [(1, Scope.ADAPTERS), (4, Scope.ADAPTERS), (5, Scope.EVERYTHING)])
def test_scope_is_chosen_by_the_number_of_pages(pages: int, expected: Scope) -> None:
    assert resolve_scope(Scope.AUTO, pages) is expected
    for scope in (Scope.ADAPTERS, Scope.DECODER, Scope.EVERYTHING):
        assert resolve_scope(scope, pages) is scope
