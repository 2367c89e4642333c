"""Stopping work from another thread."""

import threading


class CancelledError(Exception):
    """The user stopped the work. Not a fault: a cancelled page leaves no file."""


class CancelToken:
    """A flag that any thread may set and the working thread polls.

    A token may have a parent: "skip this page" is a child of "stop everything", and is set when either is.
    """

    def __init__(self, parent: "CancelToken | None" = None) -> None:
        self._event = threading.Event()
        self._parent = parent

    def cancel(self) -> None:
        """Ask the working thread to stop at its next poll point."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether this token or its parent was cancelled."""
        return self._event.is_set() or (self._parent is not None and self._parent.is_cancelled)

    def raise_if_cancelled(self) -> None:
        """Poll.

        Raises:
            CancelledError: The token was cancelled.
        """
        if self.is_cancelled:
            raise CancelledError
