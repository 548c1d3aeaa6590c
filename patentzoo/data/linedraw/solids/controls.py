"""Game pads, and interfaces on a thin panel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, lettering, outlines, screens, skins
from patentzoo.data.linedraw.solids.draft import Draft, Floats, back, front


def _horned(rng: np.random.Generator, w: float) -> Floats:
    """The outline of a body with two horns, lobes at half width `w`."""
    spread = rng.uniform(0.1, 0.35)
    drop, r = rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.42)
    core = outlines.superellipse(w + 0.2, rng.uniform(0.35, 0.5), rng.uniform(2.4, 4), 40)
    region = CrossSection([core], FillRule.NonZero)
    for sign in (-1, 1):
        lobe = CrossSection(
            [outlines.ellipse(r, r, 30) + np.array([sign * w, 0.0])], FillRule.NonZero
        )
        tip = CrossSection(
            [outlines.ellipse(0.6 * r, 0.6 * r, 24) + np.array([sign * (w + spread), -drop])],
            FillRule.NonZero,
        )
        region += CrossSection.batch_hull([lobe, tip])
    soft = region.offset(0.08).offset(-0.16).offset(0.08)
    plan = np.asarray(max(soft.to_polygons(), key=len), dtype=np.float64)
    return plan[:: max(1, len(plan) // 90)]


def gamepad(rng: np.random.Generator) -> Solid:
    """A game controller: a horned shell, sticks, cross, keys, triggers, seams; a cable."""
    draft = Draft()
    w = rng.uniform(0.6, 0.85)
    plan = _horned(rng, w)
    thick, edge = rng.uniform(0.3, 0.5), rng.uniform(0.06, 0.14)
    draft.add(forms.pillow(plan, thick, edge, 3))
    draft.line(np.column_stack([1.004 * plan, np.zeros(len(plan))]), closed=True)
    face = thick / 2
    high, low = rng.uniform(0.05, 0.2), -rng.uniform(0.15, 0.3)
    stick = forms.lathe(
        np.array([[0.16, 0], [0.08, 0.03], [0.08, 0.12], [0.14, 0.14], [0.13, 0.19], [0.08, 0.17]]),
        24,
    ).rotate((90, 0, 0))
    left_stick = high if rng.random() < 0.5 else low
    x = rng.uniform(0.25, 0.4)
    draft.add(
        stick.translate((-x if left_stick == low else -w, left_stick, face)),
        stick.translate((x, low, face)),
    )
    arm = rng.uniform(0.1, 0.16)
    cross = forms.cuboid((2 * arm, 0.7 * arm, 0.12)) + forms.cuboid((0.7 * arm, 2 * arm, 0.12))
    draft.add(
        cross.translate((-w if left_stick == low else -x, high if left_stick == low else low, face))
    )
    key = forms.plate(outlines.any_outline(rng, 0.065, 0.065), rng.uniform(0.08, 0.16))
    draft.add(forms.around(key.translate((0.14, 0, 0)), 4, "z").translate((w, high, face)))
    letters = [
        screens.icon(rng, 0.06, w + 0.14 * a, high + 0.14 * b)
        for a, b in ((1, 0), (0, 1), (-1, 0), (0, -1))
    ]
    for sign in letters:
        draft.decal(sign, front(face + 0.085))
    panel = faces.Face("front", (0, high + 0.04, face), 0.5, 0.3)
    faces.dress(rng, draft, panel, most=4)
    for y in (0.4, 0.3)[: int(rng.integers(1, 3))]:
        trigger = forms.soft_box((0.32, 0.16, 0.22), 0.05, 0.04, 2, (w, y, -0.08))
        draft.add(forms.both_sides(trigger))
    draft.add(
        skins.screws([(-w, -0.2), (w, -0.2), (-w, 0.2), (w, 0.2)], 0.04, 0.03)
        .rotate((0, 180, 0))
        .translate((0, 0, -face))
    )
    draft.decal([screens.loop(outlines.any_outline(rng, 0.4, 0.2))], back(-face - 0.004))
    if rng.random() < 0.45:
        path = outlines.spline(
            np.array([[0, 0.3, 0], [0.1, 0.7, 0], [0.5, 0.8, -0.1], [0.7, 1.1, -0.1]]), 6
        )
        draft.add(forms.sweep(path, outlines.ellipse(0.035, 0.035, 8)), part=1)
    return draft.finish("gamepad", crease_deg=32)


def _second_state(
    rng: np.random.Generator, strokes: list[Floats], w: float, h: float
) -> list[Floats]:
    """The same interface a moment later."""
    # The second state: a few strokes fewer, a marker or a window more.
    other = [stroke for stroke in strokes if rng.random() > rng.uniform(0, 0.2)]
    mark = outlines.any_outline(rng, rng.uniform(0.05, 0.3) * w, rng.uniform(0.04, 0.2) * h)
    spot = rng.uniform(-0.25, 0.25, 2) * [w, h]
    other += [
        screens.loop(mark, float(spot[0]), float(spot[1])),
        screens.loop(0.8 * mark, float(spot[0]), float(spot[1])),
    ]
    return other


def interface(rng: np.random.Generator) -> Solid:
    """Two states of one interface, front and back of a thin panel, the device as surroundings."""
    draft = Draft()
    w, h = rng.uniform(0.7, 1.6), rng.uniform(0.7, 1.6)
    draft.add(forms.plate(outlines.box(w, h, rng.uniform(0, 0.12), 4), 0.03))
    strokes: list[Floats] = []
    bar = rng.uniform(0.06, 0.14) * h
    top = h / 2 - bar
    strokes.append(np.array([[-w / 2, top], [w / 2, top]]))
    for side in (-1, 1):
        strokes += screens.icon(rng, 0.6 * bar, side * 0.42 * w, top + bar / 2)
    strokes += lettering.fitted(rng, 0.4 * w, 0.5 * bar, 0, top + bar / 2)
    room, middle = h - 2.1 * bar, -0.05 * bar
    strokes += [
        s + np.array([0, middle - 0.3 * bar]) for s in screens.content(rng, 0.92 * w, 0.88 * room)
    ]
    tabs = int(rng.integers(2, 6))
    for k in range(tabs):
        strokes += screens.icon(rng, 0.5 * bar, ((k + 0.5) / tabs - 0.5) * 0.9 * w, bar / 2 - h / 2)
    draft.decal(strokes, front(0.019))
    other = _second_state(rng, strokes, w, h)
    draft.decal(other, back(-0.019))
    kind = int(rng.integers(4))
    if kind == 0:
        draft.add(
            forms.plate(
                forms.section(
                    outlines.box(w + 0.24, h + 0.3, 0.12, 4), [outlines.box(w + 0.01, h + 0.01)]
                ),
                0.12,
            ),
            part=1,
        )
    elif kind == 1:
        draft.add(
            forms.plate(
                forms.section(
                    outlines.box(w + 0.1, h + 0.1, 0.02, 2), [outlines.box(w + 0.01, h + 0.01)]
                ),
                0.05,
            ),
            part=1,
        )
        stand = forms.cuboid((0.16, 0.3, 0.05), (0, -h / 2 - 0.2, 0)) + forms.cuboid(
            (0.5 * w, 0.04, 0.4), (0, -h / 2 - 0.36, 0)
        )
        draft.add(stand, part=1)
    return draft.finish("interface")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "gamepad": gamepad,
    "interface": interface,
}
