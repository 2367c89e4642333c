"""The program around the window: one instance, colors, faults, signals, the end."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, qVersion
from PySide6.QtWidgets import QApplication

from docclean.core.crash_log import CrashLog, take_crash_report
from docclean.core.logs import set_up_logging
from docclean.core.report import environment_report
from docclean.core.settings import load_settings
from docclean.gui.exception_hook import ExceptionHook
from docclean.gui.icons import icon
from docclean.gui.interruption import InterruptionWatch
from docclean.gui.language import install_language
from docclean.gui.main_window import MainWindow
from docclean.gui.single_instance import SingleInstance, bring_to_front
from docclean.gui.theme import apply_theme
from docclean.gui.window_actions import WindowActions


def run(files: Sequence[Path] = ()) -> int:
    """Open the window with these files; comes back when it is closed.

    Returns:
        The exit code: 0, also when a window that is open already has taken the files.
    """
    application = make_application()
    instance = SingleInstance()
    if not instance.claim(files):
        return 0
    log_file = set_up_logging()
    loaded = load_settings()
    install_language(application, loaded.settings.language)
    apply_theme(application, loaded.settings.theme)
    hook = ExceptionHook(lambda: environment_report(qt_version=qVersion(), log_file=log_file))
    hook.install()
    crash = take_crash_report()
    crash_log = CrashLog()
    crash_log.start()
    window = MainWindow(loaded.settings)
    actions = WindowActions(window)
    for sentence in loaded.problems:
        window.news.add_problem(sentence)
    if crash:
        window.news.add_problem(_crash_words(), crash)
    instance.files_received.connect(window.show_files)
    instance.files_received.connect(lambda _files: bring_to_front(window))
    watch = InterruptionWatch()
    watch.interrupted.connect(actions.quit_at_once)
    watch.start()
    window.closed.connect(application.quit)
    window.show()
    window.start(files)
    code = application.exec()
    watch.stop()
    hook.uninstall()
    instance.release()
    crash_log.stop()
    return code


def make_application() -> QApplication:
    """Make Qt's application object, with docclean's name and icon."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("docclean")
    application.setApplicationDisplayName("docclean")
    application.setDesktopFileName("docclean")
    application.setQuitOnLastWindowClosed(False)
    application.setWindowIcon(icon("docclean"))
    return application


def _crash_words() -> str:
    return QCoreApplication.translate(
        "Application",
        "docclean ended unexpectedly the last time. Copy the details for a report; the list of pages is kept.",
    )
