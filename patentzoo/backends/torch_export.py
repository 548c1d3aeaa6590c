"""torch's own export: what the exporters of OpenVINO and ONNX start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def traced(network: torch.nn.Module, size: tuple[int, int]) -> torch.export.ExportedProgram:
    """Record what a network computes, for pages of one height and width and batches of any.

    Raises:
        Exception: Whatever torch raises on a network that it cannot record.
    """
    import torch

    # Two pages: a batch of one would be recorded as always one.
    pages = torch.zeros(2, 1, *size)
    batch = torch.export.Dim("batch")
    with torch.no_grad():
        return torch.export.export(network.eval(), (pages,), dynamic_shapes=({0: batch},))
