"""Files that look like scans, and what a run leaves on the disk."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def dirty_page(width: int = 90, height: int = 70, mode: str = "L") -> Image.Image:
    """A line of text on grey paper, the lamp on the left."""
    light = np.linspace(1.0, 0.95, width)[None, :, None]
    image = Image.fromarray((np.full((height, width, 3), (205, 200, 190)) * light).astype(np.uint8))
    ImageDraw.Draw(image).text((8, 8), "Some words", fill=(30, 30, 40))
    return image.convert(mode)


def contents(folder: Path) -> dict[str, bytes]:
    """Files by their path below a folder, without the journal."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".docclean-journal")
    }


def report_of(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report
