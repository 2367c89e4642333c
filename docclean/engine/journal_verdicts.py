"""How a result stands to what is asked for."""

from dataclasses import dataclass
from enum import StrEnum

IS_FOREIGN = "exists already; choose another folder, or replace it with --overwrite."
IS_ALTERED = "was changed since docclean wrote it; move it away, or replace it with --overwrite."


class Standing(StrEnum):
    """How a result stands to what is asked for.

    NEW: nothing is there. DONE: it is what is asked for. CHANGED: it was made of something else, in another way, or is
    gone. FAILED: a page of it failed. FOREIGN: the file there is not in the journal. ALTERED: somebody changed it.
    """

    NEW = "new"
    DONE = "done"
    CHANGED = "changed"
    FAILED = "failed"
    FOREIGN = "foreign"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the journal knows about a result.

    Attributes:
        standing: How it stands.
        has_failed: Whether a page of it failed when it was tried last.
        is_own: Whether a file is there that the journal knows, and which may be replaced.
    """

    standing: Standing
    has_failed: bool = False
    is_own: bool = False
