"""Faults that a user can understand: one sentence each, one exit code each.

Every message names the file (or the option) and the remedy. Front ends show `str(error)` and nothing else; a traceback
is for the log. Programming errors are not in this family.
"""

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """Exit status of the command line."""

    OK = 0
    SOME_PAGES_FAILED = 1
    WRONG_USAGE = 2
    INTERRUPTED = 130


class DoccleanError(Exception):
    """A fault with a sentence for the user; `code` stays the same across languages and releases."""

    code = "error"
    exit_code = ExitCode.SOME_PAGES_FAILED


class UsageError(DoccleanError):
    """The request itself cannot be carried out: a wrong option or a missing choice."""

    code = "usage"
    exit_code = ExitCode.WRONG_USAGE


class ReadError(DoccleanError):
    """A page cannot be read."""

    code = "read"

    def __init__(self, path: Path, sentence: str) -> None:
        """Name the file first, then say what is wrong with it and what to do."""
        super().__init__(f"{path}: {sentence}")
        self.path = path


class WriteError(DoccleanError):
    """A result cannot be written; nothing half-written is left behind."""

    code = "write"

    def __init__(self, path: Path, sentence: str) -> None:
        """Name the file first, then say what is wrong with it and what to do."""
        super().__init__(f"{path}: {sentence}")
        self.path = path


class ModelError(DoccleanError):
    """A model is unknown, damaged, or does not fit this program."""

    code = "model"
    exit_code = ExitCode.WRONG_USAGE


class DeviceError(DoccleanError):
    """A device was asked for that is not there."""

    code = "device"
    exit_code = ExitCode.WRONG_USAGE


class DeviceMemoryError(DoccleanError):
    """Even the smallest tile did not fit into the device's memory."""

    code = "memory"


class TrainingError(DoccleanError):
    """Training cannot start or cannot go on."""

    code = "training"
