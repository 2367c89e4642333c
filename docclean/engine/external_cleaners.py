"""Programs of others that clean pages, for comparison: unpaper and ImageMagick, where they are installed.

Pages go to them through temporary files. Nothing here is needed for cleaning.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from docclean.core.errors import DoccleanError
from docclean.core.page import PixelArray

CleanPixels = Callable[[PixelArray], PixelArray]
"""Cleans a page, (H, W, C), uint8, to one of equal height and width."""

_TIMEOUT_S = 120
_ASKING_TIMEOUT_S = 10

LOCAL_THRESHOLD = ("-colorspace", "gray", "(", "+clone", "-lat", "25x25-12%", ")", "-compose", "lighten", "-composite")
"""ImageMagick's local adaptive threshold, with the grey of the ink kept.

Of the settings tried on NoisyOffice's 18 pages for development it has the lowest error: RMSE 0.0595, where 25x25-10%
has 0.0610, 35x35-10% 0.0628, 15x15-10% 0.0621, 25x25-5% 0.0705, and two-level results have 0.117 at best.
"""


def installed_cleaners() -> dict[str, CleanPixels]:
    """Find the programs on this machine; each cleaner by its name for people."""
    cleaners: dict[str, CleanPixels] = {}
    unpaper = shutil.which("unpaper")
    if unpaper is not None:
        cleaners["unpaper"] = lambda pixels: _through_files(pixels, _unpaper_command(unpaper), "unpaper")
    magick = find_imagemagick()
    if magick is not None:
        cleaners["ImageMagick"] = lambda pixels: _through_files(pixels, _magick_command(magick), "ImageMagick")
    return cleaners


def find_imagemagick() -> str | None:
    """Find ImageMagick's program; on Windows `convert` is also the name of a tool for disks."""
    for name in ("magick", "convert"):
        path = shutil.which(name)
        if path is not None and _says(path, "-version").startswith("Version: ImageMagick"):
            return path
    return None


def _says(program: str, option: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a program found by its name, asked for its version
            [program, option], capture_output=True, timeout=_ASKING_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


_Command = Callable[[Path, Path], Sequence[str]]


def _unpaper_command(program: str) -> _Command:
    return lambda source, target: [program, "--layout", "single", "--overwrite", str(source), str(target)]


def _magick_command(program: str) -> _Command:
    return lambda source, target: [program, str(source), *LOCAL_THRESHOLD, str(target)]


def _through_files(pixels: PixelArray, command: _Command, name: str) -> PixelArray:
    """Run a program on one page.

    Raises:
        DoccleanError: It failed, took longer than two minutes, or gave a page of another size.
    """
    suffix, code = (".ppm", cv2.COLOR_RGB2BGR) if pixels.shape[2] == 3 else (".pgm", None)
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / f"in{suffix}", Path(scratch) / f"out{suffix}"
        coded = cv2.imencode(suffix, pixels if code is None else cv2.cvtColor(pixels, code))[1]
        source.write_bytes(coded.tobytes())
        try:
            subprocess.run(  # noqa: S603 - a program found by its name, on files of our own
                command(source, target), capture_output=True, timeout=_TIMEOUT_S, check=True
            )
            found = cv2.imdecode(np.fromfile(target, np.uint8), cv2.IMREAD_COLOR_RGB)
        except (OSError, subprocess.SubprocessError, cv2.error) as fault:
            raise DoccleanError(f"{name}: could not clean the page ({fault}).") from fault
    if found is None or found.shape[:2] != pixels.shape[:2]:
        raise DoccleanError(f"{name}: gave no page, or one of another size.")
    cleaned = np.asarray(found, np.uint8)
    return cleaned if pixels.shape[2] == 3 else np.ascontiguousarray(cleaned[:, :, :1])
