from pathlib import Path

import pytest

from docclean.core.errors import DeviceMemoryError, ModelError
from docclean.core.recipe import Recipe, StageSpec, Task
from docclean.engine import session as session_module
from docclean.engine.device import DeviceSpec, cpu_device
from docclean.engine.session import EngineSession
from docclean.models.catalog import ModelEntry
from tests.helpers.models import FakeBackend, catalog_of, tiny_model

CARD = DeviceSpec("cuda", 0, "GPU Big")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name, task in (("a", Task.DENOISE), ("b", Task.DENOISE), ("c", Task.COLORIZE)):
        tiny_model(folder, name, task=task)
    return folder


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """List what is loaded, by model and device; nothing is, really."""
    loads: list[tuple[str, str]] = []

    def load(entry: ModelEntry, device: DeviceSpec, *, threads: int) -> FakeBackend:
        loads.append((entry.manifest.id, device.name))
        return FakeBackend()

    monkeypatch.setattr(session_module, "load_model", load)
    return loads


def recipe(*models: str) -> Recipe:
    return Recipe(stages=tuple(StageSpec(model=model) for model in models))


def test_session_loads_each_model_once(models: Path, loaded: list[tuple[str, str]]) -> None:
    session = EngineSession(CARD, catalog_of(models))
    first = session.pipeline(recipe("a"))
    assert session.pipeline(recipe("a")) is first
    both = session.pipeline(recipe("b", "a", "a"))
    assert both.models == ("b", "a", "a")
    assert both.device == "GPU Big"
    assert both.stages[1].backend is first.stages[0].backend
    assert loaded == [("a", "cuda:0"), ("b", "cuda:0")]


def test_session_loads_the_cpus_model_only_when_asked(models: Path, loaded: list[tuple[str, str]]) -> None:
    (stage,) = EngineSession(CARD, catalog_of(models)).pipeline(recipe("a")).stages
    assert stage.cpu_backend() is stage.cpu_backend()
    assert loaded == [("a", "cuda:0"), ("a", "cpu")]


@pytest.mark.usefixtures("loaded")
def test_session_on_the_cpu_has_no_other_cpu_to_turn_to(models: Path) -> None:
    (stage,) = EngineSession(cpu_device(), catalog_of(models)).pipeline(recipe("a")).stages
    assert stage.cpu_backend() is stage.backend


def test_session_without_a_model_named_takes_the_tasks_default(models: Path, loaded: list[tuple[str, str]]) -> None:
    wanted = Recipe(stages=(StageSpec(), StageSpec(task=Task.COLORIZE)))
    assert EngineSession(CARD, catalog_of(models)).pipeline(wanted).models == ("a", "c")


def test_model_of_another_task_is_refused(models: Path, loaded: list[tuple[str, str]]) -> None:
    with pytest.raises(ModelError, match=r"'c' is for the task 'colorize', not for 'denoise'; choose another model"):
        EngineSession(CARD, catalog_of(models)).pipeline(recipe("a", "c"))


def test_unknown_model_is_refused_with_those_that_are_there(models: Path, loaded: list[tuple[str, str]]) -> None:
    with pytest.raises(ModelError, match="no model named 'x'; installed are: a, b, c"):
        EngineSession(CARD, catalog_of(models)).pipeline(recipe("x"))
    assert loaded == []


def test_model_that_failed_to_load_is_tried_again(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = EngineSession(CARD, catalog_of(models))

    def fail(entry: ModelEntry, device: DeviceSpec, *, threads: int) -> FakeBackend:
        raise DeviceMemoryError("no room")

    monkeypatch.setattr(session_module, "load_model", fail)
    with pytest.raises(DeviceMemoryError):
        session.pipeline(recipe("a"))
    monkeypatch.setattr(session_module, "load_model", lambda entry, device, threads: FakeBackend())
    assert session.pipeline(recipe("a")).models == ("a",)
