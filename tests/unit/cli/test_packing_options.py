"""Options for colors and packing: what they give, and sentences for what makes no sense."""

from pathlib import Path

import pytest

from docclean.cli.packing_options import chosen_storage
from docclean.core.errors import UsageError
from docclean.core.job import Compression, Storage
from docclean.core.recipe import PageColor


@pytest.mark.parametrize(
    ("compression", "quality", "output_format", "output", "color", "words"),
    [
        ("zip", None, "keep", "out", PageColor.KEEP, "is unknown; choose one of keep"),
        ("jpeg", None, "png", "out", PageColor.KEEP, "packed in one way"),
        ("jpeg", None, "keep", "out.png", PageColor.KEEP, "packed in one way"),
        ("mrc", None, "tiff", "out", PageColor.KEEP, "is for PDF"),
        ("jpeg2000", None, "keep", "out.tif", PageColor.KEEP, "is for PDF"),
        ("lossless", 80, "pdf", "out", PageColor.KEEP, "nothing is lost"),
        ("keep", 80, "png", "out", PageColor.KEEP, "lose nothing"),
        ("keep", 80, "keep", "out.pdf", PageColor.BILEVEL, "without loss"),
        ("mrc", None, "pdf", "out", PageColor.BILEVEL, "without loss"),
        ("keep", None, "jpeg", "out", PageColor.BILEVEL, "cannot hold black and white"),
        ("keep", None, "keep", "out.webp", PageColor.BILEVEL, "cannot hold black and white"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(
    compression: str, quality: int | None, output_format: str, output: str, color: PageColor, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        chosen_storage(compression, quality, output_format, Path(output), color)
    assert str(caught.value).startswith("--")


@pytest.mark.parametrize(
    ("compression", "quality", "output_format", "color"),
    [
        ("keep", None, "keep", PageColor.BILEVEL),
        ("JPEG", 60, "pdf", PageColor.AUTO),
        ("mrc", 40, "keep", PageColor.GRAY),
        ("lossless", None, "tiff", PageColor.BILEVEL),
        ("keep", 60, "webp", PageColor.GRAY),
    ],
)
def test_what_makes_sense_is_taken(compression: str, quality: int | None, output_format: str, color: PageColor) -> None:
    wanted = Storage(compression=Compression(compression.lower()), quality=quality)
    assert chosen_storage(compression, quality, output_format, Path("out"), color) == wanted
