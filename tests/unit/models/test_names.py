import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import UsageError
from docclean.models.catalog import Catalog
from docclean.models.names import LONGEST_ID, fault_of_new_id, is_odd, new_model_folder

NO_MODELS = Catalog(Path("none"), Path("none"))


@given(st.one_of(st.text(max_size=70), st.from_regex(r"[a-z0-9._-]{1,70}", fullmatch=True)))
def test_name_is_a_folder_s_name_everywhere_or_is_refused_in_one_sentence(name: str) -> None:
    """What is taken can be imported again, and lies where it is looked for."""
    models = Path("none")
    if fault_of_new_id(name):
        with pytest.raises(UsageError) as fault:
            new_model_folder(name, NO_MODELS, models)
        assert re.fullmatch(r".*[;,] .*\.", str(fault.value))
        assert str(fault.value).isprintable()
        return
    folder = new_model_folder(name, NO_MODELS, models)
    assert folder.parent == models
    assert folder.name == name == name.casefold()
    assert len(name) <= LONGEST_ID
    assert not is_odd(name)


@pytest.mark.parametrize("name", ["CON", "nul.txt", "com9", "lpt1.tar.gz", "mine.", "aux"])
def test_names_that_windows_takes_for_something_else_are_odd(name: str) -> None:
    assert is_odd(name)


@pytest.mark.parametrize("name", ["console", "com10", "mine.v2", "n.ul", "0"])
def test_other_names_are_not(name: str) -> None:
    assert not is_odd(name)
    assert fault_of_new_id(name) == ""
