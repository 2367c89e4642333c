"""What came of a fine-tuning run: the new model beside its parent, page by page and on the check-up. Torch-free."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from docclean.core.page import PixelArray
from docclean.engine.evaluation import mean_scores
from docclean.imaging.metrics import PageScores

RAW, BASE, NEW, LINEAR = "as it came", "base", "new", "linear (PCA)"
"""What is compared with the truth, by name."""

LEAST_GAIN = 0.01
"""Share of the parent's error that a better model takes away at least. Nobody sees less, and chance may give it."""

MOST_FORGOTTEN_DB = 0.3
"""What a model may lose on the check-up's damaged pages, dB."""

MOST_INK_LOST = 0.0005
"""How much more of the ink than its parent a model may lose, as a share: half of the last digit of 0.1 %.

A rim pixel that crosses a threshold counts as lost ink, and any change of the weights moves some; on a page of 50,000
ink pixels this is 25 of them, about two full stops at 200 dpi.
"""

MOST_HARM = 0.002
"""How much more error than its parent a model may do to clean pages, 0..1: half a gray level of 255."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """A held-out page.

    Attributes:
        name: Name for people.
        scores: By `RAW`, `BASE`, `NEW` and, where one was fitted, `LINEAR`.
        pictures: The same part of the page in each state and as it should be ("truth"), (H, W, 3), uint8, RGB.
    """

    name: str
    scores: dict[str, PageScores]
    pictures: dict[str, PixelArray]


@dataclass(frozen=True, slots=True)
class Checkup:
    """What a model does to the pages that docclean brings along for checking.

    Attributes:
        psnr_db: Mean over damaged pages, dB.
        ink_lost: Mean share of the ink that goes missing on damaged and on clean pages, 0..1.
        clean_rmse: Mean error that is done to clean pages, 0..1.
    """

    psnr_db: float
    ink_lost: float
    clean_rmse: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The new model against its parent.

    Attributes:
        pages: Held-out pages.
        means: Means over them, by `RAW`, `BASE`, `NEW`, `LINEAR`.
        base: The parent's check-up.
        new: The new model's.
        is_better: Whether it beats its parent on the held-out pages.
        has_forgotten: Whether it does worse on the check-up than may be.
        sentences: The same in words, for people.
    """

    pages: tuple[JudgedPage, ...]
    means: dict[str, PageScores]
    base: Checkup
    new: Checkup
    is_better: bool
    has_forgotten: bool
    sentences: tuple[str, ...]

    @property
    def is_recommended(self) -> bool:
        """Whether the new model may be offered as the default."""
        return self.is_better and not self.has_forgotten


def judged(pages: Sequence[JudgedPage], base: Checkup, new: Checkup, gate: str = "") -> Verdict:
    """Decide.

    A model beats its parent when its mean error on the held-out pages is lower by `LEAST_GAIN` at least, when no more
    than half of the pages get worse by as much, and when it loses no more ink than its parent, but for
    `MOST_INK_LOST`. The mean alone would let one very dirty page outvote all others; and lost ink hardly shows in an
    error, though no reader gets it back.

    It has forgotten when, on the check-up, it is more than `MOST_FORGOTTEN_DB` worse on damaged pages, loses more ink
    than its parent by more than `MOST_INK_LOST`, or does more harm to clean pages by more than `MOST_HARM` and more
    than a tenth. A figure that is no number counts as forgotten.

    Args:
        pages: Held-out pages, each with scores for `RAW`, `BASE` and `NEW`. Without any, nobody can tell whether the
            model is better, so it is not.
        base: The parent's check-up.
        new: The new model's.
        gate: What is to be said of the pages that it takes for the user's; empty for nothing.
    """
    kinds = [kind for kind in (RAW, LINEAR, BASE, NEW) if pages and all(kind in page.scores for page in pages)]
    means = {kind: mean_scores([page.scores[kind] for page in pages]) for kind in kinds}
    against = tuple(_faults(pages, means)) if pages else ("No page was held out, so nobody can tell what it gained.",)
    forgotten = tuple(_forgotten(base, new))
    told = tuple(_told(pages, means)) if pages else ()
    conclusion = _conclusion(is_better=not against, has_forgotten=bool(forgotten))
    return Verdict(
        pages=tuple(pages),
        means=means,
        base=base,
        new=new,
        is_better=not against,
        has_forgotten=bool(forgotten),
        sentences=(*told, *filter(None, [gate]), *against, *(forgotten or (_remembered(base, new),)), conclusion),
    )


def _faults(pages: Sequence[JudgedPage], means: Mapping[str, PageScores]) -> Iterator[str]:
    """Why the new model does not beat its parent; nothing where it does."""
    base, new = means[BASE], means[NEW]
    if not new.rmse <= (1 - LEAST_GAIN) * base.rmse or base.rmse == 0:
        yield f"A better model takes away {LEAST_GAIN:.0%} of the error at least."
    worse = sum(_is_worse(page) for page in pages)
    if 2 * worse > len(pages) > 1:
        yield f"Worse than before are {worse} of {len(pages)} pages."
    if not new.ink_lost <= base.ink_lost + MOST_INK_LOST + _ROUNDING:
        yield f"More ink goes missing: {new.ink_lost:.2%} in place of {base.ink_lost:.2%}."


def _is_worse(page: JudgedPage) -> bool:
    return page.scores[NEW].rmse > (1 + LEAST_GAIN) * page.scores[BASE].rmse


def _told(pages: Sequence[JudgedPage], means: Mapping[str, PageScores]) -> Iterator[str]:
    """What was measured on the held-out pages."""
    base, new = means[BASE].rmse, means[NEW].rmse
    where = "the held-out page" if len(pages) == 1 else f"{len(pages)} held-out pages"
    yield f"On {where} the error (RMSE) {_change(base, new)}{_gain(pages)}."
    if LINEAR in means:
        linear = means[LINEAR].rmse
        beyond = f"{_share(linear, new)} less than that" if new < linear else "no less than that"
        came = f"As they came the error is {means[RAW].rmse:.4f}"
        yield f"{came}; the linear baseline (PCA) leaves {linear:.4f}, and the new model {beyond}."


def _change(before: float, after: float) -> str:
    if math.isclose(before, after, rel_tol=1e-6, abs_tol=_ROUNDING):
        return f"stays at {after:.4f}"
    verb = "falls" if after < before else "rises"
    share = f" by {_share(before, after)}," if before > 0 else ""
    return f"{verb}{share} from {before:.4f} to {after:.4f}"


def _share(before: float, after: float) -> str:
    return f"{abs(before - after) / before:.1%}"


def _gain(pages: Sequence[JudgedPage]) -> str:
    """The change of the PSNR; pages that one of the two models restores without any error have none."""
    gains = [page.scores[NEW].psnr_db - page.scores[BASE].psnr_db for page in pages]
    finite = [gain for gain in gains if math.isfinite(gain)]
    return f"; signal to noise (PSNR) {statistics.fmean(finite):+.2f} dB" if finite else ""


def _forgotten(base: Checkup, new: Checkup) -> Iterator[str]:
    """What the new model does worse than its parent on the check-up."""
    if not new.psnr_db >= base.psnr_db - MOST_FORGOTTEN_DB - _ROUNDING:
        yield f"On the check-up pages it cleans worse: {new.psnr_db:.1f} dB in place of {base.psnr_db:.1f} dB."
    if not new.ink_lost <= base.ink_lost + MOST_INK_LOST + _ROUNDING:
        yield f"On the check-up pages more ink goes missing: {new.ink_lost:.2%} in place of {base.ink_lost:.2%}."
    if not new.clean_rmse <= base.clean_rmse + max(MOST_HARM, 0.1 * base.clean_rmse) + _ROUNDING:
        yield f"It harms clean pages more: an error of {new.clean_rmse:.4f} in place of {base.clean_rmse:.4f}."


def _remembered(base: Checkup, new: Checkup) -> str:
    figures = "" if math.isinf(new.psnr_db) else f": {new.psnr_db:.1f} dB, its parent {base.psnr_db:.1f} dB"
    return f"On the check-up pages it has forgotten nothing{figures}."


def _conclusion(*, is_better: bool, has_forgotten: bool) -> str:
    if is_better and not has_forgotten:
        return "It is better than its parent on pages like these and may be the default."
    if is_better:
        return (
            "Not recommended as the default, because it has forgotten how to clean other pages; choose it for pages "
            "like these only."
        )
    forgot = " and has forgotten how to clean others" if has_forgotten else ""
    return f"Not recommended, because it does not beat its parent on the held-out pages{forgot}."


def figures(verdict: Verdict, command: str) -> list[dict[str, object]]:
    """The verdict as a manifest's metrics: of the held-out pages as they came and cleaned, and of the check-up.

    Args:
        verdict: From `judged`.
        command: What measured it, as in "docclean finetune".

    Returns:
        Values for `Metric`; figures that are no finite numbers are left out.
    """
    count = float(len(verdict.pages))
    sets: list[tuple[str, dict[str, float | None]]] = [
        (name, {"pages": count, **_named("raw_", verdict.means.get(RAW)), **_named("cleaned_", verdict.means[kind])})
        for name, kind in (
            ("held-out pages", NEW),
            ("the same pages with its parent", BASE),
            ("the same pages with a linear model (PCA)", LINEAR),
        )
        if kind in verdict.means
    ]
    checkups: dict[str, float | None] = {}
    for whose, checkup in (("new", verdict.new), ("parent", verdict.base)):
        checkups |= {
            f"{whose}_psnr_db": checkup.psnr_db,
            f"{whose}_ink_lost": checkup.ink_lost,
            f"{whose}_clean_rmse": checkup.clean_rmse,
        }
    sets.append(("check-up pages", checkups))
    return [
        {"set": name, "command": command, "values": {key: round(value, 5) for key, value in _finite(values)}}
        for name, values in sets
    ]


def _named(prefix: str, scores: PageScores | None) -> dict[str, float | None]:
    return {} if scores is None else {prefix + name: value for name, value in scores.to_json().items()}


def _finite(values: Mapping[str, float | None]) -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if value is not None and math.isfinite(value):
            yield name, value
