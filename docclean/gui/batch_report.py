"""What came of a batch: counts in a sentence, and a table of what is worth knowing, failures first."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt

from docclean.core.job import JobStatus, PageResult
from docclean.engine.planning import CleanPlan, page_name
from docclean.gui.batch_plan import BatchCounts
from docclean.gui.wording import counted_pages, in_the_window

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line: what became of a page or file, which, and why."""

    status: str
    page: str
    sentence: str


class ReportModel(QAbstractTableModel):
    """Rows of a report, for a view."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ReportRow] = []

    @property
    def rows(self) -> list[ReportRow]:
        """What is shown. Not to be changed by the caller."""
        return self._rows

    def show_rows(self, rows: list[ReportRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Qt's."""
        return 0 if parent.isValid() else 3

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's."""
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        row = self._rows[index.row()]
        return (row.status, row.page, row.sentence)[index.column()]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("State"), self.tr("Page"), self.tr("What happened"))[section]


def report_rows(plan: CleanPlan, results: Mapping[str, PageResult], folder: Path) -> list[ReportRow]:
    """What is worth knowing: failures, pages with remarks, what was left out; not the pages that went well.

    Args:
        plan: What there was to do.
        results: What came of it, by job id.
        folder: The folder that was cleaned; names are given below it.
    """
    failed, noted = _translate("BatchReport", "failed"), _translate("BatchReport", "look at it")
    left_out = _translate("BatchReport", "left out")
    there = _translate("BatchReport", "has its result already.")
    jobs = [(page_name(job.source), results.get(job.id)) for job in plan.jobs]
    rows = [(failed, str(refused.path), refused.error) for refused in plan.failed]
    rows += [(failed, name, result.error) for name, result in jobs if result and result.status is JobStatus.FAILED]
    rows += [
        (noted, name, " ".join(result.warnings))
        for name, result in jobs
        if result and result.status is JobStatus.DONE and result.warnings
    ]
    rows += [(left_out, page_name(job.source), there) for job in plan.existing]
    rows += [(left_out, str(each.path), each.reason) for each in plan.skipped]
    return [
        ReportRow(status, name.removeprefix(f"{folder}{os.sep}"), in_the_window(_without_name(sentence, name)))
        for status, name, sentence in rows
    ]


def _without_name(sentence: str, name: str) -> str:
    """A sentence without the page that it begins with, which stands beside it."""
    file = name.rpartition(", ")[0]
    for known in filter(None, (name, file)):
        sentence = sentence.removeprefix(f"{known}: ")
    return sentence


def summary(counts: BatchCounts, skipped: int) -> str:
    """Put the counts into a sentence, as in "24 pages done, 1 page failed, 3 pages had a result already".

    Args:
        counts: Where the batch ended.
        skipped: Files and folders that are no pages.
    """
    if not counts.pages and not counts.failed and counts.existing:
        words = _translate("BatchReport", "Nothing to do: {pages} had a result already.")
        return words.format(pages=counted_pages(counts.existing))
    parts = [_translate("BatchReport", "{pages} done").format(pages=counted_pages(counts.done))]
    for count, words in (
        (counts.failed, _translate("BatchReport", "{pages} failed")),
        (counts.stopped, _translate("BatchReport", "{pages} not cleaned because you stopped")),
        (counts.existing, _translate("BatchReport", "{pages} had a result already")),
    ):
        if count:
            parts.append(words.format(pages=counted_pages(count)))
    if skipped:
        parts.append(_translate("BatchReport", "left out what is no page: {n}").format(n=skipped))
    return ", ".join(parts) + "."
