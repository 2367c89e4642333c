"""What came of the pages of a run, kept in little memory: a run may have a million of them."""

from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

from docclean.core.job import JobStatus, PageResult


class _Kept(NamedTuple):
    """The values of a result that reports tell."""

    status: JobStatus
    output: Path | None
    seconds: float
    shared: tuple[Any, ...]
    is_untouched: bool
    error: str
    error_code: str


class ResultStore(MutableMapping[str, PageResult]):
    """Results by job id, in the order in which they came; a result that is taken out is made anew each time.

    What most results have in common is kept once. `PageResult.doubts` and `input_state`, which no report tells, are
    forgotten.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._kept: dict[str, _Kept] = {}
        self._shared: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def __setitem__(self, job_id: str, result: PageResult) -> None:
        common = result.device, result.models, result.warnings
        self._kept[job_id] = _Kept(
            result.status,
            result.output,
            result.seconds,
            self._shared.setdefault(common, common),
            result.is_untouched,
            result.error,
            result.error_code,
        )

    def __getitem__(self, job_id: str) -> PageResult:
        kept = self._kept[job_id]
        device, models, warnings = kept.shared
        return PageResult(
            job_id=job_id,
            status=kept.status,
            output=kept.output,
            seconds=kept.seconds,
            device=device,
            models=models,
            is_untouched=kept.is_untouched,
            warnings=warnings,
            error=kept.error,
            error_code=kept.error_code,
        )

    def __delitem__(self, job_id: str) -> None:
        del self._kept[job_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
