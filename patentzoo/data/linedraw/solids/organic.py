"""Bodies lofted along an axis: shoes, mice, irons, shavers, helmets of machines, soaps, seats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats


class Hull:
    """A body along z with half width, foot and crown heights that vary along its length."""

    def __init__(self, z: Floats, half: Floats, low: Floats, high: Floats, power: float) -> None:
        t, fine = np.linspace(0, 1, len(z)), np.linspace(0, 1, 26)
        smooth = outlines.spline(np.stack([t, z, half, low, high], 1), 8)
        s = np.linspace(0, 1, len(smooth))
        self.z, self.half, self.low, self.high = (
            np.interp(fine, s, smooth[:, i]) for i in range(1, 5)
        )
        self.half = np.maximum(self.half, 0.03)
        self.high = np.maximum(self.high, self.low + 0.04)
        self.power = power

    def body(self, grow: float = 0.0, count: int = 32) -> Manifold:
        """The closed form, its crown and sides grown by `grow`."""
        rings = []
        for z, half, low, high in zip(self.z, self.half, self.low, self.high, strict=True):
            ring = outlines.superellipse(half + grow, (high - low) / 2 + grow, self.power, count)
            ring[:, 1] += (high + low) / 2
            rings.append(np.column_stack([ring, np.full(count, z)]))
        return forms.loft(np.stack(rings))

    def at(self, t: Floats, angle: Floats, lift: float = 1.012) -> Floats:
        """Surface points: `t` along the body 0..1, `angle` 0 right, pi/2 top, pi left."""
        s = np.linspace(0, 1, len(self.z))
        z, half, low, high = (np.interp(t, s, a) for a in (self.z, self.half, self.low, self.high))
        c, d = np.cos(angle), np.sin(angle)
        x = half * np.sign(c) * np.abs(c) ** (2 / self.power)
        y = (high - low) / 2 * np.sign(d) * np.abs(d) ** (2 / self.power)
        return np.column_stack([lift * x, lift * y + (high + low) / 2, z])

    def seams(self, rng: np.random.Generator, draft: Draft, count: int, part: int = 0) -> None:
        """Mirror-symmetric lines over the surface: along it, across it or closed panels."""
        for _ in range(count):
            kind, n = int(rng.integers(3)), np.linspace(0, 1, 30)
            if kind == 0:
                t = rng.uniform(0, 0.4) + rng.uniform(0.3, 0.6) * n
                angle = outlines.spline(
                    np.stack([np.linspace(0, 1, 4), rng.uniform(0, 1.4, 4)], 1), 10
                )
                a = np.interp(n, angle[:, 0], angle[:, 1])
            elif kind == 1:
                t = rng.uniform(0.1, 0.9) + rng.uniform(-0.15, 0.15) * np.cos(np.pi * n)
                a = np.pi / 2 * n
            else:
                loop = outlines.any_outline(rng, rng.uniform(0.06, 0.2), rng.uniform(0.1, 0.4))
                loop = np.vstack([loop, loop[:1]]) + np.array(
                    [rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.9)]
                )
                t, a = np.clip(loop[:, 0], 0, 1), loop[:, 1]
            for mirror in (a, np.pi - a):
                draft.line(self.at(t, mirror), part)


def _along(rng: np.random.Generator, length: float, width: float, height: float) -> Hull:
    n = int(rng.integers(4, 7))
    half = rng.uniform(0.6, 1, n) * width / 2
    high = rng.uniform(0.5, 1, n) * height
    half[[0, -1]] *= rng.uniform(0.1, 0.8, 2)
    high[[0, -1]] *= rng.uniform(0.2, 0.8, 2)
    low = np.zeros(n)
    low[[0, -1]] = rng.uniform(0, 0.3, 2) * high[[0, -1]]
    return Hull(np.linspace(-0.5, 0.5, n) * length, half, low, high, rng.uniform(1.9, 4))


def shoe(rng: np.random.Generator) -> Solid:
    """A shoe, boot or slipper: a sole with a tread, an upper with panels, laces, an opening."""
    draft = Draft()
    knots = np.array([0, 0.12, 0.35, 0.6, 0.82, 1.0]) * 3 - 1.5
    half = np.array([0.32, 0.44, 0.4, 0.5, 0.52, 0.2]) * rng.uniform(0.9, 1.1)
    ankle, toe = rng.uniform(0.9, 1.5), rng.uniform(0.3, 0.5)
    high = np.array(
        [
            ankle,
            ankle + 0.05,
            rng.uniform(0.8, 1) * ankle,
            rng.uniform(0.6, 0.8) * ankle,
            toe * 1.15,
            0.6 * toe,
        ]
    )
    heel, fore = rng.uniform(0.15, 0.7), rng.uniform(0.1, 0.2)
    low = np.array(
        [heel, heel, 0.5 * (heel + fore) + 0.05, fore, fore, fore + rng.uniform(0, 0.15)]
    )
    upper = Hull(knots, half, low, high + low, rng.uniform(2, 2.8))
    draft.add(upper.body())
    _collar(rng, draft, ankle, heel)
    base = np.array([0, 0, rng.uniform(0, 0.2) * heel, 0, 0, rng.uniform(0, 0.12)])
    sole = Hull(knots * 1.03, half * 1.1, base, low + 0.12, 6)
    draft.add(sole.body(), part=1)
    grooves = []
    for z in np.linspace(-1.4, 1.4, int(rng.integers(6, 18))):
        bar = forms.cuboid((0.9 * rng.uniform(0.5, 1.4), 0.12, 0.06), (0, 0, z))
        grooves.append(bar.rotate((0, rng.uniform(-2, 2), 0)))
    draft.cut(*grooves, part=1)
    ribs = np.linspace(-1.2, 1.2, int(rng.integers(0, 10)))
    for z in ribs:
        for sign in (-1, 1):
            x = sign * 1.12 * float(np.interp(z, knots * 1.03, half))
            draft.line(np.array([[x * 1.01, 0.05, z], [x * 1.01, 0.1 + 0.6 * fore, z + 0.1]]), 1)
    upper.seams(rng, draft, int(rng.integers(3, 7)))
    for k in np.linspace(0.48, 0.72, int(rng.integers(0, 7))):
        a = np.linspace(np.pi / 2 - 0.35, np.pi / 2 + 0.35, 6)
        lace = upper.at(np.full(6, k), a, 1.03)
        draft.add(forms.sweep(lace, outlines.ellipse(0.035, 0.035, 8)))
    return draft.finish("shoe")


def _collar(rng: np.random.Generator, draft: Draft, ankle: float, heel: float) -> None:
    """Opens the shoe for the foot, above a shaft now and then."""
    opening = forms.sphere((0.3, 0.8, rng.uniform(0.5, 0.7)), (0, ankle + heel + 0.35, -0.85), 24)
    if rng.random() < 0.4:
        shaft = forms.sweep(
            np.array([[0, ankle, -0.95], [0, ankle + rng.uniform(0.5, 1.5), -1.05]]),
            outlines.ellipse(0.55, 0.45, 28),
            np.array([0.9, 1.0]),
        )
        draft.add(shaft)
        opening = (
            opening.translate((0, 0, 0))
            .scale((1.1, 1, 1))
            .translate((0, draft.united().bounding_box()[4] - ankle - heel + 0.2, -0.1))
        )
    draft.cut(opening)


def handheld(rng: np.random.Generator) -> Solid:
    """A mouse, iron, shaver or stapler: a streamlined body with pads, wheel, vents, handle."""
    draft = Draft()
    length, width, height = rng.uniform(1.6, 3.6), rng.uniform(0.8, 1.4), rng.uniform(0.4, 1.1)
    hull = _along(rng, length, width, height)
    draft.add(hull.body())
    if rng.random() < 0.6:
        ground = outlines.ellipse(0.5 * width, 0.5 * length, 36)
        draft.add(forms.slab(0.95 * ground, 0.08, -0.05), part=1)
    if rng.random() < 0.5:
        draft.cut(
            hull.body(0.05)
            .trim_by_plane((0, 1, 0), 0.45 * height)
            .trim_by_plane((0, -1, 0), -0.48 * height)
            - hull.body(-0.03)
        )
    hull.seams(rng, draft, int(rng.integers(1, 5)))
    crown = float(np.interp(0.3 * length, hull.z, hull.high))
    kind = int(rng.integers(4))
    if kind == 0:
        draft.add(
            forms.sideways(forms.disc(0.16, 0.14, 0, 24)).translate((0, crown - 0.05, 0.3 * length))
        )
    elif kind == 1:
        h = rng.uniform(0.4, 0.9)
        arch = np.array(
            [
                [0, 0.5 * crown, -0.4 * length],
                [0, crown + h, -0.35 * length],
                [0, crown + 1.1 * h, 0.1 * length],
                [0, 0.8 * crown, 0.3 * length],
            ]
        )
        draft.add(forms.sweep(outlines.spline(arch, 7), outlines.superellipse(0.16, 0.13, 2.5, 18)))
    elif kind == 2:
        pad = forms.dome(outlines.any_outline(rng, 0.25 * width, 0.15 * length), 0.12, 4).rotate(
            (-90, 0, 0)
        )
        draft.add(pad.translate((0, crown - 0.06, rng.uniform(-0.1, 0.25) * length)))
    for z in np.linspace(-0.3, -0.05, int(rng.integers(0, 8))) * length:
        slot = forms.cuboid((rng.uniform(0.3, 0.34) * width, 0.1 * height, 0.02 * length))
        draft.cut(slot.translate((0, float(np.interp(z, hull.z, hull.high)), z)))
    _vents_and_wire(rng, draft, height, length, width)
    return draft.finish("handheld")


def _vents_and_wire(
    rng: np.random.Generator, draft: Draft, height: float, length: float, width: float
) -> None:
    """Openings in the sides, a cable, the underside."""
    if rng.random() < 0.5:
        cells = ornaments.holes(rng, 0.5 * length, 0.3 * height, 24)
        tool = (
            forms.plate(CrossSection(cells, FillRule.NonZero), 3)
            .rotate((0, 90, 0))
            .translate((0, 0.4 * height, 0))
        )
        draft.cut(tool - forms.cuboid((0.8 * width, 9, 9)))
    if rng.random() < 0.5:
        wire = outlines.spline(
            np.array(
                [
                    [0, 0.2, -0.45 * length],
                    [0, 0.25, -0.6 * length],
                    [rng.uniform(-0.4, 0.4), 0.1, -0.8 * length],
                ]
            ),
            6,
        )
        draft.add(
            forms.sweep(wire, outlines.ellipse(0.07, 0.07, 12), np.linspace(1.6, 0.9, 13)), part=2
        )
    faces.dress(
        rng, draft, faces.Face("bottom", (0, 0.02, 0), 0.5 * width, 0.6 * length), least=1, most=2
    )


def pebble(rng: np.random.Generator) -> Solid:
    """A lens-shaped body: a puck, cushion, compact, soap, float, badge with nested outlines."""
    draft = Draft()
    plan = outlines.any_outline(rng, rng.uniform(0.8, 1.4), rng.uniform(0.7, 1.2))
    rise, below, power = rng.uniform(0.15, 0.6), rng.uniform(0.05, 0.4), rng.uniform(1.6, 4)
    draft.add(forms.lens(plan, rise, below, power))
    if rng.random() < 0.5:
        draft.add(forms.plate(rng.uniform(1.0, 1.08) * plan, rng.uniform(0.04, 0.15)))
    inner = forms.plate(rng.uniform(0.4, 0.8) * plan, 0.3 * rise, rise)
    draft.cut(inner) if rng.random() < 0.5 else draft.add(inner.translate((0, 0, -0.2 * rise)))
    for s in np.sort(rng.uniform(0.2, 0.95, int(rng.integers(0, 4)))):
        z = rise * (1 - s**power) ** (1 / power)
        draft.line(np.column_stack([s * plan, np.full(len(plan), 1.01 * z + 0.004)]), closed=True)
    n = int(rng.integers(0, 9))
    lobe = forms.lens(outlines.any_outline(rng, 0.16, 0.13), 0.12, 0.1).translate(
        (0.62, 0, 0.75 * rise)
    )
    if n > 2:
        draft.add(forms.around(lobe, n, "z")) if rng.random() < 0.6 else draft.cut(
            forms.around(lobe, n, "z")
        )
    if rng.random() < 0.4:
        strap = forms.both_sides(
            forms.plate(
                forms.section(
                    outlines.box(0.6, 0.5, 0.1),
                    [outlines.box(0.15, 0.3, 0.04) + np.array([0.12, 0])],
                ),
                0.12,
            ).translate((1.1 * float(plan[:, 0].max()), 0, 0))
        )
        draft.add(strap)
    face = faces.Face("back", (0, 0, -below), 0.5, 0.5)
    draft.cut(face.place(forms.plate(outlines.any_outline(rng, 0.3, 0.3), 0.1)))
    return draft.finish("pebble")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "shoe": shoe,
    "handheld": handheld,
    "pebble": pebble,
}
