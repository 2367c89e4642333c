"""Fine-tuning from a user's request to a named model with a verdict. What both front ends call."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from docclean.core.errors import DoccleanError, TrainingError, UsageError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.core.paths import cache_folder, data_folder, user_models_folder
from docclean.core.recipe import Task
from docclean.engine.device import DeviceSpec, resolve_device
from docclean.engine.loading import load_first_network
from docclean.engine.page_gate import Description, PageGate
from docclean.models.catalog import Catalog, ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import ModelManifest
from docclean.models.names import new_model_folder
from docclean.models.registry import ARCHITECTURES
from docclean.training.config import TrainConfig
from docclean.training.finetune.adapters import resolve_scope
from docclean.training.finetune.gate_fit import GateCounts, fitted_gate, other_descriptions, own_descriptions
from docclean.training.finetune.gathering import Parent, gather, learned_pages
from docclean.training.finetune.judging import checked_up, cleaner_of, judged_pages, together
from docclean.training.finetune.keeping import keep_model, verify_parent
from docclean.training.finetune.learning import Materials, prepared
from docclean.training.finetune.loop import BEST, Tuning, tune
from docclean.training.finetune.material import KeptPage, PageStore
from docclean.training.finetune.plan import measured_speed, planned
from docclean.training.finetune.request import FinetuneRequest, FinetuneWatch, Mode, Stage
from docclean.training.finetune.telling import Judgment, facts_of
from docclean.training.finetune.verdict import BASE, LINEAR, NEW, RAW, Verdict, judged
from docclean.training.linear import fit_linear
from docclean.training.objectives import Restorer

_REQUEST, _PLAN, _PAGES, _CANDIDATE = "request.json", "plan.json", "pages", "candidate"
_PRINTED = (
    "The sheets that it was compared on were printed by docclean on your paper: look at some pages of your own, "
    "cleaned by both, before you rely on it."
)
_SHARES = (1.0, 0.75, 0.5, 0.25)
"""How much of the way from the parent's weights to the trained ones is gone, tried in turn until nothing is lost."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run.

    Attributes:
        manifest: The new model's.
        folder: Where it lies.
        verdict: The new model against its parent.
    """

    manifest: ModelManifest
    folder: Path
    verdict: Verdict


def work_folder(name: str) -> Path:
    """Where the run that makes the model `name` keeps its state; it is there as long as the run can be resumed."""
    return data_folder() / "finetune" / name


def unfinished_runs() -> tuple[FinetuneRequest, ...]:
    """Requests of the runs that were interrupted and can be resumed."""
    found = []
    for path in sorted((data_folder() / "finetune").glob(f"*/{_REQUEST}")):
        try:
            found.append(_kept_request(path.parent.name))
        except UsageError:
            continue
    return tuple(found)


def discard_run(name: str) -> None:
    """Delete the state of an interrupted run."""
    shutil.rmtree(work_folder(name), ignore_errors=True)


def verify_request(request: FinetuneRequest, catalog: Catalog, *, is_resumed: bool) -> None:
    """Check what can be checked before any work: name, base, folders.

    Raises:
        UsageError: The request cannot be carried out; says why and what to do.
        ModelError: There is no such base.
    """
    new_model_folder(request.name, catalog, user_models_folder())
    has_state = (work_folder(request.name) / _REQUEST).exists()
    if is_resumed:
        _kept_request(request.name)
        return
    if has_state:
        raise UsageError(
            f"{request.name}: a run of this name was interrupted; resume it, discard it by deleting "
            f"{work_folder(request.name)}, or choose another name."
        )
    parent = _parent(request, catalog)
    verify_parent(parent)
    if parent.manifest.architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise UsageError(
            f"{parent.manifest.id}: its architecture {parent.manifest.architecture!r} is not known, only {known} are; "
            "start from another model."
        )
    if parent.manifest.task is not Task.DENOISE and request.mode is not Mode.PAIRS:
        raise UsageError(f"{parent.manifest.id}: can be fine-tuned on pairs only; give clean pages, or another base.")
    needed = [request.table] if request.table is not None else [request.dirty, request.clean]
    for path in needed:
        if path is not None and not path.exists():
            raise UsageError(f"{path}: was not found; name a folder with pages.")


def finetune(
    request: FinetuneRequest, catalog: Catalog, *, device: str, watch: FinetuneWatch, is_resumed: bool = False
) -> Outcome:
    """Read pages, train, judge, and keep the new model among the user's own.

    Args:
        request: What to do; of a resumed run, only the name counts.
        catalog: Installed models.
        device: Name as in `DeviceSpec.name`.
        watch: Who follows the run.
        is_resumed: Go on with the interrupted run of this name.

    Raises:
        CancelledError: `watch.cancel` was set; the state is saved.
        UsageError: As `verify_request` tells.
        TrainingError: No usable pages, or training failed; the best state is kept where there is one.
        WriteError: The disk is full; as above.
    """
    verify_request(request, catalog, is_resumed=is_resumed)
    work = work_folder(request.name)
    if is_resumed:
        request = _kept_request(request.name)
    parent = _parent(request, catalog)
    run = _Run(request, parent, learned_pages(parent, catalog), resolve_device(device), work, watch)
    try:
        outcome = run.carried_out()
    except DoccleanError:
        if not (work / BEST).exists():
            discard_run(request.name)  # nothing was learned yet that could be resumed
        raise
    discard_run(request.name)
    return outcome


def _parent(request: FinetuneRequest, catalog: Catalog) -> ModelEntry:
    return catalog.get(request.base) if request.base else catalog.default_for(Task.DENOISE)


def _kept_request(name: str) -> FinetuneRequest:
    path = work_folder(name) / _REQUEST
    try:
        return FinetuneRequest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(f"{name}: there is no interrupted run of this name; start one without --resume.") from error
    except (OSError, ValidationError) as error:
        raise UsageError(f"{path}: damaged; delete its folder and start the run again.") from error


@dataclass(frozen=True, slots=True)
class _Run:
    """One run, from its pages to its model."""

    request: FinetuneRequest
    parent: ModelEntry
    known: frozenset[str]
    device: DeviceSpec
    work: Path
    watch: FinetuneWatch

    def carried_out(self) -> Outcome:
        with write_faults_explained(self.work):
            self.work.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.work / _REQUEST) as file:
            file.write(self.request.model_copy(update={"base": self.parent.manifest.id}).model_dump_json().encode())
        store = PageStore(self.work / _PAGES)
        clean = cleaner_of(self.parent, self.device, self.watch)
        spec = self.parent.manifest.input
        first = load_first_network(self.parent, self.device)
        gather(self.request, store, Parent(clean, first, spec, self.known), self.watch)
        pages = store.pages()
        materials = prepared(self.request, self.parent, pages, cache_folder() / "finetune", self.watch)
        network = self._network()
        tuning = self._planned(materials, network)
        self.watch.stage(Stage.TRAINING, 0, tuning.config.steps)
        weights = tune(tuning, network, device=torch.device(self.device.name), watch=self.watch)
        return self._judged_and_kept(network, weights, tuning, materials)

    def _network(self) -> Restorer:
        network: Any = load_network(self.parent, torch.device("cpu"))
        return network  # type: ignore[no-any-return]  # reason: the registry knows no narrower type

    def _planned(self, materials: Materials, network: Restorer) -> Tuning:
        """The run with its length decided; of a resumed run, as it was decided then."""
        path = self.work / _PLAN
        scope = resolve_scope(self.request.scope, len(materials.learned))
        tuning = materials.tuning(self.request, self.parent.manifest, scope, self.work, self.watch)
        try:
            config = TrainConfig.model_validate_json(path.read_bytes())
            return Tuning(config, scope, tuning.own, tuning.replay, tuning.watchman, self.work, tuning.limit_s)
        except FileNotFoundError:
            pass
        except (OSError, ValidationError) as error:
            raise TrainingError(f"{path}: damaged; delete its folder and start the run again.") from error
        speed = measured_speed(tuning, network, torch.device(self.device.name))
        tuning = planned(tuning, speed, minutes=self.request.minutes, steps=self.request.steps)
        with atomic_write(path) as file:
            file.write(tuning.config.model_dump_json().encode())
        return tuning

    def _judged_and_kept(
        self, network: Restorer, weights: dict[str, Tensor], tuning: Tuning, materials: Materials
    ) -> Outcome:
        watch, pages = self.watch, materials.held_out
        watch.stage(Stage.JUDGING, 0, len(pages))
        before = checked_up(self.parent, self.device, watch)
        linear = fit_linear(
            [(np.asarray(p.dirty), np.asarray(p.clean), np.asarray(p.trusted)) for p in materials.fitted],
            seed=self.request.seed,
        )
        base = cleaner_of(self.parent, self.device, watch)
        others = judged_pages(pages, {RAW: lambda pixels: pixels, BASE: base, LINEAR: linear}, watch)
        gate, opened = self._gate(materials)
        remark = f"{opened.sentence} {_PRINTED}" if self.request.mode is Mode.OWN_PAPER else opened.sentence
        verdicts: dict[float, tuple[Verdict, dict[str, Tensor]]] = {}
        for share in _SHARES:
            mixed = _mixed(network, weights, share)
            candidate = self._candidate(mixed, gate)
            new = together(others, judged_pages(pages, {NEW: cleaner_of(candidate, self.device, watch)}, watch))
            verdicts[share] = judged(new, before, checked_up(candidate, self.device, watch), remark), mixed
            if verdicts[share][0].is_recommended or not verdicts[share][0].is_better:
                break
        chosen = next((s for s, (verdict, _) in verdicts.items() if verdict.is_recommended), _SHARES[0])
        verdict, mixed = verdicts[chosen]
        facts = facts_of(self.request, self.parent, tuning, materials, Judgment(verdict, chosen, opened))
        manifest = keep_model(mixed, self.parent, user_models_folder() / self.request.name, facts, gate)
        return Outcome(manifest, user_models_folder() / self.request.name, verdict)

    def _gate(self, materials: Materials) -> tuple[PageGate, GateCounts]:
        """What tells the user's pages from others, and how well it does."""
        first, doubled_up_to = load_first_network(self.parent, self.device), self.parent.manifest.input.doubled_up_to

        def descriptions(pages: Sequence[KeptPage]) -> list[Description]:
            return own_descriptions(pages, first, doubled_up_to=doubled_up_to, watch=self.watch)

        own = descriptions((*materials.learned, *materials.kept_out))
        if self.request.mode is Mode.OWN_PAPER:
            own += descriptions(materials.fitted)  # set pages on the user's paper, as the verdict's are
        return fitted_gate(own, other_descriptions(materials.replay, first, self.watch))

    def _candidate(self, weights: dict[str, Tensor], gate: PageGate) -> ModelEntry:
        """The weights as a model in the work folder, so that it is judged as it will be used."""
        folder = self.work / _CANDIDATE / self.request.name
        shutil.rmtree(folder, ignore_errors=True)
        facts = {"name": {"en": self.request.name}, "training": {"data": []}, "card": {"use_for": "", "limits": ""}}
        manifest = keep_model(weights, self.parent, folder, facts, gate)
        return ModelEntry(manifest, folder, is_builtin=False)


def _mixed(network: Restorer, weights: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Weights on the way from the parent's to the trained ones.

    Source:
        Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", section 3: a mean of weights before and after
        fine-tuning keeps most of the gain and forgets less.
    """
    return {key: torch.lerp(old, weights[key], share) for key, old in network.state_dict().items()}
