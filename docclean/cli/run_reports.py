"""The reports that a run was asked for, with `--json` and `--report`."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from docclean.cli.console import complain
from docclean.cli.report import prepare_report
from docclean.core.errors import UsageError, WriteError
from docclean.core.job import PageResult
from docclean.engine.planning import CleanOptions, CleanPlan
from docclean.engine.report_files import open_report, verify_report_name
from docclean.engine.run_report import JsonReport, RunReport, verify_report


class RunReports:
    """Reports that are being made."""

    def __init__(self, reports: Sequence[tuple[str, RunReport]]) -> None:
        """Take reports, each with the option that asked for it."""
        self._reports = tuple(reports)

    def add(self, result: PageResult) -> None:
        """Take note of a page that is finished."""
        for _, report in self._reports:
            report.add(result)

    def save(self, results: Mapping[str, PageResult]) -> bool:
        """Write all; say what cannot be written.

        Returns:
            Whether all were written.
        """
        is_saved = True
        for option, report in self._reports:
            try:
                verify_report(report.path)
                report.commit(results)
            except WriteError as error:
                complain(f"{option} {error}")
                is_saved = False
        return is_saved


@contextmanager
def opened_reports(options: CleanOptions, plan: CleanPlan) -> Iterator[RunReports]:
    """Begin the reports of a run, before its work.

    Raises:
        UsageError: One would replace what is no report, or cannot be written.
    """
    reports: list[tuple[str, RunReport]] = []
    with ExitStack() as stack:
        if options.report is not None:
            prepare_report(options.report, (*plan.jobs, *plan.existing))
            reports.append(("--json", JsonReport(options.report, plan)))
        if options.shown_report is not None:
            verify_report_name(options.shown_report)
            prepare_report(options.shown_report, (*plan.jobs, *plan.existing), "--report")
            if options.report is not None and os.path.realpath(options.report) == os.path.realpath(
                options.shown_report
            ):
                raise UsageError(f"--report {options.shown_report}: is the report of --json too; give it another name.")
            try:
                reports.append(("--report", stack.enter_context(open_report(options.shown_report, plan))))
            except WriteError as error:
                raise UsageError(f"--report {error}") from error
        yield RunReports(reports)
