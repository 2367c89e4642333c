"""Give a model's overview network more channels, without changing what it answers: more to learn with, not less.

    python packaging/widen_network.py OLDER_FOLDER NEW_FOLDER 24 48 96 128

The numbers are the new `paper_channels`, none smaller than before. New channels start with random weights as in a new
network; nothing listens to them yet, so the page comes out as before, and training finds out what they are good for.
"""

import sys
from pathlib import Path

from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.registry import ARCHITECTURES
from docclean.training.export import export_model, facts_of
from docclean.training.widening import widened_weights


def main() -> None:
    """Make the new model."""
    import torch

    folder, target, channels = Path(sys.argv[1]), Path(sys.argv[2]), [int(number) for number in sys.argv[3:]]
    entry = ModelEntry(read_manifest(folder / MANIFEST), folder, is_builtin=False)
    older = load_network(entry, torch.device("cpu"))
    torch.manual_seed(0)
    hyperparameters = {**entry.manifest.hyperparameters, "paper_channels": channels}
    newer = ARCHITECTURES[entry.manifest.architecture](**hyperparameters)
    newer.load_state_dict(widened_weights(older.state_dict(), newer.state_dict()))
    facts = facts_of(entry.manifest)
    facts["hyperparameters"] = hyperparameters
    overview = torch.rand(1, 9, 64, 64)
    with torch.inference_mode():
        answers = [network.get_submodule("paper")(overview) for network in (older, newer.eval())]
        difference = float((answers[0] - answers[1]).abs().max())
    model = export_model(newer, target, facts)  # type: ignore[arg-type]  # reason: one of the restorers
    print(model.weights.bytes, "bytes; largest difference", difference)


if __name__ == "__main__":
    main()
