"""Folders for this program's files, as the platform wants them. Functions, so that nothing is decided at import."""

from pathlib import Path

from platformdirs import PlatformDirs


def _platform() -> PlatformDirs:
    return PlatformDirs("docclean", appauthor=False)


def config_folder() -> Path:
    """Folder of the settings."""
    return _platform().user_config_path


def data_folder() -> Path:
    """Folder of what the user would miss: own models, the state of a training."""
    return _platform().user_data_path


def cache_folder() -> Path:
    """Folder of what may be deleted at any time."""
    return _platform().user_cache_path


def log_folder() -> Path:
    """Folder of the log files."""
    return _platform().user_log_path


def user_models_folder() -> Path:
    """Folder of the user's own models, one folder each."""
    return data_folder() / "models"
