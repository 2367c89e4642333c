import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from docclean.core.page import PageSource, PixelArray
from docclean.gui import thumbnails
from docclean.gui.page_queue import PageQueue
from docclean.gui.queue_panel import QueuePanel
from docclean.gui.thumbnails import ThumbnailMaker, picture_of
from tests.helpers.pages import image_in, saved, source_of
from tests.helpers.queue import page

BOX = QSize(48, 56)
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the platform of tests has no windows


@pytest.fixture
def maker(qtbot: QtBot) -> Iterator[ThumbnailMaker]:
    maker = ThumbnailMaker(BOX, kept=3)
    yield maker
    maker.close()


class SlowReader:
    """Reads no file; waits until it is let go on, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.go_on = threading.Semaphore(0)

    def __call__(self, source: PageSource, box: Any) -> PixelArray:
        self.read.append(source.path.name)
        assert self.go_on.acquire(timeout=10)
        return np.full((4, 3, 1), 200, np.uint8)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> SlowReader:
    reader = SlowReader()
    monkeypatch.setattr(thumbnails, "read_thumbnail", reader)
    return reader


def test_request_page_gives_its_picture(qtbot: QtBot, maker: ThumbnailMaker, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", image_in("RGB", 560, 480))
    with qtbot.waitSignal(maker.made) as made:
        maker.request("id", source_of(path))
    assert (made.args[0], made.args[1].size()) == ("id", QSize(96, 112))


def test_request_damaged_file_gives_the_neutral_picture(qtbot: QtBot, maker: ThumbnailMaker, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG no page")
    with qtbot.waitSignal(maker.made) as made:
        maker.request("id", source_of(tmp_path / "a.png"))
    assert made.args[1] == thumbnails.unreadable_picture(BOX * 2)


def test_request_tiff_page_gives_that_page(qtbot: QtBot, maker: ThumbnailMaker, tmp_path: Path) -> None:
    pages = [Image.new("L", (60, 60), gray) for gray in (0, 200)]
    path = saved(tmp_path / "a.tif", pages[0], save_all=True, append_images=pages[1:])
    with qtbot.waitSignal(maker.made) as made:
        maker.request("id", source_of(path, 1, 2))
    assert made.args[1].pixelColor(5, 5).red() == 200


def test_request_known_page_comes_at_once(qtbot: QtBot, maker: ThumbnailMaker, tmp_path: Path) -> None:
    source = source_of(saved(tmp_path / "a.png", image_in("L")))
    with qtbot.waitSignal(maker.made):
        maker.request("id", source)
    heard: list[str] = []
    maker.made.connect(lambda item_id, picture: heard.append(item_id))
    maker.request("other", source)
    assert heard == ["other"]


def test_forget_reads_a_page_again(qtbot: QtBot, maker: ThumbnailMaker, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("L", (20, 20), 0))
    with qtbot.waitSignal(maker.made):
        maker.request("id", source_of(path))
    saved(path, Image.new("L", (20, 20), 255))
    maker.forget()
    with qtbot.waitSignal(maker.made) as made:
        maker.request("id", source_of(path))
    assert made.args[1].pixelColor(5, 5).red() == 255


def test_request_latest_is_read_first(qtbot: QtBot, maker: ThumbnailMaker, reader: SlowReader) -> None:
    for name in ("1", "2"):  # both threads are busy from here on
        maker.request(name, source_of(Path(name)))
    qtbot.waitUntil(lambda: len(reader.read) == 2)
    for name in ("3", "4", "5"):
        maker.request(name, source_of(Path(name)))
    reader.go_on.release()
    qtbot.waitUntil(lambda: len(reader.read) == 3)
    last = reader.read[2]
    reader.go_on.release(10)
    assert last == "5"


def test_cancel_takes_back_what_waits(qtbot: QtBot, maker: ThumbnailMaker, reader: SlowReader) -> None:
    for name in ("1", "2"):
        maker.request(name, source_of(Path(name)))
    qtbot.waitUntil(lambda: len(reader.read) == 2)
    maker.request("3", source_of(Path("3")))
    maker.cancel(["3", "never asked for"])
    reader.go_on.release(10)
    maker.close()
    assert sorted(reader.read) == ["1", "2"]


def test_close_waits_for_the_page_that_is_read(qtbot: QtBot, maker: ThumbnailMaker, reader: SlowReader) -> None:
    maker.request("1", source_of(Path("1")))
    qtbot.waitUntil(lambda: len(reader.read) == 1)
    reader.go_on.release(10)
    maker.close()
    assert maker._running == 0


def test_fault_of_the_reader_gives_the_neutral_picture(
    qtbot: QtBot, maker: ThumbnailMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: PageSource, box: Any) -> PixelArray:
        raise MemoryError

    monkeypatch.setattr(thumbnails, "read_thumbnail", fail)
    with qtbot.waitSignal(maker.made) as made:
        maker.request("id", source_of(Path("a")))
    assert made.args[1] == thumbnails.unreadable_picture(BOX * 2)


def test_only_so_many_pictures_are_remembered(qtbot: QtBot, maker: ThumbnailMaker, tmp_path: Path) -> None:
    for number in range(5):
        path = saved(tmp_path / f"{number}.png", image_in("L"))
        with qtbot.waitSignal(maker.made):
            maker.request("id", source_of(path))
    assert [key[0].name for key in maker._known] == ["2.png", "3.png", "4.png"]


@pytest.mark.parametrize("channels", [1, 3])
def test_picture_of_odd_width_has_the_same_pixels(channels: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (3, 5, channels), dtype=np.uint8)
    picture = picture_of(pixels)
    assert [picture.pixelColor(x, 2).blue() for x in range(5)] == pixels[2, :, -1].tolist()


# The panel that asks for them


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[QueuePanel]:
    queue = PageQueue()
    panel = QueuePanel(queue)
    queue.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(260, 400)
    yield panel
    panel.close_pictures()


def test_panel_asks_for_the_pages_in_sight_only(qtbot: QtBot, panel: QueuePanel, tmp_path: Path) -> None:
    queue = panel.view.model()
    assert isinstance(queue, PageQueue)
    for number in range(60):
        saved(tmp_path / f"{number}.png", image_in("L"))
    queue.insert(0, [page(f"{number}.png", folder=str(tmp_path)) for number in range(60)])
    panel.show()
    qtbot.waitUntil(lambda: queue.items[0].thumbnail is not None)
    assert queue.items[-1].thumbnail is None


def test_panel_scrolling_asks_for_other_pages(qtbot: QtBot, panel: QueuePanel, tmp_path: Path) -> None:
    queue = panel.view.model()
    assert isinstance(queue, PageQueue)
    queue.insert(0, [page(f"{number}.png", folder=str(tmp_path)) for number in range(60)])
    panel.show()
    panel.view.scrollToBottom()
    qtbot.waitUntil(lambda: isinstance(queue.items[-1].thumbnail, QImage))


def test_panel_heading_counts_pages(panel: QueuePanel) -> None:
    queue = panel.view.model()
    assert isinstance(queue, PageQueue)
    queue.insert(0, [page("a.png"), page("b.png")])
    assert panel._number.text() == "2"


def test_panel_sort_menu_asks_for_an_order(qtbot: QtBot, panel: QueuePanel) -> None:
    queue = panel.view.model()
    assert isinstance(queue, PageQueue)
    queue.insert(0, [page("b10.png"), page("b9.png")])
    with qtbot.waitSignal(panel.order_requested) as asked:
        panel._sort.menu().actions()[0].trigger()
    assert asked.args == [["b9.png#0", "b10.png#0"], "sort by name"]
