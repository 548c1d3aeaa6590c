"""Soft bodies lofted from rings to draw upon: seams, ribs and stitches follow the skin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solids import forms, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats


class Skin:
    """A body through rings (m, n, 3) and the mapping onto its surface.

    A flat point is (s, t): `s` from 0 (first ring) to 1 (last ring), `t` in turns around.
    """

    def __init__(self, rings: Floats, lift: float = 0.006) -> None:
        self.rings = rings
        self.lift = lift

    def body(self) -> Manifold:
        """The closed form."""
        return forms.loft(self.rings)

    def on(self, flat: Floats) -> Floats:
        """Points (n, 2) laid on the skin, a little above its facets."""
        m, n = self.rings.shape[:2]
        s = np.clip(flat[:, 0], 0, 1) * (m - 1)
        t = np.mod(flat[:, 1], 1.0) * n
        i = np.minimum(s.astype(int), m - 2)
        j = t.astype(int) % n
        a, b = (s - i)[:, None], (t - np.floor(t))[:, None]
        low = (1 - b) * self.rings[i, j] + b * self.rings[i, (j + 1) % n]
        high = (1 - b) * self.rings[i + 1, j] + b * self.rings[i + 1, (j + 1) % n]
        centres = self.rings.mean(axis=1)
        centre = (1 - a) * centres[i] + a * centres[i + 1]
        point = (1 - a) * low + a * high
        away = point - centre
        length = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
        lifted: Floats = point + away / length * (self.lift + 0.012 * length)
        return lifted

    def girdle(self, s: float, wave: float = 0.0, waves: int = 1, start: float = 0.0) -> Floats:
        """A closed line (49, 3) around the body at `s`, waving along it by `wave`."""
        t = np.linspace(0, 1, 49)
        return self.on(np.stack([s + wave * np.cos(2 * np.pi * waves * (t - start)), t], 1))

    def seam(self, t: float, start: float = 0.0, end: float = 1.0, bow: float = 0.0) -> Floats:
        """A line (24, 3) along the body at `t` turns, bowed sideways by `bow`."""
        u = np.linspace(0, 1, 24)
        return self.on(np.stack([start + (end - start) * u, t + bow * np.sin(np.pi * u)], 1))

    def patch(self, outline: Floats, s: float, t: float, long: float, wide: float) -> Floats:
        """A closed line from an outline of half size 1, centred on (s, t)."""
        ring = np.vstack([outline, outline[:1]])
        return self.on(np.stack([s + long * ring[:, 1], t + wide * ring[:, 0]], 1))


def column(
    y: Floats,
    wide: Floats,
    deep: Floats,
    *,
    shift: Floats | float = 0.0,
    power: float = 2.0,
    count: int = 36,
    steps: int = 4,
) -> Skin:
    """A body along y through half widths and half depths; `shift` moves it toward the viewer.

    `t` = 0 is the right, 0.25 the back, 0.5 the left and 0.75 the front.
    """
    knots = np.stack([y, wide, deep, np.broadcast_to(shift, y.shape)], 1)
    fine = outlines.spline(knots, steps)
    ring = outlines.superellipse(1, 1, power, count)
    rings = [
        np.column_stack([w * ring[:, 0], np.full(count, at), z - d * ring[:, 1]])
        for at, w, d, z in fine
    ]
    return Skin(np.stack(rings))


def bent(
    path: Floats, wide: Floats | float, deep: Floats | float, *, power: float = 2.0, count: int = 24
) -> Skin:
    """A body along a path (m, 2) in the front plane; `wide` across it, `deep` toward the viewer."""
    m = len(path)
    tangent = np.gradient(path, axis=0)
    tangent = tangent / np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], 1)
    ring = outlines.superellipse(1, 1, power, count)
    w, d = np.broadcast_to(wide, (m,)), np.broadcast_to(deep, (m,))
    flat = path[:, None] + normal[:, None] * (ring[None, :, :1] * w[:, None, None])
    z = ring[None, :, 1] * d[:, None]
    return Skin(np.concatenate([flat, z[..., None]], axis=2))


def through(rng: np.random.Generator, low: float, high: float, count: int, fine: int) -> Floats:
    """A smooth random curve (fine,) through `count` values between `low` and `high`."""
    knots = np.stack([np.linspace(0, 1, count), rng.uniform(low, high, count)], 1)
    curve = outlines.spline(knots, 6)
    values: Floats = np.interp(np.linspace(0, 1, fine), curve[:, 0], curve[:, 1])
    return np.clip(values, 0.7 * low, 1.3 * high)


def stitches(draft: Draft, points: Floats, pitch: float, part: int = 0, fill: float = 0.6) -> None:
    """Draws a polyline (n, 3) on a surface as short stitches, at most 90 of them."""
    step = np.linalg.norm(np.diff(points, axis=0), axis=1)
    run = np.concatenate([[0.0], np.cumsum(step)])
    count = int(min(90, max(3, run[-1] / pitch)))
    for k in range(count):
        at = (k + np.array([0.0, fill])) / count * run[-1]
        draft.line(np.stack([np.interp(at, run, points[:, i]) for i in range(3)], 1), part)


def screws(places: Iterable[tuple[float, float]], radius: float, depth: float) -> Manifold:
    """Slotted screw heads facing the viewer about z = 0, at each (x, y)."""
    slot = forms.cuboid((1.5 * radius, 0.3 * radius, depth), (0, 0, depth / 2))
    head = forms.disc(radius, depth, 0, 14) - slot
    return forms.along(head, [(x, y, 0.0) for x, y in places])
