"""Mix the weights of two models of one descent: what the younger learned, without all that it forgot.

    python packaging/average_weights.py YOUNGER_FOLDER OLDER_FOLDER SHARE NEW_FOLDER

SHARE is the younger one's part, 0..1. The new folder takes everything but the weights from the younger one's manifest.

Source:
    Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", section 3: interpolation of weights.
"""

import sys
from pathlib import Path

from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.training.export import export_model

FROM_EXPORT = {"schema", "id", "architecture", "input", "weights", "graphs", "metrics"}


def main() -> None:
    """Make the new model."""
    import torch

    younger, older, target = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[4])
    share = float(sys.argv[3])
    entries = [ModelEntry(read_manifest(f / MANIFEST), f, is_builtin=False) for f in (younger, older)]
    network, other = (load_network(entry, torch.device("cpu")) for entry in entries)
    first, second = network.state_dict(), other.state_dict()
    network.load_state_dict({key: share * first[key] + (1.0 - share) * second[key] for key in first})
    facts = entries[0].manifest.model_dump(mode="json", by_alias=True, exclude={"schema_version", *FROM_EXPORT})
    print(export_model(network, target, facts).weights.sha256)  # type: ignore[arg-type]  # reason: one of the restorers


if __name__ == "__main__":
    main()
