"""The scores of strangers, measured on an index's own drawings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.errors import QueryError
from patentzoo.index.query.patent_groups import Groups
from patentzoo.index.state.closeness import Scale
from patentzoo.index.state.snapshot import Rows, Snapshot

LEAST_DRAWINGS, LEAST_PATENTS = 200, 50
"""Below these an index is calibrated only when asked: a percentile of fewer says little."""

SAMPLE = 500
_DEPTH = 32
"""Hits looked at before everything is: strangers usually stand among them."""


def can_calibrate(count: int, patents: int) -> bool:
    """Whether an index of this size is calibrated when it is built."""
    return count >= LEAST_DRAWINGS and patents >= LEAST_PATENTS


def scale_of(snapshot: Snapshot, groups: Groups, sample: int = SAMPLE, seed: int = 0) -> Scale:
    """The scale of an index's scores.

    Args:
        snapshot: What is searched.
        groups: Its patents; a drawing of none is a patent of its own.
        sample: So many drawings are searched for.
        seed: Chooses them.

    Raises:
        QueryError: Fewer than two patents, or ``sample`` below 1.
    """
    if sample < 1:
        raise QueryError(f"sample = {sample} must be at least 1.")
    if groups.count < 2:
        raise QueryError(
            f"The index holds {groups.count} patents: with at least two, drawings of one can be "
            "compared with those of another."
        )
    live = snapshot.live()
    chosen = np.random.default_rng(seed).permutation(live)[:sample]
    return Scale.of_scores(best_foreign(snapshot, groups, np.sort(chosen)))


def best_foreign(snapshot: Snapshot, groups: Groups, rows: Rows) -> npt.NDArray[np.float32]:
    """float32 (n,): the score of the closest drawing of another patent.

    Args:
        snapshot: What is searched.
        groups: At least two patents.
        rows: int64 (n,): positions of the drawings.
    """
    queries = snapshot.vectors(rows)
    # Exactly, on the processor: what an engine misses would make strangers look farther away.
    depth = min(_DEPTH, snapshot.count)
    scores, positions = snapshot.flat.search(queries, depth, snapshot.live_mask)
    foreign = groups.of[positions] != groups.of[rows][:, None]
    first = foreign.argmax(axis=1)
    best = np.take_along_axis(scores, first[:, None], axis=1)[:, 0]
    for row in np.flatnonzero(~foreign.any(axis=1)):  # a patent of many drawings
        others = (groups.of != groups.of[rows[row]]) & (groups.of >= 0)
        best[row] = snapshot.flat.search(queries[row : row + 1], 1, others)[0][0, 0]
    return np.asarray(best)
