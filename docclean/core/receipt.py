"""The receipt of a result: what it was made of and how, so that it can be made again and compared.

Equal results have equal receipts inside them: there is no time in a receipt, and no path but the input's name. What is
true of one machine or one file only is in the sidecar alone.
"""

import json
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from docclean.core.errors import ReadError
from docclean.core.job import OutputFormat, Storage
from docclean.core.recipe import Recipe
from docclean.core.validation import explain_validation_fault

SCHEMA = 1
"""Grows when a receipt says something that earlier versions of the program must not pass over."""

SIDECAR_SUFFIX = ".docclean.json"

_NO_RECEIPT = "is not a receipt of docclean; name a result of docclean, or the file beside it that ends in {}."
_LATER = "was made by a later version of docclean; update docclean."

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _BriefPart(_Part):
    """Says only what is not as usual: there may be one for each of ten thousand pages."""

    @model_serializer(mode="wrap")
    def _without_usual(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {name: value for name, value in handler(self).items() if getattr(self, name) != fields[name].default}


class PageOutcome(StrEnum):
    """What became of a page.

    UNTOUCHED has the pixels that were read. FAILED could not be cleaned and is in its document as it was.
    """

    CLEANED = "cleaned"
    UNTOUCHED = "untouched"
    FAILED = "failed"


class InputFacts(_BriefPart):
    """A file that pages came from.

    Attributes:
        name: Its name, without folders; what is not Unicode in it is escaped.
        sha256: Of its bytes.
        size_bytes: Its size.
        pages: Number of pages in it.
        path: Where it was, seen from the sidecar's folder, with "/" between the parts; empty in results.
    """

    name: str
    sha256: Sha256
    size_bytes: int = Field(ge=0)
    pages: int = Field(default=1, ge=1)
    path: str = ""


class ModelFacts(_Part):
    """A model that a recipe names.

    Attributes:
        id: Its id.
        sha256: Of its weights; empty where that is not known any more.
    """

    id: str
    sha256: Sha256 | Literal[""]


class PageFacts(_BriefPart):
    """A page of the result.

    Attributes:
        page: Its number in its input, from 1.
        input: Which of the inputs, from 0.
        recipe: Which of the recipes, from 0.
        outcome: What became of it.
        render_dpi: `PageSource.render_dpi`.
    """

    page: int = Field(ge=1)
    input: int = Field(default=0, ge=0)
    recipe: int = Field(default=0, ge=0)
    outcome: PageOutcome = PageOutcome.CLEANED
    render_dpi: int | None = None


class OutputFacts(_Part):
    """The result, which only a sidecar can tell about.

    Attributes:
        name: Its name, without folders.
        sha256: Of its bytes.
        size_bytes: Its size.
        is_input: Whether it has the very bytes of the input, because nothing was to be cleaned.
        holds_receipt: Whether this receipt is in the result too.
    """

    name: str
    sha256: Sha256
    size_bytes: int = Field(ge=0)
    is_input: bool
    holds_receipt: bool


class Receipt(_Part):
    """How a result came about.

    Attributes:
        program: Always "docclean".
        version: Of the program.
        schema_version: Of receipts; "schema" in JSON.
        device: Kind of processor that ran the networks: "cpu", "cuda" or "mps".
        inputs: Files that the pages came from, each once.
        recipes: What was done, each once; every stage names its model.
        models: The models in them, each once.
        format: File format that was asked for.
        storage: How the samples were packed.
        joins_inputs: See `OutputSpec.joins_inputs`.
        languages: See `OutputSpec.languages`.
        pages: Of the result, in order.
        machine: What may explain a difference, such as the processor and versions of libraries; in sidecars only.
        output: The result itself; in sidecars only.
    """

    program: Literal["docclean"] = "docclean"
    version: str
    schema_version: int = Field(default=SCHEMA, alias="schema", ge=1, le=SCHEMA)
    device: str
    inputs: tuple[InputFacts, ...] = Field(min_length=1)
    recipes: tuple[Recipe, ...] = Field(min_length=1)
    models: tuple[ModelFacts, ...]
    format: OutputFormat
    storage: Storage
    joins_inputs: bool = False
    languages: tuple[str, ...] = ()
    pages: tuple[PageFacts, ...] = Field(min_length=1)
    machine: dict[str, str] = {}
    output: OutputFacts | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    def embedded(self) -> str:
        """Give the receipt as it lies in a result: one line of printable ASCII without what a sidecar alone says."""
        inputs = tuple(each.model_copy(update={"path": ""}) for each in self.inputs)
        values = self.model_copy(update={"inputs": inputs}).model_dump(
            mode="json", by_alias=True, exclude={"machine", "output"}
        )
        return json.dumps(values, ensure_ascii=True, separators=(",", ":"))

    def sidecar(self) -> str:
        """Give the receipt as a file for itself: JSON for people too, a page in each line."""
        values = self.model_dump(mode="json", by_alias=True)
        pages = ",\n  ".join(json.dumps(page) for page in values.pop("pages"))
        head = json.dumps(values, ensure_ascii=True, indent=1)
        return f'{head.removesuffix("}").rstrip()},\n "pages": [\n  {pages}\n ]\n}}\n'

    def page_indices_are_known(self) -> bool:
        """Whether every page names an input and a recipe that there is."""
        return all(page.input < len(self.inputs) and page.recipe < len(self.recipes) for page in self.pages)


def parse_receipt(text: str | bytes, name: Path) -> Receipt:
    """Read a receipt.

    Args:
        text: JSON.
        name: The file that it is in, for what is wrong with it.

    Raises:
        ReadError: It is none, or one of a later version.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise ReadError(name, _NO_RECEIPT.format(SIDECAR_SUFFIX)) from fault
    if not isinstance(values, dict) or values.get("program") != "docclean" or "schema" not in values:
        raise ReadError(name, _NO_RECEIPT.format(SIDECAR_SUFFIX))
    if isinstance(values["schema"], int) and values["schema"] > SCHEMA:
        raise ReadError(name, _LATER)
    try:
        receipt = Receipt.model_validate_json(text)
    except ValidationError as fault:
        key, words = explain_validation_fault(fault)
        raise ReadError(name, f"is a damaged receipt: {key or 'it'} {words}; take one that was not changed.") from fault
    if not receipt.page_indices_are_known():
        raise ReadError(name, "is a damaged receipt: a page names what is not in it; take one that was not changed.")
    return receipt


def sidecar_of(result: Path) -> Path:
    """Give the name of the file beside a result that holds its receipt."""
    return result.with_name(result.name + SIDECAR_SUFFIX)


def is_sidecar_name(path: Path) -> bool:
    """Whether a file is called as sidecars are."""
    return path.name.endswith(SIDECAR_SUFFIX) and path.name != SIDECAR_SUFFIX


def plain_name(path: Path) -> str:
    """Give a file's name as text that any JSON can hold."""
    return _unicode(path.name)


def path_from(folder: Path, path: Path) -> str:
    """Say where a file is, seen from a folder; the whole path where they are on different drives."""
    start, target = (Path(os.path.abspath(each)) for each in (folder, path))  # noqa: PTH100 - resolve() follows links
    try:
        return Path(_unicode(os.path.relpath(target, start))).as_posix()
    except ValueError:
        return Path(_unicode(str(target))).as_posix()


def located(folder: Path, path: str) -> Path:
    """Give the file that `path_from` named."""
    return Path(os.path.normpath(os.path.join(os.path.abspath(folder), path)))  # noqa: PTH100, PTH118 - resolve() follows links


def _unicode(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def each_once(values: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Give the different ones of some hashable values in order, and for every value its place among them."""
    places: dict[Any, int] = {}
    indices = tuple(places.setdefault(value, len(places)) for value in values)
    return tuple(places), indices
