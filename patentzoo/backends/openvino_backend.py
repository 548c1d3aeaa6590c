"""OpenVINO: Intel's runtime, which runs on any x86-64 or ARM processor."""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from patentzoo.backends.cpu import has_bf16
from patentzoo.backends.openvino_import import load_openvino, shared_core
from patentzoo.backends.registry import BACKENDS
from patentzoo.models.backend import FloatArray, ModelSource, unit_rows
from patentzoo.system.cores import free_cores

if TYPE_CHECKING:
    import torch

GRAPH = "graph.xml"
"""Its weights are beside it, in ``graph.bin``."""


FEW = 2
"""So many times a few pages are left to the graph that is compiled for many."""


class OpenVINOBackend:
    """A compiled OpenVINO graph on the CPU.

    One call at a time uses all threads; further callers wait their turn, which is faster than
    sharing the cores.

    Attributes:
        graph: The folder with ``graph.xml``.
        name: ``"openvino"`` or one of its kin.
        threads: Of one call.
        singly: Pages pass one at a time, through a graph compiled for just that. It is how large
            networks run fastest on a CPU: what OpenVINO knows of the sizes it need not work out at
            each call (SwinV2-B: 1.4 times as fast). A page alone has all cores; of several, each
            core takes one, since cores that wait for one another's layers lose a tenth of the time.
        device: ``"cpu"``.
    """

    device = "cpu"

    def __init__(
        self, graph: Path, name: str, threads: int | None = None, *, singly: bool = False
    ) -> None:
        self.graph, self.name, self.threads = graph, name, threads or free_cores()
        self.singly = singly
        self._lock = threading.Lock()
        self._one: Any = None
        self._several: Any = None
        self._few = 0
        if not singly:
            self._one = self._compiled(streams=1).create_infer_request()

    def __call__(self, batch: FloatArray, *, hflip: bool = False) -> FloatArray:
        """Embed pages, see :class:`~patentzoo.backends.Backend`."""
        return unit_rows(self._run, batch, hflip)

    def _run(self, batch: FloatArray) -> FloatArray:
        with self._lock:
            if not self.singly:
                return self._infer(batch)
            if self._beside(len(batch)):
                return self._infer_beside(batch)
            return np.concatenate([self._infer(page) for page in np.split(batch, len(batch))])

    def _beside(self, count: int) -> bool:
        """Whether so many pages go beside one another.

        Fewer than there are cores do where that graph is compiled and the other one is not: for the
        last pages of a collection no second one is to be compiled and held. Where they come again,
        as queries do, it is worth it.
        """
        if 1 < self.threads <= count:
            return True
        self._few += 1
        return self._several is not None and self._one is None and self._few <= FEW

    def _infer(self, batch: FloatArray) -> FloatArray:
        if self._one is None:
            self._one = self._compiled(streams=1).create_infer_request()
        self._one.infer([batch], share_inputs=True)
        output: FloatArray = self._one.get_output_tensor().data.copy()
        return output

    def _infer_beside(self, batch: FloatArray) -> FloatArray:
        """Pages beside one another, a core each."""
        if self._several is None:
            compiled = self._compiled(streams=self.threads)
            self._several = load_openvino().AsyncInferQueue(compiled, self.threads)
        rows: dict[int, FloatArray] = {}

        def keep(request: Any, number: int) -> None:
            rows[number] = request.get_output_tensor().data.copy()

        self._several.set_callback(keep)
        for number, page in enumerate(np.split(batch, len(batch))):
            self._several.start_async([page], number, share_inputs=True)
        self._several.wait_all()
        return np.concatenate([rows[number] for number in range(len(batch))])

    def _compiled(self, streams: int) -> Any:
        openvino = load_openvino()
        core = shared_core()
        model = core.read_model(self.graph / GRAPH)
        if self.singly:
            model.reshape(openvino.PartialShape([1, *list(model.input().partial_shape)[1:]]))
        settings = {
            "INFERENCE_PRECISION_HINT": self._hint(),
            "INFERENCE_NUM_THREADS": self.threads,
            "NUM_STREAMS": streams,
            # Threads that decode share the cores: the system, not OpenVINO, places them.
            "ENABLE_CPU_PINNING": False,
        }
        return core.compile_model(model, "CPU", settings)

    def _hint(self) -> str:
        """The precision of what is not in 8 bits."""
        precision = BACKENDS[self.name].precision
        if precision == "i8":
            return "bf16" if has_bf16() else "f32"
        return precision

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the same graph."""
        opened = functools.partial(type(self), singly=self.singly)
        return opened, (self.graph, self.name, self.threads)


def write_stored(subject: ModelSource, folder: Path) -> bool:
    """Write a bundled model's graph without torch; False of a network that torch has to export."""
    from patentzoo.backends.openvino_graph import write

    stored = subject.stored()
    return stored is not None and write(*stored, subject.preprocess.size, folder / GRAPH)


def export(network: torch.nn.Module, size: tuple[int, int], folder: Path) -> None:
    """Write a network as OpenVINO's graph, float32, for batches of any size."""
    from patentzoo.backends.torch_export import traced

    openvino = load_openvino()
    model = openvino.convert_model(traced(network, size))
    model.reshape(openvino.PartialShape([-1, 1, *size]))
    openvino.save_model(model, folder / GRAPH, compress_to_fp16=False)
