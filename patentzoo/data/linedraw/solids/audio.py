"""Worn sound: headphones with a band and ear buds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, ornaments, outlines, skins
from patentzoo.data.linedraw.solids.draft import Draft, Floats


def _cable(rng: np.random.Generator, start: Floats, drop: float, thick: float) -> Manifold:
    """A cable that hangs from `start`, with a plug."""
    sway = rng.uniform(-0.4, 0.4, 3)
    knots = start + np.stack([sway * [0, 1, 0.6], [0.05, -0.5 * drop, -drop], 0.3 * sway], 1)
    path = outlines.spline(knots, 6)
    plug = forms.rod(
        path[-1] + np.array([0, 0.05, 0]),
        path[-1] - np.array([0, 0.25, 0]),
        2.2 * thick,
        1.4 * thick,
    )
    return forms.sweep(path, outlines.ellipse(thick, thick, 8)) + plug


def _cup(rng: np.random.Generator, a: float, b: float, deep: float) -> Manifold:
    """An ear cup facing the viewer: shell, ornament of its outer face, cushion behind."""
    plan = outlines.superellipse(a, b, rng.uniform(1.9, 3.4), 36)
    edge = rng.uniform(0.1, 0.45) * deep
    cup = forms.pillow(plan, deep, edge, int(rng.integers(1, 4)), 0.1 * deep)
    cushion = forms.pillow(1.06 * plan, 0.6 * deep, 0.28 * deep, 3)
    hole = forms.plate(rng.uniform(0.5, 0.7) * plan, deep)
    cup += (cushion - hole).translate((0, 0, -0.85 * deep))
    kind, face = int(rng.integers(6)), deep / 2
    inner = rng.uniform(0.5, 0.8)
    if kind == 0:
        cup -= forms.plate(inner * plan, 0.2 * deep, face)
        cup += forms.plate(rng.uniform(0.4, 0.8) * inner * plan, 0.15 * deep, face - 0.05 * deep)
    elif kind == 1:
        openings = ornaments.holes(rng, 1.2 * a, 1.2 * b, 60)
        cup -= forms.plate(CrossSection(openings, FillRule.NonZero), 0.3 * deep, face)
    elif kind == 2:
        cup += forms.plate(outlines.any_outline(rng, inner * a, inner * b), 0.2 * deep, face)
    elif kind == 3:
        bar = forms.cuboid((0.08 * a, 2 * b, 0.16 * deep), (0, 0, face))
        bars = forms.along(bar, [(x * a, 0, 0) for x in np.linspace(-0.6, 0.6, rng.integers(4, 9))])
        cup -= bars ^ forms.plate(0.85 * plan, deep, face)
    elif kind == 4:
        ring = forms.section(inner * plan, [(inner - 0.12) * plan])
        cup += forms.plate(ring, 0.16 * deep, face)
        cup += forms.plate(0.3 * outlines.gear(int(rng.integers(6, 20)), a, 0.85 * a), 0.2, face)
    else:
        cup += forms.dome(inner * plan, 0.35 * deep, 5).translate((0, 0, face - 0.01))
    if rng.random() < 0.6:
        cup += faces.buttons(rng, 0.25 * a, 0.7 * b, 0.1).translate((0.75 * a, 0, 0.35 * deep))
    return cup


def headphones(rng: np.random.Generator) -> Solid:
    """Headphones: a sprung band with padding, sliders or forks, two cups, a boom or a cable."""
    draft = Draft()
    a, b, deep = rng.uniform(0.35, 0.6), rng.uniform(0.4, 0.65), rng.uniform(0.25, 0.5)
    r, high = rng.uniform(0.85, 1.1), rng.uniform(0.9, 1.35)
    t = np.linspace(-0.12, np.pi + 0.12, 29)
    path = np.stack([r * np.cos(t), high * np.sin(t) + 0.25], 1)
    swell = 1 + rng.uniform(0, 1.6) * np.clip(np.sin(t), 0, 1) ** float(rng.integers(1, 6))
    band = skins.bent(
        path, rng.uniform(0.03, 0.06) * swell, rng.uniform(0.08, 0.16) * swell, power=4
    )
    draft.add(band.body())
    at = rng.uniform(0.12, 0.32)
    for s in (at, at + rng.uniform(0.02, 0.06)):
        draft.line(band.girdle(s))
        draft.line(band.girdle(1 - s))
    for k in np.linspace(0.38, 0.62, int(rng.integers(0, 12))):  # creases of the padding
        draft.line(band.on(np.stack([np.full(9, k), np.linspace(0.3, 0.7, 9)], 1)))
    if rng.random() < 0.5:
        for turn in (0.2, 0.3):
            skins.stitches(draft, band.seam(turn, 0.3, 0.7), 0.06)
    cup = _cup(rng, a, b, deep).rotate((0, 90, 0)).rotate((0, 0, rng.uniform(-8, 8)))
    draft.add(forms.both_sides(cup.translate((r + 0.45 * deep, -0.1, 0))))
    if rng.random() < 0.6:  # the fork that holds the cup
        arc = np.linspace(0, np.pi, 17)
        fork = np.column_stack([0 * arc, 1.12 * b * np.sin(arc), 1.15 * a * np.cos(arc)])
        bar = forms.sweep(fork, outlines.box(0.05, 0.09, 0.01, 1))
        draft.add(forms.both_sides(bar.translate((r + 0.3 * deep, -0.1, 0))))
    if rng.random() < 0.35:
        boom = outlines.spline(np.array([[r, -0.3, 0.2], [r, -0.8, 0.6], [0.4, -0.9, 0.9]]), 6)
        draft.add(forms.sweep(boom, outlines.ellipse(0.035, 0.035, 10)), part=1)
        draft.add(forms.sphere((0.1, 0.08, 0.08), (0.4, -0.9, 0.9), 14), part=1)
    elif rng.random() < 0.6:
        draft.add(_cable(rng, np.array([r + deep / 2, -b, 0]), rng.uniform(0.8, 1.8), 0.03), part=1)
    return draft.finish("headphones")


def _nozzle(rng: np.random.Generator) -> Manifold:
    """An ear tip along y: a flanged dome or two, with its opening."""
    r, long, n = rng.uniform(0.24, 0.36), rng.uniform(0.3, 0.6), int(rng.integers(1, 4))
    points = []
    for k in range(n):
        y, size = long * k / n, r * (1 - 0.18 * k)
        points += [(0.6 * size, y), (size, y + 0.02), (0.85 * size, y + 0.6 * long / n)]
    profile = np.array([*points, (0.12, long), (0.1, long - 0.12)])
    return forms.lathe(profile, 28)


def earbud(rng: np.random.Generator) -> Solid:
    """An ear bud: a soft shell with a tip, a stem, hook or wing, pads, contacts and holes."""
    draft = Draft()
    knots = np.linspace(-0.35, 0.35, 5)
    size = rng.uniform(0.25, 0.55, 3)
    shell = skins.column(
        knots,
        np.r_[0.1, size, 0.12],
        np.r_[0.1, size * rng.uniform(0.7, 1.1), 0.1],
        power=rng.uniform(1.9, 3),
        count=30,
    )
    draft.add(shell.body())
    tip = _nozzle(rng).translate((0, 0.2, 0)).rotate((rng.uniform(10, 60), 0, rng.uniform(35, 80)))
    draft.add(tip)
    for s in rng.uniform(0.25, 0.8, int(rng.integers(1, 4))):
        draft.line(shell.girdle(float(s), rng.uniform(0, 0.08), int(rng.integers(1, 3))))
    pad = outlines.any_outline(rng, 1, 1)
    for k in (1.0, rng.uniform(0.4, 0.85)):
        draft.line(shell.patch(pad, 0.55, 0.6, 0.16 * k, 0.09 * k))
    for k in range(int(rng.integers(0, 6))):  # holes of the microphone
        draft.line(shell.patch(outlines.ellipse(1, 1, 8), 0.35, 0.85 + 0.03 * k, 0.02, 0.01))
    kind = int(rng.integers(4))
    if kind == 0:  # a stem
        long = rng.uniform(0.6, 1.3)
        stem = forms.soft_box((0.2, long, rng.uniform(0.16, 0.26)), 0.09, 0.06, 3)
        draft.add(stem.translate((-0.1, -0.2 - long / 2, 0.05)))
        ring = outlines.box(0.22, 0.2, 0.06, 3)
        draft.add(forms.slab(ring, 0.05, -long * rng.uniform(0.5, 0.9)).translate((-0.1, 0, 0.05)))
        slot = forms.soft_box((0.1, 0.3, 0.4), 0.05, 0.01, 1)
        draft.cut(slot.translate((-0.1, -0.45 * long, 0.3)))
    elif kind == 1:  # a hook over the ear
        t = np.linspace(0, rng.uniform(1.1, 1.6) * np.pi, 22)
        hook = np.stack([-0.55 + 0.6 * np.cos(t), 0.3 + 0.75 * np.sin(t)], 1)
        arm = skins.bent(hook, np.linspace(0.07, 0.14, 22), np.linspace(0.06, 0.1, 22))
        draft.add(arm.body())
        draft.line(arm.girdle(rng.uniform(0.4, 0.7)))
    elif kind == 2:  # a wing
        arc = np.linspace(0, np.pi, 15)
        wing = np.stack([0.1 + 0.3 * np.sin(arc), 0.45 - 0.35 * np.cos(arc)], 1)
        draft.add(skins.bent(wing, 0.05, 0.12, power=3).body())
    if kind == 3 or rng.random() < 0.3:
        draft.add(forms.lathe(np.array([[0.09, -0.7], [0.13, -0.3]]), 16))
        draft.add(_cable(rng, np.array([0.0, -0.68, 0]), rng.uniform(0.5, 1.2), 0.035), part=1)
    return draft.finish("earbud")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "headphones": headphones,
    "earbud": earbud,
}
