"""Flat ornament as strokes [(n, 2), ...]: tilings, weaves, rays, and arrays of hole outlines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from patentzoo.data.linedraw.solids import outlines
from patentzoo.data.linedraw.solids.draft import Floats
from patentzoo.data.linedraw.solids.screens import Strokes, loop


def _lattice(width: float, height: float, dx: float, dy: float, shift: float = 0.0) -> Floats:
    columns, rows = max(1, int(width / dx)), max(1, int(height / dy))
    points = []
    for j in range(rows):
        offset = shift * dx * (j % 2)
        n = columns - (1 if offset and columns > 1 else 0)
        for i in range(n):
            points.append(((i - (columns - 1) / 2) * dx + offset, (j - (rows - 1) / 2) * dy))
    return np.asarray(points)


def holes(rng: np.random.Generator, width: float, height: float, most: int = 140) -> list[Floats]:
    """Outlines of an array of openings (round, slotted, hexagonal, ...) in a centred box."""
    count = rng.uniform(12, most)
    pitch = float(np.sqrt(width * height / count))
    kind = int(rng.integers(7))
    dx, dy = pitch, pitch
    if kind == 0:  # long slots
        dx, dy = width / int(rng.integers(1, 4)), height / int(rng.integers(5, 16))
    elif kind == 1:
        dx, dy = width / int(rng.integers(5, 16)), height / int(rng.integers(1, 4))
    fill = rng.uniform(0.45, 0.85)
    a, b = 0.5 * fill * dx, 0.5 * fill * dy
    one = [
        outlines.box(1.85 * a / fill, 2 * b, 0.45 * min(a, b), 3),
        outlines.box(2 * a, 1.85 * b / fill, 0.45 * min(a, b), 3),
        outlines.ellipse(min(a, b), min(a, b), 12),
        outlines.box(2 * a, 2 * b, rng.uniform(0, 0.4) * a, 2),
        outlines.regular(6, min(a, b)),
        outlines.regular(4, 1.2 * min(a, b), np.pi / 4),
        outlines.ellipse(a, b * rng.uniform(0.4, 1), 12),
    ][kind]
    shift = 0.5 if kind > 1 and rng.random() < 0.5 else 0.0
    return [one + p for p in _lattice(width, height, dx, dy, shift)]


def inside(outlines_: list[Floats], region: Callable[[Floats], np.ndarray]) -> list[Floats]:
    """Those outlines all of whose points satisfy `region`."""
    return [outline for outline in outlines_ if bool(np.all(region(outline)))]


def _triangles(rng: np.random.Generator, w: float, h: float) -> Strokes:
    n, m = int(rng.integers(3, 8)), int(rng.integers(3, 8))
    dx, dy, strokes = w / n, h / m, []
    for p in _lattice(w + 1e-6, h + 1e-6, dx, dy):
        strokes.append(loop(outlines.rectangle(dx, dy), *p))
        corners = outlines.rectangle(dx, dy) + p
        style = int(rng.integers(4))
        strokes.append(corners[[0, 2]] if style % 2 else corners[[1, 3]])
        if style > 1:
            strokes.append(np.stack([corners[1], p]))
    return strokes


def _tiles(rng: np.random.Generator, w: float, h: float) -> Strokes:
    pitch = float(np.sqrt(w * h / rng.uniform(12, 70)))
    one = outlines.any_outline(rng, 0.46 * pitch, 0.46 * pitch)
    extra = outlines.any_outline(rng, 0.25 * pitch, 0.25 * pitch) if rng.random() < 0.5 else None
    strokes = []
    for p in _lattice(w, h, pitch, pitch, 0.5 if rng.random() < 0.4 else 0.0):
        strokes.append(loop(one, *p))
        if extra is not None:
            strokes.append(loop(extra, *p))
    return strokes


def _waves(rng: np.random.Generator, w: float, h: float) -> Strokes:
    n, cycles = int(rng.integers(5, 20)), rng.uniform(1, 6)
    x = np.linspace(-0.5, 0.5, 48)
    amplitude = rng.uniform(0.2, 1.5) * h / n
    phase = rng.uniform(0, 1)
    return [
        np.stack(
            [
                x * w,
                (k + 0.5) * h / n
                - h / 2
                + amplitude * np.sin(2 * np.pi * (cycles * x + phase * k)) * 0.45,
            ],
            1,
        )
        for k in range(n)
    ]


def _bricks(rng: np.random.Generator, w: float, h: float) -> Strokes:
    rows, columns = int(rng.integers(4, 14)), int(rng.integers(2, 8))
    dy, dx = h / rows, w / columns
    strokes = [
        np.array([[-w / 2, j * dy - h / 2], [w / 2, j * dy - h / 2]]) for j in range(rows + 1)
    ]
    for j in range(rows):
        for i in range(columns):
            x = (i + (0.5 if j % 2 else 0.0)) * dx - w / 2
            strokes.append(np.array([[x, j * dy - h / 2], [x, (j + 1) * dy - h / 2]]))
    return strokes


def _chevrons(rng: np.random.Generator, w: float, h: float) -> Strokes:
    n, m = int(rng.integers(6, 18)), int(rng.integers(1, 5))
    x = np.linspace(-0.5, 0.5, 2 * m + 1) * w
    rise = rng.uniform(0.5, 2.5) * h / n * (np.arange(2 * m + 1) % 2)
    return [np.stack([x, np.clip(k * h / n - h / 2 + rise, -h / 2, h / 2)], 1) for k in range(n)]


def _rays(rng: np.random.Generator, w: float, h: float) -> Strokes:
    n, r = int(rng.integers(8, 36)), 0.48 * min(w, h)
    petal = outlines.ellipse(r * rng.uniform(0.2, 0.5), r * rng.uniform(0.05, 0.2), 16) + np.array(
        [
            0.55 * r,
            0,
        ]
    )
    petals, strokes = rng.random() < 0.5, []
    for k in range(n if not petals else n // 2):
        a = 2 * np.pi * k / (n if not petals else n // 2)
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        strokes.append((loop(petal) if petals else np.array([[0.2 * r, 0], [r, 0]])) @ turn)
    strokes += [loop(outlines.ellipse(k * r, k * r)) for k in (rng.uniform(0.1, 0.3), 1.0)]
    return strokes


def _leaves(rng: np.random.Generator, w: float, h: float) -> Strokes:
    x = np.linspace(0, 1, 20)
    a = rng.uniform(0.1, 0.3) * w
    stem = np.stack([a * np.sin(2.5 * np.pi * x) * 0.5, (x - 0.5) * 0.95 * h], 1)
    strokes = [stem]
    size = rng.uniform(0.18, 0.35) * min(w, h)
    leaf = np.stack(
        [np.r_[x, x[::-1]], np.r_[0.22 * np.sin(np.pi * x), -0.22 * np.sin(np.pi * x)[::-1]]], 1
    )
    for k in range(2, 19, int(rng.integers(2, 5))):
        for sign in (-1, 1):
            t = np.deg2rad(rng.uniform(20, 60))
            turn = np.array([[sign * np.cos(t), np.sin(t)], [-np.sin(t), sign * np.cos(t)]])
            strokes.append(leaf * size @ turn + stem[k])
    return strokes


PATTERNS: tuple[Callable[[np.random.Generator, float, float], Strokes], ...] = (
    _triangles,
    _tiles,
    _waves,
    _bricks,
    _chevrons,
    _rays,
    _leaves,
    _tiles,
)


def pattern(rng: np.random.Generator, width: float, height: float) -> Strokes:
    """A random ornament that fills a centred box."""
    return PATTERNS[int(rng.integers(len(PATTERNS)))](rng, width, height)
