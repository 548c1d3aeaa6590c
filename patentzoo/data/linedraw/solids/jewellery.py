"""Jewellery and watches: rings with stones, ear drops, pendants, bracelets, wrist watches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, Floats, front, united
from patentzoo.data.linedraw.solids.stones import gem


def _band(rng: np.random.Generator, radius: float) -> Manifold:
    """A ring about z: plain, ridged, twisted from strands, or swelling toward the top."""
    n = 48
    a = np.linspace(0, 2 * np.pi, n, endpoint=False)
    path = np.column_stack([radius * np.sin(a), radius * np.cos(a), 0 * a])
    thick, wide = rng.uniform(0.05, 0.14), rng.uniform(0.08, 0.35)
    ring = outlines.superellipse(1, 1, rng.uniform(1.8, 6), 14)
    swell = 1 + rng.uniform(-0.4, 1.0) * (0.5 + 0.5 * np.cos(a)) ** 2
    kind = int(rng.integers(3))
    if kind == 0:
        m, off = int(rng.integers(2, 4)), 1.2 * thick
        turns = int(rng.integers(3, 8))
        strands = []
        for k in range(m):
            p = turns * a + 2 * np.pi * k / m
            r = radius + off * np.cos(p)
            strands.append(
                forms.sweep(
                    np.column_stack([r * np.sin(a), r * np.cos(a), off * np.sin(p)]),
                    ring[::2],
                    thick,
                    closed=True,
                )
            )
        return united(strands)
    if kind == 1:
        swell = swell * (1 + 0.15 * (np.arange(n) % 4 < 2))
    return forms.sweep(
        path, ring, np.stack([thick * swell**0.5, 0.5 * wide * swell], 1), closed=True
    )


def ring(rng: np.random.Generator) -> Solid:
    """A finger ring with a set stone, side stones and prongs, or an engraved band."""
    draft = Draft()
    draft.add(_band(rng, 1.0))
    size = rng.uniform(0.25, 0.65)
    stone = gem(rng, int(rng.integers(5, 13))).scale((size, size, size)).rotate((-90, 0, 0))
    lift = 1.1 + 0.6 * size
    if rng.random() < 0.85:
        draft.add(stone.translate((0, lift, 0)), part=1)
        n = int(rng.integers(3, 9))
        prong = forms.rod((0, 1.0, 0.2 * size), (0, lift + 0.2 * size, 0.98 * size), 0.045, 0.04, 8)
        draft.add(
            forms.around(prong, n), forms.sphere((0.4 * size, 0.15, 0.4 * size), (0, 1.05, 0), 16)
        )
        if rng.random() < 0.5:
            halo = forms.sphere((0.07, 0.07, 0.07), (0, lift, 1.15 * size), 10)
            draft.add(forms.around(halo, int(rng.integers(10, 20))))
    small = stone.scale((0.3, 0.3, 0.3)).translate((0, 1.12, 0))
    for k in range(int(rng.integers(0, 7))):
        draft.add(forms.both_sides(small.rotate((0, 0, 28 + 13.0 * k))), part=1)
    return draft.finish("ring")


def pendant(rng: np.random.Generator) -> Solid:
    """A pendant, ear drop or charm: tiers of plates, beads and stones hung from loops."""
    draft = Draft()
    y, loop = 0.0, outlines.ellipse(0.12, 0.12, 20)
    link = forms.sweep(
        np.column_stack([loop, 0 * loop[:, 0]]), outlines.ellipse(0.03, 0.03, 8), closed=True
    )
    for _ in range(int(rng.integers(1, 5))):
        draft.add(link.translate((0, y - 0.1, 0)))
        a, b = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)
        plan, kind = outlines.any_outline(rng, a, b), int(rng.integers(5))
        form = [
            forms.lens(plan, 0.2, 0.15),
            forms.plate(forms.section(plan, [rng.uniform(0.5, 0.85) * plan]), 0.1),
            gem(rng, 8).scale((a, b, 0.5 * a)),
            forms.sphere((a, b, a), (0, 0, 0), 20),
            forms.pillow(plan, 0.16, 0.04, 1),
        ][kind].translate((0, y - 0.18 - b, 0))
        draft.add(form, part=int(kind == 2))
        if kind in (1, 4) and rng.random() < 0.7:
            inner = (
                gem(rng, 8).scale((0.4 * a, 0.4 * b, 0.25 * a)).translate((0, y - 0.18 - b, 0.08))
            )
            draft.add(inner, part=1)
        n = int(rng.integers(0, 16))
        if n > 4:
            bead = forms.sphere((0.05, 0.05, 0.05), (0, 0, 0), 8)
            draft.add(
                forms.along(
                    bead,
                    [(p[0], p[1] + y - 0.18 - b, 0.0) for p in plan[:: max(1, len(plan) // n)]],
                )
            )
        y -= 2 * b + 0.32
    if rng.random() < 0.5:
        a0 = np.linspace(-0.4, 1.1 * np.pi, 18)
        hook = np.column_stack([0 * a0, 0.4 + 0.3 * np.sin(a0), 0.3 * np.cos(a0) - 0.3])
        draft.add(forms.sweep(np.vstack([[[0, -0.05, 0]], hook]), outlines.ellipse(0.03, 0.03, 8)))
    return draft.finish("pendant")


def watch(rng: np.random.Generator) -> Solid:
    """A wrist watch: case, bezel, dial, crown, lugs and a strap that curves away."""
    draft = Draft()
    plan = (
        outlines.any_outline(rng, 1, rng.uniform(0.85, 1.15))
        if rng.random() < 0.5
        else outlines.ellipse(1, 1, 48)
    )
    d = rng.uniform(0.2, 0.5)
    case = forms.pillow(plan, d, 0.2 * d, int(rng.integers(1, 3)))
    if rng.random() < 0.6:
        k = int(rng.integers(12, 40))
        bezel = outlines.gear(k, 0.98, 0.93) if rng.random() < 0.5 else 0.95 * plan
        case += forms.plate(bezel, 0.12, d / 2 + 0.04)
    face = 0.82 * plan
    top = d / 2 + 0.1
    case -= forms.plate(face, 0.2, top)
    draft.add(case)
    _dial(rng, draft, plan, top)
    w, long, drop = rng.uniform(0.35, 0.75), rng.uniform(1.2, 2.2), rng.uniform(0.8, 1.6)
    edge = 0.8 * float(plan[:, 1].max())
    path = outlines.spline(
        np.array(
            [
                [0, edge, 0],
                [0, edge + 0.45 * long, -0.15 * drop],
                [0, edge + 0.75 * long, -0.6 * drop],
                [0, edge + 0.7 * long, -1.4 * drop],
            ]
        ),
        7,
    )
    taper = np.linspace(1, rng.uniform(0.6, 1), len(path))
    strap = forms.sweep(
        path, outlines.rectangle(2, 2), np.stack([w * taper, np.full(len(path), 0.06)], 1)
    )
    if rng.random() < 0.5:
        for k in range(2, len(path) - 1, int(rng.integers(2, 4))):
            strap += forms.cuboid((2.1 * w * taper[k], 0.12, 0.16), path[k])
    else:
        spots = [forms.cuboid((0.12, 0.14, 0.5), path[k]) for k in range(8, len(path), 3)]
        strap -= united(spots)
    draft.add(strap + strap.mirror((0, 1, 0)), part=1)
    return draft.finish("watch")


def _dial(rng: np.random.Generator, draft: Draft, plan: Floats, top: float) -> None:
    """The face of a watch and its crowns."""
    half = 0.75 * float(min(np.abs(plan).max(axis=0)))
    draft.decal(screens.LAYOUTS[5](rng, 2 * half, 2 * half), front(top - 0.1))
    for x, y in rng.uniform(-0.4, 0.4, (int(rng.integers(0, 3)), 2)):
        draft.decal([screens.loop(outlines.ellipse(0.18, 0.18, 24), x, y)], front(top - 0.1))
    for angle in [0.0, 30.0, -30.0][: int(rng.integers(1, 4))]:
        crown = forms.plate(outlines.gear(12, 0.12, 0.1), 0.25)
        draft.add(
            forms.sideways(crown)
            .translate((float(plan[:, 0].max()) + 0.08, 0, 0))
            .rotate((0, 0, angle))
        )


def bracelet(rng: np.random.Generator) -> Solid:
    """A bracelet, collar or necklace: equal members round an oval, a clasp, a drop."""
    draft = Draft()
    n, oval = int(rng.integers(8, 22)), rng.uniform(0.75, 1.0)
    size = 0.8 * np.pi / n
    kind, plan = (
        int(rng.integers(5)),
        outlines.any_outline(rng, 0.9 * size, rng.uniform(0.7, 1.6) * size),
    )
    unit = [
        forms.sphere((size, size, size), (0, 0, 0), 14),
        forms.pillow(plan, 0.6 * size, 0.15 * size, 1),
        forms.plate(forms.section(plan, [0.6 * plan]), 0.4 * size),
        gem(rng, 8).scale((size, size, 0.7 * size)),
        forms.soft_box((1.7 * size, 2.2 * size, 0.8 * size), 0.4 * size, 0.15 * size, 1),
    ][kind]
    for k in range(n):
        turn = 2 * np.pi * k / n
        draft.add(
            unit.rotate((0, np.rad2deg(turn), 0)).translate((np.sin(turn), 0, oval * np.cos(turn))),
            part=k % 2,
        )
    a = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    path = np.column_stack([np.sin(a), 0 * a, oval * np.cos(a)])
    draft.add(forms.sweep(path, outlines.ellipse(0.03, 0.03, 8), closed=True))
    draft.add(forms.soft_box((0.25, 0.25, 0.15), 0.05, 0.03, 1, (0, 0, -oval)))
    if rng.random() < 0.4:
        charm = forms.lens(outlines.any_outline(rng, 0.25, 0.3), 0.1, 0.08)
        draft.add(
            charm.translate((0, -0.35 - size, oval)),
            forms.rod((0, 0, oval), (0, -0.2 - size, oval), 0.03),
        )
    return draft.finish("bracelet")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "ring": ring,
    "pendant": pendant,
    "watch": watch,
    "bracelet": bracelet,
}
