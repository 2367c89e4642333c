"""Options for what is put straight on a page."""

from typing import Annotated

import typer

Deskew = Annotated[bool, typer.Option("--deskew", help="Turn pages until their lines are level, by up to 10 degrees.")]
CleanBorders = Annotated[
    bool, typer.Option("--clean-borders", help="Paint paper over dark rims that touch the edge of the page.")
]
PunchHoles = Annotated[bool, typer.Option("--punch-holes", help="Paint paper over the holes of a punch.")]
Crop = Annotated[bool, typer.Option("--crop", help="Cut off empty paper around the contents, but for 4 mm.")]
