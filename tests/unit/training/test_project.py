from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from docclean.core.cancel import CancelToken
from docclean.core.errors import TrainingError
from docclean.core.recipe import Task
from docclean.models.denoiser import Denoiser
from docclean.models.dewatermarker import Dewatermarker
from docclean.models.loader import load_network
from docclean.training import project
from docclean.training.config import Regularizer, TrainConfig
from docclean.training.corpus import Corpus
from docclean.training.crops import CROP, CropRecord, is_held_out
from docclean.training.dataset import PairStream, WatermarkStream
from docclean.training.loop import TrainingPairs, Watch
from docclean.training.project import Material, gather_pairs, train_user_model, verify_new_model, with_bottleneck
from tests.helpers.models import HYPERPARAMETERS, tiny_model, tiny_network


def small_corpus(folder: Path) -> Corpus:
    names = [f"{number}.pdf" for number in range(200)]
    held_out = next(name for name in names if is_held_out(name))
    learned = next(name for name in names if not is_held_out(name))
    records = tuple(CropRecord(name, 0, 150, is_photo=False) for name in (held_out, learned))
    return Corpus(np.full((2, CROP, CROP, 3), 255, np.uint8), records, folder)


def real_pairs(folder: Path, count: int) -> Path:
    for part in ("dirty", "clean"):
        (folder / part).mkdir(parents=True)
        for number in range(count):
            Image.new("L", (40, 30), 200).save(folder / part / f"{number}.png")
    return folder


def test_gather_pairs_merges_real_pairs_and_keeps_them_from_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []

    def build(folders: Any, work: Path, **options: Any) -> Corpus:
        calls.append((folders, work, options))
        return small_corpus(work)

    monkeypatch.setattr(project, "build_corpus", build)
    folders = (real_pairs(tmp_path / "a", 1), real_pairs(tmp_path / "b", 2))
    pairs = gather_pairs(Material((tmp_path,), folders), tmp_path / "work", 5)
    assert calls == [((tmp_path,), tmp_path / "work" / "corpus", {"fonts": (), "limit": 4000, "seed": 5})]
    assert isinstance(pairs.learned, PairStream)
    assert isinstance(pairs.held_out, PairStream)
    assert pairs.learned._real is not None
    assert len(pairs.learned._real.pairs) == 3
    assert pairs.held_out._real is None


def test_gather_pairs_without_fonts_where_they_shall_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no TrueType or OpenType font"):
        gather_pairs(Material((tmp_path,), fonts=(tmp_path,)), tmp_path / "work", 0)


def test_gather_pairs_for_watermarks_gives_pages_with_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "build_corpus", lambda folders, work, **options: small_corpus(work))
    pairs = gather_pairs(Material((tmp_path,)), tmp_path / "work", 5, Task.DEWATERMARK)
    assert isinstance(pairs.learned, WatermarkStream)
    assert isinstance(pairs.held_out, WatermarkStream)


def test_new_model_for_a_task_without_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="'colorize' cannot be trained; choose one of: denoise, dewatermark"):
        verify_new_model(tmp_path / "mine", TrainConfig(task=Task.COLORIZE), None)


def test_parent_of_another_task_gives_the_layers_that_fit(tmp_path: Path) -> None:
    parent = tiny_model(tmp_path, "parent-1")
    config = TrainConfig(task=Task.DEWATERMARK, hyperparameters=parent.manifest.hyperparameters)
    given = load_network(parent, torch.device("cpu")).state_dict()
    start = project._first_weights(parent, config)
    own = Dewatermarker(**config.hyperparameters).state_dict()
    assert start.keys() == own.keys()
    assert torch.equal(start["ink.down.convs.0.weight"], given["ink.down.convs.0.weight"])
    assert "ink.head.weight" not in start
    assert start["ink.fine_head.weight"].shape == own["ink.fine_head.weight"].shape


def test_bottleneck_is_the_last_width_of_the_tile_network() -> None:
    plain = with_bottleneck(TrainConfig(), 10)
    assert plain.hyperparameters == {"ink_channels": [24, 40, 10]}
    assert Denoiser(**plain.hyperparameters).ink.bottleneck.convs[0].out_channels == 10
    child = with_bottleneck(TrainConfig(task=Task.DEWATERMARK, hyperparameters=HYPERPARAMETERS), 10)
    assert child.hyperparameters == HYPERPARAMETERS | {"ink_channels": [8, 8, 10]}


def test_parent_with_another_bottleneck_gives_the_layers_that_fit(tmp_path: Path) -> None:
    parent = tiny_model(tmp_path, "parent-1")
    config = with_bottleneck(TrainConfig(hyperparameters=parent.manifest.hyperparameters), 10)
    given = load_network(parent, torch.device("cpu")).state_dict()
    start = project._first_weights(parent, config)
    Denoiser(**config.hyperparameters).load_state_dict(start)
    assert torch.equal(start["ink.encode_half.convs.0.weight"], given["ink.encode_half.convs.0.weight"])
    assert start["ink.down.convs.0.weight"].shape[0] == 10


def test_settings_of_the_run_stand_in_the_manifest() -> None:
    config = TrainConfig(regularizer=Regularizer.SPARSE_KL, regularizer_weight=0.5, sparsity=0.1, input_noise=0.2)
    facts = project._facts(with_bottleneck(config, 10), "mine", None, Material(()))
    expected = {"regularizer": "sparse-kl", "regularizer_weight": 0.5, "sparsity": 0.1, "input_noise": 0.2}
    assert expected.items() <= facts["training"]["settings"].items()
    assert facts["hyperparameters"]["ink_channels"] == [24, 40, 10]


def test_new_model_must_be_of_its_parents_architecture(tmp_path: Path) -> None:
    parent = tiny_model(tmp_path, "parent-1")
    foreign = replace(parent, manifest=parent.manifest.model_copy(update={"architecture": "other"}))
    with pytest.raises(TrainingError, match="only denoiser, dewatermarker can be trained"):
        verify_new_model(tmp_path / "mine", TrainConfig(), foreign)


@pytest.mark.parametrize("with_parent", [True, False])
def test_trained_model_is_exported_with_its_facts(
    with_parent: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = tiny_model(tmp_path, "parent-1") if with_parent else None
    heard: dict[str, Any] = {}

    def train(config: TrainConfig, pairs: TrainingPairs, work: Path, **options: Any) -> Denoiser:
        heard.update(options)
        return tiny_network()

    monkeypatch.setattr(project, "train", train)
    monkeypatch.setattr(project, "export_model", lambda network, folder, facts: (folder, facts))
    corpus = small_corpus(tmp_path)
    pairs = TrainingPairs(*(PairStream(corpus, None, seed=0, validation=held) for held in (False, True)))
    config = TrainConfig(steps=3, hyperparameters=HYPERPARAMETERS if with_parent else {})
    result: Any = train_user_model(
        config,
        pairs,
        tmp_path / "work",
        tmp_path / "mine-1",
        device="cpu",
        parent=parent,
        material=Material((tmp_path / "letters",), (tmp_path / "pairs",)),
        watch=Watch(print, CancelToken()),
    )
    folder, facts = result
    assert folder == tmp_path / "mine-1"
    assert heard["device"] == torch.device("cpu")
    assert (heard["start"] is None) == (not with_parent)
    assert facts["parent"] == ("parent-1" if with_parent else "")
    assert facts["license"] == ("CC0-1.0" if with_parent else "LicenseRef-own")
    assert facts["training"]["data"] == ["own pages: letters", "own pages: pairs"]
    assert facts["training"]["settings"]["steps"] == 3
    assert facts["hyperparameters"].keys() == {*HYPERPARAMETERS, "dilations", "tone"}
    assert facts["hyperparameters"].items() >= config.hyperparameters.items()
