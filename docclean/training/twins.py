"""Dirty twins of clean pages, as files: how they are called, made and written. Which are wanted is not decided here."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from docclean.core.errors import ReadError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.core.page import PageSource, PixelArray
from docclean.core.recipe import Task
from docclean.training import capture
from docclean.training.clean_sources import read_clean
from docclean.training.crops import is_held_out
from docclean.training.degrade import Degraded, degrade
from docclean.training.page_layouts import is_handwriting
from docclean.training.watermarks import watermarked

FOLDERS = ("dirty", "clean", "ink", "mark_opacity", "mark_color")
"""Folders that twins are written to, below the output folder."""

_BACKSIDES = 0.3
_TRIES = 5
_COMPRESSION = 3
"""Level of zlib: noise hardly gets smaller by trying harder, and takes three times as long."""


@dataclass(frozen=True, slots=True)
class TwinJob:
    """One twin to make.

    Attributes:
        name: Name of its files.
        source: The clean page.
        variant: Which twin of the page, from 0.
        seed: Determines its damage, together with the page.
    """

    name: str
    source: PageSource
    variant: int
    seed: int

    @property
    def is_held_out(self) -> bool:
        """Whether the document is kept out of training; marks, words and fonts then come from the same part."""
        return is_held_out(self.source.path.name)


@dataclass(frozen=True, slots=True)
class TwinSpec:
    """How twins are made.

    Attributes:
        task: DENOISE dirties pages, DEWATERMARK puts marks on them.
        dpi: Resolution of PDF pages and of pages that are set.
        fonts: Fonts for marks and handwriting; each job uses those of its own part of the split.
    """

    task: Task
    dpi: float = 150.0
    fonts: tuple[Path, ...] = ()


def plan_twins(sources: Iterable[PageSource], count: int, seed: int) -> tuple[TwinJob, ...]:
    """Name `count` twins of every page; no two names are alike, even where case does not count.

    A twin's seed depends on `seed`, the document's name, the page and the variant, and not on what else is made.
    """
    jobs: list[TwinJob] = []
    taken: set[str] = set()
    for source in sources:
        page_mark = f"-p{source.page + 1:03}" if source.pages > 1 else ""
        for variant in range(count):
            stem = source.path.stem + page_mark + (f"-v{variant + 1:02}" if count > 1 else "")
            name, number = f"{stem}.png", 1
            while name.casefold() in taken:
                number += 1
                name = f"{stem} ({number}).png"
            taken.add(name.casefold())
            text = f"{seed}/{source.path.name}/{source.page}/{variant}"
            jobs.append(
                TwinJob(name, source, variant, int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big"))
            )
    return tuple(jobs)


def make_twin(job: TwinJob, spec: TwinSpec) -> tuple[Degraded, tuple[float, float] | None]:
    """Make a twin.

    Returns:
        The pair, and its resolution in dpi, None where the page does not say.

    Raises:
        DoccleanError: The page cannot be read.
    """
    rng = np.random.default_rng(job.seed)
    fonts = [font for font in spec.fonts if is_held_out(font.name) == job.is_held_out]
    hands = [font for font in fonts if is_handwriting(font)]
    try:
        clean, resolution = read_clean(job.source, spec.dpi, rng, hands=hands)
        if spec.task is Task.DEWATERMARK:
            return _marked(clean, rng, fonts, held_out=job.is_held_out), resolution
        # Nobody knows what is on the back; the page itself, lying the other way round, is a page of the same kind.
        backside = np.ascontiguousarray(clean[::-1, ::-1]) if rng.random() < _BACKSIDES else None
        return degrade(clean, rng, backside=backside), resolution
    except MemoryError as fault:
        raise ReadError(job.source.path, "does not fit into memory; choose a lower resolution with --dpi.") from fault


def _marked(clean: PixelArray, rng: np.random.Generator, fonts: Sequence[Path], *, held_out: bool) -> Degraded:
    """A page with a mark on it; a mark that misses the page is drawn again."""
    pair = watermarked(clean, rng, fonts=fonts, held_out=held_out)
    for _ in range(_TRIES):
        if pair.mark_opacity is not None and pair.mark_opacity.any():
            break
        pair = watermarked(clean, rng, fonts=fonts, held_out=held_out)
    return pair


def write_twin(
    job: TwinJob,
    pair: Degraded,
    folder: Path,
    *,
    resolution: tuple[float, float] | None,
    has_layers: bool,
    overwrite: bool,
) -> None:
    """Write a pair, and its layers if wanted, as PNG files; the dirty page comes last, so that it never lacks a twin.

    Args:
        job: Names the files.
        pair: What to write.
        folder: The output folder; missing folders are made.
        resolution: Resolution, dpi; None to state none.
        has_layers: Write the ink mask (255 is ink) too, and the mark's opacity and color where there is a mark.
        overwrite: Whether existing files may be replaced.

    Raises:
        WriteError: A file cannot be written, or exists already.
    """
    layers: dict[str, NDArray[np.uint8] | None] = {"clean": pair.clean}
    if has_layers:
        layers |= {"ink": pair.ink.astype(np.uint8) * np.uint8(255)}
        layers |= {"mark_opacity": pair.mark_opacity, "mark_color": pair.mark_color}
    for name, pixels in {**layers, "dirty": pair.dirty}.items():
        if pixels is not None:
            _write_png(folder / name / job.name, pixels, resolution, overwrite=overwrite)


def _write_png(
    path: Path, pixels: NDArray[np.uint8], resolution: tuple[float, float] | None, *, overwrite: bool
) -> None:
    if pixels.ndim == 3 and capture.is_gray(pixels):
        pixels = pixels[:, :, 0]
    stated = {} if resolution is None else {"dpi": resolution}
    with write_faults_explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path, overwrite=overwrite) as file:
        Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", compress_level=_COMPRESSION, **stated)
