"""Small pictures of pages, made beside the window's work. Two threads at low priority; nothing is kept on the disk."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, QThread, QThreadPool, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from docclean.core.errors import ReadError
from docclean.core.page import PageSize, PageSource, PixelArray
from docclean.documents.thumbnail import read_thumbnail

logger = logging.getLogger(__name__)

THREADS = 2
_KEPT = 512
_SCALE = 2
"""Pictures are made for screens of two pixels per point."""

_Key = tuple[Path, int, Path | None]


class ThumbnailMaker(QObject):
    """Makes small pictures of pages; what was asked for last comes first. All methods belong to the window's thread.

    A page that cannot be read gets a neutral picture with a question mark: what is wrong with it is told when it is
    cleaned.

    Attributes:
        made: The id that was asked for, and the picture, a `QImage`.
    """

    made = Signal(str, QImage)
    _read = Signal(str, object, QImage)

    def __init__(self, box: QSize, parent: QObject | None = None, *, kept: int = _KEPT) -> None:
        """Start no thread yet.

        Args:
            box: Pictures fit into this at 1x, px; they are made twice as large.
            parent: Qt's.
            kept: How many pictures are remembered.
        """
        super().__init__(parent)
        self._box = PageSize(box.height() * _SCALE, box.width() * _SCALE)
        self._unreadable = unreadable_picture(box * _SCALE)
        self._limit = kept
        self._known: OrderedDict[_Key, QImage] = OrderedDict()
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, tuple[PageSource, Path | None]] = OrderedDict()
        self._running = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)
        self._read.connect(self._keep)

    def request(self, item_id: str, source: PageSource, draft: Path | None = None) -> None:
        """Ask for a page's picture, or for that of its draft; it comes at once if it is remembered."""
        key = source.path, source.page, draft
        if key in self._known:
            self._known.move_to_end(key)
            self.made.emit(item_id, self._known[key])
            return
        with self._lock:
            self._waiting[item_id] = source, draft
            self._waiting.move_to_end(item_id)
            if self._running >= THREADS:
                return
            self._running += 1
        self._pool.start(self._work)

    def cancel(self, ids: Collection[str]) -> None:
        """Take back what waits; a page that is being read still comes."""
        with self._lock:
            for item_id in ids:
                self._waiting.pop(item_id, None)

    def forget(self) -> None:
        """Files may have changed; read them again when they are asked for."""
        self._known.clear()

    def close(self) -> None:
        """Take everything back and wait until no thread reads any more."""
        with self._lock:
            self._waiting.clear()
        self._pool.waitForDone()

    def _work(self) -> None:
        """In a thread of the pool: read what was asked for last, until nothing waits."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                item_id, (source, draft) = self._waiting.popitem(last=True)
            pictured = source if draft is None else PageSource(path=draft, relative=Path(draft.name))
            self._read.emit(item_id, (source.path, source.page, draft), self._picture_of(pictured))

    def _picture_of(self, source: PageSource) -> QImage:
        try:
            return picture_of(read_thumbnail(source, self._box))
        except ReadError as error:
            logger.info("no small picture: %s", error)
        except Exception:
            logger.exception("no small picture of %s", source.path.name)
        return self._unreadable

    @Slot(str, object, QImage)
    def _keep(self, item_id: str, key: _Key, picture: QImage) -> None:
        if key[-1] is None:  # a draft is another one after the next run
            self._known[key] = picture
            self._known.move_to_end(key)
        while len(self._known) > self._limit:
            self._known.popitem(last=False)
        self.made.emit(item_id, picture)


def picture_of(pixels: PixelArray) -> QImage:
    """Copy pixels, (H, W, 1) or (H, W, 3), uint8, into a picture of Qt's."""
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(pixels.tobytes(), width, height, width * channels, kind).copy()


def unreadable_picture(size: QSize) -> QImage:
    """Draw a sheet with a question mark, in greys that can be seen on light and on dark."""
    picture = QImage(size.width() * 5 // 6, size.height(), QImage.Format.Format_RGB888)
    picture.fill(QColor("#E4E4E1"))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(QColor("#6A6A67"), 4, Qt.PenStyle.SolidLine, cap, join))
    painter.translate(picture.width() / 2, picture.height() / 2)
    painter.drawArc(QRectF(-11, -24, 22, 22), -30 * 16, 200 * 16)
    painter.drawPolyline(QPolygonF([QPointF(9.5, -7.5), QPointF(0, 2), QPointF(0, 10)]))
    painter.drawPoint(QPointF(0, 20))
    painter.end()
    return picture
