"""The report that people read: one file that is sound HTML, loads nothing, and tells failures first."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docclean.core.errors import UsageError, WriteError
from docclean.core.job import JobStatus, OutputFormat, OutputSpec, PageJob, PageResult
from docclean.core.recipe import Recipe
from docclean.documents.discover import Skipped
from docclean.engine.html_report import HtmlReport
from docclean.engine.planning import CleanPlan, Refused
from docclean.engine.report_files import open_report
from docclean.engine.run_report import verify_report
from tests.helpers.disks import small_disk
from tests.helpers.pages import source_of

VOID = {"meta", "input", "img", "br"}


class Strict(HTMLParser):
    """Refuses what is not closed or not nested; collects what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)


def parsed(path: Path) -> Strict:
    parser = Strict()
    parser.feed(path.read_text(encoding="utf-8"))
    parser.close()
    assert parser.open == []
    return parser


def rows(parser: Strict) -> list[tuple[str, int]]:
    items = [facts for tag, facts in parser.seen if tag == "li" and "data-status" in facts]
    return [(str(facts["data-status"]), int(facts["data-number"] or -1)) for facts in items]


def titles(path: Path) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", path.read_text(encoding="utf-8"))


def pictures(path: Path) -> list[tuple[str, tuple[int, int]]]:
    found = re.findall(r'<img src="data:image/webp;base64,([^"]*)"[^>]*alt="([^"]*)"', path.read_text(encoding="utf-8"))
    return [(words, Image.open(io.BytesIO(base64.b64decode(data))).size) for data, words in found]


def page_file(path: Path, color: int = 90, size: tuple[int, int] = (120, 160)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, color).save(path)
    return path


def job(path: Path, out: Path, number: int = 0, page: int = 0, pages: int = 1, **output: Any) -> PageJob:
    return PageJob(
        id=str(number),
        source=source_of(path, page, pages),
        recipe=Recipe(),
        output=OutputSpec(path=out / path.name, **output),
    )


def done(job: PageJob, **facts: Any) -> PageResult:
    return PageResult(job_id=job.id, status=JobStatus.DONE, output=job.output.path, seconds=1.25, **facts)


def report_of(path: Path, jobs: list[PageJob], results: list[PageResult], **plan: Any) -> Path:
    whole = CleanPlan(tuple(jobs), plan.get("skipped", ()), plan.get("failed", ()))
    with open_report(path, whole) as report:
        for result in results:
            report.add(result)
        report.commit({result.job_id: result for result in results})
    return path


@pytest.fixture
def five(tmp_path: Path) -> Path:
    """Write a report of a run in which everything happened."""
    paths = [page_file(tmp_path / "in" / f"p{number}.png", 20 * number + 40) for number in range(5)]
    jobs = [job(path, tmp_path / "out", number) for number, path in enumerate(paths)]
    for each in jobs[:3]:
        page_file(each.output.path, 250)
    results = [
        done(jobs[0], models=("m-1",), device="CPU"),
        done(jobs[1], warnings=("Slow & <odd>.",)),
        done(jobs[2], is_untouched=True),
        PageResult(job_id="3", status=JobStatus.FAILED, error=f"{paths[3]}: is damaged.", error_code="read"),
    ]
    return report_of(
        tmp_path / "r.html",
        jobs,
        results,
        skipped=(Skipped(tmp_path / "notes.txt", "is no image."),),
        failed=(Refused(tmp_path / "gone.png", "gone.png: was not found."),),
    )


def test_failures_come_first_and_nothing_is_left_out(five: Path) -> None:
    assert rows(parsed(five)) == [
        ("failed", 3),
        ("failed", 5),
        ("stopped", 4),
        ("noted", 1),
        ("done", 0),
        ("clean", 2),
        ("skipped", 6),
    ]
    assert titles(five) == ["p3.png", "gone.png", "p4.png", "p1.png", "p0.png", "p2.png", "notes.txt"]


def test_head_tells_the_totals_and_every_filter_its_number(five: Path) -> None:
    words = " ".join(parsed(five).words)
    assert "6 pages: 3 done, 2 failed, 1 not finished, 1 skipped." in words
    for label in ("Failed (2)", "Not finished (1)", "Done, with notes (1)", "Done (1)", "Was clean (1)", "Skipped (1)"):
        assert label in words


def test_pictures_are_small_and_inside(five: Path) -> None:
    assert sorted(pictures(five)) == [
        ("p0.png after", (120, 160)),
        ("p0.png before", (120, 160)),
        ("p1.png after", (120, 160)),
        ("p1.png before", (120, 160)),
        ("p2.png, which was clean already", (120, 160)),
        ("p3.png before", (120, 160)),
        ("p4.png before", (120, 160)),
    ]


def test_nothing_is_loaded_from_elsewhere(five: Path) -> None:
    parser = parsed(five)
    policy = [str(facts["content"]) for tag, facts in parser.seen if facts.get("http-equiv")]
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    sources = [facts["src"] or "" for _, facts in parser.seen if "src" in facts]
    assert sources
    assert all(source.startswith("data:image/webp;base64,") for source in sources)
    assert {tag for tag, _ in parser.seen} & {"link", "iframe", "object", "embed", "base"} == set()
    content = re.sub(r'base64,[^"]*"', "", five.read_text(encoding="utf-8"))
    assert "http:" not in content
    assert "https:" not in content
    assert "url(" not in content


def test_controls_have_names_and_are_native(five: Path) -> None:
    seen = parsed(five).seen
    assert [facts for tag, facts in seen if tag == "input" and facts.get("type") == "search" and facts["aria-label"]]
    assert all(facts.get("alt") for tag, facts in seen if tag == "img")
    assert not [tag for tag, facts in seen if any(name.startswith("on") for name in facts)]
    labelled = five.read_text(encoding="utf-8").count("<label>")
    assert labelled == len([tag for tag, facts in seen if facts.get("type") == "checkbox" or tag == "select"])


def test_links_lead_from_the_reports_folder_to_the_files(five: Path, tmp_path: Path) -> None:
    targets = [facts["href"] for tag, facts in parsed(five).seen if tag == "a"]
    assert "in/p0.png" in targets
    assert "out/p0.png" in targets


@pytest.mark.parametrize("name", ["<b>&'\"x.png", "=cmd|'C'.png", "a\nb.png", "ü 100%#?.png", "\u202egnp.png"])
def test_any_name_is_shown_and_linked(tmp_path: Path, name: str) -> None:
    path = page_file(tmp_path / "in" / name)
    page_file(tmp_path / "out" / name)
    one = job(path, tmp_path / "out")
    parser = parsed(report_of(tmp_path / "r.html", [one], [done(one)]))
    shown = name.replace("\n", "\\n").replace("\u202e", "\\u202e")
    assert shown in parser.words
    from urllib.parse import unquote

    targets = [unquote(facts["href"] or "") for tag, facts in parser.seen if tag == "a"]
    assert [tmp_path / target for target in targets] == [path, one.output.path]


def test_name_that_is_not_unicode_is_no_obstacle(tmp_path: Path) -> None:
    name = "a\udcff.png"
    one = job(tmp_path / name, tmp_path / "out")
    failed = PageResult(job_id="0", status=JobStatus.FAILED, error=f"{tmp_path / name}: is damaged.", error_code="read")
    parser = parsed(report_of(tmp_path / "r.html", [one], [failed]))
    assert "a\\udcff.png" in parser.words
    assert "a%FF.png" in [facts["href"] for tag, facts in parser.seen if tag == "a"]


def test_pages_of_a_document_are_shown_in_their_places(tmp_path: Path) -> None:
    source, out = tmp_path / "in.tif", tmp_path / "out"
    pages = [Image.new("L", (60 + number, 80), 90) for number in range(4)]
    pages[0].save(source, save_all=True, append_images=pages[1:])
    out.mkdir()
    pages[1].save(out / "in.tif", save_all=True, append_images=pages[3:])
    jobs = [job(source, out, number, page, 4) for number, page in enumerate((1, 3))]  # as with --pages 2,4
    path = report_of(tmp_path / "r.html", jobs, [done(each) for each in jobs])
    assert pictures(path) == [
        ("in.tif, page 2 before", (61, 80)),
        ("in.tif, page 2 after", (61, 80)),
        ("in.tif, page 4 before", (63, 80)),
        ("in.tif, page 4 after", (63, 80)),
    ]


def test_pictures_of_many_pages_are_smaller(tmp_path: Path) -> None:
    path = page_file(tmp_path / "a.png", size=(300, 400))
    jobs = [job(path, tmp_path / "out", number) for number in range(1000)]
    with HtmlReport(tmp_path / "r.html", CleanPlan(tuple(jobs), (), ())) as report:
        report.add(PageResult(job_id="0", status=JobStatus.FAILED, error="x", error_code="read"))
        few = jobs[:1]
    assert report_of(tmp_path / "few.html", few, []).exists()
    assert pictures(tmp_path / "few.html") == [("a.png before", (150, 200))]
    assert report._box.height < 200


def test_report_that_is_not_finished_leaves_nothing(tmp_path: Path) -> None:
    one = job(page_file(tmp_path / "in" / "a.png"), tmp_path / "out")
    folder = tmp_path / "reports"
    folder.mkdir()
    with open_report(folder / "r.html", CleanPlan((one,), (), ())) as report:
        report.add(PageResult(job_id="0", status=JobStatus.CANCELLED))
    assert list(folder.iterdir()) == []


def test_older_report_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    one = job(page_file(tmp_path / "in" / "a.png"), tmp_path / "out")
    for name in ("r.html", "r.csv", "r.json"):
        path = report_of(tmp_path / name, [one], [])
        verify_report(path)
        path.write_bytes(b"x" + path.read_bytes())
        with pytest.raises(WriteError, match="is not a report of docclean"):
            verify_report(path)


def test_name_must_tell_the_kind(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--report .*r\.pdf: its name must end in \.html, \.csv or \.json"):
        open_report(tmp_path / "r.pdf", CleanPlan((), (), ()))


def test_full_disk_is_a_sentence_at_the_end(tmp_path: Path) -> None:
    path = page_file(tmp_path / "in" / "a.png")
    jobs = [job(path, tmp_path / "out", number) for number in range(40)]
    results = [PageResult(job_id=each.id, status=JobStatus.FAILED, error="x" * 9000, error_code="e") for each in jobs]
    with small_disk(tmp_path / "disk", 128) as disk:
        with open_report(disk / "r.html", CleanPlan(tuple(jobs), (), ())) as report:
            for result in results:
                report.add(result)
            with pytest.raises(WriteError, match="disk is full"):
                report.commit({result.job_id: result for result in results})
        assert list(disk.iterdir()) == []


def test_a_pdf_result_is_shown_too(tmp_path: Path) -> None:
    path = page_file(tmp_path / "in" / "a.png")
    Image.new("L", (120, 160), 200).save(tmp_path / "a.pdf", resolution=72)
    one = job(path, tmp_path, format=OutputFormat.PDF)
    one = one.model_copy(update={"output": one.output.model_copy(update={"path": tmp_path / "a.pdf"})})
    path = report_of(tmp_path / "r.html", [one], [done(one)])
    assert [words for words, _ in pictures(path)] == ["a.png before", "a.png after"]
