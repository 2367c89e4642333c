"""An image of a PDF: its own samples, exactly as stored where that is possible, and how they were packed."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from docclean.core.page import ColorMode, PageSize, PixelArray, StoredSamples
from docclean.documents.decoding import MAX_PAGE_PIXELS
from docclean.documents.deep_jpeg2000 import with_right_colors
from docclean.documents.deep_reader import has_deep_samples, raw_mode_of, read_deep
from docclean.documents.encoding import read_encoding
from docclean.documents.image_samples import array_of, read_samples
from docclean.documents.jbig2_segments import is_whole_jbig2
from docclean.documents.jpeg2000 import read_profile
from docclean.documents.pdf_drawing import draw_image
from docclean.documents.pdf_image_data import FAX, JBIG2, JPEG, JPEG2000, ImageData, ImageDataError, read_image_data
from docclean.documents.pdf_masks import mask_size, read_alpha, shown_on_white
from docclean.documents.pdf_samples import ColorSpace, InexactError, decoded, read_space, samples_of, unpacked
from docclean.documents.samples import Samples, is_black_on_white, levels_of

if TYPE_CHECKING:
    import pikepdf

_CHANNELS = {ColorMode.GRAY: 1, ColorMode.GRAY16: 1, ColorMode.RGB: 3, ColorMode.RGB16: 3, ColorMode.CMYK: 4}
_KNOWN_BITS = (1, 2, 4, 8, 16)
_ROWS_THAT_MAY_BE_MISSING = 0.01
_OTHER_COLORS = "The packed data of the image have other colors than the PDF says; the image was drawn."
_OTHER_TRANSFORM = "The colors of the image are packed in an unusual way; the image was drawn."
_CUT_OFF = "is damaged or cut off."


@dataclass(frozen=True, slots=True)
class ReadImage:
    """An image as it was read.

    Attributes:
        samples: As they lie in the image, without alpha: what is transparent is shown on white.
        encoding: How they were packed: "compression" by Pillow's names for TIFF or "jbig2" or "jpeg2000", "bits",
            "size_bytes" of the packed data, and what `read_encoding` says of JPEG and JPEG 2000.
        notes: What could not be kept, one sentence each.
    """

    samples: Samples
    encoding: dict[str, Any]
    notes: tuple[str, ...]


def read_pdf_image(image: "pikepdf.Object") -> ReadImage:
    """Read an image XObject. Hold `pdf_lock`, and be in a block of `decoding`.

    Raises:
        ImageDataError: The image cannot be read; the message ends a sentence that begins with the image.
        Exception: Whatever Pillow lets out of damaged data.
    """
    data = read_image_data(image)
    reading = _Reading()
    try:
        samples = shown_on_white(*reading.read(data))
        compression = data.packing
    except InexactError as reason:
        samples, compression = _drawn(data, reading), data.packing
        reading.notes.append(str(reason))
    stated = {"size_bytes": data.raw_bytes, "bits": data.bits, "compression": compression}
    return ReadImage(samples, {**stated, **reading.facts}, tuple(dict.fromkeys(reading.notes)))


class _Reading:
    """Reads one image, and collects what is learned on the way."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.facts: dict[str, Any] = {}
        self._values: NDArray[Any] | None = None

    def read(self, data: ImageData) -> tuple[Samples, NDArray[Any] | None]:
        """Read samples, and how opaque they are.

        Raises:
            InexactError: The image can only be drawn.
        """
        samples = self.read_plain(data)
        alpha = read_alpha(data, self._values, _Reading().read_plain)
        if alpha is None:  # JPEG 2000 has its own, which viewers heed whatever /SMaskInData says
            alpha = samples.stored.alpha
        return replace(samples, stored=replace(samples.stored, alpha=None)), alpha

    def read_plain(self, data: ImageData) -> Samples:
        """Read samples, whatever masks the image has.

        Raises:
            InexactError: The image can only be drawn.
        """
        readers: dict[str, Callable[[ImageData], Samples]] = {
            JPEG: self._read_jpeg,
            JPEG2000: self._read_jpeg2000,
            FAX: self._read_fax,
            JBIG2: self._read_jbig2,
        }
        return readers.get(data.packing, self._read_raw)(data)

    def _read_raw(self, data: ImageData) -> Samples:
        """Read samples that no codec changed."""
        if data.bits not in _KNOWN_BITS:
            raise ImageDataError(f"has samples of {data.bits} bits, which PDF does not know.")
        space = _space_of(data)
        row_bytes = (data.size.width * space.channels * data.bits + 7) // 8
        packed = data.unpacked(row_bytes * data.size.height)
        missing = data.size.height - len(packed) // row_bytes
        if missing > max(1.0, _ROWS_THAT_MAY_BE_MISSING * data.size.height):
            raise ImageDataError(_CUT_OFF)
        values = unpacked(packed, data.size, space.channels, data.bits)
        if missing > 0:
            self.notes.append("The last rows of the image are missing.")
        self._values = values
        if space.palette is None:
            values = decoded(values, _ranges(data, space.channels), data.bits)
        elif data.ranges and data.ranges != (0.0, float((1 << data.bits) - 1)):
            raise InexactError(_OTHER_TRANSFORM)
        return samples_of(values, space, data.bits, self.notes)

    def _read_jpeg(self, data: ImageData) -> Samples:
        packed = data.unpacked(3 * data.size.height * data.size.width)
        file = io.BytesIO(packed)
        picture = Image.open(file, formats=["JPEG"])
        _verify_pixels(picture)
        self.facts |= read_encoding(picture, file, len(packed))
        transform = data.parameters().get("/ColorTransform")
        if transform is not None and "adobe_transform" not in picture.info and len(picture.getbands()) > 1:
            is_usual = int(transform) == (1 if picture.mode == "RGB" else 0)
            if not is_usual:
                raise InexactError(_OTHER_TRANSFORM)
        picture.load()
        stored = read_samples(picture, "", self.notes).stored
        if stored.mode is ColorMode.CMYK:
            # Pillow takes every CMYK JPEG for one of Adobe's and inverts it; PDF says so in its decode array.
            stored = replace(stored, data=np.subtract(np.uint8(255), stored.data))
        return self._of_codec(stored, data, 8)

    def _read_jpeg2000(self, data: ImageData) -> Samples:
        packed = data.unpacked(8 * data.size.height * data.size.width)
        file = io.BytesIO(packed)
        picture = Image.open(file, formats=["JPEG2000"])
        _verify_pixels(picture)
        self.facts |= read_encoding(picture, file, len(packed))
        if has_deep_samples(picture):
            stored = read_deep(picture, lambda: Image.open(io.BytesIO(packed), formats=["JPEG2000"])).stored
        else:
            raw_mode = raw_mode_of(picture)
            picture.load()
            right = with_right_colors(picture, packed, self.facts.get("bits", 8))
            stored = read_samples(right, raw_mode, self.notes).stored
        if self.facts.get("bits", 8) > 8 and stored.mode is ColorMode.RGB:
            self.notes.append("The colors have more than 8 bits each; they were reduced to 8 bits.")
        if "/ColorSpace" not in data.image:
            return Samples(stored, None, read_profile(packed))
        return self._of_codec(stored, data, 16 if stored.data.dtype == np.uint16 else 8)

    def _of_codec(self, stored: StoredSamples, data: ImageData, bits: int) -> Samples:
        """Give samples that a codec made the meaning that the PDF says."""
        space = read_space(data.image.get("/ColorSpace"))
        if _CHANNELS.get(stored.mode) != space.channels or space.palette is not None:
            raise InexactError(_OTHER_COLORS)
        values = stored.data if stored.data.ndim == 3 else stored.data[:, :, np.newaxis]
        changed = decoded(values, _ranges(data, space.channels), bits).reshape(stored.data.shape)
        return Samples(replace(stored, data=changed), None, space.icc_profile)

    def _read_fax(self, data: ImageData) -> Samples:
        """Read fax data as TIFF, whose reader says what is wrong with them; what it cannot read, pdfium may."""
        import pikepdf  # noqa: PLC0415 - only who reads PDF needs it

        parameters = data.parameters()
        self.facts["compression"] = "group4" if int(parameters.get("/K", 0)) < 0 else "group3"
        space = _space_of(data)
        if space.palette is not None or not isinstance(data.image, pikepdf.Stream):
            return self._drawn_bilevel(data)
        try:
            picture = pikepdf.PdfImage(data.image).as_pil_image()
        except (pikepdf.PikepdfError, ValueError, TypeError, NotImplementedError):
            return self._drawn_bilevel(data)
        if picture.mode != "1" or picture.size != (data.size.width, data.size.height):
            return self._drawn_bilevel(data)
        return Samples(StoredSamples(ColorMode.BILEVEL, array_of(picture)), None, space.icc_profile)

    def _read_jbig2(self, data: ImageData) -> Samples:
        if not is_whole_jbig2(data.unpacked(data.size.height * data.size.width)):
            raise ImageDataError(_CUT_OFF)
        return self._drawn_bilevel(data)

    def _drawn_bilevel(self, data: ImageData) -> Samples:
        """Let pdfium decode two levels; at the image's own size it gives every sample as it is."""
        space = _space_of(data)
        pixels = _draw(data, data.size, is_gray=True)[:, :, 0]
        self._values = None
        return Samples(StoredSamples(ColorMode.BILEVEL, levels_of(pixels)), None, space.icc_profile)


def _space_of(data: ImageData) -> ColorSpace:
    return ColorSpace(1) if data.is_stencil else read_space(data.image.get("/ColorSpace"))


def _ranges(data: ImageData, channels: int) -> tuple[float, ...]:
    return data.ranges if len(data.ranges) >= 2 * channels else (0.0, 1.0) * channels


def _verify_pixels(picture: ImageFile.ImageFile) -> None:
    if picture.width * picture.height > MAX_PAGE_PIXELS:
        raise ImageDataError(f"has more than {MAX_PAGE_PIXELS // 1_000_000} million pixels.")


def _drawn(data: ImageData, reading: _Reading) -> Samples:
    """Let pdfium show the image, in the finer one of its own size and its mask's."""
    mask = mask_size(data) or data.size
    size = data.size if mask[0] * mask[1] <= data.size.height * data.size.width else PageSize(*mask)
    if size.height * size.width > MAX_PAGE_PIXELS:
        size = data.size
    pixels = _draw(data, size, is_gray=False)
    reading.facts.pop("quantization", None)
    if data.bits == 1 and size == data.size and is_black_on_white(pixels):
        return Samples(StoredSamples(ColorMode.BILEVEL, levels_of(np.ascontiguousarray(pixels[:, :, 0]))))
    if pixels.shape[2] == 1:
        return Samples(StoredSamples(ColorMode.GRAY, np.ascontiguousarray(pixels[:, :, 0])))
    return Samples(StoredSamples(ColorMode.RGB, pixels))


def _draw(data: ImageData, size: PageSize, *, is_gray: bool) -> PixelArray:
    try:
        return draw_image(data.image, size, is_gray=is_gray)
    except (RuntimeError, ValueError) as fault:
        raise ImageDataError("is damaged.") from fault
