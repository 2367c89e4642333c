from pathlib import Path

import pikepdf
import pytest

from docclean.core.errors import WriteError
from docclean.documents.pdf_text_layer import keep_facts


def saved_pdf(path: Path, *, conformance: str = "", title: str = "", creator: str = "") -> Path:
    """Make a PDF with one empty page, facts about itself and a mark of PDF/A."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        if conformance or title:
            with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
                if title:
                    metadata["dc:title"] = title
                if conformance:
                    metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "2", conformance
        if creator:
            pdf.docinfo["/Creator"] = creator
            pdf.docinfo["/Odd"] = pikepdf.Array([1, 2])
            pdf.docinfo["/CreationDate"] = "D:20200101120000"
        pdf.save(path, fix_metadata_version=False)
    return path


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """What a program of others made."""
    return saved_pdf(tmp_path / "after.pdf", title="Untitled", creator="Another program")


@pytest.mark.parametrize(("conformance", "left"), [("B", "2B"), ("U", "2U"), ("A", "2B")])
def test_facts_and_mark_are_those_before_but_for_tags(conformance: str, left: str, after: Path, tmp_path: Path) -> None:
    before = saved_pdf(tmp_path / "before.pdf", conformance=conformance, title="Accounts", creator="A scanner")
    keep_facts(before, after, tmp_path / "made.pdf")
    with pikepdf.open(before) as old, pikepdf.open(tmp_path / "made.pdf") as new:
        assert repr(new.docinfo) == repr(old.docinfo)
        assert new.open_metadata().get("dc:title") == "Accounts"
        assert new.open_metadata().pdfa_status == left
        assert new.check_pdf_syntax() == []


def test_document_without_facts_gets_none(after: Path, tmp_path: Path) -> None:
    keep_facts(saved_pdf(tmp_path / "before.pdf"), after, tmp_path / "made.pdf")
    with pikepdf.open(tmp_path / "made.pdf") as new:
        assert "/Metadata" not in new.Root
        assert "/Info" not in new.trailer


def test_existing_result_is_replaced_only_when_whole(after: Path, tmp_path: Path) -> None:
    (tmp_path / "before.pdf").write_bytes(b"nothing")
    (tmp_path / "made.pdf").write_bytes(b"old")
    with pytest.raises(pikepdf.PdfError):
        keep_facts(tmp_path / "before.pdf", after, tmp_path / "made.pdf")
    assert (tmp_path / "made.pdf").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after.pdf", "before.pdf", "made.pdf"]


def test_folder_that_is_gone_is_a_sentence(after: Path, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="folder is gone"):
        keep_facts(after, after, tmp_path / "gone" / "made.pdf")
