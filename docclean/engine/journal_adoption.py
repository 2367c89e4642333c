"""Results that a lost journal knew: a receipt beside a result tells what it was made of, and that nobody changed it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from docclean.core.errors import ReadError
from docclean.core.files import is_plain_file
from docclean.core.job import JobStatus, PageJob, PageResult
from docclean.core.receipt import PageOutcome, Receipt, sidecar_of
from docclean.documents.sidecars import read_sidecar
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.journal_rows import DONE, PageStatus, Statement, page_values


def adopted(
    jobs: Sequence[PageJob],
    output: str | bytes,
    digest: str,
    digest_of_input: Callable[[Path], str],
    fingerprints: Fingerprints,
) -> list[Statement]:
    """Give the rows of a result that no row is there for, if its receipt says that it is exactly what is asked for.

    Args:
        jobs: All pages that go into the file.
        output: The file, as it is stored.
        digest: SHA-256 of what is there.
        digest_of_input: Gives that of an input.
        fingerprints: Of the jobs.

    Returns:
        A statement for every page; none if there is no such receipt, which only a file of its own can be.

    Raises:
        ModelError: A model is unknown.
    """
    path = sidecar_of(jobs[0].output.path)
    if not is_plain_file(path):
        return []
    try:
        receipt = read_sidecar(path)
        inputs = {job.source.path: digest_of_input(job.source.path) for job in jobs}
    except ReadError:
        return []
    if not _is_of(receipt, jobs, digest, inputs, fingerprints):
        return []
    statements = []
    for job, page in zip(jobs, receipt.pages, strict=True):
        result = PageResult(
            job_id=job.id,
            status=JobStatus.DONE,
            output=job.output.path,
            device=receipt.device,
            models=tuple(stage.model for stage in receipt.recipes[page.recipe].stages if stage.strength),
            is_untouched=page.outcome is PageOutcome.UNTOUCHED,
        )
        digests = inputs[job.source.path], digest, fingerprints.of(job)
        statements.append(Statement(DONE, page_values(output, job, result, PageStatus.DONE, digests)))
    return statements


def _is_of(
    receipt: Receipt, jobs: Sequence[PageJob], digest: str, inputs: dict[Path, str], fingerprints: Fingerprints
) -> bool:
    """Whether a receipt is that of these very bytes, and tells of what the jobs ask for."""
    asked = jobs[0].output
    if receipt.output is None or receipt.output.sha256 != digest or len(receipt.pages) != len(jobs):
        return False
    if (receipt.format, receipt.storage, receipt.languages) != (asked.format, asked.storage, asked.languages):
        return False
    weights = {model.id: model.sha256 for model in receipt.models}
    return all(
        page.outcome is not PageOutcome.FAILED
        and (page.page, page.render_dpi) == (job.source.page + 1, job.source.render_dpi)
        and receipt.inputs[page.input].sha256 == inputs[job.source.path]
        and receipt.recipes[page.recipe] == fingerprints.named(job.recipe)
        and fingerprints.weights(job.recipe).items() <= weights.items()
        for job, page in zip(jobs, receipt.pages, strict=True)
    )
