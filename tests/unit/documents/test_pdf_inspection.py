from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from docclean.documents.pdf_contents import PageContents, PageKind
from docclean.documents.pdf_inspection import look_at_page
from tests.helpers.small_pdfs import FILLING, add_image, add_page, form, gray_image

_TEXT = b"BT /F 12 Tf 5 5 Td (words) Tj ET "
_INLINE = b"q 60 0 0 40 0 0 cm BI /W 2 /H 1 /BPC 8 /CS /G ID \x01\x02 EI Q"


def _looked_at(contents: bytes, pdf: pikepdf.Pdf | None = None, **keys: object) -> PageContents:
    pdf = pdf or pikepdf.new()
    add_page(pdf, contents, gray_image(pdf), **keys)
    return look_at_page(pdf.pages[-1])


@pytest.mark.parametrize(
    ("contents", "kind"),
    [
        (FILLING, PageKind.SCAN),
        (b"", PageKind.EMPTY),
        (b"q 0 0 60 40 re W n " + FILLING + b" Q", PageKind.SCAN),
        (b"1 g 0 0 60 40 re f " + FILLING, PageKind.SCAN),
        (FILLING + b" 1 g 0 0 60 40 re f", PageKind.DRAWN),
        (FILLING + b" 100 100 50 50 re f", PageKind.SCAN),
        (FILLING + b" 0 0 5 5 re n", PageKind.SCAN),
        (FILLING + b" " + FILLING, PageKind.SCAN),
        (b"q 30 0 0 40 0 0 cm /Im Do Q q 30 0 0 40 30 0 cm /Im Do Q", PageKind.COMPOSITE),
        (_INLINE, PageKind.COMPOSITE),
        (_INLINE + b" " + FILLING, PageKind.SCAN),
        (FILLING + b" 2 2 m 9 9 l S", PageKind.DRAWN),
        (FILLING + b" /CS cs 0 0 5 5 re f", PageKind.DRAWN),
        (b"/Faint gs " + FILLING, PageKind.COMPOSITE),
        (b"/Clear gs " + FILLING, PageKind.EMPTY),
        (b"/OC /L BDC " + FILLING + b" EMC", PageKind.COMPOSITE),
        (b"/Span BMC " + FILLING + b" EMC", PageKind.SCAN),
        (b"q 60 0 0 40 900 900 cm /Im Do Q", PageKind.EMPTY),
        (b"q 0 0 0 0 0 0 cm /Im Do Q", PageKind.EMPTY),
        (b"q 90 90 5 5 re W n " + FILLING + b" Q", PageKind.EMPTY),
        (b"/Gone Do (not a name) Do 1 cm Q Q EMC /Gone gs " + FILLING, PageKind.SCAN),
        (FILLING + b" BI /W 2", PageKind.SCAN),
    ],
)
def test_look_at_page_tells_kinds_apart(contents: bytes, kind: PageKind) -> None:
    found = _looked_at(contents)
    assert found.kind is kind
    assert not found.has_text_layer


@pytest.mark.parametrize(
    ("contents", "kind"),
    [
        (FILLING + _TEXT, PageKind.DRAWN),
        (FILLING + b"3 Tr " + _TEXT, PageKind.SCAN),
        (b"3 Tr " + _TEXT, PageKind.EMPTY),
        (_TEXT + FILLING, PageKind.SCAN),
        (FILLING + b" /Clear gs " + _TEXT, PageKind.SCAN),
        (b"1 g " + _TEXT, PageKind.EMPTY),
        (FILLING + b"q 7 Tr " + _TEXT + b" Q", PageKind.SCAN),
        (FILLING + b"3 Tr BT /F 9 Tf [(a) -20 (b)] TJ ET", PageKind.SCAN),
    ],
)
def test_look_at_page_text_is_drawn_or_a_layer(contents: bytes, kind: PageKind) -> None:
    found = _looked_at(contents)
    assert (found.kind, found.has_text_layer) == (kind, kind is not PageKind.DRAWN)


def test_look_at_page_empty_strings_are_no_text() -> None:
    assert _looked_at(FILLING + b" BT /F 9 Tf () Tj [() 20] TJ ET").kind is PageKind.SCAN


def test_look_at_page_gives_the_place_of_an_image_through_forms() -> None:
    with pikepdf.new() as pdf:
        inner = form(pdf, b"q 30 0 0 20 0 0 cm /Im Do Q", Im=gray_image(pdf))
        inner.Matrix = Array([2, 0, 0, 2, 0, 0])
        add_page(pdf, b"q 1 0 0 1 0 0 cm /Fm Do Q")
        pdf.pages[0].obj.Resources.XObject.Fm = inner
        found = look_at_page(pdf.pages[0])
    assert found.kind is PageKind.SCAN
    assert found.images[0].matrix == (60.0, 0.0, 0.0, 40.0, 0.0, 0.0)


def test_look_at_page_forms_in_a_circle_come_to_an_end() -> None:
    with pikepdf.new() as pdf:
        first, second = form(pdf, b"/Other Do /Other Do"), form(pdf, b"/Other Do " + FILLING, Im=gray_image(pdf))
        first.Resources.XObject.Other, second.Resources.XObject.Other = second, first
        add_page(pdf, b"/Fm Do")
        pdf.pages[0].obj.Resources.XObject.Fm = first
        assert look_at_page(pdf.pages[0]).kind is PageKind.SCAN


@pytest.mark.parametrize(("depth", "calls"), [(40, 1), (20, 4)])
def test_look_at_page_too_many_forms_count_as_drawn(depth: int, calls: int) -> None:
    with pikepdf.new() as pdf:
        inner = pdf.make_indirect(gray_image(pdf))
        for level in range(depth):
            inner = pdf.make_indirect(form(pdf, FILLING if level == 0 else b"/Im Do " * calls, Im=inner))
        add_page(pdf, b"/Im Do", inner)
        assert look_at_page(pdf.pages[0]).kind is PageKind.DRAWN


@pytest.mark.parametrize("contents", [b"q " * 1000, b"0 0 5 5 re n " * 250_000, b" ID " * (4 << 20)])
def test_look_at_page_too_much_contents_count_as_drawn(contents: bytes) -> None:
    assert _looked_at(contents + FILLING).kind is PageKind.DRAWN


def test_look_at_page_stencil_in_black_is_a_scan_and_in_color_is_not() -> None:
    for color, kind in ((b"", PageKind.SCAN), (b"0 0 0 1 k ", PageKind.SCAN), (b"1 0 0 rg ", PageKind.COMPOSITE)):
        with pikepdf.new() as pdf:
            add_page(pdf, color + FILLING, add_image(pdf, bytes(320), None, 1, ImageMask=True))
            assert look_at_page(pdf.pages[0]).kind is kind


def test_look_at_page_annotations_do_not_count() -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([1, 1, 9, 9]))
    assert _looked_at(FILLING, Annots=Array([note])).kind is PageKind.SCAN


def test_look_at_page_changes_nothing(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        add_page(pdf, FILLING, gray_image(pdf))
        pdf.pages[0].obj.Parent.Resources = pdf.pages[0].obj.Resources
        del pdf.pages[0].obj.Resources
        pdf.save(tmp_path / "before.pdf", deterministic_id=True)
        assert look_at_page(pdf.pages[0]).kind is PageKind.SCAN
        pdf.save(tmp_path / "after.pdf", deterministic_id=True)
    assert (tmp_path / "before.pdf").read_bytes() == (tmp_path / "after.pdf").read_bytes()
