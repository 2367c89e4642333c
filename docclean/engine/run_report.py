"""The machine-readable report of a run: JSON, one entry per page."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from docclean import __version__
from docclean.core.errors import WriteError
from docclean.core.files import atomic_write, is_plain_file
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.documents.discover import Skipped
from docclean.engine.planning import CleanPlan, Refused


def clean_report(plan: CleanPlan, results: Mapping[str, PageResult]) -> dict[str, Any]:
    """Put a run's outcome into values that JSON has.

    Args:
        plan: What there was to do.
        results: What came of it, by job id; a job without a result was cancelled.

    Returns:
        Keys "program", "version", "totals" (by status, and "skipped"), "pages" (in the order of the jobs, then inputs
        that were refused before the run; "page" counts from 1 and is null for a whole file), "skipped".
    """
    pages = [_page(job, results.get(job.id)) for job in plan.jobs]
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
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("program") == "docclean"


def _page(job: PageJob, result: PageResult | None) -> dict[str, Any]:
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
