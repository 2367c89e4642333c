"""Write measured figures into a built-in model's manifest.

    docclean evaluate --dirty DIR --clean DIR --model ID --json report.json
    python packaging/record_figures.py ID "name of the set" report.json

The figures are the report's means; figures of the same set are replaced. Nothing is typed by hand.
"""

import json
import sys
from pathlib import Path

from docclean.models.manifest import MANIFEST, Metric, read_manifest, write_manifest

MODELS = Path(__file__).resolve().parents[1] / "resources" / "models"


def main() -> None:
    """Record one report."""
    model, name, report = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    folder = MODELS / model
    manifest = read_manifest(folder / MANIFEST)
    content = json.loads(report.read_text(encoding="utf-8"))
    if content["model"] != model:
        raise SystemExit(f"{report}: made with {content['model']}, not with {model}")
    values = {
        f"{kind}_{key}": round(value, 5)
        for kind, scores in (("raw", content["mean"]["raw"]), ("cleaned", content["mean"]["cleaned"]))
        for key, value in scores.items()
        if value is not None
    }
    metric = Metric(set=name, command=f"docclean evaluate --dirty DIR --clean DIR --model {model}", values=values)
    kept = tuple(old for old in manifest.metrics if old.set != name)
    write_manifest(folder, manifest.model_copy(update={"metrics": (*kept, metric)}))


if __name__ == "__main__":
    main()
