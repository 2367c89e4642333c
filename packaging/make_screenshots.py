"""Pictures of the window and of its dialogs, in light and dark, at one and two device pixels per pixel.

    python packaging/make_screenshots.py [--language CODE] FOLDER [PAGE...]

Opens the real window with the real engine on copies of the pages (the samples by default), cleans them, and takes
pictures on the way. Works without a screen (QT_QPA_PLATFORM=offscreen). README's picture is `window-light-1x.png`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLineEdit, QPushButton, QWidget

from docclean.core.recipe import Task
from docclean.core.settings import Settings, ThemeChoice
from docclean.gui.application import make_application
from docclean.gui.finetune_dialog import FinetuneDialog
from docclean.gui.language import install_language
from docclean.gui.main_window import MainWindow
from docclean.gui.recipe_change import SetStrength
from docclean.gui.theme import apply_theme
from docclean.gui.window_actions import WindowActions

ROOT = Path(__file__).resolve().parents[1]
THEMES = ("light", "dark")
SCALES = ("1", "2")
SETTLE_MS = 700
PATIENCE_MS = 1_200_000
CHECKS = 4
"""Looks at the held-out pages before the picture of a training is taken."""
WAIT = "wait"
_Widget = TypeVar("_Widget", bound=QWidget)
LANGUAGE = "DOCCLEAN_PICTURES_LANGUAGE"
"""Variable that hands the language to the processes that take the pictures."""


def main(arguments: list[str]) -> int:
    """Take every picture; each theme and scale needs a process of its own."""
    if arguments[:1] == ["--language"]:
        os.environ[LANGUAGE] = arguments[1]
        return main(arguments[2:])
    if arguments[:1] == ["--one"]:
        return take(Path(arguments[1]), arguments[2], arguments[3], [Path(name) for name in arguments[4:]])
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        for scale in SCALES:
            with TemporaryDirectory() as home:
                names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
                environment = {**os.environ, **dict.fromkeys(names, home), "QT_SCALE_FACTOR": scale, "HOME": home}
                command = [sys.executable, __file__, "--one", str(folder), theme, scale, *arguments[1:]]
                subprocess.run(command, env=environment, check=True)
    return 0


def take(folder: Path, theme: str, scale: str, pages: list[Path]) -> int:
    """Take the pictures of one theme and scale."""
    application = make_application()
    install_language(application, os.environ.get(LANGUAGE, "en"))
    apply_theme(application, ThemeChoice(theme))
    settings = Settings(theme=ThemeChoice(theme), ask_before_closing=False, notify_when_finished=False, device="cpu")
    window = MainWindow(settings, session=Path.home() / "session")
    actions = WindowActions(window)
    window.resize(1280, 800)
    window.show()
    scans = Path.home() / "Scans"
    scans.mkdir()
    samples = [path for path in sorted((ROOT / "resources" / "samples").iterdir()) if path.suffix in (".png", ".jpg")]
    for page in pages or samples:
        shutil.copy(page, scans)
    photographer = Photographer(window, script(window, actions, scans), folder, f"{theme}-{scale}x.png")
    QTimer.singleShot(SETTLE_MS, photographer.step)
    QTimer.singleShot(PATIENCE_MS, application.quit)
    return application.exec()


class Photographer(QObject):
    """Goes through a script and takes a picture wherever it names one."""

    def __init__(self, window: MainWindow, steps: Iterator[str], folder: Path, ending: str) -> None:
        super().__init__()
        self._window, self._steps, self._folder, self._ending = window, steps, folder, ending

    def step(self) -> None:
        """Do what comes next."""
        name = next(self._steps, None)
        if name is None:
            self._window.close()
            QApplication.quit()
        elif name == WAIT:
            QTimer.singleShot(100, self.step)
        else:
            QTimer.singleShot(SETTLE_MS, lambda: self._shoot(name))

    def _shoot(self, name: str) -> None:
        dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
        for widget in dialogs or [self._window]:
            widget.grab().save(str(self._folder / f"{name}-{self._ending}"))
        for dialog in dialogs:
            dialog.close()
        self.step()


def script(window: MainWindow, actions: WindowActions, scans: Path) -> Iterator[str]:
    """What is done between the pictures; yields a picture's name, or that there is something to wait for."""
    yield "empty"
    (scans / "notes.txt").touch()
    (scans / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    window.start([scans])
    while not window.run.is_on or window.run.figures().done < 1:
        yield WAIT
    window.engine.pause()
    yield "paused"
    window.engine.resume()
    while window.run.is_on or not window.display.is_shown:
        yield WAIT
    window.parts.queue.view.select_pages([window.pages.items[1].id])
    yield "problems"
    window.parts.problems.clear()
    torn = [item.id for item in window.pages.items if item.name == "torn.png"]
    window.editing.remove(torn)
    yield "window"
    for name in ("side-by-side", "changes", "result"):
        window.parts.actions[name].trigger()
        yield name
    window.parts.actions["split"].trigger()
    window.parts.actions["actualSize"].trigger()
    window.parts.recipe.recipe_edited.emit(SetStrength(Task.DENOISE, 55), "strength")
    yield WAIT
    while window.preview.is_busy:
        yield WAIT
    yield "preview"
    window.parts.actions["fit"].trigger()
    for name in ("settings", "models", "compareModels", "batch", "about"):
        window.parts.actions[name].trigger()
        yield f"dialog-{name}"
    yield from teach(window, actions)


def teach(window: MainWindow, actions: WindowActions) -> Iterator[str]:
    """Let a model learn pages that are set and dirtied here for a moment, and judge it; the dialog in each step."""
    pairs = Path.home() / "Letters"
    fonts = str(ROOT / "resources" / "fonts")
    command = [sys.executable, "-m", "docclean", "degrade", "--fonts", fonts, "--dpi", "100", "-o", str(pairs)]
    subprocess.run(command, check=True, capture_output=True)
    window.parts.actions["finetune"].trigger()
    dialog, training = opened(window), actions.dialogs.training
    if training is None:
        raise RuntimeError("the dialog makes the training")
    child(dialog, QLineEdit, "finetuneDirty").setText(str(pairs / "dirty"))
    child(dialog, QLineEdit, "finetuneClean").setText(str(pairs / "clean"))
    child(dialog, QComboBox, "finetuneMinutes").setCurrentIndex(0)
    while training.check.is_busy or not child(dialog, QPushButton, "startFinetune").isEnabled():
        yield WAIT
    yield "dialog-finetune-pages"
    yield WAIT  # until the dialog that was closed is gone
    window.parts.actions["finetune"].trigger()
    start = child(opened(window), QPushButton, "startFinetune")
    while not start.isEnabled():
        yield WAIT
    start.click()
    while training.run.is_active and len(training.run.figures.checks) < CHECKS:
        yield WAIT
    yield "dialog-finetune-run"
    yield "training"
    training.run.keep()
    while training.run.is_active:
        yield WAIT
    window.parts.actions["finetune"].trigger()
    yield "dialog-finetune-verdict"


def opened(window: MainWindow) -> FinetuneDialog:
    """The dialog that can be seen."""
    (dialog,) = (each for each in window.findChildren(FinetuneDialog) if each.isVisible())
    return dialog


def child(dialog: QDialog, kind: type[_Widget], name: str) -> _Widget:
    """A control of a dialog."""
    found = dialog.findChild(kind, name)
    if not isinstance(found, kind):
        raise TypeError(name)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
