"""The number of pixels of a page, from the head of its file, without decoding anything."""

from pathlib import Path

from PIL import Image

from docclean.documents.decoding import decoding


def page_area(path: Path) -> int | None:
    """Count the pixels of a file's first page; None where that takes more than a look, as in PDF, or fails."""
    try:
        with decoding(), Image.open(path) as image:
            return image.width * image.height
    except Exception:  # noqa: BLE001 - Pillow lets anything out of damaged files, and whoever reads the page explains it
        return None
