"""Cleaned pages in the PDF that they came from: what changes, and all that does not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Encryption, Name, OutlineItem, String
from pypdfium2 import raw

from docclean.core.errors import WriteError
from docclean.core.job import OutputSpec
from docclean.core.page import Page, PageRegion
from docclean.documents import passwords, surgery_document
from docclean.documents.pdf_editing import problems_of
from docclean.documents.reader import read_page
from docclean.documents.writer import open_document, shares_file, verify_output
from tests.helpers.pages import random_samples, with_change
from tests.helpers.pdf_files import (
    add_page,
    boxes_of,
    drawn,
    image_object,
    pages_of,
    read_pages,
    rendered,
    samples_of,
    scan_pdf,
    text,
    texts_of,
)

WHITE = slice(0, 10)
OPEN = "open"


def whitened(page: Page) -> Page:
    """Clean the upper rows of a page."""
    return with_change(page, WHITE, slice(None))


def operated(
    path: Path, change: Callable[[Page], Page] = whitened, only: set[int] | None = None, **options: Any
) -> tuple[Path, tuple[str, ...]]:
    """Clean the pages of a PDF; give the result and what is said about it."""
    render_dpi = options.pop("render_dpi", None)
    output = OutputSpec(path=path.with_name(f"out-{path.name}"), overwrite=True, **options)
    sources = pages_of(path, render_dpi)
    with open_document(output, sources[0]) as writer:
        for source, page in zip(sources, read_pages(path, render_dpi), strict=True):
            if only is None or source.page in only:
                writer.append(change(page), source)
        writer.commit()
        with pikepdf.open(output.path) as pdf, pikepdf.open(path) as before:
            assert len(pdf.check_pdf_syntax()) <= len(before.check_pdf_syntax())
        return output.path, writer.notes


def assert_pixels(path: Path, expected: list[Page]) -> None:
    for page, wanted in zip(read_pages(path), expected, strict=True):
        np.testing.assert_array_equal(page.pixels, wanted.pixels)


def object_bytes(path: Path, number: int) -> list[bytes]:
    """Give the raw contents, and the raw images, of a page."""
    with pikepdf.open(path) as pdf:
        page = pdf.pages[number]
        images = [image.read_raw_bytes() for image in page.resources.XObject.values()]
        return [page.obj.Contents.read_raw_bytes(), *images]


def test_only_images_change(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    result, notes = operated(path)
    assert notes == ()
    assert_pixels(result, [whitened(page) for page in read_pages(path)])
    assert texts_of(result) == texts_of(path) == [f"page {number}" for number in range(3)]
    assert boxes_of(result) == boxes_of(path)
    for number in range(3):
        assert object_bytes(result, number)[0] == object_bytes(path, number)[0]


def test_old_images_are_not_in_the_result(tmp_path: Path) -> None:
    result, _ = operated(scan_pdf(tmp_path / "in.pdf"), lambda page: with_change(page, slice(None), slice(None)))
    with pikepdf.open(result) as pdf:
        images = [each for each in pdf.objects if isinstance(each, pikepdf.Stream) and "/Width" in each]
    assert len(images) == 1  # all pages are equal now


def test_page_without_a_job_stays_byte_for_byte(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    result, _ = operated(path, only={1})
    for number in (0, 2):
        assert object_bytes(result, number) == object_bytes(path, number)
    assert object_bytes(result, 1) != object_bytes(path, 1)


def test_untouched_page_stays_byte_for_byte(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    result, _ = operated(path, lambda page: page if page.pixels[0, 0, 0] == samples_of(0)[0, 0] else whitened(page))
    assert object_bytes(result, 0) == object_bytes(path, 0)
    assert object_bytes(result, 1) != object_bytes(path, 1)


def test_document_that_nothing_changes_is_the_inputs_bytes(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    result, _ = operated(path, lambda page: page)
    assert result.read_bytes() == path.read_bytes()


def test_two_runs_give_equal_bytes(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    assert operated(path)[0].read_bytes() == operated(path)[0].read_bytes()


def test_one_page_is_operated_on_too(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf", (0,))
    assert shares_file(pages_of(path)[0], OutputSpec(path=tmp_path / "out.pdf"))
    result, _ = operated(path)
    assert texts_of(result) == ["page 0"]


# What belongs to a document


def rich_pdf(path: Path) -> Path:
    """Make a PDF with bookmarks, links, labels, boxes, rotation, attachments and metadata."""
    scan_pdf(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        with pdf.open_outline() as outline:
            outline.root.extend([OutlineItem("First", 0), OutlineItem("Last", 2)])
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[10, 10, 90, 40], Dest=[pdf.pages[2].obj, Name.Fit])
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])
        pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.r), 2, Dictionary(S=Name.D, St=7)]))
        pdf.pages[1].obj.Rotate = 90
        pdf.pages[0].obj.CropBox = [5, 5, 595, 395]
        pdf.pages[0].obj.TrimBox = [10, 10, 590, 390]
        pdf.pages[2].obj.UserUnit = 2
        pdf.attachments["notes.txt"] = b"attached"
        pdf.docinfo["/Title"], pdf.docinfo["/ModDate"] = String("A title"), String("D:20200101000000Z")
        pdf.docinfo["/CreationDate"], pdf.docinfo["/Producer"] = String("D:20190101000000Z"), String("A scanner")
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata["dc:title"], metadata["xmp:ModifyDate"] = "A title", "2020-01-01T00:00:00Z"
        pdf.save(path, static_id=True)
    return path


def test_all_that_belongs_to_a_document_is_kept(tmp_path: Path) -> None:
    path = rich_pdf(tmp_path / "in.pdf")
    result, notes = operated(path)
    assert notes == ()
    assert boxes_of(result) == boxes_of(path)
    assert texts_of(result) == texts_of(path)
    with pikepdf.open(result) as pdf:
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["First", "Last"]
        assert pdf.pages[0].obj.Annots[0].Dest[0].objgen == pdf.pages[2].objgen
        assert [page.label for page in pdf.pages] == ["i", "ii", "7"]
        assert pdf.attachments["notes.txt"].get_file().read_bytes() == b"attached"
        assert str(pdf.docinfo["/Title"]) == "A title"
        assert str(pdf.docinfo["/CreationDate"]) == "D:20190101000000Z"
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert metadata["dc:title"] == "A title"


def test_producer_is_named_and_the_date_of_change_is_left_out(tmp_path: Path) -> None:
    result, _ = operated(rich_pdf(tmp_path / "in.pdf"))
    with pikepdf.open(result) as pdf:
        assert str(pdf.docinfo["/Producer"]).startswith("docclean ")
        assert "/ModDate" not in pdf.docinfo
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            assert metadata["pdf:Producer"] == str(pdf.docinfo["/Producer"])
            assert "xmp:ModifyDate" not in metadata


# Where images lie

PLACEMENTS = {
    1: (600, 0, 0, 400, 0, 0),
    2: (-600, 0, 0, 400, 600, 0),
    3: (-600, 0, 0, -400, 600, 400),
    4: (600, 0, 0, -400, 0, 400),
    5: (0, -400, -600, 0, 600, 400),
    6: (0, -400, 600, 0, 0, 400),
    7: (0, 400, 600, 0, 0, 0),
    8: (0, 400, -600, 0, 600, 0),
}


def turned_pdf(path: Path, orientation: int, rotation: int) -> Path:
    with pikepdf.new() as pdf:
        height, width = (40, 60) if orientation < 5 else (60, 40)  # square pixels on a page of 600 x 400
        image = image_object(pdf, samples_of(orientation, height, width))
        page = add_page(pdf, drawn(PLACEMENTS[orientation]) + text("turned"), {"/Im": image})
        page.obj.Rotate = rotation
        pdf.save(path)
    return path


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("orientation", PLACEMENTS)
def test_turned_image_is_turned_back(tmp_path: Path, orientation: int, rotation: int) -> None:
    path = turned_pdf(tmp_path / "in.pdf", orientation, rotation)
    (page,) = read_pages(path)
    result, _ = operated(path)
    assert_pixels(result, [whitened(page)])
    assert object_bytes(result, 0)[0] == object_bytes(path, 0)[0]
    before, after = rendered(path), rendered(result)
    rows = round(before.shape[0] * WHITE.stop / page.size.height)
    assert (after[: rows - 8] == 255).all()
    np.testing.assert_array_equal(after[rows + 16 :], before[rows + 16 :])


REGIONS = st.builds(PageRegion, *[st.integers(0, 10)] * 2, *[st.integers(10, 25)] * 2)


@settings(max_examples=25, deadline=None)
@given(orientation=st.sampled_from(sorted(PLACEMENTS)), rotation=st.sampled_from([0, 90, 180, 270]), region=REGIONS)
def test_cropped_page_shows_what_is_left_where_it_was(
    tmp_path_factory: pytest.TempPathFactory, orientation: int, rotation: int, region: PageRegion
) -> None:
    path = turned_pdf(tmp_path_factory.mktemp("crop") / "in.pdf", orientation, rotation)
    (page,) = read_pages(path)
    region = region.within(page.size)
    result, _ = operated(path, lambda page: cropped(page, region))
    after = rendered(result)
    scale_down, scale_across = (full / side for full, side in zip(rendered(path).shape, page.size, strict=True))
    assert abs(after.shape[0] - region.height * scale_down) <= 1
    assert abs(after.shape[1] - region.width * scale_across) <= 1
    rows, columns = (
        ((np.arange(side) + 0.5) * full).astype(int)
        for side, full in ((region.height, scale_down), (region.width, scale_across))
    )
    shown = after[np.ix_(rows.clip(max=after.shape[0] - 1), columns.clip(max=after.shape[1] - 1))]
    np.testing.assert_allclose(shown, page.pixels[region.slices][:, :, 0], atol=2)
    assert texts_of(result) == texts_of(path)


def cropped(page: Page, region: PageRegion) -> Page:
    pixels = np.ascontiguousarray(page.pixels[region.slices])
    stored = replace(page.stored, data=np.ascontiguousarray(page.stored.data[region.slices]))
    return replace(page, pixels=pixels, original=pixels, stored=stored, cropped=region)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("orientation", [1, 2, 6])
def test_hidden_text_turns_with_the_page_and_the_image_does_not_turn_again(
    tmp_path: Path, orientation: int, rotation: int
) -> None:
    """A word drawn where it is hidden: turned counterclockwise, it has to be where the formula of a turn says."""
    path = turned_pdf(tmp_path / "in.pdf", orientation, rotation)
    straight, _ = operated(path)
    straight = straight.rename(tmp_path / "straight.pdf")
    result, _ = operated(path, lambda page: replace(whitened(page), turned_deg=5.0))
    assert np.abs(rendered(result).astype(int) - rendered(straight)).mean() < 8  # noise may move by a pixel, see below
    assert np.median(np.abs(rendered(result).astype(int) - rendered(straight))) == 0
    before, after = (shown_corner(each) for each in (path, result))
    middle = np.array(rendered(path).shape[::-1]) / 2
    cosine, sine = np.cos(np.radians(5)), np.sin(np.radians(5))
    across, down = before - middle
    expected = middle + np.array([across * cosine + down * sine, -across * sine + down * cosine])
    np.testing.assert_allclose(after, expected, atol=1.5)


def shown_corner(path: Path) -> NDArray[np.float64]:
    """Find where the origin of the first glyph is seen, px at 72 dpi, across and down."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        text_page = page.get_textpage()
        x, y = raw.c_double(), raw.c_double()
        raw.FPDFText_GetCharOrigin(text_page, 0, x, y)
        width, height = page.get_size()
        across, down = raw.c_int(), raw.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, round(width), round(height), 0, x, y, across, down)
        return np.array([across.value, down.value], dtype=np.float64)


# Images that are shared, nested, inherited


def test_shared_image_with_equal_results_stays_shared(tmp_path: Path) -> None:
    path = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        image = image_object(pdf, samples_of(0))
        for _ in range(3):
            add_page(pdf, drawn(), {"/Im": image})
        pdf.save(path)
    result, _ = operated(path)
    with pikepdf.open(result) as pdf:
        assert len({page.resources.XObject.Im.objgen for page in pdf.pages}) == 1
    assert_pixels(result, [whitened(page) for page in read_pages(path)])


def test_shared_image_with_different_results_is_owned_by_each_page(tmp_path: Path) -> None:
    path = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        image = image_object(pdf, samples_of(0))
        resources = pdf.make_indirect(Dictionary(XObject=Dictionary({"/Im": image})))
        for _ in range(3):
            add_page(pdf, drawn()).obj.Resources = resources
        pdf.save(path)
    values = iter((255, 3, 77))
    result, _ = operated(path, lambda page: with_change(page, WHITE, slice(None), next(values)), only={0, 1})
    assert [int(page.pixels[0, 0, 0]) for page in read_pages(result)] == [255, 3, int(samples_of(0)[0, 0])]


@pytest.mark.parametrize("only", [{0, 1, 2}, {1}])
def test_resources_that_list_all_images_keep_no_old_one_alive(tmp_path: Path, only: set[int]) -> None:
    path = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        images = {f"/Im{number}": image_object(pdf, samples_of(number)) for number in range(3)}
        pdf.add_blank_page()
        pdf.Root.Pages.Resources = Dictionary(XObject=Dictionary(images))
        for number in range(3):
            del add_page(pdf, drawn(name=f"/Im{number}")).obj.Resources
        del pdf.pages[0]
        pdf.save(path)
    result, _ = operated(path, only=only)
    pages = read_pages(path)
    assert_pixels(result, [whitened(page) if number in only else page for number, page in enumerate(pages)])
    with pikepdf.open(result) as pdf:
        assert len([each for each in pdf.objects if isinstance(each, pikepdf.Stream) and "/Width" in each]) == 3


def form_around(pdf: pikepdf.Pdf, contents: bytes, xobjects: Mapping[str, Any] | None) -> pikepdf.Object:
    form = pdf.make_stream(contents, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 600, 400])
    if xobjects is not None:
        form.Resources = Dictionary(XObject=Dictionary(xobjects))
    return form


@pytest.mark.parametrize("only", [{0, 1}, {0}])
@pytest.mark.parametrize("has_own_resources", [True, False])
def test_image_nested_in_forms_that_pages_share(tmp_path: Path, only: set[int], has_own_resources: bool) -> None:
    path = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        image = image_object(pdf, samples_of(0))
        inner = form_around(pdf, drawn(), {"/Im": image} if has_own_resources else None)
        outer = form_around(pdf, b"/Inner Do", {"/Inner": inner, "/Im": image})
        for _ in range(2):
            add_page(pdf, b"/Outer Do", {"/Outer": outer, "/Im": image})
        pdf.save(path)
    pages = read_pages(path)
    assert [page.is_kept for page in pages] == [False, False]
    result, _ = operated(path, only=only)
    for number, page in enumerate(pages):
        expected = whitened(page) if number in only else page
        np.testing.assert_allclose(rendered(result, number), rendered_pixels(expected), atol=1)


def rendered_pixels(page: Page) -> NDArray[np.uint8]:
    return page.pixels[:, :, 0].repeat(10, axis=0).repeat(10, axis=1)


def test_what_an_image_says_about_itself_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        for number in range(2):  # equal images with different structure parents
            add_page(pdf, drawn(), {"/Im": image_object(pdf, samples_of(0), StructParent=number)})
        pdf.save(path)
    result, _ = operated(path)
    with pikepdf.open(result) as pdf:
        assert [int(page.resources.XObject.Im.StructParent) for page in pdf.pages] == [0, 1]
    assert_pixels(result, [whitened(page) for page in read_pages(path)])


def test_stencil_mask_becomes_an_image_that_looks_the_same(tmp_path: Path) -> None:
    path = tmp_path / "in.pdf"
    bits = np.packbits(random_samples(40, 64) > 127, axis=1)
    with pikepdf.new() as pdf:
        mask = image_object(pdf, bits, ImageMask=True, BitsPerComponent=1)
        mask.Width = 64
        del mask.ColorSpace
        add_page(pdf, drawn() + text("hidden"), {"/Im": mask})
        pdf.save(path)
    (page,) = read_pages(path)
    result, _ = operated(path)
    assert_pixels(result, [whitened(page)])
    with pikepdf.open(result) as pdf:
        assert "/ImageMask" not in pdf.pages[0].resources.XObject.Im
    assert texts_of(result) == ["hidden"]


# Pages that are drawn


def drawn_pdf(path: Path) -> Path:
    """Make pages of visible text: in the contents, in a form, in a Type 3 font; one of them turned."""
    with pikepdf.new() as pdf:
        add_page(pdf, b"0 0 1 rg 20 20 300 50 re f\n" + text("visible", 0) + text("hidden", 3, (100, 200)))
        form = form_around(pdf, b"q " + text("in a form", 0) + b"Q 1 0 0 rg 5 5 50 50 re f", None)
        add_page(pdf, b"q 1 0 0 1 50 50 cm /Form Do Q", {"/Form": form}).obj.Rotate = 90
        glyph = pdf.make_stream(b"1000 0 0 0 750 750 d1 0 0 750 750 re f")
        type3 = Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 750, 750], FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            CharProcs=Dictionary(square=glyph), Encoding=Dictionary(Type=Name.Encoding, Differences=[97, Name.square]),
            FirstChar=97, LastChar=97, Widths=[1000], Resources=Dictionary(),
        )  # fmt: skip
        add_page(pdf, text("aaa", 0)).obj.Resources.Font.F = pdf.make_indirect(type3)
        pdf.save(path)
    return path


def test_drawn_page_becomes_an_image_over_text_that_cannot_be_seen(tmp_path: Path) -> None:
    path = drawn_pdf(tmp_path / "in.pdf")
    result, _ = operated(path, lambda page: with_change(page, slice(None), slice(None), 200), render_dpi=72)
    assert texts_of(result) == texts_of(path)
    for number in range(3):
        assert (rendered(result, number) == 200).all()


def test_drawn_page_shows_the_cleaned_drawing_where_it_was(tmp_path: Path) -> None:
    path = drawn_pdf(tmp_path / "in.pdf")
    result, _ = operated(path, lambda page: with_change(page, slice(0, 3), slice(0, 3)), render_dpi=144)
    for number in range(3):
        before, after = rendered(path, number, 144).astype(int), rendered(result, number, 144)
        assert np.abs(before - after).mean() < 1.0


def test_drawn_page_stays_byte_for_byte_where_it_is_not_rendered(tmp_path: Path) -> None:
    path = drawn_pdf(tmp_path / "in.pdf")
    result, _ = operated(path)
    assert result.read_bytes() == path.read_bytes()


def test_composite_page_becomes_one_image_and_keeps_its_text(tmp_path: Path) -> None:
    path = tmp_path / "in.pdf"
    with pikepdf.new() as pdf:
        strips = {f"/S{number}": image_object(pdf, samples_of(number, 20, 60)) for number in range(2)}
        contents = b"".join(drawn((600, 0, 0, 200, 0, 200 * number), f"/S{number}") for number in range(2))
        add_page(pdf, contents + text("strips"), strips)
        pdf.save(path)
    result, _ = operated(path, lambda page: with_change(page, slice(0, 40), slice(None)))  # drawn at 30 dpi
    assert texts_of(result) == ["strips"]
    with pikepdf.open(result) as pdf:
        assert len(pdf.pages[0].resources.XObject) == 1
    before, after = rendered(path), rendered(result)
    assert (after[:90] == 255).all()
    assert np.abs(before[110:].astype(int) - after[110:]).mean() < 16  # edges of the noise are smoothed


# PDF/A


def archival_pdf(path: Path, part: str, channels: int, samples: NDArray[np.uint8]) -> Path:
    with pikepdf.new() as pdf:
        add_page(pdf, drawn(), {"/Im": image_object(pdf, samples)})
        if channels:
            profile = pdf.make_stream(b"profile", N=channels)
            intent = Dictionary(Type=Name.OutputIntent, S=Name.GTS_PDFA1, DestOutputProfile=profile)
            pdf.Root.OutputIntents = Array([intent])
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["pdfaid:part"], metadata["pdfaid:conformance"] = part, "B"
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("channels", "colors", "stays"), [(3, 3, True), (3, 0, True), (0, 0, False), (0, 3, False), (4, 3, False)]
)
def test_pdfa_mark_stays_only_where_it_is_true(tmp_path: Path, channels: int, colors: int, stays: bool) -> None:
    path = archival_pdf(tmp_path / "in.pdf", "1", channels, samples_of(0, channels=colors))
    result, notes = operated(path)
    with pikepdf.open(result) as pdf, pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        assert ("pdfaid:part" in metadata) == ("pdfaid:conformance" in metadata) == stays
    assert any("PDF/A" in note and "colors without a profile" in note for note in notes) != stays


def test_pdfa_1_has_no_object_streams_in_the_result(tmp_path: Path) -> None:
    result, _ = operated(archival_pdf(tmp_path / "in.pdf", "1", 3, samples_of(0)))
    assert b"/ObjStm" not in result.read_bytes()
    assert result.read_bytes().startswith(b"%PDF-1.4")


def test_object_streams_stay(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    result, _ = operated(path)
    assert b"/ObjStm" in result.read_bytes()


# Signatures


def signed_pdf(path: Path, kind: str) -> Path:
    scan_pdf(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        signature = pdf.make_indirect(Dictionary(Type=Name.Sig, Contents=String("x")))
        field = Dictionary(T=String("parent"), FT=Name.Sig, Kids=[Dictionary(T=String("kid"), V=signature)])
        match kind:
            case "flags":
                pdf.Root.AcroForm = Dictionary(Fields=[], SigFlags=3)
            case "field":
                pdf.Root.AcroForm = Dictionary(Fields=[pdf.make_indirect(field)])
            case "perms":
                pdf.Root.Perms = Dictionary(DocMDP=signature)
        pdf.save(path)
    return path


@pytest.mark.parametrize("kind", ["flags", "field", "perms"])
def test_signed_file_is_refused_before_and_at_the_start(tmp_path: Path, kind: str) -> None:
    path = signed_pdf(tmp_path / "in.pdf", kind)
    output = OutputSpec(path=tmp_path / "out.pdf")
    for check in (verify_output, open_document):
        with pytest.raises(WriteError, match=r"in\.pdf: is signed.*--break-signatures"):
            check(output, pages_of(path)[0])
    assert [each.name for each in tmp_path.iterdir()] == ["in.pdf"]


def test_signed_file_is_cleaned_when_asked_for_and_says_so(tmp_path: Path) -> None:
    result, notes = operated(signed_pdf(tmp_path / "in.pdf", "field"), breaks_signature=True)
    assert any("signatures do not hold" in note for note in notes)
    assert texts_of(result) == ["page 0", "page 1", "page 2"]


def test_form_without_signatures_is_not_signed(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        empty = Dictionary(T=String("sign here"), FT=Name.Sig)
        pdf.Root.AcroForm = Dictionary(Fields=[pdf.make_indirect(empty)])
        pdf.save(path)
    verify_output(OutputSpec(path=tmp_path / "out.pdf"), pages_of(path)[0])  # raises where a file is signed
    with pikepdf.open(path) as pdf:
        assert [field.FT for field in pdf.Root.AcroForm.Fields] == [Name.Sig]


# Encryption


@pytest.mark.parametrize(
    ("revision", "encryption"),
    [
        (3, Encryption(user=OPEN, owner="own", R=3, aes=False, metadata=False)),
        (4, Encryption(user=OPEN, owner="own", R=4)),
        (6, Encryption(user=OPEN, owner="own", R=6)),
    ],
)
def test_encrypted_file_keeps_both_passwords(
    tmp_path: Path, revision: int, encryption: Encryption, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scan_pdf(tmp_path / "in.pdf", encryption=encryption, static_id=False)
    monkeypatch.setattr(passwords, "_of_files", {})
    passwords.remember(path, "open")
    sources = pages_of(path, password=OPEN)
    output = OutputSpec(path=tmp_path / "out.pdf")
    with open_document(output, sources[0]) as writer:
        writer.append(whitened(read_pages_of(path)), sources[0])
        writer.commit()
        assert any("same passwords" in note for note in writer.notes)
    for password in ("open", "own"):
        with pikepdf.open(output.path, password=password) as pdf:
            assert revision == pdf.encryption.R
            assert not problems_of(pdf)
    assert texts_of(output.path, "open") == ["page 0", "page 1", "page 2"]


def read_pages_of(path: Path) -> Page:
    return read_page(pages_of(path, password=OPEN)[0])


def test_pages_of_an_encrypted_file_are_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scan_pdf(tmp_path / "in.pdf", encryption=Encryption(user="open", owner="own"), static_id=False)
    monkeypatch.setattr(passwords, "_of_files", {})
    passwords.remember(path, "open")
    with open_document(OutputSpec(path=tmp_path / "out.pdf"), pages_of(path, password=OPEN)[0]) as writer:
        writer.append(whitened(read_pages_of(path)), key="key")
        assert writer.suspend() is None
    assert [each.name for each in tmp_path.iterdir()] == ["in.pdf"]


# Faults


def test_result_that_is_not_sound_gets_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scan_pdf(tmp_path / "in.pdf")
    monkeypatch.setattr(surgery_document, "save_changed_pdf", lambda pdf, file, **_: file.write(b"%PDF-1.4 nonsense"))
    with pytest.raises(WriteError, match="did not come out as a sound PDF"):
        operated(path)
    assert [each.name for each in tmp_path.iterdir()] == ["in.pdf"]


def test_result_with_a_page_missing_gets_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scan_pdf(tmp_path / "in.pdf")

    def lose_a_page(pdf: pikepdf.Pdf, file: Any, **_: Any) -> None:
        del pdf.pages[1]
        pdf.save(file)

    monkeypatch.setattr(surgery_document, "save_changed_pdf", lose_a_page)
    with pytest.raises(WriteError, match="did not come out as a sound PDF"):
        operated(path)
