from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from docclean.core.bands import plan_bands
from docclean.core.page import ColorMode, Page, StoredSamples
from docclean.documents import palette
from docclean.documents.changes import changed_samples
from docclean.documents.cmyk import CmykColors
from docclean.documents.samples import Samples, shown_pixels
from tests.helpers.pages import image_in, mask_of_change, profile_for, random_samples, read, saved, with_change, write

LOSSLESS = [
    *[("png", mode) for mode in ("1", "L", "LA", "I;16", "P", "P-gray", "P-alpha", "RGB", "RGBA")],
    *[("tif", mode) for mode in ("1", "L", "LA", "I;16", "P", "P-gray", "RGB", "RGBA", "CMYK")],
    *[("bmp", mode) for mode in ("1", "L", "P", "RGB")],
    *[("jp2", mode) for mode in ("L", "LA", "I;16", "RGB", "RGBA", "CMYK")],
    *[("ppm", mode) for mode in ("1", "L", "I;16", "RGB")],
    ("webp", "RGB"),
    ("webp", "RGBA"),
    ("gif", "P"),
]


@pytest.mark.parametrize(("suffix", "mode"), LOSSLESS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), share=st.floats(0.0, 1.0))
def test_write_page_lossless_format_keeps_unchanged_samples_exactly(
    tmp_path: Path, suffix: str, mode: str, seed: int, share: float
) -> None:
    options = {"lossless": True, "exact": True} if suffix == "webp" else {}
    source = saved(tmp_path / f"in.{suffix}", image_in(mode, seed=seed), **options)
    page = read(source)
    pixels = page.pixels.copy()
    chosen = np.random.default_rng(seed).random(pixels.shape[:2]) < share
    pixels[chosen] = random_samples(*pixels.shape, seed=seed + 1)[chosen]
    if mode.startswith("P"):
        pixels[chosen] //= 128
        pixels[chosen] *= 255
    page = replace(page, pixels=pixels)
    out = tmp_path / f"out.{suffix}"
    out.unlink(missing_ok=True)
    assert write(page, out, source).warnings == ()
    result = read(out)
    unchanged = ~mask_of_change(page)
    assert result.stored.mode is page.stored.mode
    if page.stored.mode is ColorMode.PALETTE:
        np.testing.assert_array_equal(result.pixels[unchanged], page.pixels[unchanged])
    else:
        np.testing.assert_array_equal(result.stored.data[unchanged], page.stored.data[unchanged])
    if page.stored.alpha is not None:
        assert result.stored.alpha is not None
        np.testing.assert_array_equal(result.stored.alpha, page.stored.alpha)
    elif mode in ("L", "I;16", "RGB", "P", "P-gray"):
        np.testing.assert_array_equal(result.pixels, page.pixels)


def _page(samples: Samples, pixels: np.ndarray | None = None) -> Page:
    original = shown_pixels(samples)
    facts = {} if samples.palette is None else {"palette": samples.palette}
    page = Page(original, original, samples.stored, None, samples.icc_profile, "PNG", facts)
    return page if pixels is None else replace(page, pixels=pixels)


def test_changed_samples_16_bits_move_by_257_for_each_step() -> None:
    stored = StoredSamples(ColorMode.GRAY16, np.array([[1000, 1000, 65_500, 100]], np.uint16))
    page = _page(Samples(stored))
    moved, _ = changed_samples(replace(page, pixels=page.pixels + np.array([[[0], [10], [0], [0]]], np.uint8)))
    np.testing.assert_array_equal(moved.stored.data, [[1000, 3570, 65_500, 100]])
    moved, _ = changed_samples(replace(page, pixels=np.array([[[0], [255], [254], [0]]], np.uint8)))
    assert moved.stored.data.min() == 0
    assert moved.stored.data.dtype == np.uint16


def test_changed_samples_bilevel_splits_at_128() -> None:
    page = _page(Samples(StoredSamples(ColorMode.BILEVEL, np.array([[255, 255, 0, 0]], np.uint8))))
    changed, _ = changed_samples(replace(page, pixels=np.array([[[127], [128], [127], [128]]], np.uint8)))
    assert changed.stored.data.tolist() == [[0, 255, 0, 255]]


def test_changed_samples_under_transparency_show_the_wanted_pixel() -> None:
    data, alpha = np.full((1, 3), 100, np.uint8), np.array([[255, 128, 0]], np.uint8)
    page = _page(Samples(StoredSamples(ColorMode.GRAY, data, alpha)))
    changed, _ = changed_samples(replace(page, pixels=page.pixels - np.array([[[20], [20], [20]]], np.uint8)))
    np.testing.assert_allclose(shown_pixels(changed)[0, :2, 0], page.pixels[0, :2, 0].astype(int) - 20, atol=1)
    assert int(changed.stored.data[0, 2]) == 100


def test_changed_samples_page_that_lost_its_color_stays_rgb() -> None:
    page = _page(Samples(StoredSamples(ColorMode.RGB, random_samples(4, 5, 3))))
    changed, _ = changed_samples(replace(page, pixels=np.full((4, 5, 1), 7, np.uint8)))
    assert changed.mode is ColorMode.RGB
    assert (changed.stored.data == 7).all()


@given(rgb=st.tuples(*[st.integers(0, 255)] * 3))
def test_cmyk_colors_without_profile_come_back(rgb: tuple[int, int, int]) -> None:
    colors = CmykColors(None)
    inks = colors.to_inks(np.array([rgb], np.uint8))
    np.testing.assert_allclose(colors.to_rgb(inks[np.newaxis])[0, 0].astype(int), rgb, atol=1)
    if len(set(rgb)) == 1:
        assert not inks[0, :3].any(), "grey is printed with black ink alone"


def test_cmyk_colors_nothing_to_mix_is_fine() -> None:
    assert CmykColors(None).to_inks(np.empty((0, 3), np.uint8)).shape == (0, 4)


def test_cmyk_colors_useless_profile_is_like_none() -> None:
    inks = random_samples(3, 4, 4)
    for profile in (profile_for("CMYK"), profile_for("RGB"), b"short", b""):
        np.testing.assert_array_equal(CmykColors(profile).to_rgb(inks), CmykColors(None).to_rgb(inks))


def test_cmyk_colors_with_profile_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile for inks may be given away with the tests, so the transforms are stood in for."""

    class Transform:
        def __init__(self, mode: str) -> None:
            self.mode = mode

        def apply(self, image: Image.Image) -> Image.Image:
            return Image.new(self.mode, image.size, (1, 2, 3, 4)[: len(self.mode)])

    monkeypatch.setattr(ImageCms, "buildTransform", lambda source, to, source_mode, to_mode, *rest: Transform(to_mode))
    colors = CmykColors(profile_for("CMYK"))
    assert colors.to_rgb(random_samples(2, 2, 4)).tolist() == [[[1, 2, 3]] * 2] * 2
    assert colors.to_inks(random_samples(2, 3)).tolist() == [[1, 2, 3, 4]] * 2


# Palettes


def _palette_page(colors: int, height: int = 40, width: int = 40) -> Page:
    entries = np.full((colors, 4), 255, np.uint8)
    entries[:, :3] = random_samples(colors, 3, seed=5)
    entries[0, :3] = (1, 2, 3)
    indices = (np.arange(height * width) % colors).astype(np.uint8).reshape(height, width)
    return _page(Samples(StoredSamples(ColorMode.PALETTE, indices), entries))


def test_repaint_new_colors_that_fit_are_exact_and_keep_the_numbers() -> None:
    page = _palette_page(10)
    changed, notes = changed_samples(with_change(page))
    assert notes == ()
    assert changed.palette is not None
    assert len(changed.palette) == 11
    np.testing.assert_array_equal(shown_pixels(changed), with_change(page).pixels)
    unchanged = ~mask_of_change(with_change(page))
    np.testing.assert_array_equal(changed.stored.data[unchanged], page.stored.data[unchanged])


def test_repaint_full_palette_makes_room_by_dropping_unused_entries() -> None:
    page = _palette_page(256)
    pixels = page.pixels.copy()
    pixels[:] = np.array((9, 8, 7))
    pixels[0, :100] = page.pixels[0, :100]
    changed, notes = changed_samples(replace(page, pixels=pixels))
    assert notes == ()
    np.testing.assert_array_equal(shown_pixels(changed), pixels)


def test_repaint_too_many_colors_uses_the_nearest_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palette, "_SAMPLED_PIXELS", 100)
    page = _palette_page(16)
    pixels = page.pixels.copy()
    ramp = np.arange(20 * 40).reshape(20, 40) * 255 // 799
    pixels[20:] = np.stack((ramp, 255 - ramp, np.roll(ramp, 7)), axis=2)
    changed, notes = changed_samples(replace(page, pixels=pixels))
    assert notes == ("The result has more than 256 colors; the nearest 256 were used.",)
    assert changed.mode is ColorMode.PALETTE
    np.testing.assert_array_equal(shown_pixels(changed)[:20], pixels[:20])
    assert np.abs(shown_pixels(changed)[20:].astype(int) - pixels[20:]).mean() < 12


def test_repaint_no_room_at_all_becomes_rgb_and_says_so() -> None:
    page = _palette_page(256)
    pixels = page.pixels.copy()
    pixels[20:] = random_samples(20, 40, 3, seed=77)
    changed, notes = changed_samples(replace(page, pixels=pixels))
    assert notes == ("The result has more than 256 colors, so it is stored in full color instead of a palette.",)
    assert changed.mode is ColorMode.RGB
    np.testing.assert_array_equal(shown_pixels(changed), pixels)


def test_repaint_palette_index_beyond_the_palette_is_black() -> None:
    stored = StoredSamples(ColorMode.PALETTE, np.array([[0, 9]], np.uint8))
    entries = np.array([[5, 6, 7, 255]], np.uint8)
    np.testing.assert_array_equal(shown_pixels(Samples(stored, entries)), [[[5, 6, 7], [0, 0, 0]]])


def test_repaint_transparent_pixels_stay_what_they_are() -> None:
    entries = np.array([[5, 6, 7, 0], [50, 60, 70, 255]], np.uint8)
    indices = np.array([[0, 1]], np.uint8)
    alpha = entries[indices, 3]
    page = _page(Samples(StoredSamples(ColorMode.PALETTE, indices, alpha), entries))
    changed, _ = changed_samples(replace(page, pixels=np.zeros_like(page.pixels)))
    assert changed.stored.alpha is not None
    np.testing.assert_array_equal(changed.stored.alpha, alpha)
    assert shown_pixels(changed).tolist() == [[[255, 255, 255], [0, 0, 0]]]


@given(height=st.integers(1, 5000), width=st.integers(1, 30_000))
def test_plan_bands_cover_every_row_once(height: int, width: int) -> None:
    rows = [row for band in plan_bands(height, width) for row in range(band.start, band.stop)]
    assert rows == list(range(height))
