from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from docclean.gui.folders import open_folder


def test_open_folder_that_is_missing_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    assert open_folder(tmp_path / "log # 1")
    assert (tmp_path / "log # 1").is_dir()
    assert [Path(url.toLocalFile()) for url in opened] == [tmp_path / "log # 1"]


def test_open_folder_that_cannot_be_made_says_no(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not open_folder(tmp_path / "file" / "log")
