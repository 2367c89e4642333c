"""One page's run in the making."""

import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from docclean.core.cancel import CancelToken
from docclean.core.errors import ChangedInputError, DeviceMemoryError, DoccleanError, WriteError
from docclean.core.files import full_state_of, state_of
from docclean.core.job import JobStatus, PageJob, PageResult, ReceiptPlace
from docclean.core.page import Page
from docclean.core.progress import Progress, ProgressSink
from docclean.core.receipt import InputFacts
from docclean.documents.drafts import read_draft
from docclean.documents.pdf_page_reader import KEPT_DPI
from docclean.documents.reader import read_page
from docclean.documents.writer import is_surgery
from docclean.engine.coloring import stored_mode
from docclean.engine.geometry import straighten
from docclean.engine.input_facts import facts_of, has_settled
from docclean.engine.pipeline import Pipeline
from docclean.engine.session import EngineSession
from docclean.imaging.clearing import cleared
from docclean.imaging.doubts import count_doubts

logger = logging.getLogger(__name__)

_HAS_CHANGED = "has changed since it was cleaned; clean it again, then save it."

_CHANGES = "changed while it was being cleaned; wait until it is complete, and clean it again."

_IS_DRAWN = f"The page was drawn at {KEPT_DPI} dpi, because the result holds pixels only; a PDF keeps it as it is."

_NO_MEMORY = "does not fit into memory; close other programs or scan it at a lower resolution."


class Announce(Protocol):
    """Hears of every file that is complete, before it gets its name; what it raises keeps it from getting it."""

    def __call__(self, jobs: Sequence[PageJob], results: Sequence[PageResult], digest: str) -> None:
        """Take note of a file.

        Args:
            jobs: The pages in it.
            results: What will be told of them once the file is there, in the same order.
            digest: SHA-256 of the file.
        """


@dataclass(slots=True)
class Attempt:
    """One page's run in the making: clock, warnings, models. Turned into a result at the end."""

    job: PageJob
    started: float
    warnings: tuple[str, ...] = ()
    device: str = ""
    models: tuple[str, ...] = ()
    is_untouched: bool = False
    is_kept: bool = False
    doubts: int = 0
    input_state: tuple[int, int] | None = None
    input: InputFacts | None = None
    has_input_settled: bool = False
    seconds: float = 0.0
    error: str = ""
    error_code: str = ""

    def read(self, progress: ProgressSink) -> Page:
        """Read the page; refuse one that changes meanwhile, or is not the one that its draft was made of."""
        job = self.job
        progress(Progress(job.id, "read", 0, 1))
        self.input_state = state_of(job.source.path)
        if job.restored_from is not None and self.input_state != job.restored_from:
            raise ChangedInputError(job.source.path, _HAS_CHANGED)
        page = self._read_as_stored()
        self.look_at_input(self.input_state)
        return page

    def _read_as_stored(self) -> Page:
        job = self.job
        if job.output.is_draft or is_surgery(job.source, job.output):
            return read_page(job.source)
        page = read_page(job.source, kept_dpi=KEPT_DPI)
        return replace(page, warnings=(*page.warnings, _IS_DRAWN)) if page.is_kept else page

    def look_at_input(self, before: tuple[int, int] | None = None) -> None:
        """Find out for the receipt what the input's bytes are, and whether they changed meanwhile.

        Args:
            before: What `state_of` said of the file before the page was read; None if it was not read now.

        Raises:
            ChangedInputError: It is another file by now.
            ReadError: It cannot be read.
        """
        output, source = self.job.output, self.job.source
        if not output.is_draft and output.receipt is not ReceiptPlace.NONE:
            begun_ns = time.time_ns()
            self.has_input_settled = has_settled(full_state_of(source.path), begun_ns)
            self.input = facts_of(source)
        if before is not None and state_of(source.path) != before:
            raise ChangedInputError(source.path, _CHANGES)

    def restore(self, page: Page, session: EngineSession, progress: ProgressSink, cancel: CancelToken) -> Page:
        """Restore a page that was read: from its draft, or by running the recipe over it."""
        if self.job.restored is None:
            page = self._run(page, session.pipeline(self.job.recipe), progress, cancel)
        elif not page.is_kept:  # its draft only shows it, and may be smaller
            page = straighten(page, self.job.recipe.geometry)
            page = replace(page, pixels=read_draft(self.job.restored, page.size))
            page = replace(page, stored_as=stored_mode(page, self.job.recipe.color))
        self.warnings, self.is_untouched, self.is_kept = page.warnings, page.is_untouched, page.is_kept
        if self.job.output.is_draft and not page.is_kept:
            self.doubts = count_doubts(cleared(page.original, page.to_clear), page.pixels)
        cancel.raise_if_cancelled()
        progress(Progress(self.job.id, "write", 0, 1))
        return page.settled()

    def _run(self, page: Page, pipeline: Pipeline, progress: ProgressSink, cancel: CancelToken) -> Page:
        self.models = pipeline.models
        self.device = pipeline.device if self.models else ""
        self.warnings = page.warnings
        return pipeline(page, self.job.id, progress, cancel)

    def fail(self, fault: Exception) -> None:
        """Note why the page failed; the last reason counts."""
        self.error, self.error_code = explain(self.job, fault)

    def result(self, status: JobStatus, *, output: Path | None = None) -> PageResult:
        """What came of the page; an error makes it failed."""
        return PageResult(
            job_id=self.job.id,
            status=JobStatus.FAILED if self.error_code else status,
            output=output,
            seconds=round(self.seconds or time.monotonic() - self.started, 3),
            device=self.device,
            models=self.models,
            is_untouched=self.is_untouched,
            is_kept=self.is_kept,
            doubts=self.doubts,
            input_state=self.input_state,
            input_sha256=self.input.sha256 if self.input is not None and self.has_input_settled else "",
            warnings=self.warnings,
            error=self.error,
            error_code=self.error_code,
        )


def explain(job: PageJob, fault: Exception) -> tuple[str, str]:
    """Put a fault into a sentence that names the file, and a code; what the program did wrong goes to the log."""
    if isinstance(fault, (MemoryError, DeviceMemoryError)):
        return f"{job.source.path}: {_NO_MEMORY}", DeviceMemoryError.code
    if isinstance(fault, WriteError) and job.output.is_draft:  # nobody knows a draft by its name
        return f"{job.source.path}: the result {str(fault).removeprefix(f'{fault.path}: ')}", fault.code
    if isinstance(fault, DoccleanError):
        return str(fault), fault.code
    incident = secrets.token_hex(4)
    logger.error("incident %s in job %s", incident, job.id, exc_info=fault)
    sentence = (
        f"{job.source.path}: a fault of the program (incident {incident}); the other pages were not affected. "
        "Please report it with the log file, which `docclean doctor` names."
    )
    return sentence, "incident"
