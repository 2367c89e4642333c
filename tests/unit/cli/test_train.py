"""What `docclean train` asks for and says. The training itself is a script here."""

import importlib.util
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from docclean.cli.main import main
from docclean.core.paths import user_models_folder
from docclean.engine.device import DeviceSpec
from docclean.models.catalog import Catalog
from docclean.training.config import Precision, Regularizer, TrainConfig
from docclean.training.loop import Watch
from docclean.training.processes import ALONE
from docclean.training.run_log import TrainReport
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
    options = ["--steps", "9", "--batch", "2", "--seed", "7", "--precision", "float32", "--from", "denoise-standard-8"]
    options += ["--reuse", "6", "--workers", "3"]
    assert main([*command, *options, "--device", "cpu", "--pairs", str(tmp_path), "--corpus", "more"]) == 0
    assert call.config == TrainConfig(
        steps=9, batch=2, seed=7, precision=Precision.FLOAT32, hyperparameters=HYPERPARAMETERS, reuse=6, workers=3
    )
    assert call.options["parent"].manifest.id == "denoise-standard-8"
    assert call.options["material"].corpus == (tmp_path, Path("more"))
    assert call.options["material"].pairs == (tmp_path,)


def test_train_goes_on_without_what_suits_finished_weights_alone(
    command: list[str], training: Training, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = catalog.get("denoise-standard-8")
    finished = {**HYPERPARAMETERS, "tone": [0.3, 1.0, 0.8, 4.0], "chances": [0.2, 0.9]}
    entry = replace(parent, manifest=parent.manifest.model_copy(update={"hyperparameters": finished}))
    monkeypatch.setattr(Catalog, "get", lambda *_: entry)
    call = training(lambda watch: None)
    assert main([*command, "--from", "denoise-standard-8"]) == 0
    assert call.config.hyperparameters == HYPERPARAMETERS


def test_train_penalty_noise_and_bottleneck_reach_the_run(command: list[str], training: Training) -> None:
    call = training(lambda watch: None)
    options = ["--regularizer", "sparse-kl", "--regularizer-weight", "0.2", "--sparsity", "0.1"]
    assert main([*command, *options, "--input-noise", "0.05", "--bottleneck", "12"]) == 0
    assert call.config == TrainConfig(
        regularizer=Regularizer.SPARSE_KL,
        regularizer_weight=0.2,
        sparsity=0.1,
        input_noise=0.05,
        hyperparameters={"ink_channels": [24, 40, 12]},
    )


@pytest.fixture
def second_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "accelerate" or real(name))
    monkeypatch.setattr("docclean.training.project.join_team", lambda device: ALONE)


def test_train_in_a_process_that_is_not_the_first_is_silent(
    command: list[str], training: Training, second_of_two: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call = training(lambda watch: watch.step(1, 0.5))
    assert main(command) == 0
    assert call.options["device"] == "cpu"
    assert main([*command, "--from", "nothing"]) == 2
    output, errors = capsys.readouterr()
    assert "The model mine is ready" in output  # the script has no team to tell it that it is not the first
    assert errors == ""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--batch", "3"], "--batch 3: cannot be shared by 2 processes; choose a multiple."),
        (["--device", "cuda:1"], "--device cuda:1: several processes share auto, cpu or cuda"),
    ],
)
def test_train_that_several_processes_cannot_do_is_one_sentence(
    options: list[str],
    sentence: str,
    command: list[str],
    second_of_two: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RANK", "0")
    assert main([*command, *options]) == 2
    errors = capsys.readouterr().err
    assert sentence in errors
    assert len(errors.splitlines()) == 1


def test_train_in_several_processes_without_accelerate_says_how_to_get_it(
    command: list[str], second_of_two: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", "0")
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "accelerate" else real(name))
    assert main(command) == 1
    assert "(accelerate): pip install 'docclean[train,multi-gpu]'" in capsys.readouterr().err


def test_train_with_fewer_gpus_than_processes_is_refused(
    command: list[str], second_of_two: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By every process, not only by those that find no card."""
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setattr("docclean.engine.device._gpus", lambda: [DeviceSpec("cuda", 0, "GPU A")])
    assert main(command) == 2
    assert "'cuda:1' is not available" in capsys.readouterr().err


def test_train_gives_every_process_the_gpu_of_its_number(
    command: list[str], training: Training, second_of_two: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = training(lambda watch: None)
    gpus = [DeviceSpec("cuda", number, "GPU") for number in range(2)]
    monkeypatch.setattr("docclean.engine.device._gpus", lambda: gpus)
    assert main(command) == 0
    assert call.options["device"] == "cuda:1"


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
        (["--name", "denoise-standard-8"], 2, "a model of this name exists already"),
        (["--name", "../up"], 2, "is a path"),
        (["--name", "Mine!"], 1, "cannot be a model's name"),
        (["--from", "nothing"], 2, "no model named 'nothing'"),
        (["--precision", "float8"], 2, "--precision float8: is not known"),
        (["--regularizer", "l2"], 2, "--regularizer l2: is not known; choose none, sparse-l1, sparse-kl, contractive"),
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
