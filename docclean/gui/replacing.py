"""Results in the place of their originals."""

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from docclean.core.errors import ChangedInputError, MissingPageError, WriteError
from docclean.core.files import explain_write_fault, state_of
from docclean.core.job import PageResult
from docclean.documents.pdf_opening import release_pdfs

State = tuple[int, int]
"""What `state_of` says of a file."""

HAS_CHANGED = "has changed since it was cleaned; clean it again."
"""What is said of a page whose file is not the one any more that it was cleaned from."""

_HAS_LOST_PAGES = (
    "was not replaced, because pages of it cannot be found any more and would be missing in its place; save the others "
    "into a folder."
)


def put_in_place(
    new: Path, original: Path, cleaned: Collection[State | None], results: Collection[PageResult]
) -> tuple[State, State]:
    """Put a complete result in its original's place, with its permissions; gives the states before and after.

    Args:
        new: The result; it is removed where it may not go there.
        original: Where it goes.
        cleaned: The states that the original had when its pages were cleaned.
        results: What came of its pages, and maybe of others.

    Raises:
        ChangedInputError: The original is another file by now.
        WriteError: It cannot be replaced, or has pages that are missing in the result.
    """
    try:
        if any(result.output == new and result.error_code == MissingPageError.code for result in results):
            raise WriteError(original, _HAS_LOST_PAGES)
        before = state_of(original)
        if any(state not in (None, before) for state in cleaned):
            raise ChangedInputError(original, HAS_CHANGED)
        with suppress(OSError):
            shutil.copymode(original, new)
        release_pdfs()  # Windows replaces no file that is open
        new.replace(behind_links(original))
    except OSError as fault:
        raise WriteError(original, explain_write_fault(fault)) from fault
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
    return before, state_of(original)


def behind_links(path: Path) -> Path:
    """Give the file that a path leads to; unlike resolve(), this never raises."""
    return Path(os.path.realpath(path))
