from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.job import JobStatus, PageResult
from docclean.engine.result_store import ResultStore

RESULTS = st.builds(
    PageResult,
    job_id=st.text(max_size=4),
    status=st.sampled_from(JobStatus),
    output=st.none() | st.just(Path("out/a.png")),
    seconds=st.floats(0, 1e6),
    device=st.sampled_from(["", "CPU"]),
    models=st.lists(st.sampled_from(["a", "b"]), max_size=2).map(tuple),
    is_untouched=st.booleans(),
    warnings=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    error=st.text(max_size=5),
    error_code=st.sampled_from(["", "read"]),
)


@given(st.lists(RESULTS))
def test_store_gives_back_what_it_was_given(results: list[PageResult]) -> None:
    store, plain = ResultStore(), dict[str, PageResult]()
    for result in results:
        store[result.job_id] = result
        plain[result.job_id] = result
    assert dict(store) == plain
    assert list(store) == list(plain)
    assert len(store) == len(plain)


def test_store_forgets_what_it_is_told_to() -> None:
    store = ResultStore()
    store["a"] = PageResult(job_id="a", status=JobStatus.DONE)
    del store["a"]
    assert store.get("a") is None
    with pytest.raises(KeyError):
        store["a"]
