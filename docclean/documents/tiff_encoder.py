"""One page as a TIFF file in memory."""

import io
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, JpegImagePlugin, TiffImagePlugin, TiffTags

from docclean.core.job import Compression, Storage
from docclean.core.page import ColorMode
from docclean.documents.exif import tiff_tags_of
from docclean.documents.fitting import fitted
from docclean.documents.formats import LARGEST_SIDE
from docclean.documents.image_samples import image_of
from docclean.documents.jpeg_encoder import encode_jpeg
from docclean.documents.samples import Samples

_LOSSLESS = frozenset({"raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma"})
_PREDICTED = frozenset({"tiff_lzw", "tiff_adobe_deflate", "zstd", "lzma"})
_SAME_AS = {"tiff_deflate": "tiff_adobe_deflate", "tiff_raw_16": "raw"}
_FAX = "group4"
_DEFLATE = "tiff_adobe_deflate"
_COMPRESSION_NUMBERS = {"raw": 1, "jpeg": 7, _DEFLATE: 8}
_PREDICTOR, _HORIZONTAL = 317, 2
_STRIP_BYTES = 1 << 20
_QUALITY = 90
_NO_JPEG2000 = "TIFF files are not packed as JPEG 2000, which few programs read there; JPEG was used."
_NO_MRC = "TIFF files cannot hold text and background apart (MRC); the page was packed as it came."
_JPEG_MODES = (ColorMode.GRAY, ColorMode.RGB, ColorMode.CMYK)
_SUBSAMPLING_TAGS = {0: (1, 1), 1: (2, 1), 2: (2, 2)}


def encode_tiff(samples: Samples, resolution_dpi: tuple[float, float] | None, facts: dict[str, Any]) -> bytes:
    """Encode one page, with the compression that the input had where that suits the samples.

    Args:
        samples: Any that TIFF can hold.
        resolution_dpi: Resolution, or None.
        facts: What `read_encoding` said about a TIFF input; and "origin", the page's.

    Returns:
        A little-endian TIFF file with one page.
    """
    compression = compression_for(samples, facts)
    origin = tiff_tags_of(facts.get("origin", {}))
    if samples.mode is ColorMode.RGB16:
        return _encode_deep(samples, resolution_dpi, "raw" if compression == "raw" else _DEFLATE, origin)
    if compression == "jpeg" and samples.mode is not ColorMode.CMYK:
        return _encode_jpeg_strip(samples, resolution_dpi, facts, origin)
    options: dict[str, Any] = {"compression": compression, "tiffinfo": origin}
    if compression == _FAX:
        options["strip_size"] = samples.stored.data.size + samples.stored.data.shape[0]
    elif compression == "jpeg":
        options["quality"] = facts.get("quality") or _QUALITY
    elif compression in _PREDICTED and samples.mode not in (ColorMode.BILEVEL, ColorMode.PALETTE):
        kept = facts.get("compression") == compression
        origin[_PREDICTOR] = min(int(facts.get("predictor", 1)), _HORIZONTAL) if kept else _HORIZONTAL
    if resolution_dpi is not None:
        options["dpi"] = resolution_dpi
    if samples.icc_profile is not None:
        options["icc_profile"] = samples.icc_profile
    file = io.BytesIO()
    image_of(samples).save(file, "TIFF", **options)
    return file.getvalue()


def packed_for_tiff(
    samples: Samples, facts: dict[str, Any], storage: Storage
) -> tuple[Samples, dict[str, Any], tuple[str, ...]]:
    """Choose how a TIFF page is packed.

    Args:
        samples: Any that TIFF can hold.
        facts: What `read_encoding` said about a TIFF input.
        storage: What the user wants. JPEG 2000 becomes JPEG, which programs that read TIFF know; MRC is for PDF.

    Returns:
        Samples and facts for `encode_tiff`, and a sentence for each thing that could not be kept.
    """
    match storage.compression:
        case Compression.LOSSLESS:
            return samples, facts | {"compression": _smallest_lossless(samples)}, ()
        case Compression.JPEG | Compression.JPEG2000 if samples.mode is not ColorMode.BILEVEL:
            notes = (_NO_JPEG2000,) if storage.compression is Compression.JPEG2000 else ()
            packed, lost = fitted(samples, "JPEG")
            known = facts if facts.get("compression") == "jpeg" else {"origin": facts.get("origin", {})}
            return packed, known | {"compression": "jpeg"}, notes + lost
        case Compression.MRC:
            return samples, facts, (_NO_MRC,)
        case _:
            return samples, facts, ()


def _smallest_lossless(samples: Samples) -> str:
    """Fax compression makes dithered pages larger than they are; for other samples there is one way."""
    if samples.mode is not ColorMode.BILEVEL:
        return _DEFLATE
    return min((_FAX, _DEFLATE), key=lambda way: len(encode_tiff(samples, None, {"compression": way})))


def compression_for(samples: Samples, facts: dict[str, Any]) -> str:
    """Choose Pillow's name of a compression: the input's own where it loses nothing or the input lost it too."""
    own = facts.get("compression", "")
    own = _SAME_AS.get(own, own)
    if samples.mode is ColorMode.BILEVEL:
        return (
            own if own in _LOSSLESS and facts.get("bits", 1) == 1 else _FAX
        )  # that of grays is not that of two levels
    if own == "jpeg" and samples.mode in _JPEG_MODES and samples.stored.alpha is None:
        fits = max(samples.stored.data.shape[:2]) <= LARGEST_SIDE["JPEG"]
        return own if fits else _DEFLATE
    return own if own in _LOSSLESS else _DEFLATE


def _encode_jpeg_strip(
    samples: Samples, resolution_dpi: tuple[float, float] | None, facts: dict[str, Any], origin: dict[int, Any]
) -> bytes:
    """Put one JPEG stream into a TIFF page: Pillow's own way stores RGB without YCbCr, twice as large.

    Source:
        Adobe Photoshop TIFF Technical Notes (2002), "TIFF 6.0 Specification, revised JPEG-in-TIFF".
    """
    data = encode_jpeg(
        samples, None, facts | {"progressive": False, "origin": {}}, keeps_profile=False, quality=facts.get("quality")
    )
    is_gray = samples.mode is ColorMode.GRAY
    tags: dict[int, Any] = {**origin, ExifTags.Base.PhotometricInterpretation: 1 if is_gray else 6}
    if not is_gray:
        tags[TiffImagePlugin.YCBCRSUBSAMPLING] = _SUBSAMPLING_TAGS[_subsampling_of(data)]
        tags[TiffImagePlugin.REFERENCEBLACKWHITE] = (0, 255, 128, 255, 128, 255)
    return _assembled(samples, [data], resolution_dpi, "jpeg", tags)


def _subsampling_of(stream: bytes) -> int:
    with Image.open(io.BytesIO(stream), formats=("JPEG",)) as image:
        return max(0, JpegImagePlugin.get_sampling(image))


def _encode_deep(
    samples: Samples, resolution_dpi: tuple[float, float] | None, compression: str, origin: dict[int, Any]
) -> bytes:
    """Write 16-bit color, which Pillow cannot."""
    data = samples.stored.data
    if samples.stored.alpha is not None:
        data = np.dstack((data, samples.stored.alpha))
    rows_per_strip = max(1, _STRIP_BYTES // (data.shape[1] * data.shape[2] * 2))
    strips = [_strip(data[top : top + rows_per_strip], compression) for top in range(0, len(data), rows_per_strip)]
    tags: dict[int, Any] = {
        **origin,
        ExifTags.Base.PhotometricInterpretation: 2,
        ExifTags.Base.RowsPerStrip: min(rows_per_strip, len(data)),
    }
    if compression == _DEFLATE:
        tags[_PREDICTOR] = _HORIZONTAL
    if samples.stored.alpha is not None:
        tags[TiffImagePlugin.EXTRASAMPLES] = 2
    return _assembled(samples, strips, resolution_dpi, compression, tags)


def _strip(rows: NDArray[np.uint16], compression: str) -> bytes:
    little = np.ascontiguousarray(rows, dtype="<u2")
    if compression == "raw":
        return little.tobytes()
    differences = little.copy()
    differences[:, 1:] -= little[:, :-1]
    return zlib.compress(differences.tobytes())


def _assembled(
    samples: Samples,
    strips: list[bytes],
    resolution_dpi: tuple[float, float] | None,
    compression: str,
    tags: dict[int, Any],
) -> bytes:
    """Put encoded strips behind the tags that describe them."""
    height, width = samples.stored.data.shape[:2]
    channels = (1 if samples.stored.data.ndim == 2 else samples.stored.data.shape[2]) + (
        samples.stored.alpha is not None
    )
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    directory[ExifTags.Base.ImageWidth] = width
    directory[ExifTags.Base.ImageLength] = height
    directory[ExifTags.Base.BitsPerSample] = (samples.stored.data.dtype.itemsize * 8,) * channels
    directory[ExifTags.Base.Compression] = _COMPRESSION_NUMBERS[compression]
    directory[ExifTags.Base.SamplesPerPixel] = channels
    directory[ExifTags.Base.RowsPerStrip] = height
    directory[ExifTags.Base.PlanarConfiguration] = 1
    if resolution_dpi is not None:
        directory[ExifTags.Base.XResolution], directory[ExifTags.Base.YResolution] = resolution_dpi
        directory[ExifTags.Base.ResolutionUnit] = 2
    if samples.icc_profile is not None:
        directory[TiffImagePlugin.ICCPROFILE] = samples.icc_profile
    for number, value in tags.items():
        directory[number] = value
    sizes = [len(strip) for strip in strips]
    for number, values in (
        (ExifTags.Base.StripByteCounts, sizes),
        (ExifTags.Base.StripOffsets, [0, *np.cumsum(sizes[:-1]).tolist()]),
    ):
        directory.tagtype[number] = TiffTags.LONG
        directory[number] = tuple(values)
    file = io.BytesIO()
    directory.save(file)
    for strip in strips:
        file.write(strip)
    return file.getvalue()
