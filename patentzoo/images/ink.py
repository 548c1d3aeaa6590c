"""Ink: how grey it is, grey ink stretched to black, and strokes that a lens blurred."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

PALE_INK, PALE_SCANNED_INK = 112, 48
"""Ink whose darkest level is lighter is stretched to black; where the paper had to be made white,
the second counts. Of 724 drawings on white paper the palest has a darkest level of 90."""

_ONE_LEVEL, _LEVEL_WIDTH = 0.5, 6
"""Ink has one level where this share of it lies so near its darkest."""


_BLUR_SHARE, _BLUR_PX = 1 / 400, (1.0, 4.0)
"""Standard deviation that is sharpened away: a share of the longer side, and its limits."""

_SHARPEN, _WHITE = 1.5, 235
"""How much of the difference to the blurred page is added, and the level that is paper afterwards.
Chosen on photographs of 48 figures of utility patents, between 1 and 2, 215 and 255."""


def sharpened(grey: Grey) -> Grey:
    """Give strokes that a lens blurred their darkness back, by an unsharp mask.

    Args:
        grey: uint8 (H, W), paper 255.
    """
    cv2 = load_cv2()
    sigma = float(np.clip(max(grey.shape) * _BLUR_SHARE, *_BLUR_PX))
    blurred = cv2.GaussianBlur(grey, (0, 0), sigma)
    sharp = cv2.addWeighted(grey, 1 + _SHARPEN, blurred, -_SHARPEN, 0)
    return np.asarray(cv2.convertScaleAbs(sharp, alpha=255 / _WHITE), np.uint8)


def histogram(grey: Grey) -> npt.NDArray[np.int64]:
    """How many pixels have each grey level: int64 (256,)."""
    cv2 = load_cv2()
    white = int(cv2.countNonZero(grey))
    if cv2.sumElems(grey)[0] == 255.0 * white:  # a scan: ten times faster than counting levels
        levels = np.zeros(256, np.int64)
        levels[0], levels[255] = grey.size - white, white
        return levels
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256])
    return np.asarray(counts, np.float64).ravel().astype(np.int64)


def darkened(
    grey: Grey, pale: int, *, even: bool = False, counts: npt.NDArray[np.int64] | None = None
) -> Grey | None:
    """Stretch pale ink on white paper to black; None where the ink is dark enough already.

    Args:
        grey: uint8 (H, W), paper 255.
        pale: Ink whose darkest level is at most this is dark enough.
        even: Stretch only ink of one level: thin black lines that were scaled down are pale, too,
            in all shades.
        counts: The page's histogram, where it is known.
    """
    counts = histogram(grey) if counts is None else counts
    inked = np.flatnonzero(counts[:250])
    # A stain and a staple are darker than any stroke; of two levels one is the ink.
    few = int(np.count_nonzero(counts)) <= 2
    if not inked.size or (inked[0] <= pale and not (few and inked[0] > 0)):
        return None
    total = np.cumsum(counts[:250])
    darkest = int(np.searchsorted(total, max(1.0, 0.02 * total[-1])))
    if darkest >= 244 or (even and not _of_one_level(counts, darkest)):
        return None
    scale = 255.0 / (255 - darkest)
    table = np.clip(np.rint((np.arange(256) - darkest) * scale), 0, 255).astype(np.uint8)
    return np.asarray(table[grey])


def _of_one_level(counts: npt.NDArray[np.int64], darkest: int) -> bool:
    """Whether most of what is clearly darker than paper is as dark as the darkest."""
    ink = counts[: (darkest + 255) // 2 + 1].sum()
    near = counts[: darkest + _LEVEL_WIDTH + 1].sum()
    return bool(near >= _ONE_LEVEL * max(1, int(ink)))
