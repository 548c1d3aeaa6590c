"""How one draughtsman draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """How one draughtsman draws all figures of one patent.

    Widths and lengths are in 1/1000 of the figure's longer side.

    Attributes:
        line: Stroke width.
        outline_gain: Width of silhouettes and borders relative to ``line``.
        wobble: Size of the hand's tremor; 0 is a ruler.
        broken_share: Chance that a part other than the first is drawn in broken lines.
        dash: Length of a dash.
        gap: Length of the gap after it.
        shading: ``"none"``, ``"isophote"``, ``"hatch"``, ``"stipple"``, ``"glare"`` or ``"fill"``.
        shade_pitch: Distance of shading lines or dots.
        shade_angle_deg: Direction of hatching and glare.
        shade_level: Surfaces darker than this (0 to 255) are shaded.
        seed: Chooses the broken parts.
    """

    line: float = 2.5
    outline_gain: float = 1.0
    wobble: float = 0.0
    broken_share: float = 0.0
    dash: float = 16.0
    gap: float = 8.0
    shading: str = "none"
    shade_pitch: float = 14.0
    shade_angle_deg: float = 45.0
    shade_level: float = 130.0
    seed: int = 0
