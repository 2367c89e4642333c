"""Images that others made, through the command line: what must survive cleaning does."""

import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from docclean.cli.main import main
from tests.helpers.foreign import foreign_file
from tests.helpers.quick_models import IdleBackend, InvertingBackend, SpeckBackend, use_backend

COMPRESSION, ICC_PROFILE, ORIENTATION = 259, 34675, 274
PACKED_BETTER = {2: 4, 3: 4}
"""Kinds of compression that the result has in place of another: Group 4 for what faxes had before it."""

DOCUMENTS = (
    "pillow/g4-multi.tiff",
    "pillow/compression.tif",
    "pillow/multipage.tiff",
    "pillow/multipage-mmap.tiff",
    "pillow/multipage_out_of_order.tiff",
    "pillow/tiff_strip_planar_raw_with_overviews.tif",
)
SINGLE = (
    "pillow/hopper_bigtiff.tif",
    "pillow/hopper.iccprofile.tif",
    "pillow/hopper_float_dpi_3.tif",
    "pillow/hopper_lzw.tif",
    "pillow/hopper_lzma.tif",
    "pillow/hopper_jpg.tif",
    "pillow/hopper_g4.tif",
    "pillow/g4-fillorder-test.tif",
    "pillow/12bit.cropped.tif",
    "pillow/16bit.deflate.tif",
    "pillow/tiff_16bit_RGB.tiff",
    "pillow/tiff_strip_cmyk_jpeg.tif",
    "pillow/tiff_tiled_planar_lzw.tiff",
    "pillow/tiff_tiled_ycbcr_jpeg_2x2_sampling.tif",
    "pillow/tiff_adobe_deflate.tif",
    "img2pdf/input/CMYK.tif",
    "img2pdf/input/CMYK.jpg",
    "img2pdf/input/gray.png",
    "img2pdf/input/mono.png",
    "img2pdf/input/mono.tif",
    "ocrmypdf/baiona_alpha.png",
    "ocrmypdf/baiona_cmyk.jpg",
    "ocrmypdf/baiona_colormapped.png",
    "ocrmypdf/crom.png",
)
DAMAGED = (
    "pillow/libtiff_segfault.tif",
    "pillow/hopper_unknown_pixel_mode.tif",
    "pillow/seek_too_large.tif",
    "pillow/tiff_overflow_rows_per_strip.tif",
    "pillow/tiff_tiled_jpeg_oob_read.tif",
    "pillow/oom-225817ca0f8c663be7ab4b9e717b02c661e66834.tif",
)


class Facts(NamedTuple):
    mode: str
    size: tuple[int, int]
    dpi: tuple[float, ...]
    compression: Any
    profile: Any


@pytest.fixture
def inverting(monkeypatch: pytest.MonkeyPatch) -> None:
    use_backend(monkeypatch, InvertingBackend())


def test_list_of_pages_that_runs_in_circles_costs_no_page_before_it(
    tmp_path: Path, inverting: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copied("pillow/multipage_multiple_frame_loop.tiff", tmp_path)
    assert main(["clean", str(path), "-o", str(tmp_path / "out.tiff")]) == 1
    assert "page 3, and whatever comes behind it, cannot be found" in capsys.readouterr().err
    with Image.open(tmp_path / "out.tiff") as result:
        assert result.n_frames == 2  # type: ignore[attr-defined]  # reason: Pillow's TIFF images have it


def copied(name: str, folder: Path) -> Path:
    (folder / "in").mkdir()
    return Path(shutil.copy(foreign_file(name), folder / "in"))


def clean(path: Path, *options: str) -> Path:
    output = path.parent.parent / "out" / path.name
    assert main(["clean", str(path), "-o", str(output), *options]) == 0
    return output


def facts_of(path: Path) -> list[Facts]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow complains about some of these files
        with Image.open(path) as image:
            return [_facts(image, number) for number in range(getattr(image, "n_frames", 1))]


def _facts(image: Image.Image, number: int) -> Facts:
    image.seek(number)
    tags = getattr(image, "tag_v2", {})
    compression = tags.get(COMPRESSION, 0)
    dpi = tuple(round(float(value)) for value in image.info.get("dpi", (1, 1)))  # Pillow's for "none" in a TIFF
    mode = image.mode.removesuffix("B")  # the order of bytes may change
    profile = tags.get(ICC_PROFILE) if tags else image.info.get("icc_profile")
    return Facts(mode, image.size, dpi, PACKED_BETTER.get(compression, compression), profile)


@pytest.mark.parametrize("name", SINGLE + DOCUMENTS)
def test_size_resolution_colors_and_packing_survive(name: str, tmp_path: Path, inverting: None) -> None:
    path = copied(name, tmp_path)
    before = path.read_bytes()
    result = clean(path)
    assert path.read_bytes() == before
    assert facts_of(result) == facts_of(path)
    assert result.read_bytes() != before


@pytest.mark.parametrize("name", SINGLE)
def test_page_that_the_model_leaves_alone_is_the_same_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_backend(monkeypatch, IdleBackend())
    path = copied(name, tmp_path)
    assert clean(path).read_bytes() == path.read_bytes()


def frames_of(path: Path) -> list[np.ndarray[Any, Any]]:
    with Image.open(path) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(np.array(image))
        return frames


@pytest.mark.parametrize("name", DOCUMENTS)
def test_pages_that_the_model_leaves_alone_have_the_same_samples(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_backend(monkeypatch, IdleBackend())
    path = copied(name, tmp_path)
    assert all_equal(frames_of(clean(path)), frames_of(path))


def all_equal(first: Sequence[np.ndarray[Any, Any]], second: Sequence[np.ndarray[Any, Any]]) -> bool:
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_every_orientation_gives_the_same_upright_page(tmp_path: Path, inverting: None) -> None:
    upright = []
    for number in range(1, 9):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = clean(copied(f"pillow/g4_orientation_{number}.tif", folder))
        with Image.open(result) as image:
            assert image.getexif().get(ORIENTATION, 1) == 1
            upright.append(np.array(image))
    # Whoever made the eight files drew them anew: a few pixels at the edges of letters differ.
    assert all(np.mean(upright[0] != other) < 0.005 for other in upright[1:])


@pytest.mark.parametrize("name", ["pillow/total-pages-zero.tif", "pillow/pport_g4.tif"])
def test_two_levels_without_their_specks_cost_no_more_than_before(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_backend(monkeypatch, SpeckBackend())
    path = copied(name, tmp_path)
    result = clean(path)
    assert result.read_bytes() != path.read_bytes()
    assert result.stat().st_size <= path.stat().st_size * 1.1


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_file_is_one_sentence(
    name: str, tmp_path: Path, inverting: None, capfd: pytest.CaptureFixture[str]
) -> None:
    path = copied(name, tmp_path)
    before = path.read_bytes()
    assert main(["clean", str(path), "-o", str(tmp_path / "out")]) == 1
    told = capfd.readouterr().err.splitlines()
    (sentence,) = [line for line in told if line.startswith("failed: ")]
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert not any("Traceback" in line for line in told)
    assert not (tmp_path / "out" / path.name).exists()
    assert path.read_bytes() == before
