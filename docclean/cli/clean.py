"""`docclean clean`: clean pages, show progress, sum up, report."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import partial

from docclean.cli.console import complain, counted, say
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.cli.pdf_options import ask_for_passwords
from docclean.cli.recipe import choose_recipe
from docclean.cli.run_progress import show_progress
from docclean.cli.run_reports import RunReports, opened_reports
from docclean.cli.sharing_options import shared_run
from docclean.core.errors import DiskFullError, ExitCode
from docclean.core.job import JobStatus, PageResult
from docclean.core.pace import Pace
from docclean.core.page import PageSource
from docclean.documents.writer import shares_file
from docclean.engine.device import resolve_device
from docclean.engine.journaled_runs import open_journal, resume_plan, run_journaled
from docclean.engine.page_costs import page_costs
from docclean.engine.planning import CleanOptions, CleanPlan, page_name, plan_jobs
from docclean.engine.result_store import ResultStore
from docclean.engine.runner import run_jobs
from docclean.engine.session import EngineSession
from docclean.engine.size_estimate import estimate_size
from docclean.engine.text_recognition import verify_recognition
from docclean.models.catalog import Catalog

_MOST_SKIPPED = 20
_MOST_NAMED = 5


def clean_pages(options: CleanOptions) -> ExitCode:
    """Clean what the user named.

    Raises:
        DoccleanError: The request cannot be carried out; no page was touched.
    """
    catalog = Catalog.installed()
    recipe = choose_recipe(options.tasks, options.model, options.strength, catalog, options.color)
    recipe = recipe.model_copy(update={"geometry": options.geometry})
    if options.languages:
        verify_recognition(options.languages)
    device = resolve_device(options.device)
    plan = plan_jobs(options, recipe)
    if ask_for_passwords(job.source.path for job in plan.jobs):
        plan = plan_jobs(options, recipe)  # now that the pages can be counted
    session = EngineSession(device, catalog)
    results = ResultStore()
    with open_journal(plan, catalog) or nullcontext() as journal:
        if journal is not None:
            plan = resume_plan(plan, journal, options)
            for note in journal.notes:
                complain(f"note: {note}")
        with opened_reports(options, plan) as reports:
            if plan.jobs:
                session.pipeline(recipe)  # a damaged model is found now, and not once for every page
                _announce(plan, device.label)
                engine = shared_run(options, session, recipe, catalog, plan.jobs) or partial(run_jobs, overlaps=True)
                # The second Ctrl-C; what is done stays, and is reported.
                with suppress(KeyboardInterrupt):
                    _run(plan, session, partial(run_journaled, journal=journal, run=engine), results, reports)
            code = _exit_code(plan, results)
            if not reports.save(results):
                code = code or ExitCode.SOME_PAGES_FAILED
    _sum_up(plan, results, options)
    return code


def _announce(plan: CleanPlan, device: str) -> None:
    """Say what cannot be done, what is being done, and how large documents will be, if there are any."""
    _tell_failures([failed.error for failed in plan.failed[:_MOST_SKIPPED]])
    if len(plan.failed) > _MOST_SKIPPED:
        complain(f"failed: {len(plan.failed) - _MOST_SKIPPED} more; they are named at the end.")
    done = f"; {len(plan.existing):,} were done before" if plan.existing else ""
    complain(f"{counted(len(plan.jobs), 'page')} on {device}{done}")
    documents = [job for job in plan.jobs if shares_file(job.source, job.output)]
    if documents and (estimate := estimate_size(documents)) is not None:
        complain(f"size of the documents: {estimate}")


def _run(
    plan: CleanPlan,
    session: EngineSession,
    run: Callable[..., Iterator[PageResult]],
    results: ResultStore,
    reports: RunReports,
) -> None:
    """Run the jobs; what comes of them is added to `results` at once."""
    names = {job.id: page_name(job.source) for job in plan.jobs}
    tasks = [stage.task.value for stage in plan.jobs[0].recipe.stages]
    pace = Pace(page_costs(plan.jobs))
    with (
        show_progress(names, tasks, session.device.name, pace) as progress,
        cancelled_by_interrupt(progress.announce_stop) as cancel,
    ):
        for result in run(plan.jobs, session, progress, cancel):
            results[result.job_id] = result
            progress.finish(result.job_id, f"{result.status.value} in {result.seconds:.1f} s")
            reports.add(result)


def _exit_code(plan: CleanPlan, results: Mapping[str, PageResult]) -> ExitCode:
    statuses = {result.status for result in results.values()}
    if _is_disk_full(results):
        return ExitCode.SOME_PAGES_FAILED
    if len(results) < len(plan.jobs) or JobStatus.CANCELLED in statuses:
        return ExitCode.INTERRUPTED
    if plan.failed or JobStatus.FAILED in statuses:
        return ExitCode.SOME_PAGES_FAILED
    return ExitCode.OK


def _is_disk_full(results: Mapping[str, PageResult]) -> bool:
    return any(result.error_code == DiskFullError.code for result in results.values())


def _sum_up(plan: CleanPlan, results: Mapping[str, PageResult], options: CleanOptions) -> None:
    """Say what went wrong and what is worth knowing on standard error, and the totals on standard output."""
    errors = [failed.error for failed in plan.failed]
    errors += [result.error for result in results.values() if result.status is JobStatus.FAILED]
    _tell_failures(errors)
    _tell_warnings(plan, results)
    for skipped in plan.skipped[:_MOST_SKIPPED]:
        complain(f"skipped: {skipped}")
    if len(plan.skipped) > _MOST_SKIPPED:
        complain(f"skipped: {len(plan.skipped) - _MOST_SKIPPED} more; a report (--report, --json) lists all.")
    say(_totals(plan, results, options))


def _tell_failures(errors: Iterable[str]) -> None:
    """Print each sentence once: the pages of a document may have failed for the same reason."""
    for error in dict.fromkeys(errors):
        complain(f"failed: {error}")


def _totals(plan: CleanPlan, results: Mapping[str, PageResult], options: CleanOptions) -> str:
    """The end in one line, as in "1,203 pages: 800 done before, 400 cleaned, 3 failed (a.png, b.png, c.png)."."""
    statuses = Counter(result.status for result in results.values())
    failed = [_short_name(job.source) for job in plan.jobs if _has_failed(results.get(job.id))]
    failed += [refused.path.name or str(refused.path) for refused in plan.failed]
    done = statuses[JobStatus.DONE]
    left = sum(result.is_untouched for result in results.values() if result.status is JobStatus.DONE)
    stopped = len(plan.jobs) - done - statuses[JobStatus.FAILED]
    parts = [f"{len(plan.existing):,} done before"] if plan.existing else []
    parts += [f"{done - left:,} cleaned"] if done - left or not (plan.existing or left) else []
    parts += [f"{left:,} left as {'it was' if left == 1 else 'they were'}"] if left else []
    parts += [f"{len(failed):,} failed ({_listed(failed)})"] if failed else []
    if stopped:
        reason = "the disk is full" if _is_disk_full(results) else "you stopped it"
        parts.append(f"{stopped:,} not finished because {reason}")
    pages = len(plan.existing) + len(plan.jobs) + len(plan.failed)
    skipped = f" {counted(len(plan.skipped), 'file')} skipped." if plan.skipped else ""
    where = f" The results are in {options.output}" if done or plan.existing else ""
    return f"{counted(pages, 'page')}: {', '.join(parts)}.{skipped}{where}"


def _has_failed(result: PageResult | None) -> bool:
    return result is not None and result.status is JobStatus.FAILED


def _short_name(source: PageSource) -> str:
    return source.path.name if source.pages == 1 else f"{source.path.name} page {source.page + 1}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED:,} more"


def _tell_warnings(plan: CleanPlan, results: Mapping[str, PageResult]) -> None:
    """Print each warning once, with the first page that it is about."""
    pages: dict[str, list[str]] = {}
    for job in plan.jobs:
        for warning in results[job.id].warnings if job.id in results else ():
            pages.setdefault(warning, []).append(page_name(job.source))
    for warning, names in pages.items():
        others = f" and {counted(len(names) - 1, 'other page')}" if len(names) > 1 else ""
        complain(f"note: {names[0]}{others}: {warning}")
