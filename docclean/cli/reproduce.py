"""`docclean reproduce`: make a result again from its receipt and compare the two."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from docclean.cli.console import complain, counted, say
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.cli.pdf_options import ask_for_passwords
from docclean.cli.report import prepare_report
from docclean.cli.run_progress import show_progress
from docclean.core.cancel import CancelledError
from docclean.core.errors import DeviceError, DoccleanError, ExitCode
from docclean.core.job import PageJob
from docclean.core.receipt import Receipt
from docclean.engine.device import DeviceSpec, cpu_device, resolve_device
from docclean.engine.page_differences import PageDifference
from docclean.engine.planning import page_name
from docclean.engine.receipt_search import FoundReceipt, find_inputs, find_receipt_of, verify_models
from docclean.engine.reproduction import (
    Likeness,
    Reproduction,
    plan_reproduction,
    reproduce,
    reproduction_report,
)
from docclean.engine.run_report import verify_report, write_report
from docclean.engine.session import EngineSession
from docclean.models.catalog import Catalog

_MOST_PAGES = 20


class Verdict(IntEnum):
    """Exit status, as that of `diff`."""

    SAME = 0
    DIFFERENT = 1
    TROUBLE = 2


@dataclass(frozen=True, slots=True)
class ReproduceOptions:
    """What to make again.

    Attributes:
        target: A receipt, or a result.
        inputs: Files or folders to look for the inputs in.
        device: As in `--device`; empty for the kind that the receipt names.
        report: File for a report.
    """

    target: Path
    inputs: tuple[Path, ...] = ()
    device: str = ""
    report: Path | None = None


def reproduce_result(options: ReproduceOptions) -> int:
    """Make a result again.

    Returns:
        A `Verdict`, or `ExitCode.INTERRUPTED`.
    """
    try:
        return _reproduce(options)
    except CancelledError:
        complain("Stopped; nothing was compared.")
        return ExitCode.INTERRUPTED
    except DoccleanError as fault:
        complain(str(fault))
        return Verdict.TROUBLE


def _reproduce(options: ReproduceOptions) -> int:
    catalog = Catalog.installed()
    found = find_receipt_of(options.target)
    verify_models(found.receipt, catalog)
    inputs = find_inputs(found, options.inputs)
    device = _device(options.device, found.receipt)
    ask_for_passwords([*inputs, *([found.result] if found.result else [])])
    with tempfile.TemporaryDirectory(prefix="docclean-", ignore_cleanup_errors=True) as folder:
        jobs = plan_reproduction(found, inputs, Path(folder))
        if options.report is not None:
            prepare_report(options.report, jobs)
        outcome = _run(found, jobs, EngineSession(device, catalog))
    if options.report is not None:
        verify_report(options.report)
        write_report(options.report, reproduction_report(found, inputs, outcome))
    _tell(found, inputs, outcome)
    return Verdict.DIFFERENT if outcome.likeness is Likeness.NONE else Verdict.SAME


def _run(found: FoundReceipt, jobs: tuple[PageJob, ...], session: EngineSession) -> Reproduction:
    names = {job.id: page_name(job.source) for job in jobs}
    tasks = [stage.task.value for stage in jobs[0].recipe.stages]
    complain(f"{counted(len(jobs), 'page')} on {session.device.label}")
    with (
        show_progress(names, tasks, session.device.name) as progress,
        cancelled_by_interrupt(progress.announce_stop) as cancel,
    ):
        return reproduce(
            found,
            jobs,
            session,
            progress,
            cancel,
            lambda result: progress.finish(result.job_id, f"{result.status.value} in {result.seconds:.1f} s"),
        )


def _device(name: str, receipt: Receipt) -> DeviceSpec:
    """The device that was asked for, else one of the receipt's kind, else the CPU."""
    if name:
        return resolve_device(name)
    try:
        return resolve_device(receipt.device)
    except DeviceError:
        return cpu_device()


def _tell(found: FoundReceipt, inputs: Sequence[Path], outcome: Reproduction) -> None:
    receipt = found.receipt
    models = ", ".join(model.id for model in receipt.models) or "no model"
    sources = str(inputs[0]) if len(inputs) == 1 else counted(len(inputs), "file")
    complain(f"{found.result or found.holder}: made from {sources} by docclean {receipt.version} with {models}.")
    for note in outcome.notes:
        complain(f"note: {note}")
    different = [page for page in outcome.pages if page.differing]
    for page in different[:_MOST_PAGES]:
        complain(_described(page))
    if len(different) > _MOST_PAGES:
        complain(f"{len(different) - _MOST_PAGES} more pages differ; a report (--json) lists all.")
    say(_conclusion(outcome, len(different)))


def _described(page: PageDifference) -> str:
    return (
        f"page {page.page}: {page.differing:,} of {page.pixels:,} pixels differ, "
        f"the largest difference is {page.largest} of {page.of}"
    )


def _conclusion(outcome: Reproduction, different: int) -> str:
    if outcome.likeness is Likeness.BYTES:
        return "equal bytes: the result came out again, byte for byte."
    if outcome.likeness is Likeness.PIXELS:
        return f"equal pixels: {counted(len(outcome.pages), 'page')} came out again; the files are packed differently."
    if not outcome.pages:
        return "differs: the file that was made now has other bytes than the result had."
    return f"differs: {counted(different, 'page')} of {len(outcome.pages)}."
