"""Mix the weights of models of one descent: what the younger ones learned, without all that they forgot.

    python packaging/average_weights.py NEW_FOLDER FOLDER=SHARE FOLDER=SHARE ...

The shares add up to 1. One below 0 takes away: A=1 TUNED=0.3 BASE=-0.3 adds to A three tenths of what tuning changed of
BASE. The new folder takes everything but the weights from the manifest of the first.

Source:
    Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", section 3: interpolation of weights.
    Ilharco et al. 2023, "Editing models with task arithmetic", section 2: differences of weights, added to others.
"""

import math
import sys
from pathlib import Path

from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.training.export import export_model, facts_of


def main() -> None:
    """Make the new model."""
    import torch

    parts = [(Path(folder), float(share)) for folder, _, share in (text.rpartition("=") for text in sys.argv[2:])]
    if not math.isclose(sum(share for _, share in parts), 1.0, abs_tol=1e-6):
        raise SystemExit("The shares must add up to 1.")
    entries = [ModelEntry(read_manifest(f / MANIFEST), f, is_builtin=False) for f, _ in parts]
    networks = [load_network(entry, torch.device("cpu")) for entry in entries]
    states = [(network.state_dict(), share) for network, (_, share) in zip(networks, parts, strict=True)]
    mixed = {key: sum(share * state[key] for state, share in states) for key in states[0][0]}
    networks[0].load_state_dict(mixed)
    facts = facts_of(entries[0].manifest)
    model = export_model(networks[0], Path(sys.argv[1]), facts)  # type: ignore[arg-type]  # reason: one of the restorers
    print(model.weights.sha256)


if __name__ == "__main__":
    main()
