from pathlib import Path

import numpy as np
import pytest

from docclean.training.words import LATIN, invented_word, scripts_of, word_in
from tests.helpers.corpus import font_without_letters, font_without_width, saved_font


def test_invented_words_depend_on_the_seed_alone() -> None:
    words = [[invented_word(np.random.default_rng(seed)) for seed in range(50)] for _ in range(2)]
    assert words[0] == words[1]
    assert len(set(words[0])) > 45


@pytest.mark.parametrize(("script", "letters"), [(LATIN, "az"), ("cyrillic", "ая"), ("greek", "αώ")])
def test_word_is_of_its_script(script: str, letters: str) -> None:
    for seed in range(50):
        word = word_in(script, np.random.default_rng(seed))
        assert word
        assert sum(letters[0] <= letter <= letters[1] or letter in "äéöёάέή" for letter in word) >= len(word) - 1


def test_font_has_latin_and_no_script_whose_letters_are_missing(tmp_path: Path) -> None:
    scripts = scripts_of(saved_font(tmp_path / "letters.ttf"))
    assert scripts[0] == LATIN
    assert "greek" not in scripts  # Pillow's own font has Cyrillic letters at most


def test_font_without_letters_or_width_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no Latin letters"):
        scripts_of(font_without_letters(tmp_path / "signs.ttf"))
    with pytest.raises(OSError, match="without width"):
        scripts_of(font_without_width(tmp_path / "accents.ttf"))
