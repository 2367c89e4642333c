"""A minibatch that is computed in parts, because memory is short, and gives the gradient of the whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

from docclean.training.processes import Team


@dataclass(frozen=True, slots=True)
class Part(Team):
    """A part of a minibatch in place of one process of a team; the parts come one after the other.

    What the loss needs to know of the whole is found in a first pass, without gradients, and stands in the second for
    what the other parts would say. Losses of parts, each multiplied with its share, then add up to that of the whole,
    and so do gradients.

    Attributes:
        share: The part's share of the examples, 0..1.
        found: What was asked for in the first pass, in order.
        wholes: The same of the whole minibatch; None in the first pass.
    """

    share: float = 1.0
    found: list[Tensor] = field(default_factory=list)
    wholes: Iterator[Tensor] | None = None

    def total(self, x: Tensor) -> Tensor:
        """Sum over all parts; gradients flow into this one, ready to be multiplied with its share."""
        if self.wholes is None:
            self.found.append(x.detach())
            return x
        return next(self.wholes) + (x - x.detach()) / self.share

    def mean(self, x: Tensor) -> Tensor:
        """Mean over all examples; gradients as in `total`."""
        if self.wholes is None:
            self.found.append(self.share * x.detach())
            return x
        return next(self.wholes) + (x - x.detach())


def groups_of(count: int, parts: int) -> list[list[int]]:
    """Numbers of the examples in each part: `count` of them in at most `parts` parts, none of them empty."""
    groups = [list(range(first, count, parts)) for first in range(parts)]
    return [group for group in groups if group]


def second_pass(parts: Iterable[Part]) -> Sequence[Part]:
    """The same parts, which now know of each other."""
    parts = list(parts)
    sums = [sum(values[1:], values[0]) for values in zip(*(part.found for part in parts), strict=True)]
    return [replace(part, wholes=iter(sums)) for part in parts]
