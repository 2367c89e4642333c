"""Putting cleaned pages into the PDF that they came from; whatever they have no part in stays as it is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docclean.core.page import PageSize
from docclean.documents.page_store import FinishedPage
from docclean.documents.pdf_annotations import ObjectNumber, count_annotations, turn_annotations
from docclean.documents.pdf_contents import Matrix, PageKind, PlacedImage
from docclean.documents.pdf_geometry import (
    IDENTITY,
    POINTS_PER_INCH,
    common_part,
    mapped_box,
    product,
    rotation_of,
    shown_box,
    user_unit,
)
from docclean.documents.pdf_images import Replacement, copied_stream, replace_images
from docclean.documents.pdf_inspection import look_at_page
from docclean.documents.pdf_redrawing import concatenation, packed_stream, placement_of, redraw_page
from docclean.documents.pdf_turning import (
    box_of,
    cropped_in_unit,
    inverse,
    stored_size,
    turn_about_middle,
    upright_to_space,
)

if TYPE_CHECKING:
    import pikepdf

_CARRIED = ("/OC", "/StructParent", "/Intent", "/Measure", "/PtData", "/Metadata", "/AF", "/OPI")
"""What an image XObject says that is true of the cleaned one too.

Source:
    ISO 32000-1, table 89; soft masks, stencil masks and decode arrays belong to the old samples.
"""


def operate(
    pdf: "pikepdf.Pdf", cleaned: Mapping[int, FinishedPage], images: Mapping[str, "pikepdf.Object"]
) -> tuple["pikepdf.Object", ...]:
    """Put cleaned pages in the place of what they were made of.

    Args:
        pdf: The input; it is changed in memory.
        cleaned: By page number, from 0; pages that are not named stay as they are.
        images: Image XObjects of another PDF, which has to stay open until `pdf` is saved, by `FinishedPage.digest`.

    Returns:
        The images as they are in `pdf` now.
    """
    surgeon = _Surgeon(pdf, images)
    for number, finished in cleaned.items():
        surgeon.prepare(number, finished)
    replace_images(pdf, surgeon.wanted, surgeon.redrawn.keys())
    for number, finished in surgeon.redrawn.items():
        surgeon.redraw(number, finished)
    for number in cleaned:
        page = pdf.pages[number].obj
        if "/Thumb" in page:  # it shows what the page was
            del page.Thumb
    return tuple(surgeon.copies.values())


@dataclass(slots=True)
class _Surgeon:
    """What is to be done to a PDF.

    Attributes:
        pdf: The PDF.
        images: New ones, of another PDF, by digest.
        copies: New ones in this PDF, by digest, and by the old image where they carry something of it.
        wanted: Images to be replaced, by page.
        redrawn: Pages whose contents will be one image.
        uses: What `count_annotations` says of the input, once that was needed.
    """

    pdf: "pikepdf.Pdf"
    images: Mapping[str, "pikepdf.Object"]
    copies: dict[tuple[str, tuple[int, int] | None], "pikepdf.Object"] = field(default_factory=dict)
    wanted: dict[int, Replacement] = field(default_factory=dict)
    redrawn: dict[int, FinishedPage] = field(default_factory=dict)
    uses: Counter[ObjectNumber] | None = None

    def prepare(self, number: int, finished: FinishedPage) -> None:
        """Decide how a page is changed; put its image straight in front of what draws it."""
        page = self.pdf.pages[number]
        contents = look_at_page(page)
        if contents.kind is not PageKind.SCAN:  # then the page was drawn, all of it
            self.redrawn[number] = finished
            return
        (placed,) = contents.images
        new = self._copy(finished.digest, placed.image)
        if finished.turned_deg or finished.cropped is not None:
            new = self._put_straight(page, finished, placed, new)
        self.wanted[number] = Replacement(placed.image.objgen, new)

    def redraw(self, number: int, finished: FinishedPage) -> None:
        """Give a page new contents."""
        page = self.pdf.pages[number]
        image = self._copy(finished.digest, None)
        turn = None
        if finished.turned_deg or finished.cropped is not None:
            size = _rendered_size(page, finished)
            to_space = upright_to_space(placement_of(page), 1, size)
            turn = turn_about_middle(to_space, size, finished.turned_deg) if finished.turned_deg else None
            _crop(page, finished, to_space)
        redraw_page(self.pdf, page, image, turn)
        if turn is not None:
            self._turn_annotations(page, turn)

    def _turn_annotations(self, page: "pikepdf.Page", turn: Matrix) -> None:
        if self.uses is None:
            self.uses = count_annotations(self.pdf)
        turn_annotations(self.pdf, page, turn, self.uses)

    def _copy(self, digest: str, old: "pikepdf.Object | None") -> "pikepdf.Object":
        """Give an image of this PDF, the same one for equal results of images that say the same about themselves."""
        carried = {} if old is None else {name: old[name] for name in _CARRIED if name in old}
        key = digest, old.objgen if old is not None and carried else None
        if key not in self.copies:
            image = self.pdf.copy_foreign(self.images[digest])
            if any(known == digest for known, _ in self.copies):  # then qpdf gave the one that is there already
                image = copied_stream(self.pdf, image)
                for name in _CARRIED:
                    if name in image:
                        del image[name]
            for name, each in carried.items():
                image[name] = each
            self.copies[key] = image
        return self.copies[key]

    def _put_straight(
        self, page: "pikepdf.Page", finished: FinishedPage, placed: PlacedImage, new: "pikepdf.Object"
    ) -> "pikepdf.Object":
        """Turn and crop a page; give a form that draws the new image where it belongs when it is drawn as the old one.

        All contents are turned, which moves hidden text along with the print; the form takes the turn back, because
        the image was turned already.
        """
        size = stored_size(placed.image, finished.orientation)
        to_space = upright_to_space(placed.matrix, finished.orientation, size)
        matrix = IDENTITY
        if finished.cropped is not None:
            matrix = cropped_in_unit(finished.cropped, size, finished.orientation)
            _crop(page, finished, to_space)
        if finished.turned_deg:
            turn = turn_about_middle(to_space, size, finished.turned_deg)
            matrix = product(matrix, product(placed.matrix, product(inverse(turn), inverse(placed.matrix))))
            page.contents_add(packed_stream(self.pdf, b"q\n" + concatenation(turn)), prepend=True)
            page.contents_add(packed_stream(self.pdf, b"\nQ\n"))
            self._turn_annotations(page, turn)
        return _form_around(self.pdf, new, matrix)


def drawable_of(page: "pikepdf.Page") -> "pikepdf.Object":
    """Give what a page shows as something to draw on the unit square: its image, or a form around several."""
    images = list(page.obj.Resources.XObject.values())
    if len(images) == 1:
        return images[0]
    left, bottom, right, top = shown_box(page)
    across, up = right - left, top - bottom
    form = page.as_form_xobject()
    form.Matrix = [1 / across, 0, 0, 1 / up, -left / across, -bottom / up]
    return form


def _form_around(pdf: "pikepdf.Pdf", image: "pikepdf.Object", matrix: Matrix) -> "pikepdf.Object":
    """Give a form that draws an image elsewhere than on the unit square."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    form = packed_stream(pdf, b"q\n" + concatenation(matrix) + b"/Image Do\nQ\n")
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = list(mapped_box(matrix) or (0, 0, 1, 1))
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Image=image))
    return form


def _crop(page: "pikepdf.Page", finished: FinishedPage, to_space: Matrix) -> None:
    """Let viewers show only what is left of a page; the page keeps all of its size."""
    if finished.cropped is None:
        return
    around = box_of(finished.cropped, to_space)
    left = None if around is None else common_part(around, shown_box(page))
    if left is not None:
        page.obj.CropBox = [round(side, 4) for side in left]


def _rendered_size(page: "pikepdf.Page", finished: FinishedPage) -> PageSize:
    """Size of a page as it was drawn, before it was cropped, px."""
    dpi = finished.resolution_dpi or (POINTS_PER_INCH, POINTS_PER_INCH)
    left, bottom, right, top = shown_box(page)
    sides = [(right - left) * user_unit(page), (top - bottom) * user_unit(page)]
    if rotation_of(page) % 180:
        sides.reverse()
    across, down = (round(side / POINTS_PER_INCH * each) for side, each in zip(sides, dpi, strict=True))
    return PageSize(max(1, down), max(1, across))
