"""Drafts: the restored pixels of a page and nothing else, kept until somebody saves them.

A draft is what a network made of a page. Saving reads the page again and puts the draft's pixels into it, so that a
saved page is the same file whether or not it was looked at in between, in whatever format it is saved.
"""

from pathlib import Path

import cv2
import numpy as np

from docclean.core.errors import ReadError, WriteError
from docclean.core.files import atomic_write, make_folder_of, read_faults_explained
from docclean.core.page import PageSize, PixelArray

_GONE = "is not the draft of this page any more; clean the page again."
_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def write_draft(pixels: PixelArray, path: Path) -> None:
    """Keep pixels without loss, as PNG.

    Args:
        pixels: (H, W, 1 or 3), uint8.
        path: The file; its folder is made.

    Raises:
        WriteError: It cannot be written; nothing is left behind.
    """
    channels = pixels if pixels.shape[2] == 1 else pixels[:, :, ::-1]
    is_encoded, data = cv2.imencode(".png", channels, _FAST)
    if not is_encoded:
        raise WriteError(path, "could not be packed; the page is too large.")
    make_folder_of(path)
    with atomic_write(path) as file:
        file.write(data.tobytes())


def read_draft(path: Path, size: PageSize | None = None) -> PixelArray:
    """Read what `write_draft` kept.

    Args:
        path: The draft.
        size: Size of the page that it must be a draft of; None takes any.

    Returns:
        (H, W, 1 or 3), uint8, the very pixels.

    Raises:
        ReadError: There is no such draft, it is damaged, or it is one of another page.
    """
    with read_faults_explained(path):
        data = np.frombuffer(path.read_bytes(), np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if decoded is None or decoded.dtype != np.uint8:
        raise ReadError(path, _GONE)
    pixels = decoded[:, :, np.newaxis] if decoded.ndim == 2 else decoded[:, :, ::-1]
    if size is not None and tuple(pixels.shape[:2]) != tuple(size):
        raise ReadError(path, _GONE)
    return np.ascontiguousarray(pixels, np.uint8)
