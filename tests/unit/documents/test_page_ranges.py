from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import UsageError
from docclean.core.page import PageSource
from docclean.documents.page_ranges import ALL_PAGES, PageRanges, parse_page_ranges

_PAGES = st.integers(1, 10_000)


@st.composite
def _ranges(draw: st.DrawFn) -> PageRanges:
    pairs = draw(st.lists(st.tuples(_PAGES, _PAGES | st.none()), min_size=1, max_size=5))
    return PageRanges(tuple((first, last if last is None else max(first, last)) for first, last in pairs))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("1-5,9", [1, 2, 3, 4, 5, 9]), ("7-", [7, 8, 9, 10]), ("-3", [1, 2, 3]), (" 2 , 4 - 5 ", [2, 4, 5]), ("99", [])],
)
def test_parse_page_ranges_means_pages_from_one(text: str, chosen: list[int]) -> None:
    ranges = parse_page_ranges(text)
    assert [page + 1 for page in range(10) if ranges.holds(page)] == chosen


@pytest.mark.parametrize("text", ["", "  "])
def test_parse_page_ranges_of_nothing_is_every_page(text: str) -> None:
    assert parse_page_ranges(text) == ALL_PAGES
    assert ALL_PAGES.holds(123_456)


@pytest.mark.parametrize("text", ["0", "5-2", "a", "-", "1,,2", "1-2-3", "3 5", "1.5", "+3", "٣", "9" * 50, "0-4", ","])
def test_parse_page_ranges_of_something_else_is_a_sentence(text: str) -> None:
    with pytest.raises(UsageError) as fault:
        parse_page_ranges(text)
    assert str(fault.value).startswith(f"--pages {text}: ")


@given(_ranges())
def test_page_ranges_survive_being_written(ranges: PageRanges) -> None:
    assert parse_page_ranges(str(ranges)) == ranges


@given(st.text(max_size=12))
def test_parse_page_ranges_of_any_text_is_ranges_or_a_sentence(text: str) -> None:
    try:
        ranges = parse_page_ranges(text)
    except UsageError:
        return
    assert all(first >= 1 and (last is None or last >= first) for first, last in ranges.ranges)


def test_chosen_pages_keep_the_number_of_pages_of_their_file() -> None:
    sources = [PageSource(path=Path("a.pdf"), page=page, pages=4, relative=Path("a.pdf")) for page in range(4)]
    chosen = parse_page_ranges("2,4").chosen(sources)
    assert [(source.page, source.pages) for source in chosen] == [(1, 4), (3, 4)]
