"""Write measured figures into the manifests of built-in models.

    docclean evaluate --suite --corpus DIR --fonts DIR --dirty DIR --clean DIR -o FOLDER
    python packaging/record_figures.py FOLDER/suite.json

Every model that the suite ran gets the means of its sections, beside those of the pages as they came; figures of the
same set are replaced. Nothing is typed by hand.
"""

import json
import sys
from pathlib import Path
from typing import Any

from docclean.models.manifest import MANIFEST, Metric, read_manifest, write_manifest
from docclean.training.suite import AS_IT_CAME

MODELS = Path(__file__).resolve().parents[1] / "resources" / "models"
COMMAND = (
    "docclean evaluate --suite --corpus pdfs --fonts fonts --dirty dev/dirty --clean dev/clean --pages {pages}{ocr}"
)


def main() -> None:
    """Record one suite."""
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asked = max(len(section["pages"]) for section in content["sections"] if section["key"] != "real")
    for section in content["sections"]:
        for name in section["ours"]:
            if name in section["means"]:
                record(name, section, asked)


def record(name: str, section: dict[str, Any], asked: int) -> None:
    """Put the figures of one way to clean, "docclean (MODEL)", into that model's manifest."""
    model = name.removeprefix("docclean (").removesuffix(")")
    folder = MODELS / model
    if not (folder / MANIFEST).exists():
        raise SystemExit(f"{model}: not a model that comes with the program; figures are recorded for those only.")
    manifest = read_manifest(folder / MANIFEST)
    title, pages = section["title"], len(section["pages"])
    values = {"pages": float(pages)} | {
        f"{kind}_{key}": round(float(value), 5)
        for kind, row in (("raw", AS_IT_CAME), ("cleaned", name))
        for key, value in section["means"][row].items()
        if value is not None and key != "seconds"
    }
    metric = Metric(
        set=title,
        command=COMMAND.format(pages=asked, ocr=" --ocr" if "cleaned_character_errors" in values else ""),
        values=values,
    )
    kept = tuple(old for old in manifest.metrics if old.set != title)
    write_manifest(folder, manifest.model_copy(update={"metrics": (*kept, metric)}))
    print(f"{model}: {title}, {pages} pages")


if __name__ == "__main__":
    main()
