"""One page to clean, and what came of it. Both survive JSON: journals, reports and clusters rely on that."""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from docclean.core.page import PageSource
from docclean.core.recipe import Recipe


class OutputFormat(StrEnum):
    """File format of a result; KEEP writes the input's own format."""

    KEEP = "keep"
    PNG = "png"
    TIFF = "tiff"
    JPEG = "jpeg"
    WEBP = "webp"
    PDF = "pdf"


DOCUMENT_FORMATS = frozenset({OutputFormat.KEEP, OutputFormat.TIFF, OutputFormat.PDF})
"""Formats in which the pages of one input go into one file; only TIFF inputs, which KEEP keeps, have several."""


class OutputSpec(BaseModel):
    """Where a result goes and how it is stored.

    Attributes:
        path: The final file. Pages of one multi-page input share it.
        format: File format.
        overwrite: Whether an existing file may be replaced. The input is never replaced.
        is_draft: Store nothing but the restored pixels, to be looked at and saved later; see `PageJob.restored`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    format: OutputFormat = OutputFormat.KEEP
    overwrite: bool = False
    is_draft: bool = False


class PageJob(BaseModel):
    """One page to clean.

    Attributes:
        id: Any name; results and progress carry it.
        source: The page.
        recipe: What to do.
        output: Where the result goes.
        restored: A draft of this very page, whose pixels are taken in place of running the recipe; None runs it.
        restored_from: `PageResult.input_state` of that draft: the page fails if its file is another one by now. None
            does not look.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    source: PageSource
    recipe: Recipe
    output: OutputSpec
    restored: Path | None = None
    restored_from: tuple[int, int] | None = None


class JobStatus(StrEnum):
    """What became of a job."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class PageResult(BaseModel):
    """What came of a page job.

    Attributes:
        job_id: The job.
        status: What became of it.
        output: The file that was written, or None.
        seconds: Wall time spent on this page, s.
        device: Name of the device that ran the networks; empty when none ran.
        models: Ids of the models that ran, in order.
        is_untouched: Whether the page was clean already: the result has the very pixels that were read.
        doubts: Places, of the page or around it, that somebody should look at; counted for drafts only.
        input_state: Size, bytes, and time of change, ns, of the file that a draft was made of; None for other results.
        warnings: What the user should know, one sentence each.
        error: One sentence naming the file and the remedy; empty unless the status is FAILED.
        error_code: `DoccleanError.code`, or "incident" for a fault of the program; empty unless FAILED.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job_id: str
    status: JobStatus
    output: Path | None = None
    seconds: float = Field(default=0.0, ge=0.0)
    device: str = ""
    models: tuple[str, ...] = ()
    is_untouched: bool = False
    doubts: int = Field(default=0, ge=0)
    input_state: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""
    error_code: str = ""
