"""File formats: their names in Pillow, their suffixes, and how large a page each can hold."""

from pathlib import PurePath

from docclean.core.job import OutputFormat

SUFFIXES: dict[str, tuple[str, ...]] = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "JPEG2000": (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "GIF": (".gif",),
}
"""Suffixes of each format that Pillow reads, by Pillow's name; the first one is given to new files."""

OUTPUT_SUFFIXES = SUFFIXES | {"PDF": (".pdf",)}
"""Suffixes of all formats that can be read and written."""

KNOWN_SUFFIXES = frozenset(suffix for suffixes in OUTPUT_SUFFIXES.values() for suffix in suffixes)

FORMAT_NAMES = {
    OutputFormat.PNG: "PNG",
    OutputFormat.TIFF: "TIFF",
    OutputFormat.JPEG: "JPEG",
    OutputFormat.WEBP: "WEBP",
    OutputFormat.PDF: "PDF",
}
"""Pillow's name for each format that a user may convert to."""

LARGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383, "GIF": 65_535}
"""Longest side a format can hold, px; the others hold every page that can be read.

Source:
    libjpeg's JPEG_MAX_DIMENSION; libwebp's WEBP_MAX_DIMENSION; GIF89a, section 18.
"""


def has_known_suffix(path: PurePath) -> bool:
    """Whether a file's name ends like one of the formats that can be read."""
    return path.suffix.lower() in KNOWN_SUFFIXES


def is_named_pdf(path: PurePath) -> bool:
    """Whether a file's name ends like that of a PDF file."""
    return path.suffix.lower() in OUTPUT_SUFFIXES["PDF"]


def format_of_suffix(path: PurePath) -> OutputFormat:
    """Guess from a file's name which format the user wants; KEEP when the name does not say."""
    for output_format, name in FORMAT_NAMES.items():
        if path.suffix.lower() in OUTPUT_SUFFIXES[name]:
            return output_format
    return OutputFormat.KEEP
