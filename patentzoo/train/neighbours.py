"""Classes that look alike, to put into one batch: hard negatives are rare among classes by chance.

Batches of a class and its nearest ones by their centres: Smirnov et al., "Doppelganger mining for
face representation learning", ICCV Workshops 2017.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

NEAREST = 24
"""Neighbours kept of each class, from which a batch draws."""
TWIN_COSINE = 0.97
"""Classes whose centres lie closer are taken for the same object under two names."""
_ROWS_AT_ONCE = 1024


@torch.no_grad()
def nearest_classes(centres: torch.Tensor, count: int = NEAREST) -> npt.NDArray[np.int32]:
    """Find the classes nearest to each class, twins and the class itself left out.

    Args:
        centres: float (classes, dim), any length.
        count: Neighbours of each, at most one less than there are classes.

    Returns:
        int32 (classes, count), nearest first.
    """
    rows = functional.normalize(centres.detach().float(), dim=1)
    count = min(count, len(rows) - 1)
    found = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        cosines = rows[start : start + _ROWS_AT_ONCE] @ rows.T
        cosines[cosines > TWIN_COSINE] -= 2.0  # behind all others, yet never the class itself
        own = torch.arange(len(cosines))
        cosines[own, start + own] = -torch.inf
        found.append(cosines.topk(count, dim=1).indices.cpu())
    return torch.cat(found).numpy().astype(np.int32)


def with_neighbours(
    seeds: npt.NDArray[np.int64],
    nearest: npt.NDArray[np.int32],
    each: int,
    count: int,
    rng: np.random.Generator,
) -> list[int]:
    """Choose the classes of a batch: each seed followed by some of its neighbours.

    Args:
        seeds: (n,) classes in the order they are taken, at least ``count``.
        nearest: (classes, k) of :func:`nearest_classes`.
        each: Neighbours of each seed.
        count: Classes wanted.
        rng: Chance.

    Returns:
        ``count`` different classes.
    """
    chosen: dict[int, None] = {}
    for seed in seeds.tolist():
        near = rng.choice(nearest[seed], min(each, nearest.shape[1]), replace=False).tolist()
        chosen.update(dict.fromkeys([seed, *near]))
        if len(chosen) >= count:
            break
    return list(chosen)[:count]
