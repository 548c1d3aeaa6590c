"""Rings that JPEG draws around strokes on white paper, in the blocks of 8 x 8 pixels it codes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

_BLOCK = 8
"""Side of a block in pixels (ITU-T T.81, A.3.3)."""

_FAR_PX = 2
"""Rings count farther from ink: nearer, soft edges are as grey."""

_INK_UP_TO = (0.5, 0.7)
"""Of the way from the darkest ink to white: fine strokes do not become darker than the second."""

_MOST, _DARKEST = 236, 180
"""Rings no darker than the first level do no harm; none is taken to be darker than the second."""

_LEAST_SHARE, _LEAST_BLOCKS, _MOST_BESIDE = 0.1, 8, 0.2
"""Of blocks laid half a block off so many, as a share of those with ink and at least, have rings
alone, and of those of the JPEG itself at most this share of that. Of 81 title figures, and of 24
figures scaled and blurred in five ways, none has this; of those 24 at qualities 20, 30 and 50
22, 23 and 22 have."""


def level_of_rings(grey: Grey, counts: npt.NDArray[np.int64]) -> int | None:
    """Find the level from which all is paper, in a JPEG of strokes on white paper.

    Rings end where their block does, so no block of a JPEG has rings without ink; blocks that lie
    half a block off have.

    Args:
        grey: uint8 (H, W), paper 255.
        counts: Its histogram.

    Returns:
        The level below which two in a hundred of the rings' pixels are; None where there are none
        or they are too faint to matter.
    """
    total = np.cumsum(counts[:250])
    if min(grey.shape) < 3 * _BLOCK or total[-1] == 0:
        return None
    darkest = int(np.searchsorted(total, max(1.0, 0.02 * total[-1])))
    for share in _INK_UP_TO:
        level = _level(grey, round(darkest + share * (255 - darkest)))
        if level is not None:
            return level
    return None


def _level(grey: Grey, lightest_ink: int) -> int | None:
    """The same, where what is darker than so is ink."""
    cv2 = load_cv2()
    inked = np.where(grey < lightest_ink, np.uint8(255), np.uint8(0))
    side = 2 * _FAR_PX + 1
    near = np.asarray(cv2.dilate(inked, np.ones((side, side), np.uint8)), np.uint8)
    rings = np.where((near == 0) & (grey < 252), np.uint8(255), np.uint8(0))
    level = int(np.quantile(grey[rings > 0], 0.02)) if rings.any() else 255
    if level > _MOST:
        return None
    inked_blocks, alone = _count_blocks(inked, rings, 0)
    beside = _count_blocks(inked, rings, _BLOCK // 2)[1]
    enough = beside >= max(_LEAST_BLOCKS, _LEAST_SHARE * inked_blocks)
    return max(_DARKEST, level) if enough and alone < _MOST_BESIDE * beside else None


def without_rings(grey: Grey, level: int) -> Grey:
    """Whiten all from a level on; the strokes keep their greys, as a share of it."""
    table = np.minimum(255, np.rint(np.arange(256) * (255.0 / level))).astype(np.uint8)
    return np.asarray(table[grey])


def without_overshoot(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Leave the darkest hundredth of the ink out of a histogram: rings are darker than ink, too."""
    total = np.cumsum(counts[:250])
    kept = counts.copy()
    kept[:250][total < 0.01 * total[-1]] = 0
    return kept


def _count_blocks(inked: Grey, rings: Grey, offset: int) -> tuple[int, int]:
    """Count the blocks that have ink, and those that have rings alone."""
    ink, ring = _in_blocks(inked, offset), _in_blocks(rings, offset)
    return int(np.count_nonzero(ink)), int(np.count_nonzero(ring & ~ink))


def _in_blocks(mask: Grey, offset: int) -> npt.NDArray[np.bool_]:
    """Whether each block has a pixel of the mask: one in 64 makes its mean 4."""
    cv2 = load_cv2()
    height, width = ((side - offset) // _BLOCK for side in mask.shape)
    whole = mask[offset : offset + height * _BLOCK, offset : offset + width * _BLOCK]
    mean = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(mean) > 0
