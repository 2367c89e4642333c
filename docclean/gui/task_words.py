"""Tasks in the user's words."""

from PySide6.QtCore import QCoreApplication

from docclean.core.recipe import Task


def task_name(task: Task) -> str:
    """What a task does, as on a check box."""
    names = {
        Task.DENOISE: QCoreApplication.translate("task", "Clean paper"),
        Task.DEWATERMARK: QCoreApplication.translate("task", "Remove watermark"),
        Task.COLORIZE: QCoreApplication.translate("task", "Restore colors"),
    }
    return names[task]


def task_heading(task: Task) -> str:
    """What the models of a task are for, as over a list of them."""
    names = {
        Task.DENOISE: QCoreApplication.translate("task", "Cleaning paper"),
        Task.DEWATERMARK: QCoreApplication.translate("task", "Removing watermarks"),
        Task.COLORIZE: QCoreApplication.translate("task", "Restoring colors"),
    }
    return names[task]
