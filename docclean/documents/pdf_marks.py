"""What a PDF says about itself that a change of its pages may make untrue: signatures, PDF/A, dates, its producer."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from docclean.documents.pdf_saving import PRODUCER

if TYPE_CHECKING:
    import pikepdf

_DEEPEST_FIELD = 32
_MOST_FIELDS = 100_000
_SIGNATURES_EXIST = 1
_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)
_DATES = ("xmp:ModifyDate", "xmp:MetadataDate")
_PDFA_MARKS = ("pdfaid:part", "pdfaid:conformance", "pdfaid:amd", "pdfaid:corr", "pdfaid:rev")
_CHANNELS = {"/DeviceRGB": 3, "/DeviceCMYK": 4, "/DeviceGray": 1}


def is_signed(pdf: "pikepdf.Pdf") -> bool:
    """Whether a PDF carries digital signatures, or rights that a change takes away.

    Source:
        ISO 32000-1, section 12.7.2 (SigFlags), 12.7.4.5 (signature fields), 12.8.4 (Perms).
    """
    root = pdf.Root
    try:
        if root.get("/Perms"):
            return True
        form = root.get("/AcroForm")
        if form is None:
            return False
        return bool(int(form.get("/SigFlags", 0)) & _SIGNATURES_EXIST) or _has_signed_field(form)
    except _MALFORMED:
        return False


def _has_signed_field(form: Any) -> bool:  # noqa: ANN401 - a PDF may hold anything there
    return any(str(kind) == "/Sig" and "/V" in each for each, kind in _fields(form.get("/Fields", ()), None, 0))


def _fields(fields: Any, kind: Any, depth: int) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - a PDF may hold anything there
    for number, each in enumerate(fields):
        if number > _MOST_FIELDS or depth > _DEEPEST_FIELD:
            return
        own = each.get("/FT", kind)
        yield each, own
        yield from _fields(each.get("/Kids", ()), own, depth + 1)


def drop_usage_rights(pdf: "pikepdf.Pdf") -> None:
    """Take out rights that a reader grants only as long as the file is what its maker signed.

    Source:
        ISO 32000-1, section 12.8.2.3 (UR).
    """
    perms = pdf.Root.get("/Perms")
    for name in ("/UR", "/UR3"):
        if perms is not None and name in perms:
            del perms[name]


def describe_change(pdf: "pikepdf.Pdf") -> None:
    """Name the program that made the file what it is, and leave out when it was changed, which would be untrue.

    Results carry no dates, so that two runs give equal bytes.

    Source:
        ISO 32000-1, table 317 (Info); XMP specification, part 1, section 8.4 (ModifyDate).
    """
    if "/Info" in pdf.trailer or "/Metadata" not in pdf.Root:
        pdf.docinfo["/Producer"] = PRODUCER
        if "/ModDate" in pdf.docinfo:
            del pdf.docinfo["/ModDate"]
    metadata = _read_metadata(pdf)
    if metadata is not None:
        with metadata:
            metadata["pdf:Producer"] = PRODUCER
            _drop(metadata, _DATES)


def pdfa_part(pdf: "pikepdf.Pdf") -> int:
    """Give the part of PDF/A that a PDF claims to follow; 0 if it claims none."""
    metadata = _read_metadata(pdf)
    try:
        return 0 if metadata is None else int(str(metadata["pdfaid:part"]))
    except (KeyError, ValueError):
        return 0


def pdfa_faults(pdf: "pikepdf.Pdf", part: int, images: Iterable["pikepdf.Object"]) -> tuple[str, ...]:
    """Find what makes new images break PDF/A.

    Args:
        pdf: The PDF that they are in.
        part: Of PDF/A.
        images: Image XObjects.

    Returns:
        What there is that may not be, in words for people, each once.

    Source:
        ISO 19005-1, sections 6.1.4 to 6.4; ISO 19005-2, sections 6.2.4.3 (device colors) and 6.2.10 (transparency).
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    channels = _intended_channels(pdf)
    found: dict[str, None] = {}
    for image in _images_within(images):
        filters = image.get("/Filter", ())
        names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
        if "/SMask" in image and (part == 1 or not channels):
            found["transparency"] = None
        if part == 1 and "/JPXDecode" in names:
            found["JPEG 2000"] = None
        if part == 1 and int(image.get("/BitsPerComponent", 1)) > 8:
            found["samples of 16 bits"] = None
        needed = _device_channels(image.get("/ColorSpace"))
        if needed and needed != channels and not (needed == 1 and channels):
            found["colors without a profile"] = None
    return tuple(found)


def _images_within(drawables: Iterable["pikepdf.Object"]) -> Iterator["pikepdf.Object"]:
    """Give images, and those that forms draw, as pages in layers have them."""
    for drawable in drawables:
        resources = drawable.get("/Resources")
        if drawable.get("/Subtype") == "/Form" and resources is not None:
            yield from _images_within(resources.get("/XObject", {}).values())
        else:
            yield drawable


def drop_pdfa_mark(pdf: "pikepdf.Pdf") -> None:
    """Claim to follow PDF/A no more."""
    metadata = _read_metadata(pdf)
    if metadata is not None:
        with metadata:
            _drop(metadata, _PDFA_MARKS)


def _read_metadata(pdf: "pikepdf.Pdf") -> Any:  # noqa: ANN401 - pikepdf's own mapping, loaded on first use
    """Read the XMP metadata; None where there is none, or none that can be understood."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    if not isinstance(pdf.Root.get("/Metadata"), pikepdf.Stream):
        return None
    try:
        return pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False, strict=True)
    except (ValueError, SyntaxError, pikepdf.PdfError):  # lxml's faults are syntax errors
        return None


def _drop(metadata: Any, names: Iterable[str]) -> None:  # noqa: ANN401 - pikepdf's own mapping, loaded on first use
    for name in names:
        if name in metadata:
            del metadata[name]


def _intended_channels(pdf: "pikepdf.Pdf") -> int:
    """Number of channels of the output intent's profile; 0 without one."""
    try:
        intents: Any = pdf.Root.get("/OutputIntents", ())
        for intent in intents:
            if intent.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in intent:
                return int(intent.DestOutputProfile.N)
    except _MALFORMED:
        return 0
    return 0


def _device_channels(space: Any) -> int:  # noqa: ANN401 - a PDF may hold anything there
    """Number of channels of a color space that says nothing about what its colors look like; 0 for others."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    if isinstance(space, pikepdf.Array) and str(space[0]) in ("/Indexed", "/I"):
        space = space[1]
    return _CHANNELS.get(str(space), 0) if isinstance(space, pikepdf.Name) else 0
