"""Words that nobody wrote: syllables, amounts, dates, in the scripts that a font has.

What networks learn is strokes, not language; invented words have no author.
"""

import functools
from pathlib import Path

import numpy as np
from PIL import ImageFont

_ONSETS = (
    "", "b", "br", "c", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "qu", "r", "s", "st", "t", "v", "w",
    "z",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "ä", "é", "ö", "ie", "ai", "ij")
_CODAS = ("", "", "", "l", "m", "n", "ng", "r", "s", "ss", "t", "tz", "x", "ff", "fi")
_MARKS = (",", ".", ".", ";", ":", "!", "?", ")", "-", "…")

_LATIN_PARTS: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = (_ONSETS, _VOWELS, _CODAS)

LATIN = "latin"
_OTHER_SCRIPTS = {
    "cyrillic": ("бвгджзклмнпрстфхцчшщ", "аеиоуыэюяё", "йлмнрстьж"),
    "greek": ("βγδζθκλμνξπρστφχψ", "αεηιουωάέή", "νςρ"),
}


def invented_word(rng: np.random.Generator) -> str:
    """Make up a word, an amount or a date."""
    kind = rng.random()
    if kind < 0.12:
        return f"{rng.uniform(0, 10 ** rng.integers(1, 6)):,.{int(rng.integers(0, 4))}f}"
    if kind < 0.16:
        return f"{rng.integers(1, 32)}.{rng.integers(1, 13)}.{rng.integers(1900, 2030)}"
    syllables = "".join(
        str(rng.choice(_ONSETS)) + str(rng.choice(_VOWELS)) + str(rng.choice(_CODAS))
        for _ in range(int(rng.integers(1, 4)))
    )
    case = rng.random()
    word = syllables.upper() if case < 0.05 else syllables.capitalize() if case < 0.2 else syllables
    return word + str(rng.choice(_MARKS)) if rng.random() < 0.15 else word


def word_in(script: str, rng: np.random.Generator) -> str:
    """Make up a word in lower case.

    Args:
        script: One that `scripts_of` gave.
        rng: Source of randomness.
    """
    onsets, vowels, codas = _LATIN_PARTS
    if script != LATIN:
        consonants, letters, endings = _OTHER_SCRIPTS[script]
        onsets, vowels, codas = ("", *consonants), tuple(letters), ("", "", *endings)
    count = int(rng.choice([1, 2, 2, 3, 3, 4]))
    return "".join(str(rng.choice(onsets)) + str(rng.choice(vowels)) for _ in range(count)) + str(rng.choice(codas))


@functools.cache
def scripts_of(font_path: Path) -> tuple[str, ...]:
    """Scripts that a font has letters for; Latin always comes first.

    Raises:
        OSError: The font cannot be used, or has no Latin letters of different shapes and some width.
    """
    font = ImageFont.truetype(str(font_path), 20)
    if bytes(font.getmask("a")) == bytes(font.getmask("e")):
        raise OSError(f"{font_path}: no Latin letters")
    if font.getlength("ae") <= 0:
        raise OSError(f"{font_path}: letters without width, no line would ever be full")
    others = (name for name, parts in _OTHER_SCRIPTS.items() if _has_glyphs(font, "".join(parts[:2])))
    return (LATIN, *others)


def _has_glyphs(font: ImageFont.FreeTypeFont, letters: str) -> bool:
    """Whether letters look neither like a missing one nor, all but a few, like each other."""
    missing = bytes(font.getmask("\U0010fffd"))
    shapes = [bytes(font.getmask(letter)) for letter in letters]
    return missing not in shapes and len(set(shapes)) > 0.8 * len(shapes)
