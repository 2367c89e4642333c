from pathlib import Path

import numpy as np
import pytest

from docclean.core.errors import TrainingError
from docclean.core.recipe import Task
from docclean.training.page_feed import PageSources, Windows, fed
from docclean.training.page_windows import PageWindow
from tests.helpers.corpus import names, page_pixels, saved_page


def sources(folder: Path, task: Task = Task.DENOISE) -> PageSources:
    (folder / "photos").mkdir(exist_ok=True)
    saved_page(folder / "corpus" / next(names(held_out=False, suffix=".png")), page_pixels(400, 420))
    return PageSources(task, [folder / "corpus"], [], folder / "photos", None, 3)


@pytest.mark.parametrize(("task", "channels"), [(Task.DENOISE, 6), (Task.DEWATERMARK, 10)])
def test_window_depends_on_sources_and_number_alone(task: Task, channels: int, tmp_path: Path) -> None:
    wanted = sources(tmp_path, task)
    first, again = (Windows(wanted)[4] for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.parts.shape[1] == channels
    assert np.array_equal(first.parts, again.parts)


def test_processes_make_the_windows_of_their_numbers(tmp_path: Path) -> None:
    wanted, found = sources(tmp_path), list[PageWindow]()
    with fed(wanted, found.append, workers=1, first=2):
        assert len(found) >= 2
    here = Windows(wanted)
    made = [window for number in range(8) if (window := here[number]) is not None]
    assert np.array_equal(found[0].parts, made[0].parts)
    assert np.array_equal(found[1].overview, made[1].overview)


def test_what_is_missing_is_said_at_once(tmp_path: Path) -> None:
    wanted = PageSources(Task.DENOISE, [tmp_path / "nowhere"], [], tmp_path, None, 0)
    with pytest.raises(TrainingError, match="nowhere: was not found"), fed(wanted, lambda _: None, workers=1, first=1):
        pass


def test_what_breaks_while_pages_are_made_is_said(tmp_path: Path) -> None:
    def add(_window: PageWindow) -> None:
        raise MemoryError("no room")

    with (
        pytest.raises(TrainingError, match="Pages could not be made: no room"),
        fed(sources(tmp_path), add, workers=1, first=1),
    ):
        pass
