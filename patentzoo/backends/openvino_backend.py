"""OpenVINO: Intel's runtime, which runs on any x86-64 or ARM processor."""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from patentzoo.backends.kinds import BACKENDS
from patentzoo.backends.protocol import FloatArray, unit_rows
from patentzoo.cores import free_cores

if TYPE_CHECKING:
    import torch

GRAPH = "graph.xml"
"""Its weights are beside it, in ``graph.bin``."""


class OpenVINOBackend:
    """A compiled OpenVINO graph on the CPU.

    One call at a time uses all threads; further callers wait their turn, which is faster than
    sharing the cores.

    Attributes:
        graph: The folder with ``graph.xml``.
        name: ``"openvino"`` or ``"openvino-bf16"``.
        threads: Of one call.
        singly: Pages pass one at a time, through a graph compiled for just that. It is how large
            networks run fastest on a CPU: one page keeps all cores busy, and what OpenVINO knows
            of the sizes it need not work out at each call (SwinV2-B: 1.4 times as fast).
        device: ``"cpu"``.
    """

    device = "cpu"

    def __init__(
        self, graph: Path, name: str, threads: int | None = None, *, singly: bool = False
    ) -> None:
        import openvino

        self.graph, self.name, self.threads = graph, name, threads or free_cores()
        self.singly = singly
        settings = {
            "INFERENCE_PRECISION_HINT": BACKENDS[name].precision,
            "INFERENCE_NUM_THREADS": self.threads,
            "NUM_STREAMS": 1,
            # Threads that decode share the cores: the system, not OpenVINO, places them.
            "ENABLE_CPU_PINNING": False,
        }
        core = openvino.Core()
        model = core.read_model(graph / GRAPH)
        if singly:
            model.reshape(openvino.PartialShape([1, *list(model.input().partial_shape)[1:]]))
        self._request: Any = core.compile_model(model, "CPU", settings).create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, batch: FloatArray, *, hflip: bool = False) -> FloatArray:
        """Embed pages, see :class:`~patentzoo.backends.Backend`."""
        return unit_rows(self._run, batch, hflip)

    def _run(self, batch: FloatArray) -> FloatArray:
        parts = np.split(batch, len(batch)) if self.singly else [batch]
        with self._lock:
            return np.concatenate([self._infer(part) for part in parts])

    def _infer(self, batch: FloatArray) -> FloatArray:
        self._request.infer([batch], share_inputs=True)
        output: FloatArray = self._request.get_output_tensor().data.copy()
        return output

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the same graph."""
        opened = functools.partial(type(self), singly=self.singly)
        return opened, (self.graph, self.name, self.threads)


def export(network: torch.nn.Module, size_px: int, folder: Path) -> None:
    """Write a network as OpenVINO's graph, float32, for batches of any size."""
    import openvino

    from patentzoo.backends.traced import traced

    model = openvino.convert_model(traced(network, size_px))
    model.reshape(openvino.PartialShape([-1, 1, size_px, size_px]))
    openvino.save_model(model, folder / GRAPH, compress_to_fp16=False)
