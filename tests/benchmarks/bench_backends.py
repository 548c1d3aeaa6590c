"""Backends beside each other: do their vectors agree with float32 torch, and how fast are they?

    python tests/benchmarks/bench_backends.py --out docs/results/speed/backends.json

Four parts, each of which can be run alone (``--parts``); a part replaces its own section of the
JSON. ``agreement``: cosines on the real sheets (generated ones where they are absent) and mAP on
the protocol; ``base``: the same of the accurate model. ``speed``: the bundled network alone, all
backends in turn, several rounds in one run. ``large``: SwinV2-B at 384 px as the reference card
describes it, with random weights.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import record
from drawing_files import SAMPLE, sheets

from patentzoo import embed, load_model
from patentzoo.backends import BACKENDS
from patentzoo.backends.cpu import cpu_facts
from patentzoo.errors import PatentZooError
from patentzoo.models.retrieval_model import RetrievalModel
from patentzoo.results import Embeddings
from patentzoo.system.cores import free_cores

PARTS = ("agreement", "base", "speed", "large")
BATCH = 32
LIBRARIES = ("torch", "openvino", "onnxruntime", "nncf")
LARGE = "swinv2-arcface-dpat"
LARGE_BACKENDS = ("torch", "torch-bf16", "onnx", "openvino", "openvino-bf16", "openvino-int8")


class Recorder:
    """A model that keeps the batches it is given."""

    def __init__(self, model: RetrievalModel) -> None:
        self.model, self.batches, self.rows = model, list[np.ndarray](), list[np.ndarray]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        self.batches.append(batch.copy())
        self.rows.append(self.model.encode(batch))
        return self.rows[-1]

    def pages_of(self, made: Embeddings) -> np.ndarray:
        """What each row was made of; a last batch may have been filled up."""
        assert np.array_equal(np.concatenate(self.rows)[: len(made)], made.vectors)
        return np.concatenate(self.batches)[: len(made)]


def recorded(
    images: Any, figures: str = "auto", name: str | None = None
) -> tuple[Embeddings, np.ndarray]:
    """Embeddings by plain torch, and the pages they were made of, row by row."""
    recorder = Recorder(load_model(name, backend="torch"))
    made = embed(recorder, images, batch_size=BATCH, figures=figures)
    return made, recorder.pages_of(made)


def encoded(model: RetrievalModel, pages: np.ndarray, size: int = BATCH) -> np.ndarray:
    return np.concatenate(
        [model.encode(pages[start : start + size]) for start in range(0, len(pages), size)]
    )


def cosines(rows: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    found = (rows.astype(np.float64) * expected).sum(1)
    return {
        "min_cosine": round(float(found.min()), 7),
        "mean_cosine": round(float(found.mean()), 7),
    }


def agreement(
    names: list[str], given: argparse.Namespace, bundled: str | None = None
) -> dict[str, Any]:
    """Cosines on sheets, and mAP by figures."""
    from patentzoo.evaluate import evaluate, load_protocol

    with tempfile.TemporaryDirectory() as folder:
        files, what = sheets(Path(folder), given.sheets)
        whole, pages = recorded(files, "whole", bundled)
    data = SAMPLE.parent
    protocol = load_protocol("figures", data) if data.is_dir() else None
    wanted, drawings = recorded(protocol.images, name=bundled) if protocol else (None, None)
    rows = []
    for name in names:
        model = load_model(bundled, backend=name)
        row: dict[str, Any] = {"backend": name, **cosines(encoded(model, pages), whole.vectors)}
        if protocol:
            found = dataclasses.replace(wanted, vectors=encoded(model, drawings))
            row["mAP"] = round(evaluate(found, protocol).metrics["mAP"].value, 5)
        rows.append(row)
    return {"sheets": what, "count": len(pages), "protocol": "figures", "rows": rows}


def base(names: list[str], given: argparse.Namespace) -> dict[str, Any]:
    """The same of the accurate model."""
    return agreement(names, given, "patentzoo-base")


def speed(names: list[str], given: argparse.Namespace) -> dict[str, Any]:
    """Images a second of the network alone; every round runs all of them."""
    models = {name: load_model(backend=name) for name in names}
    rng = np.random.default_rng(0)
    side = models[names[0]].preprocess.size_px
    pages = rng.random((BATCH, 1, side, side), dtype=np.float32)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for model in models.values():
        model.encode(pages)
    for _ in range(given.rounds):
        for name, model in models.items():
            start = time.perf_counter()
            for _ in range(given.passes):
                model.encode(pages)
            taken[name].append(given.passes * BATCH / (time.perf_counter() - start))
    plain = statistics.median(taken["torch"])
    rows = [
        {
            "backend": name,
            "images_per_s": round(statistics.median(rates), 1),
            "over_torch": round(statistics.median(rates) / plain, 2),
        }
        for name, rates in taken.items()
    ]
    return {"batch": BATCH, "rounds": given.rounds, "rows": rows}


def large_model(folder: Path) -> Path:
    """The reference's network with random weights, as a model folder."""
    import torch

    from patentzoo.models.networks import NetworkConfig, build_network
    from patentzoo.zoo.registry import find_card
    from patentzoo.zoo.store import save_model_dir

    card = find_card(LARGE)
    torch.manual_seed(0)
    network = build_network(NetworkConfig.from_dict(dict(card.network))).eval()
    save_model_dir(folder / "large", network, card)
    return folder / "large"


def large(names: list[str], given: argparse.Namespace) -> dict[str, Any]:
    """Cosines and rates of the reference's network, on a few sheets."""
    wanted = [name for name in LARGE_BACKENDS if name in names]
    rows, expected = [], None
    with tempfile.TemporaryDirectory() as scratch:
        folder = large_model(Path(scratch))
        files, what = sheets(Path(scratch), given.large_sheets)
        for name in wanted:
            model = load_model(folder, backend=name, cache_dir=given.cache or Path(scratch))
            if expected is None:
                recorder = Recorder(model)
                made = embed(recorder, files, figures="whole")
                expected, pages = made.vectors, recorder.pages_of(made)
            model.encode(pages)  # the first pass lays weights out in memory
            start = time.perf_counter()
            rows_now = model.encode(pages)
            rate = len(pages) / (time.perf_counter() - start)
            rows.append(
                {"backend": name, **cosines(rows_now, expected), "images_per_s": round(rate, 3)}
            )
            sys.stderr.write(f"{rows[-1]}\n")
            del model
    for row in rows:
        row["over_torch"] = round(row["images_per_s"] / rows[0]["images_per_s"], 2)
    return {
        "network": f"{LARGE}, random weights",
        "sheets": what,
        "count": len(pages),
        "rows": rows,
    }


def usable(asked: list[str] | None) -> list[str]:
    """Plain torch, then what is installed and runs on this CPU."""
    names = []
    for name, kind in BACKENDS.items():
        if asked and name not in asked and name != "torch":
            continue
        try:
            kind.check("cpu")
        except PatentZooError as error:
            sys.stderr.write(f"left out: {error}\n")
        else:
            names.append(name)
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--backends", nargs="*", help="all that run here, if none are named")
    parser.add_argument("--sheets", type=int, default=438)
    parser.add_argument("--large-sheets", type=int, default=4)
    parser.add_argument("--cache", type=Path, help="keeps the large network's graphs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=2)
    given = parser.parse_args()
    logging.disable(logging.INFO)
    import torch

    torch.set_num_threads(free_cores())
    parts = {"agreement": agreement, "base": base, "speed": speed, "large": large}
    found = record.earlier(given.out) | {
        "command": "python tests/benchmarks/bench_backends.py "
        "--out docs/results/speed/backends.json",
        "machine": f"{cpu_facts()[0]}, {free_cores()} of {os.cpu_count()} cores",
        "versions": record.versions(LIBRARIES),
    }
    for part in given.parts:
        found[part] = parts[part](usable(given.backends), given)
    record.keep(found, given.out)


if __name__ == "__main__":
    main()
