"""Which device a network runs on."""

from __future__ import annotations

from patentzoo.backends.cpu import may_have_gpu
from patentzoo.backends.registry import BACKENDS
from patentzoo.errors import ConfigError, near_miss

DEVICES = ("auto", "cpu", "cuda", "mps")


def pick_device(device: str) -> str:
    """Resolve ``"auto"`` to cuda, mps or cpu, in that order.

    Raises:
        ConfigError: An unknown device, or one this machine lacks.
    """
    import torch

    kind = device.partition(":")[0]
    if kind not in DEVICES:
        raise ConfigError(f"device = {device!r} is unknown. {near_miss(device, DEVICES)}")
    has_cuda, has_mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if has_cuda else "mps" if has_mps else "cpu"
    if (kind == "cuda" and not has_cuda) or (kind == "mps" and not has_mps):
        raise ConfigError(f"device = {device!r}, but torch finds none here. Use device='auto'.")
    try:
        torch.empty(0, device=device)
    except RuntimeError as error:
        raise ConfigError(f"device = {device!r} cannot be used: {error}") from error
    return device


def resolve(device: str, backend: str) -> str:
    """The device for a backend; torch is asked only where it could find another than the CPU.

    Raises:
        ConfigError: An unknown device, or one this machine lacks.
    """
    cpu_only = backend in BACKENDS and BACKENDS[backend].devices == ("cpu",)
    if device == "cpu" or (device == "auto" and (cpu_only or not may_have_gpu())):
        return "cpu"
    return pick_device(device)
