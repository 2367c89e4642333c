"""From what the user typed to page jobs. Everything that can be found wrong is found here, before the first page."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from docclean.core.errors import ReadError, UsageError, WriteError
from docclean.core.files import PendingFile, is_folder, is_plain_file, is_there, make_folder_of, write_faults_explained
from docclean.core.job import OutputFormat, OutputSpec, PageJob
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.documents.discover import Discovery, Skipped, discover
from docclean.documents.formats import SUFFIXES, format_of_suffix, has_known_suffix
from docclean.documents.naming import IS_AN_INPUT, plan_outputs
from docclean.documents.writer import shares_file, verify_output
from docclean.models.catalog import Catalog


@dataclass(frozen=True, slots=True)
class CleanOptions:
    """What `docclean clean` was asked to do, as typed; see its help."""

    inputs: tuple[Path, ...]
    output: Path
    tasks: tuple[str, ...] = ("denoise",)
    model: str = ""
    strength: int = 100
    device: str = "auto"
    output_format: str = "keep"
    recursive: bool = False
    overwrite: bool = False
    report: Path | None = None


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
    """

    jobs: tuple[PageJob, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[Refused, ...]


def page_name(source: PageSource) -> str:
    """Name of a page for people."""
    return str(source.path) if source.pages == 1 else f"{source.path}, page {source.page + 1}"


def choose_recipe(tasks: Sequence[str], model: str, strength: int, catalog: Catalog) -> Recipe:
    """Find the models that do what the user wants.

    Args:
        tasks: In the order in which they shall run.
        model: Model id for the stages of its own task; empty for default models everywhere.
        strength: 0..100, for every stage.
        catalog: Installed models.

    Returns:
        A recipe in which every stage names its model.

    Raises:
        UsageError: Not a task, or the model's task is not among them.
        ModelError: An unknown model, or a task that no model does.
    """
    wanted = [_task(name, catalog) for name in tasks]
    chosen = {task: catalog.default_for(task) for task in wanted} if not model else {}
    if model:
        entry = catalog.get(model)
        task = entry.manifest.task
        if task not in wanted:
            raise UsageError(
                f"--model {model}: this model is for the task {task.value!r}, which was not asked for; "
                f"add --task {task.value} or choose another model."
            )
        chosen = {other: entry if other is task else catalog.default_for(other) for other in wanted}
    return Recipe(
        stages=tuple(StageSpec(task=task, model=chosen[task].manifest.id, strength=strength) for task in wanted)
    )


def _task(name: str, catalog: Catalog) -> Task:
    try:
        return Task(name)
    except ValueError:
        known = ", ".join(sorted({entry.manifest.task.value for entry in catalog.all()})) or "none, for want of models"
        raise UsageError(f"--task {name}: is not a task; the installed models can do: {known}.") from None


def plan_jobs(options: CleanOptions, recipe: Recipe) -> CleanPlan:
    """Find the pages and give each its output. Reads folders, writes nothing.

    Raises:
        UsageError: There is nothing to clean, or the output cannot be where the user wants it.
    """
    wanted_format = _output_format(options.output_format)
    into_file = _names_a_file(options)
    if not into_file:
        _refuse_output_folder(options)
    found = discover(options.inputs, recursive=options.recursive, exclude=() if into_file else (options.output,))
    if not found.sources and not found.failed:
        raise UsageError(_nothing_found(options, found))
    if into_file:
        wanted_format = _format_for_file(options, wanted_format)
    outputs = plan_outputs(found.sources, options.output, format=wanted_format, is_folder=not into_file)
    jobs = [
        PageJob(
            id=str(number),
            source=source,
            recipe=recipe,
            output=OutputSpec(path=path, format=wanted_format, overwrite=options.overwrite),
        )
        for number, (source, path) in enumerate(zip(found.sources, outputs, strict=True))
    ]
    refused = _refused_results(jobs)
    failed = [Refused(skipped.path, str(skipped)) for skipped in found.failed]
    return CleanPlan(
        tuple(job for job in jobs if job.output.path not in refused), found.skipped, (*failed, *refused.values())
    )


def _refused_results(jobs: Sequence[PageJob]) -> dict[Path, Refused]:
    """Find the results, by path, that may not be written because of what is there now."""
    inputs = {identity for job in jobs if (identity := _identity(job.source.path))}
    refused: dict[Path, Refused] = {}
    for job in {job.output.path: job for job in reversed(jobs)}.values():
        try:
            verify_output(job.output, job.source)
            if _identity(job.output.path) in inputs:  # through a link, which names alone do not tell
                raise WriteError(job.output.path, IS_AN_INPUT)  # noqa: TRY301 - one fault, found in two ways
        except WriteError as error:
            page = None if job.source.pages == 1 or shares_file(job.source, job.output) else job.source.page
            refused[job.output.path] = Refused(job.source.path, str(error), error.code, page)
    return dict(reversed(refused.items()))


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell files apart whatever they are called; None where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _output_format(name: str) -> OutputFormat:
    try:
        return OutputFormat(name.lower())
    except ValueError:
        known = ", ".join(known.value for known in OutputFormat)
        raise UsageError(f"--format {name}: is not a format to write; choose one of {known}.") from None


def _names_a_file(options: CleanOptions) -> bool:
    """Whether -o is the result's own name: one input file, and a name that an image has."""
    if len(options.inputs) != 1 or is_folder(options.inputs[0]) or is_folder(options.output):
        return False
    return has_known_suffix(options.output)


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
            f"-o {options.output}: pages can be converted to png, tiff, jpeg and webp only; use such a suffix."
        )
    return named


def _same_family(one: Path, other: Path) -> bool:
    return any({one.suffix.lower(), other.suffix.lower()} <= set(suffixes) for suffixes in SUFFIXES.values())


def _is_report(path: Path) -> bool:
    """Whether a file is an earlier report, which a new one may replace: an ordinary file, no link, no device."""
    if not is_plain_file(path):
        return False
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("program") == "docclean"


def prepare_report(report: Path, jobs: Sequence[PageJob] = ()) -> None:
    """Check before the work that a report can be written, and make its folder.

    Raises:
        UsageError: It would replace what is no report, or nothing can be written there.
    """
    taken = {os.path.realpath(path) for job in jobs for path in (job.source.path, job.output.path)}
    if has_known_suffix(report) or os.path.realpath(report) in taken:
        raise UsageError(f"--json {report}: is the name of a page; give the report another name.")
    if is_folder(report):
        raise UsageError(f"--json {report}: is a folder; name a file.")
    try:
        verify_report(report)
        make_folder_of(report)
        with write_faults_explained(report), suppress(FileNotFoundError):
            report.lstat()  # a name that is too long is told now
        PendingFile(report).abort()
    except WriteError as error:
        raise UsageError(f"--json {error}") from error


def verify_report(report: Path) -> None:
    """Check that writing a report replaces nothing but a report.

    Raises:
        WriteError: Something else has its name.
    """
    if os.path.lexists(report) and not _is_report(report):
        raise WriteError(report, "exists and is not a report of docclean; give the report another name.")
