"""Straight edges of a picture, each with the side on which it is lighter.

A Hough transform in which an edge pixel votes in the direction of its own gradient (O'Gorman and
Clowes, 1976): of a stroke both sides are edges, but never of one line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Lines = npt.NDArray[np.float64]

_ANGLES = 360
"""Directions that are told apart, over a full turn."""

_SPREAD = 4
"""So many directions on either side of its gradient's own an edge pixel votes for."""

_RHO_PX = 2
"""Distances that are told apart."""

_APART_PX, _APART_ANGLES = 6, 6
"""Lines nearer than both are one."""

_SHORTEST = 0.1
"""Share of the picture's shorter side of which an edge has pixels at least."""


def straight_edges(soft: Grey, most: int) -> list[Lines]:
    """Find the longest straight edges of each of four kinds.

    Args:
        soft: uint8 (H, W), blurred a little.
        most: So many of each kind at most.

    Returns:
        Four arrays, float64 (n, 3), of lines a x + b y + c = 0 with (a, b) the unit normal that
        points to the lighter side: down, left, up, right, as from the top, right, bottom and left
        side of a light sheet.
    """
    x, y, angle = _edge_pixels(soft)
    centre = np.array(soft.shape[::-1]) / 2
    votes, reach = _votes(x - centre[0], y - centre[1], angle, float(np.hypot(*centre)))
    kinds: list[Lines] = []
    least = _SHORTEST * min(soft.shape)
    for quarter in range(4):  # down, left, up, right: a quarter turn each, from 45 degrees on
        low = (_ANGLES // 8 + quarter * _ANGLES // 4) % _ANGLES
        rolled = np.roll(votes, -low, axis=0)[: _ANGLES // 4].copy()
        lines: list[Lines] = []
        while len(lines) < most:
            at, rho = np.unravel_index(int(rolled.argmax()), rolled.shape)
            if rolled[at, rho] < least:
                break
            turn = 2 * np.pi * ((at + low) % _ANGLES) / _ANGLES
            normal = np.array([np.cos(turn), np.sin(turn)])
            line = np.array([*normal, -(float(rho) * _RHO_PX - reach) - normal @ centre])
            lines.append(_refined(line, x, y, angle))
            rolled[
                max(0, at - _APART_ANGLES) : at + _APART_ANGLES + 1,
                max(0, rho - _APART_PX // _RHO_PX) : rho + _APART_PX // _RHO_PX + 1,
            ] = 0
        kinds.append(np.array(lines).reshape(-1, 3))
    return kinds


def _edge_pixels(soft: Grey) -> tuple[Any, Any, Any]:
    """x, y, and the direction of the gradient, in radians, of each edge pixel."""
    cv2 = load_cv2()
    # Of the logarithm: an edge in a shadow is as strong as one in the light.
    log = np.rint(np.log1p(soft.astype(np.float32)) * (255 / np.log(256))).astype(np.uint8)
    dx = cv2.Sobel(log, cv2.CV_16S, 1, 0)
    dy = cv2.Sobel(log, cv2.CV_16S, 0, 1)
    edges = cv2.Canny(dx, dy, 4, 10, L2gradient=True)
    y, x = np.nonzero(edges)
    angle = np.arctan2(dy[y, x].astype(np.float64), dx[y, x])
    # Paper is even beside its edge; letters, keys and the grain of wood are not.
    levels = []
    for off in (-2, 3, 7):
        column = np.rint(x + off * np.cos(angle)).astype(np.int64).clip(0, soft.shape[1] - 1)
        row = np.rint(y + off * np.sin(angle)).astype(np.int64).clip(0, soft.shape[0] - 1)
        levels.append(log[row, column].astype(np.int64))
    even = np.abs(levels[2] - levels[1]) <= np.maximum(3, (levels[1] - levels[0]) // 2)
    return x[even], y[even], angle[even]


def _votes(x: Any, y: Any, angle: Any, reach: float) -> tuple[npt.NDArray[np.float64], float]:
    """Votes by direction and distance, float64 (angles, distances), and the distance of row 0."""
    wide = 2 * int(reach / _RHO_PX + 2)
    first = wide // 2 * _RHO_PX
    own = np.rint(angle * (_ANGLES / (2 * np.pi))).astype(np.int64)
    votes = np.zeros(_ANGLES * wide)
    for shift in range(-_SPREAD, _SPREAD + 1):
        turned = (own + shift) % _ANGLES
        radians = turned * (2 * np.pi / _ANGLES)
        rho = x * np.cos(radians) + y * np.sin(radians)
        place = np.rint((rho + first) / _RHO_PX).astype(np.int64)
        votes += np.bincount(turned * wide + place, minlength=len(votes))
    return votes.reshape(_ANGLES, wide), float(first)


def _refined(line: Lines, x: Any, y: Any, angle: Any) -> Lines:
    """The line through the edge pixels near it, by least squares."""
    for near in (3.0, 2.0):
        turn = np.arctan2(line[1], line[0])
        off = x * line[0] + y * line[1] + line[2]
        same = np.cos(angle - turn) > 0.97
        chosen = same & (np.abs(off) < near)
        if np.count_nonzero(chosen) < 8:
            return line
        points = np.stack([x[chosen], y[chosen]], axis=1).astype(np.float64)
        middle = points.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((points - middle).T))
        normal = vectors[:, 0]
        normal = normal * (np.sign(normal @ line[:2]) or 1.0)
        if values[1] < 4 * values[0]:
            return line
        line = np.array([*normal, -normal @ middle])
    return line
