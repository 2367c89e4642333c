import json

import pytest

from docclean.core.page import PixelArray
from docclean.imaging.metrics import PageScores
from docclean.training.suite import AS_IT_CAME, Outcome, Section, SectionResult, SuiteRow
from docclean.training.suite_pages import SuitePair
from docclean.training.suite_report import SuiteFacts, kinds_of, suite_json, suite_markdown

FACTS = SuiteFacts("docclean evaluate --suite", "CPU", ("No model does it.",), {"denoise": ("pictures/denoise-1.png",)})


def no_pair(number: int) -> SuitePair:
    raise AssertionError("a report needs no pages")


def same(pixels: PixelArray) -> PixelArray:
    return pixels


def scores(rmse: float) -> PageScores:
    return PageScores(rmse, 20.0, 0.9, 0.01, 0.02, 0.03, 0.98, 0.05)


def outcomes(ours: float) -> dict[str, Outcome]:
    plain = PageScores(0.2, 14.0, 0.8, 0.0, 0.0)
    return {AS_IT_CAME: Outcome(plain), "simple": Outcome(scores(0.1), 0.5), "net": Outcome(scores(ours), 1.5, 3, 200)}


@pytest.fixture
def result() -> SectionResult:
    section = Section("denoise", "Dirty pages", 2, no_pair, {"simple": same, "net": same}, ("net",))
    rows = [
        SuiteRow(0, "a.png", ("spill", "spill", "folds"), outcomes(0.02)),
        SuiteRow(1, "b.png", ("spill",), outcomes(0.06), ("b.png: simple: broke.",)),
        SuiteRow(2, "c.png", errors=("c.png: is damaged.",)),
    ]
    return SectionResult(section, rows)


def test_markdown_has_a_row_for_every_way_with_our_own_in_bold(result: SectionResult) -> None:
    lines = suite_markdown([result], FACTS).splitlines()
    assert "| **net** | 20.00 | 0.9000 | 0.0400 | 1.00% | 2.00% | 0.0300 | 98.00% | 5.00% | 1.50 |" in lines
    assert "| as it came | 14.00 | 0.8000 | 0.2000 | 0.00% | 0.00% | - | - | - | 0.00 |" in lines
    assert "Pages: 3, of which 2 with a failure. Means over pages." in lines
    assert "- No model does it." in lines


def test_markdown_breaks_rows_down_by_kinds_that_not_every_page_has(result: SectionResult) -> None:
    lines = suite_markdown([result], FACTS).splitlines()
    kinds = [line.split(" | ")[:3] for line in lines if line.startswith(("| spill", "| folds"))]
    assert kinds == [["| folds", "1", name] for name in (AS_IT_CAME, "simple", "**net**")]


def test_markdown_tells_what_changed_far_from_marks(result: SectionResult) -> None:
    assert "- **net**: of 400 pixels farther than 8 px from any mark 6 changed (1.5000%)." in suite_markdown(
        [result], FACTS
    )


def test_markdown_shows_the_pictures(result: SectionResult) -> None:
    assert "![dirty | simple | net | clean](pictures/denoise-1.png)" in suite_markdown([result], FACTS)


def test_markdown_tables_have_equal_columns(result: SectionResult) -> None:
    text = suite_markdown([result], FACTS)
    for table in text.split("\n\n"):
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1


def test_markdown_leaves_out_sections_without_pages(result: SectionResult) -> None:
    assert "##" not in suite_markdown([SectionResult(result.section, [])], FACTS)


def test_identical_pages_are_called_so() -> None:
    section = Section("clean", "Clean pages", 1, no_pair, {}, ())
    perfect = PageScores(0.0, float("inf"), 1.0, 0.0, 0.0)
    assert "| identical |" in suite_markdown(
        [SectionResult(section, [SuiteRow(0, "a", (), {AS_IT_CAME: Outcome(perfect)})])], FACTS
    )


def test_json_holds_means_kinds_and_pages_without_infinity(result: SectionResult) -> None:
    text = json.dumps(suite_json([result], FACTS), allow_nan=False)
    (section,) = json.loads(text)["sections"]
    assert section["means"]["net"]["rmse"] == pytest.approx(0.04)
    assert section["best_baseline"] == "simple"
    assert section["by_kind"]["folds"]["means"]["net"]["rmse"] == pytest.approx(0.02)
    assert section["pages"][1]["errors"] == ["b.png: simple: broke."]
    assert (
        section["pages"][0]["outcomes"]["net"] | {"changed_far": 3, "far": 200}
        == section["pages"][0]["outcomes"]["net"]
    )


def test_kinds_are_the_most_frequent_first(result: SectionResult) -> None:
    assert kinds_of(result) == ("spill", "folds")
