"""What a finished page depends on, as a digest: pages with equal keys are equal."""

import hashlib
import json

import docclean
from docclean.core.errors import DoccleanError
from docclean.core.files import state_of
from docclean.core.job import PageJob
from docclean.engine.session import EngineSession


def page_key(job: PageJob, session: EngineSession) -> str:
    """Give a digest of all that decides what the finished page is.

    That is the input, by its path, size and time of change, the page's number, how it is drawn, the recipe, the weights
    of its models, the device, how the result is stored, a draft that is taken in place of the recipe, and the version
    of the program.

    Args:
        job: The page.
        session: Device and models.

    Returns:
        SHA-256, hexadecimal; empty where something of it cannot be known, so that the page must not be taken over.
    """
    try:
        models = []
        if job.restored is None:
            manifests = [stage.entry.manifest for stage in session.pipeline(job.recipe).stages]
            models = [(manifest.id, manifest.weights.sha256) for manifest in manifests]
        facts = {
            "version": docclean.__version__,
            "source": job.source.model_dump(mode="json", exclude={"relative"}),
            "state": state_of(job.source.path),
            "recipe": job.recipe.model_dump(mode="json"),
            "models": models,
            "device": session.device.name,
            "format": job.output.format.value,
            "storage": job.output.storage.model_dump(mode="json"),
            "restored": None if job.restored is None else (str(job.restored), state_of(job.restored)),
        }
    except DoccleanError:
        return ""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
