"""What `docclean finetune` asks for and says. The training itself is a script here."""

import json
import math
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from docclean.cli.main import main
from docclean.core.cancel import CancelledError
from docclean.core.errors import TrainingError, UsageError
from docclean.core.paths import user_models_folder
from docclean.imaging.metrics import PageScores
from docclean.models.catalog import Catalog
from docclean.training.config import Regularizer
from docclean.training.finetune.project import Outcome
from docclean.training.finetune.request import CheckNews, FinetuneRequest, FinetuneWatch, Mode, Scope, Stage, StepNews
from docclean.training.finetune.verdict import BASE, LINEAR, NEW, RAW, Checkup, JudgedPage, Verdict, judged
from tests.helpers.models import tiny_model

CHECKUP = Checkup(psnr_db=26.0, ink_lost=0.004, clean_rmse=0.01)
WAYS_ON = (
    "The state is saved. To go on: docclean finetune --name mine --resume. To make the model from the best state so "
    "far: docclean finetune --name mine --resume --finish"
)
Script = Callable[[FinetuneWatch], None]


@dataclass
class Call:
    """What the run was called with, and what is unfinished."""

    request: FinetuneRequest | None = None
    options: dict[str, Any] = field(default_factory=dict)
    unfinished: list[FinetuneRequest] = field(default_factory=list)
    watch: FinetuneWatch = field(default_factory=FinetuneWatch)
    verdict: Verdict | None = None


def scores(rmse: float) -> PageScores:
    return PageScores(rmse, -20 * math.log10(rmse) if rmse else math.inf, 0.9, 0.0, 0.0)


def verdict_of(base: float = 0.1, new: float = 0.05, *, psnr_db: float = 26.0) -> Verdict:
    pages = [JudgedPage("a.png", {RAW: scores(0.2), LINEAR: scores(0.12), BASE: scores(base), NEW: scores(new)}, {})]
    return judged(pages, CHECKUP, replace(CHECKUP, psnr_db=psnr_db))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, catalog: Catalog, tmp_path: Path) -> Callable[[Script], Call]:
    """Let `finetune` run a script, then judge."""

    def script(act: Script) -> Call:
        call = Call()

        def finetune(request: FinetuneRequest, catalog: Catalog, *, watch: FinetuneWatch, **options: Any) -> Outcome:
            call.request, call.options, call.watch = request, options, watch
            act(watch)
            manifest = SimpleNamespace(id=request.name, parent="denoise-standard-8")
            return Outcome(manifest, tmp_path / request.name, call.verdict or verdict_of())  # type: ignore[arg-type]  # enough of one

        project = "docclean.training.finetune.project"
        monkeypatch.setattr(f"{project}.finetune", finetune)
        monkeypatch.setattr(f"{project}.unfinished_runs", lambda: tuple(call.unfinished))
        monkeypatch.setattr(f"{project}.work_folder", lambda name: tmp_path / "work" / name)
        return call

    return script


Run = Callable[[Script], Call]


def nothing(watch: FinetuneWatch) -> None:
    assert not watch.cancel.is_cancelled


def drive(watch: FinetuneWatch) -> None:
    watch.stage(Stage.READING, 0, 2)
    watch.stage(Stage.READING, 2, 2)
    watch.note("scan-7.png: left out, because it is not the same page.")
    watch.check(CheckNews(0, None, 0.1, is_best=True, seconds=0.0))
    watch.stage(Stage.TRAINING, 0, 100)
    watch.step(StepNews(1, 100, 0.3, 61.0))
    watch.check(CheckNews(50, 0.2, 0.08, is_best=True, seconds=30.0))
    watch.check(CheckNews(100, 0.19, 0.09, is_best=False, seconds=60.4))
    watch.stage(Stage.JUDGING, 0, 1)


def command(*options: str) -> list[str]:
    return ["finetune", "--dirty", "scans", "--clean", "twins", "--name", "mine", *options]


def test_finetune_tells_stages_checks_and_the_verdict(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(drive)
    assert main(command("--device", "cpu")) == 0
    output, errors = capsys.readouterr()
    sentences = "\n".join(verdict_of().sentences)
    assert output == (
        "base model: error on held-out pages 0.1000, 0 s\n"
        "step 50: loss 0.2000, error on held-out pages 0.0800, the best so far, 30 s\n"
        "step 100: loss 0.1900, error on held-out pages 0.0900, 60 s\n"
        "1 held-out page           RMSE   PSNR/dB      SSIM  ink lost\n"
        "as it came              0.2000     13.98    0.9000     0.00%\n"
        "linear (PCA)            0.1200     18.42    0.9000     0.00%\n"
        "denoise-standard-8      0.1000     20.00    0.9000     0.00%\n"
        "mine                    0.0500     26.02    0.9000     0.00%\n"
        "check-up               PSNR/dB  ink lost  error on clean pages\n"
        "denoise-standard-8       26.00     0.40%                0.0100\n"
        "mine                     26.00     0.40%                0.0100\n"
        f"{sentences}\n"
        "The model mine is ready: docclean clean INPUT -o OUT --model mine\n"
    )
    assert errors.splitlines()[1:] == [
        "reading pages",
        "scan-7.png: left out, because it is not the same page.",
        "training",
        "comparing with the base model",
    ]
    assert "Ctrl-C saves the state and stops" in errors


def test_model_that_is_not_recommended_says_so_and_can_be_used(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    call = run(nothing)
    call.verdict = verdict_of(new=0.1, psnr_db=20.0)
    assert main(command()) == 0
    output = capsys.readouterr().out
    assert "Not recommended, because it does not beat its parent on the held-out pages and has forgotten" in output
    assert output.endswith("--model mine\n")


def test_verdict_without_pages_is_told(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    call = run(nothing)
    call.verdict = judged([], CHECKUP, CHECKUP)
    assert main(command()) == 0
    assert capsys.readouterr().out.startswith("check-up")


def test_options_reach_the_request(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    call = run(nothing)
    options = "--base wash-1 --steps 9 --scope decoder --regularizer sparse-kl --regularizer-weight 0.2 --batch 4 "
    options += "--learning-rate 0.01 --crop 128 --dpi 300 --seed 7 --device cpu"
    assert main(command(*options.split())) == 0
    assert call.request == FinetuneRequest(
        dirty=tmp_path / "scans",
        clean=tmp_path / "twins",
        name="mine",
        base="wash-1",
        steps=9,
        scope=Scope.DECODER,
        regularizer=Regularizer.SPARSE_KL,
        regularizer_weight=0.2,
        batch=4,
        learning_rate=0.01,
        crop=128,
        dpi=300,
        seed=7,
    )
    assert call.options == {"device": "cpu", "is_resumed": False}
    assert not call.watch.enough.is_cancelled


@pytest.mark.parametrize(
    ("options", "values"),
    [
        (["--dirty", "d", "--own-paper"], {"mode": Mode.OWN_PAPER, "clean": None}),
        (["--dirty", "d", "--clean", "c", "--two-scans"], {"mode": Mode.TWO_SCANS, "clean": Path("c")}),
        (["--dirty", "d", "--suffixes=_raw,_ok"], {"dirty_suffix": "_raw", "clean_suffix": "_ok", "clean": None}),
        (["--dirty", "d", "--suffixes", "-raw,-ok"], {"dirty_suffix": "-raw", "clean_suffix": "-ok", "clean": None}),
        (["--pairs", "d/t.csv"], {"table": Path("d/t.csv"), "clean": None}),
        (["--dirty", "d", "--pairs", "t.csv", "--minutes", "2.5"], {"table": Path("t.csv"), "minutes": 2.5}),
    ],
)
def test_every_thing_to_learn_from_can_be_named(options: list[str], values: dict[str, Any], run: Run) -> None:
    call = run(nothing)
    assert main(["finetune", "--name", "mine", *options]) == 0
    assert call.request is not None
    wanted = {name: value.absolute() if isinstance(value, Path) else value for name, value in values.items()}
    assert call.request.dirty == Path("d").absolute()
    assert {name: getattr(call.request, name) for name in values} == wanted


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--clean", "c"], "--dirty: is missing; name the folder"),
        (["--dirty", "d"], "--clean: is missing; name the folder of the clean twins (or use --suffixes"),
        (["--dirty", "d", "--two-scans"], "--clean: is missing; name the folder of the second scans."),
        (["--dirty", "d", "--own-paper", "--clean", "c"], "--clean: is not used with --own-paper"),
        (["--dirty", "d", "--own-paper", "--two-scans"], "--own-paper and --two-scans: are different things"),
        (["--dirty", "d", "--pairs", "t.csv", "--suffixes=a,b"], "--pairs and --suffixes: are different things"),
        (["--dirty", "d", "--suffixes=-dirty"], "--suffixes -dirty: name two different endings"),
        (["--dirty", "d", "--suffixes=a,a"], "--suffixes a,a: name two different endings"),
        (["--dirty", "d", "--clean", "c", "--minutes", "1", "--steps", "2"], "--minutes and --steps: say the same"),
        (["--dirty", "d", "--clean", "c", "--batch", "3"], "--batch 3: must be a multiple of 2."),
        (["--dirty", "d", "--clean", "c", "--crop", "100"], "--crop 100: must be a multiple of 8."),
        (["--dirty", "d", "--clean", "c", "--scope", "all"], "--scope all: is not known; choose auto, adapters"),
        (["--dirty", "d", "--clean", "c", "--regularizer", "l2"], "--regularizer l2: is not known; choose none"),
        (["--dirty", "d", "--clean", "c", "--regularizer-weight", "1"], "--regularizer-weight: weighs a penalty"),
        (["--dirty", "d", "--clean", "c", "--device", "tpu"], "'tpu' is not a device"),
        (["--dirty", "d", "--clean", "c", "--finish"], "--finish: ends an interrupted run; add --resume"),
        (["--dirty", "d", "--clean", "c", "--json", "page.png"], "--json page.png: is the name of a page"),
        (["--resume"], "--resume mine: there is no interrupted run of this name (there are: other)."),
    ],
)
def test_request_that_cannot_be_is_one_sentence(
    options: list[str], sentence: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    call = run(nothing)
    call.unfinished = [FinetuneRequest(dirty=Path("d"), clean=Path("c"), name="other")]
    assert main(["finetune", "--name", "mine", *options]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(sentence) or sentence in errors
    assert len(errors.splitlines()) == 1
    assert call.request is None


@pytest.mark.parametrize("name", ["", "a/b", "..", "CON", "nul.txt", "mine.", "Mine", "m" * 65, "denoise-standard-8"])
def test_name_that_no_model_can_have_is_one_sentence(name: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    call = run(nothing)
    assert main([*command()[:-1], name]) == 2
    errors = capsys.readouterr().err
    assert "model" in errors
    assert len(errors.splitlines()) == 1
    assert call.request is None


def test_name_of_an_own_model_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_model(user_models_folder(), "mine")
    run(nothing)
    assert main(command()) == 2
    assert capsys.readouterr().err == "A model named 'mine' exists already; choose another name.\n"


def interrupt(watch: FinetuneWatch) -> None:
    watch.check(CheckNews(0, None, 0.1, is_best=False, seconds=0.0))
    signal.raise_signal(signal.SIGINT)
    watch.cancel.raise_if_cancelled()


def kept(**values: Any) -> FinetuneRequest:
    return FinetuneRequest(dirty=Path("scans").absolute(), clean=Path("twins").absolute(), name="mine", **values)


def test_interrupt_tells_how_to_go_on_and_how_to_keep_the_best(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def save_and_stop(watch: FinetuneWatch) -> None:
        call.unfinished.append(kept())
        watch.check(CheckNews(50, 0.2, 0.08, is_best=True, seconds=30.0))
        interrupt(watch)

    call = run(save_and_stop)
    assert main(command("--json", str(tmp_path / "run.json"))) == 130
    assert capsys.readouterr().out.splitlines()[2:] == [f"Stopped. {WAYS_ON}"]
    report = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert report["status"] == "interrupted"
    assert report["request"]["name"] == "mine"
    assert "verdict" not in report


def test_interrupt_before_the_first_look_promises_no_best_state(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def save_and_stop(watch: FinetuneWatch) -> None:
        call.unfinished.append(kept())
        interrupt(watch)

    call = run(save_and_stop)
    assert main(command()) == 130
    assert capsys.readouterr().out.endswith("To go on: docclean finetune --name mine --resume\n")


def test_interrupt_before_training_promises_nothing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(interrupt)
    assert main(command()) == 130
    assert "Stopped. Training had not begun, and nothing is kept.\n" in capsys.readouterr().out


def test_run_that_is_cancelled_by_itself_counts_as_interrupted(run: Run) -> None:
    def stop(_watch: FinetuneWatch) -> None:
        raise CancelledError

    run(stop)
    assert main(command()) == 130


@pytest.mark.parametrize("options", [[], ["--finish"]])
def test_resume_takes_the_kept_request(options: list[str], run: Run) -> None:
    call = run(lambda watch: None)
    call.unfinished = [kept(minutes=3.0, base="wash-1")]
    assert main(["finetune", "--name", "mine", "--resume", *options]) == 0
    assert call.request == call.unfinished[0]
    assert call.options["is_resumed"]
    assert call.watch.enough.is_cancelled == bool(options)


def test_same_command_with_resume_goes_on_and_another_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    call = run(nothing)
    call.unfinished = [kept(minutes=3.0)]
    assert main(command("--minutes", "3", "--resume")) == 0
    assert call.request == call.unfinished[0]
    capsys.readouterr()
    assert main(command("--minutes", "4", "--resume")) == 2
    assert capsys.readouterr().err == (
        "--resume: the run goes on as it began, with minutes 3.0 and not 4.0; leave that option out, or begin a run "
        "under another name.\n"
    )


def test_new_run_does_not_overwrite_an_interrupted_one(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = run(nothing)
    call.unfinished = [kept()]
    assert main(command()) == 2
    assert str(tmp_path / "work" / "mine") in capsys.readouterr().err
    assert call.request is None


def test_failure_tells_what_is_kept(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(watch: FinetuneWatch) -> None:
        call.unfinished.append(kept())
        watch.check(CheckNews(50, 0.2, 0.08, is_best=True, seconds=30.0))
        raise TrainingError("Training failed: the loss is no number.")

    call = run(fail)
    assert main(command()) == 1
    assert capsys.readouterr().err.splitlines()[1:] == ["Training failed: the loss is no number.", WAYS_ON]


def test_request_that_the_run_refuses_is_one_sentence(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_watch: FinetuneWatch) -> None:
        raise UsageError("scans: has no pages.")

    run(refuse)
    assert main(command()) == 2
    assert capsys.readouterr().err.splitlines()[1:] == ["scans: has no pages."]


def test_report_has_request_verdict_and_every_score(run: Run, tmp_path: Path) -> None:
    call = run(drive)
    call.verdict = verdict_of(new=0.0, psnr_db=math.inf)
    path = tmp_path / "reports" / "run.json"
    assert main(command("--json", str(path), "--device", "cpu")) == 0
    report = json.loads(path.read_text(encoding="utf-8"))
    assert (report["program"], report["status"], report["model"]) == ("docclean", "done", "mine")
    assert report["request"] == json.loads(call.request.model_dump_json()) if call.request else None
    assert report["folder"] == str(tmp_path / "mine")
    assert report["device"]
    assert report["seconds"] >= 0
    assert report["notes"] == ["scan-7.png: left out, because it is not the same page."]
    assert [check["step"] for check in report["checks"]] == [0, 50, 100]
    verdict = report["verdict"]
    assert verdict["is_recommended"]
    assert verdict["sentences"] == list(call.verdict.sentences)
    assert verdict["pages"][0]["scores"][NEW]["rmse"] == 0
    assert verdict["pages"][0]["scores"][NEW]["psnr_db"] is None
    assert verdict["means"][LINEAR]["rmse"] == pytest.approx(0.12)
    assert verdict["checkup"][NEW]["psnr_db"] is None
    assert verdict["checkup"][BASE] == {"psnr_db": 26.0, "ink_lost": 0.004, "clean_rmse": 0.01}


def test_report_replaces_nothing_but_a_report(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = run(nothing)
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    assert main(command("--json", str(tmp_path / "diary.txt"))) == 2
    assert "is not a report of docclean" in capsys.readouterr().err
    assert call.request is None
