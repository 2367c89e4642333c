"""Which processor runs the networks. torch is imported only when a GPU seems to be there."""

import ctypes.util
import functools
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from docclean.core.errors import DeviceError


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A processor.

    Attributes:
        kind: "cpu", "cuda" or "mps".
        index: Number of the card, 0 for the others.
        label: Name for people.
    """

    kind: str
    index: int
    label: str

    @property
    def name(self) -> str:
        """Name as in `--device` and in torch: "cpu", "cuda:0", "mps"."""
        return f"{self.kind}:{self.index}" if self.kind == "cuda" else self.kind


def resolve_device(name: str) -> DeviceSpec:
    """Find the device that a user asked for.

    Args:
        name: "auto" (the first GPU, else the CPU), "cpu", "cuda", "cuda:N" or "mps".

    Returns:
        The device.

    Raises:
        DeviceError: No such device here, or not a device's name.
    """
    if name == "cpu":
        return cpu_device()
    if name == "auto":
        return next(iter(_gpus()), cpu_device())
    kind, colon, number = name.partition(":")
    if kind not in {"cuda", "mps"} or (colon and not (kind == "cuda" and number.isdecimal())):
        raise DeviceError(f"{name!r} is not a device; use auto, cpu, cuda, cuda:N or mps.")
    for device in _gpus():
        if device.kind == kind and device.index == int(number or 0):
            return device
    here = ", ".join(d.name for d in list_devices())
    raise DeviceError(f"The device {name!r} is not available on this machine; available are: {here}.")


def list_devices() -> list[DeviceSpec]:
    """All devices of this machine, the CPU first."""
    return [cpu_device(), *_gpus()]


def cpu_device() -> DeviceSpec:
    """The processor of this machine."""
    return DeviceSpec("cpu", 0, f"CPU ({_processor_name()}, {available_cores()} cores)")


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _gpus() -> list[DeviceSpec]:
    if not _may_have_gpu():
        return []
    try:
        import torch
    except (ImportError, OSError):  # on Windows a library that torch misses is an OSError
        return []
    devices: list[DeviceSpec] = []
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        devices.extend(DeviceSpec("cuda", i, f"GPU {torch.cuda.get_device_name(i)}") for i in range(count))
    if torch.backends.mps.is_available():
        devices.append(DeviceSpec("mps", 0, "Apple GPU"))
    return devices


def _may_have_gpu() -> bool:
    """Whether a driver is installed, found out without loading torch."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return ctypes.util.find_library("nvcuda") is not None
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()


@functools.cache
def _processor_name() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
