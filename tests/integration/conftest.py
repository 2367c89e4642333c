"""A folder of scans in several formats, and a logger left as it was."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.scans import dirty_page


@pytest.fixture(autouse=True)
def untouched_logger() -> Iterator[None]:
    logger = logging.getLogger("docclean")
    before = (logger.level, logger.propagate, list(logger.handlers))
    yield
    for handler in set(logger.handlers) - set(before[2]):
        handler.close()
    logger.level, logger.propagate, logger.handlers = before


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    (folder / "März" / "漢字 🦊").mkdir(parents=True)
    dirty_page().save(folder / "p10.png", dpi=(300, 300))
    dirty_page(mode="RGB").save(folder / "p2.jpg", quality=90)
    dirty_page(mode="1").save(folder / "März" / "p1.tif", compression="group4")
    dirty_page(mode="RGB").save(folder / "März" / "漢字 🦊" / "ä b.webp", lossless=True)
    pages = [dirty_page(), dirty_page(mode="RGB")]
    pages[0].save(folder / "book.tiff", save_all=True, append_images=pages[1:])
    (folder / "notes.txt").write_text("no page", encoding="utf-8")
    return folder
