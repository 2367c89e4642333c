"""What the user has chosen once and for all. Only what differs from the defaults is in the file."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from docclean.core.errors import ReadError
from docclean.core.files import atomic_write, is_there, make_folder_of, read_faults_explained, write_faults_explained
from docclean.core.job import Compression, OutputFormat
from docclean.core.output_choice import DEFAULT_PATTERN, explain_pattern
from docclean.core.paths import config_folder
from docclean.core.recipe import Task
from docclean.core.validation import explain_validation_fault

_LARGEST_FILE_BYTES = 1_000_000

Text = Annotated[str, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]


class ThemeChoice(StrEnum):
    """Colors of the window; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Settings(BaseModel):
    """The user's settings, complete.

    Attributes:
        device: "auto", or a device's name as in `--device`.
        threads: Processor threads for the networks; 0 for as many as there are cores.
        memory_limit_mb: Memory that cleaning may take, MB; 0 for what is free.
        theme: Colors of the window.
        language: Language code, as in "de"; empty for the system's language.
        clean_at_once: Whether pages are cleaned as soon as they are added.
        ask_before_closing: Whether closing in the middle of a run asks.
        ask_before_replacing: Whether replacing existing results asks.
        notify_when_finished: Whether the end of a run is told to the desktop.
        keep_awake: Whether the computer is kept from sleeping during a run.
        restore_queue: Whether the pages of the last session come back at the start.
        output_folder: Folder for results; empty as long as the user has chosen none.
        name_pattern: Name of a result without its suffix; see `OutputChoice`.
        output_format: File format of results.
        compression: How samples of results are packed.
        quality: Quality of results that lose, 1..100; 0 for that of the input, or the usual one.
        languages: Languages in which PDF results become searchable, as in "eng+deu"; empty for none.
        models: Model id by task, for tasks whose built-in default shall not be used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Annotated[str, Field(strict=True, pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    threads: Annotated[int, Field(strict=True, ge=0, le=1024)] = 0
    memory_limit_mb: Annotated[int, Field(strict=True, ge=0, le=10_000_000)] = 0
    theme: ThemeChoice = ThemeChoice.SYSTEM
    language: Annotated[str, Field(strict=True, pattern=r"^([a-z]{2,3}([_-][A-Za-z0-9]{2,8})*)?$")] = ""
    clean_at_once: Switch = True
    ask_before_closing: Switch = True
    ask_before_replacing: Switch = True
    notify_when_finished: Switch = True
    keep_awake: Switch = True
    restore_queue: Switch = True
    output_folder: Text = ""
    name_pattern: Text = DEFAULT_PATTERN
    output_format: OutputFormat = OutputFormat.KEEP
    compression: Compression = Compression.KEEP
    quality: Annotated[int, Field(strict=True, ge=0, le=100)] = 0
    languages: Annotated[str, Field(strict=True, pattern=r"^([A-Za-z0-9_/-]+(\+[A-Za-z0-9_/-]+)*)?$")] = ""
    models: dict[Task, Text] = Field(default_factory=dict)

    @field_validator("name_pattern")
    @classmethod
    def _name_files(cls, pattern: str) -> str:
        if fault := explain_pattern(pattern):
            raise ValueError(fault.removesuffix("."))
        return pattern

    def changed(self, **changes: Any) -> "Settings":  # noqa: ANN401 - any field's value; pydantic checks them
        """Give settings with some values replaced.

        Raises:
            ValidationError: A value does not fit.
        """
        return Settings.model_validate({**dict(self), **changes})


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """What came out of the file.

    Attributes:
        settings: Complete settings; the default for whatever the file got wrong.
        problems: One sentence for each thing that was wrong with the file.
    """

    settings: Settings
    problems: tuple[str, ...] = ()


def settings_file() -> Path:
    """The file of the settings; it need not exist."""
    return config_folder() / "settings.toml"


def load_settings(path: Path | None = None) -> LoadedSettings:
    """Read the settings. Nothing that can be in the file stops the program.

    Args:
        path: The file; the user's own by default.
    """
    path = path or settings_file()
    if not is_there(path):
        return LoadedSettings(Settings())
    try:
        values = _read_values(path)
    except ReadError as error:
        return LoadedSettings(Settings(), (str(error),))
    except (ValueError, RecursionError):
        return LoadedSettings(
            Settings(),
            (f"{path}: is not written as TOML; the defaults are used, and the file is kept as {path.name}.broken.",),
        )
    settings, faults = _settled(values)
    return LoadedSettings(settings, tuple(f"{path}: {fault}" for fault in faults))


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write what differs from the defaults; keep keys that only another version of docclean knows.

    A file that could not be used as it is stays beside the new one, under its name with ".broken" at the end.

    Args:
        settings: Complete settings.
        path: The file; the user's own by default.

    Raises:
        WriteError: The file cannot be written; the old one is still there.
    """
    path = path or settings_file()
    make_folder_of(path)
    foreign, is_sound = _found_there(path) if is_there(path) else ({}, True)
    with atomic_write(path) as file:
        tomli_w.dump({**settings.model_dump(mode="json", exclude_defaults=True), **foreign}, file)
        if not is_sound:
            _set_aside(path)


def _found_there(path: Path) -> tuple[dict[str, Any], bool]:
    """Give the keys that this version does not know, and whether everything else in the file is right."""
    try:
        values = _read_values(path)
    except (ReadError, ValueError, RecursionError):
        return {}, False
    foreign = {key: value for key, value in values.items() if key not in Settings.model_fields}
    return foreign, not _settled({key: value for key, value in values.items() if key not in foreign})[1]


def _read_values(path: Path) -> dict[str, Any]:
    """Parse the file.

    Raises:
        ReadError: It cannot be read.
        ValueError: It is no TOML, or no text.
        RecursionError: It is nested beyond reason.
    """
    with read_faults_explained(path), path.open("rb") as file:
        content = file.read(_LARGEST_FILE_BYTES + 1)
    if len(content) > _LARGEST_FILE_BYTES:
        raise ValueError("too large for settings")
    return tomllib.loads(content.decode("utf-8-sig"))  # Windows' editor puts a byte order mark in front


def _settled(values: dict[str, Any]) -> tuple[Settings, list[str]]:
    """Give the settings that fit, and the end of a sentence for each value that does not."""
    values = {key: dict(value) if isinstance(value, dict) else value for key, value in values.items()}
    faults: list[str] = []
    while True:
        try:
            return Settings.model_validate(values), faults
        except ValidationError as fault:
            name, finding = explain_validation_fault(fault)
            where = tuple(str(part) for part in fault.errors(include_url=False)[0]["loc"] if part != "[key]")
            remedy = "it is kept" if where[0] not in Settings.model_fields else "the default is used"
            faults.append(f"{name.removesuffix('.[key]')} {finding}; {remedy}.")
            _drop(values, where)


def _drop(values: dict[str, Any], where: tuple[str, ...]) -> None:
    """Remove the innermost table entry on the way to a fault."""
    *tables, last = _keys_on_the_way(values, where)
    for key in tables:
        values = values[key]
    del values[last]


def _keys_on_the_way(values: Any, where: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401 - whatever TOML holds
    for key in where:
        if not isinstance(values, dict) or key not in values:
            return
        yield key
        values = values[key]


def _set_aside(path: Path) -> None:
    """Move the file out of the way, to a name that is free."""
    number = 1
    while is_there(target := path.with_name(f"{path.name}.broken{number if number > 1 else ''}")):
        number += 1
    with write_faults_explained(path):
        path.rename(target)
