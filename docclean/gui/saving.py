"""Saving results: which files come of which pages, and sending them through the engine thread."""

import os
import secrets
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePath

from PySide6.QtCore import QObject, Signal, Slot

from docclean.core.errors import ChangedInputError, DoccleanError, SignedFileError, UsageError
from docclean.core.job import DOCUMENT_FORMATS, JobStatus, OutputFormat, OutputSpec, PageJob, PageResult
from docclean.core.output_choice import OutputChoice, named
from docclean.core.recipe import Recipe
from docclean.documents.formats import format_of_suffix, is_named_pdf
from docclean.documents.naming import IS_AN_INPUT, plan_outputs
from docclean.gui.engine_thread import EngineThread
from docclean.gui.page_item import CLEANED, PageItem
from docclean.gui.page_queue import PageQueue
from docclean.gui.replacing import State, behind_links, put_in_place

_AS_IT_IS = Recipe(stages=())

_SEVERAL = "several pictures"
"""What the reader warns of when a file holds more than the page that it gives."""

_REPLACING_SEVERAL = "holds several pictures, of which one is cleaned; save into a folder instead of replacing it."


@dataclass(frozen=True, slots=True)
class SavePlan:
    """What saving would do.

    Attributes:
        jobs: Jobs of the engine; those of one document follow one another.
        pages: Ids of the pages, by job id; empty for a page that is in a document but not in the queue.
        results: What is saved, by job id; nothing for pages that go into their document as they are.
        existing: Files that are there already.
        uncleaned: Pages of documents that go into the file as they are, because they have no result.
        replaces: Original by the file that takes its place, where originals are replaced.
    """

    jobs: tuple[PageJob, ...]
    pages: Mapping[str, str]
    results: Mapping[str, PageResult] = field(default_factory=dict)
    existing: tuple[Path, ...] = ()
    uncleaned: int = 0
    replaces: Mapping[Path, Path] = field(default_factory=dict)

    def states(self) -> dict[Path, set[tuple[int, int] | None]]:
        """The states that inputs had when their pages were cleaned, by the file that these go to."""
        states: dict[Path, set[tuple[int, int] | None]] = {}
        for job in self.jobs:
            if job.id in self.results:
                states.setdefault(job.output.path, set()).add(self.results[job.id].input_state)
        return states

    def replacing(self) -> "SavePlan":
        """The same, with existing files replaced."""
        jobs = tuple(_with_output(job, job.output.model_copy(update={"overwrite": True})) for job in self.jobs)
        return replace(self, jobs=jobs, existing=())

    def anyway(self, results: Mapping[str, PageResult]) -> "SavePlan | None":
        """The part that was refused because inputs are signed, with their signatures broken; None if none was."""
        refused = {r.job_id for r in results.values() if r.error_code == SignedFileError.code}
        jobs = [
            _with_output(job, job.output.model_copy(update={"breaks_signature": True}))
            for job in self.jobs
            if job.id in refused
        ]
        return replace(self, jobs=tuple(jobs), existing=()) if jobs else None

    def beside(self) -> "SavePlan":
        """The same, under free names: "name (2)" and so on."""
        names: dict[Path, Path] = {}
        for path in dict.fromkeys(job.output.path for job in self.jobs):
            names[path] = _free_name(path, set(names.values()))
        jobs = (_with_output(job, job.output.model_copy(update={"path": names[job.output.path]})) for job in self.jobs)
        return replace(self, jobs=tuple(jobs), existing=())


def _with_output(job: PageJob, output: OutputSpec) -> PageJob:
    return job.model_copy(update={"output": output})


def _free_name(path: Path, taken: set[Path]) -> Path:
    number, candidate = 1, path
    while os.path.lexists(candidate) or candidate in taken:
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate


def plan_saving(queue: PageQueue, items: Sequence[PageItem], choice: OutputChoice, folder: Path) -> SavePlan:
    """Plan files for pages; of a document that goes into one file, all its pages in the queue take part.

    Args:
        queue: All pages.
        items: Pages to save.
        choice: Where to and how.
        folder: Where results go when `choice` names no folder.

    Raises:
        UsageError: A result would replace an original without being told to.
    """
    members = _by_document(queue, items, choice.format)
    if choice.replaces_originals:
        return _plan_replacing(members, choice)
    numbers = {path: number for number, path in enumerate(dict.fromkeys(m.source.path for m in members), start=1)}
    sources = [named(item.source, numbers[item.source.path], choice) for item in members]
    paths = plan_outputs(sources, choice.folder or folder, format=choice.format, is_folder=True)
    _refuse_originals(queue, paths)
    return _planned(members, paths, choice)


def plan_saving_as(queue: PageQueue, item: PageItem, path: Path, choice: OutputChoice) -> SavePlan:
    """Plan one file of a name that the user chose, for a page or, in a format that holds several, its document.

    Args:
        queue: All pages.
        item: The page.
        path: The file; its suffix decides the format.
        choice: How results are stored.

    Raises:
        UsageError: The name is that of an input.
    """
    suffix_format = format_of_suffix(path)
    file_format = suffix_format if path.suffix.lower() != item.source.path.suffix.lower() else OutputFormat.KEEP
    members = _by_document(queue, [item], file_format)
    sources = [member.source.model_copy(update={"pages": 1, "page": 0}) for member in members[:1]]
    plan_outputs(sources, path, format=file_format, is_folder=False)
    _refuse_originals(queue, [path])
    return _planned(members, [path] * len(members), choice.model_copy(update={"format": file_format}))


def _refuse_originals(queue: PageQueue, paths: Iterable[Path]) -> None:
    """Refuse to write over the file of any page in the queue, saved along or not."""
    key = _comparing_keys()
    originals = {key(path) for path in {item.source.path for item in queue.items}}
    for path in dict.fromkeys(paths):
        if key(path) in originals:
            raise UsageError(f"{path}: {IS_AN_INPUT}")


def _comparing_keys() -> Callable[[PurePath], str]:
    """Give a function that makes paths comparable, whatever links lead to their folders; each is looked up once."""
    real = cache(os.path.realpath)
    return lambda path: unicodedata.normalize("NFC", os.path.join(real(path.parent), path.name)).casefold()  # noqa: PTH118 - realpath gives text


def _by_document(queue: PageQueue, items: Sequence[PageItem], file_format: OutputFormat) -> list[PageItem]:
    """Pages in the order of the queue, those of a document together and in its own order."""
    chosen = {item.id for item in items}
    whole = {item.source.path for item in items} if file_format in DOCUMENT_FORMATS else set()
    members = [item for item in queue.items if item.id in chosen or _belongs(item, whole)]
    documents: dict[Path, list[PageItem]] = {}
    for item in members:
        documents.setdefault(item.source.path, []).append(item)
    return [item for pages in documents.values() for item in sorted(pages, key=lambda page: page.source.page)]


def _belongs(item: PageItem, documents: set[Path]) -> bool:
    return item.source.pages > 1 and item.source.path in documents


def _planned(members: Sequence[PageItem], paths: Sequence[Path], choice: OutputChoice) -> SavePlan:
    run = f"save-{uuid.uuid4().hex[:8]}"
    jobs = tuple(
        PageJob(
            id=f"{run}-{item.id}",
            source=item.source,
            recipe=_AS_IT_IS if item.draft is None else item.cleaned_with or item.recipe,
            output=_spec(path, choice),
            restored=item.draft,
            restored_from=item.result.input_state if item.draft is not None and item.result is not None else None,
        )
        for item, path in zip(members, paths, strict=True)
    )
    existing = tuple(path for path in dict.fromkeys(paths) if os.path.lexists(path))
    pages = {job.id: item.id for job, item in zip(jobs, members, strict=True)}
    results = {
        job.id: item.result
        for job, item in zip(jobs, members, strict=True)
        if item.draft is not None and item.result is not None
    }
    return SavePlan(jobs, pages, results, existing, sum(item.status not in CLEANED for item in members))


def _spec(path: Path, choice: OutputChoice) -> OutputSpec:
    languages = choice.languages if is_named_pdf(path) else ()
    return OutputSpec(path=path, format=choice.format, storage=choice.storage, languages=languages)


def _plan_replacing(members: Sequence[PageItem], choice: OutputChoice) -> SavePlan:
    """Write beside the originals under names of their own; they are moved over them when they are complete."""
    replaces: dict[Path, Path] = {}
    for item in members:
        original = item.source.path
        if item.result is not None and any(_SEVERAL in warning for warning in item.result.warnings):
            raise UsageError(f"{original}: {_REPLACING_SEVERAL}")
        folder = behind_links(original).parent
        replaces.setdefault(original, folder / f".docclean-{secrets.token_hex(6)}{original.suffix}")
    kept = choice.model_copy(update={"format": OutputFormat.KEEP})
    plan = _planned(members, [replaces[item.source.path] for item in members], kept)
    jobs = _completed(plan.jobs)
    pages = {job.id: plan.pages.get(job.id, "") for job in jobs}
    return replace(plan, jobs=jobs, pages=pages, existing=(), replaces={new: old for old, new in replaces.items()})


def _completed(jobs: Sequence[PageJob]) -> tuple[PageJob, ...]:
    """Add the pages of documents that are not in the queue, as they are, so that no original loses a page."""
    documents: dict[Path, dict[int, PageJob]] = {}
    for job in jobs:
        documents.setdefault(job.output.path, {})[job.source.page] = job
    return tuple(
        pages.get(number) or _as_it_is(next(iter(pages.values())), number)
        for pages in documents.values()
        for number in range(next(iter(pages.values())).source.pages)
    )


def _as_it_is(other: PageJob, page: int) -> PageJob:
    """A job for another page of a document."""
    source = other.source.model_copy(update={"page": page})
    return PageJob(id=f"{other.id}-page-{page}", source=source, recipe=_AS_IT_IS, output=other.output)


@dataclass(frozen=True, slots=True)
class SaveSummary:
    """What came of saving.

    Attributes:
        files: Files that were written.
        results: What of each page is in them, by the page's id.
        errors: One sentence for each file that could not be written.
        as_they_were: Pages of the queue that had no result, and are in their documents as they were.
        replaced: What `state_of` said of originals that were replaced, and what it says of their files now.
        changed: Pages whose files are not those any more that were cleaned.
        notes: What could not be kept, or came out otherwise than asked for: a file and a sentence each.
        signed: What was not saved because it would break signatures, to be saved nevertheless; or None.
    """

    files: tuple[Path, ...] = ()
    results: Mapping[str, PageResult] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    as_they_were: int = 0
    replaced: Mapping[Path, tuple[State, State]] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    notes: tuple[tuple[Path, str], ...] = ()
    signed: SavePlan | None = None

    @property
    def pages(self) -> tuple[str, ...]:
        """Ids of the pages whose results are in the files."""
        return tuple(self.results)


class Saver(QObject):
    """Sends what is to be saved through the engine thread, before what waits to be cleaned.

    Attributes:
        saved: A `SaveSummary`, when a plan is done.
        held: The run is paused, and saving waits with it.
    """

    saved = Signal(object)
    held = Signal()

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._plans: list[tuple[SavePlan, dict[str, PageResult]]] = []
        engine.page_done.connect(self._on_done)
        engine.dropped.connect(self._on_dropped)
        engine.engine_failed.connect(self._on_engine_failed)

    @property
    def is_on(self) -> bool:
        """Whether something is being saved."""
        return bool(self._plans)

    @property
    def pages_in_work(self) -> set[str]:
        """Ids of the pages that are being saved."""
        return {page for plan, _ in self._plans for page in plan.pages.values() if page}

    def save(self, plan: SavePlan) -> None:
        """Carry a plan out."""
        if plan.jobs:
            self._plans.append((plan, {}))
            self._engine.submit(plan.jobs, is_urgent=True)
            if self._engine.is_paused:
                self.held.emit()

    def close(self) -> None:
        """After the engine has ended: forget what was to be saved, and remove what was to replace originals."""
        plans, self._plans = self._plans, []
        for path in (path for plan, _ in plans for path in plan.replaces):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    @Slot(object)
    def _on_done(self, result: PageResult) -> None:
        for plan, results in self._plans:
            if result.job_id in plan.pages:
                results[result.job_id] = result
                if len(results) == len(plan.jobs):
                    self._finish(plan, results)
                return

    @Slot(object)
    def _on_dropped(self, ids: Sequence[str]) -> None:
        """Somebody stopped everything: what was not begun comes to nothing."""
        for job_id in ids:
            self._on_done(PageResult(job_id=job_id, status=JobStatus.CANCELLED))

    @Slot(str)
    def _on_engine_failed(self, sentence: str) -> None:
        plans, self._plans = self._plans, []
        for _ in plans:
            self.saved.emit(SaveSummary(errors=(sentence,)))

    def _finish(self, plan: SavePlan, results: Mapping[str, PageResult]) -> None:
        self._plans = [other for other in self._plans if other[0] is not plan]
        failed = [result for result in results.values() if result.status is JobStatus.FAILED]
        errors = [result.error for result in failed if result.error_code != SignedFileError.code]
        written = {r.output: r for r in results.values() if r.output is not None and r.status is JobStatus.DONE}
        changed = [plan.pages[r.job_id] for r in results.values() if r.error_code == ChangedInputError.code]
        files: list[Path] = []
        replaced: dict[Path, tuple[State, State]] = {}
        states = plan.states()
        for path in written:
            original = plan.replaces.get(path)
            try:
                if original is not None:
                    replaced[original] = put_in_place(path, original, states.get(path, ()), results.values())
                files.append(original or path)
            except DoccleanError as fault:
                errors.append(str(fault))
                if isinstance(fault, ChangedInputError):
                    changed += [plan.pages[r.job_id] for r in results.values() if r.output == path]
        kept = {path for path in written if plan.replaces.get(path, path) in files}
        done = [r.job_id for r in results.values() if r.output in kept and r.status is JobStatus.DONE]
        saved = {plan.pages[job_id]: plan.results[job_id] for job_id in done if job_id in plan.results}
        as_they_were = sum(bool(plan.pages[job_id]) for job_id in done) - len(saved)
        unique = tuple(dict.fromkeys(errors))
        notes = _notes(plan, [result for result in results.values() if result.job_id in done])
        signed = plan.anyway(results)
        self.saved.emit(SaveSummary(tuple(files), saved, unique, as_they_were, replaced, tuple(changed), notes, signed))


def _notes(plan: SavePlan, results: Iterable[PageResult]) -> tuple[tuple[Path, str], ...]:
    """What saving warned of and cleaning did not, each sentence once for a file."""
    notes: dict[tuple[Path, str], None] = {}
    for result in results:
        known = plan.results[result.job_id].warnings if result.job_id in plan.results else result.warnings
        path = result.output or Path()
        file = plan.replaces.get(path, path)
        notes |= dict.fromkeys((file, words) for words in result.warnings if words not in known)
    return tuple(notes)
