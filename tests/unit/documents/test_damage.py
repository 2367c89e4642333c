"""Whatever happens to a file, reading it gives a page or a `ReadError`, and nothing else."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docclean.core.errors import ReadError
from docclean.documents.discover import discover
from docclean.documents.reader import read_page
from tests.helpers.pages import icc_profile, image_in

KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("png", "RGB", {"dpi": (300, 300), "icc_profile": icc_profile()}),
    ("png", "P-alpha", {}),
    ("png", "1", {}),
    ("png", "I;16", {}),
    ("jpeg", "RGB", {"dpi": (300, 300), "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"}),
    ("jpeg", "CMYK", {"progressive": True}),
    ("tiff", "1", {"compression": "group4"}),
    ("tiff", "RGB", {"compression": "tiff_lzw", "dpi": (300, 300)}),
    ("tiff", "RGB", {"compression": "jpeg"}),
    ("tiff", "CMYK", {"compression": "raw"}),
    ("tiff", "I;16", {"compression": "tiff_adobe_deflate"}),
    ("tiff", "P", {"compression": "packbits"}),
    ("webp", "RGBA", {"lossless": True}),
    ("webp", "RGB", {}),
    ("bmp", "P", {}),
    ("jpeg2000", "RGB", {}),
    ("ppm", "RGB", {}),
    ("gif", "P", {}),
]


@pytest.mark.parametrize(("kind", "mode", "options"), KINDS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_read_page_damaged_file_is_a_page_or_a_sentence(
    tmp_path: Path, kind: str, mode: str, options: dict[str, Any], data: st.DataObject
) -> None:
    file = io.BytesIO()
    image_in(mode, 12, 15).save(file, kind, **options)
    content = bytearray(file.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "page.bin"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    for source in discover([path], recursive=False).sources[:3]:
        sentence, page = "", None
        try:
            page = read_page(source)
        except ReadError as fault:
            sentence = str(fault)
        if page is None:
            assert sentence.startswith(f"{path}: ")
            assert "\n" not in sentence
        else:
            assert page.pixels.shape[2] in (1, 3)
            assert page.pixels.shape[:2] == page.stored.data.shape[:2]
