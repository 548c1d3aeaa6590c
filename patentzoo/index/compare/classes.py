"""Classes by nearest neighbours: what the closest drawings of an index are filed under."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from patentzoo.embedding.classes import Classified, ClassifiedList, ClassScore
from patentzoo.errors import QueryError, near_miss
from patentzoo.index.storage import catalogue

if TYPE_CHECKING:
    from patentzoo.hit import Hit
    from patentzoo.index.query.read_transaction import ReadTransaction

NEIGHBOURS = 20
SHARPNESS = 0.1
"""A neighbour whose cosine is so much lower than the closest one's counts 1/e of it.

Both as they did best on the title figures' US classes, docs/which-model.md; little hangs on them.
"""
_BLOCK = 512


@dataclass(frozen=True)
class ClassAccuracy:
    """How often the nearest neighbours' class is right, each drawing asked against the others.

    Attributes:
        accuracy: Share of drawings whose own class came out first.
        accuracy_top3: Share whose own class is among the best three.
        majority: Share of the most frequent class: what always naming that one would score.
        drawings: How many were asked.
        classes: How many classes there are.
    """

    accuracy: float
    accuracy_top3: float
    majority: float
    drawings: int
    classes: int


def vote(scores: npt.NDArray[np.float32], labels: Sequence[str], k: int) -> tuple[ClassScore, ...]:
    """Let neighbours vote, the closest first.

    Args:
        scores: float32 (m,), their cosines, falling.
        labels: Their m classes.
        k: So many classes at most come back.

    Returns:
        The classes with their shares of the votes, which add up to 1 over all classes.
    """
    if not len(scores):
        return ()
    weights = np.exp((scores.astype(np.float64) - float(scores[0])) / SHARPNESS)
    shares: dict[str, float] = defaultdict(float)
    for label, weight in zip(labels, weights / weights.sum(), strict=True):
        shares[label] += float(weight)
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])  # equal ones: the closest first
    return tuple(ClassScore(*pair) for pair in ranked[:k])


def labels_of(view: ReadTransaction, field: str) -> dict[int, str]:
    """Row -> class, for the drawings that have one.

    Raises:
        QueryError: No such field, or no drawing has a value in it.
    """
    known = {"patent", *catalogue.fields(view.connection)}
    if field not in known:
        raise QueryError(f"field = {field!r} is no field of this index. {near_miss(field, known)}")
    found = {}
    for row, record in catalogue.all_records(view.connection):
        value = catalogue.as_dict(record).get(field)
        if value is not None and value != "":
            found[row] = str(value)
    if not found:
        raise QueryError(f"field = {field!r}: no drawing of this index has a value in it.")
    return found


def classified(results: Iterable[Any], field: str, k: int, classes: int) -> ClassifiedList:
    """The classes of search results: the first k hits that have the field vote."""
    made = []
    for result in results:
        known = [(hit, _label(hit, field)) for hit in result]
        voters = [(hit.score, label) for hit, label in known if label is not None][:k]
        scores = np.array([score for score, _ in voters], np.float32)
        labels = [label for _, label in voters]
        made.append(Classified(result.query, vote(scores, labels, classes)))
    return ClassifiedList(made)


def _label(hit: Hit, field: str) -> str | None:
    value = hit.patent if field == "patent" else hit.metadata.get(field)
    return None if value is None or value == "" else str(value)


def leave_one_out(view: ReadTransaction, field: str, k: int) -> ClassAccuracy:
    """Ask each drawing against all others that are not of its own patent."""
    labels = labels_of(view, field)
    rows = np.array(sorted(labels), np.int64)
    positions = view.snapshot.positions(rows)
    of = view.groups.of[positions]
    named = [labels[int(row)] for row in rows]
    vectors = np.asarray(view.snapshot.vectors(positions), np.float32)
    right = near = 0
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        scores = vectors[part] @ vectors.T
        scores[of[part, None] == of[None]] = -np.inf
        closest = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        for own, row, best in zip(named[part], scores, closest, strict=True):
            kept = best[np.isfinite(row[best])]
            found = [each.label for each in vote(row[kept], [named[i] for i in kept], 3)]
            right += found[:1] == [own]
            near += own in found
    counts = Counter(named)
    total = len(named)
    most = counts.most_common(1)[0][1]
    return ClassAccuracy(right / total, near / total, most / total, total, len(counts))
