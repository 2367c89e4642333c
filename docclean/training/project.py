"""A model of the user's own, from folders of pages to a model folder that every front end can use."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from docclean.core.errors import TrainingError
from docclean.core.recipe import Task
from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import ModelManifest
from docclean.models.registry import ARCHITECTURES
from docclean.training.config import TrainConfig
from docclean.training.corpus import build_corpus
from docclean.training.dataset import PairStream, WatermarkStream
from docclean.training.export import export_model, verify_model_name
from docclean.training.loop import TrainingPairs, Watch, train
from docclean.training.objectives import OBJECTIVES
from docclean.training.processes import join_team
from docclean.training.real_pairs import RealPairs, read_pairs
from docclean.training.typeset import find_fonts
from docclean.training.widening import widened_weights

CORPUS = "corpus"
"""Name of the corpus' folder in the work folder."""


@dataclass(frozen=True, slots=True)
class Material:
    """What to learn from.

    Attributes:
        corpus: Folders of clean pages, PDFs or images.
        pairs: Folders of real pairs, each with dirty/ and clean/.
        fonts: Folders of fonts to typeset pages with; none are set without.
        crops: Clean crops to take from the corpus, at most.
    """

    corpus: tuple[Path, ...]
    pairs: tuple[Path, ...] = ()
    fonts: tuple[Path, ...] = ()
    crops: int = 4000


def gather_pairs(material: Material, work: Path, seed: int, task: Task = Task.DENOISE) -> TrainingPairs:
    """Read the material; the corpus is rasterized once into `work` and opened there the next time.

    Raises:
        TrainingError: Something is missing or unusable; names it.
    """
    real = _merged([read_pairs(folder) for folder in material.pairs])
    fonts = find_fonts(material.fonts) if material.fonts else ()
    corpus = build_corpus(material.corpus, work / CORPUS, fonts=fonts, limit=material.crops, seed=seed)
    if task is Task.DEWATERMARK:
        learned, kept = (WatermarkStream(corpus, fonts, seed=seed, validation=v) for v in (False, True))
        return TrainingPairs(learned, kept)
    # Real pairs are learned from, so the held-out part has none.
    held_out = PairStream(corpus, None, seed=seed, validation=True)
    return TrainingPairs(PairStream(corpus, real, seed=seed), held_out)


def _merged(parts: Sequence[RealPairs]) -> RealPairs | None:
    if not parts:
        return None
    pairs = tuple(pair for part in parts for pair in part.pairs)
    return RealPairs(pairs)


def gather_pairs_once(material: Material, work: Path, config: TrainConfig, device: str) -> TrainingPairs:
    """Read the material as `gather_pairs` does; of several processes the first rasterizes it, then the others open it.

    Raises:
        TrainingError: Something is missing or unusable; names it.
    """
    gathered: list[TrainingPairs] = []
    team = join_team(torch.device(device))
    team.first_only(lambda: gathered.append(gather_pairs(material, work, config.seed, config.task)))
    return gathered[0] if gathered else gather_pairs(material, work, config.seed, config.task)


def with_bottleneck(config: TrainConfig, width: int) -> TrainConfig:
    """The same run with `width` channels in the tile network's bottleneck, that is the last of `ink_channels`.

    Raises:
        TrainingError: No network is known for the task.
    """
    _require_objective(config)
    fine = _hyperparameters(config)["ink_channels"][:-1]
    return config.model_copy(update={"hyperparameters": {**config.hyperparameters, "ink_channels": [*fine, width]}})


def _require_objective(config: TrainConfig) -> None:
    if config.task not in OBJECTIVES:
        known = ", ".join(OBJECTIVES)
        raise TrainingError(f"Models for the task {config.task.value!r} cannot be trained; choose one of: {known}.")


def verify_new_model(folder: Path, config: TrainConfig, parent: ModelEntry | None) -> None:
    """Check before the work that its result can be kept, and that the parent suits.

    A parent for another task gives the layers that both networks share.

    Raises:
        TrainingError: The name is taken or impossible, the parent's architecture is not known, or the task has none.
    """
    verify_model_name(folder)
    _require_objective(config)
    if parent is not None and parent.manifest.architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise TrainingError(
            f"The model {parent.manifest.id!r} has the architecture {parent.manifest.architecture!r}, and only "
            f"{known} can be trained; start from another model."
        )


def train_user_model(  # noqa: PLR0913 - six things make a run, and none of them belong together
    config: TrainConfig,
    pairs: TrainingPairs,
    work: Path,
    folder: Path,
    *,
    device: str,
    parent: ModelEntry | None,
    material: Material,
    watch: Watch,
) -> ModelManifest | None:
    """Train a model, or go on with the run that `work` holds, and export it.

    Of several processes the first exports the model and has its manifest; the others have None.

    Args:
        config: What to do; with a parent, its hyperparameters.
        pairs: From `gather_pairs`.
        work: Folder of the checkpoint.
        folder: The new model's folder; its name is the model's id.
        device: Name as in `DeviceSpec.name`.
        parent: Model to start from; None for random weights.
        material: What `pairs` was made from, for the manifest.
        watch: Who follows the run.

    Raises:
        CancelledError: The run was cancelled; a checkpoint was written.
        ModelError: The parent is damaged.
        TrainingError: The run failed, or its result cannot be exported.
    """
    start = None if parent is None else _first_weights(parent, config)
    network = train(config, pairs, work, device=torch.device(device), watch=watch, start=start)
    exported: list[ModelManifest] = []
    facts = _facts(config, folder.name, parent, material)
    join_team(torch.device(device)).first_only(lambda: exported.append(export_model(network, folder, facts)))
    return exported[0] if exported else None


def _first_weights(parent: ModelEntry, config: TrainConfig) -> dict[str, Tensor]:
    """The parent's weights; wider layers answer as its own do, and those that it has not, or has wider, are random."""
    given = load_network(parent, torch.device("cpu")).state_dict()
    torch.manual_seed(config.seed)
    own = OBJECTIVES[config.task].architecture(**config.hyperparameters).state_dict()
    return widened_weights(given, own)


def _facts(config: TrainConfig, name: str, parent: ModelEntry | None, material: Material) -> dict[str, Any]:
    """The manifest's part that training knows. Folders by name only: a manifest may be given to others."""
    folders = [*material.corpus, *material.pairs]
    return {
        "task": config.task.value,
        "parent": "" if parent is None else parent.manifest.id,
        "license": "LicenseRef-own" if parent is None else parent.manifest.license,
        "name": {"en": name},
        "hyperparameters": _hyperparameters(config),
        "training": {
            "data": [f"own pages: {path.resolve().name}" for path in folders],
            "settings": config.model_dump(mode="json", exclude={"hyperparameters"}),
        },
        "card": {
            "use_for": "Pages like those it was trained on.",
            "limits": "Trained on this machine; compare it with its forerunner by `docclean evaluate` before use.",
        },
    }


def _hyperparameters(config: TrainConfig) -> dict[str, Any]:
    """Every keyword argument of the network: a manifest must not change its meaning when a default does."""
    parameters = inspect.signature(OBJECTIVES[config.task].architecture.__init__).parameters.values()
    defaults = {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}
    return {**defaults, **config.hyperparameters}
