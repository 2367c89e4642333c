"""Which kind of report a file's name asks for."""

from pathlib import Path

from docclean.core.errors import UsageError
from docclean.engine.csv_report import CsvReport
from docclean.engine.html_report import HtmlReport
from docclean.engine.planning import CleanPlan
from docclean.engine.run_report import JsonReport, RunReport

_KINDS: dict[str, type[RunReport]] = {
    ".html": HtmlReport,
    ".htm": HtmlReport,
    ".csv": CsvReport,
    ".json": JsonReport,
}


def verify_report_name(path: Path) -> None:
    """Check that a report's name says which kind of report it is.

    Raises:
        UsageError: It does not.
    """
    if path.suffix.lower() not in _KINDS:
        raise UsageError(f"--report {path}: its name must end in .html, .csv or .json; give the report such a name.")


def open_report(path: Path, plan: CleanPlan) -> RunReport:
    """Begin the report of a run.

    Args:
        path: The report; its folder must exist, and its name says which kind it is.
        plan: What there is to do.

    Raises:
        UsageError: The name does not say which kind it is.
        WriteError: Nothing can be written there.
    """
    verify_report_name(path)
    return _KINDS[path.suffix.lower()](path, plan)
