r"""Train a model further on whole pages, which processes make meanwhile; see `docclean.training.page_training`.

    python packaging/train_pages.py OLDER_FOLDER NEW_FOLDER --minutes 9 --workers 7 --documents PDFS --fonts FONTS \
        --photos PHOTOS [--pairs PAIRS] [--dilations 1 2 4] [--chances 0.5 0.99]

Both networks learn together. With dilations a model that has none gets convolutions that look farther around; they
change no answer at first. A tone curve is left out. This is for a GPU: it makes a step in 40 ms, two cores in 2 s.
"""

import argparse
import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docclean.core.recipe import Task
from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.registry import ARCHITECTURES
from docclean.training.export import export_model, facts_of, verify_model_name
from docclean.training.objectives import Restorer
from docclean.training.page_feed import PageSources, fed
from docclean.training.page_training import PageTraining, train_on_pages
from docclean.training.window_pool import WindowPool

if TYPE_CHECKING:
    import torch

_CHANNELS = {Task.DENOISE: 6, Task.DEWATERMARK: 10}
_TOLD_EVERY = 100


def main() -> None:
    """Train, and write the new model."""
    import torch

    options = _options()
    verify_model_name(options.newer)
    entry = ModelEntry(read_manifest(options.older / MANIFEST), options.older, is_builtin=False)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(options.seed)
    facts = facts_of(entry.manifest)
    facts["hyperparameters"] = _hyperparameters(entry.manifest.hyperparameters, options)
    network: Any = ARCHITECTURES[entry.manifest.architecture](**facts["hyperparameters"])
    older = load_network(entry, torch.device("cpu")).state_dict()
    network.load_state_dict({**network.state_dict(), **older})
    task = Task(facts["task"])
    settings = PageTraining(
        steps=options.steps,
        seconds=60.0 * options.minutes,
        batch=options.batch,
        parts=options.parts,
        learning_rate=options.learning_rate,
        seed=options.seed,
    )
    sources = PageSources(task, options.documents, options.fonts, options.photos, options.pairs, options.seed)
    pool = WindowPool(options.pages, _CHANNELS[task], device)
    losses = torch.zeros((), device=device)

    def told(step: int, loss: "torch.Tensor", _average: Restorer) -> None:
        losses.add_(loss)
        if step % _TOLD_EVERY == 0:
            print(f"step {step}: loss {float(losses) / _TOLD_EVERY:.4f}, {pool.added} pages", flush=True)
            losses.zero_()

    with fed(sources, pool.add, workers=options.workers, first=min(options.pages, 8 * options.batch)):
        trained = train_on_pages(network.to(device), pool, settings, told=told)
    facts["training"]["settings"] = {"task": task.value, "pages": pool.added, **_written(settings)}
    export_model(trained.cpu(), options.newer, facts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a model further on whole pages.")
    for name in ("older", "newer"):
        parser.add_argument(name, type=Path)
    for name in ("--documents", "--fonts"):
        parser.add_argument(name, type=Path, nargs="+", required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--pairs", type=Path)
    defaults = PageTraining()
    parser.add_argument("--steps", type=int, default=defaults.steps)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--batch", type=int, default=defaults.batch)
    parser.add_argument("--parts", type=int, default=defaults.parts)
    parser.add_argument("--learning-rate", type=float, default=defaults.learning_rate)
    parser.add_argument("--pages", type=int, default=8000, help="how many are kept to draw from; 3 MB each")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dilations", type=int, nargs="+")
    parser.add_argument("--chances", type=float, nargs=2)
    return parser.parse_args()


def _hyperparameters(older: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    kept = {key: value for key, value in older.items() if key != "tone"}
    changed = {"dilations": options.dilations, "chances": options.chances}
    return kept | {key: value for key, value in changed.items() if value}


def _written(settings: PageTraining) -> dict[str, float]:
    return {key: value for key, value in dataclasses.asdict(settings).items() if math.isfinite(value)}


if __name__ == "__main__":
    main()
