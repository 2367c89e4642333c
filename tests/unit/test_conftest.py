import socket
import urllib.request
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies


def test_connection_to_a_server_is_refused() -> None:
    with pytest.raises(PermissionError, match="network"), socket.socket() as plug:
        plug.connect(("127.0.0.1", 9))


def test_download_is_refused() -> None:
    with pytest.raises((PermissionError, OSError), match="network"):
        urllib.request.urlopen("http://127.0.0.1:9/")


def test_home_is_temporary(isolated_folders: Path) -> None:
    assert Path.home() == isolated_folders


@hypothesis.given(strategies.integers())
def test_property_test_has_no_deadline(number: int) -> None:
    assert hypothesis.settings.default is not None
    assert hypothesis.settings.default.deadline is None
