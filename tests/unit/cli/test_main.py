import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

import docclean
from docclean.cli.main import main
from docclean.core.errors import DeviceError, ExitCode, ReadError
from docclean.core.logs import set_up_logging

CLEAN = ["clean", "in.png", "-o", "out"]


def raising(fault: BaseException) -> Any:
    def command(*arguments: Any, **options: Any) -> NoReturn:
        raise fault

    return command


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"docclean {docclean.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert all(
        f"  {name} " in output for name in ("clean", "evaluate", "degrade", "train", "finetune", "doctor", "models")
    )


@pytest.mark.parametrize("command", ["clean", "evaluate", "degrade", "train", "finetune", "doctor", "models"])
def test_help_of_a_command_is_printed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"docclean {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["wash"],
        ["clean"],
        ["clean", "in.png"],
        ["clean", "-o", "out"],
        [*CLEAN, "--strength", "101"],
        [*CLEAN, "--strength", "-1"],
        [*CLEAN, "--strength", "much"],
        [*CLEAN, "--nonsense"],
        ["evaluate", "--pages", "0"],
        ["train", "denoise"],
        ["degrade", "in.png"],
        ["degrade", "in.png", "-o", "out", "--dpi", "20"],
        ["models", "remove"],
    ],
)
def test_wrong_usage_ends_with_2_and_one_explanation(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == ExitCode.WRONG_USAGE
    output, errors = capsys.readouterr()
    assert output == ""
    assert "Error: " in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*CLEAN, "--strength", "101"], "Invalid value for '--strength': '101' must be at most 100."),
        ([*CLEAN, "--strength", "-1"], "Invalid value for '--strength': '-1' must be at least 0."),
        ([*CLEAN, "--strength", "much"], "Invalid value for '--strength': 'much' must be a whole number."),
        ([*CLEAN, "--strength", "1.5"], "Invalid value for '--strength': '1.5' must be a whole number."),
        (["train", "denoise", "--learning-rate", "x"], "Invalid value for '--learning-rate': 'x' must be a number."),
        (["train", "denoise", "--steps", "0"], "Invalid value for '--steps': '0' must be at least 1."),
    ],
)
def test_option_with_a_wrong_value_is_a_plain_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.WRONG_USAGE
    assert capsys.readouterr().err.splitlines()[-1] == f"Error: {sentence}"


@pytest.mark.parametrize("fault", [ReadError(Path("a.png"), "is empty."), DeviceError("There is no GPU.")])
def test_fault_with_a_sentence_ends_with_its_code_and_nothing_else(
    fault: ReadError | DeviceError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("docclean.cli.clean.clean_pages", raising(fault))
    assert main(CLEAN) == fault.exit_code
    assert capsys.readouterr() == ("", f"{fault}\n")


def test_interrupt_anywhere_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("docclean.cli.clean.clean_pages", raising(KeyboardInterrupt()))
    assert main(CLEAN) == ExitCode.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


def test_fault_of_the_program_goes_to_the_log_and_is_confessed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("docclean.cli.clean.clean_pages", raising(ZeroDivisionError("oops")))
    assert main(CLEAN) == ExitCode.SOME_PAGES_FAILED
    errors = capsys.readouterr().err
    log = set_up_logging()
    assert log is not None
    assert str(log) in errors
    assert len(errors.splitlines()) == 1
    assert "Traceback" in log.read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="closing a pipe is reported otherwise on Windows")
def test_reader_of_a_pipe_that_leaves_causes_no_traceback() -> None:
    code = "import sys; from docclean.cli.main import main; sys.exit(main(['--help']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()


def test_module_can_be_run() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "docclean", "--version"], capture_output=True, encoding="utf-8", check=False
    )
    assert (result.returncode, result.stdout) == (0, f"docclean {docclean.__version__}\n")
