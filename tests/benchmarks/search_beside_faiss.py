"""``build_index`` and ``search`` beside faiss alone: exact search, 256 dimensions.

    python tests/benchmarks/search_beside_faiss.py --count 100000

Calls alternate between the two, and each ratio is one of medians. ``bench_index.py`` measures
every engine and size; this is its smallest question, asked in the same run as the others.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import clustered
import numpy as np

K, SINGLE, ROUNDS = clustered.K, 200, 5
MODEL: Any = SimpleNamespace(name="bench", fingerprint="b" * 64, dim=clustered.DIM)


def alternating(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int
) -> tuple[float, float]:
    """Median milliseconds of both, called in turn."""
    taken: list[list[float]] = [[], []]
    for _ in range(rounds):
        for call, times in zip((ours, theirs), taken, strict=True):
            start = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - start))
    return float(np.median(taken[0])), float(np.median(taken[1]))


def measure(count: int) -> dict[str, Any]:
    """Milliseconds and ratios of building and searching."""
    from patentzoo.index import build_index, search
    from patentzoo.index.engines import load_faiss
    from patentzoo.results import Embeddings

    faiss, model = load_faiss(), MODEL
    base = clustered.vectors(count)
    asked = clustered.queries(base)[:1000]
    ids = [f"d{i:08d}.png" for i in range(count)]
    metadata = [{"patent": f"USD{i // clustered.FIGURES:07d}"} for i in range(count)]
    named = Embeddings(base, ids, metadata, model.name, model.fingerprint)
    many = Embeddings(
        asked, [f"q{i}" for i in range(len(asked))], [{}] * len(asked), model.name, "b" * 64
    )

    def add() -> Any:
        made = faiss.IndexFlatIP(clustered.DIM)
        made.add(base)
        return made

    index, raw = build_index(model, named, engine="flat"), add()
    _, wanted = raw.search(asked[:50], K)
    found = search(index, many.select(range(50)), k=K)
    same = [[int(hit.id[1:9]) for hit in result] for result in found]
    agree = float(np.mean([set(a) == set(b) for a, b in zip(same, wanted.tolist(), strict=True)]))
    rows = iter(range(10**9))

    def row() -> np.ndarray:
        return asked[next(rows) % len(asked)]

    one = alternating(lambda: search(index, row(), k=K), lambda: raw.search(row()[None], K), SINGLE)
    batch = alternating(lambda: search(index, many, k=K), lambda: raw.search(asked, K), ROUNDS)
    build = alternating(lambda: build_index(model, named, engine="flat"), add, 3)
    shown = {"single query": one, "batch of 1,000": batch, "build in memory": build}
    return {
        "count": count,
        "dim": clustered.DIM,
        "same_hits": round(agree, 3),
        "rows": {
            name: {
                "ours_ms": round(ours, 2),
                "faiss_ms": round(theirs, 2),
                "ratio": round(ours / theirs, 3),
            }
            for name, (ours, theirs) in shown.items()
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    sys.stdout.write(json.dumps(measure(parser.parse_args().count)) + "\n")
