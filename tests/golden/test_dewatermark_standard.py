"""The shipped watermark remover on fixed pages: what it must take off, and what it must leave alone."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docclean.core.cancel import CancelToken
from docclean.core.page import PixelArray
from docclean.core.recipe import Task
from docclean.engine.backends import GraphBackend
from docclean.engine.inference import restore_page
from docclean.imaging.luma import gray_of
from docclean.imaging.metrics import rmse
from docclean.models.catalog import Catalog
from docclean.training.watermarks import Watermark, apply_watermark

HEIGHT, WIDTH = 900, 700


@pytest.fixture(scope="module")
def backend() -> GraphBackend:
    return GraphBackend(Catalog.installed().default_for(Task.DEWATERMARK))


def removed(backend: GraphBackend, pixels: PixelArray) -> PixelArray:
    spec = Catalog.installed().default_for(Task.DEWATERMARK).manifest.input
    return restore_page(backend, np.ascontiguousarray(pixels), spec, CancelToken(), lambda _done, _total: None)


def text_page() -> PixelArray:
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    for number, y in enumerate(range(40, HEIGHT - 60, 30)):
        draw.text((40, y), f"{number}. The fund stands at 148.36; i-dots, commas: 0.85, 3.5", font=font, fill=0)
    return np.asarray(image, np.uint8)


def diagonal_mark(opacity: float, color: tuple[float, float, float], *, is_under: bool) -> Watermark:
    image = Image.new("L", (WIDTH, HEIGHT), 0)
    ImageDraw.Draw(image).text((60, 380), "SPECIMEN", font=ImageFont.load_default(120), fill=255)
    turned = image.rotate(35.0, resample=Image.Resampling.BICUBIC, center=(WIDTH / 2, HEIGHT / 2))
    return Watermark(np.asarray(turned, np.float32) / 255.0 * np.float32(opacity), color, is_under)


@pytest.mark.parametrize("is_under", [False, True])
@pytest.mark.parametrize(
    ("opacity", "color"), [(0.3, (0.5, 0.5, 0.5)), (0.4, (0.8, 0.1, 0.1)), (0.25, (0.1, 0.2, 0.8))]
)
def test_mark_across_a_page_becomes_much_fainter_and_the_rest_stays_as_it_is(
    backend: GraphBackend, opacity: float, color: tuple[float, float, float], is_under: bool
) -> None:
    clean = text_page()
    mark = diagonal_mark(opacity, color, is_under=is_under)
    blended = apply_watermark(clean.astype(np.float32) / np.float32(255.0), mark)
    dirty = np.asarray(np.round(blended * 255.0), dtype=np.uint8)
    result = removed(backend, dirty)
    before, after = (rmse(gray_of(p), gray_of(clean)) for p in (dirty, result))
    assert after < 0.7 * before
    around = cv2.dilate((mark.opacity > 0).astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    strays = np.abs(result[~around].astype(int) - dirty[~around]).max(axis=1)  # beyond 20 px
    assert np.count_nonzero(strays) <= 1e-5 * strays.size  # too few and too faint for anybody to see, but not none
    assert strays.max() <= 4
    beyond = cv2.dilate((mark.opacity > 0).astype(np.uint8), np.ones((17, 17), np.uint8)) == 0
    changes = np.abs(result[beyond].astype(int) - dirty[beyond]).max(axis=1)
    assert changes.max() <= 24
    assert np.count_nonzero(changes) < 0.001 * changes.size


def test_page_without_mark_comes_back_as_it_is(backend: GraphBackend) -> None:
    page = text_page()
    assert np.array_equal(removed(backend, page), page)
