"""The options of `docclean watch`. What it does is in `docclean.cli.watch`, imported when it runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from docclean.cli.evaluate_command import Device, Model
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
from docclean.cli.report_options import Receipts
from docclean.core.recipe import Geometry, PageColor

WATCH_EXIT_CODES = (
    "Exit codes: 0 told to end (SIGTERM, SIGHUP, Ctrl-C), which is how a watch ends; 2 wrong usage. With --once: 0 all "
    "done, or left for the next run because it was not complete; 1 some files failed, or results could not be written; "
    "130 interrupted or told to end."
)


class WhenDone(StrEnum):
    """What becomes of inputs that were cleaned."""

    KEEP = "keep"
    MOVE = "move"


def watch_command(
    *,
    source: Annotated[Path, typer.Argument(metavar="IN", help="Folder to watch.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the results.")],
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Watch sub-folders too, but no links to folders; mirror them in OUT.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Clean what is there, then end.")] = False,
    done: Annotated[
        WhenDone,
        typer.Option(
            metavar="keep|move", help="Leave inputs that were cleaned where they are, or move them to IN/done."
        ),
    ] = WhenDone.KEEP,
    failed: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where inputs go that cannot be cleaned, each with its reason.  [default: IN/failed]"
        ),
    ] = None,
    leave_failed: Annotated[
        bool, typer.Option("--leave-failed", help="Leave inputs where they are that cannot be cleaned.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0, max=3600, help="A file is complete when it has not changed for so long."
        ),
    ] = 2.0,
    give_up: Annotated[
        float,
        typer.Option(
            "--give-up",
            metavar="SECONDS",
            min=0,
            help="A file that is cut off, or cannot be read, counts as failed when it has not changed for so long.",
        ),
    ] = 300.0,
    polling: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0.1,
            max=86400,
            help="Look so often, for drives that tell of no changes.  [default: network drives 10, others as told]",
        ),
    ] = None,
    json_lines: Annotated[
        Path | None,
        typer.Option("--json-lines", metavar="FILE|-", help="Add a line of JSON for everything that happens."),
    ] = None,
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
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace files in OUT that docclean did not write, instead of taking another name."
        ),
    ] = False,
    break_signatures: BreakSignatures = False,
    searchable: Searchable = "",
    receipts: Receipts = "embedded",
) -> None:
    """Clean what arrives in a folder, until told to end. What is in the inputs is never changed.

    A file is taken when it has been written completely, or was renamed into its place. Names that begin with a dot and
    names that no image has (scan.png.part, scan.tmp) are left alone.

    A new version of an input replaces the result of the old one. With --done move another file of the same name is
    another document, whose result gets a name of its own. A journal in OUT knows what is done; after a restart, nothing
    is done twice.
    """
    from docclean.cli.choices import choice
    from docclean.cli.watch import WatchRequest, watch_folder
    from docclean.core.errors import UsageError
    from docclean.core.job import ReceiptPlace
    from docclean.core.logs import set_up_logging
    from docclean.documents.page_ranges import parse_page_ranges
    from docclean.engine.planning import CleanOptions
    from docclean.engine.text_recognition import parse_languages
    from docclean.engine.watching.places import DONE_FOLDER, FAILED_FOLDER
    from docclean.engine.watching.watcher import WatchOptions

    if failed is not None and leave_failed:
        raise UsageError("--failed moves inputs and --leave-failed leaves them; give one of the two.")
    use_password_file(password_file)
    options = CleanOptions(
        inputs=(source,),
        output=output,
        tasks=tuple(task or ("denoise",)),
        model=model,
        strength=strength,
        color=color,
        geometry=Geometry(deskew=deskew, borders=clean_borders, punch_holes=punch_holes, crop=crop),
        device=device,
        output_format=output_format,
        recursive=recursive,
        overwrite=overwrite,
        pages=parse_page_ranges(pages),
        render_dpi=chosen_dpi(pdf_pages, dpi),
        breaks_signatures=break_signatures,
        storage=chosen_storage(compression, quality, output_format, output, color),
        languages=parse_languages(searchable) if searchable else (),
        receipts=choice(ReceiptPlace, "--receipts", receipts),
    )
    watch = WatchOptions(
        failed=None if leave_failed else failed or source / FAILED_FOLDER,
        done=source / DONE_FOLDER if done is WhenDone.MOVE else None,
        settle_s=settle,
        give_up_s=give_up,
        polling_s=polling,
        is_once=once,
    )
    set_up_logging()
    raise typer.Exit(int(watch_folder(WatchRequest(options, watch, json_lines))))
