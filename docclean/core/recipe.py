"""What the user wants done to a page, as data."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Task(StrEnum):
    """What a model can do."""

    DENOISE = "denoise"
    DEWATERMARK = "dewatermark"
    COLORIZE = "colorize"


class PageColor(StrEnum):
    """What becomes of a page's colors when every stage has run."""

    KEEP = "keep"
    GRAY = "gray"


class StageSpec(BaseModel):
    """One stage: a task, the model that does it, and how strongly.

    Attributes:
        task: What to do.
        model: Model id; empty for the task's default model.
        strength: 0 changes nothing (identical pixels), 100 is the network's full correction.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task = Task.DENOISE
    model: str = ""
    strength: int = Field(default=100, ge=0, le=100)


class Recipe(BaseModel):
    """What to do to a page.

    Attributes:
        stages: In the order in which they run.
        color: What becomes of the colors at the end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: tuple[StageSpec, ...] = (StageSpec(),)
    color: PageColor = PageColor.KEEP
