"""One window per user: a second start hands its files to the first and ends."""

import hashlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDir, QLockFile, QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget

from docclean.core.paths import config_folder

logger = logging.getLogger(__name__)

_LONGEST_MESSAGE_BYTES = 16_000_000
_CONNECT_MS = 1_000
_ANSWER_MS = 5_000
_SILENCE_MS = 10_000
_TRIES = 5
_NAMES_PER_LINE = 100
_END = b"\n"
_ANSWER = b"ok\n"


class SingleInstance(QObject):
    """The first window's ear for later starts. Needs a QApplication.

    The message is lines of JSON, each a list of paths, and an empty line at its end.

    Attributes:
        files_received: Emitted with a tuple of absolute paths, empty when only the window is wanted.
    """

    files_received = Signal(object)

    def __init__(self, name: str = "", parent: QObject | None = None) -> None:
        """Prepare; nothing happens before `claim`.

        Args:
            name: Name of the socket, or its path; the user's own by default.
            parent: Owner.
        """
        super().__init__(parent)
        self._name = name or _default_name()
        self._lock = QLockFile(f"{_socket_path(self._name)}.lock")
        self._lock.setStaleLockTime(0)  # only a process that is gone loses it, however long it ran
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)

    def claim(self, files: Sequence[Path] = ()) -> bool:
        """Become the first instance, or hand the files to it.

        Args:
            files: What this start was asked to open; relative paths are completed here.

        Returns:
            Whether this is the first one and shall open its window; if not, end with exit code 0.
        """
        for _ in range(_TRIES):
            if self._hand_over(files):
                return False
            if self._lock.tryLock(_CONNECT_MS):
                QLocalServer.removeServer(self._name)  # left by a process that died; the lock says that none lives
                if not self._server.listen(self._name):
                    logger.warning("no second start can be noticed: %s", self._server.errorString())
                return True
        logger.warning("another instance holds %s and does not answer", self._lock.fileName())
        return True

    def release(self) -> None:
        """Let the next start be the first one."""
        self._server.close()
        self._lock.unlock()

    def _hand_over(self, files: Sequence[Path]) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_CONNECT_MS):
            return False
        socket.write(_message(files))
        while socket.bytesToWrite():
            if not socket.waitForBytesWritten(_ANSWER_MS):
                break
        # Who does not answer is busy, and finds the files when it has time for them.
        if not socket.waitForReadyRead(_ANSWER_MS) or bytes(socket.readAll().data()) != _ANSWER:
            logger.warning("the running instance did not answer: %s", socket.errorString())
        socket.disconnectFromServer()
        return True

    @Slot()
    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            _Visitor(socket, self)


class _Visitor(QObject):
    """Listens to one later start until its message is whole, too long, or too slow."""

    def __init__(self, socket: QLocalSocket, host: SingleInstance) -> None:
        super().__init__(host)
        self._host = host
        self._socket = socket
        self._received = bytearray()
        self._patience = QTimer(self, singleShot=True, interval=_SILENCE_MS)
        self._patience.timeout.connect(self._leave)
        self._patience.start()
        socket.setParent(self)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self._leave)
        self._read()

    @Slot()
    def _read(self) -> None:
        self._received += self._socket.readAll().data()
        if len(self._received) > _LONGEST_MESSAGE_BYTES:
            logger.warning("a second start sent more than %d bytes", _LONGEST_MESSAGE_BYTES)
            self._leave()
        elif self._received == _END or self._received.endswith(_END + _END):
            files = _files_in(bytes(self._received))
            self._received.clear()
            if files is not None:
                self._socket.write(_ANSWER)
                self._socket.flush()
                self._host.files_received.emit(files)
            self._socket.disconnectFromServer()

    @Slot()
    def _leave(self) -> None:
        self._patience.stop()
        self._socket.abort()
        self.deleteLater()


def bring_to_front(window: QWidget) -> None:
    """Show a window above the others; where the desktop does not allow that, let its entry in the task bar blink."""
    if window.isMinimized():
        window.showNormal()
    else:
        window.show()
    window.raise_()
    window.activateWindow()
    QApplication.alert(window)


def _message(files: Sequence[Path]) -> bytes:
    names = [os.path.abspath(path) for path in files]  # noqa: PTH100 - resolve() would follow links
    lines = [json.dumps(names[at : at + _NAMES_PER_LINE]) for at in range(0, len(names), _NAMES_PER_LINE)]
    return b"".join(line.encode("ascii") + _END for line in lines) + _END


def _files_in(message: bytes) -> tuple[Path, ...] | None:
    """Give the paths of a whole message; None if it is not one of ours."""
    try:
        lists = [json.loads(line) for line in message.splitlines() if line]
    except (ValueError, RecursionError):
        lists = [None]
    if not all(isinstance(names, list) for names in lists):
        logger.warning("a second start sent something else than paths")
        return None
    files = [name for names in lists for name in names if isinstance(name, str) and name and "\0" not in name]
    return tuple(map(Path, files))


def _default_name() -> str:
    """A name that no other user has, in the user's own folder for such things where there is one."""
    own = hashlib.sha256(os.fsencode(config_folder())).hexdigest()[:16]
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if sys.platform == "linux" and folder and Path(folder).is_dir():
        return str(Path(folder) / f"docclean-{own}")
    return f"docclean-{own}"


def _socket_path(name: str) -> str:
    """Where the lock goes: beside the socket, as Qt places it."""
    return name if Path(name).is_absolute() else QDir.temp().filePath(name)
