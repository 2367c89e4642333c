"""CMYK inks to RGB and back: by the page's own color profile where it has one for inks, else by plain arithmetic."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from docclean.core.bands import plan_bands

_SPACE_AT = slice(16, 20)
_INKS = "CMYK"


def profile_space(icc_profile: bytes | None) -> str:
    """Tell which color space a profile is for: "RGB", "GRAY", "CMYK", another signature, or "" without a profile.

    Source:
        ICC.1:2022, section 7.2.6 (data color space at bytes 16 to 19 of the header).
    """
    return (icc_profile or b"")[_SPACE_AT].decode("latin-1").strip()


class CmykColors:
    """Colors of one page's inks. Without a profile, black is the black ink alone, so that text stays pure black."""

    def __init__(self, icc_profile: bytes | None) -> None:
        """Use the profile if it is for inks and can be understood."""
        self._to_rgb: ImageCms.ImageCmsTransform | None = None
        self._to_inks: ImageCms.ImageCmsTransform | None = None
        if icc_profile is None or profile_space(icc_profile) != _INKS:
            return
        intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
        try:
            inks = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
            srgb = ImageCms.createProfile("sRGB")
            self._to_inks = ImageCms.buildTransform(srgb, inks, "RGB", _INKS, intent, flags)
            self._to_rgb = ImageCms.buildTransform(inks, srgb, _INKS, "RGB", intent, flags)
        except (ImageCms.PyCMSError, OSError):
            self._to_inks = self._to_rgb = None

    def to_rgb(self, inks: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Show inks, (H, W, 4), 0 = no ink, as RGB, (H, W, 3)."""
        rgb = np.empty((*inks.shape[:2], 3), np.uint8)
        for rows in plan_bands(*inks.shape[:2]):
            band = np.ascontiguousarray(inks[rows])
            size = (band.shape[1], band.shape[0])
            image = Image.frombuffer(_INKS, size, band, "raw", _INKS, 0, 1)
            rgb[rows] = self._to_rgb.apply(image) if self._to_rgb is not None else image.convert("RGB")
        return rgb

    def to_inks(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Mix RGB, (N, 3), from inks, (N, 4).

        Source:
            Without a profile, the inverse of Pillow's `(1 - ink) * (1 - black)` with as much black as possible.
        """
        if self._to_inks is not None and len(rgb):
            image = Image.frombuffer("RGB", (len(rgb), 1), np.ascontiguousarray(rgb), "raw", "RGB", 0, 1)
            return np.asarray(self._to_inks.apply(image)).reshape(-1, 4)
        brightest = rgb.max(axis=1, keepdims=True, initial=0).astype(np.uint32)
        shares = (brightest - rgb) * 255 + brightest // 2
        inks = np.zeros((len(rgb), 4), np.uint8)
        inks[:, :3] = shares // np.maximum(brightest, 1)
        inks[:, 3:] = 255 - brightest
        return inks
