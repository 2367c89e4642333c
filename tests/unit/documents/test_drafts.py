from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from docclean.core.errors import ReadError, WriteError
from docclean.core.page import PageSize, PixelArray
from docclean.documents.drafts import read_draft, write_draft

PAGES = st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 3])).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape)
)


@given(PAGES)
def test_draft_read_again_has_the_very_pixels(tmp_path_factory: pytest.TempPathFactory, pixels: PixelArray) -> None:
    path = tmp_path_factory.mktemp("drafts") / "page.png"
    write_draft(pixels, path)
    again = read_draft(path, PageSize(*pixels.shape[:2]))
    np.testing.assert_array_equal(again, pixels)
    assert again.flags.c_contiguous


def test_draft_of_another_size_is_refused(tmp_path: Path) -> None:
    write_draft(np.zeros((4, 5, 1), np.uint8), tmp_path / "a.png")
    with pytest.raises(ReadError, match=r"a\.png: is not the draft of this page any more; clean the page again"):
        read_draft(tmp_path / "a.png", PageSize(5, 4))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"nothing"])
def test_draft_that_is_damaged_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ReadError, match="clean the page again"):
        read_draft(tmp_path / "a.png")


def test_draft_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="was not found"):
        read_draft(tmp_path / "a.png")


def test_draft_makes_its_folder(tmp_path: Path) -> None:
    write_draft(np.zeros((2, 2, 3), np.uint8), tmp_path / "new" / "a.png")
    assert read_draft(tmp_path / "new" / "a.png").shape == (2, 2, 3)


def test_draft_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="cannot be written"):
        write_draft(np.zeros((2, 2, 3), np.uint8), tmp_path / "file" / "a.png")
