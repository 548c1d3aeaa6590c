"""The whole chain at full size, and three losses on one budget.

    python -m patentzoo.data.synthetic_deeppatent DRAWN --patents 600
    python tests/benchmarks/bench_chain.py DRAWN --out docs/results/drawn

Pre-trains without labels, fine-tunes with each loss from there, looking at the validation split on
the way, measures all on the test queries, loads the best and searches. What is finished already is
not done again; what was measured is written after every loss.

    python tests/benchmarks/bench_chain.py DRAWN --choose --out docs/results/drawn

tries ArcFace's scale, margin and rate of the centres in a third of the steps, on validation alone.
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
from patentzoo.data.deeppatent import DeepPatent
from patentzoo.evaluate import EvaluationResult, evaluate, load_protocol, write_json
from patentzoo.evaluate.metrics import bootstrap_interval
from patentzoo.system.files import write_text
from patentzoo.train import finetune, pretrain
from patentzoo.train.run_log import read

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
START = "drawn-pretrain"
TUNED = ("drawn-arcface", "drawn-infonce", "drawn-triplet")
LOOK_EVERY = 100
CHOICES: tuple[dict[str, float], ...] = (
    {"loss.scale": 30.0, "loss.margin_rad": 0.5, "loop.loss_lr_factor": 50.0},
    {"loss.scale": 30.0, "loss.margin_rad": 0.3, "loop.loss_lr_factor": 50.0},
    {"loss.scale": 16.0, "loss.margin_rad": 0.3, "loop.loss_lr_factor": 10.0},
)
CHOICE_STEPS = 200


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def train(
    data: str, runs: Path, name: str, run: str = "", changes: dict[str, Any] | None = None
) -> Path:
    """A recipe's model, trained if it is not there."""
    out = runs / (run or name)
    done = out / "model"
    if (done / "card.toml").exists():
        return done
    began = time.process_time()
    step = pretrain if name == START else finetune
    looks = {"protocol": "deeppatent-val", "data": data, "every_steps": LOOK_EVERY}
    settings = {"data.root": data} | {f"validate.{key}": value for key, value in looks.items()}
    folder = step(RECIPES / f"{name}.toml", settings | (changes or {}), out)
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


def curve(runs: Path, name: str) -> dict[str, Any]:
    """Loss and validation mAP on the way, from the run's log."""
    lines = read(runs / name / "log.jsonl")
    looks = [(line["step"], line["mAP"]) for line in lines if "mAP" in line]
    losses = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    return {"validation_mAP": looks, "loss": losses}


def on_validation(data: str, folder: Path) -> EvaluationResult:
    """A model on the validation split, which no loss is trained on and no score is quoted from."""
    return evaluate(pz.load_model(folder, device="cpu"), "deeppatent-val", data, workers=1)


def choose(data: str, runs: Path, out: Path) -> None:
    """ArcFace's settings tried in few steps on the validation split."""
    before = on_validation(data, train(data, runs, START))
    rows: list[dict[str, Any]] = []
    for number, changes in enumerate(CHOICES):
        steps = {"stage.0.steps": CHOICE_STEPS}
        folder = train(data, runs, "drawn-arcface", f"choice-{number}", changes | steps)
        after = on_validation(data, folder)
        rows.append({"settings": changes, "mAP": vars(after.metrics["mAP"])})
        rows[-1]["over_start"] = gain(before, after)
        say(str(rows[-1]))
        report = {"steps": CHOICE_STEPS, "start": vars(before.metrics["mAP"]), "rows": rows}
        write_text(out / "choice.json", json.dumps(report, indent=1) + "\n")


def differences(results: dict[str, EvaluationResult]) -> dict[str, Any]:
    """Each loss against the start, and the losses against one another."""
    tuned = [name for name in TUNED if name in results]
    pairs = [(a, b) for number, a in enumerate(tuned) for b in tuned[number + 1 :]]
    return {
        "over_start": {name: gain(results[START], results[name]) for name in tuned},
        "between": {f"{a} over {b}": gain(results[b], results[a]) for a, b in pairs},
    }


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
    parser.add_argument("--choose", action="store_true")
    arguments = parser.parse_args()
    data, runs, out = arguments.data, arguments.runs, arguments.out
    if arguments.choose:
        choose(data, runs, out)
        return
    results: dict[str, EvaluationResult] = {}
    curves: dict[str, Any] = {}
    for name in (START, *TUNED):
        results[name] = measure(data, name, train(data, runs, name))
        curves[name] = curve(runs, name)
        if name == START:
            curves[name]["validation_mAP"] = [
                (0, round(on_validation(data, runs / name / "model").metrics["mAP"].value, 4))
            ]
        write_json(list(results.values()), out / "deeppatent.json")
        gains = differences(results)
        write_text(out / "gains.json", json.dumps(gains, indent=1) + "\n")
        write_text(out / "curves.json", json.dumps(curves) + "\n")
    say(json.dumps(gains, indent=1))
    best = max(TUNED, key=lambda name: results[name].metrics["mAP"].value)
    for line in search(data, runs / best / "model"):
        say(line)


if __name__ == "__main__":
    main()
