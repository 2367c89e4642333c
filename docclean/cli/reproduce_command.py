"""What `docclean reproduce` can be asked for."""

from pathlib import Path
from typing import Annotated

import typer

from docclean.cli.pdf_options import PasswordFile, use_password_file
from docclean.cli.report_options import Report

REPRODUCE_EXIT_CODES = (
    "Exit codes: 0 equal bytes or pixels, 1 differs, 2 could not be made again, 130 interrupted or told to end."
)


def reproduce_command(
    *,
    target: Annotated[Path, typer.Argument(metavar="RECEIPT|RESULT", help="A result, or the receipt beside it.")],
    inputs: Annotated[
        list[Path] | None,
        typer.Option(
            "--input", metavar="FILE", help="What the result was made from, or its folder, if it moved; repeatable."
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="auto|cpu|cuda|cuda:N|mps", help="What runs the networks.  [default: as then]")
    ] = "",
    password_file: PasswordFile = None,
    report: Report = None,
) -> None:
    """Make a result again from its receipt and compare the two. No file is changed."""
    from docclean.cli.reproduce import ReproduceOptions, reproduce_result
    from docclean.core.logs import set_up_logging

    use_password_file(password_file)
    set_up_logging()
    raise typer.Exit(reproduce_result(ReproduceOptions(target, tuple(inputs or ()), device, report)))
