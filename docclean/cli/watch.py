"""`docclean watch`: clean what arrives in a folder, and say what became of it."""

import functools
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from docclean.cli.console import complain, counted, say
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.cli.recipe import choose_recipe
from docclean.cli.service_notice import notify_service_manager
from docclean.cli.watch_log import WatchLog
from docclean.core.errors import ExitCode, UsageError, WriteError
from docclean.core.job import OutputFormat
from docclean.engine.device import resolve_device
from docclean.engine.fingerprints import Fingerprints
from docclean.engine.planning import CleanOptions, output_format_named
from docclean.engine.session import EngineSession
from docclean.engine.text_recognition import verify_recognition
from docclean.engine.watching.file_plan import FilePlanner
from docclean.engine.watching.file_runner import FileRunner
from docclean.engine.watching.folder_changes import FolderChanges
from docclean.engine.watching.places import DONE_FOLDER, FAILED_FOLDER, check_places
from docclean.engine.watching.watch_events import WatchEvent, WatchEventKind
from docclean.engine.watching.watched_folder import WatchedFolder
from docclean.engine.watching.watcher import Watcher, WatchOptions, WatchTotals
from docclean.models.catalog import Catalog


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What the user asked for.

    Attributes:
        clean: How files are cleaned; its one input is the watched folder.
        watch: How the folder is watched.
        log: Where a line of JSON is written for everything that happens; "-" is standard output, None is nowhere.
    """

    clean: CleanOptions
    watch: WatchOptions
    log: Path | None = None


def watch_folder(request: WatchRequest) -> ExitCode:
    """Watch a folder until told to end.

    Raises:
        DoccleanError: The request cannot be carried out.
    """
    source, output = request.clean.inputs[0], request.clean.output
    places = [("--failed", request.watch.failed), ("--done", request.watch.done)]
    set_aside = [(option, folder) for option, folder in places if folder is not None]
    check_places(source, output, set_aside)
    _refuse_text_outside_pdf(request.clean)
    runner, tasks = _runner(request)
    folder = WatchedFolder(
        source,
        is_recursive=request.clean.recursive,
        # What an earlier run set aside is not to be cleaned even if this one sets nothing aside.
        exclude=(output, source / FAILED_FOLDER, source / DONE_FOLDER, *(folder for _, folder in set_aside)),
    )
    changes = FolderChanges()

    def stop() -> None:
        notify_service_manager("STOPPING=1")
        changes.wake()

    with WatchLog(request.log) as log, cancelled_by_interrupt(stop) as cancel:
        screen = Screen(log, source, is_quiet=request.log == Path("-"))
        watcher = Watcher(folder, runner, replace(request.watch, recipe_words=tasks), screen, changes=changes)
        totals = watcher.watch(cancel)
        screen(WatchEvent(WatchEventKind.STOPPED, source))
        screen.sum_up(totals)
        if not request.watch.is_once:
            return ExitCode.OK
        if cancel.is_cancelled:
            return ExitCode.INTERRUPTED
    return ExitCode.SOME_PAGES_FAILED if totals.failed or totals.was_held else ExitCode.OK


def _refuse_text_outside_pdf(options: CleanOptions) -> None:
    """Only a PDF can hold text that is not seen, and nobody knows what will arrive.

    Raises:
        UsageError: Results may be something else, or there is no such format.
        DoccleanError: Text cannot be recognized here.
    """
    output_format = output_format_named(options.output_format)
    if options.languages:
        if output_format is not OutputFormat.PDF:
            raise UsageError("--searchable: only PDF files can hold such text; add --format pdf.")
        verify_recognition(options.languages)


def _runner(request: WatchRequest) -> tuple[FileRunner, str]:
    """Make what cleans files; gives also what it does, in a few words."""
    options, catalog = request.clean, Catalog.installed()
    recipe = choose_recipe(options.tasks, options.model, options.strength, catalog, options.color)
    recipe = recipe.model_copy(update={"geometry": options.geometry})
    device = resolve_device(options.device)
    planner = FilePlanner(options, recipe, Fingerprints(catalog), inputs_leave=request.watch.done is not None)
    complain(f"watching {options.inputs[0]}; the results go to {options.output}; {device.label}")
    words = ", ".join(f"{stage.task.value} with {stage.model}" for stage in recipe.stages)
    return FileRunner(planner, functools.partial(EngineSession, device, catalog)), words


class Screen:
    """Prints a line for each file; hands all events on to the log. A `WatchSink`."""

    def __init__(self, log: WatchLog, source: Path, *, is_quiet: bool) -> None:
        """Print nothing yet.

        Args:
            log: Takes every event.
            source: The watched folder.
            is_quiet: Whether standard output is for the log alone.
        """
        self._log, self._source, self._is_quiet = log, source, is_quiet

    def __call__(self, event: WatchEvent) -> None:
        """Show an event."""
        self._log.write(event)
        if event.kind is WatchEventKind.READY:
            notify_service_manager("READY=1")
            complain("ready; Ctrl-C ends this.")
        elif event.kind is WatchEventKind.DONE:
            self._say_done(event)
        elif event.kind is WatchEventKind.FAILED:
            complain(f"failed: {_one_line(event)}{_moved(event, ', with the reason beside it')}")
        elif event.kind is WatchEventKind.RESTED:
            complain(f"{counted(event.pages, 'file')} {'was' if event.pages == 1 else 'were'} done before.")
        elif event.kind is WatchEventKind.BACK:
            complain(f"note: {event.path}: is back.")
        else:
            for sentence in event.sentences:
                complain(f"{_PREFIXES.get(event.kind, 'note')}: {sentence}")

    def sum_up(self, totals: WatchTotals) -> None:
        """Print the end in one line."""
        parts = [f"{totals.done:,} cleaned"]
        parts += [f"{totals.made:,} done before"] if totals.made else []
        parts += [f"{totals.failed:,} failed"] if totals.failed else []
        parts += [f"{totals.left:,} left for the next time"] if totals.left else []
        self._say(f"{counted(totals.done + totals.made + totals.failed + totals.left, 'file')}: {', '.join(parts)}.")

    def _say_done(self, event: WatchEvent) -> None:
        outcome = f"{counted(event.pages, 'page')} in {event.seconds:.1f} s" if event.pages else "was done before"
        where = "" if not event.outputs else f": {event.outputs[0]}"
        more = f" and {len(event.outputs) - 1} more" if len(event.outputs) > 1 else ""
        self._say(f"{event.path}: {outcome}{where}{more}.{_moved(event)}")
        for sentence in event.sentences:
            complain(f"note: {event.path}: {sentence}")

    def _say(self, text: str) -> None:
        if self._is_quiet:
            complain(text)
            return
        with suppress(WriteError):  # a full disk that the messages go to is no reason to clean nothing any more
            say(text.replace("\n", "\\n"))


_PREFIXES = {WatchEventKind.SKIPPED: "skipped", WatchEventKind.DELAYED: "waiting"}


def _one_line(event: WatchEvent) -> str:
    first = event.sentences[0] if event.sentences else str(event.path)
    return first if len(event.sentences) < 2 else f"{first} There are {len(event.sentences) - 1} more reasons."


def _moved(event: WatchEvent, rest: str = "") -> str:
    return "" if event.moved_to is None else f" It was moved to {event.moved_to}{rest}."
