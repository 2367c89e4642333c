"""One-page files into one: the same samples, tags and resolution, in classic TIFF and in BigTIFF."""

import io
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docclean.documents.encoders import encode_page
from docclean.documents.tiff_joining import PageOfFile, join_tiffs
from docclean.documents.tiff_pages import count_pages
from tests.helpers.pages import icc_profile, image_in, read, saved

MODES = ("1", "L", "I;16", "P", "RGB", "RGBA", "CMYK")


def one_page_files(folder: Path, modes: tuple[str, ...]) -> list[Path]:
    """Pages as a document writer leaves them on disk."""
    folder.mkdir(exist_ok=True)
    paths = []
    for number, mode in enumerate(modes):
        image = image_in(mode, 20 + number, 31)
        source = saved(folder / f"in-{number}.tif", image, dpi=(100.5 + number, 200), icc_profile=icc_profile())
        paths.append(folder / f"{number}.tif")
        paths[-1].write_bytes(encode_page(read(source), "TIFF")[0])
    return paths


@pytest.mark.parametrize(("limit", "version"), [(2**32 - 1, 42), (1, 43)])
def test_every_page_comes_back_as_it_was(tmp_path: Path, limit: int, version: int) -> None:
    pages = one_page_files(tmp_path / "pages", MODES)
    result = tmp_path / "out.tif"
    with result.open("w+b") as file:
        join_tiffs([*map(PageOfFile, pages)], file, classic_limit=limit)
    assert result.read_bytes()[:4] == b"II" + bytes([version, 0])
    assert count_pages(result) == len(MODES)
    for number, path in enumerate(pages):
        alone, joined = read(path), read(result, number)
        np.testing.assert_array_equal(alone.stored.data, joined.stored.data)
        assert joined.resolution_dpi == alone.resolution_dpi
        assert joined.icc_profile == alone.icc_profile
        assert joined.encoding["compression"] == alone.encoding["compression"]


def test_what_was_joined_can_be_joined_again(tmp_path: Path) -> None:
    pages = one_page_files(tmp_path / "pages", ("1", "RGB"))
    big, again = tmp_path / "big.tif", tmp_path / "again.tif"
    with big.open("w+b") as file:
        join_tiffs([PageOfFile(pages[1])], file, classic_limit=1)
    with again.open("w+b") as file:
        join_tiffs([PageOfFile(big), PageOfFile(pages[0])], file)
    np.testing.assert_array_equal(read(again, 0).stored.data, read(pages[1]).stored.data)
    np.testing.assert_array_equal(read(again, 1).stored.data, read(pages[0]).stored.data)


def test_old_contents_of_the_file_do_not_stay(tmp_path: Path) -> None:
    pages = one_page_files(tmp_path / "pages", ("L",))
    file = io.BytesIO(b"x" * 100_000)
    join_tiffs([*map(PageOfFile, pages)], file)
    assert b"xx" not in file.getvalue()


def test_memory_does_not_grow_with_the_pages(tmp_path: Path) -> None:
    page = tmp_path / "page.tif"
    image_in("RGB", 1200, 1000).save(page, compression="raw")
    peaks = []
    for count in (2, 40):
        with (tmp_path / f"{count}.tif").open("w+b") as file:
            tracemalloc.start()
            join_tiffs([PageOfFile(page)] * count, file)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert count_pages(tmp_path / "40.tif") == 40
    assert peaks[1] < peaks[0] + 2**20


def test_no_page_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one page"):
        join_tiffs([], io.BytesIO())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(0, 2000), st.binary(max_size=4))
def test_damaged_pages_are_a_value_error(tmp_path: Path, keep: int, patch: bytes) -> None:
    source = one_page_files(tmp_path / "pages", ("RGB",))[0]
    data = bytearray(source.read_bytes())
    keep %= len(data)
    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(bytes(data[:keep]) + patch)
    if keep + len(patch) < len(data) - 4:
        with pytest.raises(ValueError, match="TIFF"):
            join_tiffs([PageOfFile(damaged)], io.BytesIO())
    else:
        with suppress(ValueError):
            join_tiffs([PageOfFile(damaged)], io.BytesIO())
