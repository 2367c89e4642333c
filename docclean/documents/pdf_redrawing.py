"""Contents of a page of a PDF that show one image and hide the text that was there."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from docclean.documents.pdf_contents import Matrix
from docclean.documents.pdf_geometry import inherited, rotation_of, shown_box

if TYPE_CHECKING:
    import pikepdf

IMAGE_NAME = "/DoccleanPage"

_PLACING = ("q", "Q", "cm", "BT", "ET", "Tc", "Tw", "Tz", "TL", "Tf", "Ts", "Td", "TD", "Tm", "T*")
_SHOWING = ("Tj", "TJ", "'", '"')
_MARKING = ("BMC", "BDC", "EMC", "MP", "DP", "BX", "EX")
_KEPT = frozenset((*_PLACING, *_SHOWING, *_MARKING))
"""Operators that place and show text, or mark what it is. Colors, lines, areas, clips and images are left out,
and of XObjects only forms with text are drawn.

Source:
    ISO 32000-1, annex A.
"""

_INVISIBLE = b"3 Tr\n"
"""Text rendering mode "neither fill nor stroke", which q and Q save and restore and nothing else that is kept sets.

Source:
    ISO 32000-1, section 9.3.6.
"""

_DEEPEST_FORM = 24
_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)


def redraw_page(
    pdf: "pikepdf.Pdf", page: "pikepdf.Page", image: "pikepdf.Object", text_turn: Matrix | None = None
) -> None:
    """Let a page show an image on all of what viewers show of it; text stays where it was, but cannot be seen.

    The image lies above the text: glyphs of Type 3 fonts are drawn whatever the text rendering mode is.

    Args:
        pdf: The PDF of the page.
        page: The page.
        image: An image XObject of this PDF, upright.
        text_turn: Takes text to where it belongs on the image; None leaves it.

    Source:
        ISO 32000-1, section 9.3.6 (text rendering mode), section 14.8.2.2 (artifacts).
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    hidden = _Hidden(pdf)
    resources = inherited(page, "/Resources")
    text, forms = hidden.contents_of(page, resources, ())
    own = pikepdf.Dictionary(XObject=pikepdf.Dictionary(forms))
    own.XObject[IMAGE_NAME] = image
    for kind in ("/Font", "/Properties"):
        if isinstance(resources, pikepdf.Dictionary) and kind in resources:
            own[kind] = resources[kind]
    parts = [b"q\n", b"" if text_turn is None else concatenation(text_turn), _INVISIBLE, text, b"\nQ\n"]
    picture = b"q\n" + concatenation(placement_of(page)) + IMAGE_NAME.encode() + b" Do\nQ\n"
    if "/StructParents" in page.obj:
        picture = b"/Artifact BMC\n" + picture + b"EMC\n"
    page.obj.Resources = own
    page.obj.Contents = packed_stream(pdf, b"".join(parts) + picture)


def placement_of(page: "pikepdf.Page") -> Matrix:
    """Give the matrix that shows an upright image on all that viewers show of a page, /Rotate undone.

    Source:
        ISO 32000-1, table 30 (Rotate), section 8.9.5.
    """
    left, bottom, right, top = shown_box(page)
    across, up = right - left, top - bottom
    match rotation_of(page):
        case 90:
            return (0.0, up, -across, 0.0, right, bottom)
        case 180:
            return (-across, 0.0, 0.0, -up, right, top)
        case 270:
            return (0.0, -up, across, 0.0, left, top)
        case _:
            return (across, 0.0, 0.0, up, left, bottom)


def concatenation(matrix: Matrix) -> bytes:
    """Write a matrix and the operator that puts it before the one that is in force."""
    return " ".join(f"{number:.8f}".rstrip("0").rstrip(".") for number in matrix).encode() + b" cm\n"


def packed_stream(pdf: "pikepdf.Pdf", data: bytes) -> "pikepdf.Stream":
    """Make a stream, packed without loss."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    return pdf.make_stream(zlib.compress(data, 9), Filter=pikepdf.Name.FlateDecode)


@dataclass(slots=True)
class _Hidden:
    """Makes contents that only place text, and copies of the forms that hold some."""

    pdf: "pikepdf.Pdf"
    forms: dict[tuple[int, int], "pikepdf.Object | None"] = field(default_factory=dict)

    def contents_of(
        self,
        stream: Any,  # noqa: ANN401 - a PDF may hold anything there
        resources: Any,  # noqa: ANN401 - a PDF may hold anything there
        around: tuple[tuple[int, int], ...],
    ) -> tuple[bytes, dict[str, "pikepdf.Object"]]:
        """Give contents, and the forms that they draw by name."""
        import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

        kept: list[Any] = []
        forms: dict[str, pikepdf.Object] = {}
        for instruction in self._instructions(stream):
            operator = str(instruction.operator)
            if operator in _KEPT:
                kept.append(instruction)
            elif operator == "Do" and (form := self._form(instruction.operands, resources, around)) is not None:
                forms[str(instruction.operands[0])] = form
                kept.append(instruction)
        return pikepdf.unparse_content_stream(kept), forms

    def _instructions(self, stream: Any) -> Iterator[Any]:  # noqa: ANN401 - a PDF may hold anything there
        """Read instructions; what is damaged or missing has no text."""
        import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

        source = stream.obj if isinstance(stream, pikepdf.Page) else stream
        if isinstance(stream, pikepdf.Page) and source.get("/Contents") is None:
            return
        try:
            instructions = pikepdf.parse_content_stream(source)
        except (pikepdf.PdfError, *_MALFORMED):
            return
        yield from (each for each in instructions if not isinstance(each, pikepdf.ContentStreamInlineImage))

    def _form(self, operands: Any, resources: Any, around: tuple[tuple[int, int], ...]) -> "pikepdf.Object | None":  # noqa: ANN401 - a PDF may hold anything there
        """Give a copy of a form that holds text; None for images and for forms without text, and in a circle."""
        import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

        try:
            form = resources.XObject[str(operands[0])]
            is_form = isinstance(form, pikepdf.Stream) and form.get("/Subtype") == pikepdf.Name.Form
        except _MALFORMED:
            return None
        if not is_form or form.objgen in around or len(around) > _DEEPEST_FORM:
            return None
        if form.objgen not in self.forms:
            self.forms[form.objgen] = self._hidden(form, resources, (*around, form.objgen))
        return self.forms[form.objgen]

    def _hidden(
        self,
        form: "pikepdf.Object",
        resources: Any,  # noqa: ANN401 - a PDF may hold anything there
        around: tuple[tuple[int, int], ...],
    ) -> "pikepdf.Object | None":
        import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

        inner = form.get("/Resources", resources)
        text, forms = self.contents_of(form, inner, around)
        if not forms and b"T" not in text and b"'" not in text and b'"' not in text:
            return None
        copy = packed_stream(self.pdf, text)
        for name, each in form.items():
            if name not in ("/Length", "/Filter", "/DecodeParms", "/Resources", "/Group"):
                copy[name] = each
        own = pikepdf.Dictionary(XObject=pikepdf.Dictionary(forms))
        for kind in ("/Font", "/Properties"):
            if isinstance(inner, pikepdf.Dictionary) and kind in inner:
                own[kind] = inner[kind]
        copy.Resources = own
        return copy
