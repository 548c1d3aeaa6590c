"""Devices, precision and processes: the one file that talks to accelerate."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from patentzoo.errors import ConfigError, MissingExtraError, TrainingError
from patentzoo.train.settings import LoopConfig

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accelerate import Accelerator

log = logging.getLogger(__name__)


class Engine:
    """Where a run computes: this process's device, its precision, its place among several.

    Several processes (``accelerate launch``, ``torchrun``) take their share of each batch. The loss
    is computed on the embeddings of all of them, so that it is that of the whole batch.

    Args:
        loop: Precision, device, compilation.

    Raises:
        MissingExtraError: accelerate is not installed.
        ConfigError: The precision is not to be had on this device.
    """

    def __init__(self, loop: LoopConfig) -> None:
        self.loop = loop
        self.accelerator = _accelerator(loop)
        self.rank, self.processes = self.accelerator.process_index, self.accelerator.num_processes
        self.device: torch.device = self.accelerator.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes the files."""
        return bool(self.rank == 0)

    def network(self, network: nn.Module) -> nn.Module:
        """The network as it is called in training; its own weights stay those of ``network``."""
        if self.loop.checkpointing:
            _checkpoint_gradients(network)
        if self.processes > 1 and self.loop.sync_batchnorm:
            network = self._with_shared_statistics(network)
        called: Any = self._compiled(network) if self.loop.compile else network
        wrapped: nn.Module = (
            self.accelerator.prepare_model(called) if self.processes > 1 else called
        )
        return wrapped

    def _with_shared_statistics(self, network: nn.Module) -> nn.Module:
        """Batch norm over the whole batch, where torch can: its SyncBatchNorm needs GPUs."""
        if self.device.type == "cuda":
            convert: Any = nn.SyncBatchNorm.convert_sync_batchnorm
            shared: nn.Module = convert(network)
            return shared
        kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
        if self.is_main and any(isinstance(module, kinds) for module in network.modules()):
            log.warning(
                "loop.sync_batchnorm needs GPUs: here each of %d processes normalises by its own "
                "share of the batch, so the run differs from one process with the whole of it.",
                self.processes,
            )
        return network

    def _compiled(self, network: nn.Module) -> Any:
        if self.device.type == "cpu":
            _check_compiler()
        return torch.compile(network)

    def autocast(self) -> AbstractContextManager[Any]:
        """The forward pass's precision."""
        kinds = {"bf16": torch.bfloat16, "fp16": torch.float16}
        dtype = kinds.get(self.loop.precision)
        return torch.autocast(self.device.type, dtype, enabled=dtype is not None)

    def optimizer(self, optimizer: torch.optim.Optimizer) -> Any:
        """The optimiser as accelerate steps it (it holds fp16's loss scale)."""
        self._stepped = optimizer
        return self.accelerator.prepare_optimizer(optimizer, device_placement=False)

    def gather(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Embeddings of the whole batch; gradients reach this process's own rows."""
        if self.processes == 1:
            return embeddings
        parts = [torch.empty_like(embeddings) for _ in range(self.processes)]
        torch.distributed.all_gather(parts, embeddings.detach().contiguous())
        parts[self.rank] = embeddings
        return torch.cat(parts)

    def backward(self, loss: torch.Tensor) -> None:
        """Accumulate gradients.

        Each process sees the gradient of its own rows and accelerate averages over processes: the
        factor turns that mean into the sum, the gradient of the whole batch.
        """
        self.accelerator.backward(loss * self.processes / self.loop.accumulate)

    def finish_gradients(self, network: nn.Module, loss: Iterable[nn.Parameter]) -> None:
        """After the last ``backward`` of a step: unscale, put the loss's own right, clip."""
        if self.processes > 1:
            for parameter in loss:  # every process computed the whole gradient of these
                if parameter.grad is not None:
                    parameter.grad /= self.processes
        if self.accelerator.scaler is not None:
            self.accelerator.scaler.unscale_(self._stepped)
        if self.loop.clip_norm:
            nn.utils.clip_grad_norm_(network.parameters(), self.loop.clip_norm)

    def without_sync(self, network: nn.Module, last: bool) -> AbstractContextManager[Any]:
        """Gradients travel between processes once a step, at its last batch."""
        if last or self.processes == 1:
            return nullcontext()
        waits: AbstractContextManager[Any] = self.accelerator.no_sync(network)
        return waits

    def scale(self) -> dict[str, Any]:
        """The state of fp16's loss scale; empty for other precisions."""
        scaler = self.accelerator.scaler
        return dict(scaler.state_dict()) if scaler is not None else {}

    def load_scale(self, state: dict[str, Any]) -> None:
        """Put back what :meth:`scale` gave."""
        if state and self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(state)

    def each(self, value: Any) -> list[Any]:
        """The value of every process, in order."""
        if self.processes == 1:
            return [value]
        values: list[Any] = [None] * self.processes
        torch.distributed.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        """Until every process is here."""
        self.accelerator.wait_for_everyone()


def _accelerator(loop: LoopConfig) -> Accelerator:
    try:
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState
    except ImportError as error:
        raise MissingExtraError(
            "Training needs accelerate: pip install 'patentzoo[train]'"
        ) from error
    # Its state outlives a run; the next run in this process may want another precision.
    AcceleratorState._reset_state()
    kind = {"fp32": "no"}.get(loop.precision, loop.precision)
    gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    half_on_cpu = loop.precision == "fp16" and (loop.device == "cpu" or not gpu)
    try:
        made = Accelerator(mixed_precision="no" if half_on_cpu else kind, cpu=loop.device == "cpu")
    except (ValueError, NotImplementedError) as error:
        raise ConfigError(
            f"loop.precision = {loop.precision!r} is not to be had here ({error}). "
            "Set bf16 or fp32."
        ) from error
    if half_on_cpu:  # accelerate refuses it; torch has both halves of it, if slow ones
        log.warning("loop.precision = 'fp16' is slow without a GPU, by ten times and more: bf16.")
        made.scaler = torch.amp.GradScaler("cpu")
    return made


def _check_compiler() -> None:
    """torch.compile writes C++ for a CPU, and finds out late that nobody can build it."""
    name = os.environ.get("CXX") or ("cl" if sys.platform == "win32" else "g++")
    if shutil.which(name) is None:
        raise ConfigError(_NO_COMPILER.format(reason=f"there is no {name}"))


_NO_COMPILER = (
    "loop.compile = true: torch cannot compile the network ({reason}). Install a C++ compiler and "
    "Python's headers (Debian: apt install g++ python3-dev; macOS: xcode-select --install), name "
    "it in the variable CXX, or set loop.compile = false."
)


def compile_error(error: BaseException) -> ConfigError | None:
    """What a user can do about an error of ``torch.compile``; None for any other error."""
    kinds = ("torch._inductor.exc", "torch._dynamo.exc")
    if type(error).__module__ not in kinds:
        return None
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    told = ConfigError(_NO_COMPILER.format(reason=first[:200]))
    told.__cause__ = error
    return told


def _checkpoint_gradients(network: nn.Module) -> None:
    backbone: Any = getattr(network, "backbone", network)
    try:
        backbone.set_grad_checkpointing(True)
    except (AttributeError, AssertionError, RuntimeError, NotImplementedError) as error:
        raise ConfigError(
            f"loop.checkpointing: {type(backbone).__name__} cannot recompute its activations. "
            "Leave the key out."
        ) from error


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or here."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def memory_error(error: BaseException, rows: int, size_px: int) -> TrainingError:
    """What a user can do about it."""
    told = TrainingError(
        f"Memory ran out on a batch of {rows} pictures of {size_px} px. The last checkpoint is "
        "intact: lower loop.classes, or raise loop.accumulate with it, or set "
        "loop.checkpointing = true, and start again."
    )
    told.__cause__ = error
    return told
