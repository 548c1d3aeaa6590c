"""What a smooth estimate of the light misses: a shadow's edge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.float32] | Grey

_SHADOW = 0.8
"""Share of the smooth light that is left at a shadow's edge at least; what is darker is ink."""

_EDGE_PX = 3
"""Standard deviation of the blur over a shadow's edge."""


def shaded(surface: Levels, level: Grey) -> Levels:
    """Darken a smooth light where a shadow's edge leaves the paper a little darker than it.

    Args:
        surface: (h, w), the smooth light.
        level: uint8 (h, w), the paper's level where everything small and dark is closed.
    """
    if int(np.ptp(surface)) <= 3:
        return surface
    cv2 = load_cv2()
    ratio = level.astype(np.float32) / np.maximum(surface, 1)
    ratio = cv2.GaussianBlur(ratio, (0, 0), _EDGE_PX)
    return np.asarray(surface * np.where(ratio > _SHADOW, np.minimum(ratio, 1), 1), np.float32)
