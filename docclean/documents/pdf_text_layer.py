"""What a PDF says about itself survives when a program of others adds text to its pages."""

from pathlib import Path
from typing import TYPE_CHECKING

from docclean.core.files import PendingFile, write_faults_explained
from docclean.documents.pdf_saving import save_pdf

if TYPE_CHECKING:
    import pikepdf


def is_encrypted(path: Path) -> bool:
    """Whether a PDF is encrypted, if only to forbid something; a file that is no PDF is not."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    try:
        with pikepdf.open(path) as pdf:
            return bool(pdf.is_encrypted)
    except pikepdf.PasswordError:
        return True
    except pikepdf.PdfError:
        return False


def keep_facts(before: Path, after: Path, target: Path) -> None:
    """Write `after` with the document information and the XMP metadata of `before`.

    So the title, the dates, who made the file with what, and the mark of PDF/A are those of `before`; level A becomes
    B. The language of the document, which recognition knows, stays where `before` has none.

    Args:
        before: The PDF as it was.
        after: The same with text added.
        target: The new file; nothing is there when this fails.

    Raises:
        WriteError: It cannot be written.
        pikepdf.PdfError: One of both is no PDF.
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    pending = PendingFile(target)
    try:
        with pikepdf.open(before) as old, pikepdf.open(after) as new, write_faults_explained(target):
            _take_facts(old, new)
            save_pdf(new, pending.file)
        pending.commit()
    finally:
        pending.abort()


def _take_facts(old: "pikepdf.Pdf", new: "pikepdf.Pdf") -> None:
    if "/Metadata" in old.Root:
        new.Root.Metadata = new.copy_foreign(old.Root.Metadata)
    elif "/Metadata" in new.Root:
        del new.Root.Metadata
    _declare_untagged(new)
    if "/Info" in old.trailer:
        new.trailer.Info = new.copy_foreign(old.make_indirect(old.trailer.Info))
    elif "/Info" in new.trailer:
        del new.trailer.Info


def _declare_untagged(pdf: "pikepdf.Pdf") -> None:
    """Lower the mark of PDF/A from level A to B, because text that was recognized has no tags.

    Source:
        ISO 19005-2, 5.3 and 6.7 (level A: tagged structure).
    """
    key = "pdfaid:conformance"
    if pdf.open_metadata().get(key) == "A":
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata[key] = "B"
