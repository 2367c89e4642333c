"""Receipts in files beside results."""

import hashlib
from pathlib import Path

from docclean.core.errors import ReadError
from docclean.core.files import atomic_write, is_plain_file, read_faults_explained
from docclean.core.receipt import OutputFacts, Receipt, parse_receipt, plain_name, sidecar_of
from docclean.documents.receipts import find_receipt

_LARGEST_BYTES = 1 << 28


def write_sidecar(receipt: Receipt, result: Path) -> Path:
    """Write a result's receipt beside it; an older one is replaced.

    Args:
        receipt: The receipt, which is completed with what the result is.
        result: The result, complete.

    Returns:
        The sidecar.

    Raises:
        ReadError: The result cannot be read.
        WriteError: The sidecar cannot be written.
    """
    with read_faults_explained(result), result.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        output = OutputFacts(
            name=plain_name(result),
            sha256=digest,
            size_bytes=file.tell(),
            is_input=[digest] == [each.sha256 for each in receipt.inputs],
            holds_receipt=_holds(result, receipt),
        )
    path = sidecar_of(result)
    with atomic_write(path) as written:
        written.write(receipt.model_copy(update={"output": output}).sidecar().encode("ascii"))
    return path


def _holds(result: Path, receipt: Receipt) -> bool:
    """Whether a result has this receipt inside; one that is the input's bytes may have the receipt of that."""
    try:
        return find_receipt(result) == receipt.embedded()
    except ReadError:
        return False


def read_sidecar(path: Path) -> Receipt:
    """Read a receipt from a file of its own.

    Raises:
        ReadError: It cannot be read, or is no receipt.
    """
    with read_faults_explained(path):
        if path.stat().st_size > _LARGEST_BYTES:
            raise ReadError(path, "is too large to be a receipt; name a result of docclean, or the receipt beside it.")
        content = path.read_bytes()
    return parse_receipt(content, path)


def is_sidecar(path: Path) -> bool:
    """Whether a file is a receipt, which a new one may replace: an ordinary file, no link, no device."""
    if not is_plain_file(path):
        return False
    try:
        read_sidecar(path)
    except ReadError:
        return False
    return True
