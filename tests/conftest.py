"""What every test gets: no screen, no network, no folder of the user."""

import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest

HAS_QT = importlib.util.find_spec("PySide6") is not None
collect_ignore = [] if HAS_QT else ["gui"]

# Without a screen Qt aborts the whole process, so this comes before anything imports it.
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

hypothesis.settings.register_profile("docclean", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("docclean")

# On these pytest compares in full what differs, which takes it hours for two files.
for ci_name in ("CI", "BUILD_NUMBER"):
    os.environ.pop(ci_name, None)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add our options; declare pytest-qt's settings where it is absent, so that the strict configuration passes."""
    parser.addoption("--update-golden", action="store_true", help="accept what the built-in models do now")
    if not pluginmanager.has_plugin("pytest-qt"):
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "used by pytest-qt, which is not active")


@pytest.fixture(autouse=True)
def isolated_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the platform's folders for settings, data, cache and logs at an empty temporary one."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in ("APPDATA", "LOCAL_APPDATA"):
        monkeypatch.setenv(name.replace("_", ""), str(home / name.lower()))
        monkeypatch.setenv(f"WIN_PD_OVERRIDE_{name}", str(home / name.lower()))  # platformdirs asks Windows otherwise
    return home


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection but those between processes of this machine that use no network."""
    real_connect = socket.socket.connect

    def refuse(*arguments: Any, **options: Any) -> NoReturn:
        raise PermissionError("tests must not use the network")

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None):
            refuse()
        real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
