"""From a result, or the file beside it, to its receipt, and from there to the inputs and models that it names."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docclean.core.errors import ModelError, ReadError, UsageError
from docclean.core.files import is_folder, is_plain_file, is_there, read_faults_explained, write_faults_explained
from docclean.core.receipt import (
    SIDECAR_SUFFIX,
    InputFacts,
    Receipt,
    is_sidecar_name,
    located,
    parse_receipt,
    plain_name,
    sidecar_of,
)
from docclean.documents.receipts import find_receipt
from docclean.documents.sidecars import is_sidecar, read_sidecar
from docclean.engine.input_facts import digest_of
from docclean.models.catalog import Catalog

_NOTHING = (
    f"holds no receipt, and there is none beside it ({{}}{SIDECAR_SUFFIX}). A page that was clean already is the "
    "input's own bytes, and some formats have no room; --receipts sidecar writes one for every result."
)
_WAS_CHANGED = "The result was changed since its receipt was written."
_IS_GONE = "The result itself is not beside its receipt, so its pixels could not be compared."
_SHORT = 12


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt and what it is about.

    Attributes:
        receipt: The receipt.
        holder: The file that it was read from.
        result: The result; None where it is not beside its receipt.
        is_inside: Whether the result holds a receipt.
        notes: What the user should know, a sentence each.
    """

    receipt: Receipt
    holder: Path
    result: Path | None
    is_inside: bool
    notes: tuple[str, ...] = ()


def find_receipt_of(path: Path) -> FoundReceipt:
    """Read the receipt that a user named, or that of a result that a user named.

    A sidecar counts more than what is in the result, if it is about the result as it is now.

    Raises:
        UsageError: There is no such file, or no receipt that can be read.
    """
    try:
        if is_sidecar_name(path) or _is_json(path):
            return _from_sidecar(path)
        return _from_result(path)
    except ReadError as fault:
        raise UsageError(str(fault)) from fault


def find_inputs(found: FoundReceipt, named: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Find the files that a result was made from, by what is in them.

    Looked at are files that the user names, and files of the right name in folders that the user names; where the
    sidecar says that the input was; the folders of the result and of the receipt.

    Args:
        found: The receipt.
        named: Files or folders.

    Returns:
        A file for each of the receipt's inputs, in order.

    Raises:
        UsageError: A file is not there, or is not what it was.
    """
    return tuple(_found_input(each, found, named) for each in found.receipt.inputs)


def verify_models(receipt: Receipt, catalog: Catalog) -> None:
    """Check that the models of a receipt are here, with the same weights.

    Raises:
        UsageError: One is missing, or is another one.
    """
    for model in receipt.models:
        if not model.sha256:
            raise UsageError(
                f"The receipt does not say which weights the model {model.id!r} had, because it was gone when the "
                "result was saved; the result cannot be made again."
            )
        try:
            here = catalog.get(model.id).manifest.weights.sha256
        except ModelError as fault:
            raise UsageError(
                f"The model {model.id!r} with the weights {model.sha256[:_SHORT]} is not installed here; install it "
                "and try again."
            ) from fault
        if here != model.sha256:
            raise UsageError(
                f"The model {model.id!r} has other weights here ({here[:_SHORT]}) than those that the result was made "
                f"with ({model.sha256[:_SHORT]}); install that one and try again."
            )


def under_recorded_name(path: Path, facts: InputFacts, folder: Path) -> Path:
    """Give an input under the name that the receipt knows, because results hold that name: a copy if it has another.

    Args:
        path: The input.
        facts: What the receipt says of it.
        folder: A new folder for the copy.

    Raises:
        WriteError: The copy cannot be written.
    """
    if plain_name(path) == facts.name or Path(facts.name).name != facts.name:
        return path
    copy = folder / facts.name
    with write_faults_explained(copy):
        folder.mkdir(parents=True)
        shutil.copyfile(path, copy)
    return copy


def _is_json(path: Path) -> bool:
    """Whether a file is a receipt that was given another name."""
    with read_faults_explained(path), path.open("rb") as file:
        return file.read(64).lstrip().startswith(b"{")


def _from_sidecar(path: Path) -> FoundReceipt:
    receipt = read_sidecar(path)
    if receipt.output is None:  # somebody took it out of a result
        return FoundReceipt(receipt, path, None, is_inside=True, notes=(_IS_GONE,))
    name = path.name.removesuffix(SIDECAR_SUFFIX) if is_sidecar_name(path) else receipt.output.name
    result = path.with_name(name)
    if not is_there(result):
        return FoundReceipt(receipt, path, None, receipt.output.holds_receipt, (_IS_GONE,))
    notes = () if digest_of(result) == receipt.output.sha256 else (_WAS_CHANGED,)
    return FoundReceipt(receipt, path, result, receipt.output.holds_receipt, notes)


def _from_result(path: Path) -> FoundReceipt:
    sidecar = sidecar_of(path)
    beside = _from_sidecar(sidecar) if is_sidecar(sidecar) else None
    if beside is not None and not beside.notes:
        return beside
    text = find_receipt(path)
    if text:
        return FoundReceipt(parse_receipt(text, path), path, path, is_inside=True)
    if beside is not None:
        return beside
    raise ReadError(path, _NOTHING.format(path.name))


def _found_input(facts: InputFacts, found: FoundReceipt, named: Sequence[Path]) -> Path:
    explicit = [each / facts.name if is_folder(each) else each for each in named]
    others = [located(found.holder.parent, facts.path)] if facts.path else []
    folders = dict.fromkeys([found.holder.parent, *([found.result.parent] if found.result else [])])
    if Path(facts.name).name == facts.name:  # a receipt may come from anybody
        others += [folder / facts.name for folder in folders]
    strangers = []
    for path in (*explicit, *others):
        if not is_plain_file(path.resolve()):
            continue
        try:
            if digest_of(path) == facts.sha256:
                return path
        except ReadError as fault:
            raise UsageError(str(fault)) from fault
        strangers.append(path)
    raise UsageError(_missing(facts, [path for path in strangers if path != found.result], named))


def _missing(facts: InputFacts, strangers: Sequence[Path], named: Sequence[Path]) -> str:
    remedy = "name the right one with --input" if named else "name the file as it was with --input"
    if strangers:
        return f"{strangers[0]}: is not the file that the result was made from, its contents differ; {remedy}."
    return f"{facts.name}: the file that the result was made from was not found; name it with --input."
