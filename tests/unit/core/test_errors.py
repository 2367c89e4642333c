"""Faults: their sentences, and their way to other processes."""

import pickle
from pathlib import Path

import pytest

from docclean.core.errors import DoccleanError, ModelError, ReadError, WriteError


@pytest.mark.parametrize(
    "error",
    [ReadError(Path("a.png"), "is empty."), WriteError(Path("b.tif"), "exists already."), ModelError("no model")],
)
def test_error_pickled_and_back_says_the_same(error: DoccleanError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.exit_code == error.exit_code


def test_file_error_names_the_file_first() -> None:
    error = ReadError(Path("scan 1.png"), "is empty; scan it again.")
    assert str(error) == "scan 1.png: is empty; scan it again."
    assert error.path == Path("scan 1.png")
