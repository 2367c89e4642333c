"""The packed data of a PDF image: its filters, its size, and the data behind what only packs."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docclean.core.page import PageSize
from docclean.documents.decoding import MAX_PAGE_PIXELS

if TYPE_CHECKING:
    import pikepdf

FLATE, LZW, RUN_LENGTH, JPEG, JPEG2000, FAX, JBIG2, RAW = (
    "tiff_adobe_deflate", "tiff_lzw", "packbits", "jpeg", "jpeg2000", "fax", "jbig2", "raw",
)  # fmt: skip
"""Ways of packing, by Pillow's names where TIFF has them too."""

_FILTERS = {
    "/FlateDecode": FLATE, "/Fl": FLATE, "/LZWDecode": LZW, "/LZW": LZW, "/RunLengthDecode": RUN_LENGTH,
    "/RL": RUN_LENGTH, "/ASCII85Decode": RAW, "/A85": RAW, "/ASCIIHexDecode": RAW, "/AHx": RAW, "/Crypt": RAW,
    "/DCTDecode": JPEG, "/DCT": JPEG, "/JPXDecode": JPEG2000, "/CCITTFaxDecode": FAX, "/CCF": FAX,
    "/JBIG2Decode": JBIG2,
}  # fmt: skip
_CODECS = frozenset({JPEG, JPEG2000, FAX, JBIG2})
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, NotImplementedError)
_SLACK_BYTES = 1 << 20


class ImageDataError(Exception):
    """An image cannot be read; the message ends a sentence that begins with the image."""


@dataclass(frozen=True, slots=True)
class ImageData:
    """What an image XObject says about itself.

    Attributes:
        image: The image.
        size: As stated, px.
        bits: Of each sample; 1 for stencils.
        packing: The way that decides, such as JPEG; RAW if nothing packs the samples.
        is_stencil: Whether the image is a mask that is painted in one color.
        ranges: The decode array; empty if there is none.
    """

    image: "pikepdf.Object"
    size: PageSize
    bits: int
    packing: str
    is_stencil: bool
    ranges: tuple[float, ...]

    @property
    def raw_bytes(self) -> int:
        """Length of the packed data, bytes."""
        return len(memoryview(self.image.get_raw_stream_buffer()))

    def unpacked(self, limit: int) -> bytes:
        """Unpack the data: samples, or for a codec such as JPEG its own data.

        Args:
            limit: More bytes than this are not expected, give or take a little.

        Raises:
            ImageDataError: The data are damaged, or much longer than that.
        """
        import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

        _refuse_bomb(self.image, limit)
        try:
            if self.packing not in _CODECS:
                return self.image.read_bytes(pikepdf.StreamDecodeLevel.specialized)
            return self._codec_data()
        except (pikepdf.PikepdfError, *_MALFORMED) as fault:
            raise ImageDataError("is damaged.") from fault

    def _codec_data(self) -> bytes:
        """Take off the filters around a codec's data."""
        import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

        filters, parameters = _listed(self.image.get("/Filter")), _listed(self.image.get("/DecodeParms"))
        packed = self.image.read_raw_bytes()
        if len(filters) == 1:
            return packed
        with pikepdf.new() as pdf:
            outer = pdf.make_stream(packed, Filter=pikepdf.Array(filters[:-1]))
            if len(parameters) == len(filters):
                outer.DecodeParms = pikepdf.Array(parameters[:-1])
            return outer.read_bytes(pikepdf.StreamDecodeLevel.specialized)

    def parameters(self) -> Any:  # noqa: ANN401 - what a PDF holds there may be anything
        """Give the parameters of the filter that decides, a dictionary; empty if there are none."""
        import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

        stated = self.image.get("/DecodeParms", self.image.get("/DP"))
        last = stated[-1] if isinstance(stated, pikepdf.Array) and len(stated) else stated
        return last if isinstance(last, pikepdf.Dictionary) else pikepdf.Dictionary()


def read_image_data(image: "pikepdf.Object") -> ImageData:
    """Read what an image says about itself.

    Raises:
        ImageDataError: It says nonsense, is too large, or packed in an unknown way.

    Source:
        ISO 32000-1, table 89.
    """
    try:
        size = PageSize(int(image["/Height"]), int(image["/Width"]))
        is_stencil = bool(image.get("/ImageMask", False))
        bits = 1 if is_stencil else int(image.get("/BitsPerComponent", 8))
        ranges = tuple(float(number) for number in image.get("/Decode", ()))
        names = [str(name) for name in _listed(image.get("/Filter"))]
    except _MALFORMED as fault:
        raise ImageDataError("does not say how large it is, or says it wrongly.") from fault
    if min(size) < 1:
        raise ImageDataError("has no pixels.")
    if size.height * size.width > MAX_PAGE_PIXELS:
        raise ImageDataError(f"has more than {MAX_PAGE_PIXELS // 1_000_000} million pixels.")
    return ImageData(image, size, bits, _packing(names), is_stencil, ranges)


def _packing(names: Sequence[str]) -> str:
    if unknown := [name for name in names if name not in _FILTERS]:
        raise ImageDataError(f"is packed in a way that docclean does not know ({unknown[0].lstrip('/')}).")
    packings = [_FILTERS[name] for name in names]
    if any(packing in _CODECS for packing in packings[:-1]):
        raise ImageDataError("is packed twice, which no program can read.")
    return next((packing for packing in reversed(packings) if packing != RAW), RAW)


def _listed(filters: Any) -> Sequence[Any]:  # noqa: ANN401 - what a PDF holds there may be anything
    import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

    if filters is None:
        return ()
    return list(filters) if isinstance(filters, pikepdf.Array) else [filters]


def _refuse_bomb(image: "pikepdf.Object", limit: int) -> None:
    """Refuse data that unpack to much more than an image needs, before they fill the memory."""
    if str(next(iter(_listed(image.get("/Filter"))), "")) not in ("/FlateDecode", "/Fl"):
        return
    left, unpacker = 2 * limit + _SLACK_BYTES, zlib.decompressobj()
    packed = bytes(image.get_raw_stream_buffer())
    try:
        while packed and left >= 0 and not unpacker.eof:
            left -= len(unpacker.decompress(packed, _SLACK_BYTES))
            packed = unpacker.unconsumed_tail
    except zlib.error:  # qpdf takes what there is of damaged data
        return
    if left < 0:
        raise ImageDataError("unpacks to much more than its size says.")
