"""Where `--json` and `--report` may write."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from docclean.core.errors import UsageError, WriteError
from docclean.core.files import PendingFile, is_folder, make_folder_of, write_faults_explained
from docclean.core.job import PageJob
from docclean.documents.formats import has_known_suffix
from docclean.engine.run_report import verify_report


def prepare_report(report: Path, jobs: Sequence[PageJob] = (), option: str = "--json") -> None:
    """Check before the work that a report can be written, and make its folder.

    Raises:
        UsageError: It would replace what is no report, or nothing can be written there.
    """
    taken = {os.path.realpath(path) for job in jobs for path in (job.source.path, job.output.path)}
    if has_known_suffix(report) or os.path.realpath(report) in taken:
        raise UsageError(f"{option} {report}: is the name of a page; give the report another name.")
    if is_folder(report):
        raise UsageError(f"{option} {report}: is a folder; name a file.")
    try:
        verify_report(report)
        make_folder_of(report)
        with write_faults_explained(report), suppress(FileNotFoundError):
            report.lstat()  # a name that is too long is told now
        PendingFile(report).abort()
    except WriteError as error:
        raise UsageError(f"{option} {error}") from error
