"""The log file: what the program did, for the day something goes wrong.

Only `docclean`'s own loggers write to it, and nothing reaches the terminal this way, from other libraries neither: what
a user should read, a front end shows. Log names, sizes and times, never what is on a page.
"""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from docclean.core.paths import log_folder

_FORMAT = "%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s"
_FILE_BYTES = 1_000_000
_OLD_FILES = 3


def set_up_logging(level: int = logging.INFO) -> Path | None:
    """Send docclean's log records to a rotating file in the log folder. Calling it again changes only the level.

    Returns:
        The log file; None where the folder cannot be written, which is no reason to stop cleaning pages.
    """
    logger = logging.getLogger("docclean")
    logger.setLevel(level)
    others = logging.getLogger()
    if not others.handlers:  # else errors that Pillow logs about damaged files appear on the terminal
        others.addHandler(logging.NullHandler())
    for handler in logger.handlers:
        if isinstance(handler, RotatingFileHandler):
            return Path(handler.baseFilename)
    logger.propagate = False  # the root logger's last resort is the terminal
    file_handler = _file_handler(log_folder() / "docclean.log")
    if file_handler is None:
        logger.addHandler(logging.NullHandler())
        return None
    logger.addHandler(file_handler)
    return Path(file_handler.baseFilename)


def _file_handler(path: Path) -> RotatingFileHandler | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_FILE_BYTES, backupCount=_OLD_FILES, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler
