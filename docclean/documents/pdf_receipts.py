"""The receipt inside a PDF: in its XMP metadata, or where it has none, beside the other entries of its Info dictionary.

A PDF that has Info alone gets no XMP for it, because readers would then pass over the Info.
"""

from typing import TYPE_CHECKING

from docclean.documents.pdf_marks import pdfa_part
from docclean.documents.xmp import receipt_in, with_receipt

if TYPE_CHECKING:
    import pikepdf

_KEY = "/DoccleanReceipt"
_NEEDS_NO_DESCRIPTION = 4
"""PDF/A-4 (ISO 19005-4) has no extension schemas any more."""


def put_receipt(pdf: "pikepdf.Pdf", text: str) -> None:
    """Put a receipt into a PDF; PDF/A stays PDF/A.

    Args:
        pdf: It is changed in memory.
        text: Printable ASCII.

    Source:
        ISO 32000-1, sections 14.3.2 (metadata streams) and 14.3.3 (Info, which may have any keys).
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    packet = _packet(pdf)
    if packet:
        part = pdfa_part(pdf)
        changed = with_receipt(packet, text, is_pdfa=0 < part < _NEEDS_NO_DESCRIPTION)
        if changed is not None:
            pdf.Root.Metadata = pdf.make_stream(changed, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
            if "/Info" in pdf.trailer and _KEY in pdf.docinfo:
                del pdf.docinfo[_KEY]
            return
    pdf.docinfo[_KEY] = text


def get_receipt(pdf: "pikepdf.Pdf") -> str:
    """Find the receipt in a PDF; empty where there is none."""
    packet = _packet(pdf)
    text = receipt_in(packet) if packet else ""
    if not text and "/Info" in pdf.trailer:
        text = str(pdf.docinfo.get(_KEY, ""))
    return text


def _packet(pdf: "pikepdf.Pdf") -> bytes:
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, pikepdf.Stream):
        return b""
    try:
        return metadata.read_bytes()
    except (pikepdf.PdfError, RuntimeError):
        return b""
