"""Measure how often the neighbours' class is right; write docs/results/search/classes.json.

    python -m docs.tools measure-classes --data ../shared/data

The title figures, one a patent, by the main class of the US classification: each is asked against
all others (``Index.measure_classes``), with one neighbour and with the twenty that vote by default.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from pathlib import Path
from typing import Any

from measure_search import OUT

import patentzoo as pz
from patentzoo.index.compare.classes import NEIGHBOURS
from patentzoo.system.files import write_text

COMMAND = "python -m docs.tools measure-classes --data ../shared/data"
MODELS = ("patentzoo-small", "patentzoo-base")
FIELD = "us_class"
NORMAL_95 = 1.96


def title_figures(data: Path) -> list[tuple[str, Path, dict[str, str]]]:
    """The figures of known class, each with the main one: D2 of D2-95."""
    with (data / "title-figures.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["patent"], row[FIELD].partition("-")[0]) for row in csv.DictReader(file)]
    folder = data / "title-figures"
    return [(name, folder / f"{name}.png", {FIELD: label, "patent": name}) for name, label in rows]


def with_interval(share: float, count: int) -> list[float]:
    """A share of ``count`` with its 95 % interval (Wilson, 1927)."""
    square = NORMAL_95**2 / count
    middle = (share + square / 2) / (1 + square)
    half = NORMAL_95 / (1 + square) * math.sqrt(share * (1 - share) / count + square / count / 4)
    return [round(value, 4) for value in (share, middle - half, middle + half)]


def measure(model: pz.RetrievalModel, drawings: list[Any]) -> dict[str, Any]:
    """One model's shares by the number of neighbours."""
    index = pz.build_index(model, drawings)
    found: dict[str, Any] = {}
    for k in (1, NEIGHBOURS):
        done = index.measure_classes(FIELD, k=k)
        found[str(k)] = {"first": with_interval(done.accuracy, done.drawings)}
        if k > 1:  # one neighbour names one class
            found[str(k)]["among three"] = with_interval(done.accuracy_top3, done.drawings)
    counts = {"drawings": done.drawings, "classes": done.classes}
    return counts | {"majority": round(done.majority, 4), "neighbours": found}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    given = parser.parse_args()
    drawings = title_figures(given.data)
    found = {name: measure(pz.load_model(name), drawings) for name in given.models}
    report = {"command": COMMAND, "models": found}
    print(json.dumps(report, indent=1))
    write_text(OUT / "classes.json", json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
