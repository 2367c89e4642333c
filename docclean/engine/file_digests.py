"""SHA-256 of files, remembered as long as nothing tells that they changed."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from docclean.core.errors import ChangedInputError, ReadError
from docclean.core.files import FileState, full_state_of, is_link, sha256_of
from docclean.engine.input_facts import digest_of, has_settled
from docclean.engine.journal_rows import Statement, file_state, remember_file, stored_path

_CHANGED = "changed while it was being cleaned; wait until it is complete, and clean it again."


class FileDigests:
    """Digests of inputs and results; those that were computed before come from the journal."""

    def __init__(self, find: Callable[[str | bytes], Sequence[Any] | None], note: Callable[[Statement], None]) -> None:
        """Begin.

        Args:
            find: Gives the row of a file, by its key.
            note: Takes a row to be kept.
        """
        self._find, self._note = find, note

    def of_output(self, path: Path, key: str | bytes, *, verifies: bool) -> str:
        """Give the digest of a result; what no file has where there is something that cannot be ours."""
        if is_link(path):
            return "a link"
        try:
            return self._digest(path, key, full_state_of(path), verifies=verifies)
        except ReadError:
            return "not readable"

    def of_input(
        self, path: Path, read: tuple[int, int] | None = None, *, known: str = "", verifies: bool = False
    ) -> str:
        """Give the digest of an input.

        Args:
            path: The file.
            read: Size and time of change that it had while it was read; None if it was not.
            known: Its digest in that state, where whoever read it computed that.
            verifies: Whether to read it in any case.

        Raises:
            ChangedInputError: It is not the file any more that was read.
            ReadError: It cannot be read.
        """
        state = full_state_of(path)
        if read is not None and read != (state.size, state.mtime_ns):
            raise ChangedInputError(path, _CHANGED)
        key = stored_path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links
        if read is not None and known:
            self._note(remember_file(key, state, known))
            return known
        return self._digest(path, key, state, verifies=verifies)

    def _digest(self, path: Path, key: str | bytes, state: FileState, *, verifies: bool) -> str:
        if not verifies:
            row = self._find(key)
            if row is not None:
                known, digest = file_state(row)
                if known == state:
                    return digest
        begun_ns = time.time_ns()
        digest = sha256_of(path) if verifies else digest_of(path)
        if full_state_of(path) != state:
            raise ChangedInputError(path, _CHANGED)
        if has_settled(state, begun_ns):
            self._note(remember_file(key, state, digest))
        return digest
