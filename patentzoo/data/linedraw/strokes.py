"""Strokes: one visible-line view drawn in a draughtsman's hand, bilevel, as patent sheets are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from patentzoo.data.linedraw.hidden import UNITS, LineView
from patentzoo.data.linedraw.shading import shade
from patentzoo.data.linedraw.style import Style

Grey = npt.NDArray[np.uint8]


BORDER_PX = 6


_SHADINGS = ("none", "isophote", "hatch", "stipple", "glare", "fill")


_SHADING_WEIGHTS = (0.54, 0.16, 0.1, 0.08, 0.1, 0.02)


def random_style(rng: np.random.Generator) -> Style:
    """A style as found among real design patents: mostly plain thin lines, a third shaded."""
    return Style(
        line=float(np.exp(rng.uniform(np.log(1.2), np.log(7.0)))),
        outline_gain=float(rng.choice([1.0, 1.0, 1.4, 2.0])),
        wobble=float(rng.choice([0.0, 0.0, rng.uniform(0.5, 3.0)])),
        broken_share=float(rng.choice([0.0, 0.0, 0.0, 0.5, 1.0])),
        dash=float(rng.uniform(8, 28)),
        gap=float(rng.uniform(4, 14)),
        shading=str(rng.choice(_SHADINGS, p=_SHADING_WEIGHTS)),
        shade_pitch=float(np.exp(rng.uniform(np.log(6), np.log(40)))),
        shade_angle_deg=float(rng.choice([0, 45, 60, 90, 135, rng.uniform(0, 180)])),
        shade_level=float(rng.uniform(60, 190)),
        seed=int(rng.integers(1 << 30)),
    )


def draw(view: LineView, style: Style, rng: np.random.Generator, *, size_px: int = 600) -> Grey:
    """Draw one view.

    Args:
        view: Visible strokes and tones.
        style: The hand; give all figures of a patent the same.
        rng: Chance within the style (tremor, dots).
        size_px: Length of the figure's longer side.

    Returns:
        uint8 (H, W), 0 ink and 255 paper, with a border of paper.
    """
    scale = size_px / UNITS
    points = view.points.astype(np.float32)
    height, width = points[:, ::-1].max(0) * scale if len(points) else np.zeros(2)
    canvas = np.full(
        (int(height) + 2 * BORDER_PX + 1, int(width) + 2 * BORDER_PX + 1), 255, np.uint8
    )
    if style.shading != "none":
        shade(canvas[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX], view.tone, style, rng, size_px)
    if style.wobble:
        points = points + _tremor(points, style.wobble * UNITS / 1000, rng)
    _stroke(canvas, points * scale + BORDER_PX, view, style, size_px)
    return canvas


def _stroke(
    canvas: Grey, points: npt.NDArray[np.float32], view: LineView, style: Style, size_px: int
) -> None:
    import cv2

    fixed = np.round(points * 16).astype(np.int32)
    broken = _broken_parts(view, style)
    groups: dict[int, list[npt.NDArray[np.int32]]] = {}
    bounds = view.starts.tolist()
    for number, (part, outline) in enumerate(
        zip(view.part.tolist(), view.outline.tolist(), strict=True)
    ):
        path = fixed[bounds[number] : bounds[number + 1]]
        width = style.line * (style.outline_gain if outline else 1.0) * size_px / 1000
        paths = [path]
        if part in broken:
            per_unit = 16 * size_px / 1000
            paths = dashes(path, style.dash * per_unit, style.gap * per_unit)
        groups.setdefault(max(1, round(width)), []).extend(paths)
    for width_px, paths in groups.items():
        cv2.polylines(canvas, paths, False, 0, width_px, cv2.LINE_8, 4)


def _broken_parts(view: LineView, style: Style) -> set[int]:
    parts = np.unique(view.part)
    if not style.broken_share or len(parts) < 2:
        return set()
    chance = np.random.default_rng(style.seed).random(256)
    return {int(p) for p in parts if p != 0 and chance[p] < style.broken_share}


def dashes(path: npt.NDArray[np.int32], dash: float, gap: float) -> list[npt.NDArray[np.int32]]:
    """Cut a path (N, 2) into dashes of a given length and distance, in the path's own units."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    along = np.r_[0.0, np.cumsum(steps)]
    pieces = []
    for start in np.arange(0.0, along[-1], dash + gap):
        stop = min(start + dash, along[-1])
        inside = path[(along > start) & (along < stop)]
        ends = [[np.interp(at, along, path[:, axis]) for axis in (0, 1)] for at in (start, stop)]
        pieces.append(np.round(np.vstack([ends[0], inside, ends[1]])).astype(np.int32))
    return pieces


def _tremor(
    points: npt.NDArray[np.float32], size: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """A smooth random displacement of the plane, so that strokes that meet still meet."""
    shift = np.zeros_like(points)
    for _ in range(3):
        wave = rng.normal(0, 2 * np.pi * 6 / UNITS, 2)
        phase = points @ wave + rng.uniform(0, 2 * np.pi)
        shift += np.sin(phase)[:, None] * rng.normal(0, size, 2)
    return shift.astype(np.float32)
