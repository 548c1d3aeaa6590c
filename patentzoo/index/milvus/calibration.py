"""What scores mean in a collection; see ``patentzoo.index.compare.calibration``."""

from __future__ import annotations

from typing import Any

import numpy as np

from patentzoo.errors import QueryError
from patentzoo.index.compare.calibration import can_calibrate
from patentzoo.index.milvus import rows
from patentzoo.index.milvus.collection import MilvusCollection
from patentzoo.index.milvus.expressions import among
from patentzoo.index.state.closeness import Scale

_DEPTH = 32
"""Hits looked at before the others are asked for."""


def products_of(collection: MilvusCollection) -> dict[str, str]:
    """What each drawing has in common with those of its patent, by Milvus' id; all of them."""
    pages = collection.server.all_rows(collection.name, [rows.ID, rows.PRODUCT])
    return {row[rows.ID]: row[rows.PRODUCT] for page in pages for row in page}


def calibrate(collection: MilvusCollection, sample: int = 500, seed: int = 0) -> Scale:
    """Learn the scale, and keep it in the collection; see ``Index.calibrate``.

    Raises:
        QueryError: Fewer than two patents, or ``sample`` below 1.
    """
    if sample < 1:
        raise QueryError(f"sample = {sample} must be at least 1.")
    return _calibrated(collection, products_of(collection), sample, seed)


def calibrate_large(collection: MilvusCollection) -> None:
    """Calibrate where there are drawings and patents enough for it to mean something."""
    products = products_of(collection)
    if can_calibrate(len(products), len(set(products.values()))):
        _calibrated(collection, products)


def _calibrated(
    collection: MilvusCollection, products: dict[str, str], sample: int = 500, seed: int = 0
) -> Scale:
    if len(set(products.values())) < 2:
        raise QueryError(
            f"The index holds {len(set(products.values()))} patents: with at least two, drawings "
            "of one can be compared with those of another."
        )
    names = sorted(products)
    chosen = np.random.default_rng(seed).permutation(len(names))[:sample]
    ids = [names[place] for place in sorted(chosen.tolist())]
    best: list[float] = []
    for start in range(0, len(ids), 100):
        fields = [rows.ID, rows.PRODUCT, rows.VECTOR]
        best += _strangers(collection, collection.read_ids(ids[start : start + 100], fields))
    scale = Scale.of_scores(np.array(best, np.float32))
    collection.note(calibration=scale.to_meta())
    return scale


def _strangers(collection: MilvusCollection, drawings: list[dict[str, Any]]) -> list[float]:
    """Of each drawing the score of the closest one of another patent."""
    vectors = rows.vectors_of(drawings, 0)
    answers = _search(collection, vectors, _DEPTH, "")
    best = []
    for row, vector, hits in zip(drawings, vectors, answers, strict=True):
        own = row[rows.PRODUCT]
        others = [score for score, product in hits if product != own]
        if not others:  # a patent of many drawings
            foreign = f"not ({among(rows.PRODUCT, [own])})"
            others = [score for score, _ in _search(collection, vector[None], 1, foreign)[0]]
        best += others[:1]
    return best


def _search(
    collection: MilvusCollection, queries: Any, k: int, expression: str
) -> list[list[tuple[float, str]]]:
    answers = collection.server.call(
        "search",
        collection.name,
        data=[query.tolist() for query in queries],
        anns_field=rows.VECTOR,
        limit=k,
        filter=expression,
        output_fields=[rows.PRODUCT],
        search_params={"metric_type": "IP"},
    )
    each = [[(float(h["distance"]), h["entity"][rows.PRODUCT]) for h in hits] for hits in answers]
    return [sorted(hits, reverse=True) for hits in each]
