"""Names of new models: one that is free, proposed, and what is wrong with one that was typed."""

import itertools
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from docclean.models.names import LONGEST_ID, fault_of_new_id, is_odd


def propose_name(folder: Path | None, taken: Collection[str]) -> str:
    """Make a name of a folder's, with the next number that is free.

    Args:
        folder: Where the dirty pages lie, or a table of them; None for a name of no folder's.
        taken: Names that are not free.
    """
    name = folder.name.removesuffix(".csv") if folder is not None else ""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain.lower())[: LONGEST_ID - 8].strip("-") or "my-pages"
    lower = {name.lower() for name in taken}
    return next(name for n in itertools.count(1) if (name := f"{stem}-{n}") not in lower)


def name_fault(name: str, taken: Collection[str]) -> str:
    """Say in one sentence why a model cannot have this name; empty if it can."""
    if fault_of_new_id(name):
        if len(name) > LONGEST_ID:
            return _text("The name may have at most {n} characters.").format(n=LONGEST_ID)
        if is_odd(name):
            return _text("Some systems cannot have a folder of this name; type another one.")
        return _text("The name may have small letters a to z, digits, dots, hyphens and underscores, no blanks.")
    if name.lower() in {other.lower() for other in taken}:
        return _text("A model of this name exists already; type another one.")
    return ""


def _text(words: str) -> str:
    return QCoreApplication.translate("FinetuneForm", words)
