import os
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from docclean.core.errors import WriteError
from docclean.core.job import OutputFormat
from docclean.core.recipe import Task
from docclean.core.settings import Settings, ThemeChoice, load_settings, save_settings, settings_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_load_without_a_file_gives_the_defaults_and_no_complaint(path: Path) -> None:
    assert load_settings(path) == load_settings()
    assert load_settings(path).settings == Settings()
    assert load_settings(path).problems == ()


def test_save_then_load_gives_the_same(path: Path) -> None:
    settings = Settings(
        device="cuda:1",
        threads=3,
        memory_limit_mb=2048,
        theme=ThemeChoice.DARK,
        language="pt_BR",
        ask_before_closing=False,
        output_folder="C:\\Scans\\rein ö",
        name_pattern="{stem} clean",
        output_format=OutputFormat.PNG,
        models={Task.DENOISE: "mine-1"},
    )
    save_settings(settings, path)
    assert load_settings(path).settings == settings
    assert load_settings(path).problems == ()


def test_save_writes_only_the_differences(path: Path) -> None:
    save_settings(Settings(threads=2, theme=ThemeChoice.LIGHT), path)
    assert path.read_text(encoding="utf-8") == 'threads = 2\ntheme = "light"\n'


def test_save_makes_the_users_folder() -> None:
    save_settings(Settings(threads=2))
    assert load_settings().settings.threads == 2
    assert settings_file().parent.is_dir()


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("threads = -1", "threads must be at least 0"),
        ('threads = "4"', "threads must be a whole number"),
        ("threads = true", "threads must be a whole number"),
        ('keep_awake = "yes"', "keep_awake must be true or false"),
        ('theme = "pink"', "theme must be 'system', 'light' or 'dark'"),
        ('device = "gpu"', "device is not written the way it must be"),
        ('language = "../de"', "language is not written the way it must be"),
        ('name_pattern = "{name}"', "name_pattern does not fit"),
        ('name_pattern = "../{stem}"', "name_pattern does not fit"),
        ("output_folder = 3", "output_folder must be text"),
        ("models = 3", "models must be a table"),
        ('[models]\nshine = "x"', "models.shine must be"),
        ("[models]\ndenoise = 3", "models.denoise must be text"),
    ],
)
def test_load_with_one_value_wrong_keeps_its_default_and_says_so(path: Path, line: str, finding: str) -> None:
    path.write_text(f"memory_limit_mb = 512\n{line}\n", encoding="utf-8")
    loaded = load_settings(path)
    assert loaded.settings == Settings(memory_limit_mb=512)
    (problem,) = loaded.problems
    assert problem.startswith(f"{path}: {finding}")
    assert problem.endswith("; the default is used.")


def test_load_with_an_unknown_key_says_that_it_is_kept(path: Path) -> None:
    path.write_text("colour = 3\n", encoding="utf-8")
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    assert loaded.problems == (f"{path}: colour is not known to this version of docclean; it is kept.",)


def test_load_with_one_model_wrong_keeps_the_other(path: Path) -> None:
    path.write_text('[models]\nshine = "x"\ndewatermark = "mine-1"\n', encoding="utf-8")
    assert load_settings(path).settings.models == {Task.DEWATERMARK: "mine-1"}


@pytest.mark.parametrize("content", [b"threads 2", b"\xff\xfe\x00", b"x = " + b"[" * 100_000, b"#" * 1_100_000])
def test_load_of_a_file_that_is_no_toml_gives_the_defaults_and_one_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1
    assert path.read_bytes() == content


def test_load_of_a_folder_says_so(path: Path) -> None:
    path.mkdir()
    assert load_settings(path).problems == (f"{path}: is a folder, not a file; name a file in it.",)


def test_load_accepts_a_byte_order_mark(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfthreads = 2\r\n")
    assert load_settings(path).settings.threads == 2


def test_save_over_a_file_that_is_no_toml_sets_it_aside(path: Path) -> None:
    path.write_bytes(b"threads 2")
    save_settings(Settings(threads=4), path)
    assert path.with_name("settings.toml.broken").read_bytes() == b"threads 2"
    assert load_settings(path).settings.threads == 4


def test_save_over_a_second_broken_file_keeps_the_first(path: Path) -> None:
    for content in (b"one", b"two"):
        path.write_bytes(content)
        save_settings(Settings(), path)
    assert path.with_name("settings.toml.broken").read_bytes() == b"one"
    assert path.with_name("settings.toml.broken2").read_bytes() == b"two"


def test_save_over_a_wrong_value_sets_the_file_aside(path: Path) -> None:
    path.write_text("threads = -4\n", encoding="utf-8")
    save_settings(load_settings(path).settings, path)
    assert path.with_name("settings.toml.broken").read_text(encoding="utf-8") == "threads = -4\n"
    assert load_settings(path).problems == ()


def test_save_keeps_keys_of_another_version(path: Path) -> None:
    path.write_text('colour = 3\n[shine]\nsoft = "x"\n', encoding="utf-8")
    save_settings(Settings(threads=4), path)
    assert path.read_text(encoding="utf-8") == 'threads = 4\ncolour = 3\n\n[shine]\nsoft = "x"\n'
    assert not path.with_name("settings.toml.broken").exists()


def test_save_into_a_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match="a part of its path is a file"):
        save_settings(Settings(), tmp_path / "file" / "settings.toml")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read and write everything")
def test_save_over_a_file_that_may_not_be_read_sets_it_aside(path: Path) -> None:
    path.write_text("threads = 2\n", encoding="utf-8")
    path.chmod(0)
    save_settings(Settings(threads=4), path)
    assert path.with_name("settings.toml.broken").exists()


def test_changed_gives_new_settings_and_checks_them() -> None:
    settings = Settings()
    assert settings.changed(threads=2).threads == 2
    assert settings.threads == 0
    with pytest.raises(ValidationError):
        settings.changed(threads=-2)
    with pytest.raises(ValidationError):
        settings.changed(treads=2)


SCALARS: st.SearchStrategy[object] = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=8), st.floats(), st.just([])
)


@hypothesis.settings(max_examples=30)
@given(st.dictionaries(st.sampled_from([*Settings.model_fields, "foreign"]), SCALARS))
def test_load_of_any_values_gives_settings(tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]) -> None:
    import tomli_w

    path = tmp_path_factory.mktemp("any") / "settings.toml"
    path.write_text(tomli_w.dumps(values), encoding="utf-8")
    loaded = load_settings(path)
    save_settings(loaded.settings, path)
    assert load_settings(path).settings == loaded.settings
