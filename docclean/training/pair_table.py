"""Tables of pairs: CSV files with a dirty and a clean page in each row."""

import codecs
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docclean.core.errors import ReadError, TrainingError
from docclean.core.files import explain_read_fault

_DELIMITERS = ",;\t"
_DIRTY, _CLEAN = "dirty", "clean"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LARGEST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that names a pair.

    Attributes:
        line: Number of its line in the file, from 1.
        dirty: File of the dirty page; None where the cell is empty.
        clean: File of its clean twin; as above.
    """

    line: int
    dirty: Path | None
    clean: Path | None


def read_table(table: Path) -> tuple[TableRow, ...]:
    """Read the rows of a table.

    Commas, semicolons or tabs may part the cells. A first row "dirty,clean" names the columns, in any order and among
    others; without it the first two are taken. Paths are relative to the table's folder. UTF-8, with or without the
    mark that spreadsheets write, or UTF-16 with it.

    Raises:
        ReadError: The file cannot be read, or is no such table.
        TrainingError: It has no row.
    """
    lines = [(number, cells) for number, cells in _cells(table) if any(cells)]
    columns = (0, 1)
    if lines:
        heads = [cell.casefold() for cell in lines[0][1]]
        if _DIRTY in heads and _CLEAN in heads:
            columns = heads.index(_DIRTY), heads.index(_CLEAN)
            lines = lines[1:]
    if not lines:
        raise TrainingError(f"{table}: has no row; write a dirty and a clean file in each row, with a comma between.")
    return tuple(TableRow(number, *(_file(table, cells, column) for column in columns)) for number, cells in lines)


def _file(table: Path, cells: Sequence[str], column: int) -> Path | None:
    cell = cells[column] if column < len(cells) else ""
    return table.parent / cell if cell else None


def _cells(table: Path) -> list[tuple[int, list[str]]]:
    text = _text(table)
    try:
        return min((_parted(text, delimiter) for delimiter in _DELIMITERS), key=_oddness)
    except csv.Error as fault:
        raise ReadError(table, "is not a table; save it from your spreadsheet as CSV.") from fault


def _parted(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
    return [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]


def _oddness(lines: Sequence[tuple[int, Sequence[str]]]) -> tuple[int, int]:
    """How unlike a table of pairs the cells are: rows of fewer than two cells, then cells beyond the second."""
    counts = [len(cells) for _, cells in lines if any(cells)]
    return sum(count < 2 for count in counts), sum(max(0, count - 2) for count in counts)


def _text(table: Path) -> str:
    try:
        if table.stat().st_size > _LARGEST_BYTES:
            raise ReadError(table, "is too large for a table of pairs; choose a CSV file.")
        content = table.read_bytes()
    except OSError as fault:
        raise ReadError(table, explain_read_fault(fault)) from fault
    try:
        text = content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ReadError(table, 'is not in UTF-8; save it from your spreadsheet as "CSV UTF-8".') from fault
    if "\0" in text:
        raise ReadError(table, "is not a text file; save it from your spreadsheet as CSV.")
    return text
