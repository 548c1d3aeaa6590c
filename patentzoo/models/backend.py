"""What every backend is: a function from pages to unit rows, and a few words about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

    from patentzoo.models.config import NetworkConfig
    from patentzoo.models.preprocess import Preprocess

FloatArray = npt.NDArray[np.float32]


class Backend(Protocol):
    """A network that is ready to run. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """One of ``BACKENDS``."""

    @property
    def device(self) -> str:
        """Where it runs, as torch writes it: ``"cpu"``, ``"cuda:1"``."""

    @property
    def threads(self) -> int:
        """How many CPU threads one call may use."""

    def __call__(self, batch: FloatArray, *, hflip: bool = False) -> FloatArray:
        """Embed pages.

        Args:
            batch: float32 (B, 1, S, S), B at least 1; any B from call to call.
            hflip: Average with the embedding of the mirror image.

        Returns:
            float32 (B, dim), rows of length 1. A row the network gives no direction is NaN.
        """


class ModelSource(Protocol):
    """What a backend is opened for: a network that may not have been built yet."""

    @property
    def name(self) -> str:
        """The model's name, for messages."""

    @property
    def fingerprint(self) -> str:
        """64 hex digits; graphs are kept under it."""

    @property
    def size_px(self) -> int:
        """Side of the input."""

    @property
    def preprocess(self) -> Preprocess:
        """How a drawing becomes that input."""

    @property
    def weights(self) -> int:
        """How many numbers the network holds."""

    @property
    def cache(self) -> Path:
        """The folder where graphs and self-check results are kept."""

    def stored(self) -> tuple[NetworkConfig, Mapping[str, npt.NDArray[Any]]] | None:
        """What it is made of, and its weights by name; None where they need torch to be read."""

    def build(self) -> torch.nn.Module:
        """The network, float32 (B, 1, S, S) -> (B, dim), in eval mode on the CPU."""


def unit_rows(
    run: Callable[[FloatArray], FloatArray], batch: FloatArray, hflip: bool
) -> FloatArray:
    """Normalise what a network gives, and average with the mirror image's where asked for."""
    rows = _unit(run(np.ascontiguousarray(batch)))
    if hflip:
        rows = _unit(rows + _unit(run(np.ascontiguousarray(batch[..., ::-1]))))
    return rows


def _unit(rows: FloatArray) -> FloatArray:
    # No epsilon: a zero row has no direction, becomes NaN here and is reported by encode().
    with np.errstate(invalid="ignore", divide="ignore"):
        unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
