"""A whole run, from folders of pages to a model with a verdict: with the tiny model, and a check-up of two pages."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from docclean.core.cancel import CancelledError, CancelToken
from docclean.core.errors import DeviceError, DoccleanError, TrainingError, UsageError, WriteError
from docclean.core.page import PixelArray
from docclean.core.paths import user_models_folder
from docclean.core.recipe import Task
from docclean.engine.device import cpu_device
from docclean.engine.inference import restore_page
from docclean.engine.loading import load_model
from docclean.models.catalog import Catalog, ModelEntry
from docclean.models.loader import load_network
from docclean.models.manifest import MANIFEST, read_manifest
from docclean.models.weights import verify_weights
from docclean.training.finetune import checkup, learning, project, replay
from docclean.training.finetune.checkup import CheckupPage
from docclean.training.finetune.judging import judged_pages
from docclean.training.finetune.project import discard_run, finetune, unfinished_runs, verify_request, work_folder
from docclean.training.finetune.request import CheckNews, FinetuneRequest, FinetuneWatch, Mode, Stage
from docclean.training.finetune.verdict import BASE, LINEAR, NEW, RAW, Verdict, judged
from tests.helpers.corpus import page_pixels
from tests.helpers.models import tiny_model

HEIGHT, WIDTH = 200, 150


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is replayed is made once for all tests, as on a user's machine."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def small_and_steady(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Iterator[None]:
    """Few crops to replay, a check-up of two pages, sums in one order."""
    monkeypatch.setattr(learning, "_CROPS", 12)
    monkeypatch.setattr(learning, "_WORKERS", 0)
    monkeypatch.setattr(replay, "EXAMPLES", 4)
    monkeypatch.setattr(project, "cache_folder", lambda: cache)
    monkeypatch.setattr(checkup, "checkup_pages", two_pages)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def two_pages(_task: Task) -> Iterator[CheckupPage]:
    page = page_pixels(128, 128, seed=90)
    yield CheckupPage("damaged", yellowed(page), page, is_damaged=True)
    yield CheckupPage("clean", page, page, is_damaged=False)


def yellowed(page: PixelArray) -> PixelArray:
    return np.asarray(page * np.array([0.8, 0.75, 0.6]), np.uint8)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    tiny_model(tmp_path / "builtin", "parent")
    return Catalog(tmp_path / "builtin", user_models_folder())


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Three sheets, dirty and clean."""
    for number in range(3):
        clean = page_pixels(HEIGHT, WIDTH, seed=number, is_colored=False)
        for kind, pixels in (("clean", clean), ("dirty", yellowed(clean))):
            (tmp_path / kind).mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / kind / f"page {number}.png"), pixels[:, :, ::-1])
    return tmp_path


def request_for(pairs: Path, **changes: object) -> FinetuneRequest:
    values = {"dirty": pairs / "dirty", "clean": pairs / "clean", "base": "parent", "name": "mine", "steps": 4}
    return FinetuneRequest.model_validate(values | {"batch": 2, "crop": 64} | changes)


class Follower:
    """Remembers what it is told, and may stop the run after some steps."""

    def __init__(self, *, cancel_at: int | None = None, enough_at: int | None = None) -> None:
        self.notes: list[str] = []
        self.stages: list[Stage] = []
        self.checks: list[CheckNews] = []
        self.steps: list[int] = []
        self.watch = FinetuneWatch(
            stage=lambda stage, _done, _total: self.stages.append(stage),
            step=lambda news: self._step(news.step, cancel_at, enough_at),
            check=self.checks.append,
            note=self.notes.append,
        )

    def _step(self, step: int, cancel_at: int | None, enough_at: int | None) -> None:
        self.steps.append(step)
        if step == cancel_at:
            self.watch.cancel.cancel()
        if step == enough_at:
            self.watch.enough.cancel()


def run(
    request: FinetuneRequest, catalog: Catalog, follower: Follower | None = None, **options: bool
) -> project.Outcome:
    return finetune(request, catalog, device="cpu", watch=(follower or Follower()).watch, **options)


def weights_of(name: str) -> bytes:
    return (user_models_folder() / name / "weights.safetensors").read_bytes()


def test_pairs_become_a_judged_model_of_the_parents_kind(pairs: Path, catalog: Catalog) -> None:
    follower = Follower()
    outcome = run(request_for(pairs), catalog, follower)
    kept = read_manifest(user_models_folder() / "mine" / MANIFEST)
    assert kept == outcome.manifest
    verify_weights(ModelEntry(kept, outcome.folder, is_builtin=False))
    assert kept.parent == "parent"
    assert kept.recommended is outcome.verdict.is_recommended
    assert kept.verdict == outcome.verdict.sentences
    assert set(outcome.verdict.means) == {RAW, BASE, NEW, LINEAR}
    assert len(outcome.verdict.pages) == 1
    settings = kept.training.settings
    assert sorted(page["name"] for page in [*settings["learned"], *settings["held_out"]]) == [
        f"page {n}.png" for n in range(3)
    ]
    assert set(follower.stages) == {Stage.ALIGNING, Stage.PREPARING, Stage.TRAINING, Stage.JUDGING}
    assert follower.steps == [1, 2, 3, 4]
    assert unfinished_runs() == ()
    assert not work_folder("mine").exists()


def test_held_out_page_is_none_that_was_learned_from(pairs: Path, catalog: Catalog) -> None:
    settings = run(request_for(pairs), catalog).manifest.training.settings
    learned, kept = ({page["clean_sha256"] for page in settings[part]} for part in ("learned", "held_out"))
    assert learned.isdisjoint(kept)


def test_same_seed_gives_the_same_weights_and_another_seed_others(pairs: Path, catalog: Catalog) -> None:
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        run(request_for(pairs, name=name, seed=seed), catalog)
    data = [weights_of(name)[-2000:] for name in ("one", "two", "three")]
    assert data[0] == data[1] != data[2]


def test_interrupted_run_goes_on_to_the_same_model(pairs: Path, catalog: Catalog) -> None:
    run(request_for(pairs, name="whole"), catalog)
    with pytest.raises(CancelledError):
        run(request_for(pairs), catalog, Follower(cancel_at=2))
    assert [request.name for request in unfinished_runs()] == ["mine"]
    assert not (user_models_folder() / "mine").exists()
    resumed = Follower()
    run(request_for(pairs), catalog, resumed, is_resumed=True)
    assert resumed.steps == [3, 4]
    assert weights_of("mine")[-2000:] == weights_of("whole")[-2000:]


def test_run_that_is_enough_becomes_a_model(pairs: Path, catalog: Catalog) -> None:
    follower = Follower(enough_at=2)
    run(request_for(pairs, steps=50), catalog, follower)
    assert follower.steps[-1] == 2
    assert (user_models_folder() / "mine" / MANIFEST).exists()


@pytest.mark.parametrize("mode", [Mode.OWN_PAPER, Mode.TWO_SCANS])
def test_pages_without_clean_twins_teach_a_model_too(mode: Mode, pairs: Path, catalog: Catalog) -> None:
    clean = pairs / "clean" if mode is Mode.TWO_SCANS else None
    if clean is not None:
        for path in sorted(clean.iterdir()):
            pixels = cv2.imread(str(path))
            assert pixels is not None
            cv2.imwrite(str(path), np.clip(pixels * 0.9, 0, 255).astype(np.uint8))
    outcome = run(request_for(pairs, mode=mode, clean=clean), catalog)
    assert outcome.manifest.training.settings["mode"] == mode.value
    assert outcome.verdict.pages
    is_warned = "printed by docclean on your paper" in " ".join(outcome.verdict.sentences)
    assert is_warned is (mode is Mode.OWN_PAPER)


def test_model_leaves_pages_unlike_the_users_to_its_parent(pairs: Path, catalog: Catalog) -> None:
    outcome = run(request_for(pairs), catalog)
    parent = catalog.get("parent")
    assert outcome.manifest.fallback is not None
    assert outcome.manifest.fallback.weights.sha256 == parent.manifest.weights.sha256
    counts = outcome.manifest.training.settings["gate"]
    settings = outcome.manifest.training.settings
    assert counts["own"] == len(settings["learned"]) + len(settings["held_out"])
    assert counts["others"] > counts["others_alike"]
    assert any(f"{counts['own_alike']} of {counts['own']} pages" in sentence for sentence in outcome.verdict.sentences)
    strange = np.full((90, 120, 3), (255, 0, 90), np.uint8)
    strange[::7, ::5] = 0
    mine = ModelEntry(outcome.manifest, outcome.folder, is_builtin=False)
    by_parent, by_mine = (
        restore_page(load_model(each, cpu_device()), strange, parent.manifest.input, CancelToken(), lambda *_: None)
        for each in (parent, mine)
    )
    np.testing.assert_array_equal(by_parent, by_mine)


def test_model_that_is_no_better_is_not_recommended(
    pairs: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = load_network(catalog.get("parent"), torch.device("cpu")).state_dict()
    monkeypatch.setattr(project, "tune", lambda *_a, **_k: same)
    outcome = run(request_for(pairs), catalog)
    assert not outcome.verdict.is_better
    assert not outcome.manifest.recommended


def test_model_that_forgot_is_mixed_with_its_parent_or_not_recommended(
    pairs: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = load_network(catalog.get("parent"), torch.device("cpu"))
    spoiled = {key: value + 0.3 for key, value in network.state_dict().items()}
    monkeypatch.setattr(project, "tune", lambda *_a, **_k: spoiled)
    outcome = run(request_for(pairs), catalog)
    share = outcome.manifest.training.settings["share"]
    assert outcome.verdict.is_recommended or share == 1.0
    assert outcome.manifest.recommended is outcome.verdict.is_recommended


def test_broken_and_foreign_pages_are_told_and_left_out(pairs: Path, catalog: Catalog) -> None:
    (pairs / "dirty" / "broken.png").write_bytes(b"not a picture")
    (pairs / "clean" / "broken.png").write_bytes(b"not a picture")
    (pairs / "dirty" / "alone.png").write_bytes((pairs / "dirty" / "page 0.png").read_bytes())
    follower = Follower()
    run(request_for(pairs), catalog, follower)
    assert any("broken.png" in note for note in follower.notes)
    assert any("alone.png" in note for note in follower.notes)


def no_pairs(pairs: Path) -> None:
    for path in (pairs / "dirty").iterdir():
        path.rename(path.with_name(f"other {path.name}"))


def one_pair(pairs: Path) -> None:
    for number in (1, 2):
        (pairs / "dirty" / f"page {number}.png").unlink()


def blank_pages(pairs: Path) -> None:
    for path in (pairs / "clean").iterdir():
        cv2.imwrite(str(path), np.full((HEIGHT, WIDTH, 3), 255, np.uint8))


@pytest.mark.parametrize("spoil", [no_pairs, one_pair, blank_pages])
def test_too_few_pages_are_refused_in_a_sentence_and_leave_nothing(
    spoil: Callable[[Path], None], pairs: Path, catalog: Catalog
) -> None:
    spoil(pairs)
    with pytest.raises(DoccleanError) as fault:
        run(request_for(pairs), catalog)
    assert "\n" not in str(fault.value)
    assert str(fault.value).endswith(".")
    assert unfinished_runs() == ()


@pytest.mark.parametrize("name", ["parent", "a/b", "..", "CON", "", "Mine"])
def test_name_that_cannot_be_is_refused_before_the_work(name: str, pairs: Path, catalog: Catalog) -> None:
    with pytest.raises(UsageError):
        verify_request(request_for(pairs, name=name), catalog, is_resumed=False)


def test_missing_folder_and_unknown_base_are_refused_before_the_work(pairs: Path, catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        verify_request(request_for(pairs, clean=pairs / "nowhere"), catalog, is_resumed=False)
    with pytest.raises(DoccleanError, match="stranger"):
        verify_request(request_for(pairs, base="stranger"), catalog, is_resumed=False)


def test_second_run_of_a_name_is_refused_until_the_first_is_resumed_or_discarded(pairs: Path, catalog: Catalog) -> None:
    with pytest.raises(CancelledError):
        run(request_for(pairs), catalog, Follower(cancel_at=1))
    with pytest.raises(UsageError, match="interrupted"):
        run(request_for(pairs), catalog)
    discard_run("mine")
    run(request_for(pairs), catalog)


def test_resuming_on_a_device_that_is_not_there_keeps_the_run(pairs: Path, catalog: Catalog) -> None:
    with pytest.raises(CancelledError):
        run(request_for(pairs, steps=200), catalog, Follower(cancel_at=1))  # before the first look
    with pytest.raises(DeviceError):
        finetune(request_for(pairs), catalog, device="cuda:99", watch=Follower().watch, is_resumed=True)
    assert [request.name for request in unfinished_runs()] == ["mine"]


def test_held_out_pages_are_cleaned_by_the_parent_once_however_many_mixtures_are_tried(
    pairs: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, ways = judged_pages, list[str]()

    def counted(pages: Any, cleaners: Any, watch: FinetuneWatch) -> Any:
        ways.extend(cleaners)
        return real(pages, cleaners, watch)

    monkeypatch.setattr(project, "judged_pages", counted)
    monkeypatch.setattr(Verdict, "is_recommended", False)
    monkeypatch.setattr(project, "judged", lambda *given: replace(judged(*given), is_better=True))
    run(request_for(pairs), catalog)
    assert ways == [RAW, BASE, LINEAR, NEW, NEW, NEW, NEW]


def test_resuming_what_was_never_begun_is_refused(pairs: Path, catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="no interrupted run"):
        run(request_for(pairs), catalog, is_resumed=True)


def test_loss_that_is_no_number_ends_the_run_with_a_sentence(pairs: Path, catalog: Catalog) -> None:
    with pytest.raises(TrainingError, match="not a number"):
        run(request_for(pairs, learning_rate=1e30), catalog)
    assert unfinished_runs() == ()


def test_full_disk_is_told_before_pages_are_written(
    pairs: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 10_000_000})
    monkeypatch.setattr("docclean.training.finetune.gathering.shutil.disk_usage", lambda _path: usage)
    with pytest.raises(WriteError, match="make room"):
        run(request_for(pairs), catalog)


def test_page_that_the_parent_learned_from_is_held_out_last(pairs: Path, catalog: Catalog) -> None:
    first = run(request_for(pairs), catalog)
    again = Catalog(pairs / "builtin", user_models_folder())
    settings = first.manifest.training.settings
    second = run(request_for(pairs, base="mine", name="child", seed=5), again)
    held_out = {page["dirty_sha256"] for page in second.manifest.training.settings["held_out"]}
    assert held_out == {page["dirty_sha256"] for page in settings["held_out"]}
