import pytest
import torch
from torch import nn

from docclean.training import processes
from docclean.training.processes import ALONE, FirstProcessFailedError, Team, join_team


def test_process_without_a_launcher_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert join_team(torch.device("cpu")) is ALONE


def test_process_alone_computes_as_ever() -> None:
    x = torch.ones(3, requires_grad=True)
    assert ALONE.is_first
    assert ALONE.part(8) == slice(0, 8)
    assert ALONE.total(x) is ALONE.mean(x) is ALONE.gathered(x) is x
    assert [ALONE.any(flag=flag) for flag in (True, False)] == [True, False]
    done: list[int] = []
    ALONE.first_only(lambda: done.append(1))
    assert done == [1]


def test_parts_make_the_whole() -> None:
    numbers = list(range(12))
    assert [n for rank in range(3) for n in numbers[Team(rank, 3).part(12)]] == numbers


@pytest.fixture
def with_a_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process has the same numbers."""
    monkeypatch.setattr(processes, "_summed", lambda x: 2 * x.detach())


def test_total_and_mean_carry_gradients_that_are_averaged_later(with_a_twin: None) -> None:
    x = torch.tensor([3.0], requires_grad=True)
    team = Team(0, 2)
    assert team.total(x).item() == 6.0
    assert team.mean(x).item() == 3.0
    (slope,) = torch.autograd.grad(team.total(x) ** 2, x)
    assert slope.item() == 2 * 6.0 * 2  # twice 2 * total; its mean over both is 2 * total, times the twin's equal part


def test_gradients_are_averaged_in_place_whatever_their_layout(with_a_twin: None) -> None:
    model = nn.Conv2d(4, 4, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in the stubs
    model(torch.ones(1, 4, 5, 5)).sum().backward()
    before = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    Team(0, 2).average_gradients(model.parameters())
    after = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(torch.equal(one, two) and one.stride() == two.stride() for one, two in zip(before, after, strict=True))


def test_work_of_the_first_is_not_done_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_summed", lambda x: x)
    done: list[str] = []
    Team(1, 2).first_only(lambda: done.append("by another"))
    assert not done


def test_others_stop_when_the_first_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_summed", lambda x: torch.ones(()))
    with pytest.raises(FirstProcessFailedError):
        Team(1, 2).first_only(lambda: None)


def test_first_that_fails_has_its_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []

    def summed(x: torch.Tensor) -> torch.Tensor:
        told.append(float(x))
        return x

    def fail() -> None:
        raise OSError("no room")

    monkeypatch.setattr(processes, "_summed", summed)
    with pytest.raises(OSError, match="no room"):
        Team(0, 2).first_only(fail)
    assert told == [1.0]
