"""``build_index`` and ``search`` beside faiss alone: exact search, 256 dimensions.

    python tests/benchmarks/search_beside_faiss.py --count 100000

Calls alternate between the two, and each ratio is one of medians. A filter is given to faiss as
bits made before. ``bench_index.py`` measures every engine and size; this is its smallest question,
asked in the same run as the others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import clustered
import numpy as np

K, SINGLE, ROUNDS = clustered.K, 200, 5
MODEL: Any = SimpleNamespace(
    name="bench", fingerprint="b" * 64, dim=clustered.DIM, encode=None, preprocess=None
)


def alternating(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    rounds: int,
    before: Callable[[], Any] = lambda: None,
) -> tuple[float, float]:
    """Median milliseconds of both, called in turn, each after ``before``."""
    taken: list[list[float]] = [[], []]
    for _ in range(rounds):
        for call, times in zip((ours, theirs), taken, strict=True):
            before()
            start = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - start))
    return float(np.median(taken[0])), float(np.median(taken[1]))


def drawings(base: np.ndarray) -> Any:
    """The vectors with ids and patents, as ``embed`` gives them."""
    from patentzoo.results import Embeddings

    ids = [f"d{i:08d}.png" for i in range(len(base))]
    metadata = [{"patent": patent(i)} for i in range(len(base))]
    return Embeddings(base, ids, metadata, MODEL.name, MODEL.fingerprint)


def patent(number: int) -> str:
    return f"USD{number // clustered.FIGURES:07d}"


def searches(base: np.ndarray, asked: np.ndarray) -> dict[str, Any]:
    """The share of hits that are the same, and milliseconds of both."""
    from patentzoo.index import build_index, search
    from patentzoo.results import Embeddings

    index, raw = build_index(MODEL, drawings(base), engine="flat"), added(base)
    names = [f"q{i}" for i in range(len(asked))]
    many = Embeddings(asked, names, [{}] * len(asked), MODEL.name, MODEL.fingerprint)
    _, wanted = raw.search(asked[:50], K)
    found = search(index, many.select(range(50)), k=K)
    same = [[int(hit.id[1:9]) for hit in result] for result in found]
    agree = float(np.mean([set(a) == set(b) for a, b in zip(same, wanted.tolist(), strict=True)]))
    rows = iter(range(10**9))

    def row() -> np.ndarray:
        return asked[next(rows) % len(asked)]

    one = alternating(lambda: search(index, row(), k=K), lambda: raw.search(row()[None], K), SINGLE)
    batch = alternating(lambda: search(index, many, k=K), lambda: raw.search(asked, K), ROUNDS)
    return {"same_hits": round(agree, 3), "single query": one, "batch of 1,000": batch}


def added(base: np.ndarray) -> Any:
    from patentzoo.index.engines.faiss_calls import load_faiss

    made = load_faiss().IndexFlatIP(clustered.DIM)
    made.add(base)
    return made


def builds(base: np.ndarray, query: np.ndarray, folder: Path) -> dict[str, tuple[float, float]]:
    """Milliseconds of a new index, of one that is asked at once, and of one on the disk."""
    from patentzoo.index import build_index, search
    from patentzoo.index.engines.faiss_calls import load_faiss, search_with

    faiss, given, numbers = load_faiss(), drawings(base), iter(range(10**9))
    ours = partial(build_index, MODEL, given, engine="flat")
    one = np.array([patent(i) == patent(0) for i in range(len(base))])
    bits = np.packbits(one, bitorder="little")
    chosen = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
    few, where = min(K, int(one.sum())), {"patent": patent(0)}
    return {
        "build in memory": alternating(ours, lambda: added(base), ROUNDS),
        "build in memory and a search": alternating(
            lambda: search(ours(), query, k=few).hits,
            lambda: added(base).search(query[None], few),
            ROUNDS,
        ),
        "build in memory and a filtered search": alternating(
            lambda: search(ours(), query, k=few, where=where).hits,
            lambda: search_with(added(base), query[None], few, chosen),
            ROUNDS,
        ),
        "build with `path=`, beside `write_index`": alternating(
            lambda: ours(path=folder / f"ours-{next(numbers)}"),
            lambda: faiss.write_index(added(base), str(folder / f"{next(numbers)}.faiss")),
            ROUNDS,
            before=os.sync,  # what one has left to be written is not the other's to wait for
        ),
    }


def measure(count: int) -> dict[str, Any]:
    """Milliseconds and ratios of building and searching."""
    base = clustered.vectors(count)
    asked = clustered.queries(base)[:1000]
    shown = searches(base, asked)
    agree = shown.pop("same_hits")
    with tempfile.TemporaryDirectory(prefix="bench-beside-") as folder:
        shown |= builds(base, asked[0], Path(folder))
    return {
        "count": count,
        "dim": clustered.DIM,
        "same_hits": agree,
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
