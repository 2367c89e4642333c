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
"""Formats in which pages of one input go into one file; of inputs only TIFF and PDF, which KEEP keeps, have several."""


class Compression(StrEnum):
    """How the samples of a TIFF or PDF page are packed. Two-level pages are never packed with loss.

    KEEP packs a page as its file did, where that suits the samples. JPEG and JPEG2000 lose; LOSSLESS is the smallest
    way without loss; MRC stores text as a two-level mask above a background of low resolution, in PDF only.

    Source:
        Mixed raster content: ITU-T T.44.
    """

    KEEP = "keep"
    LOSSLESS = "lossless"
    JPEG = "jpeg"
    JPEG2000 = "jpeg2000"
    MRC = "mrc"


class Storage(BaseModel):
    """How samples are packed in formats that leave a choice: TIFF and PDF, and for `quality` JPEG, WebP and JPEG 2000.

    Attributes:
        compression: The way.
        quality: For ways that lose, 1..100; None for that of the input, or the format's usual one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    compression: Compression = Compression.KEEP
    quality: int | None = Field(default=None, ge=1, le=100)


class ReceiptPlace(StrEnum):
    """Where a result's receipt goes.

    EMBEDDED puts it into the result, where the format has room and the result is not the input's bytes. SIDECAR writes
    a file beside it.
    """

    EMBEDDED = "embedded"
    SIDECAR = "sidecar"
    BOTH = "both"
    NONE = "none"

    @property
    def is_inside(self) -> bool:
        """Whether it goes into the result."""
        return self in (ReceiptPlace.EMBEDDED, ReceiptPlace.BOTH)

    @property
    def is_beside(self) -> bool:
        """Whether it goes beside the result."""
        return self in (ReceiptPlace.SIDECAR, ReceiptPlace.BOTH)


class OutputSpec(BaseModel):
    """Where a result goes and how it is stored.

    Attributes:
        path: The final file. Pages of one multi-page input share it.
        format: File format.
        overwrite: Whether an existing file may be replaced. The input is never replaced.
        is_draft: Store nothing but the restored pixels, to be looked at and saved later; see `PageJob.restored`.
        storage: How the samples are packed.
        joins_inputs: Whether pages of several inputs go into this one file, in the order of their jobs.
        breaks_signature: Whether a signed PDF may be written anew, which makes its signatures worthless.
        languages: Languages, by Tesseract's names, in which text is recognized and put under the pages of a PDF; none
            leaves it out.
        receipt: Where the receipt goes; drafts have none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    format: OutputFormat = OutputFormat.KEEP
    overwrite: bool = False
    is_draft: bool = False
    storage: Storage = Storage()
    joins_inputs: bool = False
    breaks_signature: bool = False
    languages: tuple[str, ...] = ()
    receipt: ReceiptPlace = ReceiptPlace.EMBEDDED


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
        is_kept: Whether this is a page of a PDF that is no scan and stays what it is.
        doubts: Places, of the page or around it, that somebody should look at; counted for drafts only.
        input_state: Size, bytes, and time of change, ns, that the input had while it was read; None if it was not.
        input_sha256: Of the input's bytes in that state; empty where nobody computed it, or the file is so new that its
            times do not tell yet whether it stays as it is.
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
    is_kept: bool = False
    doubts: int = Field(default=0, ge=0)
    input_state: tuple[int, int] | None = None
    input_sha256: str = ""
    warnings: tuple[str, ...] = ()
    error: str = ""
    error_code: str = ""
