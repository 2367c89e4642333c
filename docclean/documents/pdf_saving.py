"""A PDF in memory into a file: the same bytes every time, and a full disk is a fault like any other."""

import io
from typing import TYPE_CHECKING, BinaryIO, cast

import docclean

if TYPE_CHECKING:
    import pikepdf
    from _typeshed import ReadableBuffer

PRODUCER = f"docclean {docclean.__version__}"

_VERSION = "1.6"
"""The first one with units larger than a point, for pages longer than 200 inches; samples of 16 bits came with 1.5.

Source:
    ISO 32000-1, table 30 (UserUnit) and table 89 (BitsPerComponent).
"""


def save_pdf(pdf: "pikepdf.Pdf", file: BinaryIO) -> None:
    """Write a PDF without dates, with an identifier that its contents give.

    Args:
        pdf: What to write.
        file: Open for writing; the PDF begins where it stands.

    Raises:
        OSError: The file cannot be written.
    """
    sink = _Sink(file)
    pdf.save(cast(BinaryIO, sink), deterministic_id=True, min_version=_VERSION)
    if sink.fault is not None:
        raise sink.fault


def save_changed_pdf(pdf: "pikepdf.Pdf", file: BinaryIO, *, min_version: str) -> None:
    """Write a PDF that was opened and changed; what was not changed stays as it is packed.

    An encrypted PDF is encrypted the same way again, with the same passwords, also those that nobody gave. Its bytes
    differ from run to run, because encryption uses random numbers; those of others are the same every time.

    Args:
        pdf: What to write.
        file: Open for writing; the PDF begins where it stands.
        min_version: Version of PDF that it needs at least; it keeps a later one.

    Raises:
        OSError: The file cannot be written.
    """
    import pikepdf  # noqa: PLC0415 - only who writes PDF needs it

    sink = _Sink(file)
    if "/Size" not in pdf.trailer:  # it was lost and made up; qpdf would write it without this key
        pdf.trailer.Size = len(pdf.objects) + 1
    # pikepdf takes no decode level together with encryption; only by packing does it then leave packed streams alone.
    pdf.save(
        cast(BinaryIO, sink),
        min_version=min_version,
        compress_streams=pdf.is_encrypted,
        stream_decode_level=None if pdf.is_encrypted else pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        encryption=pdf.is_encrypted,
        deterministic_id=not pdf.is_encrypted,
    )
    if sink.fault is not None:
        raise sink.fault


class _Sink(io.RawIOBase):
    """Keeps the first fault of writing for later, and takes no more from then on.

    pikepdf 10.18 writes past Python to a file that lies on a disk, and aborts the process when that disk is full. Hand
    it the file itself, and `test_full_disk_is_a_sentence_and_leaves_nothing` tells whether a later one still does.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.fault: BaseException | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        try:
            if self.fault is None:
                self._file.write(data)
        except BaseException as fault:  # noqa: BLE001 - raised again when qpdf is done, which no fault may pass through
            self.fault = fault
        return memoryview(data).nbytes
