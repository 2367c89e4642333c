from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import DoccleanError, ReadError, TrainingError
from docclean.training.pair_table import TableRow, _parted, read_table


def table(folder: Path, content: str | bytes) -> Path:
    path = folder / "pairs.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("head", ["", "dirty{0}clean\n", "\ufeffDirty{0} Clean\r\n"])
def test_rows_are_read_with_any_delimiter_and_header(mark: str, head: str, tmp_path: Path) -> None:
    path = table(tmp_path, head.format(mark) + f"a 1.png{mark}b.png\n\nsub/c.tif{mark} d.pdf\n")
    rows = read_table(path)
    assert [(row.dirty, row.clean) for row in rows] == [
        (tmp_path / "a 1.png", tmp_path / "b.png"),
        (tmp_path / "sub/c.tif", tmp_path / "d.pdf"),
    ]
    assert rows[1].line == rows[0].line + 2


def test_header_may_name_columns_in_any_order(tmp_path: Path) -> None:
    (row,) = read_table(table(tmp_path, "note,clean,dirty\nfirst,c.png,d.png\n"))
    assert row == TableRow(2, tmp_path / "d.png", tmp_path / "c.png")


def test_names_may_hold_other_delimiters_and_paths_be_absolute(tmp_path: Path) -> None:
    first, second = read_table(table(tmp_path, f'"a, b.png";c.png\n{tmp_path / "x.png"};é.png\n'))
    assert first.dirty == tmp_path / "a, b.png"
    assert (second.dirty, second.clean) == (tmp_path / "x.png", tmp_path / "é.png")


def test_empty_cell_is_none(tmp_path: Path) -> None:
    first, second, third = read_table(table(tmp_path, "a.png,b.png\n,c.png\nd.png\n"))
    assert None not in (first.dirty, first.clean)
    assert (second.dirty, third.clean) == (None, None)


def test_utf16_with_its_mark_is_read(tmp_path: Path) -> None:
    (row,) = read_table(table(tmp_path, "ü.png\tb.png\n".encode("utf-16")))
    assert row.dirty == tmp_path / "ü.png"


@pytest.mark.parametrize(
    ("content", "kind", "sentence"),
    [
        (b"", TrainingError, "has no row"),
        (b"dirty,clean\n", TrainingError, "has no row"),
        (b"\xe9.png,b.png\n", ReadError, "CSV UTF-8"),
        (b"a\0b,c\n", ReadError, "not a text file"),
        (b"a,b" * 100_000, ReadError, "is not a table"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(
    content: bytes, kind: type[DoccleanError], sentence: str, tmp_path: Path
) -> None:
    path = table(tmp_path, content)
    with pytest.raises(kind, match=sentence) as fault:
        read_table(path)
    assert str(fault.value).startswith(str(path))


def test_missing_table_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="was not found"):
        read_table(tmp_path / "none.csv")


@given(st.lists(st.tuples(*[st.text("abé0_. ", max_size=9).map(lambda stem: f"x{stem}.png")] * 2), min_size=1))
def test_any_names_survive(names: list[tuple[str, str]]) -> None:
    text = "\n".join(f"{dirty};{clean}" for dirty, clean in names)
    assert [tuple(cells) for _, cells in _parted(text, ";")] == names
