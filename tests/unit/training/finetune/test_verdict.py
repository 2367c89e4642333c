"""When a fine-tuned model beats its parent, when it has forgotten, and how both is said."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.imaging.metrics import PageScores
from docclean.models.manifest import Metric
from docclean.training.finetune.verdict import (
    BASE,
    LEAST_GAIN,
    LINEAR,
    MOST_HARM,
    MOST_INK_LOST,
    NEW,
    RAW,
    Checkup,
    JudgedPage,
    Verdict,
    figures,
    judged,
)

CHECKUP = Checkup(psnr_db=26.0, ink_lost=0.004, clean_rmse=0.01)


def scores(rmse: float, ink_lost: float = 0.0) -> PageScores:
    return PageScores(rmse, -20 * math.log10(rmse) if rmse else math.inf, 0.9, ink_lost, 0.0)


def page(base: float, new: float, *, linear: float | None = None, ink: tuple[float, float] = (0.0, 0.0)) -> JudgedPage:
    found = {RAW: scores(0.2), BASE: scores(base, ink[0]), NEW: scores(new, ink[1])}
    return JudgedPage("a.png", found if linear is None else {**found, LINEAR: scores(linear)}, {})


def verdict_of(*pages: JudgedPage, new: Checkup = CHECKUP, base: Checkup = CHECKUP) -> Verdict:
    verdict = judged(pages, base, new)
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in verdict.sentences)
    return verdict


def test_lower_error_without_forgetting_is_recommended() -> None:
    verdict = verdict_of(page(0.1, 0.05, linear=0.08), page(0.1, 0.07, linear=0.08))
    assert verdict.is_recommended
    assert verdict.means[NEW].rmse == pytest.approx(0.06)
    told, linear, *rest = verdict.sentences
    assert told.startswith("On 2 held-out pages the error (RMSE) falls by 40.0%, from 0.1000 to 0.0600; ")
    assert told.endswith("; signal to noise (PSNR) +4.56 dB.")
    assert linear.startswith("As they came the error is 0.2000; the linear baseline (PCA) leaves 0.0800, ")
    assert linear.endswith(", and the new model 25.0% less than that.")
    assert rest == [
        "On the check-up pages it has forgotten nothing: 26.0 dB, its parent 26.0 dB.",
        "It is better than its parent on pages like these and may be the default.",
    ]


def test_tie_is_not_better() -> None:
    verdict = verdict_of(page(0.1, 0.1))
    assert not verdict.is_better
    assert verdict.sentences[0].startswith("On the held-out page the error (RMSE) stays at 0.1000; ")
    assert verdict.sentences[-1].startswith("Not recommended, because it does not beat its parent")


@pytest.mark.parametrize(("new", "is_better"), [(0.1 * (1 - LEAST_GAIN) + 1e-6, False), (0.1 * (1 - LEAST_GAIN), True)])
def test_gain_must_be_one_that_counts(new: float, is_better: bool) -> None:
    assert verdict_of(page(0.1, new)).is_better == is_better


def test_perfect_parent_cannot_be_beaten() -> None:
    verdict = verdict_of(page(0.0, 0.0))
    assert not verdict.is_better
    assert verdict.sentences[0] == "On the held-out page the error (RMSE) stays at 0.0000."
    assert "rises from 0.0000 to 0.1000." in verdict_of(page(0.0, 0.1)).sentences[0]


def test_page_without_error_counts_and_its_endless_psnr_does_not() -> None:
    verdict = verdict_of(page(0.1, 0.0), page(0.1, 0.09))
    assert verdict.is_better
    assert "to 0.0450; signal to noise (PSNR) +0.92 dB." in verdict.sentences[0]


def test_one_very_dirty_page_does_not_outvote_the_others() -> None:
    verdict = verdict_of(page(0.5, 0.1), page(0.02, 0.03), page(0.02, 0.03))
    assert not verdict.is_better
    assert "Worse than before are 2 of 3 pages." in verdict.sentences


def test_half_of_the_pages_may_get_a_little_worse() -> None:
    assert verdict_of(page(0.5, 0.1), page(0.02, 0.03)).is_better


@pytest.mark.parametrize(("lost", "is_better"), [(0.001 + MOST_INK_LOST, True), (0.0016, False)])
def test_ink_must_not_pay_for_the_gain(lost: float, is_better: bool) -> None:
    verdict = verdict_of(page(0.1, 0.05, ink=(0.001, lost)))
    assert verdict.is_better == is_better
    assert ("More ink goes missing: 0.16% in place of 0.10%." in verdict.sentences) != is_better


@pytest.mark.parametrize(
    ("change", "has_forgotten"),
    [
        ({"psnr_db": 25.7}, False),
        ({"psnr_db": 25.69}, True),
        ({"psnr_db": math.nan}, True),
        ({"ink_lost": 0.004 + MOST_INK_LOST}, False),
        ({"ink_lost": 0.0046}, True),
        ({"clean_rmse": 0.01 + MOST_HARM}, False),
        ({"clean_rmse": 0.0121}, True),
        ({"psnr_db": 30.0, "ink_lost": 0.0, "clean_rmse": 0.0}, False),
    ],
)
def test_forgotten_is_what_gets_clearly_worse(change: dict[str, float], has_forgotten: bool) -> None:
    verdict = verdict_of(page(0.1, 0.05), new=replace(CHECKUP, **change))
    assert verdict.has_forgotten == has_forgotten
    assert verdict.is_recommended != has_forgotten
    assert ("has forgotten how to clean other pages" in verdict.sentences[-1]) == has_forgotten


def test_harm_is_measured_against_what_the_parent_does() -> None:
    base = replace(CHECKUP, clean_rmse=0.05)
    assert not verdict_of(page(0.1, 0.05), base=base, new=replace(base, clean_rmse=0.0549)).has_forgotten
    assert verdict_of(page(0.1, 0.05), base=base, new=replace(base, clean_rmse=0.0551)).has_forgotten


def test_endless_psnr_of_the_check_up_is_compared() -> None:
    endless = replace(CHECKUP, psnr_db=math.inf)
    assert not verdict_of(page(0.1, 0.05), base=endless, new=endless).has_forgotten
    assert verdict_of(page(0.1, 0.05), base=endless).has_forgotten


def test_worse_and_forgetful_model_says_both() -> None:
    verdict = verdict_of(page(0.1, 0.2), new=replace(CHECKUP, psnr_db=20.0))
    assert "rises by 100.0%" in verdict.sentences[0]
    assert "On the check-up pages it cleans worse: 20.0 dB in place of 26.0 dB." in verdict.sentences
    assert verdict.sentences[-1] == (
        "Not recommended, because it does not beat its parent on the held-out pages "
        "and has forgotten how to clean others."
    )


def test_linear_baseline_that_wins_is_said() -> None:
    assert "the new model no less than that." in verdict_of(page(0.1, 0.05, linear=0.05)).sentences[1]


def test_linear_baseline_counts_where_every_page_has_one() -> None:
    assert LINEAR not in verdict_of(page(0.1, 0.05, linear=0.08), page(0.1, 0.05)).means


def test_without_held_out_pages_nothing_is_better() -> None:
    verdict = verdict_of()
    assert not verdict.is_recommended
    assert verdict.means == {}
    assert verdict.sentences[0] == "No page was held out, so nobody can tell what it gained."


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=4),
    st.tuples(st.floats(0, 60), st.floats(0, 1), st.floats(0, 1)),
)
def test_any_figures_make_sentences_and_a_model_that_is_no_better_is_never_recommended(
    pages: list[tuple[float, float, float, float]], checkup: tuple[float, float, float]
) -> None:
    verdict = verdict_of(*(page(b, n, ink=(lost, more)) for b, n, lost, more in pages), new=Checkup(*checkup))
    if not pages or verdict.means[NEW].rmse >= verdict.means[BASE].rmse:
        assert not verdict.is_recommended
    assert verdict.sentences[-1].startswith("Not recommended") != verdict.is_recommended


def test_figures_are_metrics_of_a_manifest() -> None:
    found = figures(verdict_of(page(0.1, 0.0, linear=0.08)), "docclean finetune")
    metrics = [Metric.model_validate(values) for values in found]
    assert [metric.set for metric in metrics] == [
        "held-out pages",
        "the same pages with its parent",
        "the same pages with a linear model (PCA)",
        "check-up pages",
    ]
    assert metrics[0].values["raw_rmse"] == 0.2
    assert metrics[0].values["pages"] == 1
    assert metrics[0].values["cleaned_rmse"] == 0
    assert "cleaned_psnr_db" not in metrics[0].values
    assert metrics[3].values == {
        "new_psnr_db": 26.0,
        "new_ink_lost": 0.004,
        "new_clean_rmse": 0.01,
        "parent_psnr_db": 26.0,
        "parent_ink_lost": 0.004,
        "parent_clean_rmse": 0.01,
    }
