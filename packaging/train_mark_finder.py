"""Teach a watermark remover where marks are, on whole pages; see `docclean.training.mark_finder`.

    python packaging/train_mark_finder.py pages PAGES COUNT PDFS PHOTOS FONTS
    python packaging/train_mark_finder.py learn PAGES OLDER_FOLDER NEW_FOLDER STEPS LIKELY CERTAIN [DILATION ...]

The first line makes pages numbered from 0 and keeps them, 0.5 MB each; started again, it goes on. The second trains the
overview network of a model and writes a new one, which takes all else from the older one. LIKELY and CERTAIN are
the chances from which a place counts as a mark (`docclean.models.dewatermarker.confirmed`): look at pages that were not
learned from.
With dilations a network that has none gets convolutions that look farther around; they change no answer at first.
Pages that are made meanwhile are learned from, too.
"""

import logging
import sys
from pathlib import Path

from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.registry import ARCHITECTURES
from docclean.training.corpus import find_documents
from docclean.training.export import export_model, facts_of
from docclean.training.kept_pages import GrowingPages
from docclean.training.mark_finder import finder_config, teach_finder
from docclean.training.page_overviews import MarkedPages, SeenPage, UsedPages, keep_pages
from docclean.training.whole_pages import find_learned

_PAGES_SEED, _STREAM_SEED = 4242, 777
_TOLD_EVERY, _MORE_EVERY = 100, 500


def make_pages(folder: Path, count: int, pdfs: Path, photos: Path, fonts: Path) -> None:
    """Make pages and keep them."""
    logging.disable(logging.WARNING)  # fonts without letters are left out, one line each
    used = UsedPages(find_learned([pdfs], [fonts], seed=_PAGES_SEED), list(find_documents([photos])))
    stream = MarkedPages(used, seed=_STREAM_SEED)
    for first in range(0, count, _TOLD_EVERY):
        keep_pages(stream, range(first, min(first + _TOLD_EVERY, count)), folder)
        print(min(first + _TOLD_EVERY, count), "of", count, flush=True)


def learn(folder: Path, older: Path, target: Path, steps: int, chances: list[float], dilations: list[int]) -> None:
    """Train on the pages and write the new model."""
    import torch

    entry = ModelEntry(read_manifest(older / MANIFEST), older, is_builtin=False)
    facts = facts_of(entry.manifest)
    facts["hyperparameters"] = {**entry.manifest.hyperparameters, "chances": chances}
    if dilations:
        facts["hyperparameters"]["dilations"] = dilations
    config = finder_config(steps)
    torch.manual_seed(config.seed)
    newer = ARCHITECTURES[entry.manifest.architecture](**facts["hyperparameters"])
    newer.load_state_dict({**newer.state_dict(), **load_network(entry, torch.device("cpu")).state_dict()})
    pages = GrowingPages(folder, SeenPage)
    sums = [0.0, 0.0]

    def told(done: int, missed: float, changed: float) -> None:
        sums[0] += missed / _TOLD_EVERY
        sums[1] += changed / _TOLD_EVERY
        if done % _TOLD_EVERY == 0:
            print(f"step {done} of {steps}: marks {sums[0]:.4f}, the rest {sums[1]:.4f}", flush=True)
            sums[:] = [0.0, 0.0]
        if done % _MORE_EVERY == 0:
            pages.grow()

    finder = teach_finder(newer.get_submodule("paper"), pages, config, told=told)  # type: ignore[arg-type]  # reason: a remover's is one that finds marks
    newer.get_submodule("paper").load_state_dict(finder.state_dict())
    export_model(newer, target, facts)  # type: ignore[arg-type]  # reason: one of the restorers


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "pages":
        make_pages(Path(rest[0]), int(rest[1]), *(Path(each) for each in rest[2:5]))
    else:
        seen, older, target, steps, likely, certain, *dilations = rest
        learn(
            Path(seen),
            Path(older),
            Path(target),
            int(steps),
            [float(likely), float(certain)],
            [int(each) for each in dilations],
        )
