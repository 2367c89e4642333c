from pathlib import Path

import pytest
from PIL import Image

from docclean.cli.report import prepare_report
from docclean.core.errors import UsageError
from docclean.core.recipe import Recipe
from docclean.engine.planning import CleanOptions, plan_jobs


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    (folder / "sub").mkdir(parents=True)
    for name in ("p10.png", "p2.png", "sub/p1.jpg"):
        Image.new("L", (9, 7)).save(folder / name)
    pages = [Image.new("1", (9, 7)) for _ in range(3)]
    pages[0].save(folder / "book.tif", save_all=True, append_images=pages[1:])
    (folder / "notes.txt").write_text("no page", encoding="utf-8")
    return folder


def test_report_folder_is_made(tmp_path: Path) -> None:
    prepare_report(tmp_path / "new" / "deep" / "r.json")
    assert (tmp_path / "new" / "deep").is_dir()


@pytest.mark.parametrize(
    "name", ["scans/p2.png", "out/any.jpg", "scans", "scans/notes.txt/r.json", "scans/page", "out/page"]
)
def test_report_that_would_replace_a_page_or_cannot_be_is_refused(name: str, scans: Path, tmp_path: Path) -> None:
    Image.new("L", (9, 7)).save(scans / "page", format="PNG")
    jobs = plan_jobs(CleanOptions((scans / "page",), tmp_path / "out"), Recipe()).jobs
    with pytest.raises(UsageError, match="--json"):
        prepare_report(tmp_path / name, jobs)
