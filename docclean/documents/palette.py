"""Palettes: room for new colors, and what to do when there is none."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from docclean.core.bands import plan_bands
from docclean.core.page import ColorMode, StoredSamples
from docclean.documents.samples import Samples, palette_alpha, plain_pixels

_MOST_COLORS = 256
_FEWEST_FREE = 64
"""With fewer free places than this, choosing the nearest colors would show as steps; the page becomes RGB instead."""
_PLACES = np.array([1 << 24, 1 << 16, 1 << 8], np.uint32)
_SAMPLED_PIXELS = 2_000_000

_NOT_EXACT = "The result has more than 256 colors; the nearest 256 were used."
_NOW_RGB = "The result has more than 256 colors, so it is stored in full color instead of a palette."


def repaint(samples: Samples, colors: NDArray[np.uint8], changed: NDArray[np.bool_]) -> tuple[Samples, tuple[str, ...]]:
    """Give the changed pixels of a palette page their new colors; all others keep their entry.

    Args:
        samples: A page with a palette.
        colors: Wanted colors, (H, W, C) with C 1 or 3, uint8, transparency left out of account.
        changed: (H, W), bool.

    Returns:
        The samples, exact where 256 colors are enough, and a sentence where they are not.
    """
    assert samples.palette is not None, "a palette page has a palette"  # noqa: S101 - tells the type checker
    colors = np.broadcast_to(colors, (*changed.shape, 3))
    alpha, indices, palette = samples.stored.alpha, samples.stored.data, samples.palette
    if alpha is not None:
        changed = changed & (alpha > 0)
    palette_keys = _keys(palette[:, :3], palette[:, 3])
    wanted = _distinct(colors, alpha, changed)
    for kept in (np.arange(len(palette)), _used(indices, changed, len(palette))):
        missing = np.setdiff1d(wanted, palette_keys[kept])
        if len(kept) + len(missing) <= _MOST_COLORS:
            keys = np.concatenate((palette_keys[kept], missing))
            return _indexed(samples, colors, changed, (kept, keys)), ()
    kept = _used(indices, changed, len(palette))
    if alpha is None and _MOST_COLORS - len(kept) >= _FEWEST_FREE:
        return _nearest(samples, colors, changed, kept), (_NOT_EXACT,)
    return _full_color(samples, colors, changed), (_NOW_RGB,)


def reduced_to_palette(colors: NDArray[np.uint8]) -> tuple[Samples, tuple[str, ...]]:
    """Store a page in full color, (H, W, 3), with a palette; for formats that know nothing else."""
    nothing = Samples(
        StoredSamples(ColorMode.PALETTE, np.zeros(colors.shape[:2], np.uint8)), np.full((1, 4), 255, np.uint8)
    )
    everything = np.ones(colors.shape[:2], np.bool_)
    return repaint(nothing, colors, everything)


def _keys(colors: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> NDArray[np.uint32]:
    """Pack colors, (..., 3), and alpha into one number each."""
    wide = colors.astype(np.uint32)
    opacity = np.uint32(255) if alpha is None else alpha.astype(np.uint32)
    keys: NDArray[np.uint32] = (wide @ _PLACES) | opacity
    return keys


def _unpacked(keys: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return np.stack([(keys >> shift & 255).astype(np.uint8) for shift in (24, 16, 8, 0)], axis=-1)


def _distinct(
    colors: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, changed: NDArray[np.bool_]
) -> NDArray[np.uint32]:
    """Collect the distinct colors of the changed pixels; stops when there are too many anyway."""
    found = np.empty(0, np.uint32)
    for rows in plan_bands(*changed.shape):
        band = changed[rows]
        found = np.union1d(found, _keys(colors[rows][band], None if alpha is None else alpha[rows][band]))
        if len(found) > _MOST_COLORS:
            break
    return found


def _used(indices: NDArray[np.uint8], changed: NDArray[np.bool_], length: int) -> NDArray[np.intp]:
    used = np.bincount(indices[~changed], minlength=_MOST_COLORS)[:length]
    return np.flatnonzero(used)


def _indexed(
    samples: Samples,
    colors: NDArray[np.uint8],
    changed: NDArray[np.bool_],
    entries: tuple[NDArray[np.intp], NDArray[np.uint32]],
) -> Samples:
    """Point every pixel to its entry; `entries` are the old ones kept and the keys of all."""
    kept, keys = entries
    alpha = samples.stored.alpha
    order = np.argsort(keys, kind="stable")
    indices = _renumbered(samples.stored.data, kept)
    for rows in plan_bands(*changed.shape):
        band = changed[rows]
        wanted = _keys(colors[rows][band], None if alpha is None else alpha[rows][band])
        indices[rows][band] = order[np.searchsorted(keys, wanted, sorter=order)]
    palette = _unpacked(keys)
    stored = replace(samples.stored, data=indices, alpha=palette_alpha(indices, palette))
    return replace(samples, stored=stored, palette=palette)


def _renumbered(indices: NDArray[np.uint8], kept: NDArray[np.intp]) -> NDArray[np.uint8]:
    numbers = np.zeros(_MOST_COLORS, np.uint8)
    numbers[kept] = np.arange(len(kept))
    return numbers[indices]


def _nearest(
    samples: Samples, colors: NDArray[np.uint8], changed: NDArray[np.bool_], kept: NDArray[np.intp]
) -> Samples:
    """Choose colors for the changed pixels in the free places, without dithering."""
    assert samples.palette is not None, "a palette page has a palette"  # noqa: S101 - tells the type checker
    sampled = colors[changed][:: max(1, int(changed.sum()) // _SAMPLED_PIXELS)]
    chosen = _strip(sampled).quantize(_MOST_COLORS - len(kept), Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    added = np.array(chosen.getpalette("RGB"), np.uint8).reshape(-1, 3)[: _MOST_COLORS - len(kept)]
    # Pillow may point to places after the last color, so that those repeat it.
    chosen.putpalette(np.pad(added, ((0, _MOST_COLORS - len(added)), (0, 0)), "edge").tobytes())
    indices = _renumbered(samples.stored.data, kept)
    for rows in plan_bands(*changed.shape):
        strip = _strip(colors[rows][changed[rows]])
        nearest = strip.quantize(palette=chosen, dither=Image.Dither.NONE) if strip.width else strip.convert("P")
        indices[rows][changed[rows]] = np.minimum(np.asarray(nearest)[0], len(added) - 1) + len(kept)
    palette = np.concatenate((samples.palette[kept], np.insert(added, 3, 255, axis=1)))
    return replace(samples, stored=replace(samples.stored, data=indices), palette=palette)


def _strip(colors: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(colors)[np.newaxis])


def _full_color(samples: Samples, colors: NDArray[np.uint8], changed: NDArray[np.bool_]) -> Samples:
    before = np.broadcast_to(plain_pixels(samples), colors.shape)
    data = np.where(changed[:, :, np.newaxis], colors, before)
    return Samples(StoredSamples(ColorMode.RGB, data, samples.stored.alpha), None, samples.icc_profile)
