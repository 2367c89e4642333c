"""`docclean models list`: what is installed, what it is for, and what it is bad at."""

import json
from typing import Any

from docclean.cli.console import complain, say
from docclean.core.errors import ExitCode
from docclean.models.catalog import DEFAULTS, Catalog, ModelEntry


def list_models(*, as_json: bool) -> ExitCode:
    """Print the installed models; a damaged one is named on standard error, and the exit code is 1."""
    catalog = Catalog.installed()
    if as_json:
        values = {
            "models": [_facts(entry) for entry in catalog.all()],
            "damaged": [str(error) for error in catalog.damaged],
        }
        say(json.dumps(values, indent=2))
    else:
        for entry in catalog.all():
            _show(entry)
        if not catalog.all():
            say("No model is installed; install docclean again.")
    for error in catalog.damaged:
        complain(str(error))
    return ExitCode.SOME_PAGES_FAILED if catalog.damaged else ExitCode.OK


def _is_default(entry: ModelEntry) -> bool:
    return DEFAULTS.get(entry.manifest.task) == entry.manifest.id


def _show(entry: ModelEntry) -> None:
    manifest = entry.manifest
    facts = [
        manifest.task.value,
        "built in" if entry.is_builtin else "your own",
        f"{manifest.weights.bytes / 1e6:.1f} MB",
        manifest.license,
    ]
    if manifest.parent:
        facts.append(f"from {manifest.parent}")
    if _is_default(entry):
        facts.append("default")
    if not manifest.recommended:
        facts.append("not recommended")
    say(f"{manifest.id}  ({', '.join(facts)})")
    say(f"  {manifest.shown_name}")
    say(f"  Use for: {manifest.card.use_for}")
    say(f"  Limits: {manifest.card.limits}")
    if manifest.verdict:
        say(f"  Verdict: {' '.join(manifest.verdict)}")


def _facts(entry: ModelEntry) -> dict[str, Any]:
    manifest = entry.manifest
    return {
        "id": manifest.id,
        "task": manifest.task.value,
        "is_default": _is_default(entry),
        "is_builtin": entry.is_builtin,
        "name": manifest.name,
        "architecture": manifest.architecture,
        "parent": manifest.parent,
        "license": manifest.license,
        "recommended": manifest.recommended,
        "verdict": list(manifest.verdict),
        "folder": str(entry.folder),
        "weights_bytes": manifest.weights.bytes,
        "weights_sha256": manifest.weights.sha256,
        "use_for": manifest.card.use_for,
        "limits": manifest.card.limits,
        "training_data": list(manifest.training.data),
        "metrics": [metric.model_dump() for metric in manifest.metrics],
    }
