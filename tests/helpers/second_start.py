"""A docclean without a window, run as a process of its own: `python -m tests.helpers.second_start SOCKET FILE...`.

The first one prints what the second hands it, one JSON list, and ends.
"""

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from docclean.gui.single_instance import SingleInstance


def main() -> int:
    app = QApplication(sys.argv[:1])
    instance = SingleInstance(sys.argv[1])
    if not instance.claim([Path(name) for name in sys.argv[2:]]):
        return 0
    received: list[str] = []

    def take(files: tuple[Path, ...]) -> None:
        received.extend(map(str, files))
        app.quit()

    instance.files_received.connect(take)
    QTimer.singleShot(60_000, app.quit)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    if os.environ.get("DIE_AT_ONCE"):
        os.abort()
    app.exec()
    instance.release()
    sys.stdout.write(json.dumps(received))
    return 3


if __name__ == "__main__":
    raise SystemExit(main())
