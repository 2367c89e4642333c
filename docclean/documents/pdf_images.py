"""Putting new images in the place of old ones in a PDF, without touching what draws them."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from docclean.documents.pdf_geometry import inherited
from docclean.documents.pdf_instructions import OversizedError, instructions_of

if TYPE_CHECKING:
    import pikepdf

ObjectNumber = tuple[int, int]
"""Number and generation of an indirect object."""

_DEEPEST_FORM = 24


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a page shall draw in the place of an image.

    Attributes:
        old: Number of the image that it draws.
        new: The XObject to draw, indirect, of the same PDF.
    """

    old: ObjectNumber
    new: "pikepdf.Object"


def replace_images(
    pdf: "pikepdf.Pdf", wanted: Mapping[int, Replacement], redrawn: AbstractSet[int] = frozenset()
) -> None:
    """Let pages draw other images.

    Where every page that draws an image shall draw the same new one, that takes its place wherever these pages look
    for it. Else pages get resources, and forms around the image, of their own; those of the others stay as they are.

    Args:
        pdf: A PDF; saved afterwards, it holds an old image only if something else needs it.
        wanted: What to replace, by page number from 0.
        redrawn: Pages whose contents will be something else, so that what they draw now does not count.
    """
    claims = _claims(wanted)
    kept = _drawn_elsewhere(pdf, claims.keys(), wanted.keys() | redrawn)
    agreed = {old: news[0] for old, news in claims.items() if len(news) == 1 and old not in kept}
    seen: set[ObjectNumber] = set()
    for number, replacement in wanted.items():
        page = pdf.pages[number]
        if replacement.old not in agreed:
            _give_own_image(pdf, page, replacement, claims.keys())
        for xobjects in _xobjects_below(inherited(page, "/Resources"), seen):
            for name, each in list(xobjects.items()):
                if each.objgen in agreed:
                    xobjects[name] = agreed[each.objgen]


def _claims(wanted: Mapping[int, Replacement]) -> dict[ObjectNumber, list["pikepdf.Object"]]:
    """Give the different new images by number of the old one."""
    claims: dict[ObjectNumber, dict[ObjectNumber, pikepdf.Object]] = {}
    for replacement in wanted.values():
        claims.setdefault(replacement.old, {})[replacement.new.objgen] = replacement.new
    return {old: list(news.values()) for old, news in claims.items()}


def _drawn_elsewhere(
    pdf: "pikepdf.Pdf", images: AbstractSet[ObjectNumber], changed: AbstractSet[int]
) -> set[ObjectNumber]:
    """Find which of some images are drawn by pages that stay as they are."""
    found: set[ObjectNumber] = set()
    for number, page in enumerate(pdf.pages):
        if number in changed:
            continue
        resources = inherited(page, "/Resources")
        at_hand = {each.objgen for xobjects in _xobjects_below(resources, set()) for each in xobjects.values()}
        if at_hand & images - found:
            found |= at_hand & images & _drawn(page, resources, at_hand)
    return found


def _drawn(page: "pikepdf.Page", resources: Any, at_hand: set[ObjectNumber]) -> set[ObjectNumber]:  # noqa: ANN401 - a PDF may hold anything there
    """Find the XObjects that a page draws; all that it could draw when its contents cannot be understood."""
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    walk = _Drawn()
    try:
        walk.read(page, resources)
    except (OversizedError, RecursionError, pikepdf.PdfError, AttributeError, LookupError, TypeError, ValueError):
        return at_hand
    return walk.found


@dataclass(slots=True)
class _Drawn:
    """Collects the XObjects that contents draw."""

    found: set[ObjectNumber] = field(default_factory=set)

    def read(self, stream: Any, resources: Any) -> None:  # noqa: ANN401 - a PDF may hold anything there
        for operator, operands in instructions_of(stream):
            if operator != "Do" or resources is None:
                continue
            each = resources.get("/XObject", {}).get(operands[0])
            if each is None or each.objgen in self.found:
                continue
            self.found.add(each.objgen)
            if _is_form(each):
                self.read(each, each.get("/Resources", resources))


def _is_form(each: Any) -> bool:  # noqa: ANN401 - a PDF may hold anything there
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    return isinstance(each, pikepdf.Stream) and each.get("/Subtype") == pikepdf.Name.Form


def _xobjects_below(resources: Any, seen: set[ObjectNumber], depth: int = 0) -> Iterator["pikepdf.Object"]:  # noqa: ANN401 - a PDF may hold anything there
    """Give the dictionaries of XObjects that resources lead to, each once, as far as they are sound.

    Args:
        resources: Of a page or a form.
        seen: Numbers of objects that were looked at; they are added.
        depth: Number of forms around.
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    if not isinstance(resources, pikepdf.Dictionary) or depth > _DEEPEST_FORM or _is_known(resources, seen):
        return
    xobjects = resources.get("/XObject")
    if not isinstance(xobjects, pikepdf.Dictionary) or _is_known(xobjects, seen):
        return
    yield xobjects
    for each in list(xobjects.values()):
        if _is_form(each) and not _is_known(each, seen):
            yield from _xobjects_below(each.get("/Resources"), seen, depth + 1)


def _is_known(each: "pikepdf.Object", seen: set[ObjectNumber]) -> bool:
    if not each.is_indirect:
        return False
    if each.objgen in seen:
        return True
    seen.add(each.objgen)
    return False


def _give_own_image(
    pdf: "pikepdf.Pdf", page: "pikepdf.Page", replacement: Replacement, replaced: AbstractSet[ObjectNumber]
) -> None:
    """Give a page resources of its own, in which its image is the new one and no other replaced image is kept alive."""
    resources = inherited(page, "/Resources")
    at_hand = {each.objgen for xobjects in _xobjects_below(resources, set()) for each in xobjects.values()}
    idle = (replaced - {replacement.old}) - _drawn(page, resources, at_hand)
    page.obj.Resources = _own_resources(pdf, resources, replacement, idle, ())


def _own_resources(
    pdf: "pikepdf.Pdf",
    resources: Any,  # noqa: ANN401 - a PDF may hold anything there
    replacement: Replacement,
    idle: AbstractSet[ObjectNumber],
    around: Sequence[ObjectNumber],
) -> "pikepdf.Object":
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    own = pikepdf.Dictionary(dict(resources.items()))
    xobjects = resources.get("/XObject")
    if not isinstance(xobjects, pikepdf.Dictionary):
        return own
    own.XObject = pikepdf.Dictionary()
    for name, each in xobjects.items():
        if each.objgen == replacement.old:
            own.XObject[name] = replacement.new
        elif each.objgen in idle:
            continue
        elif _is_form(each) and each.objgen not in around and _leads_to(each, replacement.old):
            form = copied_stream(pdf, each)
            if "/Resources" in each:
                form.Resources = _own_resources(pdf, each.Resources, replacement, idle, (*around, each.objgen))
            own.XObject[name] = form
        else:
            own.XObject[name] = each
    return own


def _leads_to(form: "pikepdf.Object", image: ObjectNumber) -> bool:
    below = _xobjects_below(form.get("/Resources"), set())
    return any(each.objgen == image for xobjects in below for each in xobjects.values())


def copied_stream(pdf: "pikepdf.Pdf", stream: "pikepdf.Object") -> "pikepdf.Stream":
    """Copy a stream as it is packed; what its dictionary points at is shared."""
    copy = pdf.make_stream(stream.read_raw_bytes())
    for name, each in stream.items():
        if name != "/Length":
            copy[name] = each
    return copy
