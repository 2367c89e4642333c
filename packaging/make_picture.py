"""Clean a sample page with the shipped model and set it beside the page as it came: the picture in README.md.

Run it as `python packaging/make_picture.py`.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.page import PageSource
from docclean.core.progress import NullProgress
from docclean.core.recipe import Recipe
from docclean.documents.reader import read_page
from docclean.engine.device import cpu_device
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog

RESOURCES = Path(__file__).resolve().parents[1] / "resources"


def main() -> None:
    """Make the picture."""
    path = RESOURCES / "samples" / "letter-coffee.jpg"
    page = read_page(PageSource(path=path, relative=Path(path.name)))
    cleaned = EngineSession(cpu_device(), Catalog.installed()).pipeline(Recipe())(
        page, "picture", NullProgress(), CancelToken()
    )
    gap = np.full((page.size.height, 12, 3), 120, np.uint8)
    both = Image.fromarray(np.hstack([page.pixels, gap, cleaned.pixels]))
    target = RESOURCES / "pictures" / "before-after.jpg"
    target.parent.mkdir(exist_ok=True)
    both.resize((both.width * 3 // 5, both.height * 3 // 5), Image.Resampling.LANCZOS).save(target, quality=88)


if __name__ == "__main__":
    main()
