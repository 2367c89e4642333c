"""Pages of PDF files that are rare, by what is rare about them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from pikepdf import Array, Dictionary, Name, Pdf

from tests.helpers.made_pdfs import POINTS, Maker, add_gray, add_page, saved, void
from tests.helpers.scans import dirty_page


def _cyclic_forms(pdf: Pdf) -> None:
    image = add_gray(pdf)
    first, second = (pdf.make_indirect(pdf.make_stream(b"/Other Do")) for _ in range(2))
    for form, other in ((first, second), (second, first)):
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *POINTS])
        form.Resources = Dictionary(XObject=Dictionary(Other=other))
    page = add_page(pdf, image, b"q %f 0 0 %f 0 0 cm /Im Do Q /Form Do" % POINTS)
    page.Resources.XObject.Form = first


def _nested_forms(pdf: Pdf, depth: int) -> None:
    inner = add_gray(pdf)
    for level in range(depth):
        drawn = b"q %f 0 0 %f 0 0 cm /In Do Q" % POINTS if level == 0 else b"/In Do"
        form = pdf.make_stream(drawn)
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *POINTS])
        form.Resources = Dictionary(XObject=Dictionary(In=inner))
        inner = pdf.make_indirect(form)
    add_page(pdf, inner, b"/Im Do")


def _form_of_itself(pdf: Pdf) -> None:
    form = pdf.make_indirect(pdf.make_stream(b"/Im Do"))
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *POINTS])
    form.Resources = Dictionary(XObject=Dictionary(Im=form))
    add_page(pdf, form, b"/Im Do")


def _inline(pdf: Pdf) -> None:
    samples = np.asarray(dirty_page(40, 30)).tobytes()
    header = b"q %f 0 0 %f 0 0 cm BI /W 40 /H 30 /CS /G /BPC 8 ID " % POINTS
    add_page(pdf, None, header + samples + b"\nEI Q")


def _shared(pdf: Pdf) -> None:
    image = add_gray(pdf)
    for _ in range(3):
        add_page(pdf, image)


def _twice_on_a_page(pdf: Pdf) -> None:
    width, height = POINTS
    half = b"q %f 0 0 %f 0 %f cm /Im Do Q "
    add_page(pdf, add_gray(pdf), half % (width, height / 2, 0) + half % (width, height / 2, height / 2))


def _inherited(pdf: Pdf) -> None:
    add_page(pdf, None, b"q %f 0 0 %f 0 0 cm /Im Do Q" % POINTS)
    root, page = pdf.Root.Pages, pdf.pages[0].obj
    root.Resources = Dictionary(XObject=Dictionary(Im=add_gray(pdf)))
    root.MediaBox, root.Rotate = page.MediaBox, 90
    del page.Resources, page.MediaBox


def _shifted_boxes(pdf: Pdf) -> None:
    width, height = POINTS
    page = add_page(pdf, add_gray(pdf), b"q %f 0 0 %f -10 -20 cm /Im Do Q" % POINTS)
    page.MediaBox = Array([-10, -20, width - 10, height - 20])
    page.CropBox = Array([0, 0, width / 2, height / 2])


def _split_contents(pdf: Pdf) -> None:
    page = add_page(pdf, add_gray(pdf))
    parts = (b"q %f 0 0 %f" % POINTS, b"0 0 cm", b"/Im Do", b"Q")
    page.Contents = Array([pdf.make_indirect(pdf.make_stream(part)) for part in parts])


def _unbalanced(pdf: Pdf) -> None:
    add_page(pdf, add_gray(pdf), b"Q Q q q %f 0 0 %f 0 0 cm /Im Do ) > BT unknown 1 2 3" % POINTS)


def _missing_image(pdf: Pdf) -> None:
    add_page(pdf, add_gray(pdf), b"/Nowhere Do q %f 0 0 %f 0 0 cm /Im Do Q" % POINTS)


def _with_matrix(matrix: bytes) -> Callable[[Pdf], None]:
    return lambda pdf: void(add_page(pdf, add_gray(pdf), b"q " + matrix + b" cm /Im Do Q"))


def _font() -> Dictionary:
    return Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)


def hidden_text(pdf: Pdf, words: str = "Some hidden words") -> None:
    """Add a scan with text below it that is found but not seen (render mode 3)."""
    text = b"BT 3 Tr /F 9 Tf 8 60 Td (%s) Tj ET " % words.encode("ascii")
    page = add_page(pdf, add_gray(pdf), text + b"q %f 0 0 %f 0 0 cm /Im Do Q" % POINTS)
    page.Resources.Font = Dictionary(F=_font())


def drawn(pdf: Pdf) -> None:
    """Add a page that no scanner made."""
    page = add_page(pdf, None, b"BT /F 12 Tf 10 50 Td (Typed words) Tj ET 5 5 50 20 re S")
    page.Resources = Dictionary(Font=Dictionary(F=_font()))


def _side(pdf: Pdf, **more: Any) -> None:
    add_page(pdf, add_gray(pdf), **more)


def _hidden_layer(pdf: Pdf) -> None:
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Off"))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer]), Order=Array([layer])))
    page = add_page(pdf, add_gray(pdf), b"q %f 0 0 %f 0 0 cm /Im Do Q /OC /L BDC 0 0 9 9 re f EMC" % POINTS)
    page.Resources.Properties = Dictionary(L=layer)


_WIDTH_PT, _HEIGHT_PT = POINTS

RARE_PAGES: dict[str, Callable[[Pdf], None]] = {
    "cyclic-forms": _cyclic_forms,
    "form-of-itself": _form_of_itself,
    "nested-forms": lambda pdf: _nested_forms(pdf, 6),
    "deeply-nested-forms": lambda pdf: _nested_forms(pdf, 400),
    "inline-image": _inline,
    "shared-image": _shared,
    "twice-on-a-page": _twice_on_a_page,
    "inherited": _inherited,
    "shifted-boxes": _shifted_boxes,
    "split-contents": _split_contents,
    "unbalanced": _unbalanced,
    "missing-image": _missing_image,
    "hidden-text": hidden_text,
    "drawn": drawn,
    "hidden-layer": _hidden_layer,
    "empty": lambda pdf: void(add_page(pdf, None)),
    "no-contents": lambda pdf: void(pdf.add_blank_page(page_size=POINTS)),
    "flipped": _with_matrix(b"%f 0 0 %f 0 %f" % (_WIDTH_PT, -_HEIGHT_PT, _HEIGHT_PT)),
    "mirrored": _with_matrix(b"%f 0 0 %f %f 0" % (-_WIDTH_PT, _HEIGHT_PT, _WIDTH_PT)),
    "turned": _with_matrix(b"0 %f %f 0 %f 0" % (_HEIGHT_PT, -_WIDTH_PT, _WIDTH_PT)),
    "skewed": _with_matrix(b"%f 8 -8 %f 4 2" % (_WIDTH_PT * 0.9, _HEIGHT_PT * 0.9)),
    "singular": _with_matrix(b"0 0 0 0 0 0"),
    "outside": _with_matrix(b"50 0 0 50 900 900"),
    "rotated-90": lambda pdf: _side(pdf, Rotate=90),
    "rotated-180": lambda pdf: _side(pdf, Rotate=180),
    "rotated-270": lambda pdf: _side(pdf, Rotate=270),
    "rotated-minus-90": lambda pdf: _side(pdf, Rotate=-90),
    "rotated-odd": lambda pdf: _side(pdf, Rotate=45),
    "user-unit": lambda pdf: _side(pdf, UserUnit=2.5),
    "huge": lambda pdf: _side(pdf, MediaBox=Array([0, 0, 14_400, 14_400]), UserUnit=100),
    "tiny": lambda pdf: _side(pdf, MediaBox=Array([0, 0, 0.1, 0.1])),
    "no-box": lambda pdf: _side(pdf, MediaBox=Array([])),
    "reversed-box": lambda pdf: _side(pdf, MediaBox=Array([_WIDTH_PT, _HEIGHT_PT, 0, 0])),
}
"""Pages that are sound, or nearly, by what is rare about them."""


def rare_page(name: str) -> Maker:
    return saved(RARE_PAGES[name])
