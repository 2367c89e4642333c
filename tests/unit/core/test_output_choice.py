import os
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from docclean.core.job import OutputFormat
from docclean.core.output_choice import OutputChoice, explain_pattern, named
from docclean.core.page import PageSource
from docclean.documents.naming import plan_outputs

names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda name: name not in (".", "..")
)
patterns = (
    st.lists(st.sampled_from(["{stem}", "{n}", "{page}", "-", " ", ".", "x", "Ü"]) | st.text(max_size=4), max_size=6)
    .map("".join)
    .filter(lambda pattern: not explain_pattern(pattern))
)
formats = st.sampled_from(list(OutputFormat))


def source_of(relative: str, page: int = 0, pages: int = 1) -> PageSource:
    return PageSource(path=Path("/in") / relative, page=page, pages=pages, relative=Path(relative))


def name_of(relative: str, pattern: str, *, number: int = 1, page: int = 0, pages: int = 1) -> str:
    return named(source_of(relative, page, pages), number, OutputChoice(pattern=pattern)).relative.as_posix()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{stem}-clean", "sub/scan-clean.jpg"),
        ("{n} {stem}", "sub/007 scan.jpg"),
        ("{stem}_{page}", "sub/scan_001.jpg"),
        ("page {n}", "sub/page 007.jpg"),
        ("{stem}", "sub/scan.jpg"),
    ],
)
def test_named_pattern_is_filled_in(pattern: str, expected: str) -> None:
    assert name_of("sub/scan.jpg", pattern, number=7) == expected


def test_named_pages_of_one_file_leave_the_page_out() -> None:
    assert name_of("scan.tif", "{stem}-{page}", page=2, pages=12) == "scan.tif"


def test_named_lone_page_number_of_one_file_becomes_the_stem() -> None:
    assert name_of("scan.tif", "{page}", page=2, pages=12) == "scan.tif"


def test_named_replacing_originals_changes_nothing() -> None:
    source = source_of("scan.jpg")
    assert named(source, 1, OutputChoice(replaces_originals=True)) is source


def test_named_pages_in_files_of_their_own_are_planned_by_their_numbers() -> None:
    choice = OutputChoice(pattern="{stem} {page}", format=OutputFormat.PNG)
    sources = [named(source_of("scan.tif", page, 3), 1, choice) for page in range(3)]
    paths = plan_outputs(sources, Path("/out"), format=choice.format, is_folder=True)
    assert [path.name for path in paths] == ["scan 001.png", "scan 002.png", "scan 003.png"]


@pytest.mark.parametrize(
    "pattern", ["", "  ", "..", "a/b", "a\\b", "{name}", "{stem", "{}", ".x", "a:b", "CON", "lpt1.x", "a\nb", "x" * 200]
)
def test_explain_pattern_that_gives_no_name_says_why(pattern: str) -> None:
    assert explain_pattern(pattern).endswith(".")


def test_output_choice_refuses_a_pattern_that_gives_no_name() -> None:
    with pytest.raises(ValidationError):
        OutputChoice(pattern="../{stem}")


def test_output_choice_survives_json() -> None:
    choice = OutputChoice(folder=Path("/clean"), pattern="{n}", format=OutputFormat.TIFF)
    assert OutputChoice.model_validate_json(choice.model_dump_json()) == choice


@given(names, patterns, formats, st.integers(1, 20_000), st.integers(0, 20))
def test_named_any_pattern_stays_in_its_folder(
    name: str, pattern: str, output_format: OutputFormat, number: int, page: int
) -> None:
    source = PageSource(path=Path("/in") / name, page=page, pages=21, relative=Path("sub") / name)
    relative = named(source, number, OutputChoice(pattern=pattern, format=output_format)).relative
    assert relative.parent == Path("sub")
    assert relative.name not in ("", ".", "..")
    assert len(os.fsencode(relative.name)) <= 255


@given(names, patterns, st.integers(1, 20_000))
def test_named_any_pattern_keeps_the_suffix(name: str, pattern: str, number: int) -> None:
    source = PageSource(path=Path("/in") / name, relative=Path(name))
    suffix = PurePath(name).suffix
    assert named(source, number, OutputChoice(pattern=pattern)).relative.name.endswith(suffix)


@given(names, patterns, formats)
def test_named_any_pattern_can_be_planned(name: str, pattern: str, output_format: OutputFormat) -> None:
    source = PageSource(path=Path("/in") / name, relative=Path(name))
    choice = OutputChoice(pattern=pattern, format=output_format)
    (path,) = plan_outputs([named(source, 1, choice)], Path("/out"), format=output_format, is_folder=True)
    assert path.parent == Path("/out")
