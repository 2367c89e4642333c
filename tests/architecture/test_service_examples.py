"""The examples of services and of a cluster in `packaging` start what docclean has."""

import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer

from docclean.cli.main import app
from docclean.cli.sharing_options import chosen_workers

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "packaging" / "systemd").rglob("*.service"))
TASK = ROOT / "packaging" / "windows" / "docclean-watch.xml"
KUBERNETES = ROOT / "packaging" / "kubernetes"


def known_options(command: str = "watch") -> set[str]:
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]  # the app is a group of commands
    return {name for parameter in found.params for name in parameter.opts}


def options_in(text: str) -> set[str]:
    return set(re.findall(r"(?<!\S)--[a-z-]+", text))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.parent.name)
def test_unit_starts_a_watch_with_options_that_there_are(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    (start,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert start.split()[1:5] == ["docclean", "watch", "${IN}", "${OUT}"]
    (examples,) = re.findall(r"^# +OPTIONS=(.*)$", text, re.MULTILINE)
    assert options_in(examples)
    assert options_in(examples) <= known_options()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.parent.name)
def test_unit_is_one_that_systemd_understands(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    copy = tmp_path / unit.name.replace("@", "@scans")
    shutil.copy(unit, copy)
    command = [analyze, "--system", "--man=no", "--recursive-errors=no", "verify", str(copy)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if "Failed to initialize manager" in result.stderr:
        pytest.skip("systemd cannot look at units here")
    assert copy.name not in result.stderr


def test_task_starts_a_watch_with_options_that_there_are_and_never_times_out() -> None:
    space = {"task": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = ET.parse(TASK).getroot()  # noqa: S314 - our own file
    arguments = task.findtext("task:Actions/task:Exec/task:Arguments", namespaces=space)
    assert arguments is not None
    words = shlex.split(arguments, posix=False)
    assert words[0] == "watch"
    assert options_in(arguments)
    assert options_in(arguments) <= known_options()
    assert task.findtext("task:Settings/task:ExecutionTimeLimit", namespaces=space) == "PT0S"


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML, which Ray brings, is not installed (extra `cluster`)")
    found = list(yaml.safe_load_all((KUBERNETES / "docclean-rayjob.yaml").read_text(encoding="utf-8")))
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in found}


def groups_of(objects: dict[str, Any]) -> list[dict[str, Any]]:
    cluster = objects["RayJob/docclean"]["spec"]["rayClusterSpec"]
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def test_ray_job_starts_a_run_over_the_cluster_with_options_that_there_are(objects: dict[str, Any]) -> None:
    words = shlex.split(objects["RayJob/docclean"]["spec"]["entrypoint"])
    assert words[:2] == ["docclean", "clean"]
    assert {word for word in words if word.startswith("-")} <= known_options("clean")
    value = dict(pairwise(words))
    assert (value["--engine"], value["--address"]) == ("ray", "auto")
    assert value["--device"] in ("auto", "cpu")
    assert chosen_workers(value["--workers"], value["--engine"], value["--address"])


def test_ray_job_has_room_for_its_actors_and_none_on_the_head(objects: dict[str, Any]) -> None:
    words = shlex.split(objects["RayJob/docclean"]["spec"]["entrypoint"])
    head, *workers = groups_of(objects)
    cores = [int(group["rayStartParams"]["num-cpus"]) for group in workers]
    assert head["rayStartParams"]["num-cpus"] == "0"
    room = sum(group["replicas"] * each for group, each in zip(workers, cores, strict=True))
    assert room == int(dict(pairwise(words))["--workers"])
    for group, each in zip(workers, cores, strict=True):
        (container,) = group["template"]["spec"]["containers"]
        assert {container["resources"][kind]["cpu"] for kind in ("requests", "limits")} == {str(each)}


def test_ray_job_finds_inputs_and_results_under_the_same_paths_everywhere(objects: dict[str, Any]) -> None:
    words = shlex.split(objects["RayJob/docclean"]["spec"]["entrypoint"])
    asked = {words[words.index("--recursive") + 1], words[words.index("-o") + 1]}
    for group in groups_of(objects):
        pod = group["template"]["spec"]
        (container,) = pod["containers"]
        claims = {each["name"]: each["persistentVolumeClaim"]["claimName"] for each in pod["volumes"]}
        mounted = {each["mountPath"]: claims[each["name"]] for each in container["volumeMounts"]}
        assert mounted.keys() == asked
        for claim in mounted.values():
            assert objects[f"PersistentVolumeClaim/{claim}"]["spec"]["accessModes"] == ["ReadWriteMany"]
        writable = [each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")]
        assert writable == [words[words.index("-o") + 1]]
        assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in container["env"]


def test_cluster_runs_one_image_with_the_ray_that_the_tests_passed_with(objects: dict[str, Any]) -> None:
    (tested,) = re.findall(r"^ray==(.*)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    recipe = (KUBERNETES / "Dockerfile").read_text(encoding="utf-8")
    pods = [group["template"]["spec"] for group in groups_of(objects)]
    images = {container["image"] for pod in pods for container in pod["containers"]}
    assert set(re.findall(r"rayproject/ray:([0-9.]+)|ray\[default\]==([0-9.]+)", recipe)) == {
        (tested, ""),
        ("", tested),
    }
    assert objects["RayJob/docclean"]["spec"]["rayClusterSpec"]["rayVersion"] == tested
    assert images == set(re.findall(r"docker build .* -t (\S+) ", recipe))
