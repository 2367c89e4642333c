from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image

from docclean.core.job import OutputFormat
from docclean.documents.resolution import read_resolution
from tests.helpers.pages import icc_profile, image_in, profile_for, read, saved, with_change, write

FORMATS = ["png", "jpg", "tif", "webp", "jp2", "bmp"]


def _exif(horizontal: Any, vertical: Any, unit: int | None = 2) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.XResolution], exif[ExifTags.Base.YResolution] = horizontal, vertical
    if unit is not None:
        exif[ExifTags.Base.ResolutionUnit] = unit
    return exif


@pytest.mark.parametrize("dpi", [(300.0, 300.0), (96.0, 96.0), (72.0, 72.0), (204.0, 98.0), (1200.0, 2400.0)])
@pytest.mark.parametrize("suffix", FORMATS)
def test_resolution_survives_keeping_the_format(tmp_path: Path, suffix: str, dpi: tuple[float, float]) -> None:
    options: dict[str, Any] = {"exif": _exif(*dpi)} if suffix == "webp" else {"dpi": dpi}
    source = saved(tmp_path / f"in.{suffix}", image_in("RGB"), **options)
    page = read(source)
    if suffix == "jp2":
        page = replace(page, resolution_dpi=dpi)  # Pillow cannot write it
    assert page.resolution_dpi == dpi
    result = read(write(with_change(page), tmp_path / f"out.{suffix}", source).path)
    assert result.resolution_dpi == dpi


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", "jp2"])
def test_profile_survives_keeping_the_format(tmp_path: Path, suffix: str) -> None:
    source = saved(tmp_path / f"in.{suffix}", image_in("RGB"), icc_profile=icc_profile())
    page = read(source)
    if suffix == "jp2":
        page = replace(page, icc_profile=icc_profile())
    assert page.icc_profile == icc_profile()
    result = read(write(with_change(page), tmp_path / f"out.{suffix}", source).path)
    assert result.icc_profile == icc_profile()


@pytest.mark.parametrize("output_format", [OutputFormat.PNG, OutputFormat.JPEG, OutputFormat.TIFF, OutputFormat.WEBP])
def test_profile_of_another_kind_of_samples_is_not_written(tmp_path: Path, output_format: OutputFormat) -> None:
    source = saved(tmp_path / "in.tif", image_in("CMYK"), icc_profile=profile_for("CMYK"))
    result = read(write(with_change(read(source)), tmp_path / "out", source, output_format).path)
    holds_inks = output_format in (OutputFormat.JPEG, OutputFormat.TIFF)
    assert result.icc_profile == (profile_for("CMYK") if holds_inks else None)


def test_profile_for_gray_goes_when_the_format_has_no_gray(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", image_in("L"), icc_profile=profile_for("GRAY"))
    written = write(read(source), tmp_path / "out.webp", source, OutputFormat.WEBP)
    assert read(written.path).icc_profile is None
    assert written.warnings == (
        "The color profile was left out, because it does not fit the way the result is stored.",
    )


def test_profile_that_never_fitted_stays_with_its_page(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", image_in("L"), icc_profile=profile_for("CMYK"))
    result = read(write(with_change(read(source)), tmp_path / "out.png", source).path)
    assert result.icc_profile == profile_for("CMYK")


def test_resolution_in_whole_dots_per_cm_survives_jpeg(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", image_in("L"), resolution_unit=3, x_resolution=118, y_resolution=118)
    page = read(source)
    assert page.resolution_dpi == (299.72, 299.72)
    assert read(write(page, tmp_path / "out.jpg", source, OutputFormat.JPEG).path).resolution_dpi == (299.72, 299.72)


def test_resolution_with_a_fraction_is_rounded_in_jpeg(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.tif", image_in("L"), dpi=(150.5, 150.5))
    assert read(source).resolution_dpi == (150.5, 150.5)
    assert read(write(read(source), tmp_path / "out.jpg", source, OutputFormat.JPEG).path).resolution_dpi == (150, 150)


@pytest.mark.parametrize("suffix", FORMATS)
def test_resolution_that_no_file_states_is_none(tmp_path: Path, suffix: str) -> None:
    page = read(saved(tmp_path / f"in.{suffix}", image_in("RGB"), **({"dpi": (0, 0)} if suffix == "bmp" else {})))
    assert page.resolution_dpi is None


@pytest.mark.parametrize("dpi", [(1, 1), (0, 0)])
def test_resolution_that_is_nonsense_is_none(tmp_path: Path, dpi: tuple[int, int]) -> None:
    assert read(saved(tmp_path / "in.jpg", image_in("L"), dpi=dpi)).resolution_dpi is None
    assert read(saved(tmp_path / "in.tif", image_in("L"), dpi=dpi)).resolution_dpi is None


def test_resolution_jpeg_with_exif_but_without_density_is_not_invented(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "camera"
    assert read(saved(tmp_path / "in.jpg", image_in("L"), exif=exif)).resolution_dpi is None


@pytest.mark.parametrize(
    ("exif", "expected"),
    [
        (_exif(300.0, 150.0), (300.0, 150.0)),
        (_exif(118.0, 118.0, 3), (299.72, 299.72)),
        (_exif(300.0, 300.0, 1), None),
        (_exif(300.0, 300.0, None), (300.0, 300.0)),
        (_exif(0.0, 300.0), None),
    ],
)
def test_resolution_comes_from_exif_where_the_format_has_none(
    tmp_path: Path, exif: Image.Exif, expected: tuple[float, float] | None
) -> None:
    for suffix in ("jpg", "png", "webp"):
        assert read(saved(tmp_path / f"in.{suffix}", image_in("L"), exif=exif)).resolution_dpi == expected


@pytest.mark.parametrize("value", ["three hundred", None, (1, 2), float("nan"), float("inf"), 1e9])
def test_read_resolution_damaged_value_is_none(value: Any) -> None:
    image = image_in("L")
    image.info["dpi"] = (value, 300)
    assert read_resolution(image, {}) is None
    tags = {int(ExifTags.Base.XResolution): value, int(ExifTags.Base.ResolutionUnit): 2}
    assert read_resolution(image_in("L"), tags) is None


def test_read_resolution_missing_vertical_is_like_horizontal() -> None:
    assert read_resolution(image_in("L"), {int(ExifTags.Base.XResolution): 200}) == (200.0, 200.0)
