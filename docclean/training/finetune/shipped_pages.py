"""Pages from nothing but the program: set with the fonts that come with it, to be learned from beside the user's own.

Fonts whose name keeps them out of training are for checking models (`checkup`) and for the corpus' validation part.
"""

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from docclean import __version__
from docclean.core.cancel import CancelToken
from docclean.core.file_lock import FileLock
from docclean.core.files import write_faults_explained
from docclean.core.resources import resource_path
from docclean.training.clean_sources import usable_fonts
from docclean.training.corpus import Corpus, CropPlan, holds, open_corpus, rasterize
from docclean.training.crops import is_held_out
from docclean.training.typeset import find_fonts

CROPS = 600
"""Crops in a corpus for replay: half a minute of two cores, 600 MB on the disk."""

_HELD_OUT_SHARE = 0.1
_CROPS_PER_TASK = 8
"""So many crops are set between two looks at the cancel token, in each process."""

_PAUSE_S = 0.2
_MOST_INSTALLED = 12
_MOST_TRIED = 60
_LARGEST_FONT_BYTES = 4_000_000
"""Larger ones are mostly Chinese, Japanese and Korean: their Latin letters are those of smaller fonts."""
_NO_LETTERS = (
    "emoji", "symbol", "dings", "awesome", "icon", "math", "music", "braille", "barcode", "lastresort",
    "d050000l",
)  # fmt: skip
"""Parts of names of fonts whose letters are no letters."""


def shipped_fonts(*, held_out: bool) -> tuple[Path, ...]:
    """List the fonts that come with the program, by name.

    Args:
        held_out: Those that are for checking; otherwise those to learn from.
    """
    fonts = find_fonts([resource_path("fonts")])
    return tuple(font for font in fonts if is_held_out(font.name) == held_out)


def installed_fonts() -> tuple[Path, ...]:
    """List up to a dozen fonts of this machine that pages can be set with and that nothing is checked with, by name.

    The same machine gives the same ones. Folders that are missing or locked have none.
    """
    known = {font.name for part in (False, True) for font in shipped_fonts(held_out=part)}
    found = {font.name: font for folder in font_folders() for font in _fonts_below(folder) if font.name not in known}
    mixed = sorted(found.values(), key=lambda font: hashlib.sha256(font.name.encode()).digest())
    usable = usable_fonts([font for font in mixed if _is_worth_trying(font)][:_MOST_TRIED])
    return tuple(sorted(usable[:_MOST_INSTALLED], key=lambda font: font.name))


def replay_fonts() -> tuple[Path, ...]:
    """List the fonts to learn from: those that come with the program and some that are installed."""
    return (*shipped_fonts(held_out=False), *installed_fonts())


def replay_corpus(
    work: Path,
    *,
    crops: int = CROPS,
    seed: int,
    cancel: CancelToken,
    progress: Callable[[int, int], None],
    workers: int | None = None,
) -> Corpus:
    """Set pages to replay, or open those that `work` holds already.

    A tenth of the crops is set with held-out fonts and is the corpus' validation part.

    Args:
        work: Folder for the corpus; created. One that was made from something else is made anew.
        crops: Number of crops, two at least.
        seed: Chooses layouts, words and sizes.
        cancel: Stops the work within seconds; no corpus is left then.
        progress: Told now and then how many crops there are, and of how many.
        workers: Processes that set pages; None for one per core, 0 for this process alone. Changes nothing else.

    Raises:
        CancelledError: `cancel` was set.
        TrainingError: No font can be used, or a process was killed.
        WriteError: `work` is full or cannot be written.
    """
    plan = _plan(crops, seed)
    if holds(work, plan):
        return open_corpus(work)

    def told(done: int) -> None:
        progress(done, crops)
        cancel.raise_if_cancelled()

    told(0)
    with _held(work, cancel):
        return open_corpus(work) if holds(work, plan) else rasterize(plan, work, workers=workers, told=told)


@contextmanager
def _held(work: Path, cancel: CancelToken) -> Iterator[None]:
    """Wait until no other run sets pages in a folder, and keep others out."""
    lock = FileLock(work.with_name(f"{work.name}.lock"))
    with write_faults_explained(work):
        work.parent.mkdir(parents=True, exist_ok=True)
        while not lock.acquire():
            cancel.raise_if_cancelled()
            time.sleep(_PAUSE_S)
    try:
        yield
    finally:
        lock.release(removes=True)


def font_folders() -> tuple[Path, ...]:
    """List the folders that this system keeps fonts in, whether they are there or not.

    Source:
        Linux: fonts.conf(5). macOS: Apple, "Font locations and their purposes". Windows: the folder `Fonts` in that of
        the system, and since Windows 10 1809 one for each user.
    """
    if sys.platform == "win32":
        return (
            Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
            *_below_variable("LOCALAPPDATA", "Microsoft/Windows/Fonts"),
        )
    if sys.platform == "darwin":
        return (Path("/Library/Fonts"), Path("/System/Library/Fonts"), *_below_variable("HOME", "Library/Fonts"))
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return (
        *(Path(folder) / "fonts" for folder in shared.split(":") if folder),
        *_below_variable("HOME", ".local/share/fonts"),
        *_below_variable("HOME", ".fonts"),
    )


def _below_variable(variable: str, below: str) -> tuple[Path, ...]:
    value = os.environ.get(variable)
    return (Path(value) / below,) if value else ()


def _fonts_below(folder: Path) -> Iterator[Path]:
    """The font files in and below a folder; what cannot be listed has none."""
    for path, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith((".ttf", ".otf")):
                yield Path(path, name)


def _is_worth_trying(font: Path) -> bool:
    name = font.name.casefold()
    if is_held_out(font.name) or any(part in name for part in _NO_LETTERS):
        return False
    try:
        return font.stat().st_size <= _LARGEST_FONT_BYTES
    except OSError:
        return False


def _plan(crops: int, seed: int) -> CropPlan:
    """Share the crops out evenly among the fonts of each part, in tasks of a few seconds, in random order."""
    kept = max(1, round(_HELD_OUT_SHARE * crops))
    tasks: list[tuple[Path, int, int]] = []
    for fonts, count in ((replay_fonts(), crops - kept), (shipped_fonts(held_out=True), kept)):
        for number, share in enumerate(_shares(count, fonts)):
            tasks += _parts(fonts[number], share, seed)
    order = np.random.default_rng(seed).permutation(len(tasks))
    return CropPlan([tasks[place] for place in order], crops, resource_path("fonts"), version=__version__)


def _shares(count: int, fonts: Sequence[Path]) -> list[int]:
    return [count // len(fonts) + (number < count % len(fonts)) for number in range(len(fonts))]


def _parts(font: Path, count: int, seed: int) -> list[tuple[Path, int, int]]:
    """Several tasks for a font, each with a seed of its own."""
    starts = range(0, count, _CROPS_PER_TASK)
    return [(font, min(_CROPS_PER_TASK, count - start), 100_000 * seed + start) for start in starts]
