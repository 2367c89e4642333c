import ctypes.util
import os
import pathlib
import platform
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docclean.core.errors import DeviceError, ExitCode
from docclean.engine import device
from docclean.engine.device import DeviceSpec, available_cores, cpu_device, list_devices, resolve_device


def install_torch(monkeypatch: pytest.MonkeyPatch, *, cards: tuple[str, ...] = (), has_mps: bool = False) -> None:
    """Put a torch in place that knows these devices, and a driver."""
    torch = SimpleNamespace(
        cuda=SimpleNamespace(
            is_available=lambda: bool(cards),
            device_count=lambda: len(cards),
            get_device_name=lambda index: cards[index],
        ),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: has_mps)),
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr(device, "_may_have_gpu", lambda: True)


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no driver; importing torch is a fault."""
    monkeypatch.setattr(device, "_may_have_gpu", lambda: False)
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("auto", "cuda:0"),
        ("cpu", "cpu"),
        ("cuda", "cuda:0"),
        ("cuda:0", "cuda:0"),
        ("cuda:1", "cuda:1"),
        ("mps", "mps"),
    ],
)
def test_resolve_device_finds_what_is_there(monkeypatch: pytest.MonkeyPatch, name: str, found: str) -> None:
    install_torch(monkeypatch, cards=("Big", "Small"), has_mps=True)
    assert resolve_device(name).name == found


def test_list_devices_has_the_cpu_first(monkeypatch: pytest.MonkeyPatch) -> None:
    install_torch(monkeypatch, cards=("Big", "Small"), has_mps=True)
    devices = list_devices()
    assert [spec.name for spec in devices] == ["cpu", "cuda:0", "cuda:1", "mps"]
    assert [spec.label for spec in devices[1:]] == ["GPU Big", "GPU Small", "Apple GPU"]
    assert devices[0].label.startswith("CPU (")


def test_auto_takes_apples_gpu_where_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    install_torch(monkeypatch, has_mps=True)
    assert resolve_device("auto") == DeviceSpec("mps", 0, "Apple GPU")


@pytest.mark.usefixtures("no_driver")
def test_auto_without_a_driver_is_the_cpu_and_needs_no_torch() -> None:
    assert resolve_device("auto") == cpu_device()
    assert list_devices() == [cpu_device()]


@pytest.mark.parametrize("fault", [ImportError("no torch"), OSError("[WinError 126] a library is missing")])
def test_auto_with_a_torch_that_cannot_load_is_the_cpu(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    class Broken:
        def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
            if name == "torch":
                raise fault

    monkeypatch.setattr(device, "_may_have_gpu", lambda: True)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    assert resolve_device("auto").kind == "cpu"
    with pytest.raises(DeviceError, match="available are: cpu"):
        resolve_device("cuda")


@pytest.mark.parametrize(
    "name", ["", "gpu", "CUDA", "cuda:x", "cuda:-1", "cuda:1.5", "cuda:", "mps:", "mps:0", "cpu:0"]
)
@pytest.mark.usefixtures("no_driver")
def test_what_is_no_device_is_refused_with_the_choices(name: str) -> None:
    with pytest.raises(DeviceError, match=f"'{name}' is not a device; use auto, cpu, cuda, cuda:N or mps"):
        resolve_device(name)


@pytest.mark.parametrize("name", ["cuda:2", "mps"])
def test_device_that_is_not_there_is_refused_with_those_that_are(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    install_torch(monkeypatch, cards=("Big", "Small"))
    with pytest.raises(DeviceError, match=f"'{name}' is not available.*: cpu, cuda:0, cuda:1") as caught:
        resolve_device(name)
    assert caught.value.exit_code is ExitCode.WRONG_USAGE


@given(st.text(max_size=12) | st.from_regex(r"\A(cuda|mps|cpu)(:\w{0,3})?\Z"))
def test_any_name_is_a_device_or_a_sentence(name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        install_torch(patch, cards=("Big",))
        try:
            spec = resolve_device(name)
        except DeviceError:
            return
        assert spec in list_devices()


@pytest.mark.parametrize(
    ("system", "machine", "library", "files", "may"),
    [
        ("linux", "x86_64", None, (), False),
        ("linux", "x86_64", None, ("/proc/driver/nvidia/version",), True),
        ("linux", "aarch64", None, ("/dev/nvidiactl",), True),
        ("win32", "AMD64", None, (), False),
        ("win32", "AMD64", "nvcuda.dll", (), True),
        ("darwin", "arm64", None, (), True),
        ("darwin", "x86_64", None, (), False),
    ],
)
def test_driver_is_looked_for_without_torch(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, library: str | None, files: tuple[str, ...], may: bool
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: library)
    monkeypatch.setattr(pathlib.Path, "exists", lambda path: path.as_posix() in files)
    assert device._may_have_gpu() is may


def test_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3, 5}, raising=False)
    assert available_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert available_cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1


def test_processor_has_a_name_where_the_system_tells_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> str:
        raise FileNotFoundError

    device._processor_name.cache_clear()
    monkeypatch.setattr(pathlib.Path, "read_text", fail)
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert cpu_device().label.startswith("CPU (riscv64, ")
    device._processor_name.cache_clear()
