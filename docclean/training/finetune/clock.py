"""Time spent training. The clock stands while other work is done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class RunClock:
    """Counts the seconds of a run.

    Args:
        before: What the run took before it was interrupted, s.
    """

    def __init__(self, before: float = 0.0) -> None:
        self._begun = time.monotonic() - before

    @property
    def seconds(self) -> float:
        """Time spent, s."""
        return time.monotonic() - self._begun

    def skip(self, seconds: float) -> None:
        """Leave out some time, s, that was spent on something else."""
        self._begun += seconds

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stand until the block ends."""
        since = time.monotonic()
        try:
            yield
        finally:
            self.skip(time.monotonic() - since)
