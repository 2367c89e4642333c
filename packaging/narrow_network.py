"""Give a model's tile network fewer channels where the page is smallest: fewer multiplications for every pixel.

    python packaging/narrow_network.py OLDER_FOLDER NEW_FOLDER CHANNELS PAGES

Those channels go that matter least on the pictures of pages (PNG, JPEG) in the folder PAGES; 48 are enough, as
`docclean degrade` makes them. Pages come out a little worse than before, and training finds its way back.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docclean.core.page import PageSource
from docclean.documents.reader import read_page
from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.registry import ARCHITECTURES
from docclean.training.crops import IMAGE_SUFFIXES
from docclean.training.export import export_model, facts_of
from docclean.training.narrowing import most_used, narrowed_weights

if TYPE_CHECKING:
    import torch

_WHOLE = 64


def main() -> None:
    """Make the new model."""
    import torch

    older, target, count, folder = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    entry = ModelEntry(read_manifest(older / MANIFEST), older, is_builtin=False)
    network = load_network(entry, torch.device("cpu"))
    pages = [_page(path) for path in sorted(folder.iterdir()) if path.suffix.lower() in IMAGE_SUFFIXES]
    facts = facts_of(entry.manifest)
    *finer, _ = entry.manifest.hyperparameters["ink_channels"]
    facts["hyperparameters"] = {**entry.manifest.hyperparameters, "ink_channels": [*finer, count]}
    newer = ARCHITECTURES[entry.manifest.architecture](**facts["hyperparameters"])
    newer.load_state_dict(narrowed_weights(network, most_used(network, pages, count)))  # type: ignore[arg-type]  # reason: both are restorers
    model = export_model(newer, target, facts)  # type: ignore[arg-type]  # reason: as above
    print(model.weights.bytes, "bytes")


def _page(path: Path) -> "torch.Tensor":
    import torch

    pixels = (
        torch.tensor(read_page(PageSource(path=path, relative=Path(path.name))).pixels).permute(2, 0, 1).float() / 255.0
    )
    height, width = (side // _WHOLE * _WHOLE for side in pixels.shape[1:])
    return pixels[:, :height, :width].expand(3, -1, -1)[None].contiguous()


if __name__ == "__main__":
    main()
