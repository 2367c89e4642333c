"""Pages to learn from, found and looked at by the code that training uses."""

from collections.abc import Sequence

from docclean.gui.pair_check import PagesWanted, PairRow


class TrainingPages:
    """A `PairReader` of real files. What it needs is loaded on the first call, beside the window's thread."""

    def find(self, wanted: PagesWanted) -> Sequence[PairRow]:
        """Find pairs, or pages alone.

        Raises:
            DoccleanError: A folder or the table cannot be read.
        """
        raise NotImplementedError

    def look_at(self, row: PairRow, wanted: PagesWanted) -> PairRow:
        """Read a pair and say whether it can be used."""
        raise NotImplementedError
