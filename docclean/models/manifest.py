"""`model.toml`: what a model is, how to run it, what it was trained on, how well it did. Torch-free."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from docclean.core.errors import ModelError
from docclean.core.files import atomic_write
from docclean.core.recipe import Task
from docclean.core.validation import explain_validation_fault

MANIFEST = "model.toml"
SCHEMA = 1
_REMEDY = "reinstall or remove this model"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


class InputSpec(_Part):
    """What the network accepts, and how pages are cut for it.

    Attributes:
        multiple_of: A page is padded to a multiple of this, px.
        tile: Default side of a tile with its overlaps, px.
        min_tile: Smallest side when memory is short, px.
        overlap: Rim of a tile that is computed but not kept, px; at least the receptive field's radius.
        context_reach: How far the paper network sees from a cell, px. The default suits networks from before this key.
        doubled_up_to: Pages of up to this many pixels are restored at twice their size; 0 for none. The other figures
            then mean pixels of the doubled page.
        gated: The last map of the context says for every cell whether it may be changed: where it is 0.5 or less, the
            network copies the cell, so that it need not run there.
    """

    multiple_of: int = Field(ge=8, multiple_of=8)
    tile: int = Field(ge=64, multiple_of=8)
    min_tile: int = Field(ge=64, multiple_of=8)
    overlap: int = Field(ge=8, multiple_of=8)
    context_reach: int = Field(default=1104, ge=0)
    doubled_up_to: int = Field(default=0, ge=0)
    gated: bool = False

    @model_validator(mode="after")
    def _tile_holds_its_overlaps(self) -> "InputSpec":
        if self.min_tile <= 2 * self.overlap or self.tile < self.min_tile:
            raise ValueError("tile must be at least min_tile, and min_tile larger than two overlaps")
        return self


class FileSpec(_Part):
    """A file beside the manifest and its checksum."""

    file: FileName
    sha256: Sha256
    bytes: int = Field(ge=1)


class GraphSpec(_Part):
    """The exported graphs for the CPU runtime; their weights are the safetensors file's own bytes."""

    context: FileSpec
    restore: FileSpec


class FallbackSpec(_Part):
    """What restores pages that do not look like those that a model was fine-tuned on.

    Attributes:
        weights: Those of the network that it came from, for the same graphs.
        gate: Tells which pages look alike; see `docclean.engine.page_gate`.
    """

    weights: FileSpec
    gate: FileSpec


class TrainingSpec(_Part):
    """How the model came about.

    Attributes:
        data: Sets used, each with its licence and credit.
        settings: The run's settings.
    """

    data: tuple[str, ...]
    settings: dict[str, Any] = Field(default_factory=dict)


class Metric(_Part):
    """A measured figure.

    Attributes:
        set: What it was measured on.
        command: The command that measured it.
        values: Figures by name, e.g. {"rmse": 0.04, "psnr_db": 28.4}.
    """

    set: str
    command: str
    values: dict[str, float]


class Card(_Part):
    """What a user should know before choosing the model."""

    use_for: str
    limits: str


class ModelManifest(_Part):
    """Everything about a model but its weights.

    Attributes:
        fallback: What restores pages unlike those that it was made for; None where it restores all pages itself.
        recommended: Whether it may be the default; a fine-tuned model that does not beat its parent may not.
        verdict: How it did against its parent, in sentences for people, the conclusion last; empty where nobody judged.
    """

    schema_version: int = Field(alias="schema", ge=SCHEMA, le=SCHEMA)
    id: FileName
    task: Task
    architecture: str
    parent: str = ""
    license: str
    name: dict[str, str]
    hyperparameters: dict[str, Any]
    input: InputSpec
    weights: FileSpec
    graphs: GraphSpec
    fallback: FallbackSpec | None = None
    training: TrainingSpec
    metrics: tuple[Metric, ...] = ()
    recommended: bool = True
    verdict: tuple[str, ...] = ()
    card: Card

    @property
    def files(self) -> tuple[FileSpec, ...]:
        """Everything that belongs to the model besides the manifest, the weights first."""
        own = self.weights, self.graphs.context, self.graphs.restore
        return own if self.fallback is None else (*own, self.fallback.weights, self.fallback.gate)

    @property
    def shown_name(self) -> str:
        """The name for people: the English one, else any, else the id."""
        return self.name.get("en") or next(filter(None, self.name.values()), self.id)


def read_manifest(path: Path) -> ModelManifest:
    """Read and validate a manifest.

    Raises:
        ModelError: Missing, not TOML, or an unknown, missing or wrong key; names the file and the key.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); {_REMEDY}.") from error
    return parse_manifest(content, path)


def parse_manifest(content: bytes, name: Path, remedy: str = _REMEDY) -> ModelManifest:
    """Validate a manifest's text.

    Args:
        content: TOML in UTF-8.
        name: What a fault is said to be of.
        remedy: What a fault advises.

    Raises:
        ModelError: Not TOML, or an unknown, missing or wrong key; names the key.
    """
    try:
        values = tomllib.loads(content.decode("utf-8"))
        schema = values.get("schema")
        if isinstance(schema, int) and schema > SCHEMA:
            raise ModelError(f"{name}: was made for a later version of docclean; update docclean or {remedy}.")
        return ModelManifest.model_validate(values)
    except ValidationError as error:
        key, words = explain_validation_fault(error)
        raise ModelError(f"{name}: {key or 'the manifest'} {words}; {remedy}.") from error
    except (ValueError, RecursionError) as error:  # tomllib's own fault, bad UTF-8, endless numbers, deep nesting
        raise ModelError(f"{name}: not valid TOML ({error}); {remedy}.") from error


def write_manifest(folder: Path, manifest: ModelManifest) -> Path:
    """Write `folder`/model.toml, replacing an older one only when complete.

    What a model does not have is not written: earlier versions of docclean refuse keys that they do not know.

    Raises:
        WriteError: The folder cannot be written.
    """
    path = folder / MANIFEST
    unsaid = {"recommended", "verdict"} if manifest.recommended and not manifest.verdict else set[str]()
    unsaid |= set() if manifest.fallback else {"fallback"}
    values = manifest.model_dump(mode="json", by_alias=True, exclude=unsaid)
    with atomic_write(path) as file:
        file.write(tomli_w.dumps(values, multiline_strings=True).encode())
    return path
