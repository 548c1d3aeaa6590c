"""Several views of one product as one query: their scores become one."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError, near_miss

Fusion = Literal["max", "mean", "rrf"]
Scores = npt.NDArray[np.float32]

BEST: Fusion = "max"
"""What ``views=True`` means: the best on the development protocol, see docs/index-guide.md."""

RANK_CONSTANT = 60
"""Of reciprocal-rank fusion, as its authors set it."""


def check_fusion(views: bool | str | None) -> Fusion | None:
    """The fusion that ``views=`` asks for; None for queries of their own.

    Raises:
        QueryError: An unknown one.
    """
    if views is None or isinstance(views, bool):
        return BEST if views else None
    for name in get_args(Fusion):
        if views == name:
            return name  # type: ignore[no-any-return]
    raise QueryError(f"views = {views!r}. {near_miss(str(views), get_args(Fusion))}")


def fuse(scores: Scores, fusion: Fusion) -> Scores:
    """One score a candidate.

    Args:
        scores: float32 (v, c): the cosine of each view with each candidate, in [-1, 1].
        fusion: ``"max"``: the best view counts; ``"mean"``: all views count alike; ``"rrf"``:
            reciprocal-rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009), the mean over views
            of 61 / (60 + rank), in (0, 1].

    Returns:
        float32 (c,), higher is closer.
    """
    if fusion == "max":
        return np.asarray(scores.max(axis=0))
    if fusion == "mean":
        return np.asarray(scores.mean(axis=0, dtype=np.float64), dtype=np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None], axis=1)
    rates = (RANK_CONSTANT + 1) / (RANK_CONSTANT + ranks)
    return np.asarray(rates.mean(axis=0), dtype=np.float32)
