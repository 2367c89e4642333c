"""Options of `docclean clean` about sharing the work: processes of this machine, or the machines of a cluster."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from docclean.core.errors import UsageError

if TYPE_CHECKING:
    from docclean.core.job import PageJob
    from docclean.core.recipe import Recipe
    from docclean.engine.journaled_runs import RunEngine
    from docclean.engine.planning import CleanOptions
    from docclean.engine.session import EngineSession
    from docclean.models.catalog import Catalog

_MOST_WORKERS = 1024

Workers = Annotated[
    str,
    typer.Option(
        "--workers",
        metavar="N|auto",
        help="Processes that share the work on the CPU, or actors of a cluster; auto takes what is faster.",
    ),
]
Engine = Annotated[
    str, typer.Option("--engine", metavar="local|ray", help="Where pages are cleaned: here, or on a Ray cluster.")
]
Address = Annotated[
    str,
    typer.Option(
        "--address",
        metavar="auto|HOST:PORT",
        help="Head of the cluster; folders must have the same paths on all its machines.  [default: this machine]",
    ),
]


def chosen_workers(workers: str, engine: str, address: str) -> int:
    """Read --workers; 0 for auto.

    Raises:
        UsageError: It is no number, or the options contradict each other.
    """
    if engine not in ("local", "ray"):
        raise UsageError(f"--engine {engine}: is not one to choose; it can be local or ray.")
    if address and engine != "ray":
        raise UsageError(f"--address {address}: is that of a cluster; add --engine ray or leave it out.")
    if workers.lower() == "auto":
        return 0
    if not workers.isdecimal() or not 1 <= int(workers) <= _MOST_WORKERS:
        raise UsageError(f"--workers {workers}: give a number from 1 to {_MOST_WORKERS}, or auto.")
    return int(workers)


def shared_run(
    options: "CleanOptions",
    session: "EngineSession",
    recipe: "Recipe",
    catalog: "Catalog",
    jobs: Sequence["PageJob"],
) -> "RunEngine | None":
    """Give what shares the work.

    Args:
        options: What was asked for.
        session: Of this process, with the models of the recipe.
        recipe: That of all pages.
        catalog: Installed models.
        jobs: The pages.

    Returns:
        Runs jobs; None if this process does all of it.
    """
    from docclean.documents.passwords import all_known
    from docclean.engine.device import available_cores
    from docclean.engine.worker_count import best_workers, threads_of_each
    from docclean.engine.worker_engine import EngineSetup
    from docclean.engine.worker_processes import ProcessCrew
    from docclean.engine.workers import WorkerRun

    if options.engine == "ray":
        from docclean.distributed.ray_batch import PAGES_AT_ONCE, RayCrew

        manifests = [stage.entry.manifest for stage in session.pipeline(recipe).stages]
        weights = {manifest.id: manifest.weights.sha256 for manifest in manifests}
        setup = EngineSetup(options.device, threads=1, weights=weights, overlaps=True, passwords=all_known())
        crew = RayCrew(setup, address=options.address, size=options.workers)
        return WorkerRun(crew, pages_at_once=PAGES_AT_ONCE).run_jobs
    documents = tuple(Counter(job.output.path for job in jobs).values())
    workers = min(options.workers or best_workers(session.device, documents), len(documents))
    if workers < 2:
        return None
    threads = threads_of_each(workers, available_cores())
    setup = EngineSetup(session.device.name, threads=threads, catalog=catalog, passwords=all_known())
    return WorkerRun(ProcessCrew(workers, setup)).run_jobs
