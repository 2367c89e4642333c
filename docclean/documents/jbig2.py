"""Two-level samples as JBIG2, without loss, by the program `jbig2` (jbig2enc) where it is installed.

Only generic regions are asked for: every pixel is coded by itself. Symbol coding, which may put one character in the
place of another, is never used.
"""

import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docclean.core.bands import plan_bands

logger = logging.getLogger(__name__)

_ENCODER, _DECODER = "jbig2", "jbig2dec"
_TIMEOUT_S = 120
_START = bytes.fromhex("97 4A 42 32 0D 0A 1A 0A 01 00 00 00 01 00 00 00 00 30 00 01 00 00 00 13")
_END = bytes.fromhex("00 00 00 02 31 00 01 00 00 00 00 00 00 00 03 33 00 01 00 00 00 00")
_LATER_END = bytes.fromhex("00 00 00 02 31 00 01 00 00 00 00 00 00 00 03 33 00 00 00 00 00 00")
"""A file in sequential order with one page: its information in segment 0, its end and that of the file in 2 and 3.

Between them is room for one region and none for a dictionary of symbols. img2pdf takes files with the first end only,
in which the end of the file belongs to page 1; jbig2enc 0.30 writes the second one. Neither gets into a PDF.

Source:
    ITU-T T.88, annex D.4 and section 7.2.
"""


def has_encoder() -> bool:
    """Whether the program is installed."""
    return shutil.which(_ENCODER) is not None


def encode_jbig2(levels: NDArray[np.uint8]) -> bytes | None:
    """Encode without loss.

    Args:
        levels: (H, W), 0 and 255.

    Returns:
        A JBIG2 file with one page and one generic region; None where the program is not installed or failed, or where
        `jbig2dec`, if that is installed, reads something else out of the file.

    Source:
        ITU-T T.88, section 6.2 (generic region).
    """
    program = shutil.which(_ENCODER)
    if program is None:
        return None
    try:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.pbm"
            page.write_bytes(_pbm_of(levels))
            data = _run([program, str(page)])
            is_plain = data.startswith(_START) and data.endswith((_END, _LATER_END))
            return data[: -len(_END)] + _END if is_plain and _says_the_same(data, page) else None
    except (OSError, subprocess.SubprocessError) as fault:
        logger.warning("%s failed: %s", program, fault)
        return None


def _pbm_of(levels: NDArray[np.uint8]) -> bytes:
    height, width = levels.shape
    packed = [np.packbits(levels[rows] == 0, axis=1).tobytes() for rows in plan_bands(height, width)]
    return b"P4\n%d %d\n" % (width, height) + b"".join(packed)


def _says_the_same(data: bytes, page: Path) -> bool:
    """Whether another program reads the page out of the file; True where there is none."""
    program = shutil.which(_DECODER)
    if program is None:
        return True
    packed, decoded = page.with_name("page.jb2"), page.with_name("decoded.pbm")
    packed.write_bytes(data)
    _run([program, "-t", "pbm", "-o", str(decoded), str(packed)])
    if decoded.read_bytes() == page.read_bytes():
        return True
    logger.warning("%s wrote a file that %s reads otherwise; it was not used", _ENCODER, program)
    return False


def _run(command: Sequence[str]) -> bytes:
    """Run a program and take what it prints; on Windows without a console window."""
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0
    done = subprocess.run(  # noqa: S603 - a program found by its name, on files of our own
        command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, check=True, creationflags=flags
    )
    return done.stdout
