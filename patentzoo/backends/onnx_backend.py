"""ONNX Runtime: Microsoft's runtime for the common exchange format of networks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patentzoo.errors import ModelError
from patentzoo.models.backend import FloatArray, unit_rows
from patentzoo.system.cores import free_cores

if TYPE_CHECKING:
    import torch

GRAPH = "graph.onnx"


class OnnxBackend:
    """A session of ONNX Runtime on the CPU; several threads may run it at once.

    Attributes:
        graph: The folder with ``graph.onnx``.
        name: ``"onnx"``.
        threads: Of one call.
        device: ``"cpu"``.
    """

    device = "cpu"

    def __init__(self, graph: Path, name: str = "onnx", threads: int | None = None) -> None:
        import onnxruntime

        self.graph, self.name, self.threads = graph, name, threads or free_cores()
        self._pid = os.getpid()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        # Idle threads sleep: they would otherwise take the cores from those that decode.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            graph / GRAPH, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: FloatArray, *, hflip: bool = False) -> FloatArray:
        """Embed pages, see :class:`~patentzoo.backends.Backend`."""
        return unit_rows(self._run, batch, hflip)

    def _run(self, batch: FloatArray) -> FloatArray:
        if self._pid != os.getpid():
            raise ModelError(
                "This process was forked after the model was opened with backend='onnx', whose "
                "threads do not survive that. Start processes with "
                "multiprocessing.get_context('spawn'), or use backend='torch'."
            )
        output: FloatArray = self._session.run(None, {self._input: batch})[0]
        return output

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the same graph."""
        return type(self), (self.graph, self.name, self.threads)


def export(network: torch.nn.Module, size: tuple[int, int], folder: Path) -> None:
    """Write a network as an ONNX graph, float32, for batches of any size."""
    import torch

    from patentzoo.backends.torch_export import traced

    program = torch.onnx.export(traced(network, size), dynamo=True, verbose=False)
    assert program is not None  # None only where a file name is given
    # Beyond 2 GB the format needs a second file; torch then writes graph.onnx.data beside it.
    program.save(folder / GRAPH)
