"""The options of `docclean evaluate`. What it does is in `docclean.cli.evaluate`, imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from docclean.cli.report_options import Report
from docclean.core.errors import UsageError

Device = Annotated[str, typer.Option(metavar="auto|cpu|cuda|cuda:N|mps", help="What runs the networks.")]
Model = Annotated[str, typer.Option(metavar="ID", help="Model to use; see `docclean models list`.")]
Ocr = Annotated[bool, typer.Option("--ocr", help="Count the characters that Tesseract reads wrongly; English.")]


def evaluate_command(
    *,
    dirty: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the pages to clean.")] = None,
    clean: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the same pages as they should be.")
    ] = None,
    model: Model = "",
    device: Device = "auto",
    ocr: Ocr = False,
    report: Report = None,
    suite: Annotated[
        bool, typer.Option("--suite", help="Compare models and simple cleaners on made-up dirt, into -o.")
    ] = False,
    corpus: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Suite: clean pages, PDF or images; repeatable.")
    ] = None,
    fonts: Annotated[list[Path] | None, typer.Option(metavar="DIR", help="Suite: fonts to set pages with.")] = None,
    pages: Annotated[int, typer.Option(min=1, help="Suite: pages of each kind.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Suite: determines the pages and their damage.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="Suite: folder for tables and pictures.")
    ] = None,
) -> None:
    """Measure a model on pages that have clean twins.

    A twin has the same file name, but for the suffix, and the same size.

    With --suite the twins are made: pages of the corpus that no training sees get damage and watermarks, and the
    models clean them side by side with simple cleaners and with unpaper and ImageMagick, where they are installed.
    """
    from docclean.cli.evaluate import EvaluateOptions, evaluate_model
    from docclean.core.logs import set_up_logging

    set_up_logging()
    if suite:
        from docclean.cli.suite import SuiteOptions, evaluate_suite

        given = SuiteOptions(
            corpus=tuple(corpus or ()),
            output=output,
            fonts=tuple(fonts or ()),
            dirty=dirty,
            clean=clean,
            pages=pages,
            seed=seed,
            model=model,
            device=device,
            report=report,
            reads_text=ocr,
        )
        raise typer.Exit(int(evaluate_suite(given)))
    if corpus or fonts or output:
        raise UsageError("--corpus, --fonts and -o: are for the suite; add --suite or leave them out.")
    options = EvaluateOptions(dirty=dirty, clean=clean, model=model, device=device, report=report, reads_text=ocr)
    raise typer.Exit(int(evaluate_model(options)))
