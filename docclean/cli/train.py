"""`docclean train`: train a model of one's own."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from docclean.cli.console import complain, say
from docclean.cli.interruption import cancelled_by_interrupt
from docclean.core.cancel import CancelledError
from docclean.core.errors import ExitCode, TrainingError, UsageError
from docclean.core.paths import user_models_folder
from docclean.core.recipe import Task
from docclean.engine.device import DeviceSpec, resolve_device
from docclean.models.catalog import Catalog, ModelEntry
from docclean.training.config import Precision, TrainConfig

if TYPE_CHECKING:
    from docclean.training.loop import TrainReport

_EXTRA = ("onnx", "onnxscript", "pypdfium2")


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What `docclean train` was asked to do, as typed; see its help. None leaves a setting at its default."""

    task: str
    corpus: tuple[Path, ...]
    work: Path
    name: str
    pairs: tuple[Path, ...] = ()
    fonts: tuple[Path, ...] = ()
    steps: int | None = None
    batch: int | None = None
    learning_rate: float | None = None
    seed: int | None = None
    device: str = "auto"
    precision: str = "auto"
    parent: str = ""
    crops: int = 4000


def train_model(options: TrainOptions) -> ExitCode:
    """Train a model, or go on with the training in the work folder.

    Raises:
        DoccleanError: The request cannot be carried out.
    """
    _require_extra()
    catalog = Catalog.installed()
    if PureWindowsPath(options.name).name != options.name:  # Windows knows every separator
        raise UsageError(f"--name {options.name}: is a path; give a name only, the model lies among your own ones.")
    if options.name in {entry.manifest.id for entry in catalog.all()}:
        raise UsageError(f"--name {options.name}: a model of this name exists already; choose another name.")
    parent = catalog.get(options.parent) if options.parent else None
    config = _config(options, parent)
    device = resolve_device(options.device)
    return _train(options, config, parent, device)


def _require_extra() -> None:
    missing = [name for name in (*_EXTRA, "torch") if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainingError(
            f"Training needs libraries that are not installed ({', '.join(missing)}): pip install 'docclean[train]'"
        )


def _config(options: TrainOptions, parent: ModelEntry | None) -> TrainConfig:
    try:
        task = Task(options.task)
    except ValueError:
        raise UsageError(f"{options.task}: is not a task; choose {', '.join(task.value for task in Task)}.") from None
    try:
        precision = Precision(options.precision)
    except ValueError:
        known = ", ".join(precision.value for precision in Precision)
        raise UsageError(f"--precision {options.precision}: is not known; choose {known}.") from None
    given = {
        "steps": options.steps,
        "batch": options.batch,
        "learning_rate": options.learning_rate,
        "seed": options.seed,
    }
    values = {name: value for name, value in given.items() if value is not None}
    hyperparameters = {} if parent is None else parent.manifest.hyperparameters
    return TrainConfig.model_validate(
        {"task": task, "precision": precision, "hyperparameters": hyperparameters, **values}
    )


def _train(options: TrainOptions, config: TrainConfig, parent: ModelEntry | None, device: DeviceSpec) -> ExitCode:
    from docclean.training.loop import Watch
    from docclean.training.project import Material, gather_pairs, train_user_model, verify_new_model

    folder = user_models_folder() / options.name
    verify_new_model(folder, config, parent)
    material = Material(options.corpus, options.pairs, options.fonts, options.crops)
    complain(f"reading the pages; they are kept in {options.work} for the next time")
    pairs = gather_pairs(material, options.work, config.seed, config.task)
    complain(f"training on {device.label}; Ctrl-C saves the state and stops")

    def report(row: "TrainReport") -> None:
        say(_line(row, config.steps))

    with cancelled_by_interrupt(lambda: None) as cancel:
        try:
            manifest = train_user_model(
                config,
                pairs,
                options.work,
                folder,
                device=device.name,
                parent=parent,
                material=material,
                watch=Watch(report, cancel),
            )
        except CancelledError:
            say(f"Stopped; the state is saved in {options.work}. The same command again goes on.")
            return ExitCode.INTERRUPTED
    say(f"The model {manifest.id} is ready: docclean clean INPUT -o OUT --model {manifest.id}")
    return ExitCode.OK


def _line(row: "TrainReport", steps: int) -> str:
    return (
        f"step {row.step} of {steps}: loss {row.loss:.4f}, error on held-out pages {row.rmse:.4f}, "
        f"learning rate {row.learning_rate:.2g}, {row.seconds:.0f} s"
    )
