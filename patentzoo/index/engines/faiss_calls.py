"""The calls of faiss that all engines share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.index.engines.protocol import Mask, Neighbors, Vectors
from patentzoo.system.forked import spare_faiss
from patentzoo.system.text import is_unicode


def load_faiss() -> Any:
    """Import faiss; its import takes a while, and growing an index does not need it."""
    import faiss

    spare_faiss(faiss)
    return faiss


def write_index(index: Any, path: Path, flags: int = 0) -> None:
    """Write an index of faiss to a file."""
    faiss = load_faiss()
    if is_unicode(str(path)):
        faiss.write_index(index, str(path), flags)
        return
    with path.open("wb") as stream:  # faiss takes no other names
        faiss.write_index(index, faiss.PyCallbackIOWriter(stream.write), flags)


def read_index(path: Path, flags: int = 0) -> Any:
    """Read what :func:`write_index` wrote."""
    faiss = load_faiss()
    if is_unicode(str(path)):
        return faiss.read_index(str(path), flags)
    with path.open("rb") as stream:
        return faiss.read_index(faiss.PyCallbackIOReader(stream.read), flags)


def search_with(index: Any, queries: Vectors, k: int, parameters: Any) -> Neighbors:
    """Scores and rows, (q, k), of a faiss index, whatever else the process has imported.

    pytorch-metric-learning and others import faiss.contrib.torch_utils, which puts a ``search``
    without ``params`` in the place of every index's own and keeps that as ``search_numpy``.
    """
    method = getattr(index, "search_numpy", index.search)
    scores, rows = method(np.ascontiguousarray(queries), k, params=parameters)
    return scores, rows


def selector(filter_mask: Mask) -> tuple[Any, npt.NDArray[np.uint8]]:
    """A faiss selector of positions, and the bits it points to: keep them until it is done."""
    bits = np.packbits(filter_mask, bitorder="little")
    return load_faiss().IDSelectorBitmap(bits), bits


def stored(index: Any, positions: npt.NDArray[np.int64]) -> Vectors:
    """The vectors that a faiss graph keeps at some positions: float32 (n, dim).

    faiss.contrib.torch_utils makes torch's tensors of them.
    """
    return np.asarray(index.storage.reconstruct_batch(positions), np.float32)
