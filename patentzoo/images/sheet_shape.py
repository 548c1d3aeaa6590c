"""How much higher than wide a sheet is that was photographed aslant.

After Zhang and He, "Whiteboard scanning and image enhancement" (Digital Signal Processing, 2007):
four corners of a rectangle and the camera's focal length give the ratio of its sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Corners = npt.NDArray[np.float32]

_FOCAL = 0.75
"""Focal length as a share of the picture's longer side: 27 mm, as phones have, on 36 mm."""

_PAPER = (297 / 210, 279.4 / 215.9)
"""Ratios of the sides of A4 and of US Letter."""

_LIKE_PAPER = 0.044
"""A sheet whose ratio is within this share of a paper's is such a paper; half of what lies between
the two."""

_FARTHEST = 1.4
"""The ratio of the sides as they are seen is changed by this factor at most: the picture may be a
part of a photograph, whose middle was elsewhere."""


def sheet_ratio(corners: Corners, shape: tuple[int, ...]) -> float:
    """Estimate height by width of a sheet from its corners in a photograph.

    Args:
        corners: float32 (4, 2), x and y, clockwise from the top left.
        shape: Height and width of the photograph.
    """
    lengths = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1).astype(np.float64)
    seen = (lengths[1] + lengths[3]) / (lengths[0] + lengths[2])
    ratio = float(np.clip(_slanted(corners, shape) or seen, seen / _FARTHEST, seen * _FARTHEST))
    for paper in (*_PAPER, *(1 / each for each in _PAPER)):
        if abs(np.log(ratio / paper)) < _LIKE_PAPER:
            return paper
    return ratio


def _slanted(corners: Corners, shape: tuple[int, ...]) -> float | None:
    """The same from the perspective alone; None where the corners allow none."""
    centre = np.array([shape[1], shape[0]]) / 2
    focal = _FOCAL * max(shape[:2])
    rays = np.ones((4, 3))
    rays[:, :2] = (corners - centre) / focal
    lower_left, lower_right, upper_left, upper_right = rays[[3, 2, 0, 1]]
    second = _depth(lower_left, upper_right, upper_left, lower_right)
    third = _depth(lower_left, upper_right, lower_right, upper_left)
    if not (np.isfinite(second) and np.isfinite(third)):
        return None
    width = second * lower_right - lower_left
    height = third * upper_left - lower_left
    wide, high = float(np.linalg.norm(width)), float(np.linalg.norm(height))
    return high / wide if wide > 1e-6 and high > 1e-6 else None


def _depth(one: Any, other: Any, fixed: Any, moved: Any) -> float:
    """How far ``moved`` lies along its ray, as a multiple of the depth of ``one``."""
    normal = np.cross(other, fixed)
    below = float(np.cross(other, fixed) @ moved)
    return float(normal @ one) / below if abs(below) > 1e-9 else float("nan")


def beyond_picture(sides: Any, unseen: int, shape: tuple[int, ...]) -> Any:
    """Lay the fourth side of a rectangle where it cannot be seen, beyond the picture.

    Its neighbours meet in a vanishing point; the side opposite to it runs to another one, a right
    angle away from the first, and so does this side.

    Args:
        sides: float64 (4, 3), lines a x + b y + c = 0 in order round the sheet; the normals point
            inwards.
        unseen: Which of them is the picture's own.
        shape: Height and width of the picture.

    Returns:
        float64 (3,): the line, which leaves the whole picture between it and its opposite.
    """
    size = np.array([shape[1], shape[0]], float)
    focal = _FOCAL * max(shape[:2])
    # Lines and points with the middle of the picture as origin, in focal lengths.
    before, opposite, after = (
        _in_focals(line, size, focal)
        for line in (sides[unseen - 1], sides[(unseen + 2) % 4], sides[(unseen + 1) % 4])
    )
    vanishing = np.cross(before, after)
    other = np.cross(vanishing, opposite)
    if not np.linalg.norm(other) > 1e-12:
        return sides[unseen]
    ends = np.array(
        [np.cross(each, _in_focals(sides[unseen], size, focal)) for each in (before, after)]
    )
    best = None
    for end in ends:
        line = np.cross(other, end)
        norm = float(np.hypot(*line[:2]))
        if norm < 1e-12:
            continue
        line = line / norm
        inwards = line * (np.sign(line[:2] @ sides[unseen][:2]) or 1.0)
        points = ends[:, :2] / ends[:, 2:]
        if (points @ inwards[:2] + inwards[2] >= -1e-6).all():
            best = np.array([*inwards[:2], inwards[2] * focal - inwards[:2] @ (size / 2)])
    return sides[unseen] if best is None else best


def _in_focals(line: Any, size: Any, focal: float) -> Any:
    return np.array([*(line[:2] * focal), line[2] + line[:2] @ (size / 2)])
