"""The models on this machine: built-in ones and the user's own. Torch-free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docclean.core.errors import ModelError
from docclean.core.files import is_folder
from docclean.core.paths import user_models_folder
from docclean.core.recipe import Task
from docclean.core.resources import resource_path
from docclean.models.manifest import MANIFEST, ModelManifest, read_manifest

DEFAULTS: dict[Task, str] = {Task.DENOISE: "denoise-standard-8", Task.DEWATERMARK: "dewatermark-standard-7"}
"""The built-in model that a task uses when the user chooses none."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """An installed model.

    Attributes:
        manifest: What it is.
        folder: Where its files lie.
        is_builtin: Whether it came with the program; such a model is never replaced or removed.
    """

    manifest: ModelManifest
    folder: Path
    is_builtin: bool


@dataclass(frozen=True, slots=True)
class DamagedModel:
    """A model's folder that cannot be used.

    Attributes:
        folder: Where it lies.
        error: Why, in one sentence.
        is_builtin: Whether it came with the program.
    """

    folder: Path
    error: ModelError
    is_builtin: bool


class Catalog:
    """Models found in some folders, by id. Folders whose names begin with a dot do not count.

    Attributes:
        broken: Models that cannot be used; the others work.
    """

    def __init__(self, builtin: Path, user: Path, defaults: Mapping[Task, str] | None = None) -> None:
        """Look for models.

        Args:
            builtin: Folder of the models that came with the program.
            user: Folder of the user's own.
            defaults: Ids of the models that the user wants where none is named; `DEFAULTS` for the other tasks, and
                where such a model is gone, does another task or is not recommended.
        """
        self._entries: dict[str, ModelEntry] = {}
        self._defaults = dict(defaults or {})
        broken: list[DamagedModel] = []
        for root, is_builtin in ((builtin, True), (user, False)):
            for path in _manifests(root):
                try:
                    self._add(path, is_builtin=is_builtin)
                except ModelError as error:
                    broken.append(DamagedModel(path.parent, error, is_builtin))
        self.broken: tuple[DamagedModel, ...] = tuple(broken)

    @classmethod
    def installed(cls, defaults: Mapping[Task, str] | None = None) -> "Catalog":
        """The models that came with the program and those in the user's data folder.

        Args:
            defaults: See the constructor.

        Raises:
            ModelError: The program's own models are missing.
        """
        try:
            builtin = resource_path("models")
        except FileNotFoundError as error:
            raise ModelError("The models that come with docclean are missing; install it again.") from error
        return cls(builtin, user_models_folder(), defaults)

    @property
    def damaged(self) -> tuple[ModelError, ...]:
        """One error for each manifest that could not be read."""
        return tuple(model.error for model in self.broken)

    def all(self) -> tuple[ModelEntry, ...]:
        """Every usable model, built-in ones first, then by id."""
        return tuple(sorted(self._entries.values(), key=lambda e: (not e.is_builtin, e.manifest.id)))

    def get(self, model_id: str) -> ModelEntry:
        """The model of this id.

        Raises:
            ModelError: There is none, or its manifest is damaged.
        """
        if model_id in self._entries:
            return self._entries[model_id]
        for error in self.damaged:
            if f"/{model_id}/{MANIFEST}: " in str(error).replace("\\", "/"):
                raise error
        raise ModelError(f"There is no model named {model_id!r}; installed are: {_listed(self._entries)}.")

    def default_for(self, task: Task) -> ModelEntry:
        """The model that a task uses when none is named.

        Raises:
            ModelError: No model does this task.
        """
        for wanted in (self._defaults.get(task), DEFAULTS.get(task)):
            entry = self._entries.get(wanted) if wanted else None
            if entry is not None and entry.manifest.task is task and entry.manifest.recommended:
                return entry
        for entry in sorted(self.all(), key=lambda entry: not entry.manifest.recommended):
            if entry.manifest.task is task:
                return entry
        raise ModelError(f"No installed model does the task {task.value!r}; see `docclean models list`.")

    def _add(self, path: Path, *, is_builtin: bool) -> None:
        manifest = read_manifest(path)
        if manifest.id != path.parent.name:
            raise ModelError(f"{path}: id {manifest.id!r} does not match the folder's name; rename the folder.")
        if manifest.id in self._entries:
            raise ModelError(f"{path}: a model with this id is built in; rename the folder and the id.")
        self._entries[manifest.id] = ModelEntry(manifest, path.parent, is_builtin)


def _manifests(root: Path) -> Sequence[Path]:
    found = sorted(root.glob(f"*/{MANIFEST}")) if is_folder(root) else []
    return [path for path in found if not path.parent.name.startswith(".")]


def _listed(entries: dict[str, ModelEntry]) -> str:
    return ", ".join(sorted(entries)) or "none"
