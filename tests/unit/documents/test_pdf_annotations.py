"""Links, notes, highlights and form fields of a page that was put straight: they go along with the print."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name

from docclean.core.page import Page
from tests.helpers.pdf_files import add_page, drawn, image_object, samples_of, text
from tests.unit.documents.test_surgery_document import operated, shown_corner, whitened

DEGREES = 5.0
MIDDLE = np.array([300, 200])
"""Of the pages here, in user space."""

Rect = tuple[float, float, float, float]


def turned(points: Any) -> NDArray[np.float64]:
    """Where points go when the page is turned counterclockwise, by the formula of a turn."""
    cosine, sine = np.cos(np.radians(DEGREES)), np.sin(np.radians(DEGREES))
    relative = np.asarray(points, dtype=float).reshape(-1, 2) - MIDDLE
    return np.asarray(relative @ np.array([[cosine, sine], [-sine, cosine]]) + MIDDLE)


def straightened(page: Page) -> Page:
    return replace(whitened(page), turned_deg=DEGREES)


def scan_with(
    path: Path, add: Callable[[pikepdf.Pdf], Any], pages: int = 1, rotation: int = 0, contents: bytes = b""
) -> Path:
    """A PDF of scans, and what a function adds to it."""
    with pikepdf.new() as pdf:
        for number in range(pages):
            page = add_page(pdf, drawn() + contents, {"/Im": image_object(pdf, samples_of(number))})
            page.obj.Rotate = rotation
        add(pdf)
        pdf.save(path)
    return path


def link(rect: Rect, **keys: Any) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array(rect), Border=Array([0, 0, 0]), **keys)


def picture(pdf: pikepdf.Pdf, width: float, height: float) -> Dictionary:
    """An appearance: black, all of it."""
    form = pdf.make_stream(f"0 g 0 0 {width} {height} re f".encode())
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, width, height])
    return Dictionary(N=form)


def put(pdf: pikepdf.Pdf, *annotations: Any, page: int = 0) -> None:
    pdf.pages[page].obj.Annots = Array([pdf.make_indirect(each) for each in annotations])


def annotations_of(path: Path, page: int = 0) -> list[dict[str, Any]]:
    """Give the numbers and names in a page's annotations."""
    with pikepdf.open(path) as pdf:
        return [
            {
                name: [float(number) for number in value] if isinstance(value, Array) else str(value)
                for name, value in each.items()
                if name in ("/Rect", "/QuadPoints", "/Subtype", "/L")
            }
            for each in pdf.pages[page].obj.Annots
        ]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_link_stays_around_its_word(tmp_path: Path, rotation: int) -> None:
    rect = (95.0, 95.0, 205.0, 125.0)
    path = scan_with(
        tmp_path / "in.pdf", lambda pdf: put(pdf, link(rect)), rotation=rotation, contents=text("a linked word")
    )
    result, _ = operated(path, straightened)
    corners = turned([(rect[x], rect[y]) for x in (0, 2) for y in (1, 3)])
    after = annotations_of(result)[0]["/Rect"]
    np.testing.assert_allclose(after, [*corners.min(axis=0), *corners.max(axis=0)], atol=1e-3)
    assert np.abs(shown_corner(result) - shown_corner(path)).max() > 5
    with pypdfium2.PdfDocument(result) as document:
        left, bottom, right, top = document[0].get_textpage().get_charbox(0, loose=True)
    assert after[0] < left < right < after[2]
    assert after[1] < bottom < top < after[3]


def test_points_are_turned_as_they_are(tmp_path: Path) -> None:
    quad = [100, 120, 200, 120, 100, 100, 200, 100]
    highlight = Dictionary(
        Type=Name.Annot, Subtype=Name.Highlight, Rect=Array([100, 100, 200, 120]), QuadPoints=Array(quad)
    )
    line = Dictionary(Type=Name.Annot, Subtype=Name.Line, Rect=Array([50, 50, 90, 60]), L=Array([50, 50, 90, 60]))
    ink = Dictionary(
        Type=Name.Annot, Subtype=Name.Ink, Rect=Array([5, 5, 9, 9]), InkList=Array([Array([5, 5, 9, 9]), Array([6, 6])])
    )
    path = scan_with(tmp_path / "in.pdf", lambda pdf: put(pdf, highlight, line, ink))
    result, _ = operated(path, straightened)
    after = annotations_of(result)
    np.testing.assert_allclose(after[0]["/QuadPoints"], turned(quad).ravel(), atol=1e-3)
    np.testing.assert_allclose(after[1]["/L"], turned([50, 50, 90, 60]).ravel(), atol=1e-3)
    with pikepdf.open(result) as pdf:
        strokes = [[float(each) for each in stroke] for stroke in pdf.pages[0].obj.Annots[2].InkList]
    np.testing.assert_allclose(strokes[0], turned([5, 5, 9, 9]).ravel(), atol=1e-3)
    np.testing.assert_allclose(strokes[1], turned([6, 6]).ravel(), atol=1e-3)


def test_picture_of_an_annotation_is_moved_and_not_stretched(tmp_path: Path) -> None:
    rect = (60.0, 60.0, 160.0, 80.0)

    def add(pdf: pikepdf.Pdf) -> None:
        stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array(rect), F=4, AP=picture(pdf, 100, 20))
        put(pdf, stamp)

    result, _ = operated(scan_with(tmp_path / "in.pdf", add), straightened)
    (x, y), *_ = turned([110, 70])
    np.testing.assert_allclose(annotations_of(result)[0]["/Rect"], [x - 50, y - 10, x + 50, y + 10], atol=1e-3)
    with pypdfium2.PdfDocument(result) as document:
        black = document[0].render(scale=4, grayscale=True).to_numpy().reshape(1600, 2400) == 0
    rows, columns = np.nonzero(black)
    assert abs(np.ptp(columns) + 1 - 400) <= 2
    assert abs(np.ptp(rows) + 1 - 80) <= 2
    assert black.sum() == pytest.approx(400 * 80, rel=0.03)


def test_note_keeps_the_size_of_its_icon(tmp_path: Path) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([20, 20, 40, 40]))
    result, _ = operated(scan_with(tmp_path / "in.pdf", lambda pdf: put(pdf, note)), straightened)
    left, bottom, right, top = annotations_of(result)[0]["/Rect"]
    assert (right - left, top - bottom) == pytest.approx((20, 20))
    np.testing.assert_allclose(((left + right) / 2, (bottom + top) / 2), turned([30, 30])[0], atol=1e-3)


def test_field_stays_part_of_its_form_and_a_hidden_one_where_it_was(tmp_path: Path) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        fields = [
            pdf.make_indirect(
                Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=pikepdf.String(name), Rect=Array(rect))
            )
            for name, rect in (("shown", [50, 50, 150, 70]), ("hidden", [0, 0, 0, 0]))
        ]
        pdf.pages[0].obj.Annots = Array(fields)
        pdf.Root.AcroForm = Dictionary(Fields=Array(fields))

    path = scan_with(tmp_path / "in.pdf", add)
    result, _ = operated(path, straightened)
    with pikepdf.open(result) as pdf:
        shown, hidden = pdf.pages[0].obj.Annots
        assert [each.objgen for each in pdf.Root.AcroForm.Fields] == [shown.objgen, hidden.objgen]
        assert float(shown.Rect[0]) != 50
        assert [float(each) for each in hidden.Rect] == [0, 0, 0, 0]


@pytest.mark.parametrize("shares", ["annotation", "array", "direct"])
def test_annotation_of_several_pages_is_turned_on_one_of_them_only(tmp_path: Path, shares: str) -> None:
    rect = (95.0, 95.0, 205.0, 125.0)

    def add(pdf: pikepdf.Pdf) -> None:
        each = link(rect) if shares == "direct" else pdf.make_indirect(link(rect))
        array = pdf.make_indirect(Array([each]))
        for page in pdf.pages:
            page.obj.Annots = Array([each]) if shares == "annotation" else array

    path = scan_with(tmp_path / "in.pdf", add, pages=3)
    result, _ = operated(path, straightened, only={1})
    assert annotations_of(result, 0)[0]["/Rect"] == list(rect)
    assert annotations_of(result, 2)[0]["/Rect"] == list(rect)
    assert annotations_of(result, 1)[0]["/Rect"] != list(rect)
    with pikepdf.open(result) as pdf:
        assert len({page.obj.Annots[0].objgen for page in pdf.pages}) >= 1 + (shares != "direct")
        assert pdf.pages[1].obj.Annots[0].P.objgen == pdf.pages[1].obj.objgen


def test_field_on_several_pages_is_no_copy(tmp_path: Path) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        field = pdf.make_indirect(Dictionary(Subtype=Name.Widget, FT=Name.Tx, Rect=Array([50, 50, 150, 70])))
        for page in pdf.pages:
            page.obj.Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))

    result, _ = operated(scan_with(tmp_path / "in.pdf", add, pages=2), straightened)
    with pikepdf.open(result) as pdf:
        numbers = {page.obj.Annots[0].objgen for page in pdf.pages}
        assert numbers == {pdf.Root.AcroForm.Fields[0].objgen}
        assert [float(each) for each in pdf.pages[0].obj.Annots[0].Rect] == [50, 50, 150, 70]


def test_answer_to_a_copied_note_is_an_answer_to_the_copy(tmp_path: Path) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        note = pdf.make_indirect(Dictionary(Subtype=Name.Text, Rect=Array([20, 20, 40, 40])))
        answer = pdf.make_indirect(Dictionary(Subtype=Name.Text, Rect=Array([20, 20, 40, 40]), IRT=note))
        pdf.pages[0].obj.Annots = Array([note, answer])
        pdf.pages[1].obj.Annots = Array([note])

    result, _ = operated(scan_with(tmp_path / "in.pdf", add, pages=2), straightened)
    with pikepdf.open(result) as pdf:
        note, answer = pdf.pages[0].obj.Annots
        assert answer.IRT.objgen == note.objgen != pdf.pages[1].obj.Annots[0].objgen


@pytest.mark.parametrize(
    "annotations",
    [
        Name.Nothing,
        Array([1, Name.Rect, Array([])]),
        Array([Dictionary(Rect=Array([Name.A, 1, 2, 3]), QuadPoints=Name.Q, InkList=Array([1, 2]))]),
        Array([Dictionary(Rect=Array([1, 2, 3]), QuadPoints=Array([1, 2, 3]))]),
        Array([Dictionary()]),
    ],
)
def test_malformed_annotations_cost_no_page(tmp_path: Path, annotations: Any) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Annots = annotations

    result, _ = operated(scan_with(tmp_path / "in.pdf", add), straightened)
    with pikepdf.open(result) as pdf:
        assert len(pdf.pages[0].obj.Contents) == 3  # turned


def test_page_that_was_not_turned_keeps_its_annotations(tmp_path: Path) -> None:
    path = scan_with(tmp_path / "in.pdf", lambda pdf: put(pdf, link((1, 2, 3, 4))))
    result, _ = operated(path)
    assert annotations_of(result) == annotations_of(path)


def test_links_of_a_page_that_was_drawn_are_turned_too(tmp_path: Path) -> None:
    path = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        add_page(pdf, text("a drawn page", mode=0) + b"10 10 30 30 re f\n")
        put(pdf, link((95, 95, 205, 125)))
        pdf.save(path)
    result, _ = operated(path, straightened, render_dpi=72)
    corners = turned([(x, y) for x in (95, 205) for y in (95, 125)])
    after = annotations_of(result)[0]["/Rect"]
    np.testing.assert_allclose(after, [*corners.min(axis=0), *corners.max(axis=0)], atol=0.5)
