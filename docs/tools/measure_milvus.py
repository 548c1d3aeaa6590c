"""Measure a Milvus server beside the local exact engine: drawings a second, and searches.

    python docs/tools/measure_milvus.py http://HOST:PORT [ROWS ...]

Sends random unit vectors with metadata, and asks for ten drawings at a time, one query after the
other: anywhere, within a filter, and grouped by patent. Both engines in turn, so that what else the
machine does meets both. Prints JSON for docs/results/milvus.json.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import patentzoo as pz
from patentzoo.results import Embeddings

DIM, QUERIES = 256, 100
MODEL: Any = SimpleNamespace(name="m", fingerprint="f" * 64, dim=DIM, encode=None, preprocess=None)
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "filter": {"where": {"year": {">=": 2015}}},
    "patents": {"group_by": "patent"},
}


def drawings(count: int) -> Embeddings:
    """Random unit vectors: seven to a patent, a year, a class."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((count, DIM), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = [
        {"patent": f"USD{i // 7:07d}", "year": 2000 + i % 25, "locarno": f"{i % 32 + 1:02d}-01"}
        for i in range(count)
    ]
    ids = [f"USD{i // 7:07d}-D{i % 7 + 1:05d}.png" for i in range(count)]
    return Embeddings(vectors, ids, known, model=MODEL.name, fingerprint=MODEL.fingerprint)


def measure(count: int, uri: str) -> dict[str, Any]:
    """Both engines, one after the other, and then query by query in turn."""
    embeddings, made, seconds = drawings(count), {}, {}
    with tempfile.TemporaryDirectory() as folder:
        places: dict[str, dict[str, Any]] = {
            "local": {"path": Path(folder, "index"), "engine": "flat"},
            "milvus": {"engine": "milvus", "uri": f"{uri}/patentzoo_measured"},
        }
        for name, place in places.items():
            start = time.perf_counter()
            made[name] = pz.build_index(MODEL, embeddings, overwrite=True, **place)
            seconds[name] = time.perf_counter() - start
        asked = _asked(made)
        made["milvus"].collection.drop()
    return {
        "rows": count,
        "dim": DIM,
        "drawings_per_s": {name: round(count / each) for name, each in seconds.items()},
        "p50_ms": asked,
    }


def _asked(indexes: dict[str, Any]) -> dict[str, dict[str, float]]:
    rng = np.random.default_rng(1)
    found: dict[str, dict[str, float]] = {}
    for way, options in WAYS.items():
        times: dict[str, list[float]] = {name: [] for name in indexes}
        for query in rng.standard_normal((QUERIES, DIM), np.float32):
            hits = []
            for name, index in indexes.items():
                start = time.perf_counter()
                hits.append(pz.search(index, query, **options).ids)
                times[name].append(time.perf_counter() - start)
            assert hits[0] == hits[1], way
        found[way] = {name: round(statistics.median(t) * 1e3, 2) for name, t in times.items()}
    return found


def main() -> None:
    """Measure, and print."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows = [int(each) for each in sys.argv[2:]] or [10_000, 50_000]
    print(json.dumps({"runs": [measure(each, sys.argv[1]) for each in rows]}, indent=1))


if __name__ == "__main__":
    main()
