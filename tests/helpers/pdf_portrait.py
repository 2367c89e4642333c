"""What is in a PDF besides the samples of its images, in a form that can be compared before and after."""

import hashlib
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from docclean.documents.xmp import NAMESPACE

_DEPTH = 400
_NUMBER = re.compile(r"\d+")
_OF_PACKING = frozenset({"/Length", "/Filter", "/DecodeParms"})
_TOLD_APART = frozenset({"/Metadata", "/Thumb", "/Extensions"})
"""Small pictures of pages do not show a cleaned one any more; encryption names the extension of PDF that it is."""
BOXES = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox")


def portrait_of(path: Path, password: str = "") -> list[str]:
    """List everything that can be reached from the catalog, one line each: path and value.

    Objects that are met again are named by the line number of the first time, so the shape of the graph counts too. An
    image is its size and nothing else. Metadata streams are not listed, see `metadata_of`, and little else.
    """
    with Pdf.open(path, password=password) as pdf:
        return list(_lines(pdf.Root))


def _lines(root: Object) -> Iterator[str]:
    seen: dict[tuple[int, int], int] = {}
    waiting: list[tuple[str, Any]] = [("", root)]
    number = 0
    while waiting:
        place, value = waiting.pop()
        number += 1
        if isinstance(value, Object) and value.is_indirect and not _is_image(value):
            first = seen.setdefault(value.objgen, number)
            if first != number:
                yield f"{place} = line {first}"
                continue
        yield f"{place} = {_described(value)}"
        if place.count("/") < _DEPTH and not _is_image(value):
            waiting += reversed(list(_parts(place, value)))


def _is_image(value: Any) -> bool:
    return isinstance(value, Stream) and value.get("/Subtype") == Name.Image


def _described(value: Any) -> str:
    if _is_image(value):
        return f"image of {value.get('/Width')} x {value.get('/Height')} px, stencil: {value.get('/ImageMask', False)}"
    if isinstance(value, Stream):
        return f"stream {hashlib.sha256(_content(value)).hexdigest()}"
    if isinstance(value, Array):
        return f"array of {len(value)}"
    if isinstance(value, Dictionary):
        return "dictionary"
    return str(float(value)) if isinstance(value, (int, Decimal)) else repr(value)


def _content(stream: Stream) -> bytes:
    try:
        return stream.read_bytes()
    except (pikepdf.PdfError, NotImplementedError):
        return stream.read_raw_bytes()


def _parts(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Array):
        for number, item in enumerate(list(value)):
            yield f"{place}/{number}", item
    elif isinstance(value, (Dictionary, Stream)):
        left_out = _OF_PACKING | _TOLD_APART if isinstance(value, Stream) else _TOLD_APART
        entries: list[tuple[str, Any]] = sorted(value.items())
        yield from ((f"{place}{key}", item) for key, item in entries if item is not None and key not in left_out)


def boxes_of(path: Path, password: str = "") -> list[dict[str, Any]]:
    """Give each page's boxes, user space units, its rotation, degrees, and the size of its unit; inherited ones too."""
    with Pdf.open(path, password=password) as pdf:
        return [
            {name: [float(side) for side in getattr(page, name[1:].lower())] for name in BOXES}
            | {"/Rotate": page.get("/Rotate", 0), "/UserUnit": float(page.get("/UserUnit", 1))}
            for page in pdf.pages
        ]


def metadata_of(path: Path, password: str = "") -> dict[str, str]:
    """Give what the document says of itself, in the old place and in XMP.

    Left out are the time of the last change and docclean's own receipt, with what PDF/A wants to know about it.
    """
    with Pdf.open(path, password=password) as pdf:
        told = {f"info {key}": str(value) for key, value in pdf.docinfo.items() if key != "/ModDate"}
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
            told |= {key: str(value) for key, value in xmp.items()}
    left_out = ("}ModifyDate", "}MetadataDate", "/DoccleanReceipt", "pdfa/ns/extension/}schemas")
    return {key: value for key, value in told.items() if not key.endswith(left_out) and NAMESPACE not in key}


def attachments_of(path: Path, password: str = "") -> dict[str, bytes]:
    with Pdf.open(path, password=password) as pdf:
        return {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}


def problems_of(path: Path, password: str = "") -> list[str]:
    """Say what qpdf finds wrong, once each; the file's name and all numbers are left out, because they change."""
    with Pdf.open(path, password=password) as pdf:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="pikepdf is missing some specialized decoders")  # no jbig2dec
            found = pdf.check_pdf_syntax()
        return sorted({_NUMBER.sub("N", problem.replace(str(path), "")) for problem in found})


def pages_of(path: Path, password: str = "") -> int:
    with Pdf.open(path, password=password) as pdf:
        return len(pdf.pages)


def images_of(path: Path, password: str = "") -> list[dict[str, Any]]:
    """Describe every image that a page draws, page by page in the order of their names; forms are looked into."""
    with Pdf.open(path, password=password) as pdf:
        return [_facts(image) for page in pdf.pages for image in _images(page.get("/Resources"), set())]


def _images(resources: Object | None, seen: set[tuple[int, int]]) -> Iterator[Object]:
    for _, item in sorted(resources.get("/XObject", {}).items() if resources is not None else ()):
        if not isinstance(item, Stream) or item.objgen in seen:
            continue
        seen.add(item.objgen)
        if _is_image(item):
            yield item
        else:
            yield from _images(item.get("/Resources"), seen)


def _facts(image: Object) -> dict[str, Any]:
    return {
        "size": (image.get("/Width"), image.get("/Height")),
        "bits": 1 if image.get("/ImageMask", False) else image.get("/BitsPerComponent"),
        "has_mask": "/SMask" in image or "/Mask" in image,
        "filter": str(image.get("/Filter")),
        "bytes": len(image.read_raw_bytes()),
    }


def pictures_of(path: Path, password: str = "", longest: int = 700) -> list[NDArray[np.uint8]]:
    """Draw each page with pdfium, (H, W, 3), uint8, its longer side `longest` px."""
    with pypdfium2.PdfDocument(path, password=password or None) as pdf:
        drawn = []
        for page in pdf:
            bitmap = page.render(scale=longest / max(page.get_size()))
            drawn.append(np.array(bitmap.to_pil().convert("RGB")))
            bitmap.close()
            page.close()
        return drawn


def text_of(path: Path, password: str = "") -> list[str]:
    """Read each page's text with pdfium."""
    with pypdfium2.PdfDocument(path, password=password or None) as pdf:
        texts = []
        for page in pdf:
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
        return texts


def poppler_text_of(path: Path, password: str = "") -> str:
    """Read the text with poppler, a second opinion; nothing where it is not installed."""
    program = shutil.which("pdftotext")
    if program is None:
        return ""
    command = [program, "-q", "-enc", "UTF-8", "-upw", password, str(path), "-"]
    return subprocess.run(command, check=False, capture_output=True).stdout.decode("utf-8", "replace")
