"""Fine-tuning from a user's request to a named model with a verdict. What both front ends call."""

from dataclasses import dataclass
from pathlib import Path

from docclean.models.catalog import Catalog
from docclean.models.manifest import ModelManifest
from docclean.training.finetune.request import FinetuneRequest, FinetuneWatch
from docclean.training.finetune.verdict import Verdict


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
    raise NotImplementedError


def unfinished_runs() -> tuple[FinetuneRequest, ...]:
    """Requests of the runs that were interrupted and can be resumed."""
    raise NotImplementedError


def verify_request(request: FinetuneRequest, catalog: Catalog, *, is_resumed: bool) -> None:
    """Check what can be checked before any work: name, base, folders, room on the disk.

    Raises:
        UsageError: The request cannot be carried out; says why and what to do.
        DoccleanError: As above.
    """
    raise NotImplementedError


def finetune(
    request: FinetuneRequest, catalog: Catalog, *, device: str, watch: FinetuneWatch, is_resumed: bool = False
) -> Outcome:
    """Read pages, train, judge, and keep the new model among the user's own.

    Args:
        request: What to do.
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
    raise NotImplementedError
