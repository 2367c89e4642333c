"""Pages to learn from, found and looked at by the code that training uses."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from docclean.gui.pair_check import PagesWanted, PairRow, PairState, unusable
from docclean.gui.wording import in_the_window
from docclean.training.finetune.request import Mode

if TYPE_CHECKING:
    from docclean.training.pairs import PairOfPages


class TrainingPages:
    """A `PairReader` of real files. What it needs is loaded on the first call, beside the window's thread."""

    def find(self, wanted: PagesWanted) -> Sequence[PairRow]:
        """Find pairs, or pages alone.

        Raises:
            DoccleanError: A folder or the table cannot be read, or holds nothing of use.
        """
        from docclean.training.pairs import find_pages

        if wanted.mode is Mode.OWN_PAPER:
            return [PairRow(source.path.stem, source, None) for source in find_pages(wanted.dirty)]
        return [_row_of(pair) for pair in _pairs(wanted)]

    def look_at(self, row: PairRow, wanted: PagesWanted) -> PairRow:
        """Read a pair and say whether it can be used."""
        from docclean.core.errors import DoccleanError
        from docclean.training.pairs import PairOfPages, read_pair, read_sheet

        try:
            if row.clean is None:
                assert row.dirty is not None  # noqa: S101 - a page alone is a dirty one
                sheet = read_sheet(row.dirty, wanted.dpi)
                size = sheet.shape[0] * sheet.shape[1]
                return replace(row, state=PairState.FITS, sentence=_text("can be read"), pixels=size)
            pair = read_pair(PairOfPages(row.name, row.dirty, row.clean), wanted.dpi)
        except DoccleanError as fault:
            return unusable(row, _plain(str(fault), row))
        except MemoryError:
            return unusable(row, _text("does not fit into memory; scan it at a lower resolution."))
        words = _text("fits, {distance} px apart after it was put right") if pair.was_moved else _text("fits")
        distance = QLocale().toString(pair.residual_px, "f", 1)
        sentence = " ".join(filter(None, [words.format(distance=distance), _plain(pair.remark, row)]))
        size = pair.clean.shape[0] * pair.clean.shape[1]
        return replace(row, state=PairState.FITS, sentence=sentence, pixels=size)


def _pairs(wanted: PagesWanted) -> Sequence["PairOfPages"]:
    from docclean.training.pairs import find_pairs, find_pairs_by_suffix, find_pairs_in_table

    if wanted.table is not None:
        return find_pairs_in_table(wanted.table)
    if wanted.clean is None:
        return find_pairs_by_suffix(wanted.dirty, wanted.dirty_suffix, wanted.clean_suffix)
    return find_pairs(wanted.dirty, wanted.clean)


def _row_of(pair: "PairOfPages") -> PairRow:
    row = PairRow(pair.name, pair.dirty, pair.clean)
    return row if pair.is_usable else unusable(row, _plain(pair.sentence, row))


def _plain(sentence: str, row: PairRow) -> str:
    """A sentence without the file that it begins with, which stands beside it."""
    for source in filter(None, (row.dirty, row.clean)):
        head, colon, rest = sentence.partition(": ")
        if colon and head.startswith(str(source.path)):
            return in_the_window(rest)
    return in_the_window(sentence)


def _text(words: str) -> str:
    return QCoreApplication.translate("TrainingPages", words)
