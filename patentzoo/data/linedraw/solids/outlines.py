"""Closed flat outlines, counter-clockwise arrays (n, 2) without a repeated last point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from patentzoo.data.linedraw.solids.draft import Floats


def ellipse(a: float, b: float, count: int = 40) -> Floats:
    """An ellipse with half axes `a` and `b`."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([a * np.cos(t), b * np.sin(t)], axis=1)


def superellipse(a: float, b: float, power: float, count: int = 48) -> Floats:
    """|x/a|^power + |y/b|^power = 1: from a diamond (1) over an ellipse (2) to a soft box (6)."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    x = a * np.sign(c) * np.abs(c) ** (2 / power)
    return np.stack([x, b * np.sign(s) * np.abs(s) ** (2 / power)], axis=1)


def rectangle(width: float, height: float) -> Floats:
    """An upright rectangle about the origin."""
    a, b = width / 2, height / 2
    return np.array([[-a, -b], [a, -b], [a, b], [-a, b]])


def rounded(corners: Floats, radius: float, steps: int = 5) -> Floats:
    """A polygon with each corner cut by `steps` chords of a curve tangent to both sides."""
    if radius <= 0:
        return corners
    before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
    points = []
    t = np.linspace(0, 1, steps + 1)[:, None]
    for a, p, b in zip(before, corners, after, strict=True):
        la, lb = np.linalg.norm(a - p), np.linalg.norm(b - p)
        reach = min(radius, 0.49 * la, 0.49 * lb)
        start, end = p + (a - p) * reach / la, p + (b - p) * reach / lb
        # A quadratic through the corner bulges too far in; weight 0.7 comes close to the arc.
        w = 2 * 0.7071 * t * (1 - t)
        bend = (1 - t) ** 2 * start + w * p + t**2 * end
        points.append(bend / ((1 - t) ** 2 + w + t**2))
    return np.vstack(points)


def box(width: float, height: float, radius: float = 0.0, steps: int = 5) -> Floats:
    """A rectangle with rounded corners."""
    return rounded(rectangle(width, height), radius, steps)


def regular(sides: int, radius: float, turn: float = 0.0) -> Floats:
    """A regular polygon, a side at the bottom when `turn` is 0."""
    t = 2 * np.pi * (np.arange(sides) + 0.5) / sides - np.pi / 2 + turn
    return radius * np.stack([np.cos(t), np.sin(t)], axis=1)


def star(points: int, outer: float, inner: float) -> Floats:
    """A star with `points` tips."""
    t = np.pi * np.arange(2 * points) / points + np.pi / 2
    r = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def gear(teeth: int, outer: float, inner: float, land: float = 0.5) -> Floats:
    """A gear: trapezoid teeth whose tips take `land` of the pitch at most."""
    pitch = 2 * np.pi / teeth
    offsets = np.array(
        [-0.5 * land - 0.08, -0.5 * land + 0.08, 0.5 * land - 0.08, 0.5 * land + 0.08]
    )
    t = (np.arange(teeth)[:, None] * pitch + offsets[None] * pitch).ravel()
    r = np.tile([inner, outer, outer, inner], teeth)
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def flower(petals: int, radius: float, depth: float, count: int = 72) -> Floats:
    """A circle whose radius waves `petals` times by the fraction `depth`."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    r = radius * (1 - depth + depth * np.abs(np.cos(petals * t / 2)))
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def blob(
    rng: np.random.Generator, radius: float, wobble: float = 0.15, mirror: bool = True
) -> Floats:
    """A smooth star-shaped outline from a few harmonics, mirror-symmetric about y by default."""
    t = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    r = np.ones_like(t)
    for harmonic in range(2, 6):
        phase = np.pi / 2 * harmonic if mirror else rng.uniform(0, 2 * np.pi)
        amount = rng.uniform(-wobble, wobble) / (harmonic - 1)
        r += amount * np.cos(harmonic * t - phase)
    r *= radius
    return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)


def bracket(kind: str, width: float, height: float, wall: float) -> Floats:
    """The section of a rolled profile: "L", "U", "T", "H", "Z" or "C"."""
    w, h, t = width, height, wall
    m = (w - t) / 2
    corners: dict[str, Sequence[tuple[float, float]]] = {
        "L": [(0, 0), (w, 0), (w, t), (t, t), (t, h), (0, h)],
        "U": [(0, 0), (w, 0), (w, h), (w - t, h), (w - t, t), (t, t), (t, h), (0, h)],
        "T": [
            (m, 0),
            (m + t, 0),
            (m + t, h - t),
            (w, h - t),
            (w, h),
            (0, h),
            (0, h - t),
            (m, h - t),
        ],
        "H": [
            (0, 0),
            (w, 0),
            (w, t),
            (m + t, t),
            (m + t, h - t),
            (w, h - t),
            (w, h),
            (0, h),
            (0, h - t),
            (m, h - t),
            (m, t),
            (0, t),
        ],
        "Z": [(0, 0), (m + t, 0), (m + t, h - t), (w, h - t), (w, h), (m, h), (m, t), (0, t)],
        "C": [
            (0, 0),
            (w, 0),
            (w, h / 3),
            (w - t, h / 3),
            (w - t, t),
            (t, t),
            (t, h - t),
            (w - t, h - t),
            (w - t, 2 * h / 3),
            (w, 2 * h / 3),
            (w, h),
            (0, h),
        ],
    }
    return np.asarray(corners[kind], dtype=np.float64) - np.array([w, h]) / 2


def spline(knots: Floats, per_piece: int = 6, closed: bool = False) -> Floats:
    """A Catmull-Rom curve through `knots` (n, d)."""
    padded = (
        np.vstack([knots[-1:], knots, knots[:2]])
        if closed
        else np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    )
    t = np.linspace(0, 1, per_piece, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    curve = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    flat = curve.reshape(-1, knots.shape[1])
    return flat if closed else np.vstack([flat, knots[-1:]])


def any_outline(rng: np.random.Generator, a: float, b: float) -> Floats:
    """A random outline that fits the box of half sizes `a` and `b`."""
    kind = rng.integers(9)
    short = min(a, b)
    if kind <= 1:
        return box(2 * a, 2 * b, rng.uniform(0.05, 0.9) * short)
    if kind == 2:
        return superellipse(a, b, rng.uniform(1.6, 5))
    unit = [
        ellipse(1, 1),
        rounded(regular(int(rng.integers(3, 9)), 1.0), rng.uniform(0.05, 0.4), 4),
        rounded(star(int(rng.integers(4, 9)), 1.0, rng.uniform(0.5, 0.85)), 0.12, 3),
        flower(int(rng.integers(3, 9)), 1.0, rng.uniform(0.08, 0.3)),
        blob(rng, 0.9),
        blob(rng, 0.9, 0.3, mirror=bool(rng.integers(2))),
    ][kind - 3]
    fitted: Floats = unit / np.abs(unit).max(axis=0) * np.array([a, b])
    return fitted
