"""What came of a fine-tuning run: a table and sentences for people, JSON for programs."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from docclean import __version__
from docclean.cli.console import counted, say
from docclean.training.finetune.verdict import BASE, LINEAR, NEW, RAW, Checkup, Verdict

if TYPE_CHECKING:
    from docclean.training.finetune.project import Outcome

_WIDTH = 20


def print_outcome(outcome: "Outcome") -> None:
    """Print the verdict and how to use the model."""
    verdict, manifest = outcome.verdict, outcome.manifest
    names = {BASE: manifest.parent, NEW: manifest.id}
    width = max(_WIDTH, *(len(name) for name in names.values()))
    if verdict.means:
        say(f"{counted(len(verdict.pages), 'held-out page'):{width}}      RMSE   PSNR/dB      SSIM  ink lost")
    for kind in (kind for kind in (RAW, LINEAR, BASE, NEW) if kind in verdict.means):
        mean = verdict.means[kind]
        figures = f"{mean.rmse:10.4f}{mean.psnr_db:10.2f}{mean.ssim:10.4f}{mean.ink_lost:10.2%}"
        say(f"{names.get(kind, kind):{width}}{figures}")
    say(f"{'check-up':{width}}   PSNR/dB  ink lost  error on clean pages")
    for kind, checkup in ((BASE, verdict.base), (NEW, verdict.new)):
        say(f"{names[kind]:{width}}{checkup.psnr_db:10.2f}{checkup.ink_lost:10.2%}{checkup.clean_rmse:22.4f}")
    for sentence in verdict.sentences:
        say(sentence)
    say(f"The model {manifest.id} is ready: docclean clean INPUT -o OUT --model {manifest.id}")


def finetune_report(outcome: "Outcome | None", facts: dict[str, Any]) -> dict[str, Any]:
    """Put a run into values that JSON has.

    Args:
        outcome: What came of it; None when it was interrupted.
        facts: What is known besides: device, seconds, request, notes, checks.
    """
    report = {"program": "docclean", "version": __version__, "status": "interrupted" if outcome is None else "done"}
    if outcome is None:
        return {**report, **facts}
    return {
        **report,
        "model": outcome.manifest.id,
        "parent": outcome.manifest.parent,
        "folder": str(outcome.folder),
        **facts,
        "verdict": _verdict(outcome.verdict),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "is_recommended": verdict.is_recommended,
        "is_better": verdict.is_better,
        "has_forgotten": verdict.has_forgotten,
        "sentences": list(verdict.sentences),
        "means": {kind: mean.to_json() for kind, mean in verdict.means.items()},
        "checkup": {BASE: _checkup(verdict.base), NEW: _checkup(verdict.new)},
        "pages": [
            {"name": page.name, "scores": {kind: scores.to_json() for kind, scores in page.scores.items()}}
            for page in verdict.pages
        ],
    }


def _checkup(checkup: Checkup) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in asdict(checkup).items()}
