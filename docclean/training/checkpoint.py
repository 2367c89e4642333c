"""The state of a training run on disk: safetensors for tensors, JSON for the rest; nothing is unpickled."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from docclean.core.errors import TrainingError
from docclean.core.files import atomic_write
from docclean.training.config import TrainConfig

CHECKPOINT = "checkpoint.safetensors"


def save_checkpoint(
    folder: Path, config: TrainConfig, step: int, model: nn.Module, average: nn.Module, optimizer: Optimizer
) -> None:
    """Write the state after `step` steps, replacing the one before only when complete.

    Raises:
        WriteError: The folder is full or cannot be written; the checkpoint before is still there.
    """
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    tensors |= {f"average.{k}": v.clone() for k, v in average.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{k}": torch.as_tensor(v) for k, v in state.items()}
    header = {"step": str(step), "config": config.model_dump_json(), "kind": "docclean-checkpoint"}
    contiguous = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    with atomic_write(folder / CHECKPOINT) as file:
        file.write(save(contiguous, metadata=header))


def load_checkpoint(
    folder: Path, config: TrainConfig, model: nn.Module, average: nn.Module, optimizer: Optimizer
) -> int:
    """Restore a run and return the number of steps it has done; 0 when the folder holds no checkpoint.

    Raises:
        TrainingError: The checkpoint is damaged, or belongs to a run with other settings.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return 0
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata()
            # Copied: what the file maps keeps it open, and Windows does not replace an open file.
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118  reason: not a dict
        step, saved = int(header["step"]), TrainConfig.model_validate_json(header["config"])
        moments = _optimizer_state(tensors, optimizer)
    except (SafetensorError, OSError, LookupError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise TrainingError(f"{path}: damaged checkpoint ({reason}); delete it to start again.") from error
    _require_same_run(path, saved, config)
    try:
        model.load_state_dict(_part(tensors, "model."))
        average.load_state_dict(_part(tensors, "average."))
        optimizer.load_state_dict(moments)
    except RuntimeError as error:
        raise TrainingError(f"{path}: belongs to another network; delete it or choose another folder.") from error
    return step


def _require_same_run(path: Path, saved: TrainConfig, config: TrainConfig) -> None:
    free = {"workers", "validate_every"}  # these change nothing in the result
    old, new = (json.loads(c.model_dump_json(exclude=free)) for c in (saved, config))
    different = sorted(k for k in old if old[k] != new[k])
    if different:
        raise TrainingError(
            f"{path}: belongs to a run with other settings ({', '.join(different)}); "
            "use the same settings, another folder, or delete it."
        )


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _optimizer_state(tensors: dict[str, Tensor], optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer's state; moments get the memory format of their parameter, as they had before they were saved."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in _part(tensors, "optimizer.").items():
        index, name = key.split(".", 1)
        own = parameters[int(index)]
        fits = value.shape == own.shape  # not so: the step, or another network's moments, which are refused later
        state.setdefault(int(index), {})[name] = torch.empty_like(own.detach()).copy_(value) if fits else value
    return {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
