"""Fasteners, pipe fittings and electrical connectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, outlines
from patentzoo.data.linedraw.solids.draft import Draft, united


def thread(radius: float, length: float, pitch: float) -> Manifold:
    """A rod along y from 0 to -length with rings that stand for its thread."""
    n = max(2, int(length / pitch))
    y = -np.repeat(np.linspace(0, length, n + 1), 2)[1:-1]
    r = np.tile([0.86 * radius, radius], n)
    return forms.lathe(np.stack([r, y], 1)[::-1], 24)


def bolt(rng: np.random.Generator) -> Solid:
    """A bolt, screw, anchor or nail: head, drive, washer, shank, thread, tip."""
    draft = Draft()
    r, h, long = rng.uniform(0.5, 0.9), rng.uniform(0.15, 0.6), rng.uniform(0.8, 3)
    sides = int(rng.choice([4, 6, 6, 8, 12]))
    kind = int(rng.integers(4))
    if kind == 0:
        draft.add(forms.slab(outlines.regular(sides, r), h))
    elif kind == 1:
        draft.add(forms.dome(outlines.ellipse(r, r), h, 6).rotate((-90, 0, 0)))
    elif kind == 2:
        draft.add(forms.lathe(np.array([[0.4 * r, -0.4 * h], [r, 0.4 * h], [r, 0.5 * h]])))
    else:
        draft.add(forms.slab(outlines.gear(int(rng.integers(12, 30)), r, 0.92 * r), h))
    peak = draft.united().bounding_box()[4]
    drive = [
        outlines.regular(6, 0.35 * r),
        outlines.star(6, 0.4 * r, 0.28 * r),
        outlines.rectangle(0.15 * r, 3 * r),
        outlines.gear(4, 0.4 * r, 0.13 * r, 0.3),
        outlines.regular(4, 0.35 * r),
    ]
    draft.cut(forms.slab(drive[int(rng.integers(5))], h, peak - 0.35 * h))
    if rng.random() < 0.5:
        draft.add(forms.drum(r * rng.uniform(1.05, 1.4), 0.08, -0.04))
    shank, core = rng.uniform(0, 0.4) * long, rng.uniform(0.25, 0.45) * r
    draft.add(
        forms.drum(core, shank + 0.1, -shank, 24),
        thread(core * rng.uniform(0.95, 1.3), long - shank, rng.uniform(0.06, 0.15)).translate(
            (0, -shank, 0)
        ),
    )
    draft.add(
        forms.lathe(
            np.array(
                [
                    [rng.uniform(0.02, 0.8) * core, -long - rng.uniform(0.1, 0.5)],
                    [core * 0.9, -long + 0.02],
                ]
            ),
            24,
        )
    )
    _nut_and_eye(rng, draft, core, long, peak)
    return draft.finish("bolt")


def _nut_and_eye(
    rng: np.random.Generator, draft: Draft, core: float, long: float, peak: float
) -> None:
    """A nut on the shank and an eye on the head, each now and then."""
    if rng.random() < 0.4:
        nut = forms.slab(outlines.regular(6, 1.9 * core), 0.7 * core, -rng.uniform(0.5, 0.9) * long)
        draft.add(nut, part=1)
    if rng.random() < 0.25:
        eye = forms.sweep(
            np.column_stack(
                [outlines.ellipse(0.5, 0.5, 28) + np.array([0, peak + 0.4]), np.zeros(28)]
            ),
            outlines.ellipse(0.12, 0.12, 12),
            closed=True,
        )
        draft.add(eye)


def pipe(rng: np.random.Generator) -> Solid:
    """A pipe fitting, valve or coupling: stepped branches from a hub, bores, hexagons, flanges."""
    draft = Draft()
    r = rng.uniform(0.3, 0.5)
    plans: list[list[float]] = [
        [0, 180],
        [0, 90],
        [0, 90, 180],
        [0, 90, 180, 270],
        [0, rng.uniform(100, 150)],
        [0, 180, rng.uniform(30, 60)],
    ]
    angles = plans[int(rng.integers(len(plans)))]
    draft.add(forms.sphere((1.2 * r, 1.2 * r, 1.2 * r), (0, 0, 0), 24))
    bores, same = [], rng.random() < 0.6
    arm = _branch(rng, r)
    for angle in angles:
        arm = arm if same else _branch(rng, r)
        draft.add(arm.rotate((0, 0, float(angle))))
        bores.append(
            forms.rod((0, 0, 0), (0, 9, 0), 0.65 * r, segments=28).rotate((0, 0, float(angle)))
        )
    draft.cut(*bores)
    if rng.random() < 0.5:
        stem = forms.rod((0, 0, 1.0 * r), (0, 0, 2.4 * r), 0.35 * r)
        lever = forms.plate(
            outlines.any_outline(rng, rng.uniform(0.5, 1.2), rng.uniform(0.2, 0.7)), 0.12, 2.4 * r
        )
        draft.add(forms.plate(outlines.regular(6, 0.7 * r), 0.6 * r, 1.4 * r))
        draft.add(stem + lever, part=1)
    if rng.random() < 0.4:
        draft.add(
            forms.plate(outlines.any_outline(rng, 1.6 * r, 1.6 * r), 0.1, -1.3 * r),
            forms.disc(0.5 * r, 1.2 * r, -0.8 * r),
        )
    return draft.finish("pipe")


def _branch(rng: np.random.Generator, r: float) -> Manifold:
    y, pieces = 0.0, []
    for _ in range(int(rng.integers(2, 5))):
        long, k = rng.uniform(0.2, 0.8), rng.uniform(0.85, 1.35)
        kind = int(rng.integers(4))
        if kind == 0:
            pieces.append(
                forms.slab(outlines.regular(int(rng.choice([6, 8])), 1.4 * r), 0.6 * long, y)
            )
            long *= 0.6
        elif kind == 1:
            pieces.append(thread(k * r, long, 0.1).translate((0, y + long, 0)))
        elif kind == 2:
            flange = forms.section(
                outlines.ellipse(2 * r, 2 * r),
                [
                    outlines.ellipse(0.12 * r, 0.12 * r, 12)
                    + np.array([1.65 * r * np.cos(a), 1.65 * r * np.sin(a)])
                    for a in np.arange(6) * np.pi / 3
                ],
            )
            pieces.append(forms.slab(flange, 0.15, y))
            long = 0.15
        else:
            pieces.append(forms.drum(k * r, long, y, 28))
        pieces.append(forms.drum(0.8 * r, long + 0.05, y, 28))
        y += 0.99 * long
    return united(pieces)


def _housing(rng: np.random.Generator, draft: Draft, size: tuple[float, float, float]) -> None:
    """A latch, keys, grip ribs and the rear shell of a connector."""
    x, y, z = size
    if rng.random() < 0.6:
        draft.add(
            forms.cuboid((0.25 * x, 0.1 * y, 0.8 * z), (0, 0.56 * y, 0.05 * z)),
            forms.cuboid((0.25 * x, 0.22 * y, 0.12 * z), (0, 0.6 * y, 0.35 * z)),
        )
    for u in rng.uniform(-0.4, 0.4, int(rng.integers(0, 4))):
        draft.add(forms.cuboid((0.06 * x, 0.08 * y, 0.7 * z), (u * x, -0.52 * y, 0.1 * z)))
    if rng.random() < 0.5:
        grip = forms.cuboid((1.06 * x, 0.5 * y, 0.05 * z))
        draft.add(
            forms.along(
                grip, [(0, 0, -z * k) for k in np.linspace(0.15, 0.45, int(rng.integers(3, 6)))]
            )
        )
    draft.add(
        forms.soft_box(
            (rng.uniform(0.7, 1.15) * x, rng.uniform(0.7, 1.2) * y, 0.4 * z),
            0.1 * y,
            0.04,
            1,
            (0, 0, -0.6 * z),
        )
    )


def _termination(
    rng: np.random.Generator,
    draft: Draft,
    y: float,
    z: float,
    places: list[tuple[float, float, float]],
) -> None:
    """What leaves a connector behind: a booted cable, crimp wings, or solder legs."""
    kind = int(rng.integers(3))
    if kind == 0:  # a ribbed boot and a cable
        r, y0 = 0.22 * y, -0.75 * z
        boot = np.array(
            [
                [
                    r * (1.5 - 0.1 * (k // 2)) * (1 if k % 2 else 0.85),
                    0.12 * (k // 2) + 0.11 * (k % 2),
                ]
                for k in range(10)
            ]
        )
        draft.add(forms.lathe(boot, 24).rotate((-90, 0, 0)).translate((0, 0, y0)))
        wire = outlines.spline(
            np.array(
                [
                    [0, 0, y0],
                    [0, 0, y0 - 0.8],
                    [rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.2), y0 - 1.5],
                ]
            ),
            6,
        )
        draft.add(forms.sweep(wire, outlines.ellipse(0.8 * r, 0.8 * r, 14)), part=2)
    elif kind == 1:  # crimp wings
        u = forms.plate(outlines.bracket("U", 0.5 * y, rng.uniform(0.5, 1.2) * y, 0.06), 0.3)
        draft.add(
            forms.cuboid((0.5 * y, 0.06, 1.4), (0, -0.3 * y, -0.8 * z - 0.6)),
            u.translate((0, 0, -0.8 * z - 0.4)),
            u.scale((1.2, 1.3, 1)).translate((0, 0.05, -0.8 * z - 1.0)),
        )
    else:
        legs = forms.rod((0, 0, 0), (0, -rng.uniform(0.3, 0.9), 0), 0.04, segments=4)
        draft.add(
            forms.along(
                legs, [(p[0], -0.4 * y, -0.6 * z + 0.1 * (k % 2)) for k, p in enumerate(places)]
            ),
            part=1,
        )


def connector(rng: np.random.Generator) -> Solid:
    """An electrical connector: housing with cavities, keys, latch, pins, a boot and a cable."""
    draft = Draft()
    x, y, z = rng.uniform(0.6, 2), rng.uniform(0.4, 1), rng.uniform(0.6, 1.6)
    plan = (
        outlines.any_outline(rng, x / 2, y / 2)
        if rng.random() < 0.35
        else outlines.box(x, y, rng.uniform(0, 0.3) * y)
    )
    draft.add(forms.plate(plan, z))
    w, h = 0.8 * x, 0.75 * y
    n, m = int(rng.integers(1, 8)), int(rng.integers(1, 4))
    pin = outlines.any_outline(rng, 0.3 * w / n, 0.3 * h / m)
    places = [
        ((i - (n - 1) / 2) * w / n, (j - (m - 1) / 2) * h / m, 0.0)
        for i in range(n)
        for j in range(m)
    ]
    male = rng.random() < 0.5
    if male:
        draft.cut(forms.plate(forms.section(plan).offset(-0.08 * y), 1.2 * z, z / 2))
        long = rng.uniform(0.4, 1.4)
        draft.add(
            forms.along(forms.plate(0.6 * pin, long, z / 2 - 0.6 * z + long / 2), places), part=1
        )
    else:
        draft.cut(forms.along(forms.plate(pin, 1.2 * z, z / 2), places))
    _housing(rng, draft, (x, y, z))
    _termination(rng, draft, y, z, places)
    faces.dress(rng, draft, faces.Face("top", (0, 0.5 * y, -0.1 * z), 0.3 * x, 0.3 * z), most=1)
    return draft.finish("connector")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "bolt": bolt,
    "pipe": pipe,
    "connector": connector,
}
