"""A page as a PDF file of one page in memory; img2pdf puts the image in as it is encoded here."""

import io
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import GifImagePlugin

from docclean.core.job import Compression, Storage
from docclean.core.page import ColorMode, Page, StoredSamples
from docclean.documents.changes import changed_samples
from docclean.documents.cmyk import profile_space
from docclean.documents.decoding import decoding
from docclean.documents.fitting import fitted
from docclean.documents.mrc import Layers, layers_form, split_layers
from docclean.documents.pdf_packing import packed_for_pdf, wants_layers, without_profile
from docclean.documents.pdf_saving import PRODUCER, save_pdf
from docclean.documents.samples import Samples, plain_pixels

if TYPE_CHECKING:
    import pikepdf

_POINTS_PER_INCH = 72.0
_SMALLEST_SIDE, _LARGEST_SIDE = 3.0, 14_400.0
"""Of a page, in its unit, which is a point unless the page is larger than that.

Source:
    ISO 32000-1, annex C.2, table C.1.
"""

_ASSUMED_DPI = 300.0
_NO_RESOLUTION = f"The page states no resolution; its size in the PDF is the one that it has at {_ASSUMED_DPI:.0f} dpi."
_NO_PROFILE = "The color profile was left out, because PDF cannot keep it with the way the result is stored."
_SPACES = {ColorMode.CMYK: "CMYK", ColorMode.RGB: "RGB", ColorMode.RGB16: "RGB", ColorMode.PALETTE: "RGB"}
_CHANNELS = {"GRAY": 1, "RGB": 3, "CMYK": 4}
_AS_IT_CAME = Storage()


_IN_LAYERS = (
    "The page was put together from several images; text and background are stored apart again, because as one image "
    "it would have grown. --compression lossless keeps every sample."
)


class _Layered(NamedTuple):
    """Layers of a page, and the quality of their coarse pictures."""

    layers: Layers
    quality: int | None


def encode_pdf(page: Page, storage: Storage = _AS_IT_CAME) -> tuple[bytes, tuple[str, ...]]:
    """Encode a page; by default JPEG if it came as JPEG, else without loss.

    Equal pages give equal bytes: there is no date and no random number in the file.

    Args:
        page: The page as cleaning left it.
        storage: How its samples are packed.

    Returns:
        A PDF file whose page has the size that the resolution says, and a sentence for each thing that could not be
        kept or is not known.
    """
    changed, change_notes = changed_samples(page)
    samples, fit_notes = fitted(changed, "PDF")
    notes = [*change_notes, *fit_notes]
    if samples.icc_profile is not None and profile_space(samples.icc_profile) != _space_of(samples):
        samples = replace(samples, icc_profile=None)
        notes.append(_NO_PROFILE)
    if page.resolution_dpi is None:
        notes.append(_NO_RESOLUTION)
    dpi = page.resolution_dpi or (_ASSUMED_DPI, _ASSUMED_DPI)
    if storage.compression is Compression.MRC and samples.mode is not ColorMode.BILEVEL:
        data, pack_notes = _in_layers(samples, dpi, storage)
    else:
        image, pack_notes = packed_for_pdf(without_profile(samples), {**page.encoding, "as_read": page.stored}, storage)
        data = _page_of(image, dpi, samples, None)
        if wants_layers(samples, page.encoding, storage, len(image)):
            layered, layer_notes = _in_layers(samples, dpi, storage)
            if len(layered) < len(data):
                data, pack_notes = layered, (*layer_notes, _IN_LAYERS)
    return data, tuple(dict.fromkeys((*notes, *pack_notes)))


def _in_layers(samples: Samples, dpi: tuple[float, float], storage: Storage) -> tuple[bytes, tuple[str, ...]]:
    samples, notes = fitted(samples, "WEBP" if samples.mode is ColorMode.CMYK else "JPEG")
    layers = split_layers(plain_pixels(samples), max(dpi))
    levels = np.where(layers.ink, np.uint8(0), np.uint8(255))
    mask, _ = packed_for_pdf(Samples(StoredSamples(ColorMode.BILEVEL, levels)), {}, storage)
    return _page_of(mask, dpi, samples, _Layered(layers, storage.quality)), notes


def _space_of(samples: Samples) -> str:
    return _SPACES.get(samples.mode, "GRAY")


def _page_of(image: bytes, dpi: tuple[float, float], samples: Samples, layered: _Layered | None) -> bytes:
    """Put an image on a page of its size; where that is narrower than PDF allows, with white beside it.

    With layers the image is the mask of their strokes.
    """
    img2pdf = _img2pdf()

    def layout(width: int, height: int, stated: object) -> tuple[float, float, float, float]:  # noqa: ARG001 - img2pdf hands it over
        across, down = width / dpi[0] * _POINTS_PER_INCH, height / dpi[1] * _POINTS_PER_INCH
        unit = img2pdf.find_scale(across, down) if max(across, down) > _LARGEST_SIDE else 1
        return max(across, _SMALLEST_SIDE * unit), max(down, _SMALLEST_SIDE * unit), across, down

    with decoding():  # else Pillow's own limit on the number of pixels holds
        document = img2pdf.convert_to_docobject(
            image,
            engine=img2pdf.Engine.pikepdf,
            layout_fun=layout,
            nodate=True,
            producer=PRODUCER,
            rotation=img2pdf.Rotation["0"],
        )
    pdf: pikepdf.Pdf = document.writer
    with pdf, io.BytesIO() as file:
        if layered is not None:
            _put_layers(pdf, layered)
        if samples.icc_profile is not None and layered is None:
            _attach_profile(pdf, samples.icc_profile, _CHANNELS[_space_of(samples)])
        save_pdf(pdf, file)
        return file.getvalue()


def _put_layers(pdf: "pikepdf.Pdf", layered: _Layered) -> None:
    """Draw layers in the place of the mask that the page has for its image."""
    xobjects = pdf.pages[0].resources.XObject
    ((name, mask),) = xobjects.items()
    xobjects[name] = layers_form(pdf, mask, layered.layers, layered.quality)


def _attach_profile(pdf: "pikepdf.Pdf", profile: bytes, channels: int) -> None:
    """Say what the colors mean; img2pdf would give up a palette for that.

    Source:
        ISO 32000-1, sections 8.6.5.5 (ICCBased) and 8.6.6.3 (Indexed, whose second item is the space of the palette).
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    (image,) = pdf.pages[0].resources.XObject.values()
    space = image.ColorSpace
    is_palette = isinstance(space, pikepdf.Array)
    stream = pdf.make_stream(profile, N=channels, Alternate=space[1] if is_palette else space)
    described = pikepdf.Array([pikepdf.Name.ICCBased, stream])
    if is_palette:
        space[1] = described
    else:
        image.ColorSpace = described


def _img2pdf() -> ModuleType:
    """Load the library; on the way it changes how Pillow reads GIF files in the whole process, which is undone."""
    strategy = GifImagePlugin.LOADING_STRATEGY
    try:
        import img2pdf  # noqa: PLC0415 - only who writes PDF needs it
    finally:
        GifImagePlugin.LOADING_STRATEGY = strategy
    library: ModuleType = img2pdf
    return library
