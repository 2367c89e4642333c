"""Which pages the evaluation suite has, and which ways to clean them it compares."""

from collections.abc import Callable, Mapping, Sequence

from docclean.core.errors import DoccleanError
from docclean.core.recipe import Task
from docclean.documents.reader import read_page
from docclean.engine.evaluation import PagePair
from docclean.engine.external_cleaners import CleanPixels, installed_cleaners
from docclean.imaging.baselines import divide_by_median, nonlocal_means, sauvola
from docclean.training.suite import Section
from docclean.training.suite_pages import SuitePair, clean_pair, degraded_pair, watermarked_pair
from docclean.training.whole_pages import WholePages

NamedCleaner = tuple[str, CleanPixels]
"""A way to clean with its name for people."""

_MEDIAN_DIVISION = "median division"


def suite_sections(
    pages: WholePages,
    pairs: Sequence[PagePair],
    ours: Mapping[Task, NamedCleaner],
    *,
    count: int,
    seed: int,
) -> tuple[Section, ...]:
    """Put the suite together: real pairs if there are any, synthetic dirt, watermarks, and pages that are clean.

    Args:
        pages: Clean pages that training leaves out.
        pairs: Real pairs; may be empty.
        ours: Models of docclean by task; a task without one is measured with the others alone.
        count: Pages in each section but the first.
        seed: Determines the damage.
    """
    baselines: dict[str, CleanPixels] = {
        _MEDIAN_DIVISION: divide_by_median,
        "Sauvola": sauvola,
        "non-local means": nonlocal_means,
        **installed_cleaners(),
    }
    denoiser, remover = ([ours[task]] if task in ours else [] for task in (Task.DENOISE, Task.DEWATERMARK))
    sections = [
        _section(
            "denoise",
            "Held-out pages with synthetic damage",
            count,
            lambda i: degraded_pair(pages, i, seed=seed),
            (baselines, denoiser),
        ),
        _section(
            "watermark",
            "Held-out pages with synthetic watermarks",
            count,
            lambda i: watermarked_pair(pages, i, seed=seed),
            ({_MEDIAN_DIVISION: divide_by_median}, remover),
        ),
        _section(
            "clean",
            "Held-out pages that are clean already",
            count,
            lambda i: clean_pair(pages, i),
            (baselines, [*denoiser, *remover]),
        ),
    ]
    if pairs:
        real = _section("real", "Real pairs", len(pairs), lambda i: read_real_pair(pairs[i]), (baselines, denoiser))
        sections.insert(0, real)
    return tuple(sections)


def read_real_pair(pair: PagePair) -> SuitePair:
    """Read a pair of pages.

    Raises:
        DoccleanError: One of them is missing, unreadable, or of another size.
    """
    if pair.problem or pair.dirty is None or pair.clean is None:
        raise DoccleanError(pair.problem)
    dirty, clean = read_page(pair.dirty), read_page(pair.clean)
    if dirty.size != clean.size:
        raise DoccleanError(f"{pair.dirty.path}: is not of its clean twin's size; scan or crop both the same way.")
    return SuitePair(pair.name, dirty.pixels, clean.pixels)


def _section(
    key: str,
    title: str,
    count: int,
    pair: Callable[[int], SuitePair],
    cleaners: tuple[Mapping[str, CleanPixels], Sequence[NamedCleaner]],
) -> Section:
    baselines, ours = cleaners
    return Section(key, title, count, pair, {**baselines, **dict(ours)}, tuple(name for name, _ in ours))
