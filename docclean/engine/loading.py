"""From an installed model to what restores pages with it."""

from docclean.engine.backends import Backend, load_backend
from docclean.engine.device import DeviceSpec
from docclean.engine.page_gate import GatedBackend, load_gate
from docclean.models.catalog import ModelEntry


def load_model(entry: ModelEntry, device: DeviceSpec, *, threads: int = 0) -> Backend:
    """Load a model for a device: its network, and the one that it came from where that restores some of the pages.

    Args:
        entry: The model.
        device: Where it runs.
        threads: Threads that it uses on the CPU; 0 for one per core.

    Raises:
        ModelError: The model's files are missing or damaged.
        DeviceMemoryError: There is no room for the model.
    """
    own = load_backend(entry, device, threads=threads)
    fallback = entry.manifest.fallback
    if fallback is None:
        return own
    before = load_backend(entry, device, threads=threads, weights=fallback.weights)
    return GatedBackend(own, before, load_gate(entry.folder / fallback.gate.file))


def load_first_network(entry: ModelEntry, device: DeviceSpec) -> Backend:
    """Load the network that a model, or the models it came from, started with: the one that pages are described by.

    Raises:
        ModelError: The model's files are missing or damaged.
        DeviceMemoryError: There is no room for the model.
    """
    fallback = entry.manifest.fallback
    return load_backend(entry, device, weights=None if fallback is None else fallback.weights)
