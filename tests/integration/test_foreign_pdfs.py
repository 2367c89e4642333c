"""PDF files that others made, through the command line: everything but the scans comes out as it went in.

The files are those with which other projects test themselves; see `tests/helpers/foreign.py`.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest

from docclean.cli.main import main
from docclean.documents.passwords import forget_all
from docclean.engine.journal_file import JOURNAL_NAME
from tests.helpers.foreign import foreign_file
from tests.helpers.pdf_portrait import (
    attachments_of,
    boxes_of,
    images_of,
    metadata_of,
    pages_of,
    pictures_of,
    poppler_text_of,
    portrait_of,
    problems_of,
    text_of,
)
from tests.helpers.quick_models import IdleBackend, SpeckBackend, use_backend

SCANS = (
    "img2pdf/output/CMYK.tif.pdf",
    "img2pdf/output/animation.gif.pdf",  # two pages with palettes
    "img2pdf/output/gray.png.pdf",
    "img2pdf/output/normal.jpg.pdf",
    "img2pdf/output/normal.png.pdf",
    "ocrmypdf/3small.pdf",  # three sizes, one of them two-level with a palette
    "ocrmypdf/acroform.pdf",  # a form above a scan, linearized
    "ocrmypdf/aspect.pdf",  # soft mask, other resolution across than down
    "ocrmypdf/c03-29.pdf",  # JPEG with a profile
    "ocrmypdf/ccitt.pdf",
    "ocrmypdf/francais.pdf",  # PDF/A, bookmarks, hidden text
    "ocrmypdf/graph.pdf",
    "ocrmypdf/graph_ocred.pdf",  # JPEG in Flate, hidden text, PDF/A
    "ocrmypdf/jbig2.pdf",
    "ocrmypdf/lichtenstein.pdf",  # JPEG 2000
    "ocrmypdf/palette.pdf",
    "ocrmypdf/poster.pdf",  # UserUnit
    "ocrmypdf/rotated_skew.pdf",  # /Rotate
    "pikepdf/aquamarine-cie.pdf",
    "pikepdf/ccitt-endofline-true.pdf",
    "pikepdf/congress.pdf",
    "pikepdf/pike-jp2.pdf",  # JPEG 2000 with 16 bits
    "pikepdf/pink-palette-icc.pdf",
    "pikepdf/sandwich.pdf",  # hidden text, PDF/A
    "pypdf/imagemagick-images.pdf",  # six kinds of compression
    "pypdf/indirect-rotation.pdf",  # five pages
    "pypdf/issue-3850-1bit-indexed-flate.pdf",
    "pypdf/issue-301.pdf",  # LZW, and marked as linearized though it is not
)
"""Pages that show one image, which the stand-in for a model changes; what a file is good for stands beside it."""

NO_SCANS = (
    "ocrmypdf/blank.pdf",
    "ocrmypdf/formxobject.pdf",  # page labels
    "ocrmypdf/link.pdf",
    "ocrmypdf/livecycle.pdf",
    "ocrmypdf/no_contents.pdf",
    "ocrmypdf/tagged.pdf",
    "ocrmypdf/toc.pdf",
    "ocrmypdf/type3_font_nomapping.pdf",
    "ocrmypdf/vector.pdf",
    "pikepdf/content-stream-errors.pdf",
    "pikepdf/cyclic-toc.pdf",
    "pikepdf/outlines.pdf",
    "pikepdf/pdfx.pdf",
    "pypdf/FormTestFromOo.pdf",
    "pypdf/SF424_page2.pdf",  # a form whose caption is a scan
    "pypdf/attachment.pdf",
    "pypdf/commented-xmp.pdf",
    "pypdf/encryption/r6-empty-password.pdf",
    "pypdf/encryption/r6-owner-password.pdf",
    "pypdf/example.pdf",  # attachments, layers, comments
    "pypdf/form_acrobatReader.pdf",
    "pypdf/labeled-edges-center-image.pdf",
    "pypdf/test Orient.pdf",  # several images
    "pypdf/two-different-pages.pdf",
)
"""Pages that are drawn, or empty."""

COMPOSITES = (
    "ocrmypdf/masks.pdf",
    "pypdf/Seige_of_Vicksburg_Sample_OCR.pdf",
)
"""Pages that are put together from several images, masks among them."""

LOCKED = {
    "pypdf/crazyones-encrypted-256.pdf": "password",
    "pypdf/encrypted-file.pdf": "test",
    "pypdf/encryption/r2-user-password.pdf": "asdfzxcv",
    "pypdf/encryption/r4-aes-user-password.pdf": "asdfzxcv",
    "pypdf/encryption/r3-user-password.pdf": "asdfzxcv",
    "pypdf/encryption/r6-both-passwords.pdf": "foo",
    "pypdf/libreoffice-writer-password.pdf": "openpassword",
    "pikepdf/graph-encrypted.pdf": "user",
}
"""Files that a password opens."""

UNREADABLE = {
    "ocrmypdf/invalid.pdf": "damaged",
    "ocrmypdf/hugemono.pdf": "million pixels",
    "pikepdf/fuzz/378014596.pdf": "damaged",
    "pikepdf/newline-buffer-test.pdf": "without pages",
    "pikepdf/form_210966.pdf": "is signed",
    "pikepdf/form_dd0293.pdf": "is signed",
}
"""Files that give no result, and what the reason is about."""

CHANGED_ON_PURPOSE = frozenset(
    {"info /Producer", "{http://ns.adobe.com/pdf/1.3/}Producer", "{http://purl.org/dc/elements/1.1/}format"}
)


@pytest.fixture(autouse=True)
def no_passwords() -> None:
    forget_all()


@pytest.fixture
def speckless(monkeypatch: pytest.MonkeyPatch) -> None:
    use_backend(monkeypatch, SpeckBackend())


def copied(name: str, folder: Path) -> Path:
    (folder / "in").mkdir()
    return Path(shutil.copy(foreign_file(name), folder / "in"))


def clean(path: Path, *options: str | Path) -> Path:
    before = path.read_bytes()
    result = path.parent.parent / "out" / path.name
    assert main(["clean", str(path), "-o", str(result), *map(str, options)]) == 0
    assert path.read_bytes() == before
    return result


def told_by(capfd: pytest.CaptureFixture[str]) -> list[str]:
    lines = capfd.readouterr().err.splitlines()
    assert not any("Traceback" in line for line in lines)
    return lines


def assert_same_document(before: Path, after: Path, password: str = "") -> None:
    """Compare what is not pixels: structure, boxes, text, what a document says of itself and carries along."""
    assert pages_of(after, password) == pages_of(before, password)
    assert boxes_of(after, password) == boxes_of(before, password)
    assert attachments_of(after, password) == attachments_of(before, password)
    assert kept_metadata(after, password) == kept_metadata(before, password)
    assert text_of(after, password) == text_of(before, password)
    assert poppler_text_of(after, password) == poppler_text_of(before, password)


def kept_metadata(path: Path, password: str) -> dict[str, str]:
    return {key: value for key, value in metadata_of(path, password).items() if key not in CHANGED_ON_PURPOSE}


def assert_sound(before: Path, after: Path) -> None:
    try:
        known = set(problems_of(before))
    except ValueError:  # pikepdf cannot check it
        known = set()
    assert set(problems_of(after)) <= known


def sizes_of(path: Path) -> list[tuple[Any, bool]]:
    """Give each image's size, px, and whether it has two levels."""
    return [(image["size"], image["bits"] == 1) for image in images_of(path)]


def uses_fax(path: Path) -> bool:
    """Whether no image is packed in a way that docclean cannot write, or not everywhere; see JBIG2."""
    return all("CCITTFax" in image["filter"] for image in images_of(path))


def changes(before: Path, after: Path) -> list[float]:
    """Give by how much each page looks different, the mean of its samples."""
    pairs = zip(pictures_of(before), pictures_of(after), strict=True)
    return [float(np.abs(old.astype(np.int16) - new).mean()) for old, new in pairs]


@pytest.mark.parametrize("name", SCANS)
def test_only_the_samples_of_scans_change(name: str, tmp_path: Path, speckless: None) -> None:
    path = copied(name, tmp_path)
    result = clean(path)
    assert result.read_bytes() != path.read_bytes()
    assert_same_document(path, result)
    assert_sound(path, result)
    assert portrait_of(result) == portrait_of(path)
    assert [size for size, _ in sizes_of(result)] == [size for size, _ in sizes_of(path)]
    two_level = [is_two_level for _, is_two_level in sizes_of(path)]
    assert [is_two_level for _, is_two_level in sizes_of(result)] == two_level
    if all(two_level) and uses_fax(path):
        assert result.stat().st_size <= path.stat().st_size * 1.1
    # The stand-in makes paper white and takes specks away; whatever is more than that is a fault.
    assert 0 < max(changes(path, result)) < 255 * 0.3


@pytest.mark.parametrize("name", SCANS[::3])
def test_scans_that_the_model_leaves_alone_look_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_backend(monkeypatch, IdleBackend())
    path = copied(name, tmp_path)
    assert clean(path).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", NO_SCANS)
def test_pages_that_are_no_scans_stay_as_they_are_and_that_is_said(
    name: str, tmp_path: Path, speckless: None, capfd: pytest.CaptureFixture[str]
) -> None:
    path = copied(name, tmp_path)
    result = clean(path)
    (note, *_) = [line for line in told_by(capfd) if line.startswith(f"note: {path}")]
    assert "stays as it is" in note
    assert result.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", COMPOSITES)
def test_composite_pages_stay_in_layers_of_their_finest_part(
    name: str, tmp_path: Path, speckless: None, capfd: pytest.CaptureFixture[str]
) -> None:
    path = copied(name, tmp_path)
    result = clean(path)
    assert "text and background are stored apart again" in " ".join(told_by(capfd))
    assert result.stat().st_size < 3 * path.stat().st_size
    assert_same_document(path, result)
    assert_sound(path, result)
    for before, after in zip(finest_of(path), finest_of(result), strict=True):
        assert after == pytest.approx(before, rel=0.02)
    assert max(changes(path, result)) < 10


def test_two_levels_of_one_ink_stay_two_levels(tmp_path: Path, speckless: None) -> None:
    path = copied("ocrmypdf/jbig2_baddevicen.pdf", tmp_path)
    result = clean(path)
    assert_same_document(path, result)
    with pikepdf.open(result) as pdf:
        (image,) = pdf.pages[0].obj.Resources.XObject.values()
        assert int(image.BitsPerComponent) == 1
    assert result.stat().st_size < 3 * path.stat().st_size


def finest_of(path: Path) -> list[int]:
    """Give the width of the widest image of each page, px, masks included."""
    with pikepdf.open(path) as pdf:
        return [max(widths_of(page.obj.Resources)) for page in pdf.pages]


def widths_of(resources: pikepdf.Object) -> list[int]:
    widths = [0]
    for item in resources.get("/XObject", {}).values():
        if item.get("/Subtype") == "/Form":
            widths += widths_of(item.get("/Resources", pikepdf.Dictionary()))
        for image in (item, item.get("/SMask"), item.get("/Mask")):
            widths += [int(image.Width)] if isinstance(image, pikepdf.Stream) and "/Width" in image else []
    return widths


@pytest.mark.parametrize("name", LOCKED)
def test_locked_file_without_its_password_is_one_sentence(
    name: str, tmp_path: Path, speckless: None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_refused(copied(name, tmp_path), "locked", capfd)


def assert_refused(path: Path, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    before, output = path.read_bytes(), path.parent.parent / "out"
    assert main(["clean", str(path), "-o", str(output)]) == 1
    (sentence,) = [line for line in told_by(capfd) if line.startswith(("failed: ", "note: "))]
    assert sentence.startswith(f"failed: {path}: ")
    assert reason in sentence
    assert sentence.endswith(".")
    assert path.read_bytes() == before
    assert not output.exists() or [path.name for path in output.iterdir()] in ([], [JOURNAL_NAME])


@pytest.mark.parametrize(("name", "password"), LOCKED.items())
def test_locked_file_with_its_password_stays_locked(
    name: str, password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_backend(monkeypatch, SpeckBackend())
    path = copied(name, tmp_path)
    (tmp_path / "passwords").write_text(f"wrong\n{password}\n", encoding="utf-8")
    result = clean(path, "--password-file", tmp_path / "passwords")
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(result)
    assert_same_document(path, result, password)
    assert portrait_of(result, password) == portrait_of(path, password)


@pytest.mark.parametrize(("name", "reason"), UNREADABLE.items())
def test_unreadable_file_is_one_sentence(
    name: str, reason: str, tmp_path: Path, speckless: None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert_refused(copied(name, tmp_path), reason, capfd)


@pytest.mark.parametrize("name", ["img2pdf/output/gray.png.pdf", "ocrmypdf/graph_ocred.pdf", "ocrmypdf/acroform.pdf"])
def test_built_in_model_changes_only_the_samples(name: str, tmp_path: Path) -> None:
    path = copied(name, tmp_path)
    result = clean(path)
    assert_same_document(path, result)
    assert_sound(path, result)
    assert portrait_of(result) == portrait_of(path)
    assert sizes_of(result) == sizes_of(path)
