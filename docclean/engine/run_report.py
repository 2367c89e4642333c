"""What a run reports, one entry per page, and how it becomes a file; JSON is written here."""

import json
import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from docclean import __version__
from docclean.core.errors import WriteError
from docclean.core.files import atomic_write, is_plain_file
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.documents.discover import Skipped
from docclean.engine.planning import CleanPlan, Refused

HTML_MARK = b'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="generator" content="docclean '
"""How every report in HTML begins."""

CSV_COLUMNS = (
    "status",
    "input",
    "page",
    "output",
    "seconds",
    "device",
    "tasks",
    "models",
    "warnings",
    "error",
    "error_code",
)
CSV_MARK = ("\ufeff" + ",".join(CSV_COLUMNS)).encode()
"""How every report in CSV begins."""

_MARK_BYTES = 1024


class RunReport(ABC):
    """A report that is being made while pages are cleaned; `commit` writes it, and leaving the block cleans up.

    Attributes:
        path: The report.
    """

    def __init__(self, path: Path, plan: CleanPlan) -> None:
        """Prepare.

        Args:
            path: The report.
            plan: What there is to do.
        """
        self.path, self._plan = path, plan

    def add(self, result: PageResult) -> None:  # noqa: B027 - most reports are written at the end
        """Take note of a page that is finished; the result's file is there."""

    @abstractmethod
    def commit(self, results: Mapping[str, PageResult]) -> None:
        """Write the report, replacing an older one only when complete.

        Args:
            results: What came of the plan, by job id; a job without a result was cancelled.

        Raises:
            WriteError: It cannot be written.
        """

    def abort(self) -> None:  # noqa: B027 - only some reports have something to remove
        """Remove what is unfinished; do nothing after `commit`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.abort()


class JsonReport(RunReport):
    """What `clean_report` gives."""

    def commit(self, results: Mapping[str, PageResult]) -> None:
        """Write it."""
        write_report(self.path, clean_report(self._plan, results))


def clean_report(plan: CleanPlan, results: Mapping[str, PageResult]) -> dict[str, Any]:
    """Put a run's outcome into values that JSON has.

    Args:
        plan: What there was to do.
        results: What came of it, by job id; a job without a result was cancelled.

    Returns:
        Keys "program", "version", "totals" (by status, and "skipped"), "pages" (in the order of the jobs, then inputs
        that were refused before the run; "page" counts from 1 and is null for a whole file), "skipped".
    """
    pages = [page_row(job, results.get(job.id)) for job in plan.jobs]
    pages += [_refused(failed) for failed in plan.failed]
    statuses = Counter(page["status"] for page in pages)
    skipped = [*plan.skipped, *_already_there(plan.existing)]
    return {
        "program": "docclean",
        "version": __version__,
        "totals": {
            "pages": len(pages),
            "done": statuses[JobStatus.DONE],
            "failed": statuses[JobStatus.FAILED],
            "cancelled": statuses[JobStatus.CANCELLED],
            "skipped": len(skipped),
        },
        "pages": pages,
        "skipped": [{"path": str(each.path), "reason": each.reason} for each in skipped],
    }


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write a report, replacing an older one only when complete.

    Raises:
        WriteError: The file cannot be written.
    """
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    with atomic_write(path) as file:
        # A name that is not Unicode comes out as an escape, which JSON understands.
        file.write(text.encode("utf-8", "backslashreplace"))


def verify_report(report: Path) -> None:
    """Check that writing a report replaces nothing but a report.

    Raises:
        WriteError: Something else has its name.
    """
    if os.path.lexists(report) and not _is_report(report):
        raise WriteError(report, "exists and is not a report of docclean; give the report another name.")


def _is_report(path: Path) -> bool:
    """Whether a file is an earlier report, which a new one may replace: an ordinary file, no link, no device."""
    if not is_plain_file(path):
        return False
    with suppress(OSError), path.open("rb") as file:
        if file.read(_MARK_BYTES).startswith((HTML_MARK, CSV_MARK)):
            return True
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("program") == "docclean"


def page_row(job: PageJob, result: PageResult | None) -> dict[str, Any]:
    """Put what came of a page into values that JSON has; a page without a result was cancelled."""
    result = result or PageResult(job_id=job.id, status=JobStatus.CANCELLED)
    return {
        "input": str(job.source.path),
        "page": job.source.page + 1,
        "output": None if result.output is None else str(result.output),
        "status": result.status.value,
        "seconds": result.seconds,
        "device": result.device,
        "tasks": [stage.task.value for stage in job.recipe.stages],
        "models": list(result.models),
        "warnings": list(result.warnings),
        "error": result.error,
        "error_code": result.error_code,
    }


def _already_there(jobs: Iterable[PageJob]) -> list[Skipped]:
    """One entry for each result that a run leaves as it is."""
    results = {job.output.path: job for job in reversed(list(jobs))}
    return [Skipped(job.source.path, f"has its result already: {path}") for path, job in reversed(results.items())]


def _refused(refused: Refused) -> dict[str, Any]:
    return {
        "input": str(refused.path),
        "page": None if refused.page is None else refused.page + 1,
        "output": None,
        "status": JobStatus.FAILED.value,
        "seconds": 0.0,
        "device": "",
        "tasks": [],
        "models": [],
        "warnings": [],
        "error": refused.error,
        "error_code": refused.code,
    }
