"""`docclean finetune`: a model of one's own pages, and what came of it."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from docclean.cli.choices import choice
from docclean.cli.console import complain, say
from docclean.cli.finetune_progress import FinetuneProgress, show_finetuning
from docclean.cli.finetune_result import finetune_report, print_outcome
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.cli.report import prepare_report
from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DoccleanError, ExitCode, UsageError
from docclean.core.paths import user_models_folder
from docclean.core.validation import explain_validation_fault
from docclean.engine.device import DeviceSpec, resolve_device
from docclean.engine.run_report import write_report
from docclean.models.catalog import Catalog
from docclean.models.names import new_model_folder
from docclean.training.config import Regularizer
from docclean.training.finetune.request import CheckNews, FinetuneRequest, FinetuneWatch, Mode, Scope

_SAME_NAMES = ("minutes", "steps", "seed", "base", "learning_rate", "batch", "crop", "dpi", "regularizer_weight")
"""Options that are called as they are in a request."""


@dataclass(frozen=True, slots=True)
class FinetuneOptions:
    """What `docclean finetune` was asked to do, as typed; see its help. None leaves a setting at its default."""

    name: str
    dirty: Path | None = None
    clean: Path | None = None
    suffixes: str | None = None
    pairs: Path | None = None
    is_own_paper: bool = False
    is_two_scans: bool = False
    base: str | None = None
    minutes: float | None = None
    steps: int | None = None
    scope: str | None = None
    regularizer: str | None = None
    regularizer_weight: float | None = None
    learning_rate: float | None = None
    batch: int | None = None
    crop: int | None = None
    dpi: float | None = None
    seed: int | None = None
    is_resumed: bool = False
    is_finished: bool = False
    device: str = "auto"
    report: Path | None = None


@dataclass(slots=True)
class Diary:
    """What was heard of a run, for its report."""

    checks: list[CheckNews] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def finetune_model(options: FinetuneOptions) -> ExitCode:
    """Make a model, or go on with the run that makes it.

    Raises:
        DoccleanError: The request cannot be carried out.
    """
    if options.is_finished and not options.is_resumed:
        raise UsageError("--finish: ends an interrupted run; add --resume, and name the run with --name.")
    catalog = Catalog.installed()
    new_model_folder(options.name, catalog, user_models_folder())
    request = _kept_request(options) if options.is_resumed else _new_request(options)
    if options.report is not None:
        prepare_report(options.report)
    device = resolve_device(options.device)
    return _run(request, options, catalog, device)


def _new_request(options: FinetuneOptions) -> FinetuneRequest:
    from docclean.training.finetune.project import unfinished_runs, work_folder

    if options.name in {run.name for run in unfinished_runs()}:
        raise UsageError(
            f"--name {options.name}: an interrupted run of this name is kept in {work_folder(options.name)}; go on "
            "with --resume, or delete that folder to begin anew."
        )
    _verify_sources(options)
    if options.minutes is not None and options.steps is not None:
        raise UsageError("--minutes and --steps: say the same in two ways; leave one of them out.")
    if options.regularizer_weight is not None and options.regularizer in (None, "none"):
        raise UsageError("--regularizer-weight: weighs a penalty, and there is none; add --regularizer.")
    return _request({"name": options.name, **_given(options)})


def _kept_request(options: FinetuneOptions) -> FinetuneRequest:
    """The interrupted run of a name; options that say something else are refused."""
    from docclean.training.finetune.project import unfinished_runs

    runs = {run.name: run for run in unfinished_runs()}
    if options.name not in runs:
        known = ", ".join(sorted(runs)) or "none"
        raise UsageError(f"--resume {options.name}: there is no interrupted run of this name (there are: {known}).")
    kept = runs[options.name]
    given = _request({**kept.model_dump(), **_given(options)})
    for name in FinetuneRequest.model_fields:
        began, wanted = getattr(kept, name), getattr(given, name)
        if began != wanted:
            raise UsageError(
                f"--resume: the run goes on as it began, with {name.replace('_', '-')} {began} and not {wanted}; leave "
                "that option out, or begin a run under another name."
            )
    return kept


def _verify_sources(options: FinetuneOptions) -> None:
    """Check that the options name one thing to learn from."""
    ways = {
        "--pairs": options.pairs is not None,
        "--suffixes": options.suffixes is not None,
        "--own-paper": options.is_own_paper,
        "--two-scans": options.is_two_scans,
    }
    chosen = [way for way, is_chosen in ways.items() if is_chosen]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)}: are different things to learn from; choose one.")
    way = chosen[0] if chosen else ""
    if options.dirty is None and way != "--pairs":
        raise UsageError("--dirty: is missing; name the folder of the pages as they come from the scanner.")
    if options.clean is None and way in ("", "--two-scans"):
        what = "the second scans" if way else "the clean twins (or use --suffixes, --pairs, --own-paper or --two-scans)"
        raise UsageError(f"--clean: is missing; name the folder of {what}.")
    if options.clean is not None and way not in ("", "--two-scans"):
        raise UsageError(f"--clean: is not used with {way}; leave one of the two out.")


def _given(options: FinetuneOptions) -> dict[str, Any]:
    """The values of a request that were typed. Folders in full: a run may go on from another folder."""
    values: dict[str, Any] = {name: getattr(options, name) for name in _SAME_NAMES}
    values["dirty"] = options.dirty and options.dirty.absolute()
    values["clean"] = options.clean and options.clean.absolute()
    if options.pairs is not None:
        values["table"] = options.pairs.absolute()
        values["dirty"] = values["dirty"] or values["table"].parent
    if options.suffixes is not None:
        values["dirty_suffix"], values["clean_suffix"] = _suffixes(options.suffixes)
    if options.is_own_paper or options.is_two_scans:
        values["mode"] = Mode.OWN_PAPER if options.is_own_paper else Mode.TWO_SCANS
    if options.scope is not None:
        values["scope"] = choice(Scope, "--scope", options.scope)
    if options.regularizer is not None:
        values["regularizer"] = choice(Regularizer, "--regularizer", options.regularizer)
    return {name: value for name, value in values.items() if value is not None}


def _suffixes(typed: str) -> tuple[str, str]:
    dirty, comma, clean = typed.partition(",")
    if not comma or not dirty or not clean or dirty == clean or "," in clean:
        raise UsageError(f"--suffixes {typed}: name two different endings, as in --suffixes=-dirty,-clean.")
    return dirty, clean


def _request(values: dict[str, Any]) -> FinetuneRequest:
    try:
        return FinetuneRequest.model_validate(values)
    except ValidationError as fault:
        key, words = explain_validation_fault(fault)
        raise UsageError(f"--{key.replace('_', '-')} {values.get(key, '')}: {words}.") from fault


def _run(request: FinetuneRequest, options: FinetuneOptions, catalog: Catalog, device: DeviceSpec) -> ExitCode:
    from docclean.training.finetune.project import finetune, unfinished_runs

    enough, diary, began = CancelToken(), Diary(), time.monotonic()
    if options.is_finished:
        enough.cancel()
    complain(f"fine-tuning on {device.label}; Ctrl-C saves the state and stops")

    def facts() -> dict[str, Any]:
        return {
            "device": device.label,
            "seconds": time.monotonic() - began,
            "request": request.model_dump(mode="json"),
            "notes": diary.notes,
            "checks": [asdict(check) for check in diary.checks],
        }

    try:
        with show_finetuning() as view, cancelled_by_interrupt(view.announce_stop) as cancel:
            watch = _watch(view, diary, cancel, enough)
            outcome = finetune(request, catalog, device=device.name, watch=watch, is_resumed=options.is_resumed)
    except CancelledError:
        is_kept = request.name in {run.name for run in unfinished_runs()}
        say(f"Stopped. {_ways_on(request.name, diary) if is_kept else 'Training had not begun, and nothing is kept.'}")
        _report(options.report, finetune_report(None, facts()))
        return ExitCode.INTERRUPTED
    except UsageError:
        raise
    except DoccleanError as fault:
        complain(str(fault))
        if request.name in {run.name for run in unfinished_runs()}:
            complain(_ways_on(request.name, diary))
        return fault.exit_code
    try:
        print_outcome(outcome)
    finally:
        _report(options.report, finetune_report(outcome, facts()))
    return ExitCode.OK


def _report(path: Path | None, report: dict[str, Any]) -> None:
    if path is not None:
        write_report(path, report)


def _ways_on(name: str, diary: Diary) -> str:
    command = f"docclean finetune --name {name} --resume"
    to_go_on = f"The state is saved. To go on: {command}"
    if not any(check.step for check in diary.checks):
        return to_go_on
    return f"{to_go_on}. To make the model from the best state so far: {command} --finish"


def _watch(view: FinetuneProgress, diary: Diary, cancel: CancelToken, enough: CancelToken) -> FinetuneWatch:
    def check(news: CheckNews) -> None:
        diary.checks.append(news)
        view.line(_line(news))

    def note(sentence: str) -> None:
        diary.notes.append(sentence)
        view.remark(sentence)

    return FinetuneWatch(stage=view.stage, step=view.step, check=check, note=note, cancel=cancel, enough=enough)


def _line(news: CheckNews) -> str:
    loss = "" if news.loss is None else f"loss {news.loss:.4f}, "
    what = "base model: " if news.step == 0 else f"step {news.step}: "
    best = ", the best so far" if news.is_best and news.step else ""
    return f"{what}{loss}error on held-out pages {news.rmse:.4f}{best}, {news.seconds:.0f} s"
