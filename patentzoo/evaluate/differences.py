"""Two models on the same queries: what the one is better by, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from patentzoo.errors import ConfigError
from patentzoo.evaluate.intervals import bootstrap_intervals
from patentzoo.evaluate.metrics import query_values

if TYPE_CHECKING:
    from patentzoo.evaluate.run import EvaluationResult

COMPARED = ("mAP", "rank-1", "hit@10")


@dataclass(frozen=True)
class Difference:
    """By how much a model is better than another, query by query.

    Attributes:
        metric: ``"mAP"`` and so on.
        model: The one.
        than: The other.
        value: Mean over queries of the one's minus the other's.
        low: Lower end of its 95 % paired bootstrap interval over patents.
        high: Upper end.
    """

    metric: str
    model: str
    than: str
    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def paired_differences(
    results: Sequence[EvaluationResult], *, resamples: int = 5000, seed: int = 0
) -> list[Difference]:
    """Compare each model with the first, on the queries they share.

    Patents are drawn, not queries, and the same ones for both models: what makes a collection easy
    or hard for both of them cancels out, so that differences are found that lie within each
    model's own interval.

    Args:
        results: Of one protocol; the first is what the others are compared with.
        resamples: Bootstrap draws.
        seed: The same seed, the same intervals.

    Returns:
        One a metric and further model, in their order.

    Raises:
        ConfigError: Results of different protocols, or without a query in common.
    """
    if not results:
        return []
    first, *others = results
    if odd := [each.protocol for each in others if each.protocol != first.protocol]:
        raise ConfigError(f"Results of {first.protocol!r} and of {odd[0]!r} cannot be compared.")
    found: list[Difference] = []
    for other in others:
        found += _compared(first, other, resamples, seed)
    return found


def _compared(
    first: EvaluationResult, other: EvaluationResult, resamples: int, seed: int
) -> list[Difference]:
    base = {query.id: query for query in first.queries}
    both = [query for query in other.queries if query.id in base]
    if not both:
        raise ConfigError(f"{first.model} and {other.model} were asked no query in common.")
    ours, theirs = query_values(both), query_values([base[query.id] for query in both])
    metrics = [name for name in COMPARED if name in ours and name in theirs]
    rows = {name: np.asarray(ours[name]) - np.asarray(theirs[name]) for name in metrics}
    patents = [query.patent for query in both]
    intervals = bootstrap_intervals(rows, patents, resamples=resamples, seed=seed)
    return [
        Difference(name, other.model, first.model, each.value, each.low, each.high)
        for name, each in intervals.items()
    ]
