"""Measure how often the words for scores are right; write docs/results/search/calibration.json.

    python -m docs.tools measure-calibration --data ../shared/data

The development protocol by figures, twenty times over: half of the patents, at random, are indexed,
which calibrates the index. *Absent*: figures of the other half's patents are asked, none of which
is there. *Present*: figures of the indexed patents with another figure are asked, each left out of
its own ranking; both what the first hit is called and what the best figure of the own patent is.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from measure_search import OUT, real

import patentzoo as pz
from patentzoo.hit import Closeness, Hit
from patentzoo.system.files import write_text

COMMAND = "python -m docs.tools measure-calibration --data ../shared/data"
MODELS = ("resnet10t-arcface-linedraw", "patentzoo-base")
WORDS = get_args(Closeness)
DRAWS = 20


def shares(words: Sequence[str | None]) -> dict[str, float]:
    """How often each word was said."""
    counts = Counter(words)
    return {word: round(counts[word] / len(words), 3) for word in WORDS}


def own_of(hits: Sequence[Hit], patent: str) -> Hit:
    """The best hit of a patent."""
    return next(hit for hit in hits if hit.patent == patent)


def measure(model: pz.RetrievalModel, drawings: pz.Embeddings) -> dict[str, Any]:
    """The shares of the words over all draws, and the scores they begin at on average."""
    rng = np.random.default_rng(0)
    patents = np.array([data["patent"] for data in drawings.metadata])
    different, counts = np.unique(patents, return_counts=True)
    several = set(different[counts > 1])
    said: dict[str, list[str | None]] = {"absent": [], "present": [], "own": []}
    levels = []
    for _ in range(DRAWS):
        half = set(rng.permutation(different)[: len(different) // 2])
        inside = np.array([patent in half for patent in patents])
        index = pz.build_index(model, drawings.select(np.flatnonzero(inside)))
        assert index.calibration is not None
        levels.append([index.calibration.score_at(level) for level in (50, 90, 99)])
        asked = drawings.select(np.flatnonzero(~inside))
        said["absent"] += [result[0].closeness for result in pz.search(index, asked, k=1)]
        for row in np.flatnonzero(inside):
            if patents[row] in several:
                one = drawings.select([row])
                (result,) = pz.search(index, one, k=None, exclude=one.ids)
                said["present"].append(result[0].closeness)
                said["own"].append(own_of(result, patents[row]).closeness)
    scores = np.mean(levels, axis=0).round(3).tolist()
    found: dict[str, Any] = {name: shares(words) for name, words in said.items()}
    return found | {"scores": dict(zip(("median", "alike", "very like"), scores, strict=True))}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    given = parser.parse_args()
    found = {}
    for name in given.models:
        model = pz.load_model(name)
        found[name] = measure(model, real(model, given.data))
    report = {"command": COMMAND, "draws": DRAWS, "models": found}
    print(json.dumps(report, indent=1))
    write_text(OUT / "calibration.json", json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
