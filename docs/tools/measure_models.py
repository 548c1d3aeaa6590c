"""Measure how long each model's network takes for a picture; write docs/results/speed/models.json.

    python -m docs.tools measure-models

Networks of random weights, whose time is that of trained ones: the whole network in float32 by
torch, on one thread, one picture at a time. All take turns, and the times are given as multiples
of the default model's in the same turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import torch
from measured import SPEED

from patentzoo.models.config import NetworkConfig
from patentzoo.models.networks import build_network
from patentzoo.system.files import write_text
from patentzoo.zoo.card import Card
from patentzoo.zoo.registry import DEFAULT_MODEL, list_models

COMMAND = "python -m docs.tools measure-models"


def seconds(network: torch.nn.Module, size_px: int) -> float:
    """One picture's, the better of two after one that is not counted."""
    page = torch.rand(1, 1, size_px, size_px)
    network(page)
    taken = []
    for _ in range(2):
        began = time.perf_counter()
        network(page)
        taken.append(time.perf_counter() - began)
    return min(taken)


def turn(cards: list[Card]) -> dict[str, float]:
    """Seconds of each model; networks are built anew, as all do not fit into memory together."""
    found = {}
    for card in cards:
        network = build_network(NetworkConfig.from_dict(dict(card.network))).eval()
        found[card.name] = seconds(network, card.preprocess.size_px)
    return found


@torch.inference_mode()
def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    turns = [turn(list_models()) for _ in range(given.rounds)]
    models: dict[str, Any] = {}
    for name in turns[0]:
        ratios = [each[name] / each[DEFAULT_MODEL] for each in turns]
        models[name] = {"times": round(statistics.median(ratios), 1)}
        models[name]["from_to"] = [round(min(ratios), 1), round(max(ratios), 1)]
    report = {"command": COMMAND, "rounds": given.rounds, "unit": DEFAULT_MODEL, "models": models}
    print(json.dumps(report, indent=1))
    write_text(SPEED / "models.json", json.dumps(report, indent=1) + "\n")
