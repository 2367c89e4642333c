"""Options for what becomes of colors and how results are packed, and what makes no sense together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docclean.core.errors import UsageError
from docclean.core.recipe import PageColor

if TYPE_CHECKING:
    from docclean.core.job import Storage

Color = Annotated[
    PageColor,
    typer.Option(
        metavar="keep|gray|bilevel|auto",
        help="Gray takes the colors out, bilevel leaves black and white; auto keeps color only where a page has some, "
        "grays only where it needs them.",
    ),
]
Packing = Annotated[
    str,
    typer.Option(
        "--compression",
        metavar="keep|lossless|jpeg|jpeg2000|mrc",
        help="How PDF and TIFF pages are packed. Mrc (PDF) stores text sharp over a coarse background. Black and white "
        "never loses.",
    ),
]
Quality = Annotated[
    int | None,
    typer.Option(
        metavar="1..100", min=1, max=100, help="Of JPEG, JPEG 2000 and WebP.  [default: that of the input, or 90]"
    ),
]

_LOSSY = ("jpeg", "jpeg2000", "mrc")
_PACKED_IN_ONE_WAY = ("png", "jpeg", "webp")


def chosen_storage(
    compression: str, quality: int | None, output_format: str, output: Path, color: PageColor
) -> "Storage":
    """Put the options together.

    Args:
        compression: As given.
        quality: As given.
        output_format: As given; "keep" goes by the name of the output.
        output: The output.
        color: As given.

    Raises:
        UsageError: One is unknown, or they make no sense together.
    """
    from docclean.core.job import Compression, Storage
    from docclean.documents.formats import format_of_suffix

    try:
        way = Compression(compression.lower())
    except ValueError:
        known = ", ".join(known.value for known in Compression)
        raise UsageError(f"--compression {compression}: is unknown; choose one of {known}.") from None
    wanted = output_format.lower()
    wanted = format_of_suffix(output).value if wanted == "keep" else wanted
    if sentence := (
        _fault_of_compression(way.value, wanted, color)
        or _fault_of_quality(way.value, quality, wanted, color)
        or _fault_of_color(wanted, color)
    ):
        raise UsageError(sentence)
    return Storage(compression=way, quality=quality)


def _fault_of_compression(way: str, wanted: str, color: PageColor) -> str:
    if way != "keep" and wanted in _PACKED_IN_ONE_WAY:
        return f"--compression {way}: {wanted} files are packed in one way; choose --format pdf or tiff."
    if way in ("mrc", "jpeg2000") and wanted == "tiff":
        return f"--compression {way}: is for PDF; choose jpeg or lossless for TIFF."
    if way in _LOSSY and color is PageColor.BILEVEL:
        return f"--compression {way}: black and white is packed without loss; leave it out, or choose --color gray."
    return ""


def _fault_of_quality(way: str, quality: int | None, wanted: str, color: PageColor) -> str:
    if quality is None:
        return ""
    if way == "lossless":
        return "--quality: nothing is lost with --compression lossless; leave one of the two out."
    if wanted == "png":
        return "--quality: png files lose nothing; leave it out, or choose --format jpeg, webp, tiff or pdf."
    if color is PageColor.BILEVEL:
        return "--quality: black and white is packed without loss; leave it out, or choose --color gray."
    return ""


def _fault_of_color(wanted: str, color: PageColor) -> str:
    if color is PageColor.BILEVEL and wanted in ("jpeg", "webp"):
        return f"--color bilevel: {wanted} files cannot hold black and white; choose --format pdf, tiff or png."
    return ""
