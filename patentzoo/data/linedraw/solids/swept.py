"""Hand-held things on a swelling handle: razors, brushes, cutlery."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats


def grip_path(rng: np.random.Generator, length: float) -> Floats:
    """A gently bent path (31, 3) up the y axis, bending toward and away from the viewer."""
    bends = rng.uniform(-0.12, 0.12, 4) * length
    knots = np.stack([np.zeros(4), np.linspace(0, length, 4), bends], axis=1)
    return outlines.spline(knots, 10)


def grip(rng: np.random.Generator, draft: Draft, path: Floats, part: int = 0) -> Floats:
    """Adds a swelling handle along `path` with ribs, pads or grooves; returns its widths (n, 2)."""
    n = len(path)
    knots = int(rng.integers(4, 8))
    t = np.linspace(0, 1, n)
    radii = outlines.spline(
        np.stack([np.linspace(0, 1, knots), rng.uniform(0.12, 0.34, knots)], 1), 8
    )
    wide = np.interp(t, radii[:, 0], radii[:, 1]) * np.sqrt(np.clip(t * 40, 0.15, 1))
    flat = rng.uniform(0.45, 1.1)
    ring = outlines.superellipse(1, 1, rng.uniform(1.8, 4), 22)
    scale = np.stack([wide, flat * wide], 1)
    draft.add(forms.sweep(path, ring, scale), part=part)
    _texture(rng, draft, flat, n, part, path, ring, scale)
    return scale


def _texture(
    rng: np.random.Generator,
    draft: Draft,
    flat: float,
    n: int,
    part: int,
    path: Floats,
    ring: Floats,
    scale: Floats,
) -> None:
    """Rings, a sleeve, pads, seams or an inlay on a handle."""
    wide = scale[:, 0]
    kind, low, high = int(rng.integers(5)), int(0.15 * n), int(rng.uniform(0.4, 0.75) * n)
    if kind == 0:  # rings
        for i in range(low, high, int(rng.integers(2, 4))):
            piece = path[i : i + 2]
            draft.add(forms.sweep(piece, ring, scale[i : i + 2] * 1.1), part=part)
    elif kind == 1:  # a sleeve
        draft.add(forms.sweep(path[low:high], ring, scale[low:high] * 1.08), part=part)
    elif kind == 2:  # pads on the front
        for i in range(low, high, 3):
            pad = forms.sphere((0.6 * wide[i], 0.1, 0.12), (0, 0, 0), 12)
            draft.add(pad.translate(tuple(path[i] + [0, 0, flat * wide[i]])), part=part)
    elif kind == 3:
        _seams(draft, path, wide, flat, (low, high), part)
    else:
        _inlay(rng, draft, path, wide, flat, low, part)


def _seams(
    draft: Draft, path: Floats, wide: Floats, flat: float, ends: tuple[int, int], part: int
) -> None:
    """Lines along both sides of a handle and round it at two places."""
    for sign in (-1, 1):
        draft.line(path + np.stack([sign * 1.01 * wide, 0 * wide, 0 * wide], 1), part)
    for i in ends:
        a = np.linspace(0, 2 * np.pi, 25)
        draft.line(
            path[i]
            + np.stack(
                [
                    1.02 * wide[i] * np.cos(a),
                    0.3 * wide[i] * np.sin(a),
                    1.02 * flat * wide[i] * np.sin(a),
                ],
                1,
            ),
            part,
        )


def _inlay(
    rng: np.random.Generator,
    draft: Draft,
    path: Floats,
    wide: Floats,
    flat: float,
    low: int,
    part: int,
) -> None:
    """Nested ovals on the front of a handle."""
    for k in np.linspace(1, 0.4, int(rng.integers(2, 5))):
        mark = outlines.ellipse(0.6 * k, 1.2 * k, 24) * wide[low]
        points = np.column_stack(
            [
                mark[:, 0],
                mark[:, 1] + path[low, 1],
                path[low, 2]
                + flat
                * wide[low]
                * np.sqrt(np.clip(1 - (mark[:, 0] / wide[low]) ** 2, 0, 1))
                * 1.02,
            ]
        )
        draft.line(points, part, closed=True)


def razor(rng: np.random.Generator) -> Solid:
    """A razor: a handle and a head with blades, guard bars and a frame."""
    draft = Draft()
    length = rng.uniform(3, 5)
    path = grip_path(rng, length)
    grip(rng, draft, path)
    w, h, d = rng.uniform(1.1, 1.9), rng.uniform(0.4, 0.8), rng.uniform(0.15, 0.35)
    head = forms.soft_box((w, h, d), rng.uniform(0.05, 0.3), 0.04, 2)
    inner = forms.cuboid((0.85 * w, 0.75 * h, 0.4 * d), (0, 0, d / 2))
    head = head - inner
    n = int(rng.integers(2, 7))
    blade = forms.cuboid((0.85 * w, 0.3 * h / n, 0.3 * d)).rotate((rng.uniform(0, 35), 0, 0))
    head += forms.along(blade, [(0, ((k + 0.5) / n - 0.5) * 0.7 * h, 0.35 * d) for k in range(n)])
    for u in rng.uniform(0.1, 0.4, int(rng.integers(0, 3))) * w:
        head += forms.both_sides(forms.cuboid((0.04, 0.8 * h, 0.5 * d), (u, 0, 0.25 * d)))
    bar = forms.both_sides(forms.rod((0.1, -0.5 * h, -d), (0.4 * w, 0, -0.4 * d), 0.06))
    tilt = rng.uniform(-60, 20)
    head = (head + bar).rotate((tilt, 0, 0)).translate(tuple(path[-1] + [0, 0.2, 0.05]))
    draft.add(head, part=1)
    draft.add(forms.sphere((0.2, 0.3, 0.2), path[-1], 14))
    return draft.finish("razor")


def brush(rng: np.random.Generator) -> Solid:
    """A toothbrush, hair brush, comb or paint brush: a handle and rows of bristles or teeth."""
    draft = Draft()
    path = grip_path(rng, rng.uniform(2.5, 4.5))
    grip(rng, draft, path)
    a, b = rng.uniform(0.25, 0.9), rng.uniform(0.5, 1.3)
    plan = outlines.any_outline(rng, a, b)
    d = rng.uniform(0.1, 0.3)
    end = path[-1] + [0, 0.9 * b, 0]
    draft.add(forms.pillow(plan, d, 0.3 * d, 2).translate(tuple(end)))
    nx, ny = int(rng.integers(2, 6)), int(rng.integers(4, 11))
    long = rng.uniform(0.3, 0.9)
    size = 0.3 * min(2 * a / nx, 2 * b / ny)
    kind = int(rng.integers(3))
    tuft = [
        forms.rod((0, 0, 0), (0, 0, long), size, segments=8),
        forms.cuboid((2 * size, 2 * size, long), (0, 0, long / 2)),
        forms.rod((0, 0, 0), (0, 0, long), size, 0.4 * size, 6),
    ][kind]
    grid = [
        ((i / (nx - 1) - 0.5) * 1.5 * a, (j / (ny - 1) - 0.5) * 1.6 * b)
        for i in range(nx)
        for j in range(ny)
    ]
    kept = [p for p in grid if np.hypot(p[0] / a, p[1] / b) < 0.95]
    lift = [0.15 * np.cos(6 * p[1]) * (kind != 1) for p in kept]
    tufts = [
        tuft.scale((1, 1, 1 + s)).translate((p[0] + end[0], p[1] + end[1], end[2] + 0.4 * d))
        for p, s in zip(kept, lift, strict=True)
    ]
    draft.add(*tufts, part=1)
    return draft.finish("brush")


def cutlery(rng: np.random.Generator) -> Solid:
    """A spoon, fork, spatula, ladle or knife: a handle with a shaped, maybe pierced blade."""
    draft = Draft()
    path = grip_path(rng, rng.uniform(2.2, 4)) * [1, 1, 0.6]
    scale = grip(rng, draft, path)
    neck, end = scale[-1, 0], path[-1]
    a, b, d = rng.uniform(0.35, 0.9), rng.uniform(0.6, 1.3), rng.uniform(0.05, 0.12)
    kind = int(rng.integers(4))
    plan = outlines.any_outline(rng, a, b)
    head = _blade(rng, a, b, d, kind, plan)
    stem = forms.rod(end - [0, 0.1, 0], end + np.array([0, 0.5 * b, 0]), 0.7 * neck, 0.5 * d)
    draft.add(
        head.rotate((rng.uniform(-15, 15), 0, 0)).translate(
            tuple(end + np.array([0, 0.95 * b + 0.1, 0]))
        ),
        stem,
    )
    if rng.random() < 0.5:
        draft.cut(forms.plate(outlines.any_outline(rng, 0.07, 0.12), 3).translate(tuple(path[2])))
    return draft.finish("cutlery")


def _blade(
    rng: np.random.Generator, a: float, b: float, d: float, kind: float, plan: Floats
) -> Manifold:
    """A bowl, tines, a slotted turner or a knife blade."""
    head: Manifold
    if kind == 0:  # a bowl
        bowl = forms.dome(plan, rng.uniform(0.15, 0.5), 6)
        head = (bowl - bowl.scale((0.9, 0.93, 0.85)).translate((0, 0, -0.02))).rotate((0, 180, 0))
    elif kind == 1:  # tines
        n = int(rng.integers(2, 6))
        cuts = [
            outlines.box(a / n, 1.6 * b, 0.3 * a / n, 3)
            + np.array([(k - n / 2 + 0.5) * 2 * a / (n + 0.5), 0.7 * b])
            for k in range(n)
        ]
        head = forms.plate(forms.section(outlines.box(2 * a, 2 * b, 0.5 * a), cuts), d)
    elif kind == 2:  # slots
        cells = ornaments.inside(
            ornaments.holes(rng, 1.3 * a, 1.3 * b, 30),
            lambda p: np.hypot(p[:, 0] / a, p[:, 1] / b) < 0.8,
        )
        region = forms.section(plan)
        head = forms.plate(region - CrossSection(cells, FillRule.NonZero) if cells else region, d)
    else:  # a blade
        edge = outlines.spline(
            np.array(
                [
                    [-0.3 * a, -b],
                    [0.5 * a, -0.9 * b],
                    [0.6 * a, 0.5 * b],
                    [-0.2 * a, b],
                    [-0.3 * a, b],
                ]
            ),
            5,
        )
        head = forms.plate(edge, d, taper=1.0)
    return head


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "razor": razor,
    "brush": brush,
    "cutlery": cutlery,
}
