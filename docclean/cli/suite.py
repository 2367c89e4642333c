"""`docclean evaluate --suite`: the models and what they are compared with, on every kind of page, in one report."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from docclean.cli.console import complain, counted, say
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.cli.run_progress import show_progress
from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import ExitCode, ModelError, UsageError, WriteError
from docclean.core.files import PendingFile, atomic_write, write_faults_explained
from docclean.core.progress import Progress
from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.engine.device import DeviceSpec, resolve_device
from docclean.engine.evaluation import match_pages
from docclean.engine.legibility import ReadText, tesseract_reader
from docclean.engine.run_report import write_report
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog
from docclean.training.suite import Section, SectionResult, SuiteRow, measure_page, model_cleaner
from docclean.training.suite_pictures import write_pictures
from docclean.training.suite_report import SuiteFacts, suite_json, suite_markdown
from docclean.training.suite_sections import NamedCleaner, suite_sections
from docclean.training.whole_pages import TYPESET_EVERY, find_held_out

_MARKDOWN, _JSON, _PICTURES = "suite.md", "suite.json", "pictures"


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """What `docclean evaluate --suite` was asked to do, as typed; see its help."""

    corpus: tuple[Path, ...]
    output: Path | None
    fonts: tuple[Path, ...] = ()
    dirty: Path | None = None
    clean: Path | None = None
    pages: int = 40
    seed: int = 0
    model: str = ""
    device: str = "auto"
    report: Path | None = None
    reads_text: bool = False


@dataclass(frozen=True, slots=True)
class _Work:
    """What the sections share: where models run, what stops them, who reads text."""

    device: DeviceSpec
    read_text: ReadText | None
    cancel: CancelToken
    folder: Path


def evaluate_suite(options: SuiteOptions) -> ExitCode:
    """Measure everything and write the report.

    Raises:
        DoccleanError: The request cannot be carried out.
    """
    folder = _checked_output(options)
    catalog = Catalog.installed()
    session = EngineSession(resolve_device(options.device), catalog)
    read_text = tesseract_reader() if options.reads_text else None
    pages = find_held_out(options.corpus, options.fonts, seed=options.seed)
    for number in range(TYPESET_EVERY):  # a corpus that is blank, or fonts without letters, are refused before the work
        _ = pages[number]
    pairs = match_pages(options.dirty, options.clean) if options.dirty and options.clean else ()
    models, notes = _models(options.model, catalog)
    _prepare_folder(folder)
    with cancelled_by_interrupt(lambda: None) as cancel:
        work = _Work(session.device, read_text, cancel, folder)
        cleaners = _cleaners(models, session, cancel)
        sections = suite_sections(pages, pairs, cleaners, count=options.pages, seed=options.seed)
        results, is_whole = _measure_all(sections, work, notes)
    say(f"The report is ready: {folder / _MARKDOWN}")
    if not is_whole:
        return ExitCode.INTERRUPTED
    failed = any(row.errors for result in results for row in result.rows)
    return ExitCode.SOME_PAGES_FAILED if failed else ExitCode.OK


def _checked_output(options: SuiteOptions) -> Path:
    """The output folder, if what was typed goes together."""
    if not options.corpus:
        raise UsageError("--suite: needs clean pages; name a folder of them with --corpus.")
    if options.output is None:
        raise UsageError("--suite: needs a folder for its tables and pictures; name one with -o.")
    if options.report is not None:
        raise UsageError("--json: the suite writes suite.json into its own folder; leave --json out.")
    if (options.dirty is None) != (options.clean is None):
        raise UsageError("--dirty and --clean: name both folders or none.")
    return options.output


def _models(model: str, catalog: Catalog) -> tuple[dict[Task, str], list[str]]:
    """Ids of the models to measure, by task, and a sentence for each task that none does."""
    models, notes = {}, []
    named = catalog.get(model) if model else None
    for task in (Task.DENOISE, Task.DEWATERMARK):
        try:
            entry = named if named is not None and named.manifest.task is task else catalog.default_for(task)
            models[task] = entry.manifest.id
        except ModelError as error:
            notes.append(str(error))
            complain(str(error))
    return models, notes


def _cleaners(models: Mapping[Task, str], session: EngineSession, cancel: CancelToken) -> dict[Task, NamedCleaner]:
    """Load the models."""
    pipelines = {
        task: session.pipeline(Recipe(stages=(StageSpec(task=task, model=name),))) for task, name in models.items()
    }
    return {task: (f"docclean ({models[task]})", model_cleaner(each, cancel)) for task, each in pipelines.items()}


def _measure_all(
    sections: Sequence[Section], work: _Work, notes: Sequence[str]
) -> tuple[Sequence[SectionResult], bool]:
    """Measure every section; the report is written after each, so that nothing measured is lost.

    Returns:
        What was measured, and whether that is everything.
    """
    results: list[SectionResult] = []
    pictures: dict[str, tuple[str, ...]] = {}
    with suppress(CancelledError, KeyboardInterrupt):
        for section in sections:
            rows: list[SuiteRow] = []
            results.append(SectionResult(section, rows))
            _measure(section, work, rows)
            pictures[section.key] = _drawn(results[-1], work)
            _write(results, notes, pictures, work)
        return results, True
    _write(results, [*notes, "Stopped before the end: not all pages are here."], pictures, work)
    return results, False


def _measure(section: Section, work: _Work, rows: list[SuiteRow]) -> None:
    """Measure a section page by page; rows are added to `rows` at once.

    Raises:
        CancelledError: The work was stopped.
    """
    complain(f"{section.title}: {counted(section.count, 'page')}, {counted(len(section.cleaners), 'way')} to clean")
    names = {str(number): f"page {number + 1}" for number in range(section.count)}
    with show_progress(names, [section.key], work.device.name) as progress:
        for number in range(section.count):
            progress(Progress(str(number), "read", 0, 1))
            row = measure_page(section, number, read_text=work.read_text, cancel=work.cancel)
            progress.finish(str(number), "; ".join(row.errors) or f"{row.name}: done")
            rows.append(row)


def _drawn(result: SectionResult, work: _Work) -> tuple[str, ...]:
    folder = work.folder / _PICTURES
    with write_faults_explained(folder):
        folder.mkdir(exist_ok=True)
    return tuple(f"{_PICTURES}/{name}" for name in write_pictures(result, folder))


def _prepare_folder(folder: Path) -> None:
    """Check before the work that a report can be written, and make its folder.

    Raises:
        UsageError: It is a file, holds something else than an earlier report, or cannot be made or written.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"-o {folder}: is a file; name a folder.")
    try:
        with write_faults_explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            is_taken = any(folder.iterdir()) and not _is_suite(folder / _JSON)
        if is_taken:
            raise UsageError(f"-o {folder}: is not empty and holds no earlier report of the suite; name a new folder.")
        PendingFile(folder / _MARKDOWN).abort()
    except WriteError as error:
        raise UsageError(f"-o {error}") from error


def _is_suite(path: Path) -> bool:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("program") == "docclean" and "sections" in content


def _write(
    results: Sequence[SectionResult], notes: Sequence[str], pictures: Mapping[str, Sequence[str]], work: _Work
) -> None:
    facts = SuiteFacts(_command(), work.device.label, tuple(notes), pictures)
    with atomic_write(work.folder / _MARKDOWN) as out:
        out.write(suite_markdown(results, facts).encode("utf-8", "backslashreplace"))
    write_report(work.folder / _JSON, suite_json(results, facts))


def _command() -> str:
    return shlex.join(["docclean", *sys.argv[1:]])
