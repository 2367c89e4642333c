"""Start docclean: the window, or the command line. The one place that knows both."""

from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; without any, or as `docclean gui`, the window.

    Args:
        argv: Arguments without the program's name; those of the process by default.

    Returns:
        The exit code.
    """
    from docclean.cli.main import main as run_command

    return run_command(argv, open_window=_open_window)


def _open_window(files: Sequence[Path]) -> int:
    from docclean.gui.main import run_window

    return run_window(files)


if __name__ == "__main__":
    raise SystemExit(main())
