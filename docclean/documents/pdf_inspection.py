"""Finding out what a page of a PDF shows, by walking through its contents without drawing them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from docclean.documents.pdf_contents import Matrix, PageContents, PageKind, PlacedImage
from docclean.documents.pdf_geometry import (
    IDENTITY,
    Box,
    common_part,
    covers,
    inherited,
    is_upright,
    mapped_box,
    product,
    shown_box,
)
from docclean.documents.pdf_instructions import OversizedError, Paint, initial_paint, instructions_of, numbers, paint_of

if TYPE_CHECKING:
    import pikepdf

_MOST_INSTRUCTIONS = 400_000
_MOST_FORMS = 4_000
_DEEPEST_FORM = 24
_DEEPEST_STATE = 512
_RIM = 0.01
"""An image that leaves this share of the page's sides free still covers it."""

_HARMLESS_BLENDS = ("/Normal", "/Compatible", "/Multiply", "/Darken")
"""Blend modes that show an image on white paper as it is."""

_FILLING, _STROKING = {"f", "F", "f*", "B", "B*", "b", "b*"}, {"S", "s", "B", "B*", "b", "b*"}
_PAINTING = _FILLING | _STROKING | {"n"}
_COLORS = {"g", "rg", "k", "cs", "sc", "scn", "G", "RG", "K", "CS", "SC", "SCN"}
_FILLED_TEXT, _STROKED_TEXT, _CLIPPING_TEXT = (0, 2, 4, 6), (1, 2, 5, 6), 4
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, NotImplementedError)
"""What pikepdf and Python raise for operands and resources that are not what they should be."""


def look_at_page(page: "pikepdf.Page") -> PageContents:
    """Find out what a page shows. Nothing is decoded but content streams, and nothing is changed.

    Annotations do not count: they lie above the contents and are objects of their own. Images outside the crop box, and
    whatever lies under an opaque image that covers the page, are not seen; text there counts as one that cannot be
    seen. White marks on blank paper are not seen either. A page counts as COMPOSITE if its only image is an inline
    one, translucent, a mask that is painted in another color than black, or on a layer that can be turned off.
    Contents that are damaged, or larger than any scanner's program makes them, count as drawn.

    Args:
        page: A page of an open PDF.

    Returns:
        What it shows; `images` are those that can be seen, at most one for a SCAN.

    Source:
        ISO 32000-1, chapter 8 (graphics), sections 9.3.6 (text rendering mode), 11.6.4 (constants of transparency).
    """
    walk = _Walk(shown_box(page))
    try:
        walk.read(page, inherited(page, "/Resources"), _State(clip=walk.page_box))
    except (OversizedError, RecursionError):
        walk.has_drawing = True
    return PageContents(walk.kind(), tuple(shown.placed for shown in walk.images), walk.has_hidden_text)


@dataclass(frozen=True, slots=True)
class _Shown:
    """An image that can be seen; plain if its samples are what is seen."""

    placed: PlacedImage
    is_plain: bool


@dataclass(frozen=True, slots=True)
class _State:
    """The part of the graphics state that decides what is seen.

    Attributes:
        ctm: From here to the page's user space.
        clip: Around what can be seen, in the page's user space; None when nothing can.
        is_clip_exact: Whether all of `clip` can be seen.
        fill: Color of areas, masks and text.
        stroke: Color of lines.
        is_fill_plain: Whether colors of areas are gray, RGB or CMYK.
        is_stroke_plain: Whether colors of lines are.
        fill_alpha: Opacity of areas and images, 0..1.
        stroke_alpha: Opacity of lines.
        is_altered: Whether a soft mask or a blend mode is at work.
        is_veiled: Whether the form around is translucent, or on a layer.
        text_mode: Text rendering mode.
    """

    clip: Box | None
    ctm: Matrix = IDENTITY
    is_clip_exact: bool = True
    fill: Paint = Paint.BLACK
    stroke: Paint = Paint.BLACK
    is_fill_plain: bool = True
    is_stroke_plain: bool = True
    fill_alpha: float = 1.0
    stroke_alpha: float = 1.0
    is_altered: bool = False
    is_veiled: bool = False
    text_mode: int = 0


class _Walk:
    """Goes through the contents of a page in the order of drawing and keeps what can be seen so far."""

    def __init__(self, page_box: Box) -> None:
        self.page_box = page_box
        self.images: list[_Shown] = []
        self.has_drawing = False
        self.has_inline_image = False
        self.has_hidden_text = False
        self._has_text = False
        self._instructions_left, self._forms_left = _MOST_INSTRUCTIONS, _MOST_FORMS
        self._open_forms: list[tuple[int, int]] = []

    def kind(self) -> PageKind:
        """What the page is."""
        if self.has_drawing:
            return PageKind.DRAWN
        if len(self.images) == 1 and self.images[0].is_plain and not self.has_inline_image:
            return PageKind.SCAN
        return PageKind.COMPOSITE if self.images or self.has_inline_image else PageKind.EMPTY

    def read(self, contents: "pikepdf.Page | pikepdf.Object", resources: Any, state: _State) -> None:  # noqa: ANN401 - what a PDF holds there may be anything
        """Go through a page or a form.

        Raises:
            OversizedError: There is too much of it.
        """
        stream = _Stream(self, resources, state)
        try:
            for operator, operands in instructions_of(contents):
                self._instructions_left -= 1
                if self._instructions_left < 0:
                    raise OversizedError
                with suppress(*_MALFORMED):
                    stream.take(operator, operands)
        except _faults_of_contents():
            self.has_drawing = True

    def read_form(self, form: Any, resources: Any, state: _State) -> None:  # noqa: ANN401 - what a PDF holds there may be anything
        """Go through a form, unless it is open already: a form that draws itself draws nothing more."""
        self._forms_left -= 1
        if self._forms_left < 0 or len(self._open_forms) > _DEEPEST_FORM:
            raise OversizedError
        if form.objgen in self._open_forms:
            return
        self._open_forms.append(form.objgen)
        try:
            self.read(form, form.get("/Resources", resources), state)
        finally:
            self._open_forms.pop()

    def show_drawing(self, paints: Sequence[Paint], *, is_text: bool = False) -> None:
        """Text or lines in these colors."""
        if all(paint is Paint.WHITE for paint in paints) and self.is_blank:
            self.has_hidden_text |= is_text
            return
        self.has_drawing = True
        self._has_text |= is_text

    def show_image(self, shown: _Shown, *, is_covering: bool) -> None:
        """An image, which hides what was drawn before if it covers the page."""
        if is_covering:
            self.has_hidden_text |= self._has_text
            self.images.clear()
            self.has_drawing = self.has_inline_image = self._has_text = False
        self.images.append(shown)

    @property
    def is_blank(self) -> bool:
        """Whether nothing can be seen yet."""
        return not (self.images or self.has_drawing or self.has_inline_image)


class _Stream:
    """Understands the instructions of one content stream."""

    def __init__(self, walk: _Walk, resources: Any, state: _State) -> None:  # noqa: ANN401 - what a PDF holds there may be anything
        self._walk, self._resources, self._state = walk, resources, state
        self._saved: list[_State] = []
        self._layers: list[bool] = []
        self._boxes: list[Box] = []
        self._has_other_path = False
        self._is_clipping = False

    def take(self, operator: str, operands: Sequence[Any]) -> None:
        """Do what an instruction says; raise anything that `_MALFORMED` names if that makes no sense."""
        if operator in _PAINTING:
            self._paint_path(operator)
        elif operator in _COLORS:
            self._set_color(operator, operands)
        else:
            _HANDLERS[operator](self, operands)

    def _resource(self, kind: str, name: Any) -> Any:  # noqa: ANN401 - what a PDF holds there may be anything
        return self._resources[kind][name]

    def save(self, _: Sequence[Any]) -> None:
        if len(self._saved) >= _DEEPEST_STATE:
            raise OversizedError
        self._saved.append(self._state)

    def restore(self, _: Sequence[Any]) -> None:
        self._state = self._saved.pop()

    def transform(self, operands: Sequence[Any]) -> None:
        self._state = replace(self._state, ctm=product(_matrix(operands), self._state.ctm))

    def show_inline_image(self, _: Sequence[Any]) -> None:
        self._walk.has_inline_image |= self._state.clip is not None and self._state.fill_alpha > 0.0

    def begin_marked(self, operands: Sequence[Any]) -> None:
        """Marked contents may be on a layer that can be turned off."""
        self._layers.append(len(operands) > 1 and str(operands[0]) == "/OC")

    def end_marked(self, _: Sequence[Any]) -> None:
        self._layers.pop()

    def set_text_mode(self, operands: Sequence[Any]) -> None:
        self._state = replace(self._state, text_mode=int(operands[0]))

    def shade(self, _: Sequence[Any]) -> None:
        self._show((Paint.OTHER,))

    def set_state(self, operands: Sequence[Any]) -> None:
        settings, state = self._resource("/ExtGState", operands[0]), self._state
        blend, mask = settings.get("/BM"), settings.get("/SMask")
        if blend is not None or mask is not None:
            is_blended = blend is not None and str(blend) not in _HARMLESS_BLENDS
            state = replace(state, is_altered=is_blended or (mask is not None and str(mask) != "/None"))
        fill, stroke = settings.get("/ca", state.fill_alpha), settings.get("/CA", state.stroke_alpha)
        self._state = replace(state, fill_alpha=float(fill), stroke_alpha=float(stroke))

    def _set_color(self, operator: str, operands: Sequence[Any]) -> None:
        """Colors of lines have operators in capitals."""
        is_stroke, kind = operator.isupper(), operator.lower()
        is_plain = self._state.is_stroke_plain if is_stroke else self._state.is_fill_plain
        if kind == "cs":
            paint = initial_paint(operands[0], (self._resources or {}).get("/ColorSpace", {}).get(operands[0]))
            is_plain = paint is Paint.BLACK
        elif kind in ("sc", "scn"):
            paint = paint_of(operands) if is_plain else Paint.OTHER
        else:
            paint, is_plain = paint_of(operands), True
        if is_stroke:
            self._state = replace(self._state, stroke=paint, is_stroke_plain=is_plain)
        else:
            self._state = replace(self._state, fill=paint, is_fill_plain=is_plain)

    def begin_path(self, _: Sequence[Any]) -> None:
        self._has_other_path = True

    def begin_clipping(self, _: Sequence[Any]) -> None:
        self._is_clipping = True

    def add_box(self, operands: Sequence[Any]) -> None:
        x, y, width, height = numbers(operands, 4)
        box = mapped_box(self._state.ctm, (x, y, x + width, y + height))
        if box is None or not is_upright(self._state.ctm):
            self._has_other_path = True
        if box is not None:
            self._boxes.append(box)

    def _paint_path(self, operator: str) -> None:
        """End a path; where it lies is known only as far as it is made of boxes."""
        state = self._state
        around = _around(self._boxes)
        is_seen = self._has_other_path or (
            around is not None and state.clip is not None and common_part(around, state.clip) is not None
        )
        if is_seen:
            self._show(self._paints(fills=operator in _FILLING, strokes=operator in _STROKING))
        if self._is_clipping and around is not None and not self._has_other_path:
            clip = None if state.clip is None else common_part(state.clip, around)
            self._state = replace(state, clip=clip, is_clip_exact=state.is_clip_exact and len(self._boxes) == 1)
        elif self._is_clipping:
            self._state = replace(state, is_clip_exact=False)
        self._boxes, self._has_other_path, self._is_clipping = [], False, False

    def _paints(self, *, fills: bool, strokes: bool) -> tuple[Paint, ...]:
        """Colors that are seen; those of full transparency are not."""
        state = self._state
        paints = (state.fill,) if fills and state.fill_alpha > 0.0 else ()
        return (*paints, state.stroke) if strokes and state.stroke_alpha > 0.0 else paints

    def _show(self, paints: Sequence[Paint]) -> None:
        if paints and self._state.clip is not None:
            self._walk.show_drawing(paints)

    def show_text(self, operands: Sequence[Any]) -> None:
        mode = self._state.text_mode
        if mode >= _CLIPPING_TEXT:
            self._state = replace(self._state, is_clip_exact=False)
        if not _has_characters(operands[-1]):
            return
        paints = self._paints(fills=mode in _FILLED_TEXT, strokes=mode in _STROKED_TEXT)
        if paints and self._state.clip is not None:
            self._walk.show_drawing(paints, is_text=True)
        else:
            self._walk.has_hidden_text = True

    def draw(self, operands: Sequence[Any]) -> None:
        drawn = self._resource("/XObject", operands[0])
        if str(drawn.get("/Subtype")) == "/Image":
            self._draw_image(drawn)
        elif str(drawn.get("/Subtype")) == "/Form":
            self._draw_form(drawn)

    def _draw_image(self, image: Any) -> None:  # noqa: ANN401 - what a PDF holds there may be anything
        state = self._state
        around = mapped_box(state.ctm)
        seen = common_part(around, state.clip) if around is not None and state.clip is not None else None
        if seen is None or state.fill_alpha <= 0.0:
            return
        is_on_layer = any(self._layers) or "/OC" in image
        is_even = state.fill_alpha >= 1.0 and not (state.is_altered or state.is_veiled or is_on_layer)
        is_stencil = bool(image.get("/ImageMask", False))
        is_plain = is_even and (not is_stencil or state.fill is Paint.BLACK)
        is_opaque = is_plain and not is_stencil and "/SMask" not in image and "/Mask" not in image
        is_whole = state.is_clip_exact and is_upright(state.ctm) and covers(seen, self._walk.page_box, _RIM)
        shown = _Shown(PlacedImage(image, state.ctm), is_plain)
        self._walk.show_image(shown, is_covering=is_opaque and is_whole)

    def _draw_form(self, form: Any) -> None:  # noqa: ANN401 - what a PDF holds there may be anything
        state = self._state
        if state.fill_alpha <= 0.0 or state.clip is None:
            return
        ctm = product(_matrix(form.get("/Matrix", IDENTITY)), state.ctm)
        left, bottom, right, top = numbers(list(form.get("/BBox")), 4)
        around = mapped_box(ctm, (left, bottom, right, top))
        is_veiled = state.fill_alpha < 1.0 or state.is_altered or any(self._layers) or "/OC" in form
        inner = replace(
            state,
            ctm=ctm,
            clip=None if around is None else common_part(state.clip, around),
            is_clip_exact=state.is_clip_exact and is_upright(ctm),
            fill_alpha=1.0 if "/Group" in form else state.fill_alpha,
            is_altered=False,
            is_veiled=state.is_veiled or is_veiled,
        )
        self._walk.read_form(form, self._resources, inner)


_HANDLERS: dict[str, Callable[[_Stream, Sequence[Any]], None]] = {
    "q": _Stream.save,
    "Q": _Stream.restore,
    "cm": _Stream.transform,
    "gs": _Stream.set_state,
    "Do": _Stream.draw,
    "BI": _Stream.show_inline_image,
    "BDC": _Stream.begin_marked,
    "BMC": _Stream.begin_marked,
    "EMC": _Stream.end_marked,
    "sh": _Stream.shade,
    "Tr": _Stream.set_text_mode,
    "Tj": _Stream.show_text,
    "TJ": _Stream.show_text,
    "'": _Stream.show_text,
    '"': _Stream.show_text,
    "re": _Stream.add_box,
    "m": _Stream.begin_path,
    "W": _Stream.begin_clipping,
    "W*": _Stream.begin_clipping,
}


def _matrix(operands: Any) -> Matrix:  # noqa: ANN401 - what a PDF holds there may be anything
    a, b, c, d, e, f = numbers(list(operands), 6)
    return a, b, c, d, e, f


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _has_characters(text: Any) -> bool:  # noqa: ANN401 - a string, or an array of strings and numbers
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    parts = text if isinstance(text, pikepdf.Array) else [text]
    return any(bytes(part) for part in parts if isinstance(part, pikepdf.String))


def _faults_of_contents() -> tuple[type[Exception], ...]:
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    return (pikepdf.PikepdfError, *_MALFORMED)
