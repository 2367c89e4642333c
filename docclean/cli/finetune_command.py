"""The options of `docclean finetune`. What it does is in `docclean.cli.finetune`, imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

FINETUNE_EXIT_CODES = (
    "Exit codes: 0 the model is made, recommended or not, 1 it could not be made, 2 wrong usage, 130 interrupted or "
    "told to end."
)


def finetune_command(
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Id of the new model: small letters, digits, dashes.")],
    dirty: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Pages as they come from the scanner; images or PDF.")
    ] = None,
    clean: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The same pages as they should be, under the same names but for the suffix."),
    ] = None,
    suffixes: Annotated[
        str | None,
        typer.Option(
            metavar="DIRTY,CLEAN",
            help="One folder holds both, and this ends their names: --suffixes=-dirty,-clean finds page1-dirty.png "
            "and page1-clean.png in --dirty.",
        ),
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="A table with a dirty and a clean page in each row.")
    ] = None,
    own_paper: Annotated[
        bool,
        typer.Option(
            "--own-paper", help="There are no clean twins: put the paper of --dirty under pages that are set."
        ),
    ] = False,
    two_scans: Annotated[
        bool,
        typer.Option(
            "--two-scans", help="--dirty and --clean are two scans of the same sheets; what differs is noise."
        ),
    ] = False,
    base: Annotated[
        str | None, typer.Option(metavar="ID", help="Model to start from.  [default: the standard denoiser]")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, max=10_080, help="Time for training.  [default: 10]")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps, in place of a time.")] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            metavar="auto|adapters|decoder|everything",
            help="Which weights are trained: small corrections to each layer, what draws the result, or all; auto "
            "takes adapters for few pages and everything for many.  [default: auto]",
        ),
    ] = None,
    regularizer: Annotated[
        str | None,
        typer.Option(
            metavar="none|sparse-l1|sparse-kl|contractive",
            help="Penalty on the features in the bottleneck; see below.  [default: none]",
        ),
    ] = None,
    regularizer_weight: Annotated[
        float | None, typer.Option(min=0, max=1e6, help="What the penalty is multiplied with.  [default: 0.001]")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=1e-7, max=1, help="Peak of the schedule.  [default: by scope]")
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=2, help="Crops in a minibatch, even; half of them are replayed.  [default: 8]")
    ] = None,
    crop: Annotated[
        int | None, typer.Option(min=64, max=512, help="Side of a crop, px, a multiple of 8.  [default: 256]")
    ] = None,
    dpi: Annotated[
        float | None, typer.Option(min=50, max=600, help="Resolution that PDF pages are drawn at.  [default: 200]")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Determines what is drawn at random.  [default: 0]")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the interrupted run of --name, as it was asked for.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="With --resume: train no further, make the model from the best state.")
    ] = False,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda|cuda:N|mps", help="What runs the networks.")] = "auto",
    report: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the request, the verdict and every score.")
    ] = None,
) -> None:
    """Fine-tune a model on pages of your own.

    The new model is compared with the one that it was made from, on pages that training did not see and on others
    that docclean brings along, and is offered as a default only where it is better and has forgotten nothing. Models
    that are there stay as they are. Ctrl-C saves the state; --resume goes on.

    What the regularizers are good for:

    none: nothing is held against the features; right for most pages.

    sparse-l1: makes features silent where they are not needed, so that each comes to stand for one thing.

    sparse-kl: makes every feature speak seldom, so that none is always on and none dead.

    contractive: makes features change little when the page changes a little; takes a second backward pass.
    """
    from docclean.cli.finetune import FinetuneOptions, finetune_model
    from docclean.core.logs import set_up_logging

    options = FinetuneOptions(
        name=name,
        dirty=dirty,
        clean=clean,
        suffixes=suffixes,
        pairs=pairs,
        is_own_paper=own_paper,
        is_two_scans=two_scans,
        base=base,
        minutes=minutes,
        steps=steps,
        scope=scope,
        regularizer=regularizer,
        regularizer_weight=regularizer_weight,
        learning_rate=learning_rate,
        batch=batch,
        crop=crop,
        dpi=dpi,
        seed=seed,
        is_resumed=resume,
        is_finished=finish,
        device=device,
        report=report,
    )
    set_up_logging()
    raise typer.Exit(int(finetune_model(options)))
