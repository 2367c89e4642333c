"""What a batch is asked to do, and its pages, found in a pool thread."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from docclean.core.cancel import CancelToken
from docclean.core.errors import ReadError, UsageError
from docclean.core.files import is_folder, is_there
from docclean.core.job import OutputFormat, Storage
from docclean.core.recipe import Recipe
from docclean.engine.journal import Journal
from docclean.engine.journaled_runs import open_journal, resume_plan
from docclean.engine.page_costs import page_costs
from docclean.engine.planning import CleanOptions, CleanPlan, Rerun, plan_jobs
from docclean.models.catalog import Catalog

_TELL_INTERVAL_S = 0.1


class BatchState(StrEnum):
    """How far a batch has come."""

    IDLE = "idle"
    SEARCHING = "searching"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What a batch shall do.

    Attributes:
        source: Folder of the pages.
        output: Folder of the results; made if it is not there.
        recipe: What to do with every page.
        recursive: Whether folders in the folder are taken too, and mirrored.
        format: Format of the results.
        overwrite: Whether files are replaced that are no results of earlier runs, or were changed since.
        skip_done: Whether pages are left out that an earlier run did in the same way.
        storage: How results are packed.
        languages: Languages in which PDF results become searchable; none for no text.
        render_dpi: Resolution at which pages of PDF files are drawn that are no scans; None leaves them alone.
    """

    source: Path
    output: Path
    recipe: Recipe
    recursive: bool = False
    format: OutputFormat = OutputFormat.KEEP
    overwrite: bool = False
    skip_done: bool = True
    storage: Storage = field(default_factory=Storage)
    languages: tuple[str, ...] = ()
    render_dpi: int | None = None


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """Where a batch stands.

    Attributes:
        found: Pages found so far, while searching.
        pages: Pages to clean.
        done: Pages that are clean.
        failed: Pages, and files, without a result because of a fault.
        existing: Pages left out because they were done before.
        stopped: Pages that were not cleaned because the batch was stopped.
        current: The page in work, for people; empty if there is none.
        fraction: 0..1, of all pages.
        pages_per_minute: Since the start, without pauses; 0 when it is too early to say.
        seconds_left: None when it is too early to say.
        waits_for_training: Whether the engine trains a model, and pages wait for its end.
    """

    found: int = 0
    pages: int = 0
    done: int = 0
    failed: int = 0
    existing: int = 0
    stopped: int = 0
    current: str = ""
    fraction: float = 0.0
    pages_per_minute: float = 0.0
    seconds_left: float | None = None
    waits_for_training: bool = False


class SearchWatch:
    """Follows the planning in its thread: tells how many pages there are, now and then, and ends it when asked to.

    Args:
        cancel: Ends the search.
        tell: Given the number of pages so far, at most ten times a second.
    """

    def __init__(self, cancel: CancelToken, tell: Callable[[int], None]) -> None:
        self._cancel, self._tell = cancel, tell
        self._told = float("-inf")

    def __call__(self, found: int) -> None:
        """Take note of how many pages were found."""
        self._cancel.raise_if_cancelled()
        now = time.monotonic()
        if now - self._told >= _TELL_INTERVAL_S:
            self._told = now
            self._tell(found)


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """A batch that can begin.

    Attributes:
        plan: What is left to do.
        journal: Of the folder of results, to be closed; None if there is nothing to do there.
        costs: What pages cost, by job id; see `page_costs`.
    """

    plan: CleanPlan
    journal: Journal | None
    costs: Mapping[str, float]


def plan_batch(request: BatchRequest, search: SearchWatch, catalog: Catalog | None = None) -> PlannedBatch:
    """Find the pages, and leave out what is done; in a pool thread.

    Raises:
        DoccleanError: There is nothing to do, or not there.
        CancelledError: The search was stopped.
    """
    if not is_there(request.source):
        raise ReadError(request.source, _text("was not found; check the name, or the drive it is on."))
    if not is_folder(request.source):
        raise UsageError(_text("{file}: is a file; choose the folder that it lies in.").format(file=request.source))
    options = CleanOptions(
        (request.source,),
        request.output,
        output_format=request.format.value,
        recursive=request.recursive,
        overwrite=request.overwrite,
        rerun=Rerun.RESUME if request.skip_done else Rerun.FORCE,
        storage=request.storage,
        languages=request.languages,
        render_dpi=request.render_dpi,
    )
    plan = plan_jobs(options, request.recipe, search)
    run = uuid.uuid4().hex[:8]
    plan = replace(plan, jobs=tuple(job.model_copy(update={"id": f"batch-{run}-{job.id}"}) for job in plan.jobs))
    journal = open_journal(plan, catalog or Catalog.installed())
    if journal is None:
        return PlannedBatch(plan, None, {})
    try:
        plan = resume_plan(plan, journal, options, search)
        return PlannedBatch(plan, journal, page_costs(plan.jobs))
    except BaseException:
        journal.close()
        raise


def _text(words: str) -> str:
    return QCoreApplication.translate("BatchPlan", words)
