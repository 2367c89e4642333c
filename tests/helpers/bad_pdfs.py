"""PDF files that are damaged, rare or malicious, made on the spot."""

import re
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from tests.helpers.scans import dirty_page

WIDTH, HEIGHT = 180, 120
"""Size of the scans, px; their pages are so large that they have 100 dpi."""
POINTS = (WIDTH * 72 / 100, HEIGHT * 72 / 100)

Maker = Callable[[Path], None]


def _gray() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(dirty_page(WIDTH, HEIGHT))


def add_image(pdf: Pdf, samples: bytes, space: Any, bits: int = 8, **more: Any) -> Object:
    """Add an image of WIDTH x HEIGHT; `more` are further entries, such as Filter or SMask."""
    stream = pdf.make_stream(samples)
    entries = {"Type": Name.XObject, "Subtype": Name.Image, "Width": WIDTH, "Height": HEIGHT}
    for key, value in {**entries, "BitsPerComponent": bits, "ColorSpace": space, **more}.items():
        if value is not None:
            stream[f"/{key}"] = value
    return pdf.make_indirect(stream)


def add_flate(pdf: Pdf, samples: bytes, space: Any, bits: int = 8, **more: Any) -> Object:
    return add_image(pdf, zlib.compress(samples), space, bits, Filter=Name.FlateDecode, **more)


def add_gray(pdf: Pdf) -> Object:
    return add_flate(pdf, _gray().tobytes(), Name.DeviceGray)


def add_jpeg(pdf: Pdf, mode: str = "L") -> Object:
    buffer = BytesIO()
    dirty_page(WIDTH, HEIGHT, mode).save(buffer, "JPEG", quality=85)
    spaces = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
    decode = Array([1, 0] * 4) if mode == "CMYK" else None  # Pillow writes inks inverted, as Photoshop does
    return add_image(pdf, buffer.getvalue(), spaces[mode], Filter=Name.DCTDecode, Decode=decode)


def two_level() -> bytes:
    """Give a scan packed as PDF wants it: 1 is white, lines fill bytes."""
    return np.packbits(_gray() > 127, axis=1).tobytes()


def add_page(pdf: Pdf, image: Object | None, contents: bytes = b"", **more: Any) -> pikepdf.Page:
    """Add a page that shows an image over all of it, unless `contents` says otherwise; /Im is the image."""
    width, height = POINTS
    page = pdf.add_blank_page(page_size=POINTS)
    drawn = contents or (b"q %f 0 0 %f 0 0 cm /Im Do Q" % (width, height) if image is not None else b"")
    page.Contents = pdf.make_stream(drawn)
    page.Resources = Dictionary(XObject=Dictionary(Im=image)) if image is not None else Dictionary()
    for key, value in more.items():
        page.obj[f"/{key}"] = value
    return page


def _saved(fill: Callable[[Pdf], Any], **options: Any) -> Maker:
    def make(path: Path) -> None:
        with Pdf.new() as pdf:
            fill(pdf)
            pdf.save(path, static_id="encryption" not in options, **options)

    return make


def _scan(pdf: Pdf) -> None:
    add_page(pdf, add_gray(pdf))


def one_page(image: Callable[[Pdf], Object], **more: Any) -> Maker:
    """Make a file whose only page shows an image."""
    return _saved(lambda pdf: add_page(pdf, image(pdf), **more))


# What cannot be opened, or has no page.


def _bytes_of(make: Maker, path: Path) -> bytes:
    make(path)
    return path.read_bytes()


def truncated(path: Path) -> None:
    path.write_bytes(_bytes_of(_saved(_scan), path)[:700])


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
    _saved(_scan, encryption=keys)(path)


def _cyclic_pages(pdf: Pdf) -> None:
    _scan(pdf)
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def _kids_of_themselves(path: Path) -> None:
    _saved(_scan)(path)
    with Pdf.open(path, allow_overwriting_input=True) as pdf:
        inner = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Parent=pdf.Root.Pages))
        inner.Kids = Array([inner])
        pdf.Root.Pages.Kids = Array([inner])
        pdf.save(path)


def _no_page_tree(path: Path) -> None:
    _saved(_scan)(path)
    path.write_bytes(re.sub(rb"/Pages (\d+) 0 R", rb"/Pigs  \1 0 R", path.read_bytes()))


# What can be repaired.


def _tail_cut(path: Path) -> None:
    path.write_bytes(_bytes_of(_saved(_scan, object_stream_mode=pikepdf.ObjectStreamMode.disable), path)[:-120])


def _bad_xref(path: Path) -> None:
    content = _bytes_of(_saved(_scan, object_stream_mode=pikepdf.ObjectStreamMode.disable), path)
    path.write_bytes(re.sub(rb"\n(\d{10}) 00000 n", lambda found: b"\n0000000007 00000 n", content))


def _junk_before(path: Path) -> None:
    path.write_bytes(b"From: scanner\r\n\r\n" + _bytes_of(_saved(_scan), path))


def _kid_missing(pdf: Pdf) -> None:
    _scan(pdf)
    _scan(pdf)
    pdf.Root.Pages.Kids.append(pdf.make_indirect(Dictionary(Type=Name.Font)))


def many_objects(path: Path, count: int) -> None:
    """Make a scan beside a crowd of objects that an array in the catalog holds."""
    _saved(_scan, object_stream_mode=pikepdf.ObjectStreamMode.disable)(path)
    content = path.read_bytes()
    first = 1 + max(int(number) for number in re.findall(rb"(\d+) 0 obj", content))
    crowd = b" ".join(b"%d 0 R" % (first + number) for number in range(count))
    objects = [b"%d 0 obj << /Number %d >> endobj\n" % (first + number, number) for number in range(count)]
    content = content[: content.index(b"\nxref")].replace(b"/Type /Catalog", b"/Crowd [%s] /Type /Catalog" % crowd)
    path.write_bytes(content + b"\n" + b"".join(objects) + b"trailer << /Root 1 0 R /Size %d >>\n" % (first + count))
    with Pdf.open(path, allow_overwriting_input=True) as pdf:  # which makes a table of where they are
        pdf.save(path)


def _deep_arrays(pdf: Pdf) -> None:
    _scan(pdf)
    inner = Array([1])
    for _ in range(90):
        inner = Array([inner])
    pdf.Root.Deep = inner


# Images that are rare.


def _repeated(samples: np.ndarray[Any, Any], times: int) -> bytes:
    return np.repeat(samples[:, :, None], times, axis=2).tobytes()


def _inks(pdf: Pdf, names: int) -> Array:
    """Name colors that have their own inks: a Separation or DeviceN space that darkens with the sum of its inks."""
    code = b"{ %s1 exch sub dup 0 lt { pop 0 } if }" % (b"add " * (names - 1))
    function = pdf.make_stream(code)
    function.FunctionType = 4
    function.Domain = Array([0, 1] * names)
    function.Range = Array([0, 1])
    if names == 1:
        return Array([Name.Separation, Name.Toner, Name.DeviceGray, function])
    return Array([Name.DeviceN, Array([Name(f"/Ink{n}") for n in range(names)]), Name.DeviceGray, function])


def _lab(pdf: Pdf) -> Object:
    white = Array([0.9505, 1, 1.089])
    space = Array([Name.Lab, Dictionary(WhitePoint=white, Range=Array([-128, 127, -128, 127]))])
    samples = np.dstack([_gray(), np.full((HEIGHT, WIDTH), 128, np.uint8), np.full((HEIGHT, WIDTH), 140, np.uint8)])
    return add_flate(pdf, samples.tobytes(), space)


def indexed(pdf: Pdf, bits: int = 8, colors: int | None = None) -> Object:
    """Add a palette image; `colors` shortens the palette below what the samples use."""
    levels = 1 << bits
    indices = (_gray() >> 8 - bits).astype(np.uint8)
    packed = np.unpackbits(indices[:, :, None], axis=2)[:, :, 8 - bits :].reshape(HEIGHT, -1)
    lookup = _repeated(np.linspace(0, 255, levels).astype(np.uint8)[None], 3)[: 3 * (colors or levels)]
    space = Array([Name.Indexed, Name.DeviceRGB, levels - 1, pikepdf.String(lookup)])
    return add_flate(pdf, np.packbits(packed, axis=1).tobytes(), space, bits)


def _calibrated(pdf: Pdf) -> Object:
    space = Array([Name.CalRGB, Dictionary(WhitePoint=Array([0.9505, 1, 1.089]), Gamma=Array([2.2, 2.2, 2.2]))])
    return add_flate(pdf, _repeated(_gray(), 3), space)


def _soft_mask(pdf: Pdf) -> Object:
    ramp = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
    mask = add_flate(pdf, ramp.tobytes(), Name.DeviceGray)
    return add_flate(pdf, _repeated(_gray(), 3), Name.DeviceRGB, SMask=mask)


def _stencil(pdf: Pdf) -> Object:
    return add_flate(pdf, two_level(), None, 1, ImageMask=True)


def _explicit_mask(pdf: Pdf) -> Object:
    return add_flate(pdf, _repeated(_gray(), 3), Name.DeviceRGB, Mask=_stencil(pdf))


def _color_key(pdf: Pdf) -> Object:
    return add_flate(pdf, _gray().tobytes(), Name.DeviceGray, Mask=Array([200, 255]))


def _bad_profile(pdf: Pdf) -> Object:
    profile = pdf.make_stream(b"not a profile" * 20)
    profile.N = 1
    profile.Alternate = Name.DeviceGray
    return add_flate(pdf, _gray().tobytes(), Array([Name.ICCBased, pdf.make_indirect(profile)]))


def _deep(pdf: Pdf, channels: int) -> Object:
    samples = (_gray().astype(">u2") * 257)[:, :, None].repeat(channels, axis=2)
    return add_flate(pdf, samples.tobytes(), Name.DeviceRGB if channels == 3 else Name.DeviceGray, 16)


def _four_bits(pdf: Pdf) -> Object:
    samples = _gray() >> 4
    return add_flate(pdf, (samples[:, ::2] << 4 | samples[:, 1::2]).tobytes(), Name.DeviceGray, 4)


RARE_IMAGES: dict[str, Callable[[Pdf], Object]] = {
    "jpeg": add_jpeg,
    "jpeg-color": lambda pdf: add_jpeg(pdf, "RGB"),
    "jpeg-cmyk": lambda pdf: add_jpeg(pdf, "CMYK"),
    "cmyk": lambda pdf: add_flate(pdf, _repeated(255 - _gray(), 4), Name.DeviceCMYK),
    "16-bit": lambda pdf: _deep(pdf, 1),
    "16-bit-color": lambda pdf: _deep(pdf, 3),
    "4-bit": _four_bits,
    "indexed": indexed,
    "indexed-1": lambda pdf: indexed(pdf, 1),
    "indexed-2": lambda pdf: indexed(pdf, 2),
    "indexed-4": lambda pdf: indexed(pdf, 4),
    "lab": _lab,
    "device-n": lambda pdf: add_flate(pdf, _repeated((255 - _gray()) // 2, 2), _inks(pdf, 2)),
    "separation": lambda pdf: add_flate(pdf, (255 - _gray()).tobytes(), _inks(pdf, 1)),
    "calibrated": _calibrated,
    "bad-profile": _bad_profile,
    "soft-mask": _soft_mask,
    "explicit-mask": _explicit_mask,
    "color-key": _color_key,
    "stencil": _stencil,
    "decode-inverted": lambda pdf: add_flate(pdf, (255 - _gray()).tobytes(), Name.DeviceGray, Decode=Array([1, 0])),
    "two-level": lambda pdf: add_flate(pdf, two_level(), Name.DeviceGray, 1),
    "two-level-inverted": lambda pdf: add_flate(
        pdf, bytes(255 - byte for byte in two_level()), Name.DeviceGray, 1, Decode=Array([1, 0])
    ),
    "run-length": lambda pdf: add_image(
        pdf,
        b"".join(bytes((0, byte)) for byte in _gray().tobytes()) + b"\x80",
        Name.DeviceGray,
        Filter=Name.RunLengthDecode,
    ),
    "two-filters": lambda pdf: add_image(
        pdf,
        zlib.compress(_gray().tobytes()).hex().encode() + b">",
        Name.DeviceGray,
        Filter=Array([Name.ASCIIHexDecode, Name.FlateDecode]),
    ),
}
"""Images that are sound, by what is rare about them."""


def _cut_jpeg(pdf: Pdf) -> Object:
    image = add_jpeg(pdf)
    image.write(image.read_raw_bytes()[:400], filter=Name.DCTDecode)
    return image


def _foreign_filter(pdf: Pdf) -> Object:
    return add_image(pdf, b"something" * 50, Name.DeviceGray, Filter=Name.FooDecode)


def _cut_flate(pdf: Pdf) -> Object:
    return add_image(pdf, zlib.compress(_gray().tobytes())[:300], Name.DeviceGray, Filter=Name.FlateDecode)


def _wrong_size(pdf: Pdf, width: Any, height: Any) -> Object:
    image = add_gray(pdf)
    image.Width, image.Height = width, height
    return image


DAMAGED_IMAGES: dict[str, Callable[[Pdf], Object]] = {
    "too-short": lambda pdf: add_flate(pdf, _gray().tobytes()[:9000], Name.DeviceGray),
    "no-samples": lambda pdf: add_flate(pdf, b"", Name.DeviceGray),
    "foreign-filter": _foreign_filter,
    "cut-jpeg": _cut_jpeg,
    "cut-flate": _cut_flate,
    "no-jpeg": lambda pdf: add_image(pdf, b"no jpeg at all", Name.DeviceGray, Filter=Name.DCTDecode),
    "no-jpeg2000": lambda pdf: add_image(pdf, b"\0\0\0\x0cjP  \r\n\x87\n", Name.DeviceGray, Filter=Name.JPXDecode),
    "no-jbig2": lambda pdf: add_image(pdf, b"no jbig2", Name.DeviceGray, 1, Filter=Name.JBIG2Decode),
    "short-palette": lambda pdf: indexed(pdf, colors=3),
    "no-color-space": lambda pdf: add_flate(pdf, _gray().tobytes(), None),
    "foreign-color-space": lambda pdf: add_flate(pdf, _gray().tobytes(), Name.NoSuchSpace),
    "odd-bits": lambda pdf: add_flate(pdf, _gray().tobytes(), Name.DeviceGray, 7),
    "no-width": lambda pdf: _wrong_size(pdf, 0, HEIGHT),
    "negative-width": lambda pdf: _wrong_size(pdf, -WIDTH, HEIGHT),
    "width-is-a-name": lambda pdf: _wrong_size(pdf, Name.Wide, HEIGHT),
    "gigantic": lambda pdf: _wrong_size(pdf, 1_000_000_000, 1_000_000_000),
}
"""Images that no program can show as they were meant."""


# Pages that are rare.


def _cyclic_forms(pdf: Pdf) -> None:
    image = add_gray(pdf)
    first, second = (pdf.make_indirect(pdf.make_stream(b"/Other Do")) for _ in range(2))
    for form, other in ((first, second), (second, first)):
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *POINTS])
        form.Resources = Dictionary(XObject=Dictionary(Other=other))
    page = add_page(pdf, image, b"q %f 0 0 %f 0 0 cm /Im Do Q /Form Do" % POINTS)
    page.Resources.XObject.Form = first


def _nested_forms(pdf: Pdf, depth: int) -> None:
    inner = add_gray(pdf)
    for level in range(depth):
        drawn = b"q %f 0 0 %f 0 0 cm /In Do Q" % POINTS if level == 0 else b"/In Do"
        form = pdf.make_stream(drawn)
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *POINTS])
        form.Resources = Dictionary(XObject=Dictionary(In=inner))
        inner = pdf.make_indirect(form)
    add_page(pdf, inner, b"/Im Do")


def _form_of_itself(pdf: Pdf) -> None:
    form = pdf.make_indirect(pdf.make_stream(b"/Im Do"))
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, *POINTS])
    form.Resources = Dictionary(XObject=Dictionary(Im=form))
    add_page(pdf, form, b"/Im Do")


def _inline(pdf: Pdf) -> None:
    samples = np.asarray(dirty_page(40, 30)).tobytes()
    header = b"q %f 0 0 %f 0 0 cm BI /W 40 /H 30 /CS /G /BPC 8 ID " % POINTS
    add_page(pdf, None, header + samples + b"\nEI Q")


def _shared(pdf: Pdf) -> None:
    image = add_gray(pdf)
    for _ in range(3):
        add_page(pdf, image)


def _twice_on_a_page(pdf: Pdf) -> None:
    width, height = POINTS
    half = b"q %f 0 0 %f 0 %f cm /Im Do Q "
    add_page(pdf, add_gray(pdf), half % (width, height / 2, 0) + half % (width, height / 2, height / 2))


def _inherited(pdf: Pdf) -> None:
    add_page(pdf, None, b"q %f 0 0 %f 0 0 cm /Im Do Q" % POINTS)
    root, page = pdf.Root.Pages, pdf.pages[0].obj
    root.Resources = Dictionary(XObject=Dictionary(Im=add_gray(pdf)))
    root.MediaBox, root.Rotate = page.MediaBox, 90
    del page.Resources, page.MediaBox


def _shifted_boxes(pdf: Pdf) -> None:
    width, height = POINTS
    page = add_page(pdf, add_gray(pdf), b"q %f 0 0 %f -10 -20 cm /Im Do Q" % POINTS)
    page.MediaBox = Array([-10, -20, width - 10, height - 20])
    page.CropBox = Array([0, 0, width / 2, height / 2])


def _split_contents(pdf: Pdf) -> None:
    page = add_page(pdf, add_gray(pdf))
    parts = (b"q %f 0 0 %f" % POINTS, b"0 0 cm", b"/Im Do", b"Q")
    page.Contents = Array([pdf.make_indirect(pdf.make_stream(part)) for part in parts])


def _unbalanced(pdf: Pdf) -> None:
    add_page(pdf, add_gray(pdf), b"Q Q q q %f 0 0 %f 0 0 cm /Im Do ) > BT unknown 1 2 3" % POINTS)


def _missing_image(pdf: Pdf) -> None:
    add_page(pdf, add_gray(pdf), b"/Nowhere Do q %f 0 0 %f 0 0 cm /Im Do Q" % POINTS)


def _with_matrix(matrix: bytes) -> Callable[[Pdf], None]:
    return lambda pdf: void(add_page(pdf, add_gray(pdf), b"q " + matrix + b" cm /Im Do Q"))


def void(_: object) -> None:
    """Forget a result."""


def _font() -> Dictionary:
    return Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)


def hidden_text(pdf: Pdf, words: str = "Some hidden words") -> None:
    """Add a scan with text below it that is found but not seen (render mode 3)."""
    text = b"BT 3 Tr /F 9 Tf 8 60 Td (%s) Tj ET " % words.encode("ascii")
    page = add_page(pdf, add_gray(pdf), text + b"q %f 0 0 %f 0 0 cm /Im Do Q" % POINTS)
    page.Resources.Font = Dictionary(F=_font())


def drawn(pdf: Pdf) -> None:
    """Add a page that no scanner made."""
    page = add_page(pdf, None, b"BT /F 12 Tf 10 50 Td (Typed words) Tj ET 5 5 50 20 re S")
    page.Resources = Dictionary(Font=Dictionary(F=_font()))


def _side(pdf: Pdf, **more: Any) -> None:
    add_page(pdf, add_gray(pdf), **more)


def _hidden_layer(pdf: Pdf) -> None:
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Off"))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer]), Order=Array([layer])))
    page = add_page(pdf, add_gray(pdf), b"q %f 0 0 %f 0 0 cm /Im Do Q /OC /L BDC 0 0 9 9 re f EMC" % POINTS)
    page.Resources.Properties = Dictionary(L=layer)


_WIDTH_PT, _HEIGHT_PT = POINTS

RARE_PAGES: dict[str, Callable[[Pdf], None]] = {
    "cyclic-forms": _cyclic_forms,
    "form-of-itself": _form_of_itself,
    "nested-forms": lambda pdf: _nested_forms(pdf, 6),
    "deeply-nested-forms": lambda pdf: _nested_forms(pdf, 400),
    "inline-image": _inline,
    "shared-image": _shared,
    "twice-on-a-page": _twice_on_a_page,
    "inherited": _inherited,
    "shifted-boxes": _shifted_boxes,
    "split-contents": _split_contents,
    "unbalanced": _unbalanced,
    "missing-image": _missing_image,
    "hidden-text": hidden_text,
    "drawn": drawn,
    "hidden-layer": _hidden_layer,
    "empty": lambda pdf: void(add_page(pdf, None)),
    "no-contents": lambda pdf: void(pdf.add_blank_page(page_size=POINTS)),
    "flipped": _with_matrix(b"%f 0 0 %f 0 %f" % (_WIDTH_PT, -_HEIGHT_PT, _HEIGHT_PT)),
    "mirrored": _with_matrix(b"%f 0 0 %f %f 0" % (-_WIDTH_PT, _HEIGHT_PT, _WIDTH_PT)),
    "turned": _with_matrix(b"0 %f %f 0 %f 0" % (_HEIGHT_PT, -_WIDTH_PT, _WIDTH_PT)),
    "skewed": _with_matrix(b"%f 8 -8 %f 4 2" % (_WIDTH_PT * 0.9, _HEIGHT_PT * 0.9)),
    "singular": _with_matrix(b"0 0 0 0 0 0"),
    "outside": _with_matrix(b"50 0 0 50 900 900"),
    "rotated-90": lambda pdf: _side(pdf, Rotate=90),
    "rotated-180": lambda pdf: _side(pdf, Rotate=180),
    "rotated-270": lambda pdf: _side(pdf, Rotate=270),
    "rotated-minus-90": lambda pdf: _side(pdf, Rotate=-90),
    "rotated-odd": lambda pdf: _side(pdf, Rotate=45),
    "user-unit": lambda pdf: _side(pdf, UserUnit=2.5),
    "huge": lambda pdf: _side(pdf, MediaBox=Array([0, 0, 14_400, 14_400]), UserUnit=100),
    "tiny": lambda pdf: _side(pdf, MediaBox=Array([0, 0, 0.1, 0.1])),
    "no-box": lambda pdf: _side(pdf, MediaBox=Array([])),
    "reversed-box": lambda pdf: _side(pdf, MediaBox=Array([_WIDTH_PT, _HEIGHT_PT, 0, 0])),
}
"""Pages that are sound, or nearly, by what is rare about them."""

UNREADABLE: dict[str, Maker] = {
    "garbage": _garbage,
    "header-only": lambda path: void(path.write_bytes(b"%PDF-1.4\n")),
    "zero-page": _saved(lambda pdf: None),
    "kids-of-themselves": _kids_of_themselves,
    "no-page-tree": _no_page_tree,
    "encrypted": encrypted,
    "encrypted-rc4": lambda path: encrypted(path, level=3),
}
"""Files that give no page, by the reason; the passwords are those of `encrypted`."""

REPAIRABLE: dict[str, Maker] = {
    "bad-xref": _bad_xref,
    "junk-before": _junk_before,
    "deep-arrays": _saved(_deep_arrays),
    "owner-password-only": lambda path: encrypted(path, user=""),
    "linearized": _saved(_scan, linearize=True),
    "object-streams": _saved(_scan, object_stream_mode=pikepdf.ObjectStreamMode.generate),
}
"""Files with a fault, or a rare make, that do not hinder a reader."""

DOUBTFUL: dict[str, Maker] = {
    "truncated": truncated,
    "tail-cut": _tail_cut,
    "cyclic-pages": _saved(_cyclic_pages),
    "kid-missing": _saved(_kid_missing),
}
"""Files that one reader repairs and another refuses; nobody may pass over what is missing in silence."""


def rare_page(name: str) -> Maker:
    return _saved(RARE_PAGES[name])


def rare_image(name: str) -> Maker:
    return one_page({**RARE_IMAGES, **DAMAGED_IMAGES}[name])


def among_sound_pages(image: Callable[[Pdf], Object]) -> Maker:
    """Make a file of three pages, of which the one in the middle shows this image and the others a sound scan."""

    def fill(pdf: Pdf) -> None:
        for number in range(3):
            add_page(pdf, image(pdf) if number == 1 else add_gray(pdf))

    return _saved(fill)


def signed(path: Path) -> None:
    """Make a scan that bears a signature; it covers the file, though no key made it."""

    def fill(pdf: Pdf) -> None:
        _scan(pdf)
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

    _saved(fill)(path)
