"""Negatives: are light strokes drawn on a dark ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.images.paper import border_tiles, reduced
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

_DARK, _APART = 110, 60
"""The ground is at most so light, and the strokes so many levels lighter at least."""

_DARK_TILES = 10
"""Tiles of the ring, of 16, that are mostly dark where light strokes stand on a dark ground."""

_NEAR, _OF_TWO = 0.2, 0.7
"""So many of the pixels are so near one of two levels, as a share of the levels between them, in a
picture of strokes with noise or soft edges."""


def light_on_dark(grey: Grey) -> bool:
    """Tell whether thin light strokes stand on a dark ground that reaches the border all around."""
    counts = np.bincount(grey.ravel(), minlength=256)
    if np.count_nonzero(counts) == 2:
        low, high = (int(level) for level in np.flatnonzero(counts))
        return _is_negative(grey, low, high)
    levels = _two_levels(counts)
    return (levels is not None and _is_negative(grey, *levels)) or _is_soft_negative(grey)


def _two_levels(counts: npt.NDArray[np.int64]) -> tuple[int, int] | None:
    """Find the two levels about which nearly all pixels are; None where they are not."""
    shares = counts / counts.sum()
    below, sums = np.cumsum(shares), np.cumsum(shares * np.arange(256))
    # Between the classes so much varies for each threshold (Otsu, 1979).
    spread = (sums[-1] * below - sums) ** 2 / np.maximum(below * (1 - below), 1e-12)
    cut = int(np.argmax(spread[:-1]))
    if not 0 < below[cut] < 1:
        return None
    low, high = sums[cut] / below[cut], (sums[-1] - sums[cut]) / (1 - below[cut])
    off = np.minimum(np.abs(np.arange(256) - low), np.abs(np.arange(256) - high))
    near = float(shares[off <= _NEAR * (high - low)].sum())
    return (round(low), round(high)) if near >= _OF_TWO else None


def _is_negative(grey: Grey, low: int, high: int) -> bool:
    """The same of a picture of two levels, which has no soft edges that could be reduced.

    Of 1,452 drawings and sheets in black on white none is taken for it; of 323 figures turned
    around every one.
    """
    if low > _DARK or high - low < _APART:
        return False
    cv2 = load_cv2()
    light = np.where(grey > (low + high) // 2, 255, 0).astype(np.uint8)
    count = int(np.count_nonzero(light))
    if not 0.002 <= count / light.size <= 0.7:
        return False
    if sum(np.count_nonzero(tile) * 2 < tile.size for tile in border_tiles(light)) < 12:
        return False
    side = max(9, max(grey.shape) // 50)
    opened = cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    return int(np.count_nonzero(opened)) * 2 < count


def _is_soft_negative(grey: Grey) -> bool:
    """The same of a picture of many levels."""
    cv2 = load_cv2()
    small = reduced(grey, shorter_px=1)
    level, _ = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ground = float(np.median(small))
    if ground > _DARK or float(np.quantile(small, 0.998)) - ground < _APART:
        return False
    light = np.where(small > level, 255, 0).astype(np.uint8)
    if not 0.002 <= np.count_nonzero(light) / light.size <= 0.4:
        return False
    if sum(np.count_nonzero(tile) * 2 < tile.size for tile in border_tiles(light)) < _DARK_TILES:
        return False
    side = max(3, max(small.shape) // 50)
    opened = cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    # Along the border a viewer may have bars of its own.
    inner = tuple(slice(each * 8 // 100, each - each * 8 // 100) for each in small.shape)
    strokes = int(np.count_nonzero(light[inner]))
    thick = int(np.count_nonzero(opened[inner]))
    return strokes >= 0.001 * light.size and thick * 4 < strokes
