"""`docclean train`: train a model of one's own."""

import importlib.util
import logging
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from docclean.cli.choices import choice
from docclean.cli.console import QuietTraining, TrainingProgress, complain, say, show_training
from docclean.cli.interruption import cancelled_by_interrupt, cancelled_by_launcher
from docclean.core.cancel import CancelledError
from docclean.core.errors import DoccleanError, ExitCode, TrainingError, UsageError
from docclean.core.paths import user_models_folder
from docclean.core.recipe import Task
from docclean.engine.device import DeviceSpec, resolve_device
from docclean.models.catalog import Catalog, ModelEntry
from docclean.training.config import PixelLoss, Precision, Regularizer, TrainConfig
from docclean.training.launch import Launch

if TYPE_CHECKING:
    from docclean.models.manifest import ModelManifest
    from docclean.training.loop import TrainingPairs
    from docclean.training.project import Material
    from docclean.training.run_log import TrainReport

logger = logging.getLogger(__name__)

_EXTRA = ("onnx", "onnxscript")
_FINISHING = {"tone", "chances"}
"""Hyperparameters that are set when weights are finished: a curve over the result, how sure of a mark one must be."""


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
    reuse: int | None = None
    workers: int | None = None
    learning_rate: float | None = None
    seed: int | None = None
    device: str = "auto"
    precision: str = "auto"
    parent: str = ""
    crops: int = 4000
    bottleneck: int | None = None
    loss: str = "sharp"
    input_noise: float | None = None
    regularizer: str = "none"
    regularizer_weight: float | None = None
    sparsity: float | None = None


def train_model(options: TrainOptions) -> ExitCode:
    """Train a model, or go on with the training in the work folder.

    Where a launcher started several processes, all of them find the same faults, and the first one tells.

    Raises:
        DoccleanError: The request cannot be carried out.
    """
    launch = Launch.from_environment()
    try:
        return _train_model(options, launch)
    except DoccleanError as fault:
        if launch.is_first:
            raise
        logger.warning("process %d stopped: %s", launch.rank, fault)
        return fault.exit_code


def _train_model(options: TrainOptions, launch: Launch) -> ExitCode:
    _require_extra(launch)
    catalog = Catalog.installed()
    if PureWindowsPath(options.name).name != options.name:  # Windows knows every separator
        raise UsageError(f"--name {options.name}: is a path; give a name only, the model lies among your own ones.")
    if options.name in {entry.manifest.id for entry in catalog.all()}:
        raise UsageError(f"--name {options.name}: a model of this name exists already; choose another name.")
    parent = catalog.get(options.parent) if options.parent else None
    config = _config(options, parent)
    if config.batch % launch.count:
        raise UsageError(f"--batch {config.batch}: cannot be shared by {launch.count} processes; choose a multiple.")
    return _train(options, config, parent, _device(options.device, launch), launch)


def _require_extra(launch: Launch) -> None:
    together = ("accelerate",) if launch.count > 1 else ()
    missing = [name for name in (*_EXTRA, "torch", *together) if importlib.util.find_spec(name) is None]
    if missing:
        extra = "train,multi-gpu" if together else "train"
        raise TrainingError(
            f"Training needs libraries that are not installed ({', '.join(missing)}): pip install 'docclean[{extra}]'"
        )


def _device(name: str, launch: Launch) -> DeviceSpec:
    """This process's device: of several processes each has the GPU of its number, or all compute on the CPU."""
    if launch.count == 1:
        return resolve_device(name)
    if name not in {"auto", "cpu", "cuda"}:
        raise UsageError(f"--device {name}: several processes share auto, cpu or cuda; the launcher numbers the GPUs.")
    found = resolve_device(name)
    if found.kind != "cuda":
        return resolve_device("cpu")
    resolve_device(f"cuda:{launch.local_count - 1}")  # every process finds out when there are fewer GPUs
    return resolve_device(f"cuda:{launch.local_rank}")


def _config(options: TrainOptions, parent: ModelEntry | None) -> TrainConfig:
    try:
        task = Task(options.task)
    except ValueError:
        raise UsageError(f"{options.task}: is not a task; choose {', '.join(task.value for task in Task)}.") from None
    given = {
        "steps": options.steps,
        "batch": options.batch,
        "reuse": options.reuse,
        "workers": options.workers,
        "learning_rate": options.learning_rate,
        "seed": options.seed,
        "input_noise": options.input_noise,
        "regularizer_weight": options.regularizer_weight,
        "sparsity": options.sparsity,
    }
    values = {name: value for name, value in given.items() if value is not None}
    config = TrainConfig.model_validate(
        {
            "task": task,
            "precision": choice(Precision, "--precision", options.precision),
            "loss": choice(PixelLoss, "--loss", options.loss),
            "regularizer": choice(Regularizer, "--regularizer", options.regularizer),
            "hyperparameters": {} if parent is None else _learned_with(parent),
            **values,
        }
    )
    if options.bottleneck is None:
        return config
    from docclean.training.project import with_bottleneck

    return with_bottleneck(config, options.bottleneck)


def _learned_with(parent: ModelEntry) -> dict[str, Any]:
    """The parent's hyperparameters, but for those that suit its own, finished weights alone."""
    return {name: value for name, value in parent.manifest.hyperparameters.items() if name not in _FINISHING}


def _train(
    options: TrainOptions, config: TrainConfig, parent: ModelEntry | None, device: DeviceSpec, launch: Launch
) -> ExitCode:
    from docclean.training.project import Material, gather_pairs_once, verify_new_model

    folder = user_models_folder() / options.name
    verify_new_model(folder, config, parent)
    material = Material(options.corpus, options.pairs, options.fonts, options.crops)
    if launch.is_first:
        complain(f"reading the pages; they are kept in {options.work} for the next time")
    pairs = gather_pairs_once(material, options.work, config, device.name)
    if launch.is_first:
        together = f", {launch.count} processes" if launch.count > 1 else ""
        complain(f"training on {device.label}{together}; Ctrl-C saves the state and stops")

    try:
        manifest = _run(options, config, pairs, folder, parent=parent, material=material, device=device, launch=launch)
    except CancelledError:
        if launch.is_first:
            say(f"Stopped; the state is saved in {options.work}. The same command again goes on.")
        return ExitCode.INTERRUPTED
    if manifest is not None:
        say(f"The model {manifest.id} is ready: docclean clean INPUT -o OUT --model {manifest.id}")
    return ExitCode.OK


def _run(
    options: TrainOptions,
    config: TrainConfig,
    pairs: "TrainingPairs",
    folder: Path,
    *,
    parent: ModelEntry | None,
    material: "Material",
    device: DeviceSpec,
    launch: Launch,
) -> "ModelManifest | None":
    from docclean.training.loop import Watch
    from docclean.training.project import train_user_model

    view: TrainingProgress = show_training(config.steps) if launch.is_first else QuietTraining()
    stopping = cancelled_by_interrupt(lambda: None) if launch.count == 1 else cancelled_by_launcher()
    with stopping as cancel, view:

        def report(row: "TrainReport") -> None:
            view.line(_line(row, config.steps))

        return train_user_model(
            config,
            pairs,
            options.work,
            folder,
            device=device.name,
            parent=parent,
            material=material,
            watch=Watch(report, cancel, view.step),
        )


def _line(row: "TrainReport", steps: int) -> str:
    return (
        f"step {row.step} of {steps}: loss {row.loss:.4f}, error on held-out pages {row.rmse:.4f}, "
        f"learning rate {row.learning_rate:.2g}, {row.seconds:.0f} s"
    )
