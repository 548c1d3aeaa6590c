"""The margin within a quadrilateral: is it bare paper, as it is round the drawing on a sheet."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

_SIDE_PX, _INSET, _DEEP = 160, 0.02, 0.045
"""Side of the square that a quadrilateral is mapped to; the share of it left out along the edge,
and the depth of the margin."""

_UNEVEN = 0.2
"""Share by which levels within 5 pixels differ, from which they are no bare paper in soft light."""

_BARE = 0.02
"""Share of a margin that is covered where the paper is bare, at most."""

_FARTHEST, _STEPS = 0.5, 41
"""A side is moved inwards by this share of its neighbours at most, each end by so many steps."""

_BESIDE, _WITHIN = (-12, -9, -6, -4), (5, 8, 11, 14)
"""Pixels outwards and inwards of a side at which it is looked whether the paper is bare."""

_COVERED_BESIDE = 0.15
"""Share of what lies beside a side that is no bare paper, from which something else lies there."""


def margin_covered(soft: Grey, corners: npt.NDArray[Any]) -> float:
    """Share of the margin within a quadrilateral, in [0, 1], that is no bare paper.

    A sheet has a margin without strokes; a quadrilateral that takes in a part of the table, or of
    another sheet beside it, shows edges, letters and grain there.

    Args:
        soft: uint8 (H, W), blurred a little.
        corners: (4, 2), x and y, in order round the sheet.
    """
    cv2 = load_cv2()
    last = _SIDE_PX - 1
    goal = np.array([(0, 0), (last, 0), (last, last), (0, last)], np.float32)
    map_ = cv2.getPerspectiveTransform(np.asarray(corners, np.float32), goal)
    size = (_SIDE_PX, _SIDE_PX)
    flat = np.asarray(cv2.warpPerspective(soft, map_, size, flags=cv2.INTER_LINEAR), np.uint8)
    there = cv2.warpPerspective(np.full(soft.shape, 255, np.uint8), map_, size)
    uneven = _uneven(flat)
    inset, deep = round(_INSET * _SIDE_PX), round((_INSET + _DEEP) * _SIDE_PX)
    margin = np.zeros(size, bool)
    margin[inset:-inset, inset:-inset] = True
    margin[deep:-deep, deep:-deep] = False
    margin &= cv2.erode(there, np.ones((5, 5), np.uint8)) == 255
    return float(uneven[margin].mean()) if margin.any() else 0.0


def with_side_moved_in(soft: Grey, corners: Corners, side: int) -> Corners | None:
    """Move a side inwards to where the margin becomes bare paper, as little as possible.

    Args:
        soft: uint8 (H, W), blurred a little.
        corners: float32 (4, 2), x and y, in order round the sheet.
        side: Which is moved: that from the corner of this number to the next.

    Returns:
        The corners, float32 (4, 2); None where there is no such place, or nothing that ends there.
    """
    first, second = side, (side + 1) % 4
    share = np.linspace(0, _FARTHEST, _STEPS)
    one, other = np.meshgrid(share, share, indexing="ij")
    start = corners[first] + one[..., None] * (corners[side - 1] - corners[first])
    end = corners[second] + other[..., None] * (corners[(side + 2) % 4] - corners[second])
    uneven = _uneven(soft)
    within = _share_beside(uneven, start, end, _WITHIN)
    beside = _share_beside(uneven, start, end, _BESIDE)
    possible = (within <= _BARE) & (beside >= _COVERED_BESIDE)
    moved = np.where(possible, one + other, np.inf)
    at = np.unravel_index(int(moved.argmin()), moved.shape)
    if not np.isfinite(moved[at]):
        return None
    found = np.array(corners, np.float32)
    # The bare paper begins within the side, by so many pixels.
    found[first] = _towards(start[at], corners[side - 1], _WITHIN[0] - 1)
    found[second] = _towards(end[at], corners[(side + 2) % 4], _WITHIN[0] - 1)
    return found if margin_covered(soft, found) <= _BARE else None


def _towards(point: Any, goal: Any, px: float) -> Any:
    """The point so many pixels nearer to a goal."""
    return point + (goal - point) * (px / max(1.0, float(np.linalg.norm(goal - point))))


def _share_beside(
    uneven: npt.NDArray[np.bool_], start: Any, end: Any, offsets: tuple[int, ...]
) -> npt.NDArray[np.float64]:
    """Share of what lies along lines, so many pixels inwards, that is no bare paper.

    Args:
        uneven: bool (H, W).
        start: float64 (n, m, 2), where each line begins, clockwise round the sheet.
        end: The same of where it ends.
        offsets: Pixels inwards.

    Returns:
        float64 (n, m); 1 where hardly anything of it lies in the picture.
    """
    along = end - start
    inwards = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    inwards = inwards / np.maximum(np.linalg.norm(inwards, axis=-1, keepdims=True), 1e-9)
    seen, there = np.zeros(start.shape[:2]), np.zeros(start.shape[:2])
    for place in np.linspace(0.06, 0.94, 40):
        for offset in offsets:
            points = np.rint(start + place * along + offset * inwards).astype(np.int64)
            x, y = points[..., 0], points[..., 1]
            inside = (x >= 0) & (y >= 0) & (x < uneven.shape[1]) & (y < uneven.shape[0])
            seen += inside & uneven[y.clip(0, len(uneven) - 1), x.clip(0, uneven.shape[1] - 1)]
            there += inside
    return np.where(there >= 20 * len(offsets), seen / np.maximum(there, 1), 1.0)


def _uneven(flat: Grey) -> npt.NDArray[np.bool_]:
    """Where the levels of a picture differ within a few pixels: bool (H, W)."""
    cv2 = load_cv2()
    kernel = np.ones((5, 5), np.uint8)
    light, dark = cv2.dilate(flat, kernel), cv2.erode(flat, kernel)
    return np.asarray(cv2.subtract(light, dark) > _UNEVEN * np.maximum(light, 20))
