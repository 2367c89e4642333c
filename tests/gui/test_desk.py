"""The desk between the two threads: documents stay whole whatever is put down, taken back or moved meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from docclean.core.job import OutputSpec, PageJob
from docclean.core.page import PageSource
from docclean.core.recipe import Recipe
from docclean.gui.desk import EngineDesk


def document(name: str, pages: int = 3) -> list[PageJob]:
    return [
        PageJob(
            id=f"{name}{page}",
            source=PageSource(path=Path(f"/in/{name}.tif"), page=page, pages=pages, relative=Path(f"{name}.tif")),
            recipe=Recipe(),
            output=OutputSpec(path=Path(f"/out/{name}.tif")),
        )
        for page in range(pages)
    ]


@pytest.fixture
def desk() -> EngineDesk:
    desk = EngineDesk()
    desk.put(document("a"))
    return desk


@pytest.fixture
def taken(desk: EngineDesk) -> Iterator[PageJob]:
    """The first page of the document is in the engine's hand."""
    _, jobs = desk.begin()
    assert next(jobs).id == "a0"
    return jobs


def ids(jobs: Iterator[PageJob]) -> list[str]:
    return [job.id for job in jobs]


def test_urgent_document_does_not_come_between_the_pages_of_another(desk: EngineDesk, taken: Iterator[PageJob]) -> None:
    desk.put(document("b"), is_urgent=True)
    assert ids(taken) == ["a1", "a2", "b0", "b1", "b2"]


def test_document_that_was_begun_is_not_arranged_apart(desk: EngineDesk, taken: Iterator[PageJob]) -> None:
    desk.put(document("b", 1))
    desk.arrange(["b0"])
    assert ids(taken) == ["a1", "a2", "b0"]


def test_page_of_a_document_that_was_begun_cannot_be_withdrawn(desk: EngineDesk, taken: Iterator[PageJob]) -> None:
    assert desk.withdraw({"a1", "a2"}) == []
    assert ids(taken) == ["a1", "a2"]


def test_every_page_of_a_document_that_was_begun_comes_out_of_a_cancelled_run(
    desk: EngineDesk, taken: Iterator[PageJob]
) -> None:
    assert desk.cancel_all() == []
    assert ids(taken) == ["a1", "a2"]


def test_arranged_jobs_keep_the_places_that_they_have_among_others(desk: EngineDesk) -> None:
    desk.put(document("b", 1))
    desk.put(document("c"))
    desk.put(document("d", 1))
    desk.arrange(["d0", "b0"])
    assert ids(desk.begin()[1]) == ["a0", "a1", "a2", "d0", "c0", "c1", "c2", "b0"]
