"""PDF files that are damaged, rare or malicious, through the command line: a result or a sentence, and nothing else."""

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray

from docclean.cli.main import main
from docclean.documents.passwords import forget_all
from tests.helpers.bad_pdfs import DOUBTFUL, REPAIRABLE, UNREADABLE, encrypted, many_objects, signed
from tests.helpers.pdf_portrait import (
    boxes_of,
    images_of,
    pages_of,
    pictures_of,
    portrait_of,
    problems_of,
    text_of,
)
from tests.helpers.quick_models import SpeckBackend, use_backend
from tests.helpers.rare_images import DAMAGED_IMAGES, RARE_IMAGES, among_sound_pages, rare_image
from tests.helpers.rare_pages import RARE_PAGES, rare_page

BECOME_ONE_IMAGE = frozenset({"inline-image", "twice-on-a-page"})
"""Pages whose parts are drawn together, so their contents cannot stay what they were."""

INK, FAINT_INK = 90, 160
"""Print is darker than the first on one side, before or after, and than the second on the other."""


@pytest.fixture(autouse=True)
def speckless(monkeypatch: pytest.MonkeyPatch) -> None:
    use_backend(monkeypatch, SpeckBackend())
    forget_all()


def clean(path: Path, *options: str) -> int:
    before = path.read_bytes()
    code = main(["clean", str(path), "-o", str(path.parent / "out" / path.name), *options])
    assert path.read_bytes() == before
    return code


def told_by(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Give what was said about the page; whatever happens, it is not that the program has a fault."""
    lines = capfd.readouterr().err.splitlines()
    assert not [line for line in lines if "Traceback" in line or "fault of the program" in line]
    told = [line for line in lines if line.startswith(("failed: ", "note: "))]
    assert all(line.endswith(".") for line in told)
    return told


def results_of(path: Path) -> list[Path]:
    out = path.parent / "out"
    return [each for each in out.glob("*") if not each.name.startswith(".")] if out.exists() else []


def keeps_ink(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    """Whether print lies where it lay, at the size of a page on a screen."""
    if before.shape != after.shape:
        return False
    sides = before.min(axis=2), after.min(axis=2)
    return all(
        ((dark < INK) & (other < FAINT_INK)).sum() >= 0.9 * (dark < INK).sum() for dark, other in (sides, sides[::-1])
    )


def assert_same_but_cleaner(path: Path, result: Path) -> None:
    assert pages_of(result) == pages_of(path)
    assert boxes_of(result) == boxes_of(path)
    assert text_of(result) == text_of(path)
    assert set(problems_of(result)) <= set(problems_of(path))
    pages = zip(pictures_of(path, longest=360), pictures_of(result, longest=360), strict=True)
    assert [keeps_ink(before, after) for before, after in pages] == [True] * pages_of(path)


@pytest.mark.parametrize("name", RARE_PAGES)
def test_rare_page_is_cleaned_or_left_alone(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{name}.pdf"
    rare_page(name)(path)
    assert clean(path) == 0
    told_by(capfd)
    (result,) = results_of(path)
    assert_same_but_cleaner(path, result)
    if name not in BECOME_ONE_IMAGE:
        assert portrait_of(result) == portrait_of(path)


@pytest.mark.parametrize("name", RARE_IMAGES)
def test_rare_image_keeps_its_size_and_place(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{name}.pdf"
    rare_image(name)(path)
    assert clean(path) == 0
    told_by(capfd)
    (result,) = results_of(path)
    assert_same_but_cleaner(path, result)
    (before,), (after,) = images_of(path), images_of(result)
    assert after["size"] == before["size"]
    assert (after["bits"] == 1) == (before["bits"] == 1)


@pytest.mark.parametrize("name", DAMAGED_IMAGES)
def test_damaged_image_costs_its_own_page_only(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{name}.pdf"
    among_sound_pages(DAMAGED_IMAGES[name])(path)
    code = clean(path)
    told = told_by(capfd)
    (result,) = results_of(path)
    assert pages_of(result) == 3
    assert boxes_of(result) == boxes_of(path)
    assert set(problems_of(result)) <= set(problems_of(path))
    before, after = pictures_of(path), pictures_of(result)
    assert after[0].mean() > before[0].mean()
    assert after[2].mean() > before[2].mean()
    failed = [line for line in told if line.startswith("failed: ")]
    assert len(failed) == code
    if code:
        assert "page 2" in failed[0] or str(path) in failed[0]
        assert np.array_equal(before[1], after[1])


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_file_is_one_sentence(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{name}.pdf"
    UNREADABLE[name](path)
    assert clean(path) == 1
    (sentence,) = told_by(capfd)
    assert sentence.startswith(f"failed: {path}: ")
    assert results_of(path) == []


@pytest.mark.parametrize("name", REPAIRABLE)
def test_repairable_file_is_cleaned(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pdf"
    REPAIRABLE[name](path)
    assert clean(path) == 0
    (result,) = results_of(path)
    assert_same_but_cleaner(path, result)
    assert result.read_bytes() != path.read_bytes()


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_missing_is_never_passed_over_in_silence(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{name}.pdf"
    DOUBTFUL[name](path)
    code = clean(path)
    told = told_by(capfd)
    assert any("damaged" in line or line.startswith("failed: ") for line in told)
    assert any(line.startswith("failed: ") for line in told) == bool(code)


def test_password_that_is_wrong_is_one_sentence_and_the_right_one_opens(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, passwords = tmp_path / "locked.pdf", tmp_path / "passwords"
    encrypted(path)
    passwords.write_text("guess\n", encoding="utf-8")
    assert clean(path, "--password-file", str(passwords)) == 1
    (sentence,) = told_by(capfd)
    assert "password" in sentence
    assert "guess" not in sentence
    passwords.write_text("secret\n", encoding="utf-8")
    assert clean(path, "--password-file", str(passwords)) == 0
    (result,) = results_of(path)
    assert boxes_of(result, "secret") == boxes_of(path, "secret")


def test_signed_file_is_refused_unless_its_signature_may_break(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "contract.pdf"
    signed(path)
    assert clean(path) == 1
    (sentence,) = told_by(capfd)
    assert "is signed" in sentence
    assert results_of(path) == []
    assert clean(path, "--break-signatures") == 0
    assert len(results_of(path)) == 1


def test_crowd_of_objects_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "crowd.pdf"
    many_objects(path, 20_000)
    assert clean(path) == 0
    (result,) = results_of(path)
    with pikepdf.open(result) as pdf:
        assert [item.Number for item in pdf.Root.Crowd] == list(range(20_000))
