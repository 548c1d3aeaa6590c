"""torch: as it stands, channels last, in half precision, or compiled."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from patentzoo.backends.registry import BACKENDS
from patentzoo.backends.torch_parts import Parts
from patentzoo.errors import ConfigError
from patentzoo.models.backend import FloatArray
from patentzoo.system.forked import spare_torch
from patentzoo.system.torch_settings import for_building, for_inference

if TYPE_CHECKING:
    import torch


class TorchBackend:
    """A torch module in eval mode.

    Attributes:
        network: float32 (B, 1, S, S) -> (B, dim), on ``device``.
        device: Where it runs.
        name: ``"torch"`` or one of its ways.
        parts: Decides whether batches pass whole or in parts; None: whole.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        device: str,
        name: str = "torch",
        parts: Parts | None = None,
    ) -> None:
        self.name = name
        self.parts = None if device != "cpu" or "compiled" in name else parts
        self.device = device
        with for_building(device):
            self.network = network.to(device).eval()
            self._prepare()

    @property
    def threads(self) -> int:
        """As torch counts them, for the whole process."""
        import torch

        return torch.get_num_threads()

    def __call__(self, batch: FloatArray, *, hflip: bool = False) -> FloatArray:
        """Embed pages, see :class:`~patentzoo.backends.Backend`."""
        import torch

        spare_torch(torch)
        if self.parts is None:
            return self._rows(batch, hflip)
        return self.parts(lambda pages: self._rows(pages, hflip), batch, self.threads)

    def _rows(self, batch: FloatArray, hflip: bool) -> FloatArray:
        import torch

        # A copy where the array is read-only: torch warns about sharing memory it may write to.
        owned = batch if batch.flags.writeable and batch.flags.c_contiguous else batch.copy()
        with for_inference(self.device), self._precision():
            pixels = torch.from_numpy(owned).to(self.device)
            if self._channels_last:
                pixels = pixels.to(memory_format=torch.channels_last)
            vectors = _unit(self._run(pixels).float())
            if hflip:
                vectors = _unit(vectors + _unit(self._run(pixels.flip(-1)).float()))
            rows: FloatArray = vectors.cpu().numpy()
        return rows

    def _prepare(self) -> None:
        """What the name asks for beyond plain torch."""
        import torch

        kind = BACKENDS[self.name]
        self._half = {"bf16": torch.bfloat16, "f16": torch.float16}.get(kind.precision)
        compiled = "compiled" in self.name
        self._channels_last = self.name != "torch" and not compiled
        if self._channels_last:
            self.network = self.network.to(memory_format=torch.channels_last)
        self._called: Any = self.network
        self._compiling: set[bool] | None = None
        if compiled:
            check_compiler(self.device)
            self._called = torch.compile(self.network)
            self._lock, self._compiling = threading.Lock(), {True, False}

    def _precision(self) -> Any:
        import torch

        if self._half is None:
            return nullcontext()
        return torch.autocast(self.device.partition(":")[0], self._half)

    def _run(self, pixels: torch.Tensor) -> torch.Tensor:
        """Call the network; a compiled one is compiled by one thread at a time."""
        if self._compiling is None:
            output: torch.Tensor = self._called(pixels)
            return output
        import torch

        alone = len(pixels) == 1
        if not alone:  # so that a second size does not compile anew
            torch._dynamo.mark_dynamic(pixels, 0)
        if alone not in self._compiling:
            output = self._called(pixels)
            return output
        with self._lock:
            output = self._called(pixels)
            self._compiling.discard(alone)
            return output

    def __getstate__(self) -> dict[str, Any]:
        """Name, device, network and outcomes travel; what was compiled is compiled again."""
        kept = ("name", "device", "network", "parts")
        return {key: self.__dict__[key] for key in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        with for_building(self.device):
            self._prepare()


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    # No epsilon: a zero vector has no direction, becomes NaN here and is reported by encode().
    unit: torch.Tensor = vectors / vectors.norm(dim=1, keepdim=True)
    return unit


def check_compiler(device: str) -> None:
    """Raise ConfigError where ``torch.compile`` would find no compiler."""
    import importlib.util

    if device.startswith("cuda"):
        if importlib.util.find_spec("triton") is None:
            raise ConfigError(
                "backend = 'torch-compiled' needs triton on a GPU: pip install triton, or use "
                "backend='torch-bf16'."
            )
        return
    named = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    if sys.platform != "win32" and shutil.which(named) is None:
        raise ConfigError(
            f"backend = 'torch-compiled' needs a C++ compiler, and {named!r} is not here. Install "
            "one (Debian: apt install g++), name one by the variable CXX, or use backend='torch'."
        )
