"""Measure what several views and re-ranking bring; write JSON and tables.

    python -m docs.tools measure-search --data ../shared/data

The real protocol is ``figures`` (320 queries, 1,047 drawings); the synthetic one draws solids of a
seed no recipe uses. Run it again after the bundled model has changed: it writes
docs/results/search/{views,rerank}.json, of which docs/tools makes the tables of
docs/search-measured.md.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from printed import ROOT

import patentzoo as pz
from patentzoo.evaluate.metrics import average_precision, bootstrap_interval, first_rank, siblings
from patentzoo.evaluate.protocol import load_protocol
from patentzoo.index.query.fusion import fuse
from patentzoo.system.files import write_text

OUT = ROOT / "docs" / "results" / "search"
COMMAND = "python -m docs.tools measure-search --data ../shared/data"

WAYS: dict[str, dict[str, Any]] = {
    "cosine": {},
    "expand 1": {"query_expansion": 1},
    "expand 2": {"query_expansion": 2},
    "expand 4": {"query_expansion": 4},
    "augment 1": {"database_augmentation": 1},
    "augment 2": {"database_augmentation": 2},
    "augment 4": {"database_augmentation": 4},
    "k-reciprocal": {"rerank": "k-reciprocal"},
    "expand 2, k-reciprocal": {"query_expansion": 2, "rerank": "k-reciprocal"},
    "augment 2, k-reciprocal": {"database_augmentation": 2, "rerank": "k-reciprocal"},
}
VIEWS = (1, 2, 3, 0)
FUSIONS = ("max", "mean", "rrf")
DRAWS = 6
FEWEST_FIGURES = 5


def real(model: Any, data: Path) -> pz.Embeddings:
    """The development protocol by figures."""
    protocol = load_protocol("figures", data)
    found = pz.embed(model, list(protocol.images), patent=None)
    metadata = [{"patent": protocol.patents[name]} for name in found.ids]
    return pz.Embeddings(found.vectors, found.ids, metadata, found.model, found.fingerprint)


def synthetic(model: Any, solids: int) -> pz.Embeddings:
    """Drawings of solids that no recipe draws."""
    from patentzoo.data.linedraw.dataset import SolidSource, render_class, solid_maker
    from patentzoo.data.linedraw.strokes import draw, random_style

    def drawings() -> Iterator[tuple[str, Any]]:
        make = solid_maker(SolidSource("procedural", solids, seed=90_210))
        for number in range(solids):
            rng = np.random.default_rng(number)
            style = random_style(rng)
            for view, lines in enumerate(render_class(make(number), rng), start=1):
                yield f"LD{number:06d}-D{view:05d}.png", draw(lines, style, rng, size_px=600)

    return pz.embed(model, drawings(), patent=lambda name: Path(name).name[:8], on_error="skip")


def score_reranked(
    index: pz.Index, given: pz.Embeddings, options: dict[str, Any]
) -> dict[str, Any]:
    """mAP and rank-1 over the full ranking, and milliseconds for the ten best, one at a time."""
    patents = [data["patent"] for data in given.metadata]
    queries = siblings(given.ids, patents)
    row = {name: i for i, name in enumerate(given.ids)}
    precision, first = [], []
    for name in queries:
        vector, patent = given.vectors[row[name]], patents[row[name]]
        hits = pz.search(index, vector, k=None, exclude=name, **options)
        scores = -np.arange(len(hits), dtype=np.float64)
        relevant = np.array([hit.patent == patent for hit in hits])
        precision.append(average_precision(relevant, scores))
        first.append(first_rank(relevant, scores))
    groups = [patents[row[name]] for name in queries]
    interval = bootstrap_interval(np.array(precision), groups)
    return {
        "queries": len(queries),
        "mAP": [round(each, 4) for each in (interval.value, interval.low, interval.high)],
        "rank-1": round(float(np.mean(np.array(first) == 1)), 4),
        "hit@10": round(float(np.mean(np.array(first) <= 10)), 4),
        "milliseconds": round(milliseconds(index, given, options), 2),
    }


def milliseconds(index: pz.Index, given: pz.Embeddings, options: dict[str, Any]) -> float:
    """Median time of one search for ten hits."""
    times = []
    for vector in given.vectors[:60]:
        start = time.perf_counter()
        pz.search(index, vector, k=10, **options)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def score_views(given: pz.Embeddings) -> dict[str, Any]:
    """Each figure in turn is the answer; its patent's others, some at a time, are the query.

    What the query leaves of its patent is taken out of the gallery, so that one answer is right
    however many views are asked with.
    """
    patents = np.array([data["patent"] for data in given.metadata])
    cosines = (given.vectors @ given.vectors.T).astype(np.float32)
    names, counts = np.unique(patents, return_counts=True)
    rng = np.random.default_rng(0)
    trials = [
        (int(target), rng.permuted(np.tile(others, (DRAWS, 1)), axis=1))
        for patent in names[counts >= FEWEST_FIGURES]
        for target, others in _left_out(np.flatnonzero(patents == patent))
    ]
    found = {
        fusion: {_views_name(m): _score(trials, patents, cosines, m, fusion) for m in VIEWS}
        for fusion in FUSIONS
    }
    return {"answers": len(trials), "patents": int((counts >= FEWEST_FIGURES).sum()), **found}


def _left_out(figures: Any) -> Iterator[tuple[int, Any]]:
    for target in figures:
        yield target, figures[figures != target]


def _views_name(count: int) -> str:
    return str(count) if count else "all"


def _score(trials: Sequence[Any], patents: Any, cosines: Any, views: int, fusion: str) -> Any:
    values: dict[str, list[float]] = {"drawings": [], "patents": [], "rank-1": [], "hit@10": []}
    for target, orders in trials:
        gallery = np.flatnonzero((patents != patents[target]) | (np.arange(len(patents)) == target))
        by_patent = _by_patent(patents[gallery])
        ranks = []
        for order in orders if views else orders[:1]:
            scores = cosines[order[:views] if views else order][:, gallery]
            ranks.append(
                (
                    _rank(fuse(scores, fusion), gallery == target),
                    _rank(fuse(by_patent(scores), fusion), by_patent.own == patents[target]),
                )
            )
        drawing, patent = np.array(ranks, dtype=float).T
        values["drawings"].append(float(np.mean(1 / drawing)))
        values["patents"].append(float(np.mean(1 / patent)))
        values["rank-1"].append(float(np.mean(patent == 1)))
        values["hit@10"].append(float(np.mean(patent <= 10)))
    groups = [str(patents[target]) for target, _ in trials]
    interval = bootstrap_interval(np.array(values["patents"]), groups)
    means = {name: round(float(np.mean(each)), 4) for name, each in values.items()}
    return {**means, "interval": [round(interval.low, 4), round(interval.high, 4)]}


class _by_patent:
    """The best drawing of each patent, view by view."""

    def __init__(self, patents: Any) -> None:
        self.own, member = np.unique(patents, return_inverse=True)
        self.order = np.argsort(member, kind="stable")
        self.starts = np.searchsorted(member[self.order], np.arange(len(self.own)))

    def __call__(self, scores: Any) -> Any:
        return np.maximum.reduceat(scores[:, self.order], self.starts, axis=1)


def _rank(scores: Any, right: Any) -> int:
    return first_rank(right, scores)


def main() -> None:
    """Measure, write the JSON, and fill the tables of the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the real drawings")
    parser.add_argument("--solids", type=int, default=30, help="solids of the synthetic protocol")
    parser.add_argument("--model", default=None)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    model = pz.load_model(given.model)
    sets = {"real": real(model, given.data)}
    if given.solids:
        sets["synthetic"] = synthetic(model, given.solids)
    about = {"command": COMMAND, "model": model.name, "fingerprint": model.fingerprint}
    views = score_views(sets["real"])
    reranked = {
        name: {
            way: score_reranked(pz.build_index(model, each), each, options)
            for way, options in WAYS.items()
        }
        for name, each in sets.items()
    }
    given.out.mkdir(parents=True, exist_ok=True)
    for name, value in (("views", views), ("rerank", reranked)):
        write_text(given.out / f"{name}.json", json.dumps({**about, name: value}, indent=1) + "\n")
    print(f"{given.out}: views.json and rerank.json; python -m docs.tools tables fills the page")


if __name__ == "__main__":
    main()
