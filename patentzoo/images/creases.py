"""Creases of a sheet that was folded: pale straight lines from one edge of the sheet to the other.

A crease darkens the paper a little, and the strokes on it alike: it is a matter of the light. So it
is divided out by its own profile, and the strokes that cross it stay.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.images.paper import Light, on_white
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Profiles = npt.NDArray[np.float32]

_MARGIN = (0.02, 0.1)
"""Where along its way a crease begins and ends: in the margins, in which no stroke is."""

_ASLANT = 0.04
"""Share of the sheet's side by which a crease ends higher or lower than it begins, at most."""

_SEEN, _PARTS = 0.75, 40
"""Share of the parts of its way in which a crease is darker than what is beside it."""

_DARKER, _DARKEST = 1.5, 60
"""So many levels a crease is darker than what lies beside it; what is darker by more is ink."""

_HALF_WIDTH, _BESIDE = 1 / 320, 1 / 80
"""Half the width of a crease, and how far beside it is compared, as shares of the longer side."""

_HEADROOM = 1.15
"""Paper is laid so far below white that its noise is whole."""


def without_creases(grey: Grey, light: Light) -> Grey:
    """Divide out the creases of a straightened sheet; the very array where there is none.

    A crease runs straight from margin to margin, nearly along a side of the sheet, and is pale
    nearly all along.

    Args:
        grey: uint8 (H, W), without the sheet's own edge.
        light: Of this page.
    """
    flat = on_white(grey, dataclasses.replace(light, noise=0.0, middle=_HEADROOM))
    factor = np.ones(grey.shape, np.float32)
    _divide_rows(flat, factor)
    _divide_rows(np.ascontiguousarray(flat.T), factor.T)
    if (factor == 1).all():
        return grey
    return np.asarray(np.minimum(255, np.rint(grey * factor)), np.uint8)


def _divide_rows(flat: Grey, factor: npt.NDArray[np.float32]) -> None:
    """Set the factors of the creases that run from left to right."""
    half = max(1, round(max(flat.shape) * _HALF_WIDTH))
    beside = max(3 * half, round(max(flat.shape) * _BESIDE))
    if min(flat.shape) < 8 * beside:
        return
    parts = _part_profiles(flat, half, beside)
    first, last = (round(share * _PARTS) for share in _MARGIN)
    starts = _peaks(parts[:, first:last].mean(axis=1), beside)
    ends = _peaks(parts[:, _PARTS - last : _PARTS - first].mean(axis=1), beside)
    for start in starts:
        for end in ends:
            if abs(start - end) <= _ASLANT * len(flat) and _is_crease(parts, start, end, half):
                _divide(flat, factor, (start, end), beside)


def _part_profiles(flat: Grey, half: int, beside: int) -> Profiles:
    """How much darker each row is than those beside it, in each part: float32 (H, parts)."""
    cv2 = load_cv2()
    paper = int(np.median(flat))
    dark = np.where(flat < paper - _DARKEST, 0, paper - flat.astype(np.float32))
    means = cv2.resize(dark, (_PARTS, flat.shape[0]), interpolation=cv2.INTER_AREA)
    near = cv2.blur(means, (1, 2 * half + 1))
    above, below = np.roll(near, beside, axis=0), np.roll(near, -beside, axis=0)
    return np.asarray(near - (above + below) / 2, np.float32)


def _peaks(profile: Profiles, beside: int) -> list[int]:
    """Rows that are clearly darker than those beside them, the darkest first, ten at most."""
    left = profile.copy()
    left[:beside], left[-beside:] = 0, 0
    rows: list[int] = []
    while len(rows) < 10:
        row = int(left.argmax())
        if left[row] < _DARKER:
            break
        rows.append(row)
        left[max(0, row - beside) : row + beside + 1] = 0
    return rows


def _is_crease(parts: Profiles, start: int, end: int, half: int) -> bool:
    """Whether nearly all parts of a line are darker than what lies beside them."""
    rows = np.rint(np.linspace(start, end, _PARTS)).astype(np.int64)
    shifted = [(rows + off).clip(0, len(parts) - 1) for off in (-half, 0, half)]
    near = [parts[each, np.arange(_PARTS)] for each in shifted]
    return bool((np.max(near, axis=0) >= _DARKER).mean() >= _SEEN)


def _divide(flat: Grey, factor: Any, ends: tuple[int, int], beside: int) -> None:
    """Set the factors along a crease to what makes its median that of the paper beside it."""
    height, width = flat.shape
    columns = np.arange(width)
    rows = np.rint(np.linspace(*ends, width)).astype(np.int64)
    offsets = np.arange(-beside, beside + 1)
    at = (rows + offsets[:, None]).clip(0, height - 1)
    medians = np.median(flat[at, columns], axis=1)
    # The parts of a folded sheet lean differently, so that the paper has two levels here.
    paper = np.linspace(medians[:3].mean(), medians[-3:].mean(), len(medians))
    factors = np.clip(paper / np.maximum(medians, 1), 1, 1.4)
    factor[at, columns] = np.maximum(factor[at, columns], factors[:, None])
