"""Vehicles and building bricks: cars, trucks, aeroplanes, boats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, outlines
from patentzoo.data.linedraw.solids.draft import Draft


def car(rng: np.random.Generator) -> Solid:
    """A car, truck, cart or train on wheels, front to the viewer: cabin, windows, lamps, grille."""
    draft = Draft()
    w, long = rng.uniform(0.9, 1.3), rng.uniform(1.8, 3.4)
    n = int(rng.integers(5, 9))
    x = np.linspace(-0.5, 0.5, n) * long
    roof = rng.uniform(0.4, 1.0, n)
    roof[[0, -1]] = rng.uniform(0.3, 0.5, 2)
    top = np.stack([x, roof], 1)
    top = outlines.spline(top, 5) if rng.random() < 0.6 else top
    profile = np.vstack([[[-long / 2, 0.15], [long / 2, 0.15]], top[::-1]])
    body = forms.pillow(profile, w, rng.uniform(0.03, 0.12), int(rng.integers(1, 4))).rotate(
        (0, -90, 0)
    )
    draft.add(body)
    _wheels(rng, draft, long, w)
    peak = float(top[:, 1].max())
    for _ in range(int(rng.integers(1, 4))):  # windows and doors
        a, b = rng.uniform(0.1, 0.4), rng.uniform(0.08, 0.2)
        spot = (rng.uniform(-0.25, 0.25) * long, rng.uniform(0.4, 0.75) * peak + 0.05)
        tool = forms.plate(outlines.any_outline(rng, a, b) + spot, 2 * w).rotate((0, -90, 0))
        draft.cut(tool - forms.cuboid((0.94 * w, 9, 9)))
    lamp = forms.plate(outlines.any_outline(rng, 0.15 * w, 0.08), 0.2, long / 2).translate(
        (0.3 * w, 0.3, 0)
    )
    draft.add(forms.both_sides(lamp), forms.both_sides(lamp.mirror((0, 0, 1))))
    bars = int(rng.integers(0, 6))
    for k in range(bars):
        draft.cut(forms.cuboid((0.3 * w, 0.02, 0.2), (0, 0.22 + 0.05 * k, long / 2)))
    draft.add(forms.soft_box((1.03 * w, 0.12, 0.15), 0.03, 0.03, 1, (0, 0.18, long / 2)))
    if rng.random() < 0.4:
        wing = forms.cuboid((0.9 * w, 0.04, 0.2), (0, peak + 0.1, -0.42 * long))
        draft.add(
            wing,
            forms.both_sides(
                forms.cuboid((0.05, peak, 0.1), (0.3 * w, peak / 2 + 0.12, -0.42 * long))
            ),
        )
    return draft.finish("car")


def _wheels(rng: np.random.Generator, draft: Draft, long: float, w: float) -> None:
    """Wheels with their arches and axles."""
    r, wide = rng.uniform(0.22, 0.38), rng.uniform(0.12, 0.3)
    tire = outlines.gear(24, r, 0.93 * r) if rng.random() < 0.4 else outlines.ellipse(r, r, 32)
    count = int(rng.integers(3, 9))
    hole = forms.disc(0.12 * r, 9, 0, 10).translate((0.4 * r, 0, 0))
    wheel = forms.plate(forms.section(tire, [0.6 * tire]), wide) + (
        forms.disc(0.62 * r, 0.6 * wide, 0, 24) - forms.around(hole, count, "z")
    )
    wheel = forms.sideways(wheel + forms.disc(0.15 * r, wide))
    axles = [-0.32, 0.32] if long < 2.6 or rng.random() < 0.5 else [-0.34, -0.1, 0.34]
    for z in axles:
        arch = forms.sideways(forms.disc(1.15 * r, 2 * wide)).translate((w / 2, 0.15, z * long))
        draft.cut(forms.both_sides(arch))
    for z in axles:
        draft.add(forms.both_sides(wheel.translate((w / 2 - 0.3 * wide, 0.12, z * long))), part=1)
        draft.add(forms.rod((-w / 2, 0.12, z * long), (w / 2, 0.12, z * long), 0.05), part=1)


def craft(rng: np.random.Generator) -> Solid:
    """An aeroplane, drone, rocket, boat or lure: a spindle with wings, fins, engines, a canopy."""
    draft = Draft()
    long = rng.uniform(2, 4)
    z = np.linspace(-0.5, 0.5, 14) * long
    wide = np.interp(
        np.linspace(0, 1, 14),
        np.linspace(0, 1, 6),
        np.r_[rng.uniform(0.05, 0.3), rng.uniform(0.25, 0.5, 4), rng.uniform(0.03, 0.15)],
    )
    ring = outlines.superellipse(1, 1, rng.uniform(1.8, 4), 26)
    draft.add(
        forms.sweep(
            np.column_stack([0 * z, 0 * z, z]),
            ring,
            np.stack([wide, rng.uniform(0.5, 1.1) * wide], 1),
        )
    )
    for at, span in (
        (rng.uniform(-0.1, 0.25), rng.uniform(0.8, 2.2)),
        (-0.42, rng.uniform(0.4, 0.9)),
    ):
        root, tip, back = rng.uniform(0.3, 0.7), rng.uniform(0.1, 0.4), rng.uniform(-0.2, 0.7)
        plan = np.array([[0, -root], [span, -back - tip], [span, -back], [0, root * 0.6]])
        wing = forms.pillow(outlines.rounded(plan[::1], 0.08, 3), 0.08, 0.02, 1).rotate((-90, 0, 0))
        wing = (
            wing.mirror((0, 0, 1))
            .translate((0.05, rng.uniform(-0.1, 0.15), at * long))
            .rotate((0, 0, rng.uniform(-5, 15)))
        )
        draft.add(forms.both_sides(wing))
    _tail(rng, draft, long)
    return draft.finish("craft")


def _tail(rng: np.random.Generator, draft: Draft, long: float) -> None:
    """Fins, canopy, pods and propeller."""
    n = int(rng.integers(0, 4))
    fin = forms.plate(
        np.array(
            [[-0.4, 0], [0.4, 0], [0.1, rng.uniform(0.4, 0.9)], [-0.3, rng.uniform(0.4, 0.9)]]
        ),
        0.06,
    ).rotate((0, 90, 0))
    fin = fin.translate((0, 0.1, -0.38 * long))
    draft.add(fin if n < 2 else forms.around(fin, n, "z"))
    canopy = forms.sphere((0.22, 0.3, 0.5), (0, 0.25, rng.uniform(0, 0.3) * long), 20)
    draft.add(canopy, part=1)
    if rng.random() < 0.6:
        pod = forms.lathe(
            np.array([[0.1, -0.35], [0.15, 0], [0.18, 0.35], [0.12, 0.38]]), 20
        ).rotate((90, 0, 0))
        draft.add(forms.both_sides(pod.translate((rng.uniform(0.45, 0.8), -0.12, 0.1 * long))))
    if rng.random() < 0.5:
        blade = forms.pillow(outlines.ellipse(0.5, 0.07, 20), 0.05, 0.015, 1).translate(
            (0.45, 0, 0)
        )
        draft.add(
            forms.around(blade, int(rng.integers(2, 5)), "z").translate((0, 0, 0.52 * long)),
            forms.sphere((0.1, 0.1, 0.25), (0, 0, 0.52 * long), 14),
            part=2,
        )


def brick(rng: np.random.Generator) -> Solid:
    """A building brick: a hollow block with studs, tubes, slopes, holes or an arch."""
    draft = Draft()
    n, m = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    h = float(rng.choice([0.4, 1.2, 2.0])) * rng.uniform(0.9, 1.1)
    x, z = float(n), float(m)
    draft.add(forms.cuboid((x, h, z)))
    slope = rng.random() < 0.35
    stud = forms.drum(rng.uniform(0.26, 0.34), 0.2, h / 2, 20)
    if rng.random() < 0.4:
        stud -= forms.drum(0.18, 0.5, h / 2 - 0.1, 16)
    places = [
        (i - (n - 1) / 2, 0.0, j - (m - 1) / 2)
        for i in range(n)
        for j in range(m)
        if not slope or i < (n + 1) // 2
    ]
    draft.add(forms.along(stud, places))
    if slope:
        wedge = forms.plate(
            np.array(
                [
                    [0.1, h / 2 + 1],
                    [0.0, h / 2],
                    [x / 2, -h / 2 + 0.2],
                    [x, -h / 2 + 0.2],
                    [x, h / 2 + 1],
                ]
            ),
            z + 1,
        )
        draft.cut(wedge)
    draft.cut(
        forms.cuboid((x - 0.3, h, z - 0.3), (0, -0.25, 0))
        if not slope
        else forms.cuboid((x - 0.3, 0.3, z - 0.3), (0, -h / 2, 0))
    )
    _tubes_and_holes(rng, draft, n, m, (x, h, z))
    return draft.finish("brick")


def _tubes_and_holes(
    rng: np.random.Generator, draft: Draft, n: int, m: int, size: tuple[float, float, float]
) -> None:
    """The tubes inside a brick, and holes through it or details on its front."""
    x, h, z = size
    if n > 1 and m > 1:
        tube = forms.drum(0.4, h - 0.1, -h / 2, 20) - forms.drum(0.3, h, -h / 2 - 0.2, 20)
        draft.add(
            forms.along(
                tube,
                [
                    (i - (n - 2) / 2, 0.0, j - (m - 2) / 2)
                    for i in range(n - 1)
                    for j in range(m - 1)
                ],
            )
        )
    if rng.random() < 0.4 and h > 0.8:
        hole = forms.disc(0.24, z + 1, 0, 20)
        draft.cut(forms.along(hole, [(i - (n - 2) / 2, 0.05, 0) for i in range(max(1, n - 1))]))
    elif rng.random() < 0.4:
        faces.dress(rng, draft, faces.Face("front", (0, 0, z / 2), 0.8 * x, 0.7 * h), most=2)


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "car": car,
    "craft": craft,
    "brick": brick,
}
