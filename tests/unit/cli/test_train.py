"""What `docclean train` asks for and says. The training itself is a script here."""

import importlib.util
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from docclean.cli.main import main
from docclean.core.paths import user_models_folder
from docclean.models.catalog import Catalog
from docclean.training.config import Precision, TrainConfig
from docclean.training.loop import TrainReport, Watch
from tests.helpers.models import HYPERPARAMETERS


@dataclass
class Call:
    """What the training was called with."""

    config: TrainConfig = field(default_factory=TrainConfig)
    folder: Path = Path()
    options: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def command(tmp_path: Path, catalog: Catalog) -> list[str]:
    return ["train", "denoise", "--corpus", str(tmp_path), "--work", str(tmp_path / "work"), "--name", "mine"]


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Watch], None]], Call]:
    """Let `train_user_model` run a script."""

    def script(run: Callable[[Watch], None]) -> Call:
        call = Call()

        def train(config: TrainConfig, pairs: Any, work: Path, folder: Path, *, watch: Watch, **options: Any) -> Any:
            call.config, call.folder, call.options = config, folder, options
            run(watch)
            return SimpleNamespace(id=folder.name)

        monkeypatch.setattr("docclean.training.project.gather_pairs", lambda *arguments: None)
        monkeypatch.setattr("docclean.training.project.train_user_model", train)
        return call

    return script


Training = Callable[[Callable[[Watch], None]], Call]


def test_train_reports_and_names_the_model(
    command: list[str], training: Training, capsys: pytest.CaptureFixture[str]
) -> None:
    call = training(lambda watch: watch.report(TrainReport(500, 0.1, 0.05, 1e-3, 12.0)))
    assert main(command) == 0
    output, errors = capsys.readouterr()
    assert output == (
        "step 500 of 20000: loss 0.1000, error on held-out pages 0.0500, learning rate 0.001, 12 s\n"
        "The model mine is ready: docclean clean INPUT -o OUT --model mine\n"
    )
    assert "Ctrl-C saves the state and stops" in errors
    assert call.config == TrainConfig()
    assert call.folder == user_models_folder() / "mine"
    assert call.options["device"] == "cpu"


def test_train_options_reach_the_run(command: list[str], training: Training, tmp_path: Path) -> None:
    call = training(lambda watch: None)
    options = ["--steps", "9", "--batch", "2", "--seed", "7", "--precision", "float32", "--from", "denoise-standard-1"]
    assert main([*command, *options, "--device", "cpu", "--pairs", str(tmp_path), "--corpus", "more"]) == 0
    assert call.config == TrainConfig(
        steps=9, batch=2, seed=7, precision=Precision.FLOAT32, hyperparameters=HYPERPARAMETERS
    )
    assert call.options["parent"].manifest.id == "denoise-standard-1"
    assert call.options["material"].corpus == (tmp_path, Path("more"))
    assert call.options["material"].pairs == (tmp_path,)


def test_train_interrupted_says_how_to_go_on(
    command: list[str], training: Training, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(watch: Watch) -> None:
        signal.raise_signal(signal.SIGINT)
        watch.cancel.raise_if_cancelled()

    training(interrupt)
    assert main(command) == 130
    assert capsys.readouterr().out == (
        f"Stopped; the state is saved in {tmp_path / 'work'}. The same command again goes on.\n"
    )


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--name", "denoise-standard-1"], 2, "a model of this name exists already"),
        (["--name", "../up"], 2, "is a path"),
        (["--name", "Mine!"], 1, "cannot be a model's name"),
        (["--from", "nothing"], 2, "no model named 'nothing'"),
        (["--precision", "float8"], 2, "--precision float8: is not known"),
        (["--device", "tpu"], 2, "'tpu' is not a device"),
    ],
)
def test_train_that_cannot_be_is_one_sentence(
    options: list[str], code: int, sentence: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, *options]) == code
    errors = capsys.readouterr().err
    assert sentence in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("task", "code", "sentence"), [("blur", 2, "is not a task"), ("colorize", 1, "cannot be trained")]
)
def test_train_of_another_task_is_refused(
    task: str, code: int, sentence: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", task, *command[2:]]) == code
    assert sentence in capsys.readouterr().err


def test_train_without_its_libraries_says_how_to_get_them(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnx" else real(name))
    assert main(command) == 1
    assert capsys.readouterr().err == (
        "Training needs libraries that are not installed (onnx): pip install 'docclean[train]'\n"
    )
