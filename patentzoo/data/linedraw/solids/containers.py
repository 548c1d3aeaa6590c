"""Hollow things: baskets, trays, crates, bins, racks, caskets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats


def _tub(plan: Floats, height: float, wall: float, flare: float) -> Manifold:
    """An open tub on a ground plan (x, z), walls leaning out by `flare`."""
    low, high = plan, plan * flare
    outer = _stack(low, high, 0, height)
    return outer - _stack(
        forms.inward(low, wall), forms.inward(high, wall), wall, 1.001 * height + wall
    )


def _stack(low: Floats, high: Floats, y0: float, y1: float) -> Manifold:
    rings = [
        np.column_stack([p[:, 0], np.full(len(p), y), -p[:, 1]]) for p, y in ((low, y0), (high, y1))
    ]
    return forms.loft(np.stack(rings))


def _ground(rng: np.random.Generator) -> Floats:
    a, b = rng.uniform(0.8, 1.6), rng.uniform(0.6, 1.1)
    if rng.random() < 0.6:
        return outlines.box(2 * a, 2 * b, rng.uniform(0.05, 0.9) * b, 5)
    return outlines.any_outline(rng, a, b)


def basket(rng: np.random.Generator) -> Solid:
    """A basket, crate or bin with perforated walls, a rim, feet or a handle."""
    draft = Draft()
    plan, height, flare = _ground(rng), rng.uniform(0.5, 2.4), rng.uniform(1.0, 1.35)
    wall = rng.uniform(0.03, 0.08)
    draft.add(_tub(plan, height, wall, flare))
    w, d = np.ptp(plan, axis=0)
    tools = []
    for name, span, part in (("z", w, 3.0 * d), ("x", d, 3.0 * w)):
        if rng.random() < 0.85:
            cells = ornaments.holes(rng, 0.7 * span, 0.7 * height, 36)
            tool = forms.plate(CrossSection(cells, FillRule.NonZero), part)
            tool = tool if name == "z" else tool.rotate((0, 90, 0))
            tools.append(tool.translate((0, 0.5 * height, 0)))
    if rng.random() < 0.5:
        cells = ornaments.holes(rng, 0.6 * w, 0.6 * d, 30)
        tools.append(forms.slab(CrossSection(cells, FillRule.NonZero), 0.2, -0.1))
    if tools:
        draft.cut(*tools)
    rim, lip = plan * flare, rng.uniform(0.04, 0.2)
    if rng.random() < 0.7:
        band = forms.section(forms.inward(rim, -lip), [forms.inward(rim, wall)])
        draft.add(forms.slab(band, rng.uniform(0.03, 0.2), height - 0.05))
    _carry(rng, draft, 0.5 * float(w) * flare, 0.5 * float(d) * flare, height)
    return draft.finish("basket")


def _carry(rng: np.random.Generator, draft: Draft, a: float, b: float, height: float) -> None:
    kind = int(rng.integers(4))
    if kind == 0:
        h = rng.uniform(0.4, 1.3)
        path = np.array(
            [
                [-a, height - 0.1, 0],
                [-0.8 * a, height + 0.8 * h, 0],
                [0, height + h, 0],
                [0.8 * a, height + 0.8 * h, 0],
                [a, height - 0.1, 0],
            ]
        )
        draft.add(
            forms.sweep(
                outlines.spline(path, 6), outlines.box(0.06, rng.uniform(0.06, 0.25), 0.02, 2)
            ),
            part=1,
        )
    elif kind == 1:
        lug = np.array(
            [
                [0.97 * a, height - 0.1, -0.3 * b],
                [1.3 * a, height - 0.1, -0.25 * b],
                [1.3 * a, height - 0.1, 0.25 * b],
                [0.97 * a, height - 0.1, 0.3 * b],
            ]
        )
        draft.add(
            forms.both_sides(forms.sweep(outlines.spline(lug, 5), outlines.ellipse(0.05, 0.05, 10)))
        )
    elif kind == 2:
        foot = forms.drum(0.08, 0.3, -0.25, 12).translate((0.6 * a, 0, 0.55 * b))
        draft.add(forms.both_sides(forms.both_sides(foot), "z"))


def tray(rng: np.random.Generator) -> Solid:
    """A tray or organiser: a low slab with pockets of several shapes, a rim and grips."""
    draft = Draft()
    plan, height = _ground(rng), rng.uniform(0.12, 0.5)
    draft.add(
        forms.pillow(plan, height, rng.uniform(0.05, 0.3) * height, int(rng.integers(1, 4))).rotate(
            (-90, 0, 0)
        )
    )
    w, d = 0.8 * np.ptp(plan, axis=0)
    columns, rows = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    dx, dz = w / columns, d / rows
    same = outlines.any_outline(rng, 0.45 * dx, 0.45 * dz)
    pockets = []
    for i in range(columns):
        for j in range(rows):
            one = same if rng.random() < 0.7 else outlines.any_outline(rng, 0.45 * dx, 0.45 * dz)
            deep = rng.uniform(0.3, 0.85) * height if rng.random() < 0.85 else 2 * height
            pocket = forms.slab(one, 2 * deep, height / 2 - deep)
            pockets.append(
                pocket.translate(((i - (columns - 1) / 2) * dx, 0, (j - (rows - 1) / 2) * dz))
            )
    draft.cut(*pockets)
    if rng.random() < 0.5:
        ear = forms.slab(
            forms.section(outlines.box(0.5, d / 2, 0.15), [outlines.box(0.2, d / 3, 0.08)]),
            0.6 * height,
            -0.3 * height,
        )
        draft.add(forms.both_sides(ear.translate((0.58 * w + 0.1, 0, 0))))
        draft.cut(*pockets)
    if rng.random() < 0.5:
        cells = ornaments.holes(rng, 0.9 * w, 0.5 * height, 24)
        draft.cut(forms.plate(CrossSection(cells, FillRule.NonZero), 4))
    return draft.finish("tray")


def rack(rng: np.random.Generator) -> Solid:
    """A wire rack, dish drainer, grille or cage of bars in two directions."""
    draft = Draft()
    x, y, z = rng.uniform(1.5, 3), rng.uniform(0.3, 1.6), rng.uniform(0.8, 2)
    r = rng.uniform(0.02, 0.05)
    square = 4 if rng.random() < 0.3 else 8

    def bar(
        a: tuple[float, float, float], b: tuple[float, float, float], s: float = 1.0
    ) -> Manifold:
        """A rod from ``a`` to ``b``."""
        return forms.rod(a, b, s * r, segments=square)

    lean = rng.uniform(0.7, 1.0)
    for level, k in ((0.0, lean), (y, 1.0)):
        ring = outlines.box(k * x, k * z, rng.uniform(0.05, 0.3), 3)
        path = np.column_stack([ring[:, 0], np.full(len(ring), level), ring[:, 1]])
        draft.add(forms.sweep(path, outlines.ellipse(1.5 * r, 1.5 * r, 8), closed=True))
    n, m = int(rng.integers(5, 16)), int(rng.integers(2, 7))
    for u in np.linspace(-0.47, 0.47, n):
        a, b = (u * x * lean, 0.0), (u * x, y)
        draft.add(bar((a[0], 0, -z / 2 * lean), (a[0], 0, z / 2 * lean)))
        draft.add(
            bar((a[0], 0, z / 2 * lean), (b[0], y, z / 2)),
            bar((a[0], 0, -z / 2 * lean), (b[0], y, -z / 2)),
        )
    for v in np.linspace(-0.44, 0.44, m):
        draft.add(bar((-x / 2 * lean, 0, v * z * lean), (x / 2 * lean, 0, v * z * lean)))
        draft.add(
            bar((x / 2 * lean, 0, v * z * lean), (x / 2, y, v * z)),
            bar((-x / 2 * lean, 0, v * z * lean), (-x / 2, y, v * z)),
        )
    if rng.random() < 0.5:
        prong = bar((0, 0, 0), (0, rng.uniform(0.3, 0.9) * y, 0))
        u = np.linspace(-0.4, 0.4, int(rng.integers(4, 12))) * x * lean
        draft.add(*(prong.translate((float(k), 0, s * 0.15 * z)) for k in u for s in (-1, 1)))
    foot = forms.rod(
        (0.4 * x * lean, 0, 0.4 * z * lean), (0.4 * x * lean, -0.2, 0.4 * z * lean), 2 * r
    )
    draft.add(forms.both_sides(forms.both_sides(foot), "z"))
    return draft.finish("rack")


def casket(rng: np.random.Generator) -> Solid:
    """A box with a lid: a case, cooler, suitcase or gift box with ribs, latches and hinges."""
    draft = Draft()
    x, y, z = rng.uniform(1.4, 2.6), rng.uniform(0.5, 1.6), rng.uniform(0.8, 1.6)
    plan = outlines.box(x, z, rng.uniform(0.02, 0.3), 4)
    edge = rng.uniform(0.02, 0.1)
    steps = int(rng.integers(1, 4))
    split = rng.uniform(0.5, 0.85) * y
    draft.add(
        forms.pillow(plan, split, 0.02, 1, edge).rotate((-90, 0, 0)).translate((0, split / 2, 0))
    )
    lid = y - split
    over = rng.uniform(0.98, 1.06)
    draft.add(
        forms.pillow(over * plan, lid, edge, steps, 0.02)
        .rotate((-90, 0, 0))
        .translate((0, split + lid / 2 + 0.015, 0))
    )
    if rng.random() < 0.5:
        n = int(rng.integers(3, 12))
        rib = forms.cuboid((0.4 * x / n, 0.8 * split, z + 0.08), (0, 0.45 * split, 0))
        draft.add(forms.along(rib, [((k - (n - 1) / 2) * 0.85 * x / n, 0, 0) for k in range(n)]))
    front_face = faces.Face("front", (0, 0.45 * split, z / 2 + 0.04), 0.7 * x, 0.6 * split)
    if rng.random() < 0.7:
        faces.dress(rng, draft, front_face, least=1, most=3)
    faces.dress(rng, draft, faces.Face("top", (0, y + 0.015, 0), 0.7 * x, 0.7 * z), least=1, most=3)
    latch = forms.soft_box((0.2, 0.35, 0.12), 0.05, 0.02, 1, (0, split, z / 2 + 0.05))
    spread = rng.uniform(0.1, 0.35) * x
    draft.add(forms.both_sides(latch.translate((spread, 0, 0))))
    hinge = forms.rod(
        (-0.15, split, -z / 2 - 0.03), (0.15, split, -z / 2 - 0.03), 0.06, segments=12
    )
    draft.add(forms.both_sides(hinge.translate((spread, 0, 0))))
    if rng.random() < 0.5:
        path = np.array([[-0.4, 0, 0], [-0.35, 0, 0.3], [0.35, 0, 0.3], [0.4, 0, 0]]) + np.array(
            [
                0,
                0.8 * split,
                z / 2,
            ]
        )
        draft.add(forms.sweep(outlines.spline(path, 5), outlines.ellipse(0.05, 0.05, 10)))
    return draft.finish("casket")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "basket": basket,
    "tray": tray,
    "rack": rack,
    "casket": casket,
}
