"""Recipes with a name, and the output that goes with them; kept in one JSON file."""

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from docclean.core.errors import UsageError
from docclean.core.files import atomic_write, explain_read_fault, make_folder_of
from docclean.core.output_choice import OutputChoice
from docclean.core.paths import config_folder
from docclean.core.recipe import Recipe, StageSpec, Task

FILE_NAME = "presets.json"
LONGEST_NAME = 60


class Preset(BaseModel):
    """A recipe with a name.

    Attributes:
        name: What the user calls it; unique but for case.
        recipe: What to do.
        output: Where results go, or None to leave that as it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    recipe: Recipe
    output: OutputChoice | None = None

    @field_validator("name", mode="before")
    @classmethod
    def _without_spaces_around(cls, name: object) -> object:
        return " ".join(name.split()) if isinstance(name, str) else name


def _recipe(*stages: tuple[Task, int]) -> Recipe:
    return Recipe(stages=tuple(StageSpec(task=task, strength=strength) for task, strength in stages))


BUILTIN: tuple[Preset, ...] = (
    Preset(name="Clean scan", recipe=_recipe((Task.DENOISE, 100))),
    Preset(name="Gentle", recipe=_recipe((Task.DENOISE, 60))),
    Preset(name="Remove watermark", recipe=_recipe((Task.DEWATERMARK, 100))),
    Preset(name="Remove watermark, then clean", recipe=_recipe((Task.DEWATERMARK, 100), (Task.DENOISE, 100))),
)
"""Presets that come with the program; they cannot be changed or removed."""


def read_presets(path: Path) -> tuple[tuple[Preset, ...], str]:
    """Read a file of presets, as much of it as makes sense.

    Returns:
        The presets, and one sentence about what could not be read; empty if all could.
    """
    try:
        entries = list(json.loads(path.read_text(encoding="utf-8"))["presets"])
    except OSError as fault:
        return (), f"{path}: {explain_read_fault(fault)}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return (), f"{path}: is not a file of presets, or is damaged; the built-in presets still work."
    presets: dict[str, Preset] = {}
    damaged = 0
    for entry in entries:
        try:
            preset = Preset.model_validate(entry)
            presets.setdefault(preset.name.casefold(), preset)
        except ValidationError:
            damaged += 1
    sentence = f"{path}: {damaged} of {len(entries)} presets are damaged or of a later version and were left out."
    return tuple(presets.values()), sentence if damaged else ""


class Presets:
    """The presets of the user and the built-in ones. Every change is on the disk when the method returns.

    Attributes:
        fault: What could not be read of the file, in one sentence; empty if all could. A file with a fault is kept
            under another name when a change is written.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read the presets.

        Args:
            path: The file; None for the one in the folder of settings. It need not exist.
        """
        self._path = path or config_folder() / FILE_NAME
        self._own: tuple[Preset, ...] = ()
        self.fault = ""
        if self._path.exists():
            self._own, self.fault = read_presets(self._path)
            taken = {preset.name.casefold() for preset in BUILTIN}
            self._own = tuple(preset for preset in self._own if preset.name.casefold() not in taken)

    def all(self) -> tuple[Preset, ...]:
        """Every preset, built-in ones first, then in the order in which they were saved."""
        return (*BUILTIN, *self._own)

    def get(self, name: str) -> Preset | None:
        """The preset of this name, whatever the case; None if there is none."""
        key = " ".join(name.split()).casefold()
        return next((preset for preset in self.all() if preset.name.casefold() == key), None)

    def is_builtin(self, name: str) -> bool:
        """Whether a preset of this name came with the program."""
        return self.get(name) in BUILTIN

    def save(self, preset: Preset) -> None:
        """Add a preset, or put it in the place of the user's one of that name.

        Raises:
            UsageError: A built-in preset has this name.
            WriteError: The file cannot be written; nothing is changed.
        """
        self._refuse_builtin(preset.name)
        key = preset.name.casefold()
        if any(own.name.casefold() == key for own in self._own):
            self._write([preset if own.name.casefold() == key else own for own in self._own])
        else:
            self._write([*self._own, preset])

    def rename(self, old: str, new: str) -> None:
        """Give a preset another name.

        Raises:
            UsageError: There is no such preset, it is built in, or the new name is taken, empty or too long.
            WriteError: The file cannot be written; nothing is changed.
        """
        preset = self._own_of(old)
        self._refuse_builtin(new)
        other = self.get(new)
        if other is not None and other is not preset:
            raise UsageError(f"There is a preset named {other.name!r} already; choose another name.")
        renamed = make_preset(new, preset.recipe, preset.output)
        self._write([renamed if own is preset else own for own in self._own])

    def remove(self, name: str) -> Preset:
        """Take a preset out; gives it, so that it can be saved again.

        Raises:
            UsageError: There is no such preset, or it is built in.
            WriteError: The file cannot be written; nothing is changed.
        """
        preset = self._own_of(name)
        self._write([own for own in self._own if own is not preset])
        return preset

    def import_from(self, path: Path) -> str:
        """Add the presets of another file; those whose names are taken come with a number.

        Returns:
            One sentence about what could not be read; empty if all could.

        Raises:
            WriteError: The own file cannot be written; nothing is changed.
        """
        found, sentence = read_presets(path)
        taken = {preset.name.casefold() for preset in self.all()}
        added = []
        for preset in found:
            name = _free_name(preset.name, taken)
            taken.add(name.casefold())
            added.append(preset.model_copy(update={"name": name}))
        if added:
            self._write([*self._own, *added])
        return sentence

    def _own_of(self, name: str) -> Preset:
        self._refuse_builtin(name)
        preset = self.get(name)
        if preset is None:
            raise UsageError(f"There is no preset named {name!r} any more.")
        return preset

    def _refuse_builtin(self, name: str) -> None:
        if self.is_builtin(name):
            raise UsageError(f"The preset {name!r} comes with docclean and stays as it is; choose another name.")

    def _write(self, presets: Sequence[Preset]) -> None:
        make_folder_of(self._path)
        if self.fault:
            self._keep_damaged()
        values = {"presets": [preset.model_dump(mode="json", exclude_none=True) for preset in presets]}
        with atomic_write(self._path) as file:
            file.write(json.dumps(values, ensure_ascii=False, indent=1).encode())
        self._own, self.fault = tuple(presets), ""

    def _keep_damaged(self) -> None:
        number = 1
        while (kept := self._path.with_name(f"presets-damaged-{number}.json")).exists():
            number += 1
        with suppress(OSError):
            shutil.copyfile(self._path, kept)


def make_preset(name: str, recipe: Recipe, output: OutputChoice | None = None) -> Preset:
    """Make a preset out of what the user typed.

    Raises:
        UsageError: The name is empty or too long.
    """
    try:
        return Preset(name=name, recipe=recipe, output=output)
    except ValidationError as fault:
        raise UsageError(f"Give the preset a name of 1 to {LONGEST_NAME} letters.") from fault


def _free_name(name: str, taken: set[str]) -> str:
    wanted, number = name, 1
    while wanted.casefold() in taken:
        number += 1
        mark = f" ({number})"
        wanted = name[: LONGEST_NAME - len(mark)] + mark
    return wanted
