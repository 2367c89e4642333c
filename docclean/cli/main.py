"""The command line: what can be asked for, and how faults become exit codes.

Only options live here. What a command does is in the module of its name, imported when the command runs, so that
`docclean --help` answers at once.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, cast

import typer

from docclean import __version__
from docclean.cli.console import complain, say, use_forgiving_streams
from docclean.cli.evaluate_command import Device, Model, evaluate_command
from docclean.cli.finetune_command import FINETUNE_EXIT_CODES, finetune_command
from docclean.cli.geometry_options import CleanBorders, Crop, Deskew, PunchHoles
from docclean.cli.packing_options import Color, Packing, Quality, chosen_storage
from docclean.cli.pdf_options import (
    Dpi,
    Pages,
    PasswordFile,
    PdfPages,
    PdfPagesOption,
    Searchable,
    chosen_dpi,
    use_password_file,
)
from docclean.cli.recipe_options import BreakSignatures, Format, Strength, Tasks
from docclean.cli.report_options import Receipts, Report, ShownReport
from docclean.cli.reproduce_command import REPRODUCE_EXIT_CODES, reproduce_command
from docclean.cli.rerun_options import Resume, RetryFailed, Verify, chosen_rerun
from docclean.cli.sharing_options import Address, Engine, Workers, chosen_workers
from docclean.cli.watch_command import WATCH_EXIT_CODES, watch_command
from docclean.core.errors import DoccleanError, ExitCode, UsageError
from docclean.core.recipe import Geometry, PageColor

logger = logging.getLogger(__name__)

EXIT_CODES = "Exit codes: 0 all pages done, 1 some pages failed, 2 wrong usage, 130 interrupted or told to end."

_WRONG_USAGE = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])
"""What typer raises for whatever is wrong with the arguments; it has no public name."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
models_app = typer.Typer(rich_markup_mode=None)
app.add_typer(models_app, name="models", help="Show the installed models.")


def main(argv: Sequence[str] | None = None, *, open_window: Callable[[Sequence[Path]], int] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program's name; those of the process by default.
        open_window: Opens the window with these files and gives its exit code; None where there is no window.

    Returns:
        The exit code; see `ExitCode`.
    """
    use_forgiving_streams()
    command = typer.main.get_command(app)
    try:
        arguments = None if argv is None else list(argv)
        code = command.main(arguments, prog_name="docclean", standalone_mode=False, obj=open_window)
        return code if isinstance(code, int) else ExitCode.OK
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK
    except DoccleanError as error:
        complain(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as fault:  # noqa: BLE001 - the last place that can turn a fault into a sentence
        return _explain_usage(fault) if isinstance(fault, _WRONG_USAGE) else _confess(fault)


@app.callback(invoke_without_command=True, epilog=EXIT_CODES)
def _docclean(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Clean scanned pages with convolutional autoencoders. Without a command the window opens."""
    if version:
        say(f"docclean {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        if context.obj is None:
            say(context.get_help())
        else:
            raise typer.Exit(context.obj(()))


@app.command()
def gui(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE", help="Images, PDF files and folders to begin with.")
    ] = None,
) -> None:
    """Open the window; a window that is open already takes the files."""
    if context.obj is None:
        raise UsageError("There is no window here; start docclean as a program of its own.")
    raise typer.Exit(context.obj(tuple(files or ())))


@app.command(epilog=EXIT_CODES)
def clean(
    *,
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="Images, PDF files and folders.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Folder; or a file: for one input file, or a PDF of several images."
        ),
    ],
    task: Tasks = None,
    model: Model = "",
    strength: Strength = 100,
    color: Color = PageColor.KEEP,
    compression: Packing = "keep",
    quality: Quality = None,
    deskew: Deskew = False,
    clean_borders: CleanBorders = False,
    punch_holes: PunchHoles = False,
    crop: Crop = False,
    device: Device = "auto",
    output_format: Format = "keep",
    pages: Pages = "",
    pdf_pages: PdfPagesOption = PdfPages.KEEP,
    dpi: Dpi = None,
    password_file: PasswordFile = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Take sub-folders too; mirror them in OUT.")] = False,
    resume: Resume = True,
    retry_failed: RetryFailed = False,
    verify: Verify = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that exist already, whoever made them.")
    ] = False,
    break_signatures: BreakSignatures = False,
    workers: Workers = "auto",
    engine: Engine = "local",
    address: Address = "",
    searchable: Searchable = "",
    receipts: Receipts = "embedded",
    shown_report: ShownReport = None,
    report: Report = None,
) -> None:
    """Clean pages. The inputs are never changed.

    A journal in the folder OUT knows what is done; the same command goes on where an earlier one stopped.
    """
    from docclean.cli.choices import choice
    from docclean.cli.clean import clean_pages
    from docclean.core.job import ReceiptPlace
    from docclean.documents.page_ranges import parse_page_ranges
    from docclean.engine.planning import CleanOptions
    from docclean.engine.text_recognition import parse_languages

    use_password_file(password_file)
    options = CleanOptions(
        inputs=tuple(inputs),
        output=output,
        tasks=tuple(task or ("denoise",)),
        model=model,
        strength=strength,
        color=color,
        geometry=Geometry(deskew=deskew, borders=clean_borders, punch_holes=punch_holes, crop=crop),
        storage=chosen_storage(compression, quality, output_format, output, color),
        device=device,
        output_format=output_format,
        recursive=recursive,
        overwrite=overwrite,
        pages=parse_page_ranges(pages),
        render_dpi=chosen_dpi(pdf_pages, dpi),
        breaks_signatures=break_signatures,
        languages=parse_languages(searchable) if searchable else (),
        receipts=choice(ReceiptPlace, "--receipts", receipts),
        rerun=chosen_rerun(resume=resume, retry_failed=retry_failed),
        verifies=verify,
        workers=chosen_workers(workers, engine, address),
        engine=engine,
        address=address,
        report=report,
        shown_report=shown_report,
    )
    _start()
    _end(clean_pages(options))


@app.command(epilog=EXIT_CODES)
def degrade(
    *,
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="INPUT", help="Clean pages: images, PDF files, folders of them.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Folder for dirty/, clean/ and so on.")],
    task: Annotated[str, typer.Option(metavar="denoise|dewatermark", help="What the pairs are for.")] = "denoise",
    fonts: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="Fonts to set pages with when no INPUT is named, and for words of watermarks."
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=999, help="Dirty twins of every page.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Determines the damage.")] = 0,
    dpi: Annotated[int, typer.Option(min=50, max=600, help="Resolution of PDF pages and of pages that are set.")] = 150,
    part: Annotated[
        str, typer.Option(metavar="all|training|validation", help="Only documents and fonts of one part of the split.")
    ] = "all",
    layers: Annotated[bool, typer.Option("--layers", help="Write ink, mark_opacity and mark_color too.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace twins that exist already.")] = False,
) -> None:
    """Make dirty twins of clean pages, to measure or to train with. The same seed gives the same files."""
    from docclean.cli.degrade import DegradeOptions, degrade_pages

    options = DegradeOptions(
        inputs=tuple(inputs or ()),
        output=output,
        task=task,
        fonts=tuple(fonts or ()),
        count=count,
        seed=seed,
        dpi=dpi,
        part=part,
        layers=layers,
        overwrite=overwrite,
    )
    _start()
    _end(degrade_pages(options))


@app.command()
def train(
    *,
    task: Annotated[str, typer.Argument(metavar="TASK", help="What the model is for: denoise or dewatermark.")],
    corpus: Annotated[list[Path], typer.Option(metavar="DIR", help="Clean pages, PDF or images; repeatable.")],
    work: Annotated[Path, typer.Option(metavar="DIR", help="Folder for checkpoints; the same one resumes.")],
    name: Annotated[str, typer.Option(metavar="ID", help="Id of the new model.")],
    pairs: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Real pairs in dirty/ and clean/; repeatable.")
    ] = None,
    fonts: Annotated[list[Path] | None, typer.Option(metavar="DIR", help="Fonts to set pages with.")] = None,
    crops: Annotated[int, typer.Option(min=1, help="Crops to take from the corpus; 1 MB each in WORK.")] = 4000,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps in all.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Crops in a minibatch.")] = None,
    reuse: Annotated[int | None, typer.Option(min=1, help="Steps that a dirtied page takes part in.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Processes that dirty pages; for a GPU, many.")] = None,
    learning_rate: Annotated[float | None, typer.Option(min=1e-7, max=1, help="Peak of the schedule.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Determines data and initial weights.")] = None,
    device: Device = "auto",
    precision: Annotated[str, typer.Option(metavar="auto|float32|bfloat16", help="Arithmetic.")] = "auto",
    parent: Annotated[str, typer.Option("--from", metavar="MODEL_ID", help="Start from this model's weights.")] = "",
    bottleneck: Annotated[int | None, typer.Option(min=1, max=4096, help="Channels in the bottleneck.")] = None,
    loss: Annotated[
        str, typer.Option(metavar="sharp|balanced", help="Balanced suits going on --from a trained denoiser.")
    ] = "sharp",
    input_noise: Annotated[
        float | None, typer.Option(metavar="SIGMA", min=0, max=1, help="Noise on the input; 1 is black to white.")
    ] = None,
    regularizer: Annotated[
        str, typer.Option(metavar="none|sparse-l1|sparse-kl|contractive", help="Penalty on the bottleneck.")
    ] = "none",
    regularizer_weight: Annotated[
        float | None, typer.Option(min=0, max=1e6, help="What it is multiplied with.")
    ] = None,
    sparsity: Annotated[
        float | None, typer.Option(metavar="RHO", min=1e-4, max=0.9999, help="Mean activation for sparse-kl.")
    ] = None,
) -> None:
    """Train a model of your own. Ctrl-C saves; the same command again goes on."""
    from docclean.cli.train import TrainOptions, train_model

    options = TrainOptions(
        task=task,
        corpus=tuple(corpus),
        work=work,
        name=name,
        pairs=tuple(pairs or ()),
        fonts=tuple(fonts or ()),
        steps=steps,
        batch=batch,
        reuse=reuse,
        workers=workers,
        learning_rate=learning_rate,
        seed=seed,
        device=device,
        precision=precision,
        parent=parent,
        crops=crops,
        bottleneck=bottleneck,
        loss=loss,
        input_noise=input_noise,
        regularizer=regularizer,
        regularizer_weight=regularizer_weight,
        sparsity=sparsity,
    )
    _start()
    _end(train_model(options))


app.command("evaluate", epilog=EXIT_CODES)(evaluate_command)
app.command("reproduce", epilog=REPRODUCE_EXIT_CODES)(reproduce_command)
app.command("finetune", epilog=FINETUNE_EXIT_CODES)(finetune_command)
app.command("watch", epilog=WATCH_EXIT_CODES)(watch_command)


@app.command()
def doctor() -> None:
    """Check the installation: versions, devices, models, folders."""
    from docclean.cli.doctor import check_installation

    _end(check_installation())


@models_app.callback(invoke_without_command=True)
def _models(context: typer.Context) -> None:
    """Show the installed models."""
    if context.invoked_subcommand is None:
        list_installed(as_json=False)


@models_app.command("list")
def list_installed(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the installed models."""
    from docclean.cli.models import list_models

    _end(list_models(as_json=as_json))


def _start() -> None:
    from docclean.core.logs import set_up_logging

    set_up_logging()


def _end(code: ExitCode) -> NoReturn:
    raise typer.Exit(int(code))


def _explain_usage(error: typer.BadParameter) -> ExitCode:
    """Print what typer says about the arguments; what pydantic says about a value, in plain words."""
    from pydantic import ValidationError

    from docclean.core.validation import explain_validation_fault

    if isinstance(error.__cause__, ValidationError):
        given = error.__cause__.errors()[0]["input"]
        error.message = f"{given!r} {explain_validation_fault(error.__cause__)[1]}."
    error.show()
    return ExitCode.WRONG_USAGE


def _confess(fault: Exception) -> ExitCode:
    from docclean.core.logs import set_up_logging

    log = set_up_logging()
    logger.error("incident", exc_info=fault)
    where = f"the log file says more: {log}" if log else "there is no log file, because its folder cannot be written"
    complain(f"docclean stopped because of a fault of its own ({type(fault).__name__}: {fault}); {where}")
    return ExitCode.SOME_PAGES_FAILED
