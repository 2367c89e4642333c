"""What a wheel holds, and what the metadata promise."""

import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import docclean

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = [path for path in sorted((ROOT / "resources").rglob("*")) if path.is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Names and contents of the files of a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_wheel_holds_every_resource_unchanged(wheel: dict[str, bytes]) -> None:
    for path in RESOURCES:
        name = f"docclean/_resources/{path.relative_to(ROOT / 'resources').as_posix()}"
        assert wheel.get(name) == path.read_bytes(), name


def test_wheel_holds_every_module_and_the_type_marker(wheel: dict[str, bytes]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docclean").rglob("*.py")}
    assert modules | {"docclean/py.typed"} <= set(wheel)


def test_wheel_holds_nothing_else(wheel: dict[str, bytes]) -> None:
    assert {name.split("/")[0] for name in wheel} == {"docclean", f"docclean-{docclean.__version__}.dist-info"}


def test_wheel_names_version_license_and_command(wheel: dict[str, bytes]) -> None:
    folder = f"docclean-{docclean.__version__}.dist-info"
    assert f"Version: {docclean.__version__}\n" in wheel[f"{folder}/METADATA"].decode()
    assert "License-Expression: Apache-2.0\n" in wheel[f"{folder}/METADATA"].decode()
    assert b"Apache License" in wheel[f"{folder}/licenses/LICENSE"]
    assert b"docclean = docclean.__main__:main" in wheel[f"{folder}/entry_points.txt"]


def test_every_resource_is_described() -> None:
    description = (ROOT / "resources" / "README.md").read_text(encoding="utf-8")
    for path in RESOURCES:
        below = path.relative_to(ROOT / "resources")
        if below.name == "README.md":
            continue
        folder = f"{below.parent.as_posix()}/"
        assert below.as_posix() in description or f"`{folder}`" in description, f"resources/README.md: {below}"


def test_python_versions_promised_are_the_ones_ci_tests() -> None:
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    promised = {text.rsplit(" ", 1)[1] for text in classifiers if re.search(r":: 3\.\d+$", text)}
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    assert {version.strip(' "') for version in matrix.split(",")} == promised


def test_constraints_pin_one_version_each() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.match(r"[\w.-]+==[\w.]+( ; .+)?$", pin) for pin in pins)
    names = [pin.partition("==")[0].lower().replace("_", "-") for pin in pins]
    assert len(set(names)) == len(names)
