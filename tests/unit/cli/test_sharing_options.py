"""Options about sharing the work: what contradicts itself is refused, and results do not depend on them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docclean.cli.main import main
from docclean.core.errors import UsageError
from docclean.engine.worker_processes import ProcessCrew
from docclean.models.catalog import Catalog
from tests.helpers.scans import contents, dirty_page


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        dirty_page(90 + number).save(folder / f"p{number}.png")
    pages = [dirty_page(mode="L"), dirty_page(60, 80, "RGB")]
    pages[0].save(folder / "two.tif", save_all=True, append_images=pages[1:])
    return folder


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--workers", "0"], "--workers 0: give a number from 1 to 1024, or auto."),
        (["--workers", "many"], "--workers many: give a number"),
        (["--workers", "-3"], "--workers -3: give a number"),
        (["--engine", "steam"], "--engine steam: is not one to choose; it can be local or ray."),
        (["--address", "auto"], "--address auto: is that of a cluster; add --engine ray or leave it out."),
    ],
)
def test_what_contradicts_itself_is_a_sentence(
    scans: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    assert main(["clean", str(scans), "-o", str(scans.parent / "out"), *options]) == 2
    assert sentence in capsys.readouterr().err
    assert not (scans.parent / "out").exists()


def test_ray_that_is_not_installed_is_a_sentence(
    scans: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["clean", str(scans), "-o", str(scans.parent / "out"), "--engine", "ray"]) == UsageError.exit_code
    assert "pip install 'docclean[cluster]'" in capsys.readouterr().err


def test_several_processes_give_what_one_gives(
    scans: Path, tmp_path: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    (scans / "broken.png").write_bytes(b"no page")
    reports = []
    for workers in ("1", "2"):
        out, report = tmp_path / "out" / workers, tmp_path / f"{workers}.json"
        code = main(["clean", str(scans), "-o", str(out), "--workers", workers, "--json", str(report)])
        assert code == 1
        reports.append(json.loads(report.read_text(encoding="utf-8")))
    one, two = (contents(tmp_path / "out" / workers) for workers in ("1", "2"))
    assert one == two
    assert sorted(one) == ["p0.png", "p1.png", "p2.png", "two.tif"]
    told = [[(page["input"], page["page"], page["status"], page["models"]) for page in r["pages"]] for r in reports]
    assert told[0] == told[1]
    again = main(["clean", str(scans / "p0.png"), str(scans / "two.tif"), "-o", str(tmp_path / "out" / "2")])
    assert again == 0
    assert "3 done before" in capsys.readouterr().out


def test_a_single_page_starts_no_process(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (9, 7)).save(tmp_path / "a.png")
    monkeypatch.setattr("docclean.engine.worker_processes.ProcessCrew.start", lambda crew: pytest.fail("started"))
    assert main(["clean", str(tmp_path / "a.png"), "-o", str(tmp_path / "out"), "--workers", "4"]) == 0


def test_a_folder_of_twelve_images_is_shared(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    for number in range(12):
        dirty_page(60 + number).save(scans / f"p{number}.png")
    crews: list[int] = []
    monkeypatch.setattr("docclean.engine.worker_count.available_cores", lambda: 2)
    monkeypatch.setattr("docclean.engine.worker_count._MEMORY_OF_A_WORKER", 1)
    begin = ProcessCrew.__init__

    def noted(crew: ProcessCrew, size: int, *rest: Any) -> None:
        crews.append(size)
        begin(crew, size, *rest)

    monkeypatch.setattr(ProcessCrew, "__init__", noted)
    assert main(["clean", str(scans), "-o", str(tmp_path / "out")]) == 0
    assert crews == [2]
    assert len(contents(tmp_path / "out")) == 12
    assert main(["clean", str(scans), "-o", str(tmp_path / "one"), "--workers", "1"]) == 0
    assert crews == [2]
    assert contents(tmp_path / "one") == contents(tmp_path / "out")
