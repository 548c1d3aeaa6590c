"""Which ink belongs to which label.

Every label owns one figure. An applicant sets his labels below the figures, above them or beside
them, the same way all over a sheet: each way is tried and the one kept that fits the ink best. Ink
is moved in groups, as coarse as still leaves a group to every label, so that the pieces of an
exploded view and the dashes of a broken line go together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from patentzoo.figures.components import Box, Components
from patentzoo.system.opencv import load_cv2

_GAPS_PX = (160, 110, 80, 56, 40, 28, 20, 12, 8, 4)
"""Pieces of ink nearer than this are one group; from coarse to fine."""

_CELL_PX = 4
"""Groups are found on a picture of the page so many times smaller."""

_SIDES = {"below": 1.0, "above": 1.25, "right": 1.25, "left": 1.4}
"""Where a label stands from its figure, and how much dearer than below that is."""

_NO_OWNER = -1

Owners = npt.NDArray[np.intp]


def assign(
    components: Components, labels: Sequence[Box], lettering: npt.NDArray[np.bool_]
) -> Owners:
    """The label every component belongs to.

    Args:
        components: Of an upright page.
        labels: The k boxes of its labels; without any, all ink is of one figure.
        lettering: bool (n,): components of the labels themselves.

    Returns:
        int (n,): 0 to k - 1; -1 for the labels themselves.
    """
    drawn = np.flatnonzero(~lettering)
    owners = np.full(len(components), _NO_OWNER, np.intp)
    if len(labels) <= 1 or not len(drawn):
        owners[drawn] = 0
        return owners
    best: tuple[int, Owners] = (-1, np.zeros(len(drawn), np.intp))
    small, places = _shrunk(_ink_of(components, lettering)), _a_pixel_of_each(components, drawn)
    for gap in _GAPS_PX:
        groups = _group(small, places, gap)
        boxes, areas = _outlines(components, drawn, groups)
        owner = _cheapest(boxes, areas, labels)[groups]
        served = len(np.unique(owner[_weighty(areas)[groups]]))
        if served > best[0]:
            best = (served, owner)
        if served == len(labels):
            break
    owners[drawn] = best[1]
    return owners


def _group(small: npt.NDArray[np.uint8], places: tuple[Owners, Owners], gap_px: int) -> Owners:
    """A group number from 0 for the component at each place, of a shrunk picture of all of them."""
    cv2 = load_cv2()
    reach = max(1, gap_px // _CELL_PX)
    grown = cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach + 1, reach + 1)))
    _, coarse = cv2.connectedComponents(np.asarray(grown), connectivity=8)
    ys, xs = places
    _, groups = np.unique(np.asarray(coarse)[ys // _CELL_PX, xs // _CELL_PX], return_inverse=True)
    return groups.astype(np.intp)


def _ink_of(components: Components, left_out: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The ink of all components but some: uint8 (H, W), 1 ink."""
    ink = (components.labels > 0).view(np.uint8)
    for i in np.flatnonzero(left_out):
        y0, x0, y1, x1 = components.boxes[i]
        ink[y0:y1, x0:x1][components.labels[y0:y1, x0:x1] == i + 1] = 0
    return ink


def _shrunk(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A cell is inked if any of its pixels is: uint8 (H, W) of 0 and 1 -> a side a cell."""
    height, width = (-(-side // _CELL_PX) for side in ink.shape)
    padded = np.zeros((height * _CELL_PX, width * _CELL_PX), np.uint8)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    rows = np.bitwise_or.reduce([padded[first::_CELL_PX] for first in range(_CELL_PX)])
    return np.asarray(rows.view(np.uint32) != 0).view(np.uint8)


def _a_pixel_of_each(
    components: Components, drawn: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Row and column of one pixel of every drawn component: one in the top row of its box."""
    ys = components.boxes[drawn, 0].astype(np.intp)
    xs = np.empty(len(drawn), np.intp)
    for row, (i, y) in enumerate(zip(drawn, ys, strict=True)):
        x0, x1 = components.boxes[i, 1], components.boxes[i, 3]
        xs[row] = x0 + int(np.argmax(components.labels[y, x0:x1] == i + 1))
    return ys, xs


def _outlines(
    components: Components, drawn: npt.NDArray[np.intp], groups: Owners
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Box (g, 4) and ink (g,) of every group."""
    count = int(groups.max()) + 1
    boxes = np.empty((count, 4), np.int32)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.int32).max, 0
    np.minimum.at(boxes[:, :2], groups, components.boxes[drawn, :2])
    np.maximum.at(boxes[:, 2:], groups, components.boxes[drawn, 2:])
    areas = np.bincount(groups, weights=components.areas[drawn], minlength=count)
    return boxes, areas.astype(np.int32)


def _weighty(areas: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Groups with enough ink to be a figure rather than a part or dirt."""
    return np.asarray(areas >= 0.01 * areas.max())


def _cheapest(
    boxes: npt.NDArray[np.int32], areas: npt.NDArray[np.int32], labels: Sequence[Box]
) -> Owners:
    """The label of every group under the side of the label that costs least over the sheet."""
    places = np.array(labels)
    weights = np.sqrt(areas.astype(np.float64))
    best_cost, best = np.inf, np.zeros(len(boxes), np.intp)
    for side, price in _SIDES.items():
        costs = _costs(boxes, places, side)
        owner = costs.argmin(axis=1)
        cost = price * float((weights * costs.min(axis=1)).sum() / weights.sum())
        missing = len(labels) - len(np.unique(owner[_weighty(areas)]))
        cost += 1e6 * missing
        if cost < best_cost:
            best_cost, best = cost, owner
    return best


def _costs(
    boxes: npt.NDArray[np.int32], labels: npt.NDArray[np.int64], side: str
) -> npt.NDArray[np.float64]:
    """How badly each group (rows) suits each label (columns), in pixels.

    The way from the group to the label on the label's side counts once, off to the side twice, and
    a label on the wrong side three times.
    """
    along, across = (0, 1) if side in ("below", "above") else (1, 0)
    near, far = boxes[:, along, None], boxes[:, along + 2, None]
    if side in ("below", "right"):
        gap = labels[None, :, along] - far
    else:
        gap = near - labels[None, :, along + 2]
    middle = (labels[None, :, across] + labels[None, :, across + 2]) / 2
    low, high = boxes[:, across, None], boxes[:, across + 2, None]
    off = np.maximum(low - middle, 0) + np.maximum(middle - high, 0)
    off = off + 0.1 * np.abs(middle - (low + high) / 2)
    return np.asarray(np.maximum(gap, 0) + 3.0 * np.maximum(-gap, 0) + 2.0 * off)
