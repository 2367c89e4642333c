import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import ReadError
from docclean.core.job import Compression, OutputFormat, ReceiptPlace, Storage
from docclean.core.receipt import (
    InputFacts,
    ModelFacts,
    OutputFacts,
    PageFacts,
    PageOutcome,
    Receipt,
    each_once,
    is_sidecar_name,
    located,
    parse_receipt,
    path_from,
    plain_name,
    sidecar_of,
)
from docclean.core.recipe import PageColor, Recipe, StageSpec, Task

NAME = Path("x.docclean.json")
HASH = "0123456789abcdef" * 4

hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
stages = st.builds(StageSpec, task=st.sampled_from(Task), model=names, strength=st.integers(0, 100))
recipes = st.builds(
    Recipe, stages=st.lists(stages, max_size=3).map(tuple), color=st.sampled_from([PageColor.KEEP, PageColor.GRAY])
)
inputs = st.builds(
    InputFacts,
    name=names,
    sha256=hashes,
    size_bytes=st.integers(0, 2**50),
    pages=st.integers(1, 9),
    path=names | st.just(""),
)
outputs = st.builds(
    OutputFacts,
    name=names,
    sha256=hashes,
    size_bytes=st.integers(0),
    is_input=st.booleans(),
    holds_receipt=st.booleans(),
)
pages = st.builds(
    PageFacts,
    page=st.integers(1, 10_000),
    input=st.just(0),
    recipe=st.just(0),
    outcome=st.sampled_from(PageOutcome),
    render_dpi=st.none() | st.integers(30, 1200),
)
receipts = st.builds(
    Receipt,
    version=names,
    device=st.sampled_from(["cpu", "cuda", "mps"]),
    inputs=st.lists(inputs, min_size=1, max_size=3).map(tuple),
    recipes=st.lists(recipes, min_size=1, max_size=2).map(tuple),
    models=st.lists(st.builds(ModelFacts, id=names, sha256=hashes | st.just("")), max_size=2).map(tuple),
    format=st.sampled_from(OutputFormat),
    storage=st.builds(Storage, compression=st.sampled_from(Compression), quality=st.none() | st.integers(1, 100)),
    joins_inputs=st.booleans(),
    pages=st.lists(pages, min_size=1, max_size=4).map(tuple),
    machine=st.dictionaries(names, names, max_size=3),
    output=st.none() | outputs,
)


def receipt(**changes: object) -> Receipt:
    values = {
        "version": "1.0",
        "device": "cpu",
        "inputs": (InputFacts(name="a.png", sha256=HASH, size_bytes=9, path="../in/a.png"),),
        "recipes": (Recipe(),),
        "models": (ModelFacts(id="m", sha256=HASH),),
        "format": OutputFormat.KEEP,
        "storage": Storage(),
        "pages": (PageFacts(page=1),),
        "machine": {"device": "CPU (secret)"},
        "output": OutputFacts(name="b.png", sha256=HASH, size_bytes=1, is_input=False, holds_receipt=True),
    }
    return Receipt.model_validate(values | changes)


@given(receipts)
def test_receipt_survives_json(given: Receipt) -> None:
    assert parse_receipt(given.sidecar(), NAME) == given


@given(receipts)
def test_embedded_receipt_is_printable_ascii_and_says_nothing_of_the_machine(given: Receipt) -> None:
    text = given.embedded()
    assert text.isascii()
    assert text.isprintable()
    read = parse_receipt(text, NAME)
    assert read.machine == {}
    assert read.output is None
    assert not any(each.path for each in read.inputs)
    assert (read.pages, read.recipes, read.models) == (given.pages, given.recipes, given.models)


def test_pages_that_are_as_usual_take_little_room() -> None:
    many = receipt(pages=tuple(PageFacts(page=number + 1) for number in range(500)))
    one = receipt()
    assert (len(many.embedded()) - len(one.embedded())) / 499 < 14


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 2}, "later version"),
        ({"program": "other"}, "not a receipt"),
        ({"device": None}, "damaged receipt: device"),
        ({"surprise": 1}, "surprise is not known"),
        ({"pages": [{"page": 1, "input": 1}]}, "names what is not in it"),
        ({"pages": []}, "damaged receipt: pages"),
        ({"inputs": [{"name": "a", "sha256": "zz", "size_bytes": 1}]}, "damaged receipt: inputs.0.sha256"),
    ],
)
def test_parse_wrong_receipt_is_a_sentence(change: dict[str, object], words: str) -> None:
    values = json.loads(receipt().embedded()) | change
    with pytest.raises(ReadError, match=words):
        parse_receipt(json.dumps(values), NAME)


@pytest.mark.parametrize("text", ["", "[]", "nothing", '{"program":"docclean"}', "[" * 100_000, b"\xff\xfe{"])
def test_parse_what_is_no_receipt_is_a_sentence(text: str | bytes) -> None:
    with pytest.raises(ReadError, match=r"x\.docclean\.json: is not a receipt"):
        parse_receipt(text, NAME)


@given(st.lists(st.sampled_from(["a", "b c", "é", "…", "x.png"]), min_size=1, max_size=4), st.integers(0, 3))
def test_input_is_found_again_from_the_sidecars_folder(parts: list[str], up: int) -> None:
    folder = Path("/base/one/two/three")
    target = folder.parents[up].joinpath(*parts)
    assert located(folder, path_from(folder, target)) == target


def test_name_that_is_not_unicode_can_be_written() -> None:
    assert plain_name(Path("a\udcff.png")) == "a\\udcff.png"


def test_sidecar_names_tell_what_they_are() -> None:
    assert sidecar_of(Path("out/a.png")) == Path("out/a.png.docclean.json")
    assert is_sidecar_name(Path("out/a.png.docclean.json"))
    assert not is_sidecar_name(Path("out/.docclean.json"))
    assert not is_sidecar_name(Path("out/a.json"))


def test_each_once_keeps_order() -> None:
    assert each_once(["b", "a", "b"]) == (("b", "a"), (0, 1, 0))


def test_places_of_receipts() -> None:
    assert [(place.is_inside, place.is_beside) for place in ReceiptPlace] == [
        (True, False),
        (False, True),
        (True, True),
        (False, False),
    ]
