import unicodedata
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import UsageError
from docclean.core.job import OutputFormat
from docclean.core.page import PageSource
from docclean.documents.formats import FORMAT_NAMES, OUTPUT_SUFFIXES, format_of_suffix
from docclean.documents.naming import plan_outputs

OUT = Path("/out")


def sources_of(*relatives: str, pages: int = 1) -> list[PageSource]:
    """Make sources in folders of their own, so that equal relative paths are different files."""
    return [
        PageSource(path=Path(f"/in/{number}") / relative, page=page, pages=pages, relative=Path(relative))
        for number, relative in enumerate(relatives)
        for page in range(pages)
    ]


def planned(*relatives: str, output_format: OutputFormat = OutputFormat.KEEP, pages: int = 1) -> list[str]:
    paths = plan_outputs(sources_of(*relatives, pages=pages), OUT, format=output_format, is_folder=True)
    return [path.relative_to(OUT).as_posix() for path in paths]


def test_plan_outputs_keep_has_the_same_names_and_folders() -> None:
    names = ["a.png", "sub/ü/ページ 📄.TIF", "no suffix", "archive.2024", ".hidden.jpg"]
    assert planned(*names) == names


def test_plan_outputs_conversion_changes_only_the_suffix_of_another_format() -> None:
    assert planned("a.jpg", "b.PNG", "sub/c.tiff", "d", "e.2024", output_format=OutputFormat.PNG) == [
        "a.png", "b.PNG", "sub/c.png", "d.png", "e.2024.png",
    ]  # fmt: skip
    assert planned("a.jpeg", "b.JPE", "c.png", output_format=OutputFormat.JPEG) == ["a.jpeg", "b.JPE", "c.jpg"]
    assert planned("a.tiff", "b.jpg", output_format=OutputFormat.TIFF) == ["a.tiff", "b.tif"]


def test_plan_outputs_collisions_get_numbers_in_order() -> None:
    assert planned("a.png", "a.jpg", "a.tif", output_format=OutputFormat.PNG) == ["a.png", "a (2).png", "a (3).png"]
    assert planned("scan/a.png", "scan/a.png", "scan/a (2).png") == [
        "scan/a.png",
        "scan/a (2).png",
        "scan/a (2) (2).png",
    ]


def test_plan_outputs_names_that_differ_by_case_or_composition_collide() -> None:
    assert planned("Page.png", "page.PNG") == ["Page.png", "page (2).PNG"]
    composed, decomposed = "é.png", unicodedata.normalize("NFD", "é.png")
    assert planned(composed, decomposed)[1].endswith(" (2).png")


def test_plan_outputs_file_never_takes_the_name_of_a_folder() -> None:
    assert planned("a.png", "a.png/b.png") == ["a (2).png", "a.png/b.png"]


def test_plan_outputs_document_shares_a_tiff_file() -> None:
    assert planned("a.tif", pages=3) == ["a.tif"] * 3
    assert planned("a.tif", pages=3, output_format=OutputFormat.TIFF) == ["a.tif"] * 3


def test_plan_outputs_document_is_one_pdf_file() -> None:
    assert planned("a.tif", pages=3, output_format=OutputFormat.PDF) == ["a.pdf"] * 3


def test_plan_outputs_pdf_files_of_equal_names_get_numbers() -> None:
    assert planned("a.png", "a.jpg", output_format=OutputFormat.PDF) == ["a.pdf", "a (2).pdf"]


def test_plan_outputs_document_is_a_file_per_page_elsewhere() -> None:
    assert planned("a.tif", pages=2, output_format=OutputFormat.PNG) == ["a-p001.png", "a-p002.png"]
    many = planned("a.tif", pages=1200, output_format=OutputFormat.JPEG)
    assert (many[0], many[-1]) == ("a-p0001.jpg", "a-p1200.jpg")


def test_plan_outputs_page_name_that_is_taken_moves_the_whole_document() -> None:
    sources = sources_of("a-p002.png") + [
        source.model_copy(update={"path": Path("/in/x/a.tif")}) for source in sources_of("a.tif", pages=2)
    ]
    paths = plan_outputs(sources, OUT, format=OutputFormat.PNG, is_folder=True)
    assert [path.name for path in paths] == ["a-p002.png", "a (2)-p001.png", "a (2)-p002.png"]


def test_plan_outputs_some_pages_of_a_document_keep_their_numbers() -> None:
    sources = [source for source in sources_of("a.tif", pages=5) if source.page in (1, 3)]
    paths = plan_outputs(sources, OUT, format=OutputFormat.PNG, is_folder=True)
    assert [path.name for path in paths] == ["a-p002.png", "a-p004.png"]


def test_plan_outputs_one_input_may_go_to_a_named_file() -> None:
    file = OUT / "result.bin"
    assert plan_outputs(sources_of("a.png"), file, format=OutputFormat.KEEP, is_folder=False) == [file]
    document = sources_of("a.tif", pages=2)
    assert plan_outputs(document, OUT / "r.tif", format=OutputFormat.TIFF, is_folder=False) == [OUT / "r.tif"] * 2
    assert plan_outputs(document, OUT / "r.png", format=OutputFormat.PNG, is_folder=False) == [
        OUT / "r-p001.png", OUT / "r-p002.png",
    ]  # fmt: skip


def test_plan_outputs_several_inputs_to_one_file_are_refused() -> None:
    with pytest.raises(UsageError, match="2 inputs cannot go to one file; give a folder"):
        plan_outputs(sources_of("a.png", "b.png"), OUT / "r.png", format=OutputFormat.KEEP, is_folder=False)


@pytest.mark.parametrize("name", ["a.png", "A.PNG", "b.png"])
def test_plan_outputs_input_as_output_is_refused(name: str) -> None:
    sources = [PageSource(path=Path("/in") / each, relative=Path(each)) for each in ("a.png", "b.png")]
    with pytest.raises(UsageError, match="is an input, which is never changed"):
        plan_outputs(sources, Path("/in"), format=OutputFormat.KEEP, is_folder=True)
    with pytest.raises(UsageError, match="is an input"):
        plan_outputs(sources[:1], Path("/in/x/..") / "a.png", format=OutputFormat.KEEP, is_folder=False)
    if name == "b.png":  # a JPEG converted over a PNG that is an input, too
        mixed = [PageSource(path=Path("/in/b.jpg"), relative=Path("b.jpg")), sources[1]]
        with pytest.raises(UsageError, match="is an input"):
            plan_outputs(mixed, Path("/in"), format=OutputFormat.PNG, is_folder=True)


def test_plan_outputs_names_too_long_are_cut() -> None:
    names = planned(
        "ü" * 125 + ".png", "ü" * 125 + ".jpg", "x" * 255, "y" + "." + "z" * 200, output_format=OutputFormat.PNG
    )
    assert all(len(name.encode()) <= 255 for name in names)
    assert len(set(names)) == 4
    assert all(name.endswith(".png") for name in names[:3])


def test_plan_outputs_strange_relative_paths_stay_inside() -> None:
    assert planned("../../etc/a.png", "/etc/b.png") == ["etc/a.png", "etc/b.png"]
    source = PageSource(path=Path("/in/a.png"), relative=Path(".."))
    assert plan_outputs([source], OUT, format=OutputFormat.KEEP, is_folder=True) == [OUT / "a.png"]
    source = PageSource(path=Path("/"), relative=Path())
    assert plan_outputs([source], OUT, format=OutputFormat.KEEP, is_folder=True) == [OUT / "page"]


def test_plan_outputs_nothing_gives_nothing() -> None:
    assert plan_outputs([], OUT, format=OutputFormat.KEEP, is_folder=True) == []


NAMES = st.one_of(
    st.sampled_from(
        ["a.png", "A.png", "a.jpg", "a.tif", "a (2).png", "a-p001.png", "a", "..", "é.png", "ÉE\u0301.TIF"]
    ),
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=300),
)


@given(
    relatives=st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), max_size=12),
    output_format=st.sampled_from(OutputFormat),
    pages=st.integers(1, 3),
)
def test_plan_outputs_are_distinct_inside_and_rightly_named(
    relatives: list[str], output_format: OutputFormat, pages: int
) -> None:
    sources = sources_of(*relatives, pages=pages)
    paths = plan_outputs(sources, OUT, format=output_format, is_folder=True)
    assert paths == plan_outputs(sources, OUT, format=output_format, is_folder=True)
    assert len(paths) == len(sources)
    shares = output_format in (OutputFormat.KEEP, OutputFormat.TIFF, OutputFormat.PDF)
    distinct = {unicodedata.normalize("NFC", str(path)).casefold() for path in paths}
    assert len(distinct) == (len(relatives) if shares else len(sources))
    parents = {unicodedata.normalize("NFC", str(parent)).casefold() for path in paths for parent in path.parents}
    assert not distinct & parents
    for path in paths:
        assert path.is_relative_to(OUT)
        assert path != OUT
        assert ".." not in path.parts
        assert len(path.name.encode()) <= 255
        if output_format is not OutputFormat.KEEP:
            assert path.suffix.lower() in OUTPUT_SUFFIXES[FORMAT_NAMES[output_format]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.png", OutputFormat.PNG), ("a.TIFF", OutputFormat.TIFF), ("a.jpeg", OutputFormat.JPEG),
        ("a.webp", OutputFormat.WEBP), ("a.PDF", OutputFormat.PDF),
        ("a.bmp", OutputFormat.KEEP), ("a", OutputFormat.KEEP),
    ],
)  # fmt: skip
def test_format_of_suffix_knows_what_can_be_converted_to(name: str, expected: OutputFormat) -> None:
    assert format_of_suffix(PurePath(name)) is expected
