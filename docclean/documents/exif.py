"""What EXIF and the tags of TIFF tell about a page's origin: camera or scanner, time, place, author, description.

What they say about the samples is left behind, because the result says that itself: orientation, size, resolution, and
a thumbnail that would show the page as it was. So are a maker's private notes, which point at places in the old file.
"""

from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

_EXIF, _GPS = int(ExifTags.IFD.Exif), int(ExifTags.IFD.GPSInfo)
_DESCRIPTIVE = (
    ExifTags.Base.DocumentName,
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.PageName,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.HostComputer,
    ExifTags.Base.Copyright,
    ExifTags.Base.XPTitle,
    ExifTags.Base.XPComment,
    ExifTags.Base.XPAuthor,
    ExifTags.Base.XPKeywords,
    ExifTags.Base.XPSubject,
)
_LEFT_BEHIND = (ExifTags.Base.MakerNote, ExifTags.Base.ExifInteroperabilityOffset)
_SIZE = (ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight)


def read_origin(tags: Mapping[int, Any], size: tuple[int, int]) -> dict[int, Any]:
    """Collect what is worth keeping.

    Args:
        tags: Pillow's `Exif` of an image, or the tags of a TIFF page.
        size: Width and height of the page, upright, px.

    Returns:
        Values by tag; those of the Exif and GPS directories in dictionaries of their own. Text beyond ASCII, which
        Pillow does not write, is bytes. All of it can be written.
    """
    origin = {int(tag): _writable(tags[tag]) for tag in _DESCRIPTIVE if isinstance(tags.get(tag), (str, bytes))}
    if not isinstance(tags, Image.Exif):
        return origin
    for number in (_EXIF, _GPS):
        directory = {tag: _writable(value) for tag, value in tags.get_ifd(number).items() if tag not in _LEFT_BEHIND}
        if number == _EXIF:
            directory |= {tag: side for tag, side in zip(_SIZE, size, strict=True) if tag in directory}
        if directory:
            origin[number] = directory
    exif_of(origin, None)
    return origin


def exif_of(origin: Mapping[int, Any], resolution_dpi: tuple[float, float] | None) -> bytes:
    """Make the EXIF data of a JPEG, PNG or WebP file.

    Returns:
        The data with Pillow's "Exif" mark in front; empty when there is nothing to say.
    """
    if not origin and resolution_dpi is None:
        return b""
    exif = Image.Exif()
    for tag, value in origin.items():
        exif[tag] = value
    if resolution_dpi is not None:
        exif[ExifTags.Base.XResolution], exif[ExifTags.Base.YResolution] = resolution_dpi
        exif[ExifTags.Base.ResolutionUnit] = 2
    return exif.tobytes()


def tiff_tags_of(origin: Mapping[int, Any]) -> dict[int, Any]:
    """Give the tags of a TIFF page; what has a directory of its own has no place there (Pillow cannot move it)."""
    return {tag: value for tag, value in origin.items() if tag not in (_EXIF, _GPS)}


def _writable(value: Any) -> Any:  # noqa: ANN401 - a value of EXIF may be anything
    return value if not isinstance(value, str) or value.isascii() else value.encode("latin-1", "replace")
