"""Names of what comes with docclean, in the window's language. What users have named stays as they named it."""

from PySide6.QtCore import QCoreApplication, QLocale

from docclean.core.presets import BUILTIN, Preset
from docclean.models.manifest import ModelManifest


def preset_name(preset: Preset) -> str:
    """What a preset is called."""
    return QCoreApplication.translate("presets", preset.name) if preset in BUILTIN else preset.name


def model_name(manifest: ModelManifest) -> str:
    """What a model is called."""
    return manifest.name.get(QLocale().name().split("_")[0]) or manifest.shown_name
