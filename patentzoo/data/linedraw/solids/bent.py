"""Bent bars and tubes: taps, chains, hangers, spectacles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats


def tap(rng: np.random.Generator) -> Solid:
    """A faucet, shower or wall hook: a base, a bent spout, levers and escutcheons."""
    draft = Draft()
    r, height = rng.uniform(0.15, 0.3), rng.uniform(1.2, 3)
    base = np.array([[2.2 * r, 0], [2.2 * r, 0.1], [1.3 * r, 0.3], [1.1 * r, 0.5 * height]])
    draft.add(forms.lathe(outlines.spline(base, 3) if rng.random() < 0.5 else base, 32))
    reach, drop = rng.uniform(0.8, 2.2), rng.uniform(0, 0.8)
    knots = np.array(
        [
            [0, 0.3 * height, 0],
            [0, 0.8 * height, 0],
            [0, height, 0.3 * reach],
            [0, height * rng.uniform(0.85, 1), 0.8 * reach],
            [0, height - drop, reach],
        ]
    )
    ring = outlines.superellipse(1, 1, rng.uniform(2, 6), 20)
    scale = np.linspace(1.1, rng.uniform(0.6, 1), 33) * r
    draft.add(forms.sweep(outlines.spline(knots, 8), ring, scale))
    tip = np.array([[1.15 * r, -0.25], [1.15 * r, 0.1], [0.6 * r, 0.2]])
    draft.add(forms.lathe(tip, 24).translate((0, height - drop, reach)))
    kind = int(rng.integers(3))
    arm = outlines.spline(
        np.array([[0, 0, 0], [0.3, 0.2, 0], [rng.uniform(0.6, 1.2), rng.uniform(0.1, 0.6), 0]]), 6
    )
    lever = forms.sweep(
        arm, outlines.box(1, rng.uniform(0.5, 1.5), 0.3, 3), np.linspace(0.6, 1, 13) * r
    )
    hub = forms.lathe(np.array([[r, -0.2], [1.1 * r, 0.1], [0.7 * r, 0.35]]), 24)
    cross = (
        forms.around(
            forms.rod((0, 0.1, 0), (0, 0.1, 0.6), 0.4 * r, 0.5 * r, 10), int(rng.integers(3, 6))
        )
        + hub
    )
    if kind == 0:
        draft.add((hub + lever).translate((0, 0.95 * height, 0)))
    else:
        at = rng.uniform(0.8, 1.4)
        one = (hub + lever if kind == 1 else cross).translate((at, 0.45 * height, 0))
        pillar = forms.lathe(base * [0.8, 0.9], 28).translate((at, 0, 0))
        draft.add(forms.both_sides(one + pillar), part=1)
        if rng.random() < 0.6:
            draft.add(forms.cuboid((2 * at + 0.5, 0.12, 0.7), (0, 0.06, 0)))
    return draft.finish("tap")


def chain(rng: np.random.Generator) -> Solid:
    """Links, shackles, clasps: closed loops threaded through one another, bars at the ends."""
    draft = Draft()
    r = rng.uniform(0.08, 0.16)
    ring = outlines.superellipse(1, 1, rng.uniform(1.8, 4), 12)
    a, b = rng.uniform(0.45, 0.9), rng.uniform(0.3, 0.45)
    oval = (
        outlines.any_outline(rng, a, b)
        if rng.random() < 0.3
        else outlines.box(2 * a, 2 * b, 0.9 * b, 5)
    )
    path = np.column_stack([oval, np.zeros(len(oval))])
    count, pitch = int(rng.integers(1, 5)), 2 * a - 2.2 * r
    turn = rng.uniform(50, 90)
    for k in range(count):
        link = forms.sweep(
            path, ring, np.full(len(path), r * (1 if k % 2 else rng.uniform(0.8, 1.2))), closed=True
        )
        draft.add(link.rotate((turn * (k % 2), 0, 0)).translate((k * pitch, 0, 0)), part=k % 2)
    for x, sign in ((-a - 0.2, -1), ((count - 1) * pitch + a + 0.2, 1)):
        kind = int(rng.integers(4))
        if kind == 0:
            draft.add(
                forms.rod((x, -0.9, 0), (x, 0.9, 0), 1.3 * r),
                forms.rod((x - sign * 0.3, 0, 0), (x, 0, 0), r),
            )
        elif kind == 1:
            draft.add(forms.sphere((0.3, 0.3, 0.3), (x, 0, 0), 18))
        elif kind == 2:
            draft.add(
                forms.sideways(forms.plate(outlines.any_outline(rng, 0.4, 0.4), 0.3)).translate(
                    (x, 0, 0)
                )
            )
    return draft.finish("chain")


def hanger(rng: np.random.Generator) -> Solid:
    """A clothes hanger, carabiner, bicycle lock or wall hook of bent bar."""
    draft = Draft()
    w, h = rng.uniform(1.4, 2.4), rng.uniform(0.4, 1.1)
    right = np.array([[0, 0, 0], [0.35 * w, -0.45 * h, 0], [w, -h, rng.uniform(0, 0.3)]])
    ring = outlines.superellipse(1, 1, rng.uniform(1.8, 5), 14)
    swell = np.linspace(0.08, rng.uniform(0.06, 0.2), 13)
    draft.add(
        forms.both_sides(
            forms.sweep(outlines.spline(right, 6), ring, np.stack([0.7 * swell, swell], 1))
        )
    )
    if rng.random() < 0.7:
        draft.add(
            forms.rod(
                (-0.95 * w, -h, 0.1), (0.95 * w, -h, 0.1), rng.uniform(0.04, 0.08), segments=10
            )
        )
    a = np.linspace(-np.pi / 2, rng.uniform(0.6, 1.1) * np.pi, 18)
    size = rng.uniform(0.25, 0.4)
    hook = np.column_stack([size * np.cos(a), 0.8 + size * np.sin(a), np.zeros(18)])
    hook = np.vstack([[[0, -0.05, 0], [0, 0.25, 0]], hook])
    draft.add(forms.sweep(hook, outlines.ellipse(0.05, 0.05, 10)), part=1)
    if rng.random() < 0.5:
        draft.add(forms.lens(outlines.any_outline(rng, 0.3, 0.25), 0.12, 0.12))
    if rng.random() < 0.5:
        clip = forms.soft_box(
            (0.25, 0.4, 0.2), 0.04, 0.03, 1, (rng.uniform(0.4, 0.8) * w, -h - 0.1, 0.1)
        )
        draft.add(forms.both_sides(clip))
    for u in np.linspace(0.5, 0.7, int(rng.integers(0, 4))):
        draft.add(
            forms.both_sides(
                forms.cuboid(
                    (0.04, 0.25, 0.15), (u * w, -0.45 * h - (u - 0.35) * 0.55 / 0.65 * h, 0.1)
                )
            )
        )
    return draft.finish("hanger")


def spectacles(rng: np.random.Generator) -> Solid:
    """Spectacles, goggles or sunglasses: rims, lenses, bridge, temples."""
    draft = Draft()
    a, b = rng.uniform(0.45, 0.65), rng.uniform(0.3, 0.55)
    plan = outlines.any_outline(rng, a, b)
    gap, rim = rng.uniform(0.06, 0.2), rng.uniform(0.03, 0.12)
    frame_ = forms.section(plan).offset(rim) - forms.section(plan)
    depth = rng.uniform(0.06, 0.2)
    at = a + rim + gap
    eye = forms.plate(frame_, depth).translate((at, 0, 0))
    y = rng.uniform(0, 0.6) * b
    bridge = np.array([[-gap - 0.1, y, 0], [0, y + rng.uniform(0, 0.15), 0.05], [gap + 0.1, y, 0]])
    body = forms.both_sides(eye) + forms.sweep(
        outlines.spline(bridge, 5), outlines.box(0.07, rng.uniform(0.06, 0.2), 0.02, 2)
    )
    lens = forms.both_sides(
        forms.plate(forms.section(plan).offset(0.005), 0.03).translate((at, 0, 0))
    )
    wrap = rng.uniform(0, 0.25)

    def bend(p: Floats) -> Floats:
        """Points (n, 3) of the flat front on the curved one."""
        return np.column_stack([p[:, 0], p[:, 1], p[:, 2] - wrap * p[:, 0] ** 2])

    x = at + a + rim
    z0, long, drop = -wrap * x * x, rng.uniform(1.6, 2.4), rng.uniform(0.2, 0.6)
    temple = np.array(
        [
            [x - 0.05, y, z0],
            [x + 0.06, y, z0 - 0.3],
            [x + 0.02, y, z0 - 0.75 * long],
            [x - 0.08, y - drop, z0 - long],
        ]
    )
    tall = rng.uniform(0.05, 0.18)
    arm = forms.sweep(
        outlines.spline(temple, 6),
        outlines.box(0.08, 2, 0.03, 2) * [1, 0.5],
        np.stack([np.ones(19), np.linspace(1.6 * tall, tall, 19)], 1),
    )
    draft.add(body.refine_to_length(0.25).warp_batch(bend), forms.both_sides(arm))
    draft.add(forms.both_sides(forms.cuboid((0.1, 1.6 * tall, 0.15), (x, y, z0))))
    draft.add(lens.refine_to_length(0.25).warp_batch(bend), part=1)
    pad = forms.sphere((0.03, 0.1, 0.05), (gap, -0.3 * b, -0.12), 10)
    draft.add(forms.both_sides(pad), part=1)
    return draft.finish("spectacles")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "tap": tap,
    "chain": chain,
    "hanger": hanger,
    "spectacles": spectacles,
}
