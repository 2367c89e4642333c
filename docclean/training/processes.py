"""The processes that train together, each with a part of every minibatch. One process alone computes as ever.

Everything that passes between processes goes through here, and from here through accelerate. A quantity that depends on
the minibatch as a whole (a count to divide by, a mean inside a logarithm) is made with `Team.total` or `Team.mean`; a
plain mean over examples needs neither, because gradients are averaged.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn

from docclean.core.errors import TrainingError
from docclean.training.launch import Launch

_CPU = torch.device("cpu")
_PATIENCE = timedelta(hours=12)
"""How long a process waits for another: reading a large corpus takes the first one hours."""


class FirstProcessFailedError(TrainingError):
    """The first process stopped, and says why; the others stop with it."""


@dataclass(frozen=True, slots=True)
class Team:
    """This process among those that train together.

    Attributes:
        rank: Its number, from 0.
        count: How many there are.
        device: Where tensors lie while they pass between processes.
    """

    rank: int = 0
    count: int = 1
    device: torch.device = _CPU

    @property
    def is_first(self) -> bool:
        """Whether this is the process that prints and writes."""
        return self.rank == 0

    def part(self, size: int) -> slice:
        """This process's part of a minibatch; `size` is a multiple of the number of processes."""
        share = size // self.count
        return slice(self.rank * share, (self.rank + 1) * share)

    def gathered(self, part: Tensor) -> Tensor:
        """All parts, (N, ...) each, one after the other on the CPU."""
        if self.count == 1:
            return part
        from accelerate.utils import gather  # noqa: PLC0415 - an extra of its own: one process does without

        whole: Tensor = gather(part.to(self.device)).cpu()
        return whole

    def total(self, x: Tensor) -> Tensor:
        """Sum over all processes, as if one process had computed it: gradients flow, ready to be averaged."""
        if self.count == 1:
            return x
        total: Tensor = _Total.apply(x, self.count)  # type: ignore[no-untyped-call]  # reason: untyped in torch
        return total

    def mean(self, x: Tensor) -> Tensor:
        """Mean over all processes; gradients as in `total`."""
        return x if self.count == 1 else self.total(x) / self.count

    def any(self, *, flag: bool) -> bool:
        """Whether the flag is set in any process; all of them must ask."""
        if self.count == 1:
            return flag
        return bool(_summed(torch.tensor(float(flag), device=self.device)) > 0)

    @torch.no_grad()
    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give every process the mean of all gradients, in one message."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = _summed(torch.cat([g.reshape(-1) for g in gradients])) / self.count
        for gradient, mean in zip(gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def first_only(self, work: Callable[[], object]) -> None:
        """Let the first process do something while the others wait.

        Raises:
            FirstProcessFailedError: It failed; raised in the others, while the first has the fault itself.
        """
        if self.count == 1:
            work()
            return
        is_done = False
        try:
            if self.is_first:
                work()
            is_done = True
        finally:
            has_failed = self.any(flag=not is_done)
        if has_failed:
            raise FirstProcessFailedError("The first process stopped, and says why.")


ALONE = Team()
"""One process, which has every minibatch for itself."""


def join_team(device: torch.device) -> Team:
    """Meet the other processes that were launched; without a launcher, be alone.

    Args:
        device: What this process computes on; a CPU, or the GPU whose number is the process's on this machine.
    """
    launch = Launch.from_environment()
    if launch.count == 1:
        return ALONE
    from accelerate import PartialState  # noqa: PLC0415 - an extra of its own: one process does without

    state = PartialState(cpu=device.type == "cpu", timeout=_PATIENCE)
    return Team(state.process_index, state.num_processes, state.device)


class _Total(torch.autograd.Function):
    """Sum over processes. Backwards a process gets its own part times their number, which averaging divides by."""

    @staticmethod
    def forward(context: Any, x: Tensor, count: int) -> Tensor:  # noqa: ANN401 - torch passes its own object
        context.count = count
        return _summed(x)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 - as in forward
        return gradients[0] * context.count, None


def _summed(x: Tensor) -> Tensor:
    from accelerate.utils import reduce  # noqa: PLC0415 - an extra of its own: one process does without

    total: Tensor = reduce(x.detach(), "sum")
    return total
