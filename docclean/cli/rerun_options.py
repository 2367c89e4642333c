"""Options of `docclean clean` about what was done before."""

from typing import TYPE_CHECKING, Annotated

import typer

from docclean.core.errors import UsageError

if TYPE_CHECKING:
    from docclean.engine.planning import Rerun

Resume = Annotated[
    bool, typer.Option("--resume/--force", help="Leave out what is done, as usual; or do everything again.")
]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Do only what failed the last time.")]
Verify = Annotated[
    bool, typer.Option("--verify", help="Read every file to see whether it changed, instead of trusting its times.")
]


def chosen_rerun(*, resume: bool, retry_failed: bool) -> "Rerun":
    """Find out what shall be done.

    Raises:
        UsageError: Two options contradict each other.
    """
    from docclean.engine.planning import Rerun

    if not resume and retry_failed:
        raise UsageError("--force does everything again and --retry-failed only what failed; give one of them.")
    if retry_failed:
        return Rerun.FAILED
    return Rerun.RESUME if resume else Rerun.FORCE
