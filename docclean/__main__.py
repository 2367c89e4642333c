"""Run the command line as `python -m docclean`."""

from docclean.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
