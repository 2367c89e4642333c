"""Nothing is lost without a word: cut-off documents, and reports that would replace something."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docclean.cli.planning import prepare_report
from docclean.core.errors import ReadError, UsageError
from docclean.documents.discover import discover
from docclean.documents.reader import read_page


@pytest.mark.parametrize("share", [0.5, 0.7, 0.8, 0.9, 0.97])
def test_cut_off_document_is_never_taken_for_a_shorter_one(share: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    first, *others = [Image.fromarray(rng.integers(0, 255, (60, 80), dtype=np.uint8)) for _ in range(3)]
    path = tmp_path / "cut.tif"
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    sources = discover([path], recursive=False).sources
    with pytest.raises(ReadError, match=r"cut\.tif: is damaged or cut off"):
        [read_page(source) for source in sources]


def test_report_replaces_an_earlier_report_only(tmp_path: Path) -> None:
    notes, report, link = tmp_path / "notes.txt", tmp_path / "report.json", tmp_path / "link.json"
    notes.write_text("precious", encoding="utf-8")
    report.write_text('{"program": "docclean"}', encoding="utf-8")
    prepare_report(report)
    link.symlink_to(report)
    for path in (notes, link):
        with pytest.raises(UsageError, match="exists and is not a report"):
            prepare_report(path)
    assert notes.read_text(encoding="utf-8") == "precious"
