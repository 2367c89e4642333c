"""The record of a run: a row for every validation, in `log.csv`."""

import csv
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from docclean.core.files import atomic_write, write_faults_explained

LOG = "log.csv"


@dataclass(frozen=True, slots=True)
class TrainReport:
    """How a run stands.

    Attributes:
        step: Steps done.
        loss: Mean training loss since the report before.
        rmse: Root mean square error of the averaged weights on held-out crops, 0..1.
        learning_rate: Learning rate of the last step.
        seconds: Time spent in this process, s.
    """

    step: int
    loss: float
    rmse: float
    learning_rate: float
    seconds: float


_NAMES = tuple(field.name for field in fields(TrainReport))


def begin_log(path: Path, done: int) -> None:
    """Keep the rows up to step `done`: those beyond the checkpoint belong to steps that are done again."""
    kept = [row for row in _rows(path) if int(row[0]) <= done]
    with atomic_write(path) as file:
        file.write("".join(f"{','.join(row)}\r\n" for row in (_NAMES, *kept)).encode())


def append_row(path: Path, row: TrainReport) -> None:
    """Add a row.

    Raises:
        WriteError: The folder is full or cannot be written.
    """
    with write_faults_explained(path), path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(astuple(row))


def read_log(path: Path) -> list[TrainReport]:
    """Read the rows that are whole."""
    reports = []
    for step, *others in _rows(path):
        with suppress(ValueError):
            reports.append(TrainReport(int(step), *map(float, others)))
    return reports


def _rows(path: Path) -> list[list[str]]:
    rows: list[list[str]] = []
    with write_faults_explained(path), suppress(FileNotFoundError):
        rows = list(csv.reader(path.read_text(encoding="utf-8", errors="replace").splitlines()))
    return [row for row in rows if len(row) == len(_NAMES) and row[0].isdecimal()]
