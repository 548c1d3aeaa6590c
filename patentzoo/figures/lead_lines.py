"""Lead lines: thin strokes that begin free, followed to the first stroke that they meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.figures.components import Box
from patentzoo.system.opencv import load_cv2

Mask = npt.NDArray[np.bool_]
Point = npt.NDArray[np.float64]

_NEAR, _BEGINS = 0.7, 0.5
"""In heights of the numeral: how far its neighbourhood reaches, and within what its lead begins."""

_PEN = 0.4
"""Widest lead line, in heights of the numeral."""

_LONGEST = 0.6
"""Longest lead line, as a share of the picture's longer side."""

_BENDS_DEG = (0, -5, 5, -10, 10, -16, 16, -24, 24, -32, 32)
"""By so much a lead may turn from one step to the next, the least first."""


@dataclass(frozen=True, eq=False)
class Lead:
    """A lead line's beginning, beside its numeral.

    Attributes:
        start: x and y of the end that is nearest to the numeral.
        towards: Unit vector along which it leaves.
        width: Of the stroke, in pixels.
    """

    start: Point
    towards: Point
    width: float


def leads_beside(strokes: Mask, box: Box) -> list[Lead]:
    """Find the lead lines that begin beside a numeral.

    Args:
        strokes: bool (H, W), the ink without the numerals.
        box: The numeral's.
    """
    cv2: Any = load_cv2()
    height = box[2] - box[0]
    reach = max(4, round(_NEAR * height))
    y0, x0 = max(0, box[0] - reach), max(0, box[1] - reach)
    near = strokes[y0 : box[2] + reach, x0 : box[3] + reach]
    count, labels = cv2.connectedComponents(near.astype(np.uint8), connectivity=8)
    away = _distances(near.shape, (box[0] - y0, box[1] - x0, box[2] - y0, box[3] - x0))
    found = []
    for number in range(1, count):
        mine = labels == number
        lead = _lead(mine, np.where(mine, away, np.inf), height)
        if lead is not None:
            found.append(Lead(lead.start + np.array([x0, y0]), lead.towards, lead.width))
    return found


def _distances(shape: tuple[int, ...], box: Box) -> npt.NDArray[np.float64]:
    """How far each pixel of a window lies from a box in it."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    dy = np.maximum(np.maximum(box[0] - y, y - box[2] + 1), 0)
    dx = np.maximum(np.maximum(box[1] - x, x - box[3] + 1), 0)
    return np.asarray(np.hypot(dx, dy))


def _lead(mine: Mask, away: npt.NDArray[np.float64], height: int) -> Lead | None:
    """One piece of ink as a lead's beginning; None where it is something else."""
    if away.min() > _BEGINS * height:
        return None
    rim = np.concatenate([mine[0], mine[1:, -1], mine[-1, -2::-1], mine[-2:0:-1, 0]])
    steps = np.diff(np.concatenate([rim[-1:], rim]).astype(np.int8))
    if np.count_nonzero(steps == 1) != 1:  # it leaves the neighbourhood once
        return None
    y, x = np.nonzero(mine)
    nearest = int(away[y, x].argmin())
    start = np.array([x[nearest], y[nearest]], float)
    edge = (y == 0) | (x == 0) | (y == mine.shape[0] - 1) | (x == mine.shape[1] - 1)
    end = np.array([x[edge].mean(), y[edge].mean()])
    length = float(np.linalg.norm(end - start))
    if length < 0.25 * height:
        return None
    width = len(y) / length
    if width > max(_PEN * height, 2.5):
        return None
    return Lead(start, (end - start) / length, max(1.0, width))


def followed(strokes: Mask, lead: Lead) -> Mask:
    """Follow a lead up to the first other stroke it meets.

    Args:
        strokes: bool (H, W), the ink without the numerals.
        lead: From :func:`leads_beside` or :func:`outermost_ends`.

    Returns:
        bool (H, W), the ink of the lead; none where it is longer than any.
    """
    cv2: Any = load_cv2()
    path = [lead.start]
    soft = cv2.dilate(strokes.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    towards, step = lead.towards, max(1.0, lead.width / 2)
    most = int(_LONGEST * max(strokes.shape) / step)
    while len(path) <= most:
        turned = _onwards(soft, path[-1], towards, lead.width)
        if turned is None:
            break
        towards = turned
        path.append(path[-1] + step * towards)
        if len(path) > 2 and _meets(strokes, path[-1], towards, lead.width):
            del path[-max(1, round((2 + 1.5 * lead.width) / step)) :]
            break
    drawn = np.zeros(strokes.shape, np.uint8)
    if 1 < len(path) <= most:
        points = np.round(np.array(path)).astype(np.int32)
        cv2.polylines(drawn, [points], False, 1, int(np.ceil(lead.width)) + 3)
    return strokes & (drawn > 0)


def _onwards(strokes: Mask, place: Point, towards: Point, width: float) -> Point | None:
    """The direction in which a stroke goes on; None at its end."""
    ahead = np.arange(1.0, max(8.0, 4 * width))
    best, most = None, 0.85
    for bend in np.radians(_BENDS_DEG):
        cos, sin = np.cos(bend), np.sin(bend)
        turned = np.array(
            [cos * towards[0] - sin * towards[1], sin * towards[0] + cos * towards[1]]
        )
        share = float(_inked(strokes, place + ahead[:, None] * turned).mean())
        if share > most + 0.02:
            best, most = turned, share
    return best


def _meets(strokes: Mask, place: Point, towards: Point, width: float) -> bool:
    """Whether another stroke begins beside this place of a stroke."""
    across = np.array([-towards[1], towards[0]])
    off = max(2.5, 1.3 * width)
    sides = np.array([off, off + 1, -off, -off - 1])[:, None] * across + place
    return bool(_inked(strokes, sides).any())


def _inked(strokes: Mask, points: npt.NDArray[np.float64]) -> Mask:
    """Which points lie on ink: bool (n,)."""
    x, y = np.rint(points).astype(np.int64).T
    there = (x >= 0) & (y >= 0) & (x < strokes.shape[1]) & (y < strokes.shape[0])
    rows, columns = y.clip(0, strokes.shape[0] - 1), x.clip(0, strokes.shape[1] - 1)
    return np.asarray(strokes[rows, columns] & there)


def outermost_ends(strokes: Mask, reach_px: int, width: float) -> list[Lead]:
    """Find the free ends of thin strokes that stand out of a drawing, as the tails of arrows do.

    Args:
        strokes: bool (H, W).
        reach_px: A stroke stands out by so much at least.
        width: Of the drawing's lead lines; such a stroke is no wider than half more.
    """
    cv2: Any = load_cv2()
    points = cv2.findNonZero(strokes.astype(np.uint8))
    if points is None:
        return []
    hull = cv2.convexHull(points)[:, 0]
    found = []
    for x, y in hull.tolist():
        y0, x0 = max(0, y - reach_px), max(0, x - reach_px)
        near = strokes[y0 : y + reach_px + 1, x0 : x + reach_px + 1]
        _, labels = cv2.connectedComponents(near.astype(np.uint8), connectivity=8)
        mine = labels == labels[y - y0, x - x0]
        away = _distances(near.shape, (y - y0, x - x0, y - y0 + 1, x - x0 + 1))
        lead = _lead(mine, np.where(mine, away, np.inf), reach_px)
        if lead is not None and lead.width <= max(2.5, 1.5 * width):
            found.append(Lead(lead.start + np.array([x0, y0]), lead.towards, lead.width))
    return found
