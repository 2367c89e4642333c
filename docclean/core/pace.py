"""How fast a run is, and how long what is left of it will take. Every front end estimates with this."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

_FEWEST_SECONDS = 1.0
_FEWEST_PAGES = 2
_FADING = 1.0 - 1.0 / 400
"""Older pages count less and less, so that an estimate follows a machine that grows slower."""

_PRIOR = 0.02
"""How firmly pages are thought to take no time beside their cost, in pages that say so."""


@dataclass(slots=True)
class _Line:
    """A line through the times of pages over their costs, by weighted least squares.

    A page counts by the inverse square of its cost (and the mean cost), because large pages vary more.
    """

    weight: float = 0.0
    cost: float = 0.0
    cost_square: float = 0.0
    seconds: float = 0.0
    product: float = 0.0

    def add(self, cost: float, seconds: float, scale: float) -> None:
        """Count a page; `scale` is the mean cost."""
        weight = 1.0 / (cost + scale) ** 2
        self.weight = _FADING * self.weight + weight
        self.cost = _FADING * self.cost + weight * cost
        self.cost_square = _FADING * self.cost_square + weight * cost * cost
        self.seconds = _FADING * self.seconds + weight * seconds
        self.product = _FADING * self.product + weight * seconds * cost

    def coefficients(self) -> tuple[float, float]:
        """Seconds that every page takes, and seconds for a unit of cost; neither is negative, and one is positive."""
        held = self.weight * (1.0 + _PRIOR)
        divisor = held * self.cost_square - self.cost**2
        if divisor > 0.0:
            each = (self.seconds * self.cost_square - self.cost * self.product) / divisor
            per_cost = (held * self.product - self.cost * self.seconds) / divisor
            if each >= 0.0 and per_cost >= 0.0 and each + per_cost > 0.0:
                return each, per_cost
            if each > 0.0:
                return 1.0, 0.0
        return (0.0, 1.0) if self.cost else (1.0, 0.0)


@dataclass(slots=True)
class _Worked:
    """What was done since the machine was warm, and the time that it took."""

    pages: float = 0.0
    cost: float = 0.0
    seconds: float = 0.0

    def add(self, pages: float, cost: float, seconds: float) -> None:
        """Count pages."""
        self.pages = _FADING * self.pages + pages
        self.cost = _FADING * self.cost + cost
        self.seconds = _FADING * self.seconds + seconds


class Pace:
    """Follows a run, whether pages are done one after the other or side by side. Belongs to one thread.

    The times of single pages tell how a page's time depends on its cost; how fast all of them together get on tells the
    rest. Pages that were begun before the first one was ready tell nothing about the others: models are loaded
    meanwhile. They count until there are others.
    """

    def __init__(self, costs: Mapping[str, float], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin at rest; see `start`.

        Args:
            costs: Of each page by job id, in any unit that grows with the time that it takes, such as pixels.
            clock: Seconds from any start, never going back.
        """
        self._clock = clock
        self._left: dict[str, float] = {}
        self._pages = 0
        self._cost_left = self._total = 0.0
        self._in_work: dict[str, float] = {}
        self._begun_s: dict[str, float] = {}
        self._line, self._worked = _Line(), _Worked()
        self._cold: set[str] = set()
        self._ready = 0
        self._last_ready_s = 0.0
        self._elapsed_s = 0.0
        self._since: float | None = None
        self.add(costs)

    def add(self, costs: Mapping[str, float]) -> None:
        """Let pages join the run."""
        fresh = {job_id: cost for job_id, cost in costs.items() if job_id not in self._left}
        self._left.update(fresh)
        self._pages += len(fresh)
        self._cost_left += sum(fresh.values())
        self._total += sum(fresh.values())

    def drop(self, job_ids: Iterable[str]) -> None:
        """Let pages leave the run that will not be ready."""
        for job_id in job_ids:
            cost = self._left.pop(job_id, None)
            if cost is not None:
                self._in_work.pop(job_id, None)
                self._begun_s.pop(job_id, None)
                self._cold.discard(job_id)
                self._pages -= 1
                self._cost_left -= cost
                self._total -= cost

    def start(self) -> None:
        """Begin to count time, or go on after `hold`."""
        if self._since is None:
            self._since = self._clock()

    def hold(self) -> None:
        """Count no time until `start`."""
        self._elapsed_s, self._since = self.seconds, None

    def follow(self, job_id: str, fraction: float) -> None:
        """Take note of how much of a page is done, 0..1."""
        if job_id in self._left:
            self._begun_s.setdefault(job_id, self.seconds)
            self._in_work[job_id] = min(1.0, max(0.0, fraction))

    def ready(self, job_id: str) -> None:
        """Take note of a page that is done, or failed; only the first time counts."""
        cost = self._left.pop(job_id, None)
        if cost is None:
            return
        self._in_work.pop(job_id, None)
        self._cost_left -= cost
        seconds = self.seconds
        begun = self._begun_s.pop(job_id, self._last_ready_s)
        if self._ready and not self._cold:
            self._line.add(cost, seconds - begun, self._total / self._pages or 1.0)
            self._worked.add(1.0, cost, seconds - self._last_ready_s)
        else:
            self._warm_up(job_id)
        self._ready += 1
        self._last_ready_s = seconds

    def _warm_up(self, job_id: str) -> None:
        """Find out whether all pages are through that were begun when the machine was cold."""
        if not self._ready:
            self._cold = set(self._in_work)
        self._cold.discard(job_id)
        if not self._cold:  # what was done before of the pages in work is not done from now on
            pages, cost = self._begun()
            self._worked.add(-pages, -cost, 0.0)

    def _begun(self) -> tuple[float, float]:
        """Parts of pages in work that are done: in pages, and in cost."""
        parts = [(part, part * self._left[job_id]) for job_id, part in self._in_work.items()]
        return sum(part for part, _ in parts), sum(cost for _, cost in parts)

    @property
    def seconds(self) -> float:
        """Time at work, s."""
        return self._elapsed_s + (self._clock() - self._since if self._since is not None else 0.0)

    @property
    def fraction(self) -> float:
        """How much of the run is done, 0..1, by cost."""
        if not self._left:
            return 1.0 if self._pages else 0.0
        if not self._total:
            return self._ready / self._pages
        return min(1.0, max(0.0, 1.0 - (self._cost_left - self._begun()[1]) / self._total))

    @property
    def pages_per_minute(self) -> float:
        """Pages that are ready in a minute; 0 while there is too little to go by."""
        if not self._ready or self.seconds < _FEWEST_SECONDS:
            return 0.0
        if self._has_enough:
            return 60.0 * self._worked.pages / self._worked.seconds
        return 60.0 * self._ready / self.seconds

    @property
    def seconds_left(self) -> float | None:
        """Time that what is left takes, s; None while there is too little to go by."""
        if not self._left:
            return 0.0
        done = self.fraction
        if not self._ready or self.seconds < _FEWEST_SECONDS or not done:
            return None
        if not self._has_enough:
            return self.seconds * (1.0 - done) / done
        each, per_cost = self._line.coefficients()
        begun_pages, begun_cost = self._begun()
        worked = each * (self._worked.pages + begun_pages) + per_cost * (self._worked.cost + begun_cost)
        seconds = self._worked.seconds + self.seconds - self._last_ready_s
        left = each * (len(self._left) - begun_pages) + per_cost * (self._cost_left - begun_cost)
        return max(0.0, left * seconds / worked) if worked > 0.0 else None

    @property
    def _has_enough(self) -> bool:
        return self._worked.pages > _FEWEST_PAGES - 0.5 and self._worked.seconds > 0.0


def spell_duration(seconds: float) -> str:
    """A time to wait, as in "45 s", "1 min 30 s", "5 min" and "2 h 5 min"; rounded, the farther the coarser."""
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    if whole < 60:
        return f"{whole} s"
    if minutes < 10 and rest >= 10:
        return f"{minutes} min {rest // 10 * 10} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
