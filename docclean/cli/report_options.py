"""Options about what a run leaves besides results: receipts and reports."""

from pathlib import Path
from typing import Annotated

import typer

Report = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write a report to this file.")]
ShownReport = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a report with pictures (.html), or a table (.csv, .json)."),
]
Receipts = Annotated[
    str,
    typer.Option(
        metavar="embedded|sidecar|both|none",
        help="Where each result says how it was made: inside, where there is room, or in a file beside it.",
    ),
]
