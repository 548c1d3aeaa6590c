"""The outline of a light region -> the quadrilateral of the sheet it is part of.

Where a sheet reaches beyond the picture's edge its outline has more corners than four, and some of
its sides are the picture's own: the straight sides that remain are prolonged until they meet.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Corners = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]

_RIM_PX = 5
"""Points so near the picture's edge lie on it."""

_SHORTEST = 0.1
"""Share of the picture's shorter side that a side of a sheet is long at least."""

_SIDES = 6
"""Longest sides of an outline that are combined."""


def prolonged(mask: npt.NDArray[np.uint8]) -> Iterator[Corners]:
    """Yield quadrilaterals between the straight sides of the largest region of a mask.

    Args:
        mask: uint8 (H, W), 0 and 255.

    Yields:
        float32 (4, 2), x and y, in order round the region; corners may lie outside the picture.
    """
    cv2 = load_cv2()
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    shape = cv2.approxPolyDP(hull, 0.004 * cv2.arcLength(hull, True), True)
    points = np.asarray(shape, np.float64).reshape(-1, 2)
    if len(points) < 3:
        return
    sides = _sides(points, mask.shape)
    for chosen in itertools.combinations(sides, 4):
        corners = _meeting(chosen)
        if corners is not None:
            yield corners


def _sides(points: Points, shape: tuple[int, ...]) -> list[npt.NDArray[np.float64]]:
    """The longest sides as lines a x + b y + c = 0, in order round the outline.

    Sides along the picture's edge count only where fewer than four others are there.
    """
    height, width = shape[:2]
    following = np.roll(points, -1, axis=0)
    lengths = np.linalg.norm(following - points, axis=1)
    limits = np.array([0, 0, width - 1, height - 1], float)
    coordinates = (
        np.concatenate([points, points], axis=1),
        np.concatenate([following, following], axis=1),
    )
    at_edge = (np.abs(coordinates[0] - limits) <= _RIM_PX) & (
        np.abs(coordinates[1] - limits) <= _RIM_PX
    )
    own = ~at_edge.any(axis=1) & (lengths >= _SHORTEST * min(shape[:2]))
    rank = np.where(own, lengths, lengths * 1e-4)
    kept = sorted(np.argsort(-rank)[: max(4, min(_SIDES, int(own.sum())))])
    lines = []
    for at in kept:
        (x0, y0), (x1, y1) = points[at], following[at]
        line = np.array([y0 - y1, x1 - x0, x0 * y1 - x1 * y0])
        lines.append(line / max(1e-9, float(np.hypot(*line[:2]))))
    return lines


def _meeting(lines: tuple[npt.NDArray[np.float64], ...]) -> Corners | None:
    """Where each of four lines meets the next; None where two are nearly parallel."""
    corners = []
    for line, other in zip(lines, (*lines[1:], lines[0]), strict=True):
        point = np.cross(line, other)
        if abs(point[2]) < 0.2:
            return None
        corners.append(point[:2] / point[2])
    return np.array(corners, np.float32)
