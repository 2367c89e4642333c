"""PDF files on the command line: pages, pages that are no scans, and passwords."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pikepdf
import pytest

from docclean.cli import pdf_options
from docclean.cli.main import main
from docclean.cli.pdf_options import ask_for_passwords
from docclean.core.cancel import CancelToken
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.page import PageSource
from docclean.core.progress import ProgressSink
from docclean.documents.passwords import forget_all
from docclean.documents.pdf_opening import is_locked
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog
from tests.helpers.small_pdfs import gray_image, write_pdf


@pytest.fixture(autouse=True)
def _no_passwords() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


@pytest.fixture
def seen(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> list[PageSource]:
    """Pages that would have been cleaned."""
    sources: list[PageSource] = []

    def run(
        jobs: Sequence[PageJob], session: EngineSession, progress: ProgressSink, cancel: CancelToken, **_: object
    ) -> Iterator[PageResult]:
        for job in jobs:
            sources.append(job.source)
            yield PageResult(job_id=job.id, status=JobStatus.DONE, output=job.output.path)

    monkeypatch.setattr("docclean.cli.clean.run_jobs", run)
    return sources


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    encryption = pikepdf.Encryption(owner="master", user="secret")
    return write_pdf(tmp_path / "locked.pdf", gray_image, gray_image, save={"encryption": encryption})


def _clean(path: Path, *options: str) -> int:
    return main(["clean", str(path), "-o", str(path.parent / "out"), *options])


def test_pages_and_resolution_reach_the_jobs(tmp_path: Path, seen: list[PageSource]) -> None:
    path = write_pdf(tmp_path / "a.pdf", *[gray_image] * 5)
    assert _clean(path, "--pages", "1-2,5", "--pdf-pages", "render", "--dpi", "200") == 0
    assert [(source.page, source.pages, source.render_dpi) for source in seen] == [
        (0, 5, 200), (1, 5, 200), (4, 5, 200),
    ]  # fmt: skip


def test_pages_that_are_no_scans_are_kept_unless_they_shall_be_drawn(tmp_path: Path, seen: list[PageSource]) -> None:
    path = write_pdf(tmp_path / "a.pdf", gray_image)
    assert _clean(path) == 0
    assert _clean(path, "--pdf-pages", "render", "--overwrite") == 0
    assert [source.render_dpi for source in seen] == [None, 300]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--pages", "5-2"], "--pages 5-2: 5-2 runs backwards; write 2-5."),
        (["--pages", "7-"], "--pages 7-: "),
        (["--dpi", "200"], "--dpi 200: is for drawing pages of PDF files; add --pdf-pages render"),
        (["--password-file", "gone"], "--password-file gone: was not found"),
    ],
)
def test_wrong_options_are_a_sentence(
    tmp_path: Path,
    seen: list[PageSource],
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    sentence: str,
) -> None:
    assert _clean(write_pdf(tmp_path / "a.pdf", gray_image), *options) == 2
    assert sentence in capsys.readouterr().err
    assert seen == []


def test_password_file_opens_what_is_locked(
    locked: Path, seen: list[PageSource], capsys: pytest.CaptureFixture[str]
) -> None:
    words = locked.with_name("words")
    words.write_text("\n", encoding="utf-8")
    assert _clean(locked, "--password-file", str(words)) == 2
    assert "holds no password" in capsys.readouterr().err
    words.write_text("wrong\nsecret\n", encoding="utf-8")
    assert _clean(locked, "--password-file", str(words)) == 0
    assert [source.page for source in seen] == [0, 1]
    output, errors = capsys.readouterr()
    assert "secret" not in output + errors


def test_nobody_is_asked_where_there_is_no_terminal(
    locked: Path, seen: list[PageSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_options, "_is_terminal", lambda: False)
    monkeypatch.setattr("typer.prompt", lambda *_args, **_options: pytest.fail("nobody is there"))
    assert _clean(locked) == 0
    assert [source.page for source in seen] == [0], "reading it tells that it is locked"


def test_password_is_asked_for_on_a_terminal(
    locked: Path, seen: list[PageSource], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(["wrong", "secret"])
    monkeypatch.setattr(pdf_options, "_is_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_args, **_options: next(answers))
    assert _clean(locked) == 0
    assert [source.page for source in seen] == [0, 1]
    assert "this is not its password" in capsys.readouterr().err


def test_empty_answer_leaves_a_file_locked(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_options, "_is_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_args, **_options: "")
    assert not ask_for_passwords([locked, locked, locked.with_name("gone.pdf")])
    assert is_locked(locked)
