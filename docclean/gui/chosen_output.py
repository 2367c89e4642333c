"""Where and how results are saved, from one start to the next: the choice of the panel as settings, and back."""

from pathlib import Path

from docclean.core.job import Storage
from docclean.core.output_choice import OutputChoice
from docclean.core.settings import Settings


def output_of(settings: Settings) -> OutputChoice:
    """Where and how results are saved, as it was chosen last."""
    return OutputChoice(
        folder=Path(settings.output_folder) if settings.output_folder else None,
        pattern=settings.name_pattern,
        format=settings.output_format,
        storage=Storage(compression=settings.compression, quality=settings.quality or None),
        languages=tuple(settings.languages.split("+")) if settings.languages else (),
    )


def with_output(settings: Settings, choice: OutputChoice) -> Settings:
    """Remember a choice; replacing originals is chosen anew every time."""
    return settings.changed(
        output_folder=str(choice.folder or ""),
        name_pattern=choice.pattern,
        output_format=choice.format,
        compression=choice.storage.compression,
        quality=choice.storage.quality or 0,
        languages="+".join(choice.languages),
    )
