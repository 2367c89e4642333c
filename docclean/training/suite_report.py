"""What the evaluation suite says: Markdown for people, and values that JSON has for programs."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from docclean import __version__
from docclean.training.suite import AS_IT_CAME, Outcome, SectionResult

_HEADINGS = (
    "PSNR, dB",
    "SSIM",
    "RMSE",
    "ink lost",
    "ink added",
    "color error",
    "small marks kept",
    "CER",
    "s per page",
)


@dataclasses.dataclass(frozen=True, slots=True)
class SuiteFacts:
    """What a report says besides its tables.

    Attributes:
        command: The command that made it.
        device: What ran the models.
        notes: What was left out, one sentence each.
        pictures: Names of the pictures' files below the report's folder, by the section's key.
    """

    command: str
    device: str
    notes: tuple[str, ...] = ()
    pictures: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)


def suite_markdown(results: Sequence[SectionResult], facts: SuiteFacts) -> str:
    """Write the tables, one for each section, with rows by kind of damage for docclean and what it is compared with."""
    lines = ["# Evaluation", "", f"docclean {__version__} on {facts.device}:", "", f"    {facts.command}", ""]
    lines += [f"- {note}" for note in facts.notes]
    for result in (result for result in results if result.rows):
        lines += ["", *_section(result), *_pictures(result, facts.pictures.get(result.section.key, ()))]
    return "\n".join(lines).rstrip() + "\n"


def suite_json(results: Sequence[SectionResult], facts: SuiteFacts) -> dict[str, Any]:
    """Put everything that was measured into values that JSON has; keys as in the classes of `suite`."""
    return {
        "program": "docclean",
        "version": __version__,
        "command": facts.command,
        "device": facts.device,
        "notes": list(facts.notes),
        "sections": [_section_json(result) for result in results],
    }


def kinds_of(result: SectionResult) -> tuple[str, ...]:
    """Kinds of damage in a section, the most frequent first."""
    return tuple(kind for kind, _ in Counter(kind for row in result.rows for kind in set(row.kinds)).most_common())


def _section(result: SectionResult) -> list[str]:
    section = result.section
    failed = sum(bool(row.errors) for row in result.rows)
    lines = [
        f"## {section.title}",
        "",
        f"Pages: {len(result.rows)}, of which {failed} with a failure. Means over pages.",
    ]
    lines += ["", *_header("way to clean")]
    lines += [_line(_emphasized(name, result), mean) for name in _names(result) if (mean := result.mean(name))]
    untouched = _untouched(result)
    lines += ["", *untouched] if untouched else []
    kinds = [kind for kind in kinds_of(result) if any(kind not in row.kinds for row in result.rows if row.outcomes)]
    if not kinds:
        return lines
    lines += [
        "",
        "By kind of damage; a page counts for each of its kinds, and what every page has is left out.",
        "",
        *_header("kind", "pages", "way to clean"),
    ]
    for kind in kinds:
        count = sum(kind in row.kinds for row in result.rows)
        for name in _names(result):
            mean = result.mean(name, kind)
            if mean is not None and name in (AS_IT_CAME, result.best_baseline, *section.ours):
                lines.append(_line(f"{kind} | {count} | {_emphasized(name, result)}", mean))
    return lines


def _names(result: SectionResult) -> list[str]:
    return [AS_IT_CAME, *result.section.cleaners]


def _emphasized(name: str, result: SectionResult) -> str:
    return f"**{name}**" if name in result.section.ours else name


def _header(*first: str) -> list[str]:
    return [f"| {' | '.join((*first, *_HEADINGS))} |", "|" + "---|" * (len(first) + len(_HEADINGS))]


def _line(first: str, mean: Outcome) -> str:
    s = mean.scores
    psnr = s.to_json()["psnr_db"]
    cells = (
        "identical" if psnr is None else f"{psnr:.2f}",
        f"{s.ssim:.4f}",
        f"{s.rmse:.4f}",
        f"{s.ink_lost:.2%}",
        f"{s.ink_added:.2%}",
        "-" if s.color_error is None else f"{s.color_error:.4f}",
        "-" if s.marks_kept is None else f"{s.marks_kept:.2%}",
        "-" if s.character_errors is None else f"{s.character_errors:.2%}",
        f"{mean.seconds:.2f}",
    )
    return f"| {' | '.join((first, *cells))} |"


def _untouched(result: SectionResult) -> list[str]:
    """How many pixels changed that no watermark is near."""
    lines = []
    for name in result.section.cleaners:
        mean = result.mean(name)
        if mean is not None and mean.far:
            share = (mean.changed_far or 0) / mean.far
            lines.append(
                f"- {_emphasized(name, result)}: of {mean.far} pixels farther than 8 px from any mark "
                f"{mean.changed_far} changed ({share:.4%})."
            )
    return lines


def _pictures(result: SectionResult, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    order = ["dirty", result.best_baseline or None, *result.section.ours[:1], "clean"]
    caption = " | ".join(part for part in order if part)
    return ["", f"Pictures, 100 %, best page to worst: {caption}", "", *(f"![{caption}]({name})" for name in names)]


def _section_json(result: SectionResult) -> dict[str, Any]:
    kinds = kinds_of(result)
    return {
        "key": result.section.key,
        "title": result.section.title,
        "ours": list(result.section.ours),
        "best_baseline": result.best_baseline,
        "means": {name: _outcome(mean) for name in _names(result) if (mean := result.mean(name))},
        "by_kind": {
            kind: {
                "pages": sum(kind in row.kinds for row in result.rows),
                "means": {name: _outcome(mean) for name in _names(result) if (mean := result.mean(name, kind))},
            }
            for kind in kinds
        },
        "pages": [
            {
                "name": row.name,
                "kinds": list(row.kinds),
                "outcomes": {name: _outcome(outcome) for name, outcome in row.outcomes.items()},
                "errors": list(row.errors),
            }
            for row in result.rows
        ],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        **outcome.scores.to_json(),
        "seconds": round(outcome.seconds, 3),
        "changed_far": outcome.changed_far,
        "far": outcome.far,
    }
