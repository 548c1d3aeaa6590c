"""A photograph -> line art, for designs that are filed as photographs.

A drawing shows edges, a photograph surfaces. The edges of the photograph are where its colours
change: the largest eigenvalue of the structure tensor over the three channels (Di Zenzo, CVGIP 33,
1986), so that red on green of one brightness is an edge, too. They are thinned and linked as Canny
does (PAMI 8, 1986), with thresholds taken from the picture itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ImageArrayError
from patentzoo.system.opencv import load_cv2

Grey = npt.NDArray[np.uint8]

WORK_PX = 640
"""Longer side at which edges are looked for; finer ones are texture and noise."""

LINE_PX = 2
"""Width of the lines drawn, at that size."""

_HIGH_SHARE, _LOW_OF_HIGH = 0.92, 0.4
"""The stronger threshold is this quantile of the gradient, the weaker one this share of it."""


def line_art(picture: Grey) -> Grey:
    """Draw the edges of a photograph as black lines on white.

    Args:
        picture: uint8 (H, W) or (H, W, 3) RGB.

    Returns:
        uint8 (h, w), 0 ink, 255 paper; the longer side at most ``WORK_PX``.

    Raises:
        ImageArrayError: Another shape or dtype.
    """
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or 0 in picture.shape:
        raise ImageArrayError(
            f"A photograph is uint8 (H, W) or (H, W, 3), not {picture.dtype} {picture.shape}."
        )
    if picture.ndim == 3 and picture.shape[2] != 3:
        raise ImageArrayError(f"A photograph has 3 channels, not {picture.shape[2]}.")
    cv2 = load_cv2()
    smooth = _smoothed(_small(picture))
    gx, gy = _gradient(smooth)
    strength = np.hypot(gx, gy)
    low, high = _thresholds(strength)
    # Canny takes 16-bit derivatives; the scale keeps them within range.
    scale = 8192.0 / max(1.0, float(strength.max()))
    edges = cv2.Canny(
        np.round(gx * scale).astype(np.int16),
        np.round(gy * scale).astype(np.int16),
        low * scale,
        high * scale,
        L2gradient=True,
    )
    thick = cv2.dilate(np.asarray(edges), np.ones((LINE_PX, LINE_PX), np.uint8))
    return 255 - np.asarray(thick, np.uint8)


def _small(picture: Grey) -> Grey:
    cv2 = load_cv2()
    scale = WORK_PX / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _smoothed(picture: Grey) -> npt.NDArray[np.float32]:
    """Without noise and fine texture, edges kept: float32 (H, W, C)."""
    cv2 = load_cv2()
    soft = cv2.bilateralFilter(picture, d=7, sigmaColor=30, sigmaSpace=3)
    soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), 1.0), np.float32)
    return soft if soft.ndim == 3 else soft[:, :, None]


def _gradient(
    picture: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Direction and strength of the greatest change over all channels (Di Zenzo)."""
    cv2 = load_cv2()
    dx = np.stack([cv2.Sobel(plane, cv2.CV_32F, 1, 0) for plane in np.moveaxis(picture, 2, 0)])
    dy = np.stack([cv2.Sobel(plane, cv2.CV_32F, 0, 1) for plane in np.moveaxis(picture, 2, 0)])
    xx, yy, xy = (dx * dx).sum(0), (dy * dy).sum(0), (dx * dy).sum(0)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    largest = 0.5 * (xx + yy + np.sqrt((xx - yy) ** 2 + 4 * xy**2))
    strength = np.sqrt(np.maximum(largest, 0))
    return strength * np.cos(angle), strength * np.sin(angle)


def _thresholds(strength: npt.NDArray[np.float32]) -> tuple[float, float]:
    """The weak and the strong threshold; a flat picture has no edge above them."""
    high = max(24.0, float(np.quantile(strength, _HIGH_SHARE)))
    return _LOW_OF_HIGH * high, high
