"""A million vectors clustered like those of real drawings, and questions about them.

Fields of products, patents in them, seven figures a patent; 256 dimensions of falling variance.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

DIM, K, FIGURES, FIELDS = 256, 10, 7, 400
ASKED, TRUE = 6_000, 200


def vectors(count: int, seed: int = 0) -> np.ndarray:
    """float32 (count, 256), unit rows: 0.45 of the variance a field's, 0.35 a patent's."""
    rng = np.random.default_rng(seed)
    scale = (np.arange(1, DIM + 1) ** -0.5).astype(np.float32)
    fields = np.random.default_rng(12).normal(size=(FIELDS, DIM)).astype(np.float32)
    patents = -(-count // FIGURES)
    out = np.empty((patents * FIGURES, DIM), np.float32)
    for first in range(0, patents, 20_000):
        some = min(20_000, patents - first)
        centre = 0.67 * fields[rng.integers(FIELDS, size=some)]
        centre = centre + 0.59 * rng.standard_normal((some, DIM), np.float32)
        each = np.repeat(centre, FIGURES, axis=0)
        each += 0.45 * rng.standard_normal(each.shape, np.float32)
        each *= scale
        each /= np.linalg.norm(each, axis=1, keepdims=True)
        out[first * FIGURES : (first + some) * FIGURES] = each
    return out[:count]


def kept(count: int, folder: Path) -> np.ndarray:
    """The same, made once a size."""
    file = folder / f"vectors-{count}.npy"
    if not file.is_file():
        _save(file, vectors(count))
    return np.load(file)


def queries(base: np.ndarray) -> np.ndarray:
    """float32 (ASKED, 256): further figures of patents that are there: stored vectors, moved."""
    rng = np.random.default_rng(1)
    chosen = base[rng.choice(len(base), ASKED, replace=len(base) < ASKED)]
    step = rng.standard_normal(chosen.shape, np.float32)
    moved = chosen + 0.5 * step / np.linalg.norm(step, axis=1, keepdims=True)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def truth(count: int, folder: Path) -> np.ndarray:
    """int64 (TRUE, K): the true nearest of the first queries, computed once a size."""
    file = folder / f"truth-{count}.npy"
    if not file.is_file():
        import faiss

        base = kept(count, folder)
        _save(file, faiss.knn(queries(base)[:TRUE], base, K, metric=faiss.METRIC_INNER_PRODUCT)[1])
    return np.load(file)


def _save(file: Path, array: np.ndarray) -> None:
    """Whole or not at all: a run that is broken off is started again."""
    unfinished = file.with_suffix(".tmp.npy")
    np.save(unfinished, array)
    unfinished.replace(file)
