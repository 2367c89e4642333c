"""Links, notes and other annotations of a page of a PDF that was turned: they go along with what they lie on."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from docclean.documents.pdf_contents import Matrix

if TYPE_CHECKING:
    import pikepdf

ObjectNumber = tuple[int, int]

_POINTS = ("/QuadPoints", "/L", "/Vertices", "/CL")
_LISTS_OF_POINTS = ("/InkList", "/Path")
"""What says where an annotation lies besides its rectangle: pairs of numbers, and lists of such.

Source:
    ISO 32000-1, tables 173 to 182; ISO 32000-2, table 181 (Path).
"""

_ICONS = ("/Text", "/FileAttachment", "/Sound", "/Popup")
"""Kinds that viewers draw at a size of their own."""

_REFERENCES = ("/Popup", "/Parent", "/IRT")
_DECIMALS = 4
_CORNERS = 4
_NO_NUMBER = (0, 0)


def count_annotations(pdf: "pikepdf.Pdf") -> Counter[ObjectNumber]:
    """Count on how many pages each annotation lies."""
    return Counter(number for page in pdf.pages for number in {each.objgen for each in _annotations_of(page)})


def turn_annotations(pdf: "pikepdf.Pdf", page: "pikepdf.Page", turn: Matrix, uses: Counter[ObjectNumber]) -> None:
    """Turn the places of a page's annotations.

    An annotation's rectangle becomes the one around it when it is turned; one that has its picture in the file keeps
    its size, or viewers would stretch the picture. Points are turned as they are. What other pages have too is copied
    first; form fields that lie on several pages stay as they are, because a copy would be no part of the form.

    Args:
        pdf: The PDF of the page.
        page: The page.
        turn: Takes places of its user space to where they belong now.
        uses: What `count_annotations` said before any page was changed.

    Source:
        ISO 32000-1, section 12.5.2 (Rect), section 12.5.5 (appearance streams).
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    annotations = page.obj.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return
    copies: dict[ObjectNumber, pikepdf.Object] = {}
    own = [_own(pdf, page, each, uses, copies) for each in annotations]
    for before, after in zip(annotations, own, strict=True):
        if isinstance(after, pikepdf.Dictionary) and not _is_shared_field(before, uses):
            _turn(after, turn)
            for name in _REFERENCES:
                other = after.get(name)
                if isinstance(other, pikepdf.Dictionary) and other.objgen in copies:
                    after[name] = copies[other.objgen]
    page.obj.Annots = pikepdf.Array(own)


def _own(
    pdf: "pikepdf.Pdf",
    page: "pikepdf.Page",
    annotation: Any,  # noqa: ANN401 - a PDF may hold anything there
    uses: Counter[ObjectNumber],
    copies: dict[ObjectNumber, "pikepdf.Object"],
) -> Any:  # noqa: ANN401 - a PDF may hold anything there
    """Give an annotation that no other page has, and note down what it is a copy of."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    if not isinstance(annotation, pikepdf.Dictionary) or _is_shared_field(annotation, uses):
        return annotation
    number = annotation.objgen
    if number != _NO_NUMBER and uses[number] <= 1:
        return annotation
    copy = pdf.make_indirect(pikepdf.Dictionary(dict(annotation.items())))
    copy.P = page.obj
    if number != _NO_NUMBER:
        copies[number] = copy
    return copy


def _is_shared_field(annotation: Any, uses: Counter[ObjectNumber]) -> bool:  # noqa: ANN401 - a PDF may hold anything there
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    if not isinstance(annotation, pikepdf.Dictionary) or uses[annotation.objgen] <= 1:
        return False
    return bool(annotation.get("/Subtype") == pikepdf.Name.Widget)


def _annotations_of(page: "pikepdf.Page") -> Iterator["pikepdf.Object"]:
    """Give the annotations of a page that have a number."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    annotations = page.obj.get("/Annots")
    for each in annotations if isinstance(annotations, pikepdf.Array) else ():
        if isinstance(each, pikepdf.Dictionary) and each.objgen != _NO_NUMBER:
            yield each


def _turn(annotation: "pikepdf.Object", turn: Matrix) -> None:
    _replace(annotation, "/Rect", lambda numbers: _turned_box(annotation, numbers, turn))
    for name in _POINTS:
        _replace(annotation, name, lambda numbers: _turned_points(numbers, turn))
    for name in _LISTS_OF_POINTS:
        lists = [_numbers_of(each) for each in _listed(annotation.get(name))]
        if lists and None not in lists:
            annotation[name] = [_rounded(_turned_points(each, turn)) for each in lists if each is not None]


def _replace(annotation: "pikepdf.Object", name: str, change: Callable[[list[float]], list[float]]) -> None:
    numbers = _numbers_of(annotation.get(name))
    if numbers:
        annotation[name] = _rounded(change(numbers))


def _turned_box(annotation: "pikepdf.Object", box: list[float], turn: Matrix) -> list[float]:
    if len(box) != _CORNERS or (box[0] == box[2] and box[1] == box[3]):  # a signature that nobody is to see
        return box
    if "/AP" in annotation or annotation.get("/Subtype") in _ICONS:
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        across, up = (after - before for after, before in zip(_turned_points(middle, turn), middle, strict=True))
        return [box[0] + across, box[1] + up, box[2] + across, box[3] + up]
    corners = _turned_points([box[0], box[1], box[2], box[1], box[2], box[3], box[0], box[3]], turn)
    return [min(corners[::2]), min(corners[1::2]), max(corners[::2]), max(corners[1::2])]


def _turned_points(numbers: Sequence[float], turn: Matrix) -> list[float]:
    a, b, c, d, e, f = turn
    turned = [(a * x + c * y + e, b * x + d * y + f) for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
    return [each for pair in turned for each in pair]


def _numbers_of(value: Any) -> list[float] | None:  # noqa: ANN401 - a PDF may hold anything there
    """Give an array of numbers; None for anything else."""
    try:
        numbers = [float(each) for each in _listed(value)]
    except (TypeError, ValueError):
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - a PDF may hold anything there
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    return list(value) if isinstance(value, pikepdf.Array) else []


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [round(each, _DECIMALS) for each in numbers]
