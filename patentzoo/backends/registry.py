"""The backends by name: what each needs, and where it runs."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from patentzoo.backends.cpu import has_bf16, has_float16
from patentzoo.errors import ConfigError, MissingExtraError, near_miss

AUTO = "auto"
BACKEND_VARIABLE = "PATENTZOO_BACKEND"
"""Names the backend that ``"auto"`` stands for, e.g. for a server with a read-only disk."""

LARGE = 20_000_000
"""Weights of a network that keeps all cores busy with one page."""


@dataclass(frozen=True)
class BackendSpec:
    """One way to run a network.

    Attributes:
        name: What ``load_model(backend=...)`` takes.
        family: Which library runs it.
        devices: Where it can run.
        precision: Of the multiplications; what goes in and comes out is float32 everywhere.
        extra: What installs it; empty for torch.
        modules: What has to be importable.
    """

    name: str
    family: Literal["torch", "openvino", "onnx"]
    devices: tuple[str, ...]
    precision: Literal["f32", "bf16", "f16", "i8"] = "f32"
    extra: str = ""
    modules: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Of the library that runs it."""
        return metadata.version({"onnx": "onnxruntime"}.get(self.family, self.family))

    @property
    def installed(self) -> bool:
        """Whether its library is here."""
        return all(importlib.util.find_spec(module) is not None for module in self.modules)

    @property
    def graph(self) -> str:
        """Which exported graph it runs; empty for torch. What differs by precision alone shares."""
        if self.family == "torch":
            return ""
        return f"{self.family}-int8" if self.precision == "i8" else self.family

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"pip install 'patentzoo[{self.extra}]'"

    def unusable_on(self, device: str) -> str:
        """Why it cannot run on a device here; empty where it can. Knows CPUs only, no GPU."""
        kind = device.partition(":")[0]
        if kind not in self.devices:
            return f"runs on {' and '.join(self.devices)}, not on {device}"
        if kind == "cpu" and self.precision == "bf16" and not has_bf16():
            return "needs a processor that multiplies bfloat16 (avx512_bf16 or amx_bf16)"
        if kind == "cpu" and self.precision == "f16" and not has_float16():
            return "needs a processor that multiplies float16 (avx512_fp16 or amx_fp16)"
        return ""

    def check(self, device: str) -> None:
        """Raise where it is not installed or cannot run on a device.

        Raises:
            MissingExtraError: Its library is not here.
            ConfigError: Another device, or a chip without bfloat16 or float16.
        """
        if not self.installed:
            raise MissingExtraError(
                f"backend = {self.name!r} needs {' and '.join(self.modules)}: {self.install}"
            )
        if reason := self.unusable_on(device):
            raise ConfigError(f"backend = {self.name!r} {reason}. Use backend='auto'.")


_ANY = ("cpu", "cuda", "mps")
_FAST = ("cpu", "cuda")
BACKENDS = {
    kind.name: kind
    for kind in (
        BackendSpec("torch", "torch", _ANY),
        BackendSpec("torch-channels-last", "torch", _FAST),
        BackendSpec("torch-bf16", "torch", _FAST, "bf16"),
        BackendSpec("torch-fp16", "torch", ("cuda",), "f16"),
        BackendSpec("torch-compiled", "torch", _FAST),
        BackendSpec("torch-compiled-bf16", "torch", _FAST, "bf16"),
        BackendSpec("openvino", "openvino", ("cpu",), "f32", "openvino", ("openvino",)),
        BackendSpec("openvino-bf16", "openvino", ("cpu",), "bf16", "openvino", ("openvino",)),
        BackendSpec("openvino-f16", "openvino", ("cpu",), "f16", "openvino", ("openvino",)),
        BackendSpec("openvino-int8", "openvino", ("cpu",), "i8", "int8", ("openvino", "nncf")),
        BackendSpec("onnx", "onnx", ("cpu",), "f32", "onnx", ("onnxruntime", "onnxscript")),
    )
}


def check_name(backend: str) -> None:
    """Raise ConfigError for a name that is no backend's."""
    if backend != AUTO and backend not in BACKENDS:
        raise ConfigError(
            f"backend = {backend!r} is unknown. {near_miss(backend, {AUTO, *BACKENDS})}"
        )
