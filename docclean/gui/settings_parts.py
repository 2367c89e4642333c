"""Parts of the settings for those who use them: where and how results are saved, what the engine runs on."""

from pathlib import Path

from docclean.core.job import Storage
from docclean.core.output_choice import OutputChoice
from docclean.core.settings import Settings
from docclean.gui.desk import EngineOptions


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


def engine_options(settings: Settings) -> EngineOptions:
    """The part of the settings that the engine needs."""
    return EngineOptions(
        settings.device, settings.threads, settings.memory_limit_mb, tuple(sorted(settings.models.items()))
    )
