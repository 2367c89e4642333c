"""Options about what is done with pages, for every command that cleans."""

from typing import Annotated

import typer

Tasks = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        metavar="denoise|dewatermark",
        help="What to do; several run in the order given. Take marks off only where you have the right to.  "
        "[default: denoise]",
    ),
]
Strength = Annotated[int, typer.Option(metavar="0..100", min=0, max=100, help="0 changes nothing, 100 corrects fully.")]
Format = Annotated[
    str, typer.Option("--format", metavar="keep|png|tiff|jpeg|webp|pdf", help="File format of the results.")
]
BreakSignatures = Annotated[
    bool, typer.Option("--break-signatures", help="Clean signed PDF files too; their signatures will not hold.")
]
