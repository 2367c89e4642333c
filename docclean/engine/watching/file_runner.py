"""One file after the other through the engine, and what each outcome means for a watched folder."""

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from docclean.core.cancel import CancelToken
from docclean.core.errors import ChangedInputError, DiskFullError, MissingPageError, ReadError, WriteError
from docclean.core.files import PendingFile, is_there, make_folder_of
from docclean.core.job import JobStatus, PageResult
from docclean.core.progress import Progress
from docclean.documents.pdf_opening import release_pdfs
from docclean.engine.journal import Journal
from docclean.engine.journaled_runs import RunEngine, run_journaled
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.engine.watching.arrivals import Arrived
from docclean.engine.watching.file_plan import FilePlan, FilePlanner

_PROBE_NAME = ".docclean-probe"


class Fate(StrEnum):
    """What became of a file.

    DONE: it is cleaned. MADE: it was cleaned before. FAILED: it cannot be cleaned. SKIPPED: nothing of it is wanted.
    GONE: it is not there any more. AGAIN: it may yet become complete. ANEW: somebody took the name of its result
    meanwhile. HELD: results cannot be written now, which every file would find. STOPPED: the run was cancelled.
    """

    DONE = "done"
    MADE = "made"
    FAILED = "failed"
    SKIPPED = "skipped"
    GONE = "gone"
    AGAIN = "again"
    ANEW = "anew"
    HELD = "held"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, and what is to be said about it.

    Attributes:
        fate: What became of it.
        sentences: Errors where it failed or has to wait, else warnings, each once.
        outputs: Its results.
        pages: Pages that were cleaned, or tried.
        seconds: Time that it took, s.
    """

    fate: Fate
    sentences: tuple[str, ...] = ()
    outputs: tuple[Path, ...] = ()
    pages: int = 0
    seconds: float = 0.0


class FileRunner:
    """Cleans files into a folder with a journal. Models stay loaded until `rest`. Belongs to one thread."""

    def __init__(
        self, planner: FilePlanner, new_session: Callable[[], EngineSession], run: RunEngine = run_jobs
    ) -> None:
        """Load nothing yet.

        Args:
            planner: Decides what there is to do with a file.
            new_session: Makes a session without any model.
            run: What runs page jobs.
        """
        self._planner, self._new_session, self._run = planner, new_session, run
        self._session: EngineSession | None = None
        self._journal: Journal | None = None
        self._notes: list[str] = []

    def begin(self) -> None:
        """Load the models and open the journal, so that what is wrong with them is told at once.

        Raises:
            ModelError: A model is unknown or damaged.
            TakenError: Another run writes there.
            WriteError: The journal cannot be written.
        """
        self._loaded()
        self._opened()

    def rest(self) -> bool:
        """Let go of the models; whether there were any."""
        had_some, self._session = self._session is not None, None
        if had_some:
            gc.collect()
        return had_some

    def close(self) -> None:
        """Let go of the models, the journal and open files."""
        self.rest()
        self._close_journal()
        release_pdfs()

    def take_notes(self) -> tuple[str, ...]:
        """Give what is worth knowing about the journal, each sentence once."""
        notes, self._notes = tuple(self._notes), []
        return notes

    def clean(self, arrived: Arrived, relative: Path, cancel: CancelToken) -> Outcome:
        """Clean a file.

        Args:
            arrived: The file.
            relative: Its path below the watched folder.
            cancel: Stops the work.

        Raises:
            ModelError: A model has become damaged or vanished.
        """
        started = time.monotonic()
        try:
            journal = self._opened()
            plan = self._planner.plan(arrived.path, relative, journal)
        except ReadError as fault:
            return self._unreadable(arrived, fault)
        except WriteError as fault:
            self._close_journal()
            return Outcome(Fate.HELD, (str(fault),))
        if not plan.jobs:
            fate = Fate.SKIPPED if plan.skipped else Fate.MADE
            return Outcome(fate, (plan.skipped,) if plan.skipped else (), plan.outputs)
        try:
            results = self._results(plan, journal, cancel)
        finally:
            release_pdfs()  # Windows moves no open file
        outcome = self._judged(arrived, plan, results, time.monotonic() - started)
        may_be_another = outcome.fate is Fate.FAILED and any(each.error_code == WriteError.code for each in results)
        return self._after_write_fault(arrived, relative, plan, outcome) if may_be_another else outcome

    def _results(self, plan: FilePlan, journal: Journal, cancel: CancelToken) -> list[PageResult]:
        return list(
            run_journaled(plan.jobs, self._loaded(), _say_nothing, cancel, journal=journal, run=self._run),
        )

    def _loaded(self) -> EngineSession:
        if self._session is None:
            session = self._new_session()
            session.pipeline(self._planner.recipe)
            self._session = session
        return self._session

    def _opened(self) -> Journal:
        """Open the journal, anew if its folder was removed or another disk is there now."""
        if self._journal is not None and not is_there(self._journal.path):
            self._close_journal()
        if self._journal is None:
            self._journal = Journal.open(self._planner.options.output, self._planner.fingerprints)
            self._journal.replaces_foreign = self._planner.options.overwrite
            self._notes += self._journal.notes
        return self._journal

    def _close_journal(self) -> None:
        journal, self._journal = self._journal, None
        if journal is not None:
            journal.close()

    def _judged(self, arrived: Arrived, plan: FilePlan, results: Sequence[PageResult], seconds: float) -> Outcome:
        failed = [result for result in results if result.status is JobStatus.FAILED]
        errors = tuple(dict.fromkeys(result.error for result in failed))
        written = tuple(dict.fromkeys(result.output for result in results if result.output is not None))
        codes = {result.error_code: result for result in failed}
        fate = Fate.FAILED if failed else Fate.DONE
        if DiskFullError.code in codes:
            fate, errors = Fate.HELD, (codes[DiskFullError.code].error,)
        elif len(results) < len(plan.jobs) or any(result.status is JobStatus.CANCELLED for result in results):
            fate = Fate.STOPPED
        elif ChangedInputError.code in codes:
            fate = Fate.AGAIN
        elif failed and not is_there(arrived.path):
            fate = Fate.GONE
        elif not arrived.is_certain and (
            MissingPageError.code in codes or (ReadError.code in codes and not written)
        ):  # more may be to come
            fate = Fate.AGAIN
        warnings = tuple(dict.fromkeys(warning for result in results for warning in result.warnings))
        return Outcome(fate, errors or warnings, written, len(results), seconds)

    def _after_write_fault(self, arrived: Arrived, relative: Path, plan: FilePlan, outcome: Outcome) -> Outcome:
        """Find out whether it was the file's own fault that its result could not be written."""
        try:
            another = self._planner.plan(arrived.path, relative, self._opened())
        except (ReadError, WriteError):
            self._close_journal()
            return replace(outcome, fate=Fate.HELD)
        if another.outputs != plan.outputs:
            return replace(outcome, fate=Fate.ANEW)
        return outcome if _may_write_beside(plan.outputs) else replace(outcome, fate=Fate.HELD)

    def _unreadable(self, arrived: Arrived, fault: ReadError) -> Outcome:
        if not is_there(arrived.path):
            return Outcome(Fate.GONE)
        return Outcome(Fate.FAILED if arrived.is_certain else Fate.AGAIN, (str(fault),))


def _may_write_beside(outputs: Sequence[Path]) -> bool:
    """Whether a fault of writing was that of the file and not of the folder: another file can be made there."""
    with suppress(WriteError, OSError):
        for folder in {path.parent for path in outputs}:
            make_folder_of(folder / _PROBE_NAME)
            PendingFile(folder / _PROBE_NAME).abort()
        return True
    return False


def _say_nothing(progress: Progress) -> None:
    """Hear of a tile; a line for every one would be noise."""
