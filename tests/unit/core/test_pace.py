"""Speed and time left, on runs that a clock plays."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from docclean.core.pace import Pace, spell_duration


class Ticks:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Mix:
    """A run as it may be.

    Attributes:
        sizes: Costs of its kinds of pages.
        folder: So many pages that are alike follow one another.
        each: What every page takes besides, s.
        noise: Spread of what a unit of cost takes.
        loading: What the first page of every worker takes besides, s.
    """

    seed: int
    pages: int
    sizes: list[float]
    folder: int
    each: float
    noise: float
    loading: float
    workers: int

    def pages_of(self) -> tuple[list[float], list[float]]:
        """Costs and times of the pages."""
        chance = np.random.default_rng(self.seed)
        folders = chance.choice(self.sizes, self.pages // self.folder + 1)
        costs = folders.repeat(self.folder)[: self.pages]
        seconds = self.each + costs * chance.lognormal(-(self.noise**2) / 2, self.noise, self.pages)
        seconds[: self.workers] += self.loading
        return costs.tolist(), seconds.tolist()


MIXES = st.builds(
    Mix,
    seed=st.integers(0, 2**32),
    pages=st.integers(400, 900),
    sizes=st.lists(st.floats(0.5, 8.0), min_size=1, max_size=4),
    folder=st.integers(1, 10),
    each=st.floats(0.0, 2.0),
    noise=st.floats(0.0, 0.2),
    loading=st.floats(0.0, 200.0),
    workers=st.integers(1, 4),
)


@settings(max_examples=40, deadline=None)
@given(MIXES)
def test_time_left_is_right_within_a_fifth_after_a_twentieth(mix: Mix) -> None:
    costs, seconds = mix.pages_of()
    seen = costs[: mix.pages // 20]  # pages that are all alike cannot tell how much longer a larger one takes
    assume(min(seen) == min(costs) and max(seen) == max(costs))
    ticks = Ticks()
    pace = Pace({str(page): cost for page, cost in enumerate(costs)}, clock=ticks)
    pace.start()
    estimates = played(pace, ticks, seconds, mix.workers)
    end = estimates[-1][0]
    for now, left in estimates[mix.pages // 20 : mix.pages // 2]:
        assert left == pytest.approx(end - now, rel=0.2)


def played(pace: Pace, ticks: Ticks, seconds: list[float], workers: int) -> list[tuple[float, float | None]]:
    """Let workers take page after page; the time and the estimate whenever a page is ready."""
    ends: dict[int, float] = {}
    estimates = []
    following = 0
    while following < len(seconds) or ends:
        while following < len(seconds) and len(ends) < workers:
            pace.follow(str(following), 0.0)
            ends[following] = ticks.now + seconds[following]
            following += 1
        page = min(ends, key=lambda page: ends[page])
        ticks.now = ends.pop(page)
        for other, end in ends.items():
            pace.follow(str(other), 1.0 - (end - ticks.now) / seconds[other])
        pace.ready(str(page))
        estimates.append((ticks.now, pace.seconds_left))
    return estimates


def test_time_in_which_it_is_held_does_not_count() -> None:
    ticks = Ticks()
    pace = Pace({str(page): 1.0 for page in range(20)}, clock=ticks)
    pace.start()
    for page in range(5):
        ticks.now += 6.0
        pace.ready(str(page))
    pace.hold()
    ticks.now += 500.0
    pace.start()
    for page in range(5, 10):
        ticks.now += 6.0
        pace.ready(str(page))
    assert pace.pages_per_minute == pytest.approx(10.0)
    assert pace.seconds_left == pytest.approx(60.0)
    assert pace.seconds == pytest.approx(60.0)


def test_nothing_is_said_before_a_page_is_ready() -> None:
    ticks = Ticks()
    pace = Pace({"a": 1.0, "b": 1.0}, clock=ticks)
    pace.start()
    ticks.now = 5.0
    pace.follow("a", 0.5)
    assert (pace.pages_per_minute, pace.seconds_left, pace.fraction) == (0.0, None, 0.25)
    pace.ready("a")
    assert (pace.pages_per_minute, pace.seconds_left, pace.fraction) == (12.0, 5.0, 0.5)


def test_large_pages_that_come_last_are_expected() -> None:
    ticks = Ticks()
    costs = [1.0 + page % 3 for page in range(30)] + [10.0] * 30
    pace = Pace({str(page): cost for page, cost in enumerate(costs)}, clock=ticks)
    pace.start()
    for page in range(12):
        ticks.now += 0.5 + costs[page]
        pace.ready(str(page))
    assert pace.seconds_left == pytest.approx(sum(0.5 + cost for cost in costs[12:]), rel=0.1)


def test_a_machine_that_grows_slower_is_followed() -> None:
    ticks = Ticks()
    pace = Pace({str(page): 1.0 for page in range(4000)}, clock=ticks)
    pace.start()
    for page in range(3000):
        ticks.now += 1.0 if page < 1000 else 2.0
        pace.ready(str(page))
    assert pace.seconds_left == pytest.approx(2000.0, rel=0.02)


def test_pages_join_and_leave() -> None:
    ticks = Ticks()
    pace = Pace({}, clock=ticks)
    pace.start()
    assert (pace.fraction, pace.seconds_left) == (0.0, 0.0)
    pace.add({str(page): 1.0 for page in range(10)})
    for page in range(4):
        ticks.now += 2.0
        pace.ready(str(page))
    pace.drop(["8", "9", "unknown"])
    assert pace.fraction == pytest.approx(0.5)
    assert pace.seconds_left == pytest.approx(8.0)


def test_a_page_is_ready_once() -> None:
    ticks = Ticks()
    pace = Pace({"a": 1.0, "b": 1.0}, clock=ticks)
    pace.start()
    ticks.now = 2.0
    for _ in range(3):
        pace.ready("a")
    assert pace.fraction == 0.5


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0.0, 1.0)), max_size=60))
def test_fraction_stays_between_nothing_and_all(steps: list[tuple[int, float]]) -> None:
    pace = Pace({str(page): float(page) for page in range(10)}, clock=Ticks())
    for page, part in steps:
        pace.follow(str(page), part)
        assert 0.0 <= pace.fraction <= 1.0
        if part > 0.9:
            pace.ready(str(page))
            assert 0.0 <= pace.fraction <= 1.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (45, "45 s"), (95, "1 min 30 s"), (61, "1 min"), (700, "11 min"), (7500, "2 h 5 min")],
)
def test_duration_is_coarser_the_longer_it_is(seconds: float, words: str) -> None:
    assert spell_duration(seconds) == words
