"""How the image of a PDF page is packed: an image file whose compressed data goes into the PDF as it is."""

from dataclasses import replace
from typing import Any

from docclean.core.job import Compression, Storage
from docclean.core.page import ColorMode
from docclean.documents.fitting import fitted
from docclean.documents.formats import LARGEST_SIDE
from docclean.documents.jbig2 import encode_jbig2, has_encoder
from docclean.documents.jpeg2000 import encode_jpeg2000
from docclean.documents.jpeg_encoder import encode_jpeg
from docclean.documents.png_encoder import encode_png
from docclean.documents.samples import Samples
from docclean.documents.tiff_encoder import encode_tiff

_JPEG_MODES = frozenset({ColorMode.GRAY, ColorMode.RGB, ColorMode.CMYK})
_JPEG2000_MODES = frozenset({ColorMode.GRAY, ColorMode.RGB})
_NO_INKS = "Pages of CMYK inks are not packed as JPEG 2000; JPEG was used."
_MUCH_LARGER = 1.1
_WANTS_ENCODER = (
    "The two-level image came as JBIG2 and grew, because the program jbig2 (jbig2enc) is not installed; "
    "install it to get it smaller."
)


def packed_for_pdf(samples: Samples, facts: dict[str, Any], storage: Storage) -> tuple[bytes, tuple[str, ...]]:
    """Pack samples.

    Two-level samples are never packed with loss: they become CCITT group 4, Flate or, where its encoder is installed,
    JBIG2, whatever is smallest.

    Args:
        samples: Without alpha and without a profile.
        facts: What is known about how the input packed them, see `docclean.documents.encoding.read_encoding`.
        storage: What the user wants; MRC is packed as KEEP here.

    Returns:
        A JPEG, JPEG 2000, PNG, TIFF or JBIG2 file that img2pdf takes over, and a sentence for each thing that could not
        be kept.
    """
    if samples.mode is ColorMode.BILEVEL:
        return _two_level(samples, facts)
    match storage.compression:
        case Compression.JPEG:
            return _as_jpeg(samples, facts, storage.quality)
        case Compression.JPEG2000:
            return _as_jpeg2000(samples, facts, storage.quality)
        case Compression.LOSSLESS:
            return _lossless(samples), ()
        case _:
            return _alike(samples, facts, storage.quality)


def wants_layers(samples: Samples, facts: dict[str, Any], storage: Storage, size_bytes: int) -> bool:
    """Whether a page that was put together from several images is better stored in layers: as one image it would grow.

    Args:
        samples: The page.
        facts: As for `packed_for_pdf`.
        storage: What the user wants.
        size_bytes: What the page takes as one image.
    """
    is_asked = storage.compression is Compression.KEEP and facts.get("is_composite", False)
    can_be = samples.mode in (ColorMode.GRAY, ColorMode.RGB) and samples.icc_profile is None
    return bool(is_asked and can_be and size_bytes > _MUCH_LARGER * facts.get("size_bytes", 0))


def _two_level(samples: Samples, facts: dict[str, Any]) -> tuple[bytes, tuple[str, ...]]:
    # fax compression makes dithered pages larger than they are
    ways = [encode_tiff(samples, None, {"compression": "group4"}), encode_png(samples, None, {})]
    if (data := encode_jbig2(samples.stored.data)) is not None:
        ways.append(data)
    smallest = min(ways, key=len)
    grew = facts.get("compression") == "jbig2" and len(smallest) > _MUCH_LARGER * facts.get("size_bytes", 0)
    return smallest, (_WANTS_ENCODER,) if grew and not has_encoder() else ()


def _alike(samples: Samples, facts: dict[str, Any], quality: int | None) -> tuple[bytes, tuple[str, ...]]:
    """Pack as the input did, where that suits the samples."""
    if "quantization" in facts and samples.mode in _JPEG_MODES and _fits_jpeg(samples):
        return _as_jpeg(samples, facts, quality)
    if facts.get("compression") == "jpeg2000" and samples.mode in _JPEG2000_MODES:
        return _as_jpeg2000(samples, facts, quality if facts.get("irreversible") else None)
    return _flate(samples), ()


def _as_jpeg(samples: Samples, facts: dict[str, Any], quality: int | None) -> tuple[bytes, tuple[str, ...]]:
    if not _fits_jpeg(samples):
        return _lossless(samples), (
            f"JPEG ends at {LARGEST_SIDE['JPEG']} px a side; the page was packed without loss.",
        )
    samples, notes = fitted(samples, "JPEG")
    return encode_jpeg(samples, None, {**facts, "origin": {}}, quality=quality), notes


def _as_jpeg2000(samples: Samples, facts: dict[str, Any], quality: int | None) -> tuple[bytes, tuple[str, ...]]:
    if samples.mode is ColorMode.CMYK:
        data, notes = _as_jpeg(samples, facts, quality)
        return data, (_NO_INKS, *notes)
    samples, notes = fitted(samples, "JPEG")  # of one byte for each sample, as img2pdf takes them
    known = facts if "irreversible" in facts else {"irreversible": True}
    return encode_jpeg2000(samples, None, {**known, "codestream": False}, quality=quality), notes


def _lossless(samples: Samples) -> bytes:
    """Take the smaller one of Flate with PNG's predictors and JPEG 2000's reversible transformation."""
    data = _flate(samples)
    if samples.mode not in _JPEG2000_MODES:
        return data
    return min(data, encode_jpeg2000(samples, None, {"irreversible": False}), key=len)


def _flate(samples: Samples) -> bytes:
    if samples.mode is ColorMode.CMYK:
        return encode_tiff(samples, None, {"compression": "raw"})  # img2pdf packs it
    return encode_png(samples, None, {})


def _fits_jpeg(samples: Samples) -> bool:
    return bool(max(samples.stored.data.shape[:2]) <= LARGEST_SIDE["JPEG"])


def without_profile(samples: Samples) -> Samples:
    """The samples alone; in a PDF the profile has a place of its own."""
    return replace(samples, icc_profile=None)
