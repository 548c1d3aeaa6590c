"""What a score means: how often strangers come as close, and a plain word for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.hit import Closeness
from patentzoo.system.arguments import NUMBER, Rule, check

ALIKE, VERY_LIKE = 90.0, 99.0
"""Percentiles from which a drawing is called so; measured in docs/search-measured.md."""

SAME = 0.98
"""Cosine from which two drawings are one picture, scanned or saved anew."""

QUANTILES = 201
"""Points that are kept of the distribution."""

_PERCENTILE = Rule("a number from 0 to 100", lambda value: NUMBER.fits(value) and 0 <= value <= 100)


@dataclass(frozen=True, eq=False)
class Scale:
    """The scores of strangers: of drawings with the closest drawing of another patent.

    Attributes:
        quantiles: float64 (q,), rising: the distribution at equal steps from 0 to 1.
        sample: From so many drawings.
    """

    quantiles: npt.NDArray[np.float64]
    sample: int

    @classmethod
    def of_scores(cls, scores: npt.NDArray[np.float32]) -> Scale:
        """The scale of the best foreign scores of some drawings, float32 (n,)."""
        steps = np.linspace(0.0, 1.0, QUANTILES)
        return cls(np.quantile(scores.astype(np.float64), steps), len(scores))

    @classmethod
    def of_meta(cls, meta: Mapping[str, Any]) -> Scale | None:
        """What a catalogue keeps of it; None for an index without."""
        text = meta.get("calibration")
        if not text:
            return None
        kept = json.loads(text)
        return cls(np.array(kept["quantiles"], np.float64), int(kept["sample"]))

    def to_meta(self) -> str:
        """The text a catalogue keeps."""
        rounded = [round(each, 6) for each in self.quantiles.tolist()]
        return json.dumps({"quantiles": rounded, "sample": self.sample})

    def percentiles(self, scores: Sequence[float] | npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return the share of drawings, in percent, whose closest stranger scores less.

        Args:
            scores: Cosines, (n,).

        Returns:
            float64 (n,), 0 to 100; between the scores that were sampled, linearly.
        """
        values = np.asarray(scores, np.float64)
        steps = np.linspace(0.0, 100.0, len(self.quantiles))
        return np.asarray(np.interp(values, self.quantiles, steps, left=0.0, right=100.0))

    def score_at(self, percentile: float) -> float:
        """The score that this percentage of the drawings' closest strangers stay below.

        Args:
            percentile: 0 to 100.

        Raises:
            ConfigError: Anything else.
        """
        check("score_at", "percentile", percentile, _PERCENTILE)
        steps = np.linspace(0.0, 100.0, len(self.quantiles))
        return float(np.interp(percentile, steps, self.quantiles))


def closeness_of(score: float, percentile: float) -> Closeness:
    """The plain word for a score."""
    if score >= SAME:
        return "same"
    if percentile >= VERY_LIKE:
        return "very like"
    return "alike" if percentile >= ALIKE else "nothing close"
