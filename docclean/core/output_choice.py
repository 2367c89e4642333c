"""Where results shall go, what they are called and how they are stored, as the user chose it; and the names."""

import os
import re
from pathlib import Path, PurePath

from pydantic import BaseModel, ConfigDict, field_validator

from docclean.core.job import DOCUMENT_FORMATS, OutputFormat, Storage
from docclean.core.page import PageSource

DEFAULT_PATTERN = "{stem}"

TOKENS = ("{stem}", "{n}", "{page}")
"""The input's name without its suffix, the document's number in the queue, the page's number in its file."""

_TOKEN = re.compile(r"\{(stem|n|page)\}")
_LONE_PAGE = re.compile(r"[ ._-]*\{page\}")
_FORBIDDEN = re.compile(r'[/\\<>:"|?*\x00-\x1f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_FEWEST_DIGITS = 3
_LONGEST_NAME_BYTES = 255


class OutputChoice(BaseModel):
    """Where results go.

    Attributes:
        folder: The folder; None when none is chosen yet, so that the user is asked when saving.
        pattern: Name of a result without its suffix; see `TOKENS` and `explain_pattern`.
        format: File format.
        replaces_originals: Whether results take the place of their inputs; folder and pattern do not count then.
        storage: How samples are packed, where the format leaves a choice.
        languages: Languages, by Tesseract's names, in which PDF results become searchable; none for no text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = None
    pattern: str = DEFAULT_PATTERN
    format: OutputFormat = OutputFormat.KEEP
    replaces_originals: bool = False
    storage: Storage = Storage()
    languages: tuple[str, ...] = ()

    @field_validator("pattern")
    @classmethod
    def _pattern_gives_names(cls, pattern: str) -> str:
        if fault := explain_pattern(pattern):
            raise ValueError(fault)
        return pattern


def explain_pattern(pattern: str) -> str:
    """Say in one sentence what is wrong with a name pattern; empty if nothing is."""
    literal = _TOKEN.sub("", pattern)
    fault = ""
    if not pattern.strip(" ."):
        fault = "Give the name at least one letter, for example {stem}-clean."
    elif found := _FORBIDDEN.search(literal):
        shown = found[0] if found[0].isprintable() else "a control character"
        fault = f"A name cannot hold {shown}; leave it out."
    elif "{" in literal or "}" in literal:
        fault = f"Only {', '.join(TOKENS)} can stand in braces."
    elif pattern.startswith((".", " ")):
        fault = "A name that begins with a dot or a space is hidden or hard to find; begin with a letter."
    elif _DEVICES.fullmatch(pattern):
        fault = "Windows keeps this name for a device; choose another one."
    elif len(literal.encode("utf-8", "surrogatepass")) > _LONGEST_NAME_BYTES // 2:
        fault = "The name is too long; shorten it."
    return fault


def named(source: PageSource, number: int, choice: OutputChoice) -> PageSource:
    """Give a source whose `relative` has the name that the user wants, for `plan_outputs`.

    The folders of `relative` and the suffix stay. Pages that go to one file all get the same name, so {page} is left
    out there, with what separates it; where {page} tells the pages of a document apart, `pages` is 1, so that they are
    planned one by one.

    Args:
        source: The page.
        number: Number of its document among those that are saved, from 1; the same for all pages of a file.
        choice: What the user wants.
    """
    if choice.replaces_originals:
        return source
    old = source.relative.name if source.relative.name not in ("", "..") else source.path.name or "page"
    stem, suffix = _split(old)
    pattern, pages = choice.pattern, source.pages
    if pages > 1 and choice.format in DOCUMENT_FORMATS:
        pattern = _LONE_PAGE.sub("", pattern)
    elif "{page}" in pattern:
        pages = 1
    page_digits = max(_FEWEST_DIGITS, len(str(source.pages)))
    values = {"stem": stem, "n": f"{number:0{_FEWEST_DIGITS}}", "page": f"{source.page + 1:0{page_digits}}"}
    name = _TOKEN.sub(lambda token: values[token[1]], pattern).strip()
    name = _fitting(name if name.strip(". ") else stem, suffix)
    return source.model_copy(update={"relative": source.relative.parent / name, "pages": pages})


def _split(name: str) -> tuple[str, str]:
    """Split a name before its suffix; what follows a dot in a very long name is none."""
    path = PurePath(name)
    if not path.stem or len(os.fsencode(path.suffix)) > _LONGEST_NAME_BYTES // 2:
        return name, ""
    return path.stem, path.suffix


def _fitting(stem: str, suffix: str) -> str:
    """Join stem and suffix, shortened where no disk would take it."""
    while len((stem + suffix).encode("utf-8", "surrogatepass")) > _LONGEST_NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix if suffix else (stem.rstrip(". ") or stem)
