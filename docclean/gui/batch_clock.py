"""How fast a batch is, and how long it will take; time in which it was held does not count."""

from collections.abc import Callable

_FEWEST_SECONDS = 1.0


class BatchClock:
    """Measures the time that a batch is at work.

    Args:
        clock: Seconds from any start, never going back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._elapsed = 0.0
        self._since: float | None = None

    def start(self) -> None:
        """Begin at zero."""
        self._elapsed, self._since = 0.0, self._clock()

    def hold(self) -> None:
        """Stop counting."""
        self._elapsed, self._since = self.seconds, None

    def go_on(self) -> None:
        """Count again."""
        if self._since is None:
            self._since = self._clock()

    @property
    def seconds(self) -> float:
        """Time at work, s."""
        return self._elapsed + (self._clock() - self._since if self._since is not None else 0.0)

    def per_minute(self, pages: int) -> float:
        """Pages a minute; 0 while there is too little to go by."""
        return 60.0 * pages / self.seconds if pages and self.seconds >= _FEWEST_SECONDS else 0.0

    def seconds_for(self, rest: float, pages: int) -> float | None:
        """How long `rest` pages take, going by the `pages` that are done; None while there is too little to go by."""
        rate = self.per_minute(pages)
        return 60.0 * rest / rate if rate else None
