"""Straight edges -> the quadrilaterals that four of them make, the best lit from within first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.images.sheet_edges import straight_edges
from patentzoo.images.sheet_evidence import STEP_PX, edge_seen
from patentzoo.images.sheet_margin import margin_covered, with_side_moved_in
from patentzoo.images.sheet_shape import beyond_picture

Grey = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

_LINES = 14
"""Straight edges of each kind that are combined."""

_LEAST_SEEN = 0.35
"""Share of a side's part in the picture along which it is an edge, at least."""

_UNSEEN, _AREA = 0.5, 0.3
"""What of a side lies beyond the picture counts as so much seen; and the share of the picture that
the sheet covers counts so much."""

_SEEN_ALL = 0.68
"""Share of the sides in the picture along which they are edges, at least."""

_IN_VIEW, _SIDES_IN_VIEW = 0.3, 1.5
"""A side counts as seen from this share of it in the picture on; so many sides of four are in the
picture, at least."""

_SMALLEST, _LARGEST = 0.12, 0.985
"""Share of the picture that a sheet covers."""

_COMPARED, _APART_PX = 12, 5
"""So many of the best are compared by their margins; those whose corners are nearer are one."""

_MARGIN, _COVERED = 2.0, 0.1
"""What the covered share of the margin counts; from the second on one side may be another's."""

_MOVED = 4
"""So many of the best have their sides moved."""


@dataclass(frozen=True, eq=False)
class Sides:
    """Lines that may be one side of a sheet.

    Attributes:
        lines: float64 (n, 3): a x + b y + c = 0, the normal points inwards.
        seen: float64 (n, m + 1): sums, along the line, of what ``edge_seen`` gives for the points.
        there: The same of which points lie in the picture.
        start: float64 (n, 2): the first of these points; each next is ``STEP_PX`` away.
    """

    lines: npt.NDArray[np.float64]
    seen: npt.NDArray[np.float64]
    there: npt.NDArray[np.float64]
    start: npt.NDArray[np.float64]

    def share(self, rows: Any, first: Any, last: Any) -> tuple[Any, Any]:
        """Share of a side along which it is an edge, and share of it in the picture."""
        along = np.stack([self.lines[:, 1], -self.lines[:, 0]], axis=1)[rows]
        ends = [((each - self.start[rows]) * along).sum(axis=1) / STEP_PX for each in (first, last)]
        low, high = np.minimum(*ends), np.maximum(*ends)
        margin = 0.03 * (high - low)
        length = self.seen.shape[1] - 1
        at = [
            np.rint(each).astype(np.int64).clip(0, length) for each in (low + margin, high - margin)
        ]
        there = self.there[rows, at[1]] - self.there[rows, at[0]]
        seen = self.seen[rows, at[1]] - self.seen[rows, at[0]]
        return seen / np.maximum(there, 1), there / np.maximum((high - low) * 0.94, 1)


def sheets_between_edges(soft: Grey, most: int) -> Iterator[Corners]:
    """Yield the quadrilaterals between four straight edges that are lightest within.

    Args:
        soft: uint8 (H, W), blurred a little.
        most: So many at most.

    Yields:
        float32 (4, 2), x and y, clockwise from the top left.
    """
    kinds = straight_edges(soft, _LINES)
    height, width = soft.shape
    frame = ([0, 1, 0], [-1, 0, width - 1], [0, -1, height - 1], [1, 0, 0])
    sides = [_sides(soft, lines, edge) for lines, edge in zip(kinds, frame, strict=True)]
    rows = np.stack(
        np.meshgrid(*(np.arange(len(each.lines)) for each in sides), indexing="ij"), axis=-1
    ).reshape(-1, 4)
    own = np.stack([rows[:, k] < len(sides[k].lines) - 1 for k in range(4)], axis=1)
    rows = rows[own.sum(axis=1) >= 2]
    corners = _corners(sides, rows)
    fine = _shaped(corners, soft.shape)
    rows, corners = rows[fine], corners[fine]
    score = _scores(sides, rows, corners, soft.shape)
    found: list[Corners] = []
    values: list[float] = []
    for at in np.argsort(-score, kind="stable"):
        if score[at] <= 0 or len(found) == _COMPARED:
            break
        whole = _with_unseen(sides, rows[at], corners[at], soft.shape)
        if all(np.abs(whole - each).max() > _APART_PX for each in found):
            found.append(np.asarray(whole, np.float32))
            values.append(float(score[at]))
    yield from _by_margin(soft, found, values)[:most]


def _by_margin(soft: Grey, found: list[Corners], values: list[float]) -> list[Corners]:
    """The same, those whose margin is bare paper first.

    Where all margins are covered, the sheet may lie on another light one that hides its edge: each
    side is moved inwards to where the margin is bare.
    """
    covered = [margin_covered(soft, each) for each in found]
    order = np.argsort(_MARGIN * np.array(covered) - np.array(values), kind="stable")
    best = [found[at] for at in order]
    if not found or min(covered) <= _COVERED:
        return best
    moved: list[Corners] = []
    for each in sorted(range(len(found)), key=lambda at: -values[at])[:_MOVED]:
        sides = (with_side_moved_in(soft, found[each], k) for k in range(4))
        bare = [one for one in sides if one is not None]
        areas = _area(np.array(bare, np.float64).reshape(-1, 4, 2), soft.shape)
        moved += [bare[at] for at in np.argsort(-areas, kind="stable")]
    return [*moved, *best]


def _sides(soft: Grey, lines: npt.NDArray[np.float64], frame: list[int]) -> Sides:
    """The lines with their points, and the picture's own side, on which nothing is seen."""
    size = np.array(soft.shape[::-1], float)
    count = int(np.ceil(2 * np.hypot(*size) / STEP_PX))
    all_ = np.concatenate([lines, np.array([frame], float)])
    along = np.stack([all_[:, 1], -all_[:, 0]], axis=1)
    foot = size / 2 - ((all_[:, :2] @ (size / 2)) + all_[:, 2])[:, None] * all_[:, :2]
    start = foot - along * (count // 2 * STEP_PX)
    points = start[:, None] + np.arange(count)[:, None] * STEP_PX * along[:, None]
    seen, there = edge_seen(soft, points, all_[:, None, :2])
    seen[-1], there[-1] = 0.0, False
    sums = [np.cumsum(each, axis=1, dtype=np.float64) for each in (seen, there)]
    padded = [np.pad(each, ((0, 0), (1, 0))) for each in sums]
    return Sides(all_, padded[0], padded[1], start)


def _with_unseen(
    sides: list[Sides],
    row: npt.NDArray[np.int64],
    corners: npt.NDArray[np.float64],
    shape: tuple[int, ...],
) -> npt.NDArray[np.float64]:
    """The corners, float64 (4, 2), with the one side that lies beyond the picture laid there."""
    unseen = [k for k in range(4) if row[k] == len(sides[k].lines) - 1]
    if len(unseen) != 1:
        return corners
    lines = np.stack([each.lines[at] for each, at in zip(sides, row, strict=True)])
    lines[unseen[0]] = beyond_picture(lines, unseen[0], shape)
    met = _met([each[None] for each in lines])
    return met[0] if _shaped(met, shape)[0] else corners


def _corners(sides: list[Sides], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Where neighbouring sides meet: float64 (n, 4, 2), clockwise from the top left."""
    return _met([each.lines[rows[:, k]] for k, each in enumerate(sides)])


def _met(kinds: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """The same of lines, four times float64 (n, 3)."""
    met = []
    for one, other in ((3, 0), (0, 1), (1, 2), (2, 3)):
        point = np.cross(kinds[one], kinds[other])
        flat = np.abs(point[:, 2]) < 0.2
        point[flat] = np.nan
        met.append(point[:, :2] / point[:, 2:])
    return np.stack(met, axis=1)


def _shaped(corners: npt.NDArray[np.float64], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which are convex, with angles from 45 to 135 degrees and opposite sides within 1 to 2.5."""
    sides = np.roll(corners, -1, axis=1) - corners
    lengths = np.linalg.norm(sides, axis=2)
    unit = sides / np.maximum(lengths, 1e-9)[..., None]
    following = np.roll(unit, -1, axis=1)
    turn = unit[..., 0] * following[..., 1] - unit[..., 1] * following[..., 0]
    ratio = lengths[:, :2] / np.maximum(lengths[:, 2:], 1e-9)
    size = np.array(shape[1::-1])
    near = np.abs(corners - size / 2) <= size * 0.8
    with np.errstate(invalid="ignore"):
        good = (turn > 0.7).all(axis=1) & (ratio < 2.5).all(axis=1) & (ratio > 0.4).all(axis=1)
        return np.asarray(good & (lengths.min(axis=1) >= 24) & near.all(axis=(1, 2)))


def _scores(
    sides: list[Sides],
    rows: npt.NDArray[np.int64],
    corners: npt.NDArray[np.float64],
    shape: tuple[int, ...],
) -> npt.NDArray[np.float64]:
    """How much of the sides is an edge, and how large the sheet is; 0 where a side lacks that."""
    values, seen, inside = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows))
    good = np.ones(len(rows), bool)
    for k in range(4):
        share, there = sides[k].share(rows[:, k], corners[:, k], corners[:, (k + 1) % 4])
        there = np.minimum(there, 1)
        good &= (there < _IN_VIEW) | (share >= _LEAST_SEEN)
        values += there * share + (1 - there) * _UNSEEN
        seen += there * share
        inside += there
    area = _area(corners, shape)
    good &= (seen >= _SEEN_ALL * inside) & (inside >= _SIDES_IN_VIEW)
    good &= (area >= _SMALLEST) & (area <= _LARGEST)
    return np.asarray(np.where(good, values / 4 + _AREA * area, 0.0))


def _area(corners: npt.NDArray[np.float64], shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Share of the picture, float64 (n,), that quadrilaterals cover, about."""
    x, y = np.clip(corners[..., 0], 0, shape[1]), np.clip(corners[..., 1], 0, shape[0])
    twice = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1))
    return np.asarray(twice / (2 * shape[0] * shape[1]))
