"""Means over queries and their bootstrap intervals over patents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DRAWS_AT_ONCE = 500


@dataclass(frozen=True)
class Interval:
    """A mean over queries and its 95 % bootstrap interval over patents, all in [0, 1]."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap_intervals(
    values: Mapping[str, NDArray[np.floating]],
    groups: Sequence[str],
    *,
    resamples: int = 5000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Means with 95 % percentile bootstraps that resample whole groups.

    Queries of one patent stand or fall together, so patents, not queries, are drawn.

    Args:
        values: (n,) numbers, one a query, by name.
        groups: n patents, one a query.
        resamples: bootstrap draws, the same for every name.
        seed: same seed, same intervals.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    rows = [np.bincount(member, weights=each, minlength=len(names)) for each in values.values()]
    totals = np.stack([*rows, np.bincount(member, minlength=len(names)).astype(float)], axis=1)
    generator = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    sums = []
    for first in range(0, resamples, _DRAWS_AT_ONCE):
        draws = min(_DRAWS_AT_ONCE, resamples - first)
        sums.append(generator.multinomial(len(names), even, size=draws) @ totals)
    drawn = np.concatenate(sums)
    means = drawn[:, :-1] / drawn[:, -1:]
    lows, highs = np.percentile(means, [2.5, 97.5], axis=0)
    return {
        name: Interval(float(np.mean(each)), float(lows[i]), float(highs[i]))
        for i, (name, each) in enumerate(values.items())
    }


def bootstrap_interval(
    values: NDArray[np.floating], groups: Sequence[str], *, resamples: int = 5000, seed: int = 0
) -> Interval:
    """:func:`bootstrap_intervals` of one row of values."""
    return bootstrap_intervals({"": values}, groups, resamples=resamples, seed=seed)[""]
