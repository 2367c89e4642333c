import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from docclean.core import logs
from docclean.core.logs import set_up_logging


@pytest.fixture(autouse=True)
def untouched_logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("docclean")
    before = (logger.level, logger.propagate, list(logger.handlers))
    logger.handlers.clear()
    yield logger
    for handler in logger.handlers:
        handler.close()
    logger.level, logger.propagate, logger.handlers = before


def test_log_record_reaches_the_file_and_not_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    file = set_up_logging()
    logging.getLogger("docclean.engine.runner").warning("page %s took %.1f s", "scan-1", 2.5)
    assert file is not None
    assert "WARNING" in file.read_text(encoding="utf-8")
    assert "docclean.engine.runner: page scan-1 took 2.5 s" in file.read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


def test_log_record_of_another_library_stays_out() -> None:
    file = set_up_logging()
    logging.getLogger("PIL").warning("noise")
    assert file is not None
    assert file.read_text(encoding="utf-8") == ""


def test_log_below_the_level_stays_out() -> None:
    file = set_up_logging(logging.ERROR)
    logging.getLogger("docclean").info("detail")
    assert file is not None
    assert file.read_text(encoding="utf-8") == ""


def test_set_up_logging_twice_writes_each_record_once_and_takes_the_new_level() -> None:
    first = set_up_logging(logging.ERROR)
    second = set_up_logging(logging.DEBUG)
    logging.getLogger("docclean").debug("once")
    assert first is not None
    assert first == second
    assert first.read_text(encoding="utf-8").count("once") == 1


def test_log_file_that_grows_is_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_FILE_BYTES", 200)
    file = set_up_logging()
    for number in range(40):
        logging.getLogger("docclean").info("record %d", number)
    assert file is not None
    names = sorted(path.name for path in file.parent.iterdir())
    assert names == ["docclean.log", "docclean.log.1", "docclean.log.2", "docclean.log.3"]


def test_set_up_logging_where_nothing_can_be_written_goes_on_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    obstacle = tmp_path / "a-file"
    obstacle.touch()
    monkeypatch.setattr(logs, "log_folder", lambda: obstacle / "logs")
    assert set_up_logging() is None
    logging.getLogger("docclean").error("lost")
    assert capfd.readouterr() == ("", "")
