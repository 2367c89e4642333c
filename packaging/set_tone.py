"""Lay a tone curve over what a denoiser restores; see `docclean.models.layers.Tone`.

python packaging/set_tone.py OLDER_FOLDER NEW_FOLDER DARK DARKENING PALE PALING
"""

import sys
from pathlib import Path

from docclean.models.catalog import ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.registry import ARCHITECTURES
from docclean.training.export import export_model, facts_of


def main() -> None:
    """Make the new model."""
    import torch

    older, target, tone = Path(sys.argv[1]), Path(sys.argv[2]), [float(number) for number in sys.argv[3:7]]
    entry = ModelEntry(read_manifest(older / MANIFEST), older, is_builtin=False)
    facts = facts_of(entry.manifest)
    facts["hyperparameters"] = {**entry.manifest.hyperparameters, "tone": tone}
    network = ARCHITECTURES[entry.manifest.architecture](**facts["hyperparameters"])
    network.load_state_dict(load_network(entry, torch.device("cpu")).state_dict())
    print(export_model(network, target, facts).graphs.restore.sha256)  # type: ignore[arg-type]  # reason: one of the restorers


if __name__ == "__main__":
    main()
