"""Damage for clean pages: what time, cups, copiers and cameras do to a sheet of paper.

`degrade` takes a clean page and returns the dirty twin with every layer that it knows of. Ink and marks that belong to
the document stay in the truth; paper, light, dirt and the scanner do not. Order and strength are random; a seed
determines the result. The parts lie in `ink_damage` (print), `textures` (paper and light) and `capture` (scanner).
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docclean.core.page import PixelArray
from docclean.training import capture, ink_damage, textures
from docclean.training.textures import FloatImage

INK_LEVEL = 0.85
"""A clean pixel darker than this (grey, 0..1) counts as ink."""

IDENTITY = "identity"
"""The kind of a pair whose two pages are the same."""


@dataclass(frozen=True, slots=True)
class Degraded:
    """A training pair and the layers it was made from.

    Attributes:
        dirty: (H, W, 3), uint8, RGB.
        clean: (H, W, 3), uint8, RGB: the truth.
        mark_opacity: (H, W), uint8: how much a watermark covers, 0 nothing to 255 all; None for a page without one.
        mark_color: (H, W, 3), uint8, RGB: the watermark's color where it covers something; None as above.
        kinds: Names of the damage that was done, in order.
        sheet: (H, W, 3), uint8, RGB: the dirty paper without print, specks and noise; None where nobody knows it.
    """

    dirty: PixelArray
    clean: PixelArray
    mark_opacity: NDArray[np.uint8] | None = None
    mark_color: PixelArray | None = None
    kinds: tuple[str, ...] = ()
    sheet: PixelArray | None = None

    @property
    def ink(self) -> NDArray[np.bool_]:
        """Where the truth has ink or any other mark of its own, (H, W)."""
        return capture.luma(self.clean) < INK_LEVEL * 255.0


def degrade(
    clean: PixelArray,
    rng: np.random.Generator,
    *,
    backside: PixelArray | None = None,
    is_stained: bool = False,
) -> Degraded:
    """Damage a clean page.

    Args:
        clean: (H, W, 3), uint8, RGB.
        rng: Source of randomness.
        backside: Another page of the same size, whose ink shows through; None for opaque paper.
        is_stained: Spills and cup rings are many and strong, as on few sheets.

    Returns:
        The pair. The truth equals `clean`, except that a fax's truth is two-level and a grey scan's truth is grey.
    """
    if rng.random() < 0.4:
        clean = capture.gray(clean)
    if rng.random() < 0.06:
        dirty, truth = capture.fax(clean, rng)
        return Degraded(dirty, truth, kinds=("fax",))
    kinds: list[str] = []
    x = clean.astype(np.float32) / 255.0
    for name, effect, odds in _PRINT:
        if rng.random() < odds:
            kinds.append(name)
            x = effect(x, rng)
    if backside is not None:
        kinds.append("bleed-through")
        x = ink_damage.bleed_through(x, backside, rng)
    field, names = _dirty_paper(x.shape[:2], rng, is_stained=is_stained)
    light, more = _light(x.shape[:2], rng)
    lit = _exposed(field * light, rng)
    again = copy.deepcopy(rng)
    x, rim = _rim(x * lit, clean, rng)
    lit, _ = _rim(lit, clean, again)
    dirty, sheet, taken = _captured(x, lit, rng)
    if capture.is_gray(clean):
        dirty, sheet = capture.gray(dirty), capture.gray(sheet)
    if rng.random() < 0.5:
        kinds.append("jpeg")
        dirty = capture.jpeg(dirty, rng)
    return Degraded(dirty, clean, kinds=(*kinds, *names, *more, *rim, *taken), sheet=sheet)


def captured(clean: PixelArray, rng: np.random.Generator) -> Degraded:
    """Only scan a page: blur, noise, compression and the like, for pages whose dark areas are not dirt.

    Args:
        clean: (H, W, 3), uint8, RGB: a photograph, or light print on dark paper.
        rng: Source of randomness.

    Returns:
        The pair; the truth is `clean`.
    """
    x = clean.astype(np.float32) / 255.0
    effects = [(name, effect) for name, effect, odds in capture.EFFECTS if name in _MILD and rng.random() < odds]
    for _, effect in effects:
        x = effect(x, rng)
    dirty = capture.to_uint8(x)
    dirty = capture.gray(dirty) if capture.is_gray(clean) else dirty
    return Degraded(dirty, clean, kinds=tuple(name for name, _ in effects), sheet=np.full_like(clean, 255))


_MILD = {"blur", "sensor noise", "resampling"}

_PRINT: Sequence[tuple[str, Callable[[FloatImage, np.random.Generator], FloatImage], float]] = (
    ("copied print", ink_damage.copied, 0.05),
    ("broken ink", ink_damage.broken, 0.12),
    ("faded ink", ink_damage.faded, 1.0),
    ("rough ink", ink_damage.rough, 0.35),
)

_STAINS: Sequence[tuple[str, Callable[[tuple[int, int], np.random.Generator], FloatImage], float]] = (
    ("spill", textures.stain, 0.25),
    ("ring", textures.ring, 0.2),
)

_STAINED = 0.5
"""Odds of one more stain of a kind on a sheet that is stained."""


def _dirty_paper(shape: tuple[int, ...], rng: np.random.Generator, *, is_stained: bool) -> tuple[FloatImage, list[str]]:
    size = (shape[0], shape[1])
    field = textures.paper(size, rng)
    kinds = ["paper"]
    for name, shade, odds in (("folds", textures.folds, 0.25), ("crumple", textures.crumple, 0.3)):
        if rng.random() < odds:
            kinds.append(name)
            field = field * shade(size, rng)[:, :, None]
    palest, faintest = (0.6, 0.55) if is_stained else (0.3, 0.1)
    for name, draw, odds in _STAINS:
        while rng.random() < (_STAINED if is_stained else odds):
            kinds.append(name)
            color = np.array([0.2, 0.4, 0.7], np.float32) * rng.uniform(palest, 1.0, 3).astype(np.float32)
            field = field * (1.0 - rng.uniform(faintest, 1.0) * draw(size, rng)[:, :, None] * color)
    if rng.random() < 0.2:
        kinds.append("foxing")
        brown = np.array([0.25, 0.4, 0.6], np.float32)
        foxing = textures.spots(size, rng, count=int(rng.integers(3, 60)), largest=rng.uniform(2, 25))
        field = field * (1.0 - rng.uniform(0.1, 0.7) * foxing[:, :, None] * brown)
    if rng.random() < 0.08:
        kinds.append("finger marks")
        field = field * (1.0 - rng.uniform(0.05, 0.4) * textures.finger_mark(size, rng)[:, :, None])
    return np.asarray(field, np.float32), kinds


def _light(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[FloatImage, list[str]]:
    size, kinds = (shape[0], shape[1]), []
    light = np.ones((*size, 1), np.float32)
    if rng.random() < 0.5:
        kinds.append("uneven light")
        light = light * textures.illumination(size, rng)[:, :, None]
    if rng.random() < 0.25:
        kinds.append("shadow")
        cast = textures.shadow(size, rng)[:, :, None]
        color = 1.0 - rng.uniform(0.0, 0.08, 3).astype(np.float32)
        light = light * np.where(cast < 0.999, cast ** (1.0 / color), cast)
    return np.asarray(light, np.float32), kinds


def _exposed(field: FloatImage, rng: np.random.Generator) -> FloatImage:
    """Lit paper as a scanner or camera exposes it: its brighter part comes out light, whatever the lamp."""
    bright = float(np.percentile(field[::8, ::8], 85))
    return np.asarray(field * max(1.0, (1.0 - 0.4 * rng.uniform(0.0, 1.0) ** 2) / max(bright, 0.05)), np.float32)


def _rim(x: FloatImage, clean: PixelArray, rng: np.random.Generator) -> tuple[FloatImage, list[str]]:
    """Dark copier borders and punch holes; rare, and only at the rim."""
    if rng.random() < 0.06:
        return capture.copier_border(x, rng), ["copier border"]
    if rng.random() < 0.05:
        return capture.punch_hole(x, clean, rng), ["punch hole"]
    return x, []


_OF_SHEETS = {"streaks", "rollers", "low contrast"}
"""Effects that change the paper as a whole and not single pixels of it."""


def _captured(x: FloatImage, sheet: FloatImage, rng: np.random.Generator) -> tuple[PixelArray, PixelArray, list[str]]:
    """Copy, scan or take a picture of a page, and in the same way of its sheet without print."""
    effects = [(name, effect) for name, effect, odds in capture.EFFECTS if rng.random() < odds]
    order = rng.permutation(len(effects))
    for position in order:
        name, effect = effects[position]
        if name in _OF_SHEETS:
            sheet = effect(sheet, copy.deepcopy(rng))
        x = effect(x, rng)
    return capture.to_uint8(x), capture.to_uint8(sheet), [effects[position][0] for position in order]
