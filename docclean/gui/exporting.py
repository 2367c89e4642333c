"""Files of cleaned pages for a drag into another program."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from docclean.core.errors import ChangedInputError
from docclean.core.files import state_of
from docclean.core.job import OutputFormat, OutputSpec
from docclean.documents.drafts import read_draft
from docclean.documents.naming import plan_outputs
from docclean.documents.reader import read_page
from docclean.documents.writer import write_page
from docclean.engine.geometry import straighten
from docclean.gui.page_item import CLEANED, PageItem
from docclean.gui.replacing import HAS_CHANGED


def export_pages(items: Sequence[PageItem]) -> list[Path]:
    """Make files of cleaned pages in a folder of temporary ones, for a drag into another program.

    Small enough to be done while the drag waits: nothing is cleaned here. Pages without a result are left out.

    Raises:
        DoccleanError: A page cannot be read or written.
    """
    cleaned = [item for item in items if item.status in CLEANED]
    folder = Path(tempfile.mkdtemp(prefix="docclean-"))
    sources = [item.source.model_copy(update={"pages": 1, "page": 0}) for item in cleaned]
    names = plan_outputs(
        [s.model_copy(update={"path": s.path / str(n)}) for n, s in enumerate(sources)],
        folder,
        format=OutputFormat.KEEP,
        is_folder=True,
    )
    files = []
    for item, name in zip(cleaned, names, strict=True):
        if item.result is not None and item.result.input_state not in (None, state_of(item.source.path)):
            raise ChangedInputError(item.source.path, HAS_CHANGED)
        page = read_page(item.source)
        if item.draft is not None:
            page = straighten(page, item.straightening.geometry)
            page = replace(page, pixels=read_draft(item.draft, page.size))
        files.append(write_page(page, OutputSpec(path=name), item.source).path)
    return files
