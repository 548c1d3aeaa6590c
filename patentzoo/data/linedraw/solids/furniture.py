"""Furniture to put things on and in: tables, desks, cabinets, shelves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats


def leg(rng: np.random.Generator) -> Callable[[Floats, Floats], Manifold]:
    """A style of leg: makes a leg from its head to its foot."""
    kind, r = int(rng.integers(4)), rng.uniform(0.03, 0.09)
    if kind == 0:
        return lambda head, foot: forms.rod(head, foot, 1.4 * r, 1.4 * r, segments=4)
    if kind == 1:
        tip = rng.uniform(0.3, 0.8) * r
        return lambda head, foot: forms.rod(head, foot, 1.3 * r, tip)
    if kind == 2:  # turned on a lathe
        widths = r * rng.uniform(0.5, 1.5, 9)

        def turned(head: Floats, foot: Floats) -> Manifold:
            """A leg as a lathe makes it."""
            t = np.linspace(0, 1, 25)
            path = head + (foot - head) * t[:, None]
            return forms.sweep(
                path, outlines.ellipse(1, 1, 14), np.interp(t, np.linspace(0, 1, 9), widths)
            )

        return turned
    bow = rng.uniform(-0.15, 0.25)

    def curved(head: Floats, foot: Floats) -> Manifold:
        """A leg in an S, tapered."""
        out = np.array([np.sign(foot[0]), 0, np.sign(foot[2])]) * bow
        knots = np.stack(
            [head, 0.7 * head + 0.3 * foot + out, 0.25 * head + 0.75 * foot - 0.4 * out, foot]
        )
        return forms.sweep(
            outlines.spline(knots, 5), outlines.ellipse(1, 1, 12), np.linspace(1.4 * r, 0.8 * r, 16)
        )

    return curved


def four_legs(rng: np.random.Generator, x: float, z: float, y: float, splay: float) -> Manifold:
    """Legs under a seat or top whose half sizes are `x` and `z`, `y` above the floor."""
    one = leg(rng)(np.array([x, y, z]), np.array([x * (1 + splay), 0.0, z * (1 + splay)]))
    legs = forms.both_sides(forms.both_sides(one), "z")
    if rng.random() < 0.4:
        h, r = rng.uniform(0.2, 0.6) * y, rng.uniform(0.02, 0.04)
        k = 1 + splay * (1 - h / y)
        bars = forms.both_sides(forms.rod((x * k, h, -z * k), (x * k, h, z * k), r, segments=8))
        legs += bars + forms.both_sides(
            forms.rod((-x * k, h, z * k), (x * k, h, z * k), r, segments=8), "z"
        )
    return legs


def support(rng: np.random.Generator, x: float, z: float, y: float) -> Manifold:
    """What holds a seat or top: four legs, a pedestal, a star foot, a sled, side panels."""
    kind = int(rng.choice(6, p=[0.4, 0.12, 0.16, 0.12, 0.1, 0.1]))
    if kind == 0:
        return four_legs(rng, 0.85 * x, 0.85 * z, y, rng.uniform(0, 0.3))
    if kind == 1:
        knots = np.array(
            [[0.6 * x, 0.0], [0.6 * x, 0.05], [0.1, 0.2 * y], [0.08, 0.8 * y], [0.25, y]]
        )
        return forms.lathe(outlines.spline(knots, 4) if rng.random() < 0.5 else knots, 32)
    if kind == 2:
        n, r = int(rng.integers(3, 7)), 0.9 * min(x, z)
        arm = forms.rod((0, 0.18, 0), (0, 0.1, r), 0.06, 0.035, 8)
        caster = forms.disc(0.07, 0.08, 0, 14).rotate((0, 90, 0)).translate((0, 0.07, r))
        return (
            forms.around(arm + caster, n)
            + forms.drum(0.05, y - 0.1, 0.1, 16)
            + forms.drum(0.08, 0.5 * y, 0.1, 16)
        )
    if kind == 3:
        loop = np.array([[x, y, -0.7 * z], [x, 0.05, -z], [x, 0.05, z], [x, y, 0.7 * z]])
        return forms.both_sides(
            forms.sweep(outlines.spline(loop, 6), outlines.ellipse(0.04, 0.04, 10))
        )
    if kind == 4:
        side = outlines.rounded(np.array([[-z, 0], [z, 0], [0.8 * z, y], [-0.8 * z, y]]), 0.05, 2)
        hole = outlines.any_outline(rng, 0.4 * z, 0.3 * y) + np.array([0, 0.45 * y])
        return forms.both_sides(
            forms.sideways(forms.plate(forms.section(side, [hole]), 0.08))
            .rotate((90, 0, 0))
            .rotate((-90, 0, 0))
            .rotate((0, 0, 0))
            .translate((0.85 * x, 0, 0))
        )
    cross = forms.rod((-0.8 * x, 0, 0.8 * z), (0.8 * x, y, 0.8 * z), 0.05, segments=4)
    cross += cross.mirror((1, 0, 0))
    return cross + cross.mirror((0, 0, 1))


def backrest(rng: np.random.Generator, x: float, height: float) -> Manifold:
    """A back standing in the x-y plane from y = 0: a panel, slats, spindles, a frame, a mesh."""
    kind, thick = int(rng.integers(5)), rng.uniform(0.04, 0.15)
    plan = outlines.any_outline(rng, x, height / 2) + np.array([0, height / 2])
    if kind == 0:
        edge = 0.4 * thick
        return forms.pillow(outlines.box(2 * x, height, 0.3 * x, 5), thick, edge, 2).translate(
            (0, height / 2, 0)
        )
    if kind == 1:
        n = int(rng.integers(2, 7))
        post = forms.both_sides(forms.cuboid((0.08, height, 0.07), (0.92 * x, height / 2, 0)))
        slat = forms.cuboid((1.84 * x, 0.5 * height / n, 0.5 * thick))
        return post + forms.along(slat, [(0, (k + 0.6) * height / n, 0) for k in range(n)])
    if kind == 2:
        n = int(rng.integers(4, 10))
        rail = forms.cuboid((2 * x, 0.15 * height, 0.09), (0, 0.95 * height, 0))
        stick = forms.rod((0, 0, 0), (0, 0.92 * height, 0), 0.03, 0.02, 8)
        return rail + forms.along(stick, [((k / (n - 1) - 0.5) * 1.8 * x, 0, 0) for k in range(n)])
    region = forms.section(plan)
    if kind == 3:
        cells = [
            c + np.array([0, height / 2]) for c in ornaments.holes(rng, 1.3 * x, 0.7 * height, 50)
        ]
        return forms.plate(region - CrossSection(cells, FillRule.NonZero), 0.6 * thick)
    hole = region.offset(-rng.uniform(0.08, 0.2))
    return forms.plate(region - hole, thick) + forms.plate(hole.offset(0.01), 0.4 * thick)


def table(rng: np.random.Generator) -> Solid:
    """A table or desk: a top with an edge, an apron, drawers, a shelf below."""
    draft = Draft()
    x, z, y = rng.uniform(0.5, 1.3), rng.uniform(0.4, 0.8), rng.uniform(0.5, 1.2)
    plan = (
        outlines.box(2 * x, 2 * z, rng.uniform(0, 0.3), 4)
        if rng.random() < 0.6
        else outlines.any_outline(rng, x, z)
    )
    thick = rng.uniform(0.04, 0.15)
    draft.add(
        forms.pillow(plan, thick, 0.3 * thick, int(rng.integers(1, 4)))
        .rotate((-90, 0, 0))
        .translate((0, y, 0))
    )
    draft.add(support(rng, 0.9 * x, 0.9 * z, y))
    if rng.random() < 0.5:
        h = rng.uniform(0.1, 0.25)
        draft.add(forms.cuboid((1.5 * x, h, 1.4 * z), (0, y - h / 2, 0)))
        faces.dress(
            rng,
            draft,
            faces.Face("front", (0, y - h / 2 - 0.02, 0.7 * z), 1.3 * x, 0.6 * h),
            least=1,
            most=3,
        )
    if rng.random() < 0.4:
        draft.add(forms.slab(0.75 * plan, 0.04, rng.uniform(0.15, 0.5) * y))
    if rng.random() < 0.35:
        faces.Face("top", (0, y + thick / 2, 0), 1.4 * x, 1.4 * z).draw(
            draft, ornaments.pattern(rng, 1.2 * x, 1.2 * z)
        )
    return draft.finish("table")


def cabinet(rng: np.random.Generator) -> Solid:
    """A cabinet, chest or bookcase: columns of drawers, doors and open bays with handles."""
    draft = Draft()
    x, y, z = rng.uniform(0.6, 2), rng.uniform(0.6, 2.4), rng.uniform(0.4, 0.8)
    draft.add(forms.cuboid((x, y, z), (0, y / 2, 0)))
    columns = int(rng.integers(1, 4))
    grip, open_share = _grip(rng), rng.uniform(0, 0.7)
    gap, w = 0.03, x / columns
    for i in range(columns):
        rows = int(rng.integers(1, 6))
        edges = (
            np.r_[
                0,
                np.sort(rng.uniform(0.1, 0.9, rows - 1))
                if rng.random() < 0.3
                else np.arange(1, rows) / rows,
                1,
            ]
            * (y - 2 * gap)
            + gap
        )
        for low, high in pairwise(edges):
            cx, cy, h = (i + 0.5) * w - x / 2, (low + high) / 2, high - low - gap
            if h < 0.05:
                continue
            if rng.random() < open_share:
                draft.cut(forms.cuboid((w - 2 * gap, h, 1.8 * z), (cx, cy, z / 2)))
                continue
            draft.add(
                forms.soft_box(
                    (w - gap, h, 0.06), 0.01, 0.02, int(rng.integers(1, 3)), (cx, cy, z / 2 + 0.02)
                )
            )
            if rng.random() < 0.3:
                draft.cut(
                    forms.plate(outlines.box(0.7 * w, 0.7 * h, 0.02), 0.04, z / 2 + 0.05).translate(
                        (cx, cy, 0)
                    )
                )
            draft.add(grip.translate((cx, cy + (0.2 * h if h < w else 0), z / 2 + 0.05)))
    _crown_and_foot(rng, draft, x, y, z)
    return draft.finish("cabinet")


def _crown_and_foot(rng: np.random.Generator, draft: Draft, x: float, y: float, z: float) -> None:
    """The top board, the feet or plinth, and a gallery above."""
    over = rng.uniform(0, 0.08)
    draft.add(forms.cuboid((x + over, 0.06, z + over), (0, y, 0.02)))
    if rng.random() < 0.5:
        draft.add(
            four_legs(rng, 0.45 * x, 0.45 * z, 0.3, rng.uniform(0, 0.1)).translate((0, -0.28, 0))
        )
    elif rng.random() < 0.5:
        draft.add(forms.cuboid((1.03 * x, 0.12, 1.05 * z), (0, 0.04, 0)))
    if rng.random() < 0.3:
        draft.add(backrest(rng, x / 2, rng.uniform(0.2, 0.5)).translate((0, y, -0.45 * z)))


def _grip(rng: np.random.Generator) -> Manifold:
    kind = int(rng.integers(4))
    if kind == 0:
        return forms.sphere((0.035, 0.035, 0.035), (0, 0, 0.02), 12)
    if kind == 1:
        return forms.cuboid((rng.uniform(0.1, 0.3), 0.03, 0.04), (0, 0, 0.02))
    if kind == 2:
        return forms.plate(outlines.any_outline(rng, 0.08, 0.05), 0.06)
    path = np.array([[-0.1, 0, 0], [-0.08, 0, 0.06], [0.08, 0, 0.06], [0.1, 0, 0]])
    return forms.sweep(outlines.spline(path, 3), outlines.ellipse(0.015, 0.015, 8))


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "table": table,
    "cabinet": cabinet,
}
