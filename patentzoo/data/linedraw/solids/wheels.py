"""Things with rotational order: vehicle wheels, tires, gears, fans, round covers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, ornaments, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, back, front


def _facing(form: Manifold) -> Manifold:
    """Turns a body of revolution about y so that its axis points to the viewer."""
    return form.rotate((90, 0, 0))


def _ring(outer: float, inner: float, depth: float, edge: float) -> Manifold:
    half = depth / 2
    e = min(edge, 0.3 * (outer - inner), 0.4 * half)
    profile = np.array(
        [
            [inner, -half],
            [outer - e, -half],
            [outer, -half + e],
            [outer, half - e],
            [outer - e, half],
            [inner, half],
        ]
    )
    region = CrossSection([profile])
    return region.revolve(56)


def wheel(rng: np.random.Generator) -> Solid:
    """A vehicle wheel: rim, spokes of some shape, hub, lug holes, maybe a tire."""
    draft = Draft()
    depth = rng.uniform(0.3, 1.2)
    rim = rng.uniform(0.84, 0.92)
    draft.add(
        _ring(1.0, rim, depth, 0.05),
        _ring(1.06, rim, 0.08, 0.02).translate((0, 0, depth / 2 - 0.04)),
    )
    count, hub = int(rng.integers(3, 13)), rng.uniform(0.15, 0.35)
    level = rng.uniform(0, 0.35) * depth
    spoke = _spoke(rng, hub, rim, np.pi / count)
    cone = rng.uniform(-0.25, 0.25)
    one = forms.plate(spoke, rng.uniform(0.1, 0.25) * max(depth, 0.5))
    one = one.refine_to_length(0.3).warp_batch(
        lambda p: np.column_stack([p[:, 0], p[:, 1], p[:, 2] + cone * np.hypot(p[:, 0], p[:, 1])])
    )
    draft.add(forms.around(one, count, "z").translate((0, 0, level)))
    front_z = level + rng.uniform(0.1, 0.25)
    draft.add(forms.disc(hub, 0.8 * depth, front_z - 0.4 * depth))
    draft.add(
        forms.disc(hub * rng.uniform(0.4, 0.7), 0.1, front_z + 0.05, int(rng.choice([6, 24, 24])))
    )
    lugs = int(rng.integers(0, 7))
    if lugs > 2:
        hole = forms.disc(0.12 * hub, 2, 0, 10).translate((0.78 * hub, 0, 0))
        draft.cut(forms.around(hole, lugs, "z"))
    if rng.random() < 0.4:
        draft.decal(screens.icon(rng, 0.4 * hub), front(front_z + 0.1))
    if rng.random() < 0.4:
        draft.add(_tread(rng, rng.uniform(1.25, 1.7), 1.0, depth), part=1)
    return draft.finish("wheel")


def _spoke(rng: np.random.Generator, hub: float, rim: float, half_angle: float) -> CrossSection:
    wide = np.tan(min(half_angle, 0.6)) * rng.uniform(0.25, 0.75)
    a, b = hub * wide * rng.uniform(0.6, 1.4), rim * wide * rng.uniform(0.3, 1)
    lean = rng.uniform(-0.3, 0.3) if rng.random() < 0.4 else 0.0
    x = np.linspace(0.8 * hub, 1.03 * rim, 6)
    t = (x - x[0]) / (x[-1] - x[0])
    width, shift = a + (b - a) * t ** rng.uniform(0.6, 2), lean * np.sin(np.pi * t)
    ring = np.vstack([np.stack([x, shift - width], 1), np.stack([x, shift + width], 1)[::-1]])
    region = forms.section(ring)
    kind = int(rng.integers(4))
    if kind == 0:  # a pair of bars
        region = region - forms.section(
            np.vstack(
                [
                    np.stack([x, shift - 0.45 * width], 1),
                    np.stack([x, shift + 0.45 * width], 1)[::-1],
                ]
            )
        )
    elif kind == 1:  # a fork
        gap = np.array([[x[2], 0], [1.1 * rim, -0.7 * b], [1.1 * rim, 0.7 * b]])
        region = region - forms.section(gap)
    elif kind == 2:
        region = region - forms.section(
            outlines.ellipse(0.15 * rim, 0.4 * min(a, b), 20) + np.array([0.6 * rim, 0])
        )
    return region


def _tread(rng: np.random.Generator, outer: float, inner: float, width: float) -> Manifold:
    """A tire about the z axis with grooves around and lugs across."""
    half, wall = width / 2, outer - inner
    bulge = rng.uniform(0.02, 0.15) * width
    shape = np.array(
        [
            [inner, -half],
            [inner + 0.5 * wall, -half - bulge],
            [outer - 0.15 * wall, -half],
            [outer, -0.75 * half],
            [outer, 0.75 * half],
            [outer - 0.15 * wall, half],
            [inner + 0.5 * wall, half + bulge],
            [inner, half],
        ]
    )
    cuts = []
    for z in rng.uniform(-0.6, 0.6, int(rng.integers(1, 4))) * half:
        g = 0.05 * width
        cuts.append(
            np.array(
                [[outer - 0.1, z - g], [outer + 1, z - g], [outer + 1, z + g], [outer - 0.1, z + g]]
            )
        )
    tire = forms.section(shape, cuts).revolve(56)
    count = int(rng.integers(16, 34))
    lean = rng.uniform(-0.8, 0.8)
    bar = forms.cuboid(
        (0.3, 0.05 + 0.08 * rng.random(), 0.62 * width), (outer, 0, 0.45 * width)
    ).rotate((np.rad2deg(lean) * 0.6, 0, 0))
    lugs = forms.around(bar, count, "z")
    return tire - (
        lugs + lugs.mirror((0, 0, 1)).rotate((0, 0, 180 / count if rng.random() < 0.5 else 0))
    )


def tire(rng: np.random.Generator) -> Solid:
    """A tire alone, with lettering on its side wall."""
    draft = Draft()
    outer = rng.uniform(1.25, 1.9)
    width = rng.uniform(0.4, 1.2)
    draft.add(_tread(rng, outer, 1.0, width))
    middle = (outer + 1.0) / 2
    face = 1.002 * draft.united().bounding_box()[5]
    for stroke in lettering.text(lettering.word(rng, 5, 10), 0.3 * (outer - 1)):
        angle = stroke[:, 0] / middle
        r = middle + stroke[:, 1]
        draft.line(np.stack([r * np.sin(angle), r * np.cos(angle), np.full(len(r), face)], 1))
    if rng.random() < 0.3:
        draft.add(
            _ring(1.0, 0.9, 0.8 * width, 0.05),
            forms.plate(outlines.gear(int(rng.integers(5, 12)), 0.95, 0.3, 0.4), 0.2),
            part=1,
        )
    return draft.finish("tire")


def gear(rng: np.random.Generator) -> Solid:
    """A gear, sprocket, saw blade or flower-like disc in stacked steps with openings."""
    draft = Draft()
    z = 0.0
    radius = 1.0
    for _ in range(int(rng.integers(1, 4))):
        kind, teeth = int(rng.integers(4)), int(rng.integers(8, 36))
        plan = [
            outlines.gear(teeth, radius, radius * rng.uniform(0.8, 0.93), rng.uniform(0.3, 0.6)),
            outlines.flower(teeth // 3 + 2, radius, rng.uniform(0.05, 0.3), 96),
            outlines.ellipse(radius, radius),
            outlines.star(teeth // 2 + 3, radius, radius * rng.uniform(0.6, 0.9)),
        ][kind]
        thick = rng.uniform(0.08, 0.4)
        draft.add(forms.plate(plan, thick, z + thick / 2))
        z += 0.98 * thick
        radius *= rng.uniform(0.35, 0.85)
    openings = outlines.any_outline(
        rng, rng.uniform(0.06, 0.16), rng.uniform(0.06, 0.14)
    ) + np.array(
        [
            rng.uniform(0.45, 0.65),
            0,
        ]
    )
    draft.cut(forms.around(forms.plate(openings, 4), int(rng.integers(3, 9)), "z"))
    bore = outlines.any_outline(rng, 0.15, 0.15)
    draft.cut(forms.plate(bore, 4))
    if rng.random() < 0.4:
        draft.add(_ring(0.5, 0.4, 0.2, 0.03).translate((0, 0, -0.08)))
    return draft.finish("gear")


def fan(rng: np.random.Generator) -> Solid:
    """A fan or propeller: twisted blades around a hub, a guard ring with bars, a stand."""
    draft = Draft()
    count = int(rng.integers(3, 9))
    r = np.linspace(0.15, 1.0, 7)
    width, pitch = (
        rng.uniform(0.2, 0.5) * (0.4 + np.sin(np.linspace(0.2, 2.9, 7))),
        rng.uniform(0.3, 1.0),
    )
    rings = []
    for k in range(7):
        flat = outlines.rectangle(width[k], 0.04)
        a = pitch * (1 - 0.5 * k / 6)
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        xy = flat @ turn
        sweepback = rng.uniform(0, 0.02) + 0.15 * (k / 6) ** 2
        rings.append(np.column_stack([np.full(4, r[k]), xy[:, 0] + sweepback, xy[:, 1]]))
    draft.add(forms.around(forms.loft(np.stack(rings)), count, "z"))
    draft.add(
        _facing(forms.lathe(np.array([[0.22, -0.2], [0.22, 0.1], [0.15, 0.2], [0.05, 0.25]])))
    )
    if rng.random() < 0.7:
        bars, d = int(rng.integers(8, 30)), rng.uniform(0.2, 0.4)
        draft.add(_ring(1.15, 1.08, rng.uniform(0.1, 2 * d), 0.03), part=1)
        bar = forms.cuboid((0.9, 0.025, 0.03), (0.62, 0, d))
        guard = forms.around(bar, bars, "z") + _ring(0.22, 0.0, 0.06, 0.02).translate((0, 0, d))
        for k in rng.uniform(0.4, 1.0, int(rng.integers(1, 3))):
            guard += _ring(k + 0.02, k - 0.02, 0.04, 0.01).translate((0, 0, d))
        wall = _ring(1.12, 1.07, d + 0.05, 0.02).translate((0, 0, d / 2))
        draft.add(guard, wall, part=1)
    if rng.random() < 0.5:
        drop = rng.uniform(1.5, 2.8)
        draft.add(forms.rod((0, -1.05, -0.1), (0, -drop, -0.1), 0.09), part=1)
        base = outlines.any_outline(rng, rng.uniform(0.5, 0.9), rng.uniform(0.5, 0.8))
        draft.add(
            forms.slab(base, 0.12, -drop),
            forms.sphere((0.28, 0.28, 0.4), (0, 0, -0.35), 20),
            part=1,
        )
        draft.add(forms.rod((0, 0, -0.35), (0, -1.2, -0.1), 0.08), part=1)
    return draft.finish("fan")


def cover(rng: np.random.Generator) -> Solid:
    """A round cover, grille, clock, drain or hub cap: a shallow dish with radial ornament."""
    draft = Draft()
    depth, plan = rng.uniform(0.1, 0.5), outlines.ellipse(1, 1, 56)
    if rng.random() < 0.4:
        plan = outlines.any_outline(rng, 1, 1)
    edge = rng.uniform(0.2, 0.8) * 0.5 * depth
    draft.add(forms.pillow(plan, depth, min(edge, 0.1), int(rng.integers(1, 4))))
    z = depth / 2
    recess = rng.uniform(0.7, 0.9)
    if rng.random() < 0.7:
        draft.cut(forms.plate(plan * recess, 0.2 * depth, z))
        z -= 0.1 * depth
    kind = int(rng.integers(4))
    if kind == 0:
        rows = ornaments.holes(rng, 1.6 * recess, 1.6 * recess)
        kept = ornaments.inside(rows, lambda p: np.hypot(p[:, 0], p[:, 1]) < 0.8 * recess)
        if kept:
            draft.cut(forms.plate(forms.section(kept[0]) + CrossSection(kept, FillRule.NonZero), 3))
    elif kind == 1:
        slot = outlines.box(0.42 * recess, rng.uniform(0.03, 0.1), 0.02) + np.array(
            [0.52 * recess, 0]
        )
        draft.cut(forms.around(forms.plate(slot, 3), int(rng.integers(5, 22)), "z"))
    elif kind == 2:
        draft.decal(screens.LAYOUTS[5](rng, 1.8 * recess, 1.8 * recess), front(z))
        draft.decal(lettering.fitted(rng, 0.5, 0.12, 0, -0.35), front(z))
    else:
        bump = forms.lens(outlines.any_outline(rng, 0.14, 0.1), 0.1, 0.1).translate(
            (0.55 * recess, 0, z)
        )
        draft.add(
            forms.around(bump, int(rng.integers(4, 12)), "z"),
            forms.sphere((0.25, 0.25, 0.15), (0, 0, z), 20),
        )
    feet = forms.disc(0.08, 0.2, -depth / 2, 16).translate((0.7, 0, 0))
    draft.add(forms.around(feet, int(rng.integers(2, 6)), "z", 30))
    draft.decal(lettering.fitted(rng, 0.8, 0.2), back(-depth / 2 - 1e-3))
    return draft.finish("cover")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "wheel": wheel,
    "tire": tire,
    "gear": gear,
    "fan": fan,
    "cover": cover,
}
