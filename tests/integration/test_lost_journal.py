"""A journal that is lost: receipts beside the results tell what they are."""

from pathlib import Path

import pytest

from docclean.cli.main import main
from docclean.engine.journal_file import JOURNAL_NAME
from tests.helpers.scans import contents, dirty_page


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    dirty_page().save(folder / "a.png")
    pages = [dirty_page(), dirty_page(mode="RGB")]
    pages[0].save(folder / "book.tif", save_all=True, append_images=pages[1:])
    return folder


def clean(scans: Path, *options: str) -> int:
    return main(["clean", str(scans), "-o", str(scans.parent / "out"), "--device", "cpu", *options])


@pytest.mark.parametrize("loss", ["gone", "damaged"])
def test_results_with_receipts_beside_them_are_known_again(
    loss: str, scans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = scans.parent / "out"
    assert clean(scans, "--receipts", "sidecar") == 0
    before = contents(out)
    if loss == "gone":
        (out / JOURNAL_NAME).unlink()
    else:
        (out / JOURNAL_NAME).write_bytes(b"nothing that a database is" * 100)
    capsys.readouterr()
    assert clean(scans, "--receipts", "sidecar") == 0
    output, errors = capsys.readouterr()
    assert output.startswith("3 pages: 3 done before.")
    assert ("The journal was damaged" in errors) is (loss == "damaged")
    assert contents(out) == before
    assert clean(scans, "--receipts", "sidecar") == 0


@pytest.mark.parametrize("change", ["result", "input", "recipe", "receipt"])
def test_receipt_that_does_not_fit_vouches_for_nothing(change: str, scans: Path) -> None:
    out = scans.parent / "out"
    assert clean(scans, "--receipts", "sidecar") == 0
    (out / JOURNAL_NAME).unlink()
    options: tuple[str, ...] = ()
    if change == "result":
        (out / "a.png").write_bytes(b"edited")
    elif change == "input":
        dirty_page(91, 71).save(scans / "a.png")
    elif change == "recipe":
        options = ("--strength", "50")
    else:
        (out / "a.png.docclean.json").write_text("{}", encoding="utf-8")
    before = (out / "a.png").read_bytes()
    assert clean(scans, "--receipts", "sidecar", *options) == 1
    assert (out / "a.png").read_bytes() == before
