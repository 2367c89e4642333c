from contextlib import suppress
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from docclean.core.errors import ModelError, ReadError
from docclean.core.resources import resource_path
from docclean.models.catalog import Catalog
from docclean.models.graph_links import linked_ranges
from docclean.models.manifest import MANIFEST
from docclean.models.weights import tensor_offsets


def graph_with(places: list[dict[str, str]]) -> bytes:
    tensors = []
    for number, place in enumerate(places):
        tensor = TensorProto(name=f"t{number}", data_type=TensorProto.FLOAT, dims=[1])
        for key, value in place.items():
            tensor.external_data.add(key=key, value=value)
        tensors.append(tensor)
    inline = helper.make_tensor("inline", TensorProto.FLOAT, [2], [1.0, 2.0])
    node = helper.make_node("Relu", ["t0"], ["y"])
    graph = helper.make_graph([node], "graph", [], [], initializer=[*tensors, inline])
    content: bytes = helper.make_model(graph).SerializeToString()
    return content


@given(places=st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)), max_size=5))
def test_every_place_that_a_graph_names_is_found(
    places: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("graph") / "graph.onnx"
    path.write_bytes(graph_with([{"location": "w", "offset": str(o), "length": str(n)} for o, n in places]))
    assert linked_ranges(path) == set(places)


@pytest.mark.parametrize("model", sorted(path.parent.name for path in resource_path("models").glob(f"*/{MANIFEST}")))
def test_graphs_of_shipped_models_read_all_of_their_weights(model: str) -> None:
    """So every one can be fine-tuned; the library for graphs finds the same places."""
    entry = Catalog.installed().get(model)
    found = set[tuple[int, int]]()
    for spec in (entry.manifest.graphs.context, entry.manifest.graphs.restore):
        proto = onnx.load(str(entry.folder / spec.file), load_external_data=False)
        places = [{e.key: e.value for e in tensor.external_data} for tensor in proto.graph.initializer]
        linked = linked_ranges(entry.folder / spec.file)
        assert linked == {(int(place["offset"]), int(place["length"])) for place in places if place}
        found |= linked
    assert found == set(tensor_offsets(entry.folder / entry.manifest.weights.file).values())


@given(content=st.binary(max_size=64))
def test_any_bytes_are_a_graph_or_a_sentence(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("graph") / "graph.onnx"
    path.write_bytes(content)
    with suppress(ModelError):
        assert all(len(place) == 2 for place in linked_ranges(path))


def test_cut_off_graph_is_a_sentence(tmp_path: Path) -> None:
    content = graph_with([{"offset": "1", "length": "2"}])
    for length in (len(content) // 2, len(content) - 1):
        (tmp_path / "graph.onnx").write_bytes(content[:length])
        with pytest.raises(ModelError, match="is no graph"):
            linked_ranges(tmp_path / "graph.onnx")


def test_missing_graph_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"graph\.onnx: was not found"):
        linked_ranges(tmp_path / "graph.onnx")
