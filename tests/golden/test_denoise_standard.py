"""The shipped denoiser on fixed pages: what it must do to them, and what it did when the pictures were accepted.

`--update-golden` accepts what it does now; look at the pictures before committing them.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docclean.core.cancel import CancelToken
from docclean.core.page import PixelArray
from docclean.core.resources import resource_path
from docclean.engine.backends import GraphBackend
from docclean.engine.inference import restore_page
from docclean.imaging.luma import gray_of
from docclean.imaging.metrics import rmse
from docclean.models.catalog import Catalog
from docclean.training import textures

MODEL = "denoise-standard-8"
GOLDEN = Path(__file__).parents[1] / "data" / "golden"
LARGEST_ERROR = 6
LARGEST_MEAN_ERROR = 0.1
CROPS = {
    "letter-coffee.jpg": (360, 60),
    "invoice-folded.png": (300, 420),
    "minutes-foxed.jpg": (110, 30),
}
CROP_SIDE = 256


@pytest.fixture(scope="module")
def backend() -> GraphBackend:
    return GraphBackend(Catalog.installed().get(MODEL))


def restored(backend: GraphBackend, pixels: PixelArray) -> PixelArray:
    spec = Catalog.installed().get(MODEL).manifest.input
    return restore_page(backend, np.ascontiguousarray(pixels), spec, CancelToken(), lambda _done, _total: None)


def text_page(size: int, *, ink: int = 0, width: int = 640, height: int = 400) -> PixelArray:
    """Set text with the font that comes with Pillow, (height, width, 1), uint8."""
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for number, y in enumerate(range(12, height - 2 * size, round(size * 1.6))):
        draw.text((14, y), f"{number}. The fund stands at 148.36; i-dots, commas: 0.85, 3.5", font=font, fill=ink)
    return np.asarray(image, np.uint8)[:, :, None]


def soiled(page: PixelArray, seed: int) -> PixelArray:
    """Print a page on old paper under uneven light."""
    rng = np.random.default_rng(seed)
    shape = (page.shape[0], page.shape[1])
    field = 0.85 * (1.0 - 0.5 * textures.ring(shape, rng)) * textures.illumination(shape, rng)
    field = field * (1.0 + 0.02 * textures.fractal_noise(shape, rng))
    dirty = (0.12 + 0.88 * page / 255.0) * field[:, :, None] + rng.normal(0, 0.012, page.shape)
    return np.asarray(np.clip(dirty * 255.0, 0, 255), np.uint8)


@pytest.mark.parametrize("name", CROPS)
def test_sample_crop_restored_looks_as_accepted(
    backend: GraphBackend, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    top, left = CROPS[name]
    image = Image.open(resource_path("samples", name))
    crop = np.asarray(image, np.uint8).reshape(image.height, image.width, -1)
    actual = restored(backend, crop[top : top + CROP_SIDE, left : left + CROP_SIDE])
    accepted = GOLDEN / f"{MODEL}-{Path(name).stem}.png"
    if request.config.getoption("--update-golden"):
        Image.fromarray(actual.squeeze()).save(accepted)
    expected = np.asarray(Image.open(accepted), np.uint8).reshape(actual.shape)
    difference = np.abs(actual.astype(int) - expected)
    histogram = np.bincount(difference.ravel(), minlength=8)[:8]
    if difference.max() > LARGEST_ERROR or difference.mean() > LARGEST_MEAN_ERROR:
        for title, picture in (("expected", expected), ("actual", actual), ("difference", difference.astype(np.uint8))):
            Image.fromarray(picture.squeeze()).save(tmp_path / f"{title}.png")
    assert difference.max() <= LARGEST_ERROR, f"errors 0..7: {histogram}; pictures in {tmp_path}"
    assert difference.mean() <= LARGEST_MEAN_ERROR, f"errors 0..7: {histogram}; pictures in {tmp_path}"


@pytest.mark.parametrize("size", [11, 14, 20, 32])
def test_clean_text_restored_stays_clean(backend: GraphBackend, size: int) -> None:
    page = text_page(size)
    assert rmse(gray_of(restored(backend, page)), gray_of(page)) < 0.015  # rims of strokes, by a few levels


@pytest.mark.parametrize("seed", range(4))
def test_soiled_text_restored_is_much_nearer_to_clean(backend: GraphBackend, seed: int) -> None:
    page = text_page(18 + 3 * seed)
    dirty = soiled(page, seed)
    before, after = (rmse(gray_of(p), gray_of(page)) for p in (dirty, restored(backend, dirty)))
    assert after < before / 3


def test_small_marks_on_soiled_page_survive(backend: GraphBackend) -> None:
    page = np.full((320, 320, 1), 255, np.uint8)
    centers = [(40 + 48 * row, 40 + 48 * column) for row in range(6) for column in range(6)]
    for number, (y, x) in enumerate(centers):
        side = 2 + number % 3
        page[y : y + side, x : x + side] = 0
        page[y - 14 : y + side, x - 12 : x - 9] = 0  # a stroke beside each dot, as in 1.5
    after = restored(backend, soiled(page, 5))
    darkest = [int(after[y : y + 4, x : x + 4].min()) for y, x in centers]
    assert max(darkest) < 128


def test_red_stamp_on_soiled_page_stays_red(backend: GraphBackend) -> None:
    page = np.repeat(text_page(20), 3, axis=2)
    stamp = np.zeros(page.shape[:2], np.uint8)
    cv2.circle(stamp, (480, 220), 90, 255, 6, cv2.LINE_AA)
    page[stamp > 128] = (196, 32, 44)
    after = restored(backend, soiled(page, 6))[stamp > 250].astype(float).mean(axis=0)
    assert after[0] > 140
    assert max(after[1], after[2]) < 100


@pytest.mark.parametrize(("value", "lowest", "highest"), [(255, 255, 255), (0, 0, 40)])
def test_page_of_one_value_stays_sane(backend: GraphBackend, value: int, lowest: int, highest: int) -> None:
    after = restored(backend, np.full((300, 200, 1), value, np.uint8))
    assert after.min() >= lowest
    assert after.max() <= highest


def test_yellowed_blank_page_becomes_white_without_cast(backend: GraphBackend) -> None:
    rng = np.random.default_rng(1)
    paper = np.array([236, 220, 180]) + rng.normal(0, 3, (400, 300, 1))
    after = restored(backend, np.asarray(paper, np.uint8)).astype(float)
    assert after.mean() > 250
    assert np.ptp(after.mean(axis=(0, 1))) < 3
