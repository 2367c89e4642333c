"""From what the user asked for to page jobs. What can be found wrong is found here, before the first page."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from docclean.core.errors import ReadError, UsageError, WriteError
from docclean.core.files import is_folder, is_there
from docclean.core.job import OutputFormat, OutputSpec, PageJob, ReceiptPlace, Storage
from docclean.core.page import PageSource
from docclean.core.recipe import Geometry, PageColor, Recipe
from docclean.documents.discover import Discovery, Skipped, discover
from docclean.documents.formats import SUFFIXES, format_of_suffix, has_known_suffix, is_named_pdf
from docclean.documents.naming import IS_AN_INPUT, plan_outputs
from docclean.documents.page_ranges import ALL_PAGES, PageRanges
from docclean.documents.writer import is_surgery, shares_file, verify_output


class Rerun(StrEnum):
    """What of a plan is done.

    RESUME: what is not done yet, in exactly this way. FORCE: everything. FAILED: what failed when it was tried last.
    """

    RESUME = "resume"
    FORCE = "force"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CleanOptions:
    """What a run was asked to do; the command line's words for it are in its help.

    Attributes:
        geometry: What is put straight on every page.
        pages: Pages of every input to clean.
        render_dpi: Resolution at which pages of PDF files are drawn that are no scans; None leaves them alone.
        breaks_signatures: Clean signed PDF files too, whose signatures do not hold for the results.
        storage: How the samples of results are packed.
        languages: Languages, by Tesseract's names, in which text is recognized; results must be PDF then.
        receipts: Where the receipts go.
        rerun: What is done again; then results that are there in the output folder are no reason to refuse a page yet,
            but `resume_plan` asks the folder's journal about them. None for runs without a journal, and without effect
            where `output` names the result itself.
        verifies: Whether the journal reads every file, instead of trusting its times.
        workers: Processes or actors that share the work; 0 for as many as are known to be faster.
        engine: "local", or "ray" for the machines of a cluster.
        address: Of the cluster; empty for this machine.
        report: File for the report of `--json`.
        shown_report: File for the report of `--report`; its name says which kind it is.
    """

    inputs: tuple[Path, ...]
    output: Path
    tasks: tuple[str, ...] = ("denoise",)
    model: str = ""
    strength: int = 100
    color: PageColor = PageColor.KEEP
    storage: Storage = field(default_factory=Storage)
    geometry: Geometry = field(default_factory=Geometry)
    device: str = "auto"
    output_format: str = "keep"
    recursive: bool = False
    overwrite: bool = False
    pages: PageRanges = ALL_PAGES
    render_dpi: int | None = None
    breaks_signatures: bool = False
    languages: tuple[str, ...] = ()
    receipts: ReceiptPlace = ReceiptPlace.EMBEDDED
    rerun: Rerun | None = None
    verifies: bool = False
    workers: int = 0
    engine: str = "local"
    address: str = ""
    report: Path | None = None
    shown_report: Path | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An input, or a page of one, that cannot be cleaned, which was found before the run.

    Attributes:
        path: The input.
        error: One sentence naming the file at fault, which may be the result, and the remedy.
        code: `DoccleanError.code`.
        page: Number of the page, from 0; None for all of the file.
    """

    path: Path
    error: str
    code: str = ReadError.code
    page: int | None = None


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What there is to do.

    Attributes:
        jobs: Pages to clean, by id in natural order.
        skipped: Files and folders left out on purpose.
        failed: Inputs that cannot be read at all, and those whose results may not be written where they should go.
        existing: Pages that were left out because an earlier run did them, and nothing changed since.
        folder: The output folder, if it has a journal.
    """

    jobs: tuple[PageJob, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[Refused, ...]
    existing: tuple[PageJob, ...] = field(default=())
    folder: Path | None = None


def page_name(source: PageSource) -> str:
    """Name of a page for people."""
    return str(source.path) if source.pages == 1 else f"{source.path}, page {source.page + 1}"


def plan_jobs(options: CleanOptions, recipe: Recipe, on_found: Callable[[int], None] | None = None) -> CleanPlan:
    """Find the pages and give each its output. Reads folders, writes nothing.

    Args:
        options: What was asked for.
        recipe: What to do with every page.
        on_found: Told again and again how many pages were found; what it raises ends the planning.

    Raises:
        UsageError: There is nothing to clean, or the output cannot be where the user wants it.
    """
    wanted_format = output_format_named(options.output_format)
    into_file = _names_a_file(options)
    if not into_file:
        _refuse_output_folder(options)
    found = discover(
        options.inputs,
        recursive=options.recursive,
        exclude=() if into_file else (options.output,),
        pages=options.pages,
        render_dpi=options.render_dpi,
        on_found=on_found,
    )
    if not found.sources and not found.failed:
        raise UsageError(_nothing_found(options, found))
    if into_file:
        wanted_format = _format_for_file(options, wanted_format)
    sources = found.sources
    joins = into_file and wanted_format is OutputFormat.PDF and len({source.path for source in sources}) > 1
    if joins:
        sources = _joinable(sources, options)
    outputs = plan_outputs(sources, options.output, format=wanted_format, is_folder=not into_file, joins=joins)
    specs = [output_spec(options, path, wanted_format, joins=joins) for path in outputs]
    jobs = [
        PageJob(id=str(number), source=source, recipe=recipe, output=spec)
        for number, (source, spec) in enumerate(zip(sources, specs, strict=True))
    ]
    _refuse_text_outside_pdf(jobs)
    is_journaled = options.rerun is not None and not into_file
    refused = _refused_results(jobs, on_found, is_lenient=is_journaled)
    failed = [Refused(skipped.path, str(skipped)) for skipped in found.failed]
    return CleanPlan(
        tuple(job for job in jobs if job.output.path not in refused),
        found.skipped,
        (*failed, *refused.values()),
        folder=options.output if is_journaled else None,
    )


def output_spec(
    options: CleanOptions,
    path: Path,
    format: OutputFormat,  # noqa: A002 - the word that users type
    *,
    joins: bool = False,
) -> OutputSpec:
    """Say how a result is stored.

    Args:
        options: What was asked for.
        path: The result's file.
        format: Its format.
        joins: Whether several inputs go into it.
    """
    return OutputSpec(
        path=path,
        format=format,
        overwrite=options.overwrite,
        joins_inputs=joins,
        breaks_signature=options.breaks_signatures,
        storage=options.storage,
        languages=options.languages,
        receipt=options.receipts,
    )


def _joinable(sources: Sequence[PageSource], options: CleanOptions) -> tuple[PageSource, ...]:
    """Leave out an older result that lies among the inputs of a PDF; refuse PDF files, which would lose their text."""
    output = _identity(options.output)
    left = [source for source in sources if source.path in options.inputs or _identity(source.path) != output]
    for source in left:
        if is_surgery(source, OutputSpec(path=options.output)):
            raise UsageError(
                f"-o {options.output}: {source.path} is a PDF file, and only images can be joined; clean it alone."
            )
    return tuple(left)


def _refuse_text_outside_pdf(jobs: Sequence[PageJob]) -> None:
    """Only a PDF can hold text that is not seen.

    Raises:
        UsageError: A result with text is no PDF.
    """
    for job in jobs:
        if job.output.languages and not is_named_pdf(job.output.path):
            text = "+".join(job.output.languages)
            raise UsageError(
                f"--searchable {text}: only PDF results can hold text, and {job.output.path.name} is none; "
                "add --format pdf, or leave it out."
            )


def _refused_results(
    jobs: Sequence[PageJob], on_found: Callable[[int], None] | None, *, is_lenient: bool
) -> dict[Path, Refused]:
    """Find the results, by path, that may not be written because of what is there now."""
    inputs = {identity for job in jobs if (identity := _identity(job.source.path))}
    refused: dict[Path, Refused] = {}
    leniency = {"overwrite": True} if is_lenient else {}
    for job in {job.output.path: job for job in reversed(jobs)}.values():
        if on_found is not None:
            on_found(len(jobs))
        try:
            verify_output(job.output.model_copy(update=leniency), job.source)
            if _identity(job.output.path) in inputs:  # through a link, which names alone do not tell
                raise WriteError(job.output.path, IS_AN_INPUT)  # noqa: TRY301 - one fault, found in two ways
        except WriteError as error:
            refused[job.output.path] = refusal(job, error)
    return dict(reversed(refused.items()))


def refusal(job: PageJob, error: WriteError) -> Refused:
    """Say that a result may not be written, for the page, or for all of the file where its pages share the result."""
    page = None if job.source.pages == 1 or shares_file(job.source, job.output) else job.source.page
    return Refused(job.source.path, str(error), error.code, page)


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell files apart whatever they are called; None where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def output_format_named(name: str) -> OutputFormat:
    """Give the format that a user named.

    Raises:
        UsageError: There is none of that name.
    """
    try:
        return OutputFormat(name.lower())
    except ValueError:
        known = ", ".join(known.value for known in OutputFormat)
        raise UsageError(f"--format {name}: is not a format to write; choose one of {known}.") from None


def _names_a_file(options: CleanOptions) -> bool:
    """Whether -o is the result's own name: one input file and a name that an image has, or the name of a PDF file."""
    if is_folder(options.output):
        return False
    if is_named_pdf(options.output):  # whoever names one for several inputs does not want a folder called so
        return True
    return len(options.inputs) == 1 and not is_folder(options.inputs[0]) and has_known_suffix(options.output)


def _refuse_output_folder(options: CleanOptions) -> None:
    """Refuse an output folder that is a file, or one of the inputs."""
    if is_there(options.output) and not is_folder(options.output):
        raise UsageError(f"-o {options.output}: is a file; name a folder, or for one input file an image's name.")
    output = os.path.realpath(options.output)
    for path in options.inputs:
        if is_folder(path) and os.path.realpath(path) == output:
            raise UsageError(f"-o {options.output}: is the input folder itself; name another folder for the results.")


def _nothing_found(options: CleanOptions, found: Discovery) -> str:
    names = ", ".join(str(path) for path in options.inputs)
    if options.pages.ranges and found.skipped and not any(is_folder(path) for path in options.inputs):
        return f"--pages {options.pages}: {found.skipped[0]}"
    remedy = "name a folder with images"
    if not options.recursive and any(is_folder(skipped.path) for skipped in found.skipped):
        remedy += ", or take its sub-folders too with --recursive"
    return f"{names}: holds no image that docclean can read; {remedy}."


def _format_for_file(options: CleanOptions, wanted: OutputFormat) -> OutputFormat:
    """Format of the single file that -o names: its suffix decides, and --format must not say otherwise."""
    named = format_of_suffix(options.output)
    if wanted not in (OutputFormat.KEEP, named):
        raise UsageError(f"-o {options.output}: its suffix is not the one of --format {wanted.value}; make them agree.")
    if named is OutputFormat.KEEP and not _same_family(options.output, options.inputs[0]):
        raise UsageError(
            f"-o {options.output}: pages can be converted to png, tiff, jpeg, webp and pdf only; use such a suffix."
        )
    return named


def _same_family(one: Path, other: Path) -> bool:
    return any({one.suffix.lower(), other.suffix.lower()} <= set(suffixes) for suffixes in SUFFIXES.values())
