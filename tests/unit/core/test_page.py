from dataclasses import replace

import numpy as np
import pytest

from docclean.core.page import ColorMode, Page, StoredSamples
from docclean.documents.encoders import encode_page


def page_of(mode: ColorMode, *, alpha: bool = False, kind: type = np.uint8) -> Page:
    """Give a page as it was read; its pixels show its samples."""
    shape = (30, 40, 3) if mode is ColorMode.RGB else (30, 40)
    data = (np.random.default_rng(0).random(shape) < 0.5).astype(kind) * kind(255)
    pixels = data.astype(np.uint8).reshape(30, 40, -1)
    opacity = np.full((30, 40), 200, np.uint8) if alpha else None
    return Page(pixels, pixels, StoredSamples(mode, data, opacity), (300.0, 300.0), None, "PNG", {})


def changed(page: Page) -> Page:
    return replace(page, pixels=255 - page.pixels)


@pytest.mark.parametrize("mode", [ColorMode.BILEVEL, ColorMode.GRAY, ColorMode.RGB])
@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PDF"])
def test_settled_page_is_written_as_before_and_has_let_go_of_what_was_read(mode: ColorMode, file_format: str) -> None:
    page = changed(page_of(mode))
    settled = page.settled()
    assert encode_page(settled, file_format) == encode_page(page, file_format)
    assert settled.is_settled
    assert settled.original is settled.pixels
    assert np.shares_memory(settled.stored.data, settled.pixels)
    assert not settled.is_untouched
    assert not settled.is_as_read


@pytest.mark.parametrize("stored_as", [ColorMode.GRAY, ColorMode.BILEVEL])
def test_settled_page_is_simplified_as_before(stored_as: ColorMode) -> None:
    page = replace(changed(page_of(ColorMode.RGB)), stored_as=stored_as)
    page = replace(page, pixels=page.pixels[:, :, :1].repeat(3, axis=2))
    assert encode_page(page.settled(), "PNG") == encode_page(page, "PNG")


def test_settled_page_that_nothing_changed_has_its_pixels_once() -> None:
    page = page_of(ColorMode.GRAY)
    settled = replace(page, pixels=page.pixels.copy()).settled()
    assert settled.pixels is page.original
    assert settled.is_untouched


@pytest.mark.parametrize(
    "page",
    [
        changed(page_of(ColorMode.GRAY, alpha=True)),
        changed(page_of(ColorMode.GRAY16, kind=np.uint16)),
        replace(page_of(ColorMode.GRAY), pixels=np.zeros((30, 40, 3), np.uint8)),
        replace(changed(page_of(ColorMode.GRAY)), is_kept=True),
    ],
    ids=["alpha", "16 bits", "gained color", "kept"],
)
def test_page_that_is_written_by_what_was_read_keeps_it(page: Page) -> None:
    assert page.settled() is page
