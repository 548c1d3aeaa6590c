"""torch as this package computes with it, whatever the application has set for itself.

Numbers are float32 on the CPU unless said otherwise, no autocast is open, products of matrices are
in full precision. What the application has set is so again afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_HIGHEST = "highest"


class _Shared:
    """Settings of the whole process: changed by the first that comes, put back by the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._undo: list[Callable[[], None]] = []

    @contextmanager
    def ours(self) -> Iterator[None]:
        """float32 by default, and matrices multiplied in full precision."""
        with self._lock:
            self._inside += 1
            self._undo += _set_ours()
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    for undo in self._undo:
                        undo()
                    self._undo = []


_shared = _Shared()


def _set_ours() -> list[Callable[[], None]]:
    """Set what is set otherwise; how to put it back.

    A setting that was changed again meanwhile, by another thread, stays as that has left it.
    """
    import torch

    undo: list[Callable[[], None]] = []
    dtype, precision = torch.get_default_dtype(), torch.get_float32_matmul_precision()
    if dtype != torch.float32:
        torch.set_default_dtype(torch.float32)

        def put_dtype() -> None:
            if torch.get_default_dtype() == torch.float32:
                torch.set_default_dtype(dtype)

        undo.append(put_dtype)
    if precision != _HIGHEST:
        torch.set_float32_matmul_precision(_HIGHEST)

        def put_precision() -> None:
            if torch.get_float32_matmul_precision() == _HIGHEST:
                torch.set_float32_matmul_precision(precision)

        undo.append(put_precision)
    return undo


@contextmanager
def for_inference(device: str = "cpu") -> Iterator[None]:
    """Compute vectors: no gradients.

    Args:
        device: Where.
    """
    import torch

    with ExitStack() as stack:
        _enter(stack, device)
        stack.enter_context(torch.inference_mode())
        yield


@contextmanager
def for_building(device: str = "cpu") -> Iterator[None]:
    """Build, convert or train a network: tensors that gradients may be taken of.

    Random numbers drawn meanwhile are none of the application's.

    Args:
        device: Where; the default for new tensors is the CPU all the same.
    """
    import torch

    with ExitStack() as stack:
        _enter(stack, device)
        stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.random.fork_rng(devices=[]))
        yield


@contextmanager
def for_training() -> Iterator[None]:
    """The same for a whole run, which seeds torch and may set its threads."""
    import torch

    threads = torch.get_num_threads()
    with for_building(), torch.random.fork_rng():
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def _enter(stack: ExitStack, device: str) -> None:
    import torch

    stack.enter_context(_shared.ours())
    # Every call of torch is slower below a default device, so it is set only below another one.
    if _below_another_mode():
        stack.enter_context(torch.device("cpu"))
    for kind in {"cpu", device.partition(":")[0]}:
        if torch.is_autocast_enabled(kind):
            stack.enter_context(torch.autocast(kind, enabled=False))


def _below_another_mode() -> bool:
    """Whether a default device, or anything else that changes torch's functions, is in force."""
    import torch

    count: Any = getattr(torch._C, "_len_torch_function_stack", None)
    return count is None or count() > 0
