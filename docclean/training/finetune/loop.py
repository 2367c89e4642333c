"""The loop that fine-tunes a model. It reads from top to bottom like `training.loop`.

Half of each minibatch is from the user's pages, half is replayed from what the model was trained on. The weights that
are kept are those of the average that did best on held-out pages. Step k depends on the settings and on k alone.
"""

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from docclean.core.errors import DeviceMemoryError, TrainingError, WriteError
from docclean.core.files import atomic_write, write_faults_explained
from docclean.training.checkpoint import load_checkpoint, save_checkpoint
from docclean.training.config import Regularizer, TrainConfig
from docclean.training.dataset import CONTEXT
from docclean.training.finetune.adapters import open_for_training, without_adapters
from docclean.training.finetune.clock import RunClock
from docclean.training.finetune.contexts import OwnContexts, ReplayPool, minibatch
from docclean.training.finetune.objective import TUNING
from docclean.training.finetune.parts import Part, groups_of, second_pass
from docclean.training.finetune.request import CheckNews, FinetuneWatch, LivePicture, Scope, StepNews
from docclean.training.finetune.watching import Watchman, is_memory_fault
from docclean.training.objectives import Examples, Restorer
from docclean.training.processes import ALONE, Team
from docclean.training.regularizers import Place, regularized
from docclean.training.run_log import LOG, TrainReport, append_row, begin_log, read_log
from docclean.training.schedule import averaging_decay, follow, learning_rate, uses_bfloat16

BEST = "best.safetensors"
_OVER = "over"
"""Lies in the folder of a run that has ended, though it may not have done all its steps."""

_LEAK = 0.02
_SMALLEST_CROP = 64
_PATIENCE = 0.4
"""A run ends when no look at the held-out pages within this share of its steps brought any gain."""

_SETTLING = 1 / 3
"""States of this first share of a run are kept only as long as there is no later one: the learning rate is still high,
and a held-out page that the parent knows by heart would choose the state that learned least."""

_PULL = 0.02
"""How strongly weights are drawn towards the parent's, for each unit of the learning rate."""

_OVERTIME = 1.15


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a run works with.

    Attributes:
        config: The settings; `steps` and `validate_every` are decided.
        scope: Which weights are trained; not AUTO.
        own: The user's pages.
        replay: What is replayed.
        watchman: Looks at the held-out pages.
        folder: Where the state is kept.
        limit_s: Time after which the run ends with what it has, s; None for no limit.
    """

    config: TrainConfig
    scope: Scope
    own: OwnContexts
    replay: ReplayPool
    watchman: Watchman
    folder: Path
    limit_s: float | None = None


@dataclass(slots=True)
class _State:
    """What a step changes, and how it computes."""

    model: Restorer
    average: Restorer
    parent: Restorer
    optimizer: torch.optim.Optimizer
    low_precision: bool
    crop: int
    parts: int = 1
    losses: list[float] = field(default_factory=list)


def tune(tuning: Tuning, parent: Restorer, *, device: torch.device, watch: FinetuneWatch) -> dict[str, Tensor]:
    """Fine-tune a network, or go on with the run that `tuning.folder` holds.

    Args:
        tuning: What to do, and with what.
        parent: The network to start from; not changed.
        device: Where to train.
        watch: Who follows the run.

    Returns:
        The averaged weights that did best on the held-out pages, adapters worked in, on the CPU.

    Raises:
        CancelledError: `watch.cancel` was set; the state is saved.
        TrainingError: The loss is not a number, or memory is short even for one small crop, and no state was kept yet.
        DeviceMemoryError: Memory is short for a look at the held-out pages, and no state was kept yet.
        WriteError: The disk is full, and no state was kept yet; or `watch.cancel` was set, and what was saved is the
            state at the last look.
    """
    config, folder = tuning.config, tuning.folder
    with write_faults_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    state = _begin(tuning, parent, device)
    done = load_checkpoint(folder, config, state.model, state.average, state.optimizer)
    begin_log(folder / LOG, done or -1)
    clock = RunClock(sum(row.seconds for row in read_log(folder / LOG)[-1:]))
    if done == 0:
        _begin_folder(tuning, state, clock, device=device, watch=watch)
    else:
        _tell_again(folder, config.steps, tuning.watchman.tolerance, watch)
    try:
        if done == 0 or not (folder / _OVER).exists():
            _train(tuning, state, done, clock, device=device, watch=watch)
            with atomic_write(folder / _OVER):
                pass
    except (TrainingError, WriteError, DeviceMemoryError) as fault:
        if watch.cancel.is_cancelled or not (folder / BEST).exists():
            raise
        watch.note(f"{fault} Training ended there; the best state before it is used.")
    return _best_of(folder)


def rehearse(tuning: Tuning, parent: Restorer, *, device: torch.device, steps: int) -> list[float]:
    """Do some steps on a copy of the network and forget them; gives the time that each took, s.

    Raises:
        TrainingError: Memory is short even for one small crop.
    """
    state, seconds = _begin(tuning, parent, device), list[float]()
    for step in range(steps):
        started = time.monotonic()
        contexts = minibatch(
            tuning.own, tuning.replay, batch=tuning.config.batch, seed=tuning.config.seed, step=step
        ).to(device)
        _step(state, tuning.config, contexts, step, FinetuneWatch())
        follow(state.average, state.model, 0.5)
        seconds.append(time.monotonic() - started)
    return seconds


def _begin_folder(
    tuning: Tuning, state: _State, clock: RunClock, *, device: torch.device, watch: FinetuneWatch
) -> None:
    """Forget what an earlier run left, and look at the held-out pages before the first step."""
    with write_faults_explained(tuning.folder):
        (tuning.folder / BEST).unlink(missing_ok=True)
        (tuning.folder / _OVER).unlink(missing_ok=True)
    rmse, picture = _measured(tuning, state, clock, device, step=0)
    append_row(tuning.folder / LOG, TrainReport(0, math.nan, rmse, 0.0, 0.0))
    watch.check(CheckNews(0, None, rmse, is_best=False, seconds=0.0))
    watch.picture(picture)


def _tell_again(folder: Path, steps: int, tolerance: float, watch: FinetuneWatch) -> None:
    """Tell of the looks before a run was interrupted."""
    rows = read_log(folder / LOG)
    for number, row in enumerate(rows):
        is_best = row.step > 0 and _is_best(rows[:number], row.step, row.rmse, steps, tolerance)
        loss = None if math.isnan(row.loss) else row.loss
        watch.check(CheckNews(row.step, loss, row.rmse, is_best=is_best, seconds=row.seconds))


def _best_of(folder: Path) -> dict[str, Tensor]:
    path = folder / BEST
    if not path.exists():
        raise TrainingError(f"{path}: is gone; discard this run and start it again.")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise TrainingError(f"{path}: damaged; discard this run and start it again.") from error


def _train(
    tuning: Tuning, state: _State, done: int, clock: RunClock, *, device: torch.device, watch: FinetuneWatch
) -> None:
    config = tuning.config
    for step in range(done, config.steps):
        with clock.stopped():
            watch.between()
        if watch.cancel.is_cancelled:
            save_checkpoint(tuning.folder, config, step, state.model, state.average, state.optimizer)
            watch.cancel.raise_if_cancelled()
        if watch.enough.is_cancelled and (tuning.folder / BEST).exists():
            return
        contexts = minibatch(tuning.own, tuning.replay, batch=config.batch, seed=config.seed, step=step)
        state.losses.append(_step(state, config, contexts.to(device), step, watch))
        follow(state.average, state.model, averaging_decay(config, step))
        left = clock.seconds / (step + 1) * (config.steps - step - 1) if step - done >= 2 else None
        watch.step(StepNews(step + 1, config.steps, state.losses[-1], left))
        is_late = tuning.limit_s is not None and clock.seconds > tuning.limit_s * _OVERTIME
        is_asked = watch.enough.is_cancelled
        if (step + 1) % config.validate_every == 0 or step + 1 == config.steps or is_late or is_asked:
            _look(tuning, state, step + 1, clock, device=device, watch=watch)
            if is_late:
                watch.note("This machine became slower; training ended when its time was over.")
            if is_late or is_asked or _is_stuck(tuning, config.steps):
                return


def _begin(tuning: Tuning, parent: Restorer, device: torch.device) -> _State:
    config = tuning.config
    torch.manual_seed(config.seed)
    model = copy.deepcopy(parent)
    open_for_training(model, tuning.scope)
    model.ink.leak = _LEAK
    model.train().to(device)
    average = copy.deepcopy(model)
    before = copy.deepcopy(parent).requires_grad_(requires_grad=False).train().to(device)
    open_ones = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(open_ones, lr=config.learning_rate, weight_decay=0.0)
    return _State(model, average, before, optimizer, uses_bfloat16(config.precision, device), config.crop)


def _step(state: _State, config: TrainConfig, contexts: Tensor, step: int, watch: FinetuneWatch) -> float:
    """One optimizer step; when memory is short, in smaller parts, and at last with smaller crops."""
    while True:
        try:
            return _attempt(state, config, contexts, step)
        except (MemoryError, RuntimeError) as fault:
            if not is_memory_fault(fault):
                raise
        # Not in there: a fault that is being handled holds on to the tensors of the step that did not fit.
        state.optimizer.zero_grad(set_to_none=True)
        if contexts.device.type == "cuda":
            torch.cuda.empty_cache()
        _take_less(state, config, watch)


def _take_less(state: _State, config: TrainConfig, watch: FinetuneWatch) -> None:
    if 2 * state.parts <= config.batch // 2:
        state.parts *= 2
        watch.note(f"Memory is short: a minibatch is now computed in {state.parts} parts.")
    elif state.crop // 2 >= _SMALLEST_CROP:
        state.crop = state.crop // 2 // 8 * 8
        watch.note(f"Memory is short: crops are now {state.crop} px wide, and the result may be a little worse.")
    else:
        raise TrainingError("There is too little memory even for one small crop; close other programs, or use the CPU.")


def _attempt(state: _State, config: TrainConfig, contexts: Tensor, step: int) -> float:
    for options in state.optimizer.param_groups:
        options["lr"] = learning_rate(config, step)
    rng = np.random.default_rng([config.seed, 6, step])
    corners = rng.integers(0, (CONTEXT - state.crop) // 8 + 1, (config.batch, 2)) * 8
    half = config.batch // 2
    state.optimizer.zero_grad(set_to_none=True)
    total = 0.0
    groups = groups_of(half, state.parts)
    parts: Sequence[Part] = [Part(share=len(numbers) / half) for numbers in groups]
    if len(groups) > 1:
        # Nothing but one penalty needs to know how the features of the whole minibatch are.
        is_plain = config.regularizer is not Regularizer.SPARSE_KL
        first = config.model_copy(update={"regularizer_weight": 0.0}) if is_plain else config
        with torch.no_grad():
            for numbers, part in zip(groups, parts, strict=True):
                _loss(state, first, (contexts, corners), _Piece(step, numbers, part))
        parts = second_pass(parts)
    for numbers, part in zip(groups, parts, strict=True):
        team = part if len(groups) > 1 else ALONE
        loss = part.share * _loss(state, config, (contexts, corners), _Piece(step, numbers, team))
        loss.backward()  # type: ignore[no-untyped-call]  # reason: untyped in torch
        total += float(loss.detach())
    norm = nn.utils.clip_grad_norm_(state.model.parameters(), 1.0)
    if not (math.isfinite(total) and torch.isfinite(norm)):
        raise TrainingError(
            f"The loss or its gradient is not a number any more at step {step}; choose a lower learning rate."
        )
    state.optimizer.step()
    _pull(state, learning_rate(config, step))
    return total


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a step's minibatch: numbers of the user's examples in it; as many replayed ones belong to them."""

    step: int
    own: list[int]
    team: Team


def _loss(state: _State, config: TrainConfig, minibatch: tuple[Tensor, NDArray[np.int64]], piece: _Piece) -> Tensor:
    contexts, corners = minibatch
    chosen = [*piece.own, *(config.batch // 2 + number for number in piece.own)]
    examples = Examples(contexts[chosen], corners[chosen], state.crop, piece.team)
    objective = TUNING[config.task]()
    return regularized(
        config,
        state.model.ink,
        lambda: objective.loss(state.model, state.parent, examples, len(piece.own), low_precision=state.low_precision),
        Place(piece.step, team=piece.team, numbers=tuple(chosen)),
    )


@torch.no_grad()
def _pull(state: _State, rate: float) -> None:
    """Draw the weights towards the parent's.

    Source:
        Li, Grandvalet, Davoine 2018, "Explicit Inductive Bias for Transfer Learning", section 3, L2-SP; decoupled from
        the gradient as AdamW's decay is.
    """
    before = dict(state.parent.named_parameters())
    for name, parameter in state.model.named_parameters():
        if parameter.requires_grad and name in before:
            parameter.lerp_(before[name], rate * _PULL)


def _measured(
    tuning: Tuning, state: _State, clock: RunClock, device: torch.device, *, step: int
) -> tuple[float, LivePicture]:
    """Look at the held-out pages; the clock stands while the one who looks waits for others."""
    before = tuning.watchman.waited_s
    found = tuning.watchman.measure(state.average, device, step=step)
    clock.skip(tuning.watchman.waited_s - before)
    return found


def _look(
    tuning: Tuning, state: _State, step: int, clock: RunClock, *, device: torch.device, watch: FinetuneWatch
) -> None:
    """Measure the average on the held-out pages, keep it if it is the best, and save the state."""
    rmse, picture = _measured(tuning, state, clock, device, step=step)
    tolerance = tuning.watchman.tolerance
    is_best = _is_best(read_log(tuning.folder / LOG), step, rmse, tuning.config.steps, tolerance)
    if is_best:
        with atomic_write(tuning.folder / BEST) as file:
            file.write(save(without_adapters(state.average), metadata={"step": str(step), "rmse": repr(rmse)}))
    config, loss, seconds = tuning.config, float(np.mean(state.losses)), clock.seconds
    append_row(tuning.folder / LOG, TrainReport(step, loss, rmse, learning_rate(config, step - 1), seconds))
    save_checkpoint(tuning.folder, config, step, state.model, state.average, state.optimizer)
    state.losses.clear()
    watch.check(CheckNews(step, loss, rmse, is_best=is_best, seconds=seconds))
    watch.picture(picture)


def _is_best(before: Sequence[TrainReport], step: int, rmse: float, steps: int, tolerance: float) -> bool:
    """Whether a look's state is to be kept instead of those before; the base at step 0 is none of them.

    Of states that the held-out pages cannot tell apart the later one is kept: it has learned more.
    """
    begun = _SETTLING * steps
    rivals = [row.rmse for row in before if row.step > 0 and (step < begun or row.step >= begun)]
    return not rivals or rmse < (1.0 + tolerance) * min(rivals)


def _is_stuck(tuning: Tuning, steps: int) -> bool:
    """Whether the best look is long past; looks of the beginning do not count."""
    rows = [row for row in read_log(tuning.folder / LOG) if row.step >= _SETTLING * steps]
    if not rows:
        return False
    good = (1.0 + tuning.watchman.tolerance) * min(row.rmse for row in rows)
    return rows[-1].step - max(row.step for row in rows if row.rmse <= good) > _PATIENCE * steps
