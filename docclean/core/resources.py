"""Where the program's own files are: models, samples, icons. The only place that knows."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")
"""In an installed wheel, then in a checkout."""


def resource_path(*parts: str) -> Path:
    """Find a file or folder that comes with the program.

    Args:
        parts: Path below the resources folder, as in `resource_path("models", "denoise-standard-8")`. Without any, the
            resources folder itself.

    Returns:
        Its absolute path.

    Raises:
        ValueError: The path leads out of the resources folder.
        FileNotFoundError: The program does not come with this file.
    """
    for folder in _FOLDERS:
        path = folder.joinpath(*parts).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise ValueError(f"not a path inside the resources folder: {parts}")
        if path.exists():
            return path
    raise FileNotFoundError(f"docclean does not come with {'/'.join(parts) or 'resources'}; install it again")
