"""The report of a run as a table for spreadsheets."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from docclean.core.files import atomic_write
from docclean.core.job import PageResult
from docclean.engine.run_report import CSV_COLUMNS, RunReport, clean_report

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may take for the start of a formula.

Source:
    OWASP, "CSV Injection".
"""


class CsvReport(RunReport):
    """What `csv_report` gives."""

    def commit(self, results: Mapping[str, PageResult]) -> None:
        """Write it."""
        with atomic_write(self.path) as file:
            file.write(csv_report(clean_report(self._plan, results)))


def csv_report(report: Mapping[str, Any]) -> bytes:
    """Put a report into rows: every page, then what was skipped.

    Commas between the cells, and the mark of UTF-8 in front, without which spreadsheets guess another encoding. An
    apostrophe goes in front of text that they would compute.

    Args:
        report: What `clean_report` gives.

    Source:
        RFC 4180.
    """
    file = io.StringIO(newline="")
    rows = csv.writer(file)
    rows.writerow(CSV_COLUMNS)
    for page in report["pages"]:
        rows.writerow([_cell(page[column]) for column in CSV_COLUMNS])
    for skipped in report["skipped"]:
        values = {"status": "skipped", "input": skipped["path"], "warnings": [skipped["reason"]]}
        rows.writerow([_cell(values.get(column)) for column in CSV_COLUMNS])
    return file.getvalue().encode("utf-8-sig", "backslashreplace")


def _cell(value: Any) -> str | int | float:  # noqa: ANN401 - whatever JSON has
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return value
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
