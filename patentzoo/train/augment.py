"""What scanning, cropping and another side of the object do to a drawing, before preprocessing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]


def distort_synthetic(grey: Grey, rng: np.random.Generator) -> Grey:
    """Mild changes to a rendered view: its other sides are already in the data."""
    if rng.random() < 0.35:
        grey = np.ascontiguousarray(grey[:, ::-1])
    if rng.random() < 0.06:
        grey = np.ascontiguousarray(np.rot90(grey, int(rng.choice([-1, 1]))))
    if rng.random() < 0.4:
        grey = _warp(grey, rng, squeeze=0.12, turn_deg=5, shear=0.06)
    return _scan(grey, rng)


def distort_real(grey: Grey, rng: np.random.Generator) -> Grey:
    """Strong changes to a patent's only view: squeezing one axis stands for turning the object."""
    if rng.random() < 0.5:
        grey = np.ascontiguousarray(grey[:, ::-1])
    if rng.random() < 0.08:
        grey = np.ascontiguousarray(np.rot90(grey, int(rng.choice([-1, 1]))))
    if rng.random() < 0.9:
        grey = _warp(grey, rng, squeeze=0.4, turn_deg=12, shear=0.2)
    if rng.random() < 0.3:
        grey = _crop(grey, rng)
    return _scan(grey, rng)


def _scan(grey: Grey, rng: np.random.Generator) -> Grey:
    """Pen and scanner: bolder or finer strokes, coarser resolution, a patch missing, specks."""
    import cv2

    if rng.random() < 0.25:
        change = cv2.erode if rng.random() < 0.7 else cv2.dilate
        grey = _unless_lost(grey, np.asarray(change(grey, np.ones((2, 2), np.uint8)), np.uint8))
    if rng.random() < 0.3:
        scale = float(rng.uniform(0.4, 0.8))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        grey = np.asarray(small, np.uint8)
        if rng.random() < 0.5:
            bilevel = np.where(grey < rng.uniform(150, 230), 0, 255).astype(np.uint8)
            grey = _unless_lost(grey, bilevel)
    if rng.random() < 0.25:
        grey = _erase(grey, rng)
    return grey


def _unless_lost(before: Grey, after: Grey) -> Grey:
    """The changed drawing, unless its thin strokes went with the change."""
    kept = (255 - after.mean()) / max(1e-6, 255 - before.mean())
    return after if kept > 0.6 else before


def _erase(grey: Grey, rng: np.random.Generator) -> Grey:
    height, width = grey.shape
    h, w = (max(1, int(side * rng.uniform(0.1, 0.35))) for side in (height, width))
    y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    out = grey.copy()
    out[y : y + h, x : x + w] = 255
    return out


def _crop(grey: Grey, rng: np.random.Generator) -> Grey:
    height, width = grey.shape
    h, w = (max(8, int(side * rng.uniform(0.6, 1.0))) for side in (height, width))
    y, x = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    part = grey[y : y + h, x : x + w]
    return part if (part < 128).mean() > 0.002 else grey


def _warp(
    grey: Grey, rng: np.random.Generator, *, squeeze: float, turn_deg: float, shear: float
) -> Grey:
    """An affine map about the middle and a corner pull, onto a canvas that holds all of it."""
    import cv2

    height, width = grey.shape
    turn = np.radians(rng.uniform(-turn_deg, turn_deg))
    scale = np.exp(rng.uniform(-squeeze, 0, 2) * rng.permutation([1.0, 0.25]) * 2)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = matrix @ np.array([[1, rng.uniform(-shear, shear)], [0, 1]]) @ np.diag(scale)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    moved = (corners - corners.mean(0)) @ matrix.T
    moved += rng.uniform(-0.04, 0.04, (4, 2)) * np.array([width, height]) * (squeeze > 0.2)
    moved -= moved.min(0)
    size = np.ceil(moved.max(0)).astype(int) + 1
    mapping = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    warped = cv2.warpPerspective(
        grey, mapping, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR, borderValue=255
    )
    return np.asarray(warped, np.uint8)
