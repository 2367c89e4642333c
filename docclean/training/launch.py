"""Which of the processes that a launcher started this one is; read from the environment, without torch."""

import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Launch:
    """This process among those that train together.

    Attributes:
        rank: Its number, from 0.
        count: How many there are, on all machines.
        local_rank: Its number on this machine, which is also that of its GPU.
        local_count: How many there are on this machine.

    Source:
        Names of the variables: PyTorch documentation, "torchrun", section "Environment Variables"; `accelerate launch`
        sets the same.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1

    @classmethod
    def from_environment(cls) -> Self:
        """What the launcher said; without a launcher, a process of its own."""
        rank, count = _number("RANK", 0), _number("WORLD_SIZE", 1)
        return cls(rank, count, _number("LOCAL_RANK", rank), _number("LOCAL_WORLD_SIZE", count))

    @property
    def is_first(self) -> bool:
        """Whether this is the process that prints and writes."""
        return self.rank == 0


def _number(name: str, otherwise: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else otherwise
