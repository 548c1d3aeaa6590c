"""Garments: shirts, jackets, tank tops, trousers, dresses, skirts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, Floats


class Tube:
    """An elliptic body along y: half widths, half depths and shift toward the viewer by height."""

    def __init__(
        self, levels: Floats, widths: Floats, depths: Floats, shift: Floats | None = None
    ) -> None:
        fine = np.linspace(0, 1, 22)
        moved = np.zeros(len(levels)) if shift is None else shift
        knots = outlines.spline(np.stack([levels, widths, depths, moved], 1), 8)
        s = np.linspace(0, 1, len(knots))
        self.y, self.w, self.d, self.z = (np.interp(fine, s, knots[:, i]) for i in range(4))

    def body(self, power: float = 2.2, count: int = 36, shrink: float = 0.0) -> Manifold:
        """The closed form; `shrink` makes the hollow inside."""
        ring = outlines.superellipse(1, 1, power, count)
        rings = [
            np.column_stack(
                [ring[:, 0] * (w - shrink), np.full(count, y), ring[:, 1] * (d - shrink) + z]
            )
            for y, w, d, z in zip(self.y, self.w, self.d, self.z, strict=True)
        ]
        return forms.loft(np.stack(rings))

    def on(self, flat: Floats, sign: float = 1.0, power: float = 2.2) -> Floats:
        """Points (n, 2) of the front view laid on the front (sign 1) or back (-1) of the body."""
        w, d, z = (np.interp(flat[:, 1], self.y, a) for a in (self.w, self.d, self.z))
        u = np.clip(np.abs(flat[:, 0]) / w, 0, 1) ** power
        return np.column_stack(
            [flat[:, 0], flat[:, 1], z + sign * 1.015 * d * (1 - u) ** (1 / power) + sign * 0.004]
        )

    def girdle(self, y: float, tilt: float = 0.0) -> Floats:
        """A closed line around the body at height `y`."""
        a = np.linspace(0, 2 * np.pi, 49)
        yy = y + tilt * np.sin(a)
        w, d, z = (np.interp(yy, self.y, v) for v in (self.w, self.d, self.z))
        ring = outlines.superellipse(1, 1, 2.2, 48)
        ring = np.vstack([ring, ring[:1]])
        return np.column_stack([1.012 * w * ring[:, 0], yy, 1.012 * d * ring[:, 1] + z])


def _sleeve(
    rng: np.random.Generator, tube: Tube, top_y: float, long: float
) -> tuple[Manifold, Floats, Floats]:
    shoulder = float(np.interp(top_y - 0.12, tube.y, tube.w))
    drop, spread = long * rng.uniform(0.5, 0.98), 0.0
    spread = np.sqrt(max(long**2 - drop**2, 0.01))
    knots = np.array(
        [
            [shoulder - 0.22, top_y - 0.12, 0],
            [shoulder + 0.3 * spread, top_y - 0.15 - 0.35 * drop, 0.0],
            [shoulder + spread, top_y - 0.1 - drop, 0.08],
        ]
    )
    path = outlines.spline(knots, 8)
    wide = np.linspace(rng.uniform(0.2, 0.3), rng.uniform(0.1, 0.26), len(path))
    ring = outlines.ellipse(1, 1, 20)
    return forms.sweep(path, ring, np.stack([wide, 0.8 * wide], 1)), path, wide


def top(rng: np.random.Generator) -> Solid:
    """A shirt, jacket, vest or tank top with sleeves, neck, collar or hood, pockets, seams."""
    draft = Draft()
    h = rng.uniform(1.3, 2.4)
    waist, hem = rng.uniform(0.36, 0.55), rng.uniform(0.4, 0.75)
    tube = Tube(
        np.array([0, 0.35, 0.72, 0.92, 1.0]) * h,
        np.array([hem, waist, 0.5, 0.46, 0.2]),
        np.array([0.7 * hem, 0.7 * waist, 0.3, 0.22, 0.13]),
        rng.uniform(-0.05, 0.05, 5),
    )
    draft.add(tube.body())
    sleeves = rng.random() < 0.75
    long = float(rng.choice([0.35, 0.6, 1.2, 1.4])) * rng.uniform(0.9, 1.15)
    if sleeves:
        arm, path, wide = _sleeve(rng, tube, 0.95 * h, long)
        draft.add(forms.both_sides(arm))
        k = len(path) - int(rng.integers(2, 5))
        cuff = forms.sweep(
            path[k:], outlines.ellipse(1, 1, 20), np.stack([wide[k:] * 1.06, wide[k:] * 0.86], 1)
        )
        if rng.random() < 0.6:
            draft.add(forms.both_sides(cuff))
    else:
        hole = forms.sphere(
            (rng.uniform(0.14, 0.26), rng.uniform(0.25, 0.4), 1), (0.54, 0.82 * h, 0), 20
        )
        draft.cut(forms.both_sides(hole))
    _neck(rng, draft, h)
    draft.cut(forms.slab(0.88 * outlines.superellipse(hem, 0.7 * hem, 2.2), 0.1, -0.05))
    _stitching(rng, draft, tube, h)
    return draft.finish("top")


def _neck(rng: np.random.Generator, draft: Draft, h: float) -> None:
    """Cuts the neck: round, pointed, with a standing collar or a hood."""
    neck, deep = rng.uniform(0.15, 0.28), rng.uniform(0.08, 0.5)
    kind = int(rng.integers(4))
    if kind == 3:
        hood = forms.sphere((0.32, 0.42, 0.36), (0, h + 0.25, -0.05), 24) - forms.sphere(
            (0.26, 0.34, 0.36), (0, h + 0.24, 0.16), 24
        )
        draft.add(hood)
    elif kind == 2:
        band = forms.lathe(np.array([[neck, h - 0.12], [0.9 * neck, h + 0.12]]), 28) - forms.drum(
            0.82 * neck, 1, h - 0.1
        )
        draft.add(band)
        draft.cut(forms.drum(0.8 * neck, 0.5, h - 0.2))
    elif kind == 1:
        draft.cut(
            forms.plate(np.array([[-neck, h + 0.1], [0, h - deep], [neck, h + 0.1]]), 2, 1.0),
            forms.drum(0.9 * neck, 1, h - 0.1),
        )
    else:
        draft.cut(
            forms.sphere((neck, deep, 0.6), (0, h, 0.3), 24),
            forms.sphere((neck, 0.5 * deep + 0.03, 0.6), (0, h, -0.3), 24),
        )


def _stitching(rng: np.random.Generator, draft: Draft, tube: Tube, h: float) -> None:
    for y in rng.uniform(0.03, 0.12, int(rng.integers(0, 3))) * h:
        draft.line(tube.girdle(y))
    if rng.random() < 0.5:
        draft.line(tube.girdle(rng.uniform(0.3, 0.75) * h, rng.uniform(-0.15, 0.15)))
    front_opening = rng.random() < 0.45
    y = np.linspace(0, 0.9 * h, 24)
    if front_opening:
        draft.line(tube.on(np.stack([np.zeros(24), y], 1)))
        for k in np.linspace(0.08, 0.88, int(rng.integers(4, 9))) * h if rng.random() < 0.6 else []:
            draft.decal([screens.loop(outlines.ellipse(0.025, 0.025, 10), 0.05, k)], tube.on)
    if rng.random() < 0.6:  # panels down the sides
        u, bow = rng.uniform(0.4, 0.85), rng.uniform(-0.15, 0.15)
        x = np.interp(y, tube.y, tube.w) * (u + bow * np.sin(np.pi * y / h))
        for sign in (-1, 1):
            for face in (1, -1):
                draft.line(tube.on(np.stack([sign * x, y], 1), face))
    if rng.random() < 0.6:
        w, tall, x0, y0 = (
            rng.uniform(0.1, 0.22),
            rng.uniform(0.12, 0.3),
            rng.uniform(0.12, 0.25),
            rng.uniform(0.1, 0.7) * h,
        )
        patch = outlines.box(w, tall, 0.03, 3)
        for sign in (-1, 1) if rng.random() < 0.5 else (1,):
            draft.decal(
                [
                    screens.loop(patch, sign * x0, y0),
                    np.array([[-w / 2, 0.3 * tall], [w / 2, 0.3 * tall]])
                    + np.array([sign * x0, y0]),
                ],
                tube.on,
                step=0.05,
            )
    if rng.random() < 0.4:
        y0 = rng.uniform(0.45, 0.7) * h
        draft.decal(lettering.fitted(rng, 0.5, 0.18, 0, y0), tube.on, step=0.05)
    if rng.random() < 0.3:
        draft.decal(
            screens.icon(rng, 0.3, 0, 0.6 * h), lambda p: tube.on(p * [-1, 1], -1), step=0.05
        )


def trousers(rng: np.random.Generator) -> Solid:
    """Trousers, shorts or leggings with a waistband, fly, pockets and seams."""
    draft = Draft()
    long, hip, cuff = rng.uniform(0.5, 2.2), rng.uniform(0.38, 0.5), rng.uniform(0.12, 0.3)
    gap = rng.uniform(0.22, 0.4)
    path = outlines.spline(
        np.array([[0.2, 0, 0], [0.5 * (0.2 + gap), -0.5 * long, 0.03], [gap, -long, 0]]), 8
    )
    wide = np.linspace(0.24, cuff, len(path)) * (
        1 + 0.15 * rng.uniform(-1, 1) * np.sin(np.linspace(0, np.pi, len(path)))
    )
    leg = forms.sweep(path, outlines.ellipse(1, 1, 22), np.stack([wide, 0.95 * wide], 1))
    tube = Tube(
        np.array([-0.22, 0.05, 0.3, 0.55]),
        np.array([0.3, hip, hip, 0.8 * hip]),
        np.array([0.18, 0.27, 0.27, 0.22]),
    )
    draft.add(forms.both_sides(leg), tube.body())
    draft.cut(forms.slab(0.88 * outlines.ellipse(0.8 * hip, 0.22), 0.3, 0.45))
    draft.line(tube.girdle(0.47))
    y = np.linspace(-0.15, 0.47, 10)
    draft.line(tube.on(np.stack([0 * y, y], 1)))
    draft.line(tube.on(np.stack([0 * y, y], 1), -1))
    if rng.random() < 0.7:
        bow = np.stack(
            [
                np.linspace(0.5, 0.95, 8) * hip,
                0.45 - rng.uniform(0.15, 0.3) * np.linspace(0, 1, 8) ** 2,
            ],
            1,
        )
        for sign in (-1, 1):
            draft.line(tube.on(bow * [sign, 1]))
    patch = [screens.loop(outlines.box(0.2, 0.22, 0.04, 2), s * 0.19, 0.18) for s in (-1, 1)]
    if rng.random() < 0.7:
        draft.decal(patch, lambda p: tube.on(p, -1), step=0.05)
    for i in rng.integers(3, len(path), int(rng.integers(0, 4))):
        a = np.linspace(0, 2 * np.pi, 33)
        ring = (
            np.column_stack([1.02 * wide[i] * np.cos(a), 0 * a, 0.97 * wide[i] * np.sin(a)])
            + path[i]
        )
        draft.line(ring)
        draft.line(ring * [-1, 1, 1])
    return draft.finish("trousers")


def dress(rng: np.random.Generator) -> Solid:
    """A dress, skirt, robe or apron: a waisted body with a flared, pleated hem and straps."""
    draft = Draft()
    h, hem, waist = rng.uniform(1.6, 3), rng.uniform(0.45, 1.1), rng.uniform(0.25, 0.4)
    at = rng.uniform(0.5, 0.75)
    tube = Tube(
        np.array([0, 0.5 * at, at, 0.85, 1.0]) * h,
        np.array([hem, 0.6 * hem + 0.4 * waist, waist, 0.42, 0.36]),
        np.array([0.7 * hem, 0.5 * hem + 0.2 * waist, 0.7 * waist, 0.28, 0.2]),
    )
    draft.add(tube.body())
    pleats = int(rng.integers(0, 12))
    if pleats > 2:
        groove = forms.rod((0, -0.1, 1.02 * hem), (0, at * h, 0.72 * waist), 0.07 * hem, 0.005, 8)
        draft.cut(
            forms.around(groove.scale((1, 1, 0.72)), 2 * pleats)
            if rng.random() < 0.5
            else forms.around(groove, pleats)
        )
    draft.cut(forms.sphere((0.28, rng.uniform(0.1, 0.45), 0.7), (0, h, 0.25), 24))
    if rng.random() < 0.7:
        strap = np.array(
            [
                [0.26, h - 0.1, 0.15],
                [0.22, h + 0.25, 0.05],
                [0.22, h + 0.2, -0.1],
                [0.26, h - 0.1, -0.15],
            ]
        )
        draft.add(
            forms.both_sides(
                forms.sweep(
                    outlines.spline(strap, 5), outlines.box(0.03, rng.uniform(0.05, 0.15), 0.01, 1)
                )
            )
        )
    else:
        arm, _, _ = _sleeve(rng, tube, 0.97 * h, rng.uniform(0.3, 1.1))
        draft.add(forms.both_sides(arm))
    for y in [at * h, (at + 0.05) * h, *(rng.uniform(0.02, 0.5, int(rng.integers(0, 4))) * h)]:
        draft.line(tube.girdle(float(y)))
    if rng.random() < 0.4:
        bow = forms.lens(outlines.blob(rng, 0.2, 0.2), 0.06, 0.06)
        draft.add(bow.translate((0, at * h, 0.75 * waist)))
    _stitching(rng, draft, tube, h)
    return draft.finish("dress")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "top": top,
    "trousers": trousers,
    "dress": dress,
}
