"""What the user wants done to a page, as data."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Task(StrEnum):
    """What a model can do."""

    DENOISE = "denoise"
    DEWATERMARK = "dewatermark"
    COLORIZE = "colorize"


class PageColor(StrEnum):
    """What becomes of a page's colors when every stage has run.

    KEEP stores a page the way its file did. GRAY and BILEVEL store gray and two-level samples. AUTO chooses for every
    page: color only where there is color, gray only where there are grays, else two levels.
    """

    KEEP = "keep"
    GRAY = "gray"
    BILEVEL = "bilevel"
    AUTO = "auto"


class Geometry(BaseModel):
    """What is put straight on a page besides its dirt; all of it is off by default.

    Attributes:
        deskew: Turn the page until its lines are level; the page keeps its size.
        borders: Whiten the dark rims that a scanner or copier leaves around a sheet.
        punch_holes: Whiten the shadows of punch holes.
        crop: Cut off what lies around the contents, but for a margin.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    deskew: bool = False
    borders: bool = False
    punch_holes: bool = False
    crop: bool = False


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
        geometry: What is put straight.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: tuple[StageSpec, ...] = (StageSpec(),)
    color: PageColor = PageColor.KEEP
    geometry: Geometry = Geometry()
