"""Extruded and stamped parts: brackets, rails, panels, heat sinks, hinges, handles, blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft, united


def rail(rng: np.random.Generator) -> Solid:
    """A length of rolled or extruded profile with holes, slots, end cuts."""
    draft = Draft()
    w, h = rng.uniform(0.5, 1.6), rng.uniform(0.5, 1.6)
    wall = rng.uniform(0.08, 0.25) * min(w, h)
    kind = "LUTHZC"[int(rng.integers(6))]
    section = forms.section(outlines.bracket(kind, w, h, wall))
    for _ in range(int(rng.integers(0, 4))):  # lips, beads and chambers
        at = rng.uniform(-0.5, 0.5, 2) * [w, h]
        bead = forms.section(
            outlines.box(rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.5), 0.04, 2) + at
        )
        section = section + bead if rng.random() < 0.6 else section - bead
    if rng.random() < 0.4:
        section = section + section.mirror((1, 0))
    section = section.offset(-0.01).offset(0.02) if rng.random() < 0.5 else section
    long = rng.uniform(1.2, 4)
    body = forms.sideways(forms.plate(section, long))
    n, wide = int(rng.integers(0, 9)), rng.uniform(0.05, 0.3)
    draft.add(body)
    if n:
        hole = forms.plate(outlines.any_outline(rng, wide, rng.uniform(0.05, 0.2)), 9)
        spots = [((k - (n - 1) / 2) * 0.9 * long / n, 0, 0) for k in range(n)]
        draft.cut(forms.along(hole if rng.random() < 0.5 else hole.rotate((90, 0, 0)), spots))
    if rng.random() < 0.4:
        draft.cut(
            forms.both_sides(
                forms.cuboid((1, 5, 5))
                .rotate((0, rng.uniform(-40, 40), 0))
                .translate((long / 2 + 0.4, 0, 0))
            )
        )
    return draft.finish("rail")


def bracket(rng: np.random.Generator) -> Solid:
    """A bent bracket with gussets, bolt holes, bosses and fillets."""
    draft = Draft()
    a, b, d, t = (
        rng.uniform(0.8, 2),
        rng.uniform(0.8, 2),
        rng.uniform(0.4, 1.4),
        rng.uniform(0.06, 0.25),
    )
    corners = [
        np.array([[0, 0], [a, 0], [a, t], [t, t], [t, b], [0, b]]),
        np.array(
            [[0, 0], [a, 0], [a, t], [t, t], [t, b], [-0.7 * a, b], [-0.7 * a, b - t], [0, b - t]]
        ),
        np.array([[0, 0], [a, 0], [a, b], [a - t, b], [a - t, t], [t, t], [t, b], [0, b]]),
    ][int(rng.integers(3))]
    bend = outlines.rounded(corners, rng.uniform(0, 0.9) * t, 4)
    draft.add(forms.plate(bend, d))
    if rng.random() < 0.6:
        s = rng.uniform(0.3, 0.9)
        web = np.array([[0, 0], [s * a, 0], [s * a, t], [t, s * b], [0, s * b]])
        draft.add(forms.plate(web, rng.uniform(0.05, 0.3) * d, rng.uniform(-0.3, 0.3) * d))
    boss, r = rng.random() < 0.4, rng.uniform(0.08, 0.2) * d
    n = int(rng.integers(1, 4))
    for k in range(n):
        x, z = (
            t + (a - t) * (k + 0.6) / (n + 0.2),
            rng.uniform(-0.25, 0.25) * d if n == 1 else 0.25 * d * (-1) ** k,
        )
        if boss:
            draft.add(forms.drum(1.7 * r, 2 * t, 0, 24).translate((x, 0, z)))
        draft.cut(forms.drum(r, 9, -4, 20).translate((x, 0, z)))
    plan = outlines.any_outline(rng, 0.3 * d, 0.3 * (b - t))
    draft.cut(forms.plate(plan, 2 * a).rotate((0, 90, 0)).translate((0, 0.55 * b + t, 0)))
    if rng.random() < 0.5:
        draft.cut(
            forms.both_sides(
                forms.cuboid((0.8, 9, 0.5)).rotate((0, 45, 0)).translate((a, 0, d / 2)), "z"
            )
        )
    return draft.finish("bracket")


def plate(rng: np.random.Generator) -> Solid:
    """A stamped plate, cover or gasket: nested outlines, raised rims, holes of many shapes."""
    draft = Draft()
    a, b = rng.uniform(0.8, 1.8), rng.uniform(0.6, 1.4)
    region = forms.section(outlines.any_outline(rng, a, b))
    for _ in range(int(rng.integers(0, 4))):
        at = rng.uniform(-0.9, 0.9, 2) * [a, b]
        lobe = forms.section(outlines.any_outline(rng, 0.3 * a, 0.3 * b) + at)
        lobe = lobe + lobe.mirror((1, 0))
        region = region + lobe if rng.random() < 0.7 else region - lobe
    t = rng.uniform(0.05, 0.3)
    draft.add(forms.plate(region, t))
    rim = rng.uniform(0.04, 0.12)
    if rng.random() < 0.6:
        draft.add(forms.plate(region - region.offset(-rim), t * rng.uniform(0.5, 2), t))
    for _ in range(int(rng.integers(1, 5))):
        at = rng.uniform(0.05, 0.7, 2) * [a, b] * [1, rng.choice([-1, 1])]
        plan = (
            outlines.any_outline(rng, rng.uniform(0.06, 0.3) * a, rng.uniform(0.06, 0.3) * b) + at
        )
        form = forms.plate(plan, 2 * t, rng.uniform(0.3, 1) * t)
        both = forms.both_sides(form)
        if rng.random() < 0.5:
            draft.add(both)
        else:
            draft.cut(both)
    if rng.random() < 0.4:
        cells = ornaments.holes(rng, 0.9 * a, 0.7 * b, 50)
        draft.cut(forms.plate(CrossSection(cells, FillRule.NonZero), 9))
    if rng.random() < 0.5:
        post = forms.rod((0.5 * a, 0.4 * b, 0), (0.5 * a, 0.4 * b, -rng.uniform(0.2, 0.8)), 0.08)
        draft.add(forms.both_sides(forms.both_sides(post), "y"))
    return draft.finish("plate")


def fins(rng: np.random.Generator) -> Solid:
    """A heat sink, grille, filter, brush block or louvre: a base with fins or pins."""
    draft = Draft()
    x, y, z = rng.uniform(1, 2.4), rng.uniform(0.3, 1.2), rng.uniform(0.8, 2)
    base = rng.uniform(0.08, 0.3) * y
    plan = (
        outlines.any_outline(rng, x / 2, z / 2) if rng.random() < 0.4 else outlines.box(x, z, 0.1)
    )
    region = forms.section(plan)
    draft.add(forms.slab(region, base))
    n, m = int(rng.integers(5, 16)), int(rng.integers(3, 12))
    kind = int(rng.integers(3))
    cells: list[np.ndarray]
    if kind == 0:
        wide = rng.uniform(0.2, 0.6) * x / n
        cells = [
            outlines.rectangle(wide, 2 * z) + np.array([(k - (n - 1) / 2) * x / n, 0])
            for k in range(n)
        ]
    else:
        m = min(m, 9)
        one = (
            outlines.any_outline(rng, 0.32 * x / n, 0.32 * z / m)
            if kind == 1
            else outlines.rectangle(0.5 * x / n, 0.6 * z / m)
        )
        cells = [
            one + np.array([(i - (n - 1) / 2) * x / n, (j - (m - 1) / 2) * z / m])
            for i in range(n)
            for j in range(m)
        ]
    standing = CrossSection(cells, FillRule.NonZero) ^ region.offset(-0.03)
    fin = forms.slab(standing, y, 0.5 * base)
    if rng.random() < 0.4:
        bow = rng.uniform(-0.6, 0.6) * y
        fin = fin - forms.cuboid((3 * x, y, 3 * z), (0, 1.2 * y + 0.3 * bow, 0)).rotate(
            (rng.uniform(-12, 12), 0, 0)
        )
    draft.add(fin)
    if rng.random() < 0.4:
        draft.add(forms.slab(region - region.offset(-0.08), rng.uniform(0.5, 1.1) * y, 0))
    ear = forms.slab(
        forms.section(outlines.box(0.4, 0.5, 0.15), [outlines.ellipse(0.08, 0.08, 16)]), base
    )
    draft.add(forms.both_sides(ear.translate((x / 2 + 0.1, 0, 0))))
    faces.dress(rng, draft, faces.Face("bottom", (0, 0, 0), 0.5 * x, 0.5 * z), most=2)
    return draft.finish("fins")


def hinge(rng: np.random.Generator) -> Solid:
    """A hinge, latch or clamp: leaves with holes about a knuckled pin."""
    draft = Draft()
    h, w, t = rng.uniform(0.8, 2.4), rng.uniform(0.4, 1.2), rng.uniform(0.04, 0.15)
    r, n = rng.uniform(0.1, 0.25), int(rng.integers(2, 6))
    plan = (
        outlines.any_outline(rng, 0.5 * w, 0.5 * h)
        if rng.random() < 0.4
        else outlines.box(w, h, rng.uniform(0, 0.3))
    )
    rows = [
        outlines.ellipse(0.07, 0.07, 16) + np.array([0.2 * w * (-1) ** k, (k - 1) * 0.3 * h])
        for k in range(3)
    ]
    leaf = forms.plate(forms.section(plan, rows), t).translate((0.5 * w, 0, 0)) + forms.cuboid(
        (0.4 * w, 0.9 * h, t), (0.2 * w, 0, 0)
    )
    knuckles: list[Manifold] = []
    gaps: list[Manifold] = []
    for k in range(2 * n + 1):
        y = (k / (2 * n + 1) - 0.5) * h
        drum = forms.drum(r * (1 if k % 2 else 1.0), 0.96 * h / (2 * n + 1), y, 24)
        (knuckles if k % 2 else gaps).append(drum)
    fold = rng.uniform(0, 100)
    other = leaf.rotate((0, 180 - fold, 0))
    draft.add((leaf - united(gaps).scale((1.1, 1, 1.1))) + united(knuckles))
    draft.add((other - united(knuckles).scale((1.1, 1, 1.1))) + united(gaps), part=1)
    tip = outlines.spline(
        np.array([[0.6 * r, 0], [1.2 * r, 0.08], [0.5 * r, rng.uniform(0.15, 0.4)]]), 4
    )
    head = forms.lathe(tip, 24).translate((0, h / 2, 0))
    draft.add(head, head.mirror((0, 1, 0)), forms.drum(0.5 * r, h, -h / 2, 16), part=2)
    return draft.finish("hinge")


def block(rng: np.random.Generator) -> Solid:
    """A block cut away and built upon at random, symmetric left and right: a machined part."""
    draft = Draft()
    size = rng.uniform(0.8, 2, 3)
    draft.add(forms.cuboid(size))
    for _ in range(int(rng.integers(4, 9))):
        at = rng.uniform(-0.5, 0.5, 3) * size
        span = rng.uniform(0.15, 0.7, 3) * size
        kind = int(rng.integers(4))
        tool: Manifold
        if kind == 0:
            tool = forms.cuboid(span, at)
        elif kind == 1:
            tool = forms.disc(0.4 * min(span), 1.2 * span[2], 0, 24)
            tool = [tool, forms.sideways(tool), forms.upright(tool)][
                int(rng.integers(3))
            ].translate(tuple(at))
        elif kind == 2:
            tool = forms.plate(outlines.any_outline(rng, span[0] / 2, span[1] / 2), span[2])
            tool = [tool, forms.sideways(tool), forms.upright(tool)][
                int(rng.integers(3))
            ].translate(tuple(at))
        else:
            tool = forms.cuboid(span).rotate((0, 0, 45)).translate(tuple(at))
        tool = forms.both_sides(tool)
        if rng.random() < 0.5:
            draft.add(tool)
        else:
            draft.cut(tool)
    return draft.finish("block")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "rail": rail,
    "bracket": bracket,
    "plate": plate,
    "fins": fins,
    "hinge": hinge,
    "block": block,
}
