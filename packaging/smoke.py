"""Check an installed docclean, away from its checkout: list the models, clean a page that comes with it, look at it.

Run it with the Python of an environment that holds the built wheel, isolated from the current folder:
`python -I packaging/smoke.py`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import docclean
from docclean.core.resources import resource_path

PAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}


def main() -> int:
    """Run the checks; the exit status."""
    print(f"docclean {docclean.__version__} in {Path(docclean.__file__).parent}")
    resources = resource_path()
    if resources.name != "_resources":
        return fail(f"{resources} is a checkout's folder, not the wheel's; run this away from the checkout")
    listed = run("models")
    installed = [path.parent.name for path in sorted((resources / "models").glob("*/model.toml"))]
    if not installed or any(name not in listed for name in installed):
        return fail(
            f"`docclean models` does not list what is installed ({', '.join(installed) or 'nothing'}):\n{listed}"
        )
    page = min(path for path in (resources / "samples").iterdir() if path.suffix in PAGES)
    with tempfile.TemporaryDirectory() as folder:
        run("clean", str(page), "-o", folder)
        cleaned = [path for path in Path(folder).rglob("*") if path.suffix in PAGES]
        if len(cleaned) != 1:
            return fail(f"cleaning {page.name} left {len(cleaned)} pages instead of 1")
        if cleaned[0].read_bytes() == page.read_bytes():
            return fail(f"cleaning {page.name} changed nothing")
    print("smoke test passed")
    return 0


def run(*arguments: str) -> str:
    """Run a docclean command; what it printed."""
    result = subprocess.run(
        [sys.executable, "-I", "-m", "docclean", *arguments], capture_output=True, encoding="utf-8", check=False
    )
    print(result.stdout + result.stderr)
    if result.returncode != 0:
        raise SystemExit(fail(f"docclean {' '.join(arguments)} ended with exit status {result.returncode}"))
    return result.stdout


def fail(reason: str) -> int:
    """Say why the smoke test failed; the exit status."""
    print(f"smoke test failed: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
