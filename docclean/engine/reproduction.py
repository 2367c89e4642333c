"""A result made again from its receipt, and compared with what it was."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from docclean import __version__
from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DoccleanError
from docclean.core.job import JobStatus, OutputSpec, PageJob, PageResult, ReceiptPlace
from docclean.core.page import PageSource
from docclean.core.progress import ProgressSink
from docclean.core.receipt import Receipt
from docclean.engine.input_facts import digest_of
from docclean.engine.page_differences import PageDifference, compare_pages
from docclean.engine.receipt_search import FoundReceipt, under_recorded_name
from docclean.engine.receipts import machine_facts
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession

_OTHER_VERSION = "The result was made by docclean {}, and this is {}; a difference may come from that."
_OTHER_DEVICE = "The result was made on {}, and this run used {}; a difference may come from that."
_OTHER_LIBRARIES = "Something else than then is installed or used now: {}."


class Likeness(StrEnum):
    """How two files are alike."""

    BYTES = "equal bytes"
    PIXELS = "equal pixels"
    NONE = "differs"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of making a result again.

    Attributes:
        likeness: How the new file and the result are alike.
        pages: How each page differs; empty where the bytes are equal, or there was nothing to compare with.
        notes: What the user should know, a sentence each.
    """

    likeness: Likeness
    pages: tuple[PageDifference, ...]
    notes: tuple[str, ...]


def plan_reproduction(found: FoundReceipt, inputs: tuple[Path, ...], folder: Path) -> tuple[PageJob, ...]:
    """Turn a receipt into page jobs.

    Args:
        found: The receipt.
        inputs: A file for each of its inputs.
        folder: An empty folder, where the new file goes, and copies of inputs that have other names than then.

    Raises:
        WriteError: A copy cannot be written.
    """
    receipt = found.receipt
    names = [
        under_recorded_name(path, facts, folder / f"input-{number}")
        for number, (path, facts) in enumerate(zip(inputs, receipt.inputs, strict=True))
    ]
    output = OutputSpec(
        path=folder / "result" / _result_name(found),
        format=receipt.format,
        storage=receipt.storage,
        joins_inputs=receipt.joins_inputs,
        languages=receipt.languages,
        breaks_signature=True,  # whoever made the result allowed it
        receipt=ReceiptPlace.EMBEDDED if found.is_inside else ReceiptPlace.NONE,
    )
    return tuple(
        PageJob(
            id=str(number),
            source=PageSource(
                path=names[page.input],
                page=page.page - 1,
                pages=max(receipt.inputs[page.input].pages, page.page),
                relative=Path(names[page.input].name),
                render_dpi=page.render_dpi,
            ),
            recipe=receipt.recipes[page.recipe],
            output=output,
        )
        for number, page in enumerate(receipt.pages)
    )


def reproduce(
    found: FoundReceipt,
    jobs: tuple[PageJob, ...],
    session: EngineSession,
    progress: ProgressSink,
    cancel: CancelToken,
    on_result: Callable[[PageResult], None],
) -> Reproduction:
    """Run the jobs and compare what they give with the result.

    Args:
        found: The receipt.
        jobs: What `plan_reproduction` made of it.
        session: Device and models.
        progress: Told about every stage and tile.
        cancel: Polled while pages are cleaned.
        on_result: Told of every page.

    Raises:
        CancelledError: `cancel` was set.
        DoccleanError: The file could not be made, or one of the two cannot be read.
    """
    made: Path | None = None
    error = ""
    for result in run_jobs(jobs, session, progress, cancel):
        on_result(result)
        if result.status is JobStatus.CANCELLED:
            raise CancelledError
        made, error = made or result.output, error or result.error
    if made is None:
        raise DoccleanError(error)
    notes = (*found.notes, *_circumstances(found.receipt, session))
    if _has_equal_bytes(made, found):
        return Reproduction(Likeness.BYTES, (), notes)
    pages = () if found.result is None else tuple(compare_pages(found.result, made))
    is_alike = bool(pages) and not any(page.differing for page in pages)
    return Reproduction(Likeness.PIXELS if is_alike else Likeness.NONE, pages, notes)


def reproduction_report(found: FoundReceipt, inputs: tuple[Path, ...], outcome: Reproduction) -> dict[str, Any]:
    """Put the outcome into values that JSON has."""
    return {
        "program": "docclean",
        "version": __version__,
        "receipt": str(found.holder),
        "result": None if found.result is None else str(found.result),
        "inputs": [str(path) for path in inputs],
        "made_by": found.receipt.version,
        "likeness": outcome.likeness.value,
        "pages": [
            {
                "page": page.page,
                "pixels": page.pixels,
                "differing": page.differing,
                "largest_difference": page.largest,
                "of": page.of,
            }
            for page in outcome.pages
        ],
        "notes": list(outcome.notes),
    }


def _result_name(found: FoundReceipt) -> str:
    if found.result is not None:
        return found.result.name
    output = found.receipt.output
    name = output.name if output is not None else found.receipt.inputs[0].name
    return Path(name.replace(os.sep, "_")).name or "result"


def _has_equal_bytes(made: Path, found: FoundReceipt) -> bool:
    if found.result is not None:
        return digest_of(made) == digest_of(found.result)
    return found.receipt.output is not None and digest_of(made) == found.receipt.output.sha256


def _circumstances(receipt: Receipt, session: EngineSession) -> tuple[str, ...]:
    """Say what is not as it was, because a difference may come from that."""
    notes = []
    if receipt.version != __version__:
        notes.append(_OTHER_VERSION.format(receipt.version, __version__))
    if receipt.device != session.device.kind:
        notes.append(_OTHER_DEVICE.format(receipt.device, session.device.kind))
    here = machine_facts(session)
    others = [
        f"{name}: {then} then, {here[name]} now"
        for name, then in receipt.machine.items()
        if here.get(name, then) != then
    ]
    if others:
        notes.append(_OTHER_LIBRARIES.format("; ".join(others)))
    return tuple(notes)
