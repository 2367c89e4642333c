"""`docclean evaluate`: how well a model cleans pages whose clean twins are known."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docclean import __version__
from docclean.cli.console import complain, counted, say
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.cli.report import prepare_report
from docclean.cli.run_progress import show_progress
from docclean.core.cancel import CancelledError
from docclean.core.errors import ExitCode, UsageError
from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.engine.device import resolve_device
from docclean.engine.evaluation import PageEvaluation, PagePair, evaluate_pairs, match_pages, mean_scores
from docclean.engine.legibility import ReadText, tesseract_reader
from docclean.engine.pipeline import Pipeline
from docclean.engine.run_report import write_report
from docclean.engine.session import EngineSession
from docclean.imaging.metrics import PageScores
from docclean.models.catalog import Catalog

_COLUMNS = ("RMSE", "PSNR/dB", "SSIM", "ink lost", "ink added", "color", "marks", "CER")
_LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What `docclean evaluate` was asked to do, as typed; see its help."""

    dirty: Path | None
    clean: Path | None
    model: str = ""
    device: str = "auto"
    report: Path | None = None
    reads_text: bool = False


def evaluate_model(options: EvaluateOptions) -> ExitCode:
    """Measure a model and print a table.

    Raises:
        DoccleanError: The request cannot be carried out.
    """
    if options.dirty is None or options.clean is None:
        raise UsageError("--dirty and --clean: name both folders, or measure on made-up dirt with --suite.")
    catalog = Catalog.installed()
    entry = catalog.get(options.model) if options.model else catalog.default_for(Task.DENOISE)
    session = EngineSession(resolve_device(options.device), catalog)
    read_text = tesseract_reader() if options.reads_text else None
    if options.report is not None:
        prepare_report(options.report)
    pairs = match_pages(options.dirty, options.clean)
    task = entry.manifest.task
    pipeline = session.pipeline(Recipe(stages=(StageSpec(task=task, model=entry.manifest.id),)))
    complain(f"{counted(len(pairs), 'page')} with {entry.manifest.id} on {session.device.label}")
    rows: list[PageEvaluation] = []
    with suppress(CancelledError, KeyboardInterrupt):
        _run(pairs, pipeline, task, session.device.name, rows, read_text)
    _print_table(rows)
    if options.report is not None:
        write_report(options.report, _report(rows, entry.manifest.id, session.device.label))
    if len(rows) < len(pairs):
        return ExitCode.INTERRUPTED
    return ExitCode.SOME_PAGES_FAILED if any(row.error for row in rows) else ExitCode.OK


def _run(
    pairs: Sequence[PagePair],
    pipeline: Pipeline,
    task: Task,
    device: str,
    rows: list[PageEvaluation],
    read_text: ReadText | None,
) -> None:
    """Evaluate the pairs; rows are added to `rows` at once."""
    names = {str(number): pair.name for number, pair in enumerate(pairs)}
    with (
        show_progress(names, [task.value], device) as progress,
        cancelled_by_interrupt(progress.announce_stop) as cancel,
    ):
        for row in evaluate_pairs(pairs, pipeline, progress=progress, cancel=cancel, read_text=read_text):
            progress.finish(str(len(rows)), "not compared" if row.error else f"done in {row.seconds:.1f} s")
            rows.append(row)


def _print_table(rows: Sequence[PageEvaluation]) -> None:
    for row in rows:
        if row.error:
            complain(f"failed: {row.error}")
    scored = [(row.pair.name, row.raw, row.cleaned) for row in rows if row.raw and row.cleaned]
    if not scored:
        return
    mean = (
        f"mean of {counted(len(scored), 'page')}",
        mean_scores([raw for _, raw, _ in scored]),
        mean_scores([cleaned for _, _, cleaned in scored]),
    )
    width = min(_LONGEST_NAME, max(len(name) for name, _, _ in [*scored, mean]))
    say(f"{'':{width}}  {'':7}" + "".join(f"{column:>10}" for column in _COLUMNS))
    for name, raw, cleaned in [*scored, mean]:
        shown = name if len(name) <= width else f"{name[: width - 1]}…"
        say(f"{shown:{width}}  raw    {_numbers(raw)}")
        say(f"{'':{width}}  cleaned{_numbers(cleaned)}")


def _numbers(scores: PageScores) -> str:
    always = (
        f"{scores.rmse:10.4f}{scores.psnr_db:10.2f}{scores.ssim:10.4f}{scores.ink_lost:10.2%}{scores.ink_added:10.2%}"
    )
    color = "-" if scores.color_error is None else f"{scores.color_error:.4f}"
    marks, errors = ("-" if x is None else f"{x:.2%}" for x in (scores.marks_kept, scores.character_errors))
    return f"{always}{color:>10}{marks:>10}{errors:>10}"


def _report(rows: Sequence[PageEvaluation], model: str, device: str) -> dict[str, Any]:
    raw = [row.raw for row in rows if row.raw]
    cleaned = [row.cleaned for row in rows if row.cleaned]
    return {
        "program": "docclean",
        "version": __version__,
        "model": model,
        "device": device,
        "totals": {"pages": len(rows), "done": len(cleaned), "failed": len(rows) - len(cleaned)},
        "mean": {
            "raw": mean_scores(raw).to_json() if raw else None,
            "cleaned": mean_scores(cleaned).to_json() if cleaned else None,
        },
        "pages": [_page(row) for row in rows],
    }


def _page(row: PageEvaluation) -> dict[str, Any]:
    return {
        "name": row.pair.name,
        "dirty": str(row.pair.dirty.path) if row.pair.dirty else None,
        "clean": str(row.pair.clean.path) if row.pair.clean else None,
        "raw": row.raw.to_json() if row.raw else None,
        "cleaned": row.cleaned.to_json() if row.cleaned else None,
        "seconds": row.seconds,
        "error": row.error,
    }
