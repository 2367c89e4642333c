"""The report of a run as a page for people: everything is in one file, and nothing is fetched from elsewhere.

Rows wait in a file until the run is over, because failures come first and the head tells the totals; memory holds where
each row lies, and one picture.
"""

import html
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from docclean import __version__
from docclean.core.errors import ReadError, WriteError
from docclean.core.files import PendingFile, explain_write_fault, write_faults_explained
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.page import PageSize, PageSource
from docclean.core.resources import resource_path
from docclean.documents.inline_picture import data_uri
from docclean.documents.thumbnail import read_thumbnail
from docclean.documents.writer import is_surgery, shares_file
from docclean.engine.planning import CleanPlan
from docclean.engine.run_report import HTML_MARK, RunReport, clean_report, page_row

_BOX, _SMALL_BOX = PageSize(200, 200), PageSize(120, 120)
_MANY_PAGES = 1000
"""From so many pages on their pictures are smaller, so that the file stays one that a browser opens at once."""

_KINDS = {
    "failed": "Failed",
    "stopped": "Not finished",
    "noted": "Done, with notes",
    "done": "Done",
    "clean": "Was clean",
    "skipped": "Skipped",
}
"""What became of a page or file, in the order of the report, and in words."""

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a row lies among those that wait."""

    kind: str
    start: int
    size: int


class HtmlReport(RunReport):
    """Writes a row for every page as soon as it is finished."""

    def __init__(self, path: Path, plan: CleanPlan) -> None:
        """Prepare; the report itself is written by `commit`.

        Raises:
            WriteError: Nothing can be written beside it.
        """
        super().__init__(path, plan)
        self._jobs = {job.id: (number, job) for number, job in enumerate(plan.jobs)}
        self._box = _BOX if len(plan.jobs) < _MANY_PAGES else _SMALL_BOX
        self._rows: list[_Row] = []
        self._told: set[str] = set()
        self._places: Counter[Path] = Counter()
        self._fault: OSError | None = None
        with write_faults_explained(path):
            self._waiting: IO[bytes] = tempfile.TemporaryFile(dir=path.parent, prefix=".")  # noqa: SIM115 - it stays open until `abort`

    def add(self, result: PageResult) -> None:
        """Write the row of a page; a full disk is told by `commit`, because the run matters more."""
        number, job = self._jobs[result.job_id]
        self._put(_kind_of(result), number, page_row(job, result), self._pictures(job, result), _title(job))
        self._told.add(result.job_id)

    def commit(self, results: Mapping[str, PageResult]) -> None:
        """Write the report.

        Raises:
            WriteError: It, or a row before, could not be written.
        """
        for job_id, (_, job) in self._jobs.items():
            if job_id not in self._told:
                self.add(results.get(job_id, PageResult(job_id=job.id, status=JobStatus.CANCELLED)))
        report = clean_report(self._plan, results)
        after = len(self._jobs)
        for number, values in enumerate(report["pages"][after:]):
            self._put("failed", after + number, values, "", _refused_title(values))
        after = len(report["pages"])
        for number, skipped in enumerate(report["skipped"]):
            values = {"input": skipped["path"], "warnings": [skipped["reason"]]}
            self._put("skipped", after + number, values, "", Path(skipped["path"]).name)
        if self._fault is not None:
            raise WriteError(self.path, explain_write_fault(self._fault)) from self._fault
        pending = PendingFile(self.path)
        try:
            with write_faults_explained(self.path):
                self._write(pending.file, report)
            pending.commit()
        finally:
            pending.abort()

    def abort(self) -> None:
        """Remove what waits."""
        with suppress(OSError):
            self._waiting.close()

    def _put(self, kind: str, number: int, values: Mapping[str, Any], pictures: str, title: str) -> None:
        """Let a row wait."""
        text = _row(kind, number, values, pictures, title, self.path.parent)
        data = text.encode("utf-8", "backslashreplace")
        try:
            start = self._waiting.tell()
            self._waiting.write(data)
        except OSError as fault:
            self._fault = self._fault or fault
            return
        self._rows.append(_Row(kind, start, len(data)))

    def _write(self, file: IO[bytes], report: Mapping[str, Any]) -> None:
        counts = Counter(row.kind for row in self._rows)
        file.write(HTML_MARK + _head(report, counts).encode("utf-8", "backslashreplace"))
        order = list(_KINDS)
        for row in sorted(self._rows, key=lambda row: order.index(row.kind)):
            self._waiting.seek(row.start)
            file.write(self._waiting.read(row.size))
        file.write(_tail().encode())

    def _pictures(self, job: PageJob, result: PageResult) -> str:
        """Give the page before and after, as far as there are pictures."""
        name = _text(_title(job))
        if result.is_untouched and result.output is not None:
            self._place_of(job)
            return _figures([self._figure(job.source, f"{name}, which was clean already", "before and after")])
        figures = [self._figure(job.source, f"{name} before", "before")]
        if result.output is not None:
            figures.append(self._figure(self._place_of(job, result.output), f"{name} after", "after"))
        return _figures(figures)

    def _place_of(self, job: PageJob, output: Path | None = None) -> PageSource:
        """Give the page of the result."""
        path = output or job.output.path
        page, pages = 0, 1
        if is_surgery(job.source, job.output):
            page, pages = job.source.page, job.source.pages
        elif shares_file(job.source, job.output):
            page = self._places[path]
            self._places[path] += 1
            pages = page + 1
        return PageSource(path=path, page=page, pages=pages, relative=Path(path.name))

    def _figure(self, source: PageSource, words: str, caption: str) -> str:
        try:
            pixels = read_thumbnail(source, self._box)
        except (ReadError, MemoryError):
            return ""
        height, width = pixels.shape[:2]
        return (
            f'<figure><img src="{data_uri(pixels)}" width="{width}" height="{height}" alt="{words}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )


def _kind_of(result: PageResult) -> str:
    match result.status:
        case JobStatus.FAILED:
            return "failed"
        case JobStatus.CANCELLED:
            return "stopped"
        case JobStatus.SKIPPED:
            return "skipped"
    if result.warnings:
        return "noted"
    return "clean" if result.is_untouched else "done"


def _title(job: PageJob) -> str:
    name = str(job.source.relative)
    return name if job.source.pages == 1 else f"{name}, page {job.source.page + 1}"


def _refused_title(values: Mapping[str, Any]) -> str:
    name = Path(values["input"]).name
    return name if values["page"] is None else f"{name}, page {values['page']}"


def _row(kind: str, number: int, values: Mapping[str, Any], pictures: str, title: str, folder: Path) -> str:
    notes = "".join(f"<li>{_text(note)}</li>" for note in values["warnings"])
    error = values.get("error")
    facts = [f"{values['seconds']:.1f} s"] if values.get("seconds") else []
    facts += [_text(each) for each in (values.get("device"), *values.get("models", ())) if each]
    facts.append(f"from {_link(values['input'], folder)}")
    if values.get("output"):
        facts.append(f"to {_link(values['output'], folder)}")
    return (
        f'<li class="page {kind}{"" if pictures else " bare"}" data-status="{kind}" data-number="{number}" '
        f'data-seconds="{values.get("seconds", 0)}">{pictures}<div><h2>{_text(title)}</h2>'
        f'<p class="status">{_KINDS[kind]}</p>'
        + (f'<p class="error">{_text(error)}</p>' if error else "")
        + (f"<ul>{notes}</ul>" if notes else "")
        + f'<p class="meta">{" · ".join(facts)}</p></div></li>\n'
    )


def _figures(figures: list[str]) -> str:
    text = "".join(figures)
    return f'<div class="pictures">{text}</div>' if text else ""


def _link(path: str, folder: Path) -> str:
    """Lead to a file from the report's folder, so that both can move together."""
    try:
        target = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        target = Path(os.path.abspath(path)).as_uri()  # noqa: PTH100 - resolve() follows links
        return f'<a href="{html.escape(target)}">{_text(path)}</a>'
    return f'<a href="{html.escape(quote(os.fsencode(target)))}">{_text(path)}</a>'


def _text(text: str) -> str:
    """Escape for HTML; what is not printable, and may turn the line around, is shown as an escape."""
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)
    return html.escape(shown)


def _head(report: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    totals = report["totals"]
    pages = "1 page" if totals["pages"] == 1 else f"{totals['pages']} pages"
    parts = [f"{totals['done']} done", f"{totals['failed']} failed"]
    parts += [f"{totals['cancelled']} not finished"] * bool(totals["cancelled"])
    parts += [f"{totals['skipped']} skipped"] * bool(totals["skipped"])
    devices = dict.fromkeys(page["device"] for page in report["pages"] if page["device"])
    models = dict.fromkeys(model for page in report["pages"] for model in page["models"])
    seconds = sum(page["seconds"] for page in report["pages"])
    when = datetime.now().astimezone()
    facts = [f"docclean {__version__}", *map(_text, (*models, *devices)), f"{seconds:,.1f} s of work"]
    filters = "".join(
        f'<label><input type="checkbox" value="{kind}" checked autocomplete="off">{words} ({counts[kind]})</label>'
        for kind, words in _KINDS.items()
        if counts.get(kind)
    )
    return (
        f'{__version__}">\n<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>docclean: {totals['failed']} of {pages} failed</title>\n<style>\n{_resource('style.css')}</style>\n"
        f'<header>\n<h1>Report of docclean</h1>\n<p class="sum">{pages}: {", ".join(parts)}.</p>\n'
        f'<p class="facts">{" · ".join(facts)} · <time datetime="{when.isoformat(timespec="seconds")}">'
        f"{when:%Y-%m-%d %H:%M}</time></p>\n</header>\n<main>\n"
        '<form class="tools" role="search"><input type="search" id="search" aria-label="Search names and messages" '
        f'placeholder="Search names and messages ( / )" autocomplete="off">'
        f'<fieldset class="filters" aria-label="Show">{filters}</fieldset>'
        '<label>Order <select id="order" autocomplete="off"><option value="failures">failures first</option>'
        '<option value="run">as they were cleaned</option><option value="name">by name</option>'
        '<option value="slow">slowest first</option></select></label></form>\n'
        '<p id="shown" role="status"></p>\n<ol id="pages">\n'
    )


def _tail() -> str:
    return (
        "</ol>\n</main>\n<footer>This file holds all that it shows and loads nothing from elsewhere.</footer>\n"
        f"<script>\n{_resource('script.js')}</script>\n</html>\n"
    )


def _resource(name: str) -> str:
    return resource_path("report", name).read_text(encoding="utf-8")
