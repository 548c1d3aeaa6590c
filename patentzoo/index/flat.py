"""Exact search by faiss: every vector is compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class FlatEngine:
    """Inner products of unit vectors, which are cosines, against all rows.

    Args:
        vectors: float32 (n, dim), unit rows.
    """

    name = "flat"

    def __init__(self, vectors: Vectors) -> None:
        import faiss

        self._index: Any = faiss.IndexFlatIP(int(vectors.shape[1]))
        self._index.add(np.ascontiguousarray(vectors))

    def search(
        self, queries: Vectors, k: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """Find the k closest rows of each query.

        Args:
            queries: float32 (m, dim), unit rows.
            k: At most n.
            allowed: bool (n,); rows that may be found. None: all.

        Returns:
            Cosines, float32 (m, k) in [-1, 1], never rising along a row, and row numbers, int64
            (m, k); equal cosines by row number. Where fewer than k rows are allowed: -1 at the end.
        """
        import faiss

        parameters = None
        if allowed is not None:
            # The bitmap must outlive the search: faiss keeps a bare pointer to it.
            bitmap = np.packbits(allowed, bitorder="little")
            make: Any = faiss  # its stubs describe the C++ constructors, not the Python ones
            parameters = make.SearchParameters(sel=make.IDSelectorBitmap(bitmap))
        scores, rows = self._index.search(np.ascontiguousarray(queries), k, params=parameters)
        scores = np.where(rows < 0, -np.inf, scores)
        order = np.lexsort((rows, -scores), axis=1)
        rows = np.take_along_axis(rows, order, axis=1)
        scores = np.take_along_axis(scores, order, axis=1)
        return np.clip(scores, -1.0, 1.0).astype(np.float32), rows
