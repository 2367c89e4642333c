"""`docclean doctor`: the facts of an installation, and whether its parts work. A bug report should have them."""

import importlib
import importlib.util

from docclean.cli.console import complain, say
from docclean.core.errors import ExitCode, ModelError
from docclean.core.report import LIBRARIES, OPTIONAL_LIBRARIES, describe_program, library_version, list_folders
from docclean.engine.device import list_devices
from docclean.models.catalog import Catalog
from docclean.models.weights import verify_weights


def check_installation() -> ExitCode:
    """Print facts and faults; exit code 1 if something is broken."""
    for line in describe_program():
        say(line)
    problems = [*_check_libraries(), *_check_models()]
    _show_devices()
    say("Folders:")
    for name, folder in list_folders().items():
        say(f"  {name}: {folder}")
    for problem in problems:
        complain(problem)
    say("Something is broken; see above." if problems else "Everything works.")
    return ExitCode.SOME_PAGES_FAILED if problems else ExitCode.OK


def _check_libraries() -> list[str]:
    """Print versions; a sentence for each library that cleaning needs and that cannot be loaded."""
    say("Libraries:")
    problems = []
    for name, module in LIBRARIES.items():
        say(f"  {name} {library_version(name)}")
        try:
            importlib.import_module(module)
        except ImportError as fault:
            problems.append(f"{name}: cannot be loaded ({fault}); install docclean again.")
    for name in OPTIONAL_LIBRARIES:
        say(f"  {name} {library_version(name)}")
    return problems


def _check_models() -> list[str]:
    """Print models; a sentence for each one that is damaged."""
    say("Models:")
    try:
        catalog = Catalog.installed()
    except FileNotFoundError as fault:
        return [f"{fault}."]
    problems = [str(error) for error in catalog.damaged]
    for entry in catalog.all():
        try:
            verify_weights(entry)
        except ModelError as error:
            problems.append(str(error))
            say(f"  {entry.manifest.id}: damaged")
        else:
            say(f"  {entry.manifest.id}: checksums right")
    if not catalog.all() and not problems:
        problems.append("No model is installed; install docclean again.")
    return problems


def _show_devices() -> None:
    say("Devices:")
    for device in list_devices():
        say(f"  {device.name}: {device.label}")
    if importlib.util.find_spec("torch") is None:
        say("  torch is not installed: no GPU can be used, and models cannot be trained.")
