"""A photograph of a sheet -> the sheet's four corners, and the sheet straightened.

Two kinds of quadrilaterals are proposed: those between long straight edges, which a shadow across
the sheet does not break nor another sheet below it, and the outlines of light regions at several
thresholds. Those count along whose sides the inside is lighter than the outside, by a share and
within a few pixels: the edge of a shadow is softer than the edge of a sheet.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.images.sheet_evidence import contrast_seen
from patentzoo.images.sheet_outlines import prolonged
from patentzoo.images.sheet_quads import sheets_between_edges
from patentzoo.images.sheet_shape import sheet_ratio
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

SEARCH_PX = 640
"""Longer side at which corners are looked for."""

STRAIGHT_PX = 2000
"""Longer side of a straightened sheet at most."""

_SMALLEST, _LARGEST = 0.12, 0.97
"""Share of the picture that a sheet covers."""

_SEEN_ALL = 0.7
"""Share of all sides along which the outside is darker."""

_CANDIDATES = 3
"""So many quadrilaterals between straight edges are tried."""

_BEYOND = 0.3
"""Share of the picture's sides by which a corner may lie beyond its edge."""

_INSET = 0.012
"""Cut off at each edge of a straightened sheet: its own edge and shadow."""


def sheet_corners(grey: Grey) -> Corners | None:
    """Find the four corners of a light sheet on something darker.

    Args:
        grey: uint8 (H, W).

    Returns:
        float32 (4, 2), x and y in pixels, clockwise from the top left; None without evidence.
    """
    return next(possible_sheets(grey), None)


def possible_sheets(grey: Grey) -> Iterator[Corners]:
    """Yield the corners of what may be a light sheet, the likeliest first.

    Args:
        grey: uint8 (H, W).

    Yields:
        As :func:`sheet_corners` returns; at most ``_CANDIDATES`` and one more.
    """
    cv2 = load_cv2()
    scale = min(1.0, SEARCH_PX / max(grey.shape))
    size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
    if min(size) < 48:
        return
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    back = np.array([grey.shape[1] / size[0], grey.shape[0] / size[1]])
    sharp = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), np.uint8)
    for corners in sheets_between_edges(sharp, _CANDIDATES):
        yield np.asarray(corners * back, np.float32)
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.5), np.uint8)
    lightest = _lightest(soft)
    if lightest is not None:
        yield np.asarray(lightest * back, np.float32)


def _lightest(soft: Grey) -> Corners | None:
    """The outline of a light region, along which the outside is the darkest."""
    best, most = None, 0.0
    masks = _light_regions(soft)
    regions = (_quadrilateral(mask) for mask in masks)
    beyond = (corners for mask in masks for corners in _prolonged(mask))
    for corners in itertools.chain(regions, beyond):
        if corners is None:
            continue
        seen = contrast_seen(soft, corners)
        score = seen + 0.5 * _seen_area(corners, soft.shape)
        if seen >= _SEEN_ALL and score > most:
            best, most = corners, score
    return best


def straightened(grey: Grey, corners: Corners) -> Grey:
    """Turn the quadrilateral of a sheet into a rectangle without the sheet's own edge.

    Args:
        grey: uint8 (H, W).
        corners: From :func:`sheet_corners`.

    Returns:
        uint8 (h, w), the longer side at most ``STRAIGHT_PX``.
    """
    cv2 = load_cv2()
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    width, height = max(sides[0], sides[2]), max(sides[1], sides[3])
    ratio = sheet_ratio(corners, grey.shape)
    width, height = max(width, height / ratio), max(height, width * ratio)
    scale = min(1.0, STRAIGHT_PX / max(width, height))
    width, height = (max(16, round(float(side) * scale)) for side in (width, height))
    dx, dy = width * _INSET, height * _INSET
    goal = np.array(
        [
            (-dx, -dy),
            (width - 1 + dx, -dy),
            (width - 1 + dx, height - 1 + dy),
            (-dx, height - 1 + dy),
        ],
        np.float32,
    )
    map_ = cv2.getPerspectiveTransform(corners.astype(np.float32), goal)
    flat = cv2.warpPerspective(
        grey, map_, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    inside = (corners >= 0).all() and (corners <= np.array(grey.shape[::-1])).all()
    return np.asarray(flat, np.uint8) if inside else _completed(flat, grey.shape, map_)


def _completed(flat: Grey, shape: tuple[int, ...], map_: npt.NDArray[Any]) -> Grey:
    """Fill what lay beyond the picture's edge with the paper beside it."""
    cv2 = load_cv2()
    size = (flat.shape[1], flat.shape[0])
    there = cv2.warpPerspective(np.full(shape, 255, np.uint8), map_, size)
    beyond = cv2.dilate(np.where(there < 255, 255, 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    scale = 160 / max(size)
    small_size = (max(8, round(size[0] * scale)), max(8, round(size[1] * scale)))
    small = cv2.resize(flat, small_size, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    mask = cv2.resize(beyond, small_size, interpolation=cv2.INTER_AREA)
    mask = np.where(mask > 0, 255, 0).astype(np.uint8)
    filled = cv2.inpaint(paper, mask, 5, cv2.INPAINT_TELEA)
    out = flat.copy()
    out[beyond > 0] = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR)[beyond > 0]
    return np.asarray(out, np.uint8)


def _light_regions(soft: Grey) -> list[Grey]:
    """Masks, 0 and 255, of what is lighter than each of some thresholds, ink within closed."""
    cv2 = load_cv2()
    otsu, _ = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = float(np.quantile(soft, 0.9))
    around = _around(soft)
    levels = {otsu, *(otsu + (light - otsu) * t for t in (0.25, 0.5)), (light + around) / 2}
    levels |= {around + (light - around) * t for t in (0.3, 0.7)}
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))
    masks = []
    for level in sorted(levels):
        mask = np.where(soft > level, 255, 0).astype(np.uint8)
        masks.append(np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), np.uint8))
        thin = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
        masks.append(np.asarray(cv2.morphologyEx(masks[-1], cv2.MORPH_OPEN, thin), np.uint8))
    return masks


def _around(soft: Grey) -> float:
    """Median level of the picture's outermost pixels."""
    return float(np.median(np.concatenate([soft[0], soft[-1], soft[:, 0], soft[:, -1]])))


def _quadrilateral(mask: Grey) -> Corners | None:
    """The four corners of the largest region, where it fills such a shape; float32 (4, 2)."""
    cv2 = load_cv2()
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    area = cv2.contourArea(hull)
    if not _SMALLEST <= area / mask.size <= _LARGEST:
        return None
    around = cv2.arcLength(hull, True)
    for share in (0.01, 0.02, 0.03, 0.045, 0.06):
        shape = cv2.approxPolyDP(hull, share * around, True)
        if len(shape) == 4:
            break
    else:
        return None
    corners = np.asarray(shape, np.float32).reshape(4, 2)
    if not cv2.isContourConvex(shape) or cv2.contourArea(shape) < 0.9 * area:
        return None
    ordered = _clockwise(corners)
    return ordered if _is_sheet_shaped(ordered) else None


def _prolonged(mask: Grey) -> Iterator[Corners]:
    """Sheets of which the largest region of a mask shows a part."""
    for corners in prolonged(mask):
        ordered = _clockwise(corners)
        if _is_possible(ordered, mask.shape):
            yield ordered


def _is_possible(corners: Corners, shape: tuple[int, ...]) -> bool:
    """Whether a sheet may lie so: its shape, its size, and how far beyond the picture's edge."""
    size = np.array(shape[1::-1])
    if (np.abs(corners - size / 2) > size * (0.5 + _BEYOND)).any():
        return False
    return _is_sheet_shaped(corners) and _SMALLEST <= _seen_area(corners, shape) <= _LARGEST


def _seen_area(corners: Corners, shape: tuple[int, ...]) -> float:
    """Share of the picture, in [0, 1], that a quadrilateral covers."""
    cv2 = load_cv2()
    height, width = shape[:2]
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    return float(cv2.intersectConvexConvex(corners, frame)[0]) / (width * height)


def _is_sheet_shaped(corners: Corners) -> bool:
    """Whether it is convex, its angles are from 45 to 135 degrees, opposite sides within 1 to 3."""
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    if lengths.min() < 24:
        return False
    unit = sides / lengths[:, None]
    following = np.roll(unit, -1, axis=0)
    turn = unit[:, 0] * following[:, 1] - unit[:, 1] * following[:, 0]
    ratios = lengths[:2] / lengths[2:]
    return bool((turn > 0.7).all() and (ratios < 3).all() and (ratios > 1 / 3).all())


def _clockwise(corners: Corners) -> Corners:
    """In the order top left, top right, bottom right, bottom left."""
    middle = corners.mean(axis=0)
    angle = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    ordered = corners[np.argsort(angle)]
    first = int(np.argmin(ordered.sum(axis=1)))
    return np.asarray(np.roll(ordered, -first, axis=0))
