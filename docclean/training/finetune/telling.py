"""What the manifest of a fine-tuned model says: where it comes from, what it learned from, how it was judged."""

import shlex
from dataclasses import asdict, dataclass
from typing import Any

from docclean.models.catalog import ModelEntry
from docclean.training.finetune.gate_fit import GateCounts
from docclean.training.finetune.learning import Materials
from docclean.training.finetune.loop import Tuning
from docclean.training.finetune.material import KeptPage
from docclean.training.finetune.request import FinetuneRequest, Mode
from docclean.training.finetune.verdict import Verdict, figures

_DATA = {
    Mode.PAIRS: "pairs of the user's own",
    Mode.OWN_PAPER: "the paper of the user's own pages, printed with text of their own and of the program",
    Mode.TWO_SCANS: "sheets that the user scanned twice",
}


@dataclass(frozen=True, slots=True)
class Judgment:
    """What came of a run.

    Attributes:
        verdict: How the model was judged.
        share: How much of the way from the parent's weights to the trained ones was gone.
        gate: Which pages it takes for the user's.
    """

    verdict: Verdict
    share: float
    gate: GateCounts


def facts_of(
    request: FinetuneRequest, parent: ModelEntry, tuning: Tuning, materials: Materials, judgment: Judgment
) -> dict[str, Any]:
    """The manifest's part that fine-tuning knows. Pages by name and digest only: a manifest may be given to others.

    Args:
        request: What the user asked for.
        parent: The model it started from.
        tuning: The run.
        materials: What it learned from.
        judgment: What came of it.
    """
    verdict = judgment.verdict
    data = f"{_DATA[request.mode]}: {len(materials.learned)} pages to learn from, {len(materials.held_out)} held out"
    return {
        "name": {"en": request.name},
        "parent": parent.manifest.id,
        "license": parent.manifest.license,
        "training": {
            "data": [data, *parent.manifest.training.data],
            "settings": {
                **tuning.config.model_dump(mode="json", exclude={"hyperparameters"}),
                "mode": request.mode.value,
                "minutes": request.minutes,
                "scope": tuning.scope.value,
                "share": judgment.share,
                "gate": asdict(judgment.gate),
                "learned": [_page(page) for page in materials.learned],
                "held_out": [_page(page) for page in materials.held_out],
            },
        },
        "metrics": figures(verdict, command_of(request)),
        "card": {
            "use_for": "Pages like those it was fine-tuned on.",
            "limits": "Pages that do not look like those are cleaned as the model does that it came from.",
        },
        "recommended": verdict.is_recommended,
        "verdict": list(verdict.sentences),
    }


def command_of(request: FinetuneRequest) -> str:
    """The command that asks for the same, without folders."""
    parts = ["docclean", "finetune", "--name", request.name, "--base", request.base]
    parts += [] if request.mode is Mode.PAIRS else [f"--{request.mode.value}"]
    parts += ["--minutes", f"{request.minutes:g}", "--seed", str(request.seed)]
    parts += ["--regularizer", request.regularizer.value, "--scope", request.scope.value]
    return shlex.join(parts)


def _page(page: KeptPage) -> dict[str, Any]:
    record = page.record
    return {
        "name": record.name,
        "dirty_sha256": record.dirty_digest,
        "clean_sha256": record.clean_digest,
        "residual_px": record.residual_px,
    }
