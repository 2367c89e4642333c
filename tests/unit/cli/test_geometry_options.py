import pytest

from docclean.cli import clean
from docclean.cli.main import main
from docclean.core.errors import ExitCode
from docclean.core.recipe import Geometry
from docclean.engine.planning import CleanOptions

OPTIONS = {"--deskew": "deskew", "--clean-borders": "borders", "--punch-holes": "punch_holes", "--crop": "crop"}


def asked_for(monkeypatch: pytest.MonkeyPatch, *options: str) -> Geometry:
    seen: list[CleanOptions] = []

    def note(wanted: CleanOptions) -> ExitCode:
        seen.append(wanted)
        return ExitCode.OK

    monkeypatch.setattr(clean, "clean_pages", note)
    assert main(["clean", "a.png", "-o", "out", *options]) == ExitCode.OK
    return seen[0].geometry


def test_nothing_is_put_straight_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for(monkeypatch) == Geometry()


@pytest.mark.parametrize("option", OPTIONS)
def test_option_switches_one_thing_on(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for(monkeypatch, option) == Geometry(**{OPTIONS[option]: True})


def test_options_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for(monkeypatch, *OPTIONS) == Geometry(deskew=True, borders=True, punch_holes=True, crop=True)
