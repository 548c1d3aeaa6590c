"""Whether the sides of a quadrilateral are the edges of a sheet: lighter inside than outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

_CONTRAST = 0.14
"""Share by which the outside is darker than the inside, at each point of a side."""

_ACROSS_PX = 4
"""So far on either side of the edge the two are compared."""

_SEEN_SIDE = 0.5
"""Share of a side along which that holds."""

_LEAST_IN_VIEW = 0.3
"""Share of a side that lies in the picture, for the side to be seen."""

_SIDES_SEEN, _TWO_SEEN = 3, 0.9
"""So many sides of a sheet are seen at least; or two, nearly all along."""


def contrast_seen(soft: Grey, corners: Corners) -> float:
    """Share of the sides along which the inside is lighter; 0 where one side lacks that."""
    middle = corners.mean(axis=0)
    each = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = end - start
        length = float(np.linalg.norm(along))
        if length < 24:
            return 0.0
        normal = np.array([-along[1], along[0]]) / length
        normal *= np.sign(np.dot(normal, middle - start)) or 1.0
        points = start + np.linspace(0.04, 0.96, 48)[:, None] * along
        inside, _ = _levels_at(soft, points + _ACROSS_PX * normal)
        outside, _ = _levels_at(soft, points - _ACROSS_PX * normal)
        _, there = _levels_at(soft, points - 2 * _ACROSS_PX * normal)
        lighter = there & (inside - outside >= np.maximum(5, _CONTRAST * inside))
        if there.mean() < _LEAST_IN_VIEW:  # beyond the picture's edge, or along it
            continue
        seen = float(lighter.sum() / there.sum())
        if seen < _SEEN_SIDE:
            return 0.0
        each.append(seen)
    enough = len(each) >= _SIDES_SEEN or (len(each) == 2 and min(each) > _TWO_SEEN)
    return float(np.mean(each)) if enough else 0.0


def _levels_at(soft: Grey, points: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Grey levels, int (n,), at x and y, and whether each point lies in the picture."""
    x, y = np.rint(points).astype(np.int64).T
    there = (x >= 0) & (y >= 0) & (x < soft.shape[1]) & (y < soft.shape[0])
    levels = soft[y.clip(0, soft.shape[0] - 1), x.clip(0, soft.shape[1] - 1)]
    return levels.astype(np.int64), there


STEP_PX = 2
"""Points along a line are so far apart."""

_SHIFTS_PX = (-2, -1, 0, 1, 2)
"""A sheet's edge is not quite straight: so far off the line it is looked for."""

_EVEN_PX, _WIDE_PX = 8, 9
"""So far inwards paper is even, and so far outwards what lies below it is darker."""

_STEP = 0.07
"""Step of the logarithm of the grey level across an edge."""

_NARROW = 0.6
"""What an edge counts whose outside is darker within a few pixels only."""


def edge_seen(soft: Grey, points: Any, inwards: Any) -> tuple[Any, Any]:
    """Tell where the edge of something light runs through points.

    Args:
        soft: uint8 (H, W), blurred a little.
        points: float64 (n, m, 2), x and y.
        inwards: float64 (n, 1, 2), unit normals that point to the lighter side.

    Returns:
        float64 (n, m), how much speaks for the edge of a sheet at each point: 1 where the inside is
        even and the outside is darker, ``_NARROW`` where it is so only within three pixels, as
        beside a stroke, or where another sheet lies below; and bool (n, m), whether the point
        lies in the picture.
    """
    log = np.log(soft.astype(np.float32) + 4)
    levels, inside = {}, {}
    for off in range(-_WIDE_PX, _EVEN_PX + max(_SHIFTS_PX) + 1):
        x, y = np.rint(np.moveaxis(points + off * inwards, -1, 0)).astype(np.int64)
        inside[off] = (x >= 0) & (y >= 0) & (x < soft.shape[1]) & (y < soft.shape[0])
        levels[off] = log[y.clip(0, soft.shape[0] - 1), x.clip(0, soft.shape[1] - 1)]
    seen = np.zeros(points.shape[:2])
    for shift in _SHIFTS_PX:
        step = levels[shift + 3] - levels[shift - 3]
        even = np.abs(levels[shift + 3] - levels[shift + _EVEN_PX]) <= 0.5 * step.clip(0.12)
        darker = (levels[shift + 3] - levels[-_WIDE_PX] >= _STEP) & inside[-_WIDE_PX]
        seen = np.maximum(seen, ((step >= _STEP) & even) * np.where(darker, 1.0, _NARROW))
    there = inside[-3] & inside[3]
    return seen * there, there
