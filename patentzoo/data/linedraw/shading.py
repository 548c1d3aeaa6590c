"""Surface shading in ink: isophotes, hatching, stipple, glare strokes and solid fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from patentzoo.data.linedraw.style import Style

Grey = npt.NDArray[np.uint8]


def shade(canvas: Grey, tone: Grey, style: Style, rng: np.random.Generator, size_px: int) -> None:
    """Draw a view's shading onto its canvas, in place.

    Args:
        canvas: uint8 (H, W), the figure without border.
        tone: The view's tone map, 0 where nothing is.
        style: Which shading, how dense.
        rng: Chance within the style.
        size_px: The figure's longer side; the tone map covers the square of that side.
    """
    import cv2

    pitch = max(3.0, style.shade_pitch * size_px / 1000)
    thickness = max(1, round(0.7 * style.line * size_px / 1000))
    full = cv2.resize(tone, (size_px + 1, size_px + 1), interpolation=cv2.INTER_LINEAR)
    full = full[: canvas.shape[0], : canvas.shape[1]]
    solid = cv2.resize(
        (tone > 0).astype(np.uint8), (size_px + 1, size_px + 1), interpolation=cv2.INTER_NEAREST
    )[: full.shape[0], : full.shape[1]]
    dark = (full < style.shade_level) & (solid > 0)
    if style.shading == "isophote":
        _isophotes(canvas, tone, size_px, pitch, thickness)
        return
    if style.shading == "fill":
        ink = dark & (full < style.shade_level * 0.5)
    elif style.shading == "stipple":
        ink = _dots(canvas.shape, pitch, thickness, rng) & dark
    elif style.shading == "glare":
        ink = _glare(canvas.shape, pitch, thickness, style.shade_angle_deg, rng) & (solid > 0)
    else:
        ink = _lines(canvas.shape, pitch, thickness, style.shade_angle_deg) & dark
    canvas[: full.shape[0], : full.shape[1]][ink[: full.shape[0], : full.shape[1]]] = 0


def _isophotes(canvas: Grey, tone: Grey, size_px: int, pitch: float, thickness: int) -> None:
    """Lines of equal brightness: along a cylinder's axis, around a sphere's light."""
    import cv2

    smooth = cv2.GaussianBlur(tone, (0, 0), 1.2)
    inside = cv2.erode((tone > 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    scale = 16 * size_px / tone.shape[0]
    levels = max(3, min(10, round(260 / pitch)))
    for level in np.linspace(40, 235, levels):
        above = (smooth > level).astype(np.uint8)
        contours, _ = cv2.findContours(above, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        for contour in contours:
            points = contour[:, 0]
            kept = inside[points[:, 1], points[:, 0]] > 0
            gradient = np.flatnonzero(kept)
            for run in np.split(gradient, np.flatnonzero(np.diff(gradient) > 1) + 1):
                if len(run) > 5:
                    path = np.round(_smooth(points[run]) * scale + scale / 2).astype(np.int32)
                    cv2.polylines(canvas, [path], False, 0, thickness, cv2.LINE_8, 4)


def _smooth(points: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    width = min(7, len(points) // 2 * 2 - 1)
    kernel = np.ones(width) / width
    padded = np.pad(points.astype(np.float64), ((width // 2, width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in (0, 1)], 1)


def _phase(shape: tuple[int, ...], angle_deg: float) -> npt.NDArray[np.float32]:
    y, x = np.ogrid[: shape[0], : shape[1]]
    angle = np.radians(angle_deg)
    out: npt.NDArray[np.float32] = (x * np.sin(angle) + y * np.cos(angle)).astype(np.float32)
    return out


def _lines(
    shape: tuple[int, ...], pitch: float, thickness: int, angle_deg: float
) -> npt.NDArray[np.bool_]:
    out: npt.NDArray[np.bool_] = _phase(shape, angle_deg) % pitch < thickness
    return out


def _glare(
    shape: tuple[int, ...],
    pitch: float,
    thickness: int,
    angle_deg: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.bool_]:
    """Groups of slanted strokes on shiny faces, broken off at random lengths."""
    across, along = _phase(shape, angle_deg), _phase(shape, angle_deg + 90)
    group = (across // (pitch * 5)).astype(np.int64) + 4096
    lengths = rng.random(8192) * 0.35
    phase = rng.random(8192)
    lit = ((along / (pitch * 12) + phase[group % 8192]) % 1.0) < lengths[group % 8192]
    out: npt.NDArray[np.bool_] = (across % pitch < thickness) & lit
    return out


def _dots(
    shape: tuple[int, ...], pitch: float, thickness: int, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    import cv2

    dots = np.zeros(shape[:2], np.uint8)
    count = int(shape[0] * shape[1] / pitch**2 * 1.5)
    spots = (rng.random((count, 2)) * shape[:2]).astype(np.int64)
    dots[spots[:, 0], spots[:, 1]] = 1
    size = thickness + 1
    out: npt.NDArray[np.bool_] = cv2.dilate(dots, np.ones((size, size), np.uint8)) > 0
    return out
