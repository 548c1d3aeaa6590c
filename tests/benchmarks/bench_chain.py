"""The whole chain at full size, and three losses on one budget.

    python -m patentzoo.data.drawn_deeppatent DRAWN --patents 600
    python tests/benchmarks/bench_chain.py DRAWN --out docs/results/drawn

Pre-trains without labels, fine-tunes with each loss from there, measures all on the test queries,
loads the best and searches. What is finished already is not done again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import patentzoo as pz
from patentzoo.atomic import write_text
from patentzoo.data.deeppatent import DeepPatent
from patentzoo.evaluate import EvaluationResult, evaluate, load_protocol, write_json
from patentzoo.evaluate.metrics import bootstrap_interval
from patentzoo.train import finetune, pretrain

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
TUNED = ("drawn-arcface", "drawn-infonce", "drawn-triplet")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def train(data: str, runs: Path, name: str) -> Path:
    """A recipe's model, trained if it is not there."""
    done = runs / name / "model"
    if (done / "card.toml").exists():
        return done
    began = time.process_time()
    step = pretrain if name == "drawn-pretrain" else finetune
    folder = step(RECIPES / f"{name}.toml", {"data.root": data}, runs / name)
    say(f"{name}: {time.process_time() - began:.0f} CPU-seconds -> {folder}")
    return folder


def measure(data: str, name: str, folder: Path) -> EvaluationResult:
    model = pz.load_model(folder, device="cpu")
    command = f"patentzoo evaluate runs/{name}/model --protocol deeppatent --data DRAWN --rerank"
    found = evaluate(
        model, load_protocol("deeppatent", data), workers=1, command=command, rerank=True
    )
    best = found.metrics
    say(f"{name}: mAP {best['mAP']}, rank-1 {best['rank-1']}, {found.counts}")
    return found


def gain(before: EvaluationResult, after: EvaluationResult) -> dict[str, float]:
    """Difference of mAP query by query, with its interval over patents."""
    old = {score.id: score.average_precision for score in before.queries}
    values = np.array([score.average_precision - old[score.id] for score in after.queries])
    found = bootstrap_interval(values, [score.patent for score in after.queries])
    return {key: round(getattr(found, key), 4) for key in ("value", "low", "high")}


def search(data: str, folder: Path) -> list[str]:
    """One test query against an index of the test database, as a user would."""
    copy = DeepPatent(data)
    database, query = copy.read("test-db"), copy.read("test-query").records[0]
    model = pz.load_model(folder, device="cpu")
    index = pz.build_index(model, [(record.id, record.file) for record in database])
    hits: Any = pz.search(index, query.file, k=5)
    return [f"query {query.id}", *(f"{hit.rank} {hit.score:.3f} {hit.id}" for hit in hits)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("docs/results/drawn"))
    arguments = parser.parse_args()
    data, runs, out = arguments.data, arguments.runs, arguments.out
    results, gains = {}, {}
    for name in ("drawn-pretrain", *TUNED):
        results[name] = measure(data, name, train(data, runs, name))
        write_json(list(results.values()), out / "deeppatent.json")
        if name != "drawn-pretrain":
            gains[name] = gain(results["drawn-pretrain"], results[name])
            say(f"{name} over its start: {gains[name]}")
            write_text(out / "gains.json", json.dumps(gains, indent=1) + "\n")
    best = max(TUNED, key=lambda name: results[name].metrics["mAP"].value)
    for line in search(data, runs / best / "model"):
        say(line)


if __name__ == "__main__":
    main()
