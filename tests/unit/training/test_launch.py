import pytest

from docclean.training.launch import Launch

NAMES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), Launch()),
        (("3", "8", "1", "2"), Launch(3, 8, 1, 2)),
        (("1", "2"), Launch(1, 2, 1, 2)),
        (("", "many"), Launch()),
    ],
)
def test_launch_is_read_from_the_environment(
    values: tuple[str, ...], expected: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in zip(NAMES, values, strict=False):
        monkeypatch.setenv(name, value)
    assert Launch.from_environment() == expected


def test_first_process_is_number_zero() -> None:
    assert Launch().is_first
    assert not Launch(1, 2).is_first
