"""Where mistakes of the program end: in the log, and in one dialog. The window stays open."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

from docclean.core.errors import DoccleanError
from docclean.core.paths import log_folder
from docclean.gui.error_dialog import ErrorDialog

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mistake:
    """An exception nobody expected.

    Attributes:
        sentence: What the user is told.
        details: The traceback, and where it was.
    """

    sentence: str
    details: str


class ExceptionHook(QObject):
    """Catches what no other part of the program caught, in any thread. Lives in the thread of the window."""

    _mistake_caught = Signal(object)
    _interruption_caught = Signal()

    def __init__(self, facts: Callable[[], str], parent: QObject | None = None) -> None:
        """Prepare; nothing is caught before `install`.

        Args:
            facts: Gives the environment report that stands under the traceback.
            parent: Owner.
        """
        super().__init__(parent)
        self._facts = facts
        self._dialog: ErrorDialog | None = None
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        self._mistake_caught.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._interruption_caught.connect(self._quit, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Catch from now on."""
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._catch
        threading.excepthook = self._catch_in_thread
        sys.unraisablehook = self._catch_unraisable

    def uninstall(self) -> None:
        """Leave catching to whom it was before; close the dialog."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        if self._dialog is not None:
            self._dialog.close()

    def _catch(self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            logger.info("interrupted")
            self._interruption_caught.emit()
            return
        lines = "".join(traceback.format_exception(kind, fault, trace))
        logger.critical("unexpected fault\n%s", lines)
        if sys.stderr is not None:  # a program without a terminal has none
            sys.stderr.write(lines)
        self._mistake_caught.emit(Mistake(_sentence_about(fault), lines))

    def _catch_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not issubclass(arguments.exc_type, SystemExit):
            self._catch(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _catch_unraisable(self, arguments: "UnraisableHookArgs") -> None:
        if arguments.exc_value is not None:
            self._catch(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @Slot(object)
    def _show(self, mistake: Mistake) -> None:
        try:
            if self._dialog is not None:
                self._dialog.count_another(mistake.details)
                return
            details = f"{mistake.details}\n{self._facts()}"
            self._dialog = ErrorDialog(mistake.sentence, details, log_folder(), QApplication.activeWindow())
            self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._dialog.finished.connect(self._forget_dialog)
            self._dialog.show()
        except Exception:
            self._dialog = None
            logger.exception("the fault could not be shown")

    @Slot()
    def _forget_dialog(self) -> None:
        self._dialog = None

    @Slot()
    def _quit(self) -> None:
        QCoreApplication.quit()  # asks every window first


def _sentence_about(fault: BaseException) -> str:
    if isinstance(fault, DoccleanError):
        return str(fault)
    if isinstance(fault, MemoryError):
        return QCoreApplication.translate(
            "ExceptionHook", "There is not enough memory; close other programs, or clean fewer pages at a time."
        )
    return QCoreApplication.translate(
        "ExceptionHook",
        "Something in docclean itself went wrong; your scans are not changed. Save your results and start docclean "
        "again. If it comes back, copy the details into a bug report.",
    )
