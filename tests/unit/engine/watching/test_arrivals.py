import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from docclean.core.files import FileState
from docclean.engine.watching.arrivals import Arrivals, Arrived
from tests.helpers.scans import dirty_page


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A file, a clock that stands still, and arrivals that settle in 2 s and give up after 300 s."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "page.png"
        self.whole = self._whole(folder)
        self.clock = Clock()
        self.arrivals = Arrivals(2.0, 300.0, clock=self.clock, wall_clock=lambda: time.time() + self.clock.now - 1000.0)

    def _whole(self, folder: Path) -> bytes:
        dirty_page().save(folder / "page.png")
        data = (folder / "page.png").read_bytes()
        (folder / "page.png").unlink()
        return data

    def write(self, data: bytes) -> None:
        """Write the file so that its state differs from all states before."""
        before = self.path.stat().st_mtime_ns if self.path.exists() else 0
        self.path.write_bytes(data)
        os.utime(self.path, ns=(before + 10**9, before + 10**9))

    def taken_after(self, seconds: float) -> Arrived | None:
        self.clock.now += seconds
        return self.arrivals.take()

    def seconds_until_taken(self, most: float) -> float:
        """Step from one look to the next, as a watcher does."""
        begun = self.clock.now
        while (arrived := self.arrivals.take()) is None:
            wait = self.arrivals.seconds_to_wait()
            assert wait is not None
            self.clock.now += max(wait, 0.001)
            assert self.clock.now - begun <= most
        assert arrived.path == self.path
        return self.clock.now - begun


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_file_is_taken_when_it_has_not_changed_for_the_settle_time(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    assert bench.taken_after(0.0) is None
    assert bench.taken_after(1.9) is None
    arrived = bench.taken_after(0.2)
    assert arrived is not None
    assert (arrived.path, arrived.is_certain) == (bench.path, False)
    assert len(bench.arrivals) == 0
    assert bench.arrivals.seconds_to_wait() is None


def test_slow_writer_is_waited_for(bench: Bench) -> None:
    bench.arrivals.see(bench.path)
    bench.write(bench.whole[:100])
    for end in range(200, len(bench.whole), 300):
        assert bench.taken_after(1.5) is None
        bench.write(bench.whole[:end])
    bench.write(bench.whole)
    assert bench.taken_after(1.5) is None
    assert 1.9 <= bench.seconds_until_taken(10.0) <= 4.1


def test_file_that_keeps_its_size_but_is_written_again_is_waited_for(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    for _ in range(5):
        assert bench.taken_after(1.5) is None
        bench.write(bench.whole)
    assert bench.taken_after(1.5) is None


def test_file_that_is_open_for_writing_is_waited_for_however_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_open = True
    monkeypatch.setattr("docclean.engine.watching.arrivals.is_being_written", lambda path: is_open)
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    for _ in range(400):
        assert bench.taken_after(2.0) is None
    is_open = False
    assert bench.taken_after(2.0) is not None


def test_file_that_was_renamed_into_its_place_is_taken_at_once(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path, was_renamed=True)
    arrived = bench.taken_after(0.0)
    assert arrived is not None
    assert arrived.is_certain


def test_file_that_waits_and_is_then_replaced_by_renaming_is_taken_at_once(bench: Bench) -> None:
    bench.write(bench.whole[:100])
    bench.arrivals.see(bench.path)
    assert bench.taken_after(1.0) is None
    bench.write(bench.whole)
    bench.arrivals.see(bench.path, was_renamed=True)
    assert bench.taken_after(0.0) is not None


def test_file_that_changes_after_it_was_renamed_settles_like_others(bench: Bench) -> None:
    bench.write(bench.whole[:100])
    bench.arrivals.see(bench.path, was_renamed=True)
    assert bench.taken_after(0.0) is None
    bench.write(bench.whole)
    assert bench.taken_after(5.0) is None
    assert bench.taken_after(2.0) is not None


def test_upload_that_stalls_is_taken_when_it_goes_on_and_ends(bench: Bench) -> None:
    bench.write(bench.whole[:-50])
    bench.arrivals.see(bench.path)
    assert bench.taken_after(0.0) is None
    assert bench.taken_after(200.0) is None
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    assert 1.9 <= bench.seconds_until_taken(10.0) <= 4.1


def test_file_that_stays_cut_off_is_handed_over_after_a_long_time(bench: Bench) -> None:
    bench.write(bench.whole[:-50])
    bench.arrivals.see(bench.path)
    assert 300.0 <= bench.seconds_until_taken(400.0) <= 365.0


def test_file_that_stays_cut_off_is_looked_at_seldom(bench: Bench) -> None:
    bench.write(bench.whole[:-50])
    bench.arrivals.see(bench.path)
    looks = 0
    while bench.arrivals.take() is None:
        bench.clock.now += bench.arrivals.seconds_to_wait() or 0.001
        looks += 1
    assert looks <= 12


def test_file_that_was_cut_off_long_before_the_watch_began_is_handed_over_at_once(bench: Bench) -> None:
    bench.write(bench.whole[:-50])
    bench.clock.now += 400.0  # nobody can set the time of a file's last change of state
    bench.arrivals.see(bench.path, was_there=True)
    assert bench.taken_after(0.0) is None
    arrived = bench.taken_after(2.0)
    assert arrived is not None
    assert arrived.is_certain


def test_clock_of_a_server_has_no_part_in_how_long_a_new_file_is_waited_for(bench: Bench) -> None:
    bench.path.write_bytes(bench.whole[:-50])
    os.utime(bench.path, (0, 0))
    bench.clock.now += 400.0
    bench.arrivals.see(bench.path)
    assert bench.taken_after(0.0) is None
    assert bench.taken_after(100.0) is None


def test_file_that_is_gone_before_its_turn_is_forgotten(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    assert bench.taken_after(0.0) is None
    bench.path.unlink()
    assert bench.taken_after(2.0) is None
    assert len(bench.arrivals) == 0


def test_file_that_could_not_be_read_is_given_again_when_it_has_changed(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    bench.taken_after(0.0)
    arrived = bench.taken_after(2.0)
    assert arrived is not None
    bench.arrivals.take_back(arrived, was_read=False)
    for _ in range(20):
        assert bench.taken_after(5.0) is None
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    assert 1.9 <= bench.seconds_until_taken(10.0) <= 4.1


def test_file_that_could_not_be_read_and_does_not_change_is_given_once_more_for_certain(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    bench.taken_after(0.0)
    arrived = bench.taken_after(2.0)
    assert arrived is not None
    bench.arrivals.take_back(arrived, was_read=False)
    assert 298.0 <= bench.seconds_until_taken(400.0) <= 365.0


def test_file_that_could_be_read_is_given_again_at_once(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path)
    bench.taken_after(0.0)
    arrived = bench.taken_after(2.0)
    assert arrived is not None
    bench.arrivals.take_back(arrived, was_read=True)
    assert not bench.arrivals.has_undecided
    assert bench.taken_after(0.0) == arrived


@pytest.mark.parametrize("is_cut_off", [False, True])
def test_undecided_is_what_has_not_settled_yet(is_cut_off: bool, bench: Bench) -> None:
    bench.write(bench.whole[:-50] if is_cut_off else bench.whole)
    bench.arrivals.see(bench.path)
    assert bench.arrivals.has_undecided
    assert bench.taken_after(0.0) is None
    assert bench.arrivals.has_undecided
    assert (bench.taken_after(2.0) is None) == is_cut_off
    assert not bench.arrivals.has_undecided


def test_file_of_which_much_is_told_is_kept_once(bench: Bench) -> None:
    bench.write(bench.whole)
    for _ in range(1000):
        bench.arrivals.see(bench.path)
        bench.clock.now += 0.001
    assert len(bench.arrivals) == 1
    assert len(bench.arrivals._due) == 1


def test_files_that_are_not_found_any_more_are_forgotten(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    bench.arrivals.see(bench.path)
    bench.arrivals.see(other)
    bench.arrivals.keep_only([other])
    assert bench.arrivals.paths == (other,)
    bench.arrivals.clear()
    assert bench.arrivals.seconds_to_wait() is None


def test_files_are_taken_in_the_order_in_which_they_were_seen(bench: Bench, tmp_path: Path) -> None:
    names = [f"{number}.png" for number in (3, 1, 2)]
    for name in names:
        (tmp_path / name).write_bytes(bench.whole)
        bench.arrivals.see(tmp_path / name)
        bench.clock.now += 0.01
    assert bench.taken_after(0.0) is None
    bench.clock.now += 2.0
    taken = [arrived.path.name for arrived in iter(bench.arrivals.take, None)]
    assert taken == names


def test_file_that_may_not_be_looked_at_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., os.stat_result] = Path.stat
    is_locked = True

    def stat(path: Path, **options: bool) -> os.stat_result:
        if is_locked and path == bench.path:
            raise PermissionError
        return real(path, **options)

    def refuse(path: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr("docclean.engine.watching.arrivals.is_being_written", refuse)
    bench.arrivals.see(bench.path)
    assert bench.taken_after(0.0) is None
    assert bench.taken_after(10.0) is None
    monkeypatch.undo()
    is_locked = False
    bench.write(bench.whole)
    assert bench.seconds_until_taken(10.0) > 0.0


def test_state_tells_two_files_of_one_name_apart(bench: Bench) -> None:
    bench.write(bench.whole)
    bench.arrivals.see(bench.path, was_renamed=True)
    first = bench.arrivals.take()
    bench.write(bench.whole)
    bench.arrivals.see(bench.path, was_renamed=True)
    second = bench.arrivals.take()
    assert first is not None
    assert second is not None
    assert isinstance(first.state, FileState)
    assert first.state != second.state
