"""What can be told about files of pages without decoding them."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from PIL import ExifTags, Image

from docclean.core.files import sha256_of
from docclean.core.page import PageSize, PageSource
from docclean.documents.decoding import decoding
from docclean.documents.formats import SUFFIXES, is_named_pdf
from docclean.documents.orientation import UPRIGHT, turns_sideways


def stated_size(source: PageSource) -> PageSize | None:
    """Size of an image, upright, as its head states it; None for PDF files and for what cannot be read."""
    if is_named_pdf(source.path):
        return None
    try:
        with decoding(), Image.open(source.path, formats=tuple(SUFFIXES)) as image:
            if source.page:
                image.seek(source.page)
            width, height = image.size
            is_turned = turns_sideways(image.getexif().get(ExifTags.Base.Orientation, UPRIGHT))
    except Exception:  # noqa: BLE001  reason: Pillow lets anything out of damaged files, and reading them tells why
        return None
    return PageSize(width, height) if is_turned else PageSize(height, width)


def hashes_of_possible_copies(paths: Iterable[Path]) -> dict[Path, str]:
    """SHA-256 of those files that have the length of another one; files that cannot be read are left out."""
    by_length: dict[int, set[Path]] = defaultdict(set)
    for path in set(paths):
        with suppress(OSError):
            by_length[path.stat().st_size].add(path)
    hashes: dict[Path, str] = {}
    for path in (path for alike in by_length.values() if len(alike) > 1 for path in alike):
        with suppress(OSError):
            hashes[path] = sha256_of(path)
    return hashes
