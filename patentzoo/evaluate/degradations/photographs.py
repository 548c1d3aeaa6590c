"""Photographs of a drawing: the printed page, the page on a desk, a screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patentzoo.evaluate.degradations import surfaces
from patentzoo.evaluate.degradations.camera import (
    Colour,
    Floats,
    Grey,
    as_jpeg,
    camera_matrix,
    expose,
    illumination,
    linear,
    project,
)
from patentzoo.system.opencv import load_cv2

EXTENT_MM = 760.0
"""How much of the table is painted; what is farther away is its mirror image."""


def photographed_page(drawing: Grey, rng: np.random.Generator) -> Colour:
    """Photograph a printed page on a plain table, from above and somewhat aslant."""
    return _photograph(drawing, surfaces.plain_table(EXTENT_MM, rng), (0.8, 1.04), 22, rng)


def page_on_desk(drawing: Grey, rng: np.random.Generator) -> Colour:
    """Photograph a printed page among other things on a desk, from farther away."""
    return _photograph(drawing, surfaces.cluttered_desk(EXTENT_MM, rng), (0.5, 0.72), 30, rng)


def photographed_screen(drawing: Grey, rng: np.random.Generator) -> Colour:
    """Photograph a monitor that shows a drawing: its red, green and blue stripes beat with
    the sensor's grid (moire)."""
    cv2 = load_cv2()
    width, height, pitch_mm = 1280, 800, rng.uniform(0.23, 0.29)
    shown = np.full((height, width), rng.integers(225, 256), np.uint8)
    scale = 0.85 * min(width / drawing.shape[1], height / drawing.shape[0])
    fitted = (max(8, round(drawing.shape[1] * scale)), max(8, round(drawing.shape[0] * scale)))
    small = cv2.resize(drawing, fitted, interpolation=cv2.INTER_AREA)
    left, top = (width - fitted[0]) // 2, (height - fitted[1]) // 2
    place = shown[top : top + fitted[1], left : left + fitted[0]]
    np.minimum(place, small, out=place)
    screen = _subpixels(shown)
    border = 45
    screen = cv2.copyMakeBorder(
        screen, border, border, border, border, cv2.BORDER_CONSTANT, value=(0.01, 0.01, 0.01)
    )
    view, size = camera_matrix(width * pitch_mm, height * pitch_mm, rng.uniform(0.85, 1.1), 14, rng)
    light = project(screen + np.float32(0.02), 3 / pitch_mm, view, size, gathered=0.45)
    return as_jpeg(expose(light, rng), int(rng.integers(78, 93)))


def _photograph(
    drawing: Grey,
    table: Floats,
    fill: tuple[float, float],
    tilt_deg: float,
    rng: np.random.Generator,
) -> Colour:
    sheet, size_mm = surfaces.printed_sheet(drawing, rng)
    surfaces.lay_sheet(table, size_mm, rng)
    view, size = camera_matrix(*size_mm, rng.uniform(*fill), tilt_deg, rng)
    scene = project(table, surfaces.DESK_PX_PER_MM, view, size)
    page = project(sheet, surfaces.PRINT_PX_PER_MM, view, size)
    paper = np.array([1, rng.uniform(0.97, 1), rng.uniform(0.9, 1.0)], np.float32)
    inside = _covered(size_mm, view, size)[..., None]
    scene += inside * (page[..., None] * paper - scene)
    light, px_per_mm = illumination(EXTENT_MM, rng)
    scene *= project(light, px_per_mm, view, size)
    return as_jpeg(expose(scene, rng), int(rng.integers(72, 93)))


def _covered(
    size_mm: tuple[float, float], view: NDArray[np.float64], size: tuple[int, int]
) -> Floats:
    """Where the sheet is in the photograph: float32 (h, w) in [0, 1]."""
    cv2 = load_cv2()
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(size_mm) / 2
    seen = cv2.perspectiveTransform(corners[None].astype(np.float64), view)[0]
    mask = np.zeros(size[::-1], np.uint8)
    fixed = np.round(seen * 16).astype(np.int32)
    cv2.fillConvexPoly(mask, fixed, 255, cv2.LINE_AA, shift=4)
    return np.asarray(mask.astype(np.float32) / 255)


def _subpixels(shown: Grey) -> Floats:
    """Light of a monitor's pixels: three stripes each, dark lines between the rows."""
    light = np.repeat(np.repeat(linear(shown), 3, axis=0), 3, axis=1)
    screen = np.zeros((*light.shape, 3), np.float32)
    for channel in range(3):
        screen[:, channel::3, channel] = 3 * light[:, channel::3]
    screen[2::3] *= 0.35
    return screen
