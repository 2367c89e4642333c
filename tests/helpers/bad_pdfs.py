"""PDF files that are damaged as files, locked or malicious."""

import re
from pathlib import Path

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from tests.helpers.made_pdfs import Maker, add_scan, saved, void


def _bytes_of(make: Maker, path: Path) -> bytes:
    make(path)
    return path.read_bytes()


def truncated(path: Path) -> None:
    path.write_bytes(_bytes_of(saved(add_scan), path)[:700])


def _garbage(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" + bytes(np.random.default_rng(0).integers(0, 256, 4000, np.uint8)))


def encrypted(path: Path, user: str = "secret", owner: str = "master", level: int = 6) -> None:
    """Encrypt a scan; with an empty user password anybody may open it, but not change its restrictions."""
    keys = pikepdf.Encryption(
        user=user,
        owner=owner,
        R=level,  # type: ignore[arg-type]  # 2, 3, 4 or 6
        aes=level >= 4,
        metadata=level >= 4,
    )
    saved(add_scan, encryption=keys)(path)


def _cyclic_pages(pdf: Pdf) -> None:
    add_scan(pdf)
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def _kids_of_themselves(path: Path) -> None:
    saved(add_scan)(path)
    with Pdf.open(path, allow_overwriting_input=True) as pdf:
        inner = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Parent=pdf.Root.Pages))
        inner.Kids = Array([inner])
        pdf.Root.Pages.Kids = Array([inner])
        pdf.save(path)


def _no_page_tree(path: Path) -> None:
    saved(add_scan)(path)
    path.write_bytes(re.sub(rb"/Pages (\d+) 0 R", rb"/Pigs  \1 0 R", path.read_bytes()))


# What can be repaired.


def _tail_cut(path: Path) -> None:
    path.write_bytes(_bytes_of(saved(add_scan, object_stream_mode=pikepdf.ObjectStreamMode.disable), path)[:-120])


def _bad_xref(path: Path) -> None:
    content = _bytes_of(saved(add_scan, object_stream_mode=pikepdf.ObjectStreamMode.disable), path)
    path.write_bytes(re.sub(rb"\n(\d{10}) 00000 n", lambda found: b"\n0000000007 00000 n", content))


def _junk_before(path: Path) -> None:
    path.write_bytes(b"From: scanner\r\n\r\n" + _bytes_of(saved(add_scan), path))


def _kid_missing(pdf: Pdf) -> None:
    add_scan(pdf)
    add_scan(pdf)
    pdf.Root.Pages.Kids.append(pdf.make_indirect(Dictionary(Type=Name.Font)))


def many_objects(path: Path, count: int) -> None:
    """Make a scan beside a crowd of objects that an array in the catalog holds."""
    saved(add_scan, object_stream_mode=pikepdf.ObjectStreamMode.disable)(path)
    content = path.read_bytes()
    first = 1 + max(int(number) for number in re.findall(rb"(\d+) 0 obj", content))
    crowd = b" ".join(b"%d 0 R" % (first + number) for number in range(count))
    objects = [b"%d 0 obj << /Number %d >> endobj\n" % (first + number, number) for number in range(count)]
    content = content[: content.index(b"\nxref")].replace(b"/Type /Catalog", b"/Crowd [%s] /Type /Catalog" % crowd)
    path.write_bytes(content + b"\n" + b"".join(objects) + b"trailer << /Root 1 0 R /Size %d >>\n" % (first + count))
    with Pdf.open(path, allow_overwriting_input=True) as pdf:  # which makes a table of where they are
        pdf.save(path)


def _deep_arrays(pdf: Pdf) -> None:
    add_scan(pdf)
    inner = Array([1])
    for _ in range(90):
        inner = Array([inner])
    pdf.Root.Deep = inner


UNREADABLE: dict[str, Maker] = {
    "garbage": _garbage,
    "header-only": lambda path: void(path.write_bytes(b"%PDF-1.4\n")),
    "zero-page": saved(lambda pdf: None),
    "kids-of-themselves": _kids_of_themselves,
    "no-page-tree": _no_page_tree,
    "encrypted": encrypted,
    "encrypted-rc4": lambda path: encrypted(path, level=3),
}
"""Files that give no page, by the reason; the passwords are those of `encrypted`."""

REPAIRABLE: dict[str, Maker] = {
    "bad-xref": _bad_xref,
    "junk-before": _junk_before,
    "deep-arrays": saved(_deep_arrays),
    "owner-password-only": lambda path: encrypted(path, user=""),
    "linearized": saved(add_scan, linearize=True),
    "object-streams": saved(add_scan, object_stream_mode=pikepdf.ObjectStreamMode.generate),
}
"""Files with a fault, or a rare make, that do not hinder a reader."""

DOUBTFUL: dict[str, Maker] = {
    "truncated": truncated,
    "tail-cut": _tail_cut,
    "cyclic-pages": saved(_cyclic_pages),
    "kid-missing": saved(_kid_missing),
}
"""Files that one reader repairs and another refuses; nobody may pass over what is missing in silence."""


def signed(path: Path) -> None:
    """Make a scan that bears a signature; it covers the file, though no key made it."""

    def fill(pdf: Pdf) -> None:
        add_scan(pdf)
        value = pdf.make_indirect(
            Dictionary(
                Type=Name.Sig,
                Filter=pikepdf.Name("/Adobe.PPKLite"),
                SubFilter=pikepdf.Name("/adbe.pkcs7.detached"),
                ByteRange=Array([0, 100, 200, 300]),
                Contents=pikepdf.String(b"\0" * 64),
            )
        )
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T="Signature",
                V=value,
                Rect=Array([0, 0, 0, 0]),
                P=pdf.pages[0].obj,
            )
        )
        pdf.pages[0].Annots = Array([field])
        pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=Array([field]), SigFlags=3))

    saved(fill)(path)
