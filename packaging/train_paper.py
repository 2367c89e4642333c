"""Teach a denoiser's overview network what is paper, on whole pages; see `docclean.training.paper_teaching`.

    python packaging/train_paper.py pages PAGES COUNT PDFS PHOTOS FONTS PAIRS
    python packaging/train_paper.py learn PAGES OLDER_FOLDER NEW_FOLDER STEPS [DILATION ...]

The first line makes pages numbered from 0 and keeps them, 2 MB each; started again, it goes on. The second trains the
overview network of a model and writes a new one without a tone curve, which takes all else from the older one. With
dilations a network that has none gets convolutions that look farther around; they change no answer at first. Pages
that are made meanwhile are learned from, too.
"""

import logging
import sys
from pathlib import Path

from docclean.models.catalog import ModelEntry
from docclean.models.denoiser import Denoiser
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.training.corpus import find_documents
from docclean.training.export import export_model, facts_of
from docclean.training.kept_pages import GrowingPages
from docclean.training.objectives import DenoiseObjective
from docclean.training.page_overviews import UsedPages
from docclean.training.page_parts import DirtyPages, PagePair, keep_pairs
from docclean.training.paper_teaching import paper_config, teach_paper
from docclean.training.real_pairs import read_pairs
from docclean.training.whole_pages import find_learned

_PAGES_SEED, _STREAM_SEED = 4343, 888
_TOLD_EVERY, _MORE_EVERY = 50, 250


def make_pages(folder: Path, count: int, pdfs: Path, photos: Path, fonts: Path, pairs: Path) -> None:
    """Make pages and keep them."""
    logging.disable(logging.WARNING)  # fonts without letters are left out, one line each
    used = UsedPages(find_learned([pdfs], [fonts], seed=_PAGES_SEED), list(find_documents([photos])))
    stream = DirtyPages(used, read_pairs(pairs), seed=_STREAM_SEED)
    for first in range(0, count, _TOLD_EVERY):
        numbers = range(first, min(first + _TOLD_EVERY, count))
        keep_pairs(stream, numbers, folder, doubled_up_to=DenoiseObjective.doubled_up_to)
        print(numbers.stop, "of", count, flush=True)


def learn(folder: Path, older: Path, target: Path, steps: int, dilations: list[int]) -> None:
    """Train on the pages and write the new model."""
    import torch

    entry = ModelEntry(read_manifest(older / MANIFEST), older, is_builtin=False)
    facts = facts_of(entry.manifest)
    facts["hyperparameters"] = {key: value for key, value in entry.manifest.hyperparameters.items() if key != "tone"}
    if dilations:
        facts["hyperparameters"]["dilations"] = dilations
    config = paper_config(steps)
    torch.manual_seed(config.seed)
    network = Denoiser(**facts["hyperparameters"])
    network.load_state_dict({**network.state_dict(), **load_network(entry, torch.device("cpu")).state_dict()})
    pages = GrowingPages(folder, PagePair)
    sums = [0.0, 0.0]

    def told(done: int, restored: float, paper: float) -> None:
        sums[0] += restored / _TOLD_EVERY
        sums[1] += paper / _TOLD_EVERY
        if done % _TOLD_EVERY == 0:
            print(f"step {done} of {steps}: parts {sums[0]:.4f}, paper {sums[1]:.4f}", flush=True)
            sums[:] = [0.0, 0.0]
        if done % _MORE_EVERY == 0:
            pages.grow()

    export_model(teach_paper(network, pages, config, told=told), target, facts)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "pages":
        make_pages(Path(rest[0]), int(rest[1]), *(Path(each) for each in rest[2:6]))
    else:
        seen, start, new, length, *apart = rest
        learn(Path(seen), Path(start), Path(new), int(length), [int(each) for each in apart])
