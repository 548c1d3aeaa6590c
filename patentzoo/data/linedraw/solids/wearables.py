"""Worn and carried: hats, caps, helmets, hand bags, back packs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, Floats
from patentzoo.data.linedraw.solids.garments import Tube


def hat(rng: np.random.Generator) -> Solid:
    """A cap, helmet or brimmed hat with panels, a peak, a band, a button, vents."""
    draft = Draft()
    height, power, long = rng.uniform(0.6, 1.3), rng.uniform(1.8, 4), rng.uniform(1.0, 1.3)
    crown = outlines.ellipse(1, long, 40)
    shell = forms.dome(crown, height, 8, power).rotate((-90, 0, 0))
    draft.add(shell)
    _brim(rng, draft, crown, long)
    draft.cut(
        forms.dome(0.93 * crown, 0.92 * height, 8, power)
        .rotate((-90, 0, 0))
        .translate((0, -0.01, 0))
    )
    n = int(rng.integers(0, 9))
    t = np.linspace(0.02, np.pi / 2 * 0.96, 16)
    s, y = np.cos(t), height * (1 - np.cos(t) ** power) ** (1 / power)
    for k in range(n):
        a = 2 * np.pi * k / n
        draft.line(1.012 * np.column_stack([s * np.sin(a), y, long * s * np.cos(a)]))
    for level in rng.uniform(0.08, 0.6, int(rng.integers(0, 3))) * height:
        k = 1.012 * (1 - (level / height) ** power) ** (1 / power)
        draft.line(
            np.column_stack([k * crown[:, 0], np.full(40, level), k * crown[:, 1]]), closed=True
        )
    if rng.random() < 0.6:
        draft.add(forms.sphere((0.1, 0.06, 0.1), (0, height, 0), 14))
    if rng.random() < 0.4:
        slot = forms.cuboid((0.12, 1, rng.uniform(0.3, 0.7)), (rng.uniform(0.2, 0.4), height, 0))
        draft.cut(
            forms.both_sides(slot),
            slot.translate((0, 0, 0.9)),
            slot.mirror((1, 0, 0)).translate((0, 0, 0.9)),
        )
    if rng.random() < 0.5:

        def brow(p: Floats) -> Floats:
            """Points of the plane on the front of the dome."""
            k = (1 - np.clip(p[:, 1] / height, 0, 0.99) ** power) ** (1 / power)
            return np.column_stack(
                [p[:, 0], p[:, 1], 1.02 * long * np.sqrt(np.clip(k**2 - p[:, 0] ** 2, 0, 1))]
            )

        draft.decal(lettering.fitted(rng, 0.7, 0.25, 0, 0.4 * height), brow, step=0.1)
    return draft.finish("hat")


def _brim(rng: np.random.Generator, draft: Draft, crown: Floats, long: float) -> None:
    """A peak in front, a brim all round, or none."""
    kind = int(rng.integers(3))
    if kind == 0:
        peak = forms.section(
            outlines.superellipse(0.85, rng.uniform(0.6, 1.1), 2.5) + np.array([0, -0.9 * long])
        ) - forms.section(0.97 * crown)
        visor = forms.slab(peak, 0.06)
        bow = rng.uniform(0.05, 0.3)
        draft.add(
            visor.refine_to_length(0.25).warp_batch(
                lambda p: np.column_stack([p[:, 0], p[:, 1] - bow * p[:, 0] ** 2, p[:, 2]])
            )
        )
    elif kind == 1:
        wide, curl = rng.uniform(1.3, 2.0), rng.uniform(-0.2, 0.3)
        brim = forms.slab(wide * crown, 0.05)
        draft.add(
            brim.refine_to_length(0.4).warp_batch(
                lambda p: np.column_stack([p[:, 0], p[:, 1] + curl * (p[:, 0] ** 2 - 1), p[:, 2]])
            )
        )


def bag(rng: np.random.Generator) -> Solid:
    """A hand bag, back pack or purse: a soft body, a flap, handles, pockets, buckles, stitches."""
    draft = Draft()
    x, y, z = rng.uniform(0.6, 1.2), rng.uniform(0.5, 1.2), rng.uniform(0.2, 0.6)
    power = rng.uniform(2.5, 6)
    flare = rng.uniform(0.7, 1.0)
    tube = Tube(
        np.array([0, 0.08, 0.5, 0.9, 1.0]) * 2 * y - y,
        np.array([0.9, 1, 0.5 + 0.5 * flare, flare, 0.95 * flare]) * x,
        np.array([0.9, 1, 0.85, 0.5, rng.uniform(0.15, 0.8)]) * z,
    )
    draft.add(tube.body(power))
    _straps(rng, draft, flare, x, y, z)

    def face(p: Floats) -> Floats:
        """Points of the plane on the garment's front."""
        return tube.on(p, 1, power)

    if rng.random() < 0.6:
        w, drop = rng.uniform(0.6, 0.97), rng.uniform(0.3, 1.1) * y
        t = np.linspace(-1, 1, 25)
        flap = np.stack([w * x * flare * t, y - drop * (1 - np.abs(t) ** rng.uniform(1, 8))], 1)
        draft.decal([flap, flap * [0.95, 1] + [0, 0.05]], face)
        draft.add(
            forms.soft_box(
                (0.2, 0.16, 0.1),
                0.05,
                0.02,
                1,
                tuple(tube.on(np.array([[0, y - drop]]), 1, power)[0]),
            )
        )
    if rng.random() < 0.6:
        w, h = rng.uniform(0.3, 0.7) * x, rng.uniform(0.3, 0.5) * y
        pocket = outlines.box(2 * w, 2 * h, 0.2 * h, 4)
        draft.decal(
            [screens.loop(k * pocket, 0, -0.4 * y) for k in (1, 0.94)]
            + [np.array([[-w, 0], [w, 0]]) + np.array([0, 0.5 * h - 0.4 * y])],
            face,
            step=0.1,
        )
    for yy in rng.uniform(-0.9, 0.8, int(rng.integers(1, 4))) * y:
        draft.line(tube.girdle(float(yy)))
    draft.decal(lettering.fitted(rng, 0.7 * x, 0.15, 0, rng.uniform(-0.6, 0.3) * y), face, step=0.1)
    if rng.random() < 0.5:
        draft.decal(
            [screens.loop(outlines.box(x, y, 0.1), 0, 0)], lambda p: tube.on(p, -1, power), step=0.1
        )
    return draft.finish("bag")


def _straps(
    rng: np.random.Generator, draft: Draft, flare: float, x: float, y: float, z: float
) -> None:
    """One strap over a bag, or two handles."""
    reach = rng.uniform(0.3, 1.2)
    u = rng.uniform(0.3, 0.8) * x * flare
    arch = np.array(
        [
            [-u, 0.7 * y, 0],
            [-0.9 * u, y + 0.6 * reach, 0],
            [0, y + reach, 0],
            [0.9 * u, y + 0.6 * reach, 0],
            [u, 0.7 * y, 0],
        ]
    )
    strap = forms.sweep(
        outlines.spline(arch, 6), outlines.box(0.05, rng.uniform(0.05, 0.2), 0.02, 2)
    )
    d = 0.6 * z
    draft.add(
        *(
            [strap]
            if rng.random() < 0.4
            else [strap.translate((0, -0.1, d)), strap.translate((0, -0.1, -d))]
        ),
        part=1,
    )


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "hat": hat,
    "bag": bag,
}
