"""Devices, precision and processes: the one file that talks to accelerate."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from patentzoo.errors import ConfigError, MissingExtraError, TrainingError
from patentzoo.train.settings import LoopConfig

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accelerate import Accelerator


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
        several = self.processes > 1 and self.device.type == "cuda"
        if several and self.loop.sync_batchnorm:
            convert: Any = nn.SyncBatchNorm.convert_sync_batchnorm
            network = convert(network)
        called: Any = torch.compile(network) if self.loop.compile else network
        wrapped: nn.Module = (
            self.accelerator.prepare_model(called) if self.processes > 1 else called
        )
        return wrapped

    def autocast(self) -> AbstractContextManager[Any]:
        """The forward pass's precision."""
        kinds = {"bf16": torch.bfloat16, "fp16": torch.float16}
        dtype = kinds.get(self.loop.precision)
        return torch.autocast(self.device.type, dtype, enabled=dtype is not None)

    def optimizer(self, optimizer: torch.optim.Optimizer) -> Any:
        """The optimiser as accelerate steps it (it holds fp16's loss scale)."""
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
        self.accelerator.unscale_gradients()
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
    refused = f"loop.precision = {loop.precision!r} is not to be had here"
    try:
        made = Accelerator(mixed_precision=kind, cpu=loop.device == "cpu")
    except (ValueError, NotImplementedError) as error:
        raise ConfigError(f"{refused} ({error}). Set bf16 or fp32.") from error
    if loop.precision == "fp16" and made.device.type == "cpu":
        raise ConfigError(f"{refused}: it needs a GPU. Set bf16 or fp32.")
    return made


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
