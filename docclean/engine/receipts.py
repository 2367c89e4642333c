"""The one place where receipts are made: for every result that a run writes, a page or a document."""

from collections.abc import Sequence

from docclean import __version__
from docclean.core.errors import DoccleanError, ModelError
from docclean.core.job import OutputSpec, ReceiptPlace
from docclean.core.receipt import ModelFacts, PageFacts, PageOutcome, Receipt, each_once, path_from
from docclean.core.recipe import Recipe, StageSpec
from docclean.core.report import library_version
from docclean.documents.sidecars import write_sidecar
from docclean.engine.attempt import Attempt
from docclean.engine.session import EngineSession

_LIBRARIES = ("numpy", "onnxruntime", "opencv-python-headless", "pillow", "pikepdf", "pypdfium2", "torch")
"""Whose versions may show in pixels or bytes."""

_NOT_WRITTEN = "The receipt was not written: {}"


def make_receipt(attempts: Sequence[Attempt], session: EngineSession) -> Receipt | None:
    """Tell how a result came about.

    Args:
        attempts: Its pages, in order, restored and not written yet.
        session: Where they were restored.

    Returns:
        The receipt as it goes beside the result, but for what the result is; None where nobody wants one.
    """
    output = attempts[0].job.output
    if output.is_draft or output.receipt is ReceiptPlace.NONE:
        return None
    known = {a.job.source.path: a.input for a in attempts if a.input is not None}
    files, inputs = each_once([attempt.job.source.path for attempt in attempts])
    recipes, done = each_once([_named(attempt.job.recipe, session) for attempt in attempts])
    stages = [stage for recipe in recipes for stage in recipe.stages]
    return Receipt(
        version=__version__,
        device=session.device.kind,
        inputs=tuple(known[path].model_copy(update={"path": path_from(output.path.parent, path)}) for path in files),
        recipes=recipes,
        models=each_once([_model(stage, session) for stage in stages])[0],
        format=output.format,
        storage=output.storage,
        joins_inputs=output.joins_inputs,
        languages=output.languages,
        pages=tuple(map(_page, attempts, inputs, done)),
        machine=machine_facts(session) if output.receipt.is_beside else {},
    )


def inside(receipt: Receipt | None, output: OutputSpec) -> str:
    """Give the receipt as it goes into the result; empty where it does not."""
    return receipt.embedded() if receipt is not None and output.receipt.is_inside else ""


def write_beside(receipt: Receipt | None, output: OutputSpec) -> tuple[str, ...]:
    """Write the receipt beside the result, where that is wanted.

    Args:
        receipt: What `make_receipt` made.
        output: The result, complete.

    Returns:
        A sentence if it could not be written; the result is there all the same.
    """
    if receipt is None or not output.receipt.is_beside:
        return ()
    try:
        write_sidecar(receipt, output.path)
    except DoccleanError as fault:
        return (_NOT_WRITTEN.format(fault),)
    return ()


def _named(recipe: Recipe, session: EngineSession) -> Recipe:
    """Name the model of every stage that left that open."""
    stages = []
    for stage in recipe.stages:
        try:
            stages.append(stage.model_copy(update={"model": session.entry(stage).manifest.id}))
        except ModelError:  # removed since the draft was made
            stages.append(stage)
    return recipe.model_copy(update={"stages": tuple(stages)})


def _model(stage: StageSpec, session: EngineSession) -> ModelFacts:
    try:
        manifest = session.entry(stage).manifest
    except ModelError:
        return ModelFacts(id=stage.model, sha256="")
    return ModelFacts(id=manifest.id, sha256=manifest.weights.sha256)


def _page(attempt: Attempt, place: int, recipe: int) -> PageFacts:
    outcome = PageOutcome.UNTOUCHED if attempt.is_untouched else PageOutcome.CLEANED
    return PageFacts(
        page=attempt.job.source.page + 1,
        input=place,
        recipe=recipe,
        outcome=PageOutcome.FAILED if attempt.error_code else outcome,
        render_dpi=attempt.job.source.render_dpi,
    )


def machine_facts(session: EngineSession) -> dict[str, str]:
    """Name the processor, and the versions of the libraries that have a part in results."""
    return {"device": session.device.label} | {name: library_version(name) for name in _LIBRARIES}
