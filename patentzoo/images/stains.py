"""Coloured stains and highlighter on a drawing in black: only the black strokes are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.images import paper
from patentzoo.images.photographed_page import shows_shading

Grey = npt.NDArray[np.uint8]

_COLOURED, _LEAST, _MOST = 28, 0.002, 0.5
"""Levels by which the channels of a stain differ, and the share of the picture that it covers."""

_BLACK, _LIGHT = 100, 165
"""Ink is at most so light in its lightest channel, and a stain at least so light in its own."""

_COLOURED_INK = 0.3
"""Share of the ink that has a colour, at most: what a coloured body has is its own."""


def without_stains(colours: Grey | None) -> Grey | None:
    """Take what is coloured off a drawing in black on white; None where the picture is no such.

    Args:
        colours: uint8 (H, W, 3), on white; None: there are no colours.

    Returns:
        uint8 (H, W), 0 ink, 255 paper.
    """
    if colours is None or min(colours.shape[:2]) < 32:
        return None
    lightest = np.asarray(colours.max(axis=2))
    if paper.level_at_border(lightest) not in range(240, 256):
        return None
    coloured = lightest.astype(np.int16) - colours.min(axis=2) >= _COLOURED
    stain = coloured & (lightest >= _LIGHT)
    if not _LEAST <= stain.mean() <= _MOST:
        return None
    ink = int(np.count_nonzero(lightest <= _BLACK))
    inked = int(np.count_nonzero(coloured & (lightest <= _BLACK)))
    if ink < 0.001 * lightest.size or inked > _COLOURED_INK * ink:
        return None
    if not paper.is_thin(lightest, paper.even_light(lightest, 255)):
        return None
    table = np.minimum(255, np.rint(np.arange(256) * (255 / _LIGHT))).astype(np.uint8)
    page = np.asarray(table[lightest])
    return None if shows_shading(page) else page
