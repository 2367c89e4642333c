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


class FileError(DoccleanError):
    """A fault of one file.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, sentence: str) -> None:
        """Say what is wrong with the file and what to do; its name is put in front."""
        super().__init__(path, sentence)
        self.path = path
        self._sentence = sentence

    def __str__(self) -> str:
        """The file's name and the sentence."""
        return f"{self.path}: {self._sentence}"


class ReadError(FileError):
    """A page cannot be read."""

    code = "read"


class LockedFileError(ReadError):
    """A file can be read with a password only, which is missing or wrong."""

    code = "locked"


class ChangedInputError(ReadError):
    """A file is not the one any more that something was made of."""

    code = "changed"


class MissingPageError(ReadError):
    """A page is not in its file any more: what describes it, or leads to it, is damaged."""

    code = "missing"


class WriteError(FileError):
    """A result cannot be written; nothing half-written is left behind."""

    code = "write"


class SignedFileError(WriteError):
    """A result would break the signatures of its input, which was not allowed."""

    code = "signed"


class DiskFullError(WriteError):
    """A result finds no room on its disk; neither will the next."""

    code = "full"


class TakenError(WriteError):
    """Another run is writing there."""

    code = "taken"
    exit_code = ExitCode.WRONG_USAGE


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


class WorkerError(DoccleanError):
    """Processes or machines that should share the work cannot be had, or were lost over a page."""

    code = "worker"


class TrainingError(DoccleanError):
    """Training cannot start or cannot go on."""

    code = "training"
