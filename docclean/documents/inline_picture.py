"""A picture inside a page of HTML."""

import base64
import io

from PIL import Image

from docclean.core.page import PixelArray

_QUALITY = 60


def data_uri(pixels: PixelArray) -> str:
    """Encode a small picture, (H, W, 1) or (H, W, 3), so that it can be the source of an `img` element.

    Source:
        RFC 2397.
    """
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    file = io.BytesIO()
    image.save(file, "WEBP", quality=_QUALITY, method=4)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
