"""Ladders, extruded mouldings, accessory rails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, outlines, skins
from patentzoo.data.linedraw.solids.draft import Draft, front


def _hand_rail(rng: np.random.Generator, draft: Draft, head: float, high: float) -> None:
    """A hoop to hold on to, and a pail as surroundings."""
    if rng.random() < 0.4:
        t = np.linspace(0, np.pi, 15)
        hoop = np.stack([head * np.cos(t), high + rng.uniform(0.2, 0.6) * np.sin(t), 0 * t], 1)
        draft.add(forms.sweep(hoop, outlines.ellipse(0.03, 0.03, 10)))
    if rng.random() < 0.35:
        pail = forms.lathe(np.array([[0.15, 0], [0.2, 0.35], [0.22, 0.36]]), 24)
        draft.add(pail.translate((0, high + 0.05, -0.1)), part=1)


def ladder(rng: np.random.Generator) -> Solid:
    """A step ladder or stool: splayed rails, treaded steps, braces, rivets, feet, a top cap."""
    draft = Draft()
    n, high = int(rng.integers(2, 7)), rng.uniform(1.4, 3.2)
    foot, head = rng.uniform(0.45, 0.8), rng.uniform(0.25, 0.45)
    lean, rear = rng.uniform(0.2, 0.6), rng.uniform(0.3, 0.9)
    size = rng.uniform(0.035, 0.06)
    rail = forms.rod((foot, 0, lean), (head, high, 0), size, segments=int(rng.choice([4, 4, 14])))
    draft.add(forms.both_sides(rail))
    tread, wide = rng.uniform(0.08, 0.2), rng.uniform(0.02, 0.06)
    for k in range(1, n + 1):
        u = k / (n + 0.4)
        half, z = foot + (head - foot) * u, lean * (1 - u)
        draft.add(forms.cuboid((2 * half, wide, 2 * tread), (0, u * high, z)))
        for j in np.linspace(-0.8, 0.8, 4):
            line = np.array([[-0.9 * half, u * high + wide / 2 + 0.003, z + j * tread]])
            draft.line(np.vstack([line, line * [-1, 1, 1]]))
        rivet = forms.sideways(forms.disc(0.03, 0.05, 0, 10))
        draft.add(forms.both_sides(rivet.translate((half + size, u * high, z))))
    back_rail = forms.rod((foot, 0, -rear), (head, 0.97 * high, -0.05), 0.8 * size, segments=4)
    if rng.random() < 0.75:
        draft.add(forms.both_sides(back_rail))
        for u in rng.uniform(0.1, 0.9, int(rng.integers(1, 4))):
            half, z = foot + (head - foot) * u, -rear * (1 - u)
            draft.add(forms.rod((-half, u * high, z), (half, u * high, z), 0.025, segments=8))
        cross = forms.rod(
            (foot, 0.1 * high, -0.9 * rear), (-head, 0.8 * high, -0.2 * rear), 0.02, segments=4
        )
        draft.add(forms.both_sides(cross) if rng.random() < 0.5 else cross)
        stay = rng.uniform(0.3, 0.6)
        half = foot + (head - foot) * stay + 0.03
        arm = forms.rod(
            (half, stay * high, lean * (1 - stay)),
            (half, stay * high, -rear * (1 - stay)),
            0.02,
            segments=4,
        )
        draft.add(forms.both_sides(arm))
    cap = forms.soft_box((2.3 * head, rng.uniform(0.06, 0.2), rng.uniform(0.2, 0.5)), 0.03, 0.02, 1)
    draft.add(cap.translate((0, high, 0)))
    draft.cut(forms.slab(outlines.any_outline(rng, 0.5 * head, 0.07), 1, high))
    shoe = forms.soft_box((0.14, 0.1, 0.16), 0.03, 0.02, 1)
    draft.add(forms.both_sides(shoe.translate((foot, 0.02, lean))))
    _hand_rail(rng, draft, head, high)
    return draft.finish("ladder")


def moulding(rng: np.random.Generator) -> Solid:
    """A window frame, gutter or trim profile: chambers, lips, hooks, screw ports, a cut end."""
    draft = Draft()
    w, h, wall = rng.uniform(0.7, 1.4), rng.uniform(0.6, 1.2), rng.uniform(0.03, 0.06)
    long = rng.uniform(0.3, 3)
    steps = rng.uniform(0.35, 1.0, 4) * h
    x = np.linspace(-0.5, 0.5, 5) * w
    corners = [[x[0], 0.0], [x[4], 0.0]]
    for k in range(3, -1, -1):
        corners += [[x[k + 1], steps[k]], [x[k], steps[k]]]
    outline = np.array(corners)
    solid = CrossSection([outline], FillRule.NonZero)
    region = solid - solid.offset(-wall)
    walls = [
        outlines.rectangle(wall, 2 * h) + np.array([float(v), h / 2])
        for v in rng.uniform(-0.4, 0.4, int(rng.integers(1, 4))) * w
    ]
    walls += [
        outlines.rectangle(2 * w, wall) + np.array([0, float(v)])
        for v in rng.uniform(0.1, 0.6, int(rng.integers(0, 3))) * h
    ]
    region += CrossSection(walls, FillRule.NonZero) ^ solid
    for _ in range(int(rng.integers(2, 7))):  # hooks and lips
        at, reach = rng.uniform(-0.45, 0.45) * w, rng.uniform(0.06, 0.18)
        lip = outlines.bracket("L", reach, reach, 0.7 * wall) * [rng.choice([-1.0, 1.0]), -1]
        region += CrossSection([lip + np.array([at, -0.45 * reach])], FillRule.NonZero)
        port = outlines.ellipse(0.07, 0.07, 16) + np.array(
            [rng.uniform(-0.4, 0.4) * w, wall + 0.05]
        )
        region += CrossSection([port], FillRule.NonZero) - CrossSection(
            [port * 0.5 + port.mean(0) * 0.5], FillRule.NonZero
        )
    bar = forms.plate(region, long)
    draft.add(bar)
    cut = rng.uniform(0, 45)
    knife = forms.cuboid((9, 9, 2), (0, 0, long / 2 + 1)).rotate((0, 0, 0))
    draft.cut(knife.translate((0, 0, -long / 2)).rotate((0, cut, 0)).translate((0, 0, 0.35 * long)))
    slot = forms.soft_box((0.1, 4, 0.2), 0.04, 0.01, 1)
    places = np.linspace(-0.4, 0.2, int(rng.integers(0, 4))) * long
    draft.cut(*[slot.translate((rng.uniform(-0.3, 0.3) * w, 0, float(z))) for z in places])
    if rng.random() < 0.5:
        pane = forms.cuboid(
            (0.1, rng.uniform(0.5, 1.2) * h, 0.8 * long), (x[1] / 2, h * 1.1, -0.1 * long)
        )
        draft.add(pane, forms.cuboid((1.6 * w, 0.1, 0.9 * long), (0, -0.3, 0)), part=1)
    return draft.finish("moulding", crease_deg=30)


def _raked_grip(rng: np.random.Generator, draft: Draft, long: float, half: float) -> None:
    """A raked handle with checkering and a base plate line."""
    tall, rake = rng.uniform(0.8, 1.5), rng.uniform(-0.5, 0.5)
    s = np.linspace(0, 1, 17)
    x0 = rng.uniform(-0.25, 0.25) * long
    path = np.stack([x0 + rake * s + 0.08 * np.sin(2 * np.pi * s), -0.6 * half - tall * s], 1)
    wide = skins.through(rng, 0.17, 0.32, 5, 17)
    grip = skins.bent(path, wide, 0.7 * wide, power=rng.uniform(2, 4), count=28)
    draft.add(grip.body())
    rows = int(rng.integers(4, 12))
    slant = rng.uniform(0, 0.06)
    for turn in (0.25, 0.75):
        for k in np.linspace(-0.1, 0.1, rows):
            draft.line(
                grip.seam(turn + k, 0.25, 0.85, 0.0)
                if slant < 0.02
                else grip.on(np.array([[0.25, turn + k], [0.85, turn + k + slant]]))
            )
        for at in np.linspace(0.25, 0.85, rows):
            draft.line(grip.on(np.array([[at, turn - 0.1], [at + slant, turn], [at, turn + 0.1]])))
        draft.line(grip.patch(outlines.any_outline(rng, 1, 1), 0.1, turn, 0.05, 0.05))
    draft.line(grip.girdle(rng.uniform(0.9, 0.97)))


def _scope(rng: np.random.Generator, draft: Draft, long: float, half: float) -> None:
    """Two clamping rings with screws; the tube they hold is surroundings."""
    ring = forms.disc(0.45, rng.uniform(0.3, 0.8), 0, 40) - forms.disc(0.38, 9, 0, 40)
    clamp = forms.sideways(ring).translate((0, 0.6 * half + 0.42, 0))
    shift = rng.uniform(0.2, 0.4) * long
    draft.add(clamp.translate((-shift, 0, 0)), clamp.translate((shift, 0, 0)))
    for x in (-shift, shift):
        draft.add(
            skins.screws([(x - 0.1, 0.9 * half), (x + 0.1, 0.9 * half)], 0.05, 0.1).translate(
                (0, 0, 0.4)
            )
        )
    tube = forms.sideways(forms.disc(0.37, 1.5 * long, 0, 36))
    draft.add(tube.translate((0, 0.6 * half + 0.42, 0)), part=1)


def railmount(rng: np.random.Generator) -> Solid:
    """An accessory rail, grip or mount: slotted rail, checkered handle, clamps, screws, lever."""
    draft = Draft()
    long, n = rng.uniform(1.4, 3.2), int(rng.integers(6, 18))
    half = rng.uniform(0.2, 0.32)
    section = np.array(
        [
            [-0.7, -1.0],
            [0.7, -1.0],
            [0.7, 0],
            [1, 0.25],
            [1, 0.45],
            [0.7, 0.75],
            [-0.7, 0.75],
            [-1, 0.45],
            [-1, 0.25],
            [-0.7, 0],
        ]
    )
    rail = forms.plate(section * half, long).rotate((0, 90, 0))
    slot = forms.cuboid((rng.uniform(0.35, 0.6) * long / n, 0.3 * half, 9), (0, 0.7 * half, 0))
    draft.add(rail)
    draft.cut(forms.along(slot, [((k - (n - 1) / 2) * long / n, 0, 0) for k in range(n)]))
    for x in np.linspace(-0.35, 0.35, int(rng.integers(1, 5))) * long:
        draft.cut(
            forms.plate(outlines.any_outline(rng, 0.06, 0.1 * half + 0.04), 9).translate(
                (float(x), -0.5 * half, 0)
            )
        )
    kind = int(rng.integers(3))
    if kind <= 1:  # a raked grip
        _raked_grip(rng, draft, long, half)
    else:
        _scope(rng, draft, long, half)
    knob = forms.plate(outlines.gear(16, 0.16, 0.14), 0.2, half + 0.05)
    draft.add(knob.translate((rng.uniform(-0.4, 0.4) * long, -0.4 * half, 0)))
    draft.decal(
        lettering.fitted(rng, 0.5, 0.3 * half, rng.uniform(-0.2, 0.2) * long, -0.7 * half),
        front(0.705 * half),
    )
    if rng.random() < 0.4:
        draft.add(
            forms.cuboid((1.5 * long, 0.5, 0.5 * half), (0.1 * long, -half - 0.25, 0)), part=1
        )
    return draft.finish("railmount")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "ladder": ladder,
    "moulding": moulding,
    "railmount": railmount,
}
