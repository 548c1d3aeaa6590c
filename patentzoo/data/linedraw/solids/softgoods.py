"""Sewn goods: gloves, back packs, cushions and mattresses, socks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, ornaments, outlines, screens, skins
from patentzoo.data.linedraw.solids.draft import Draft, Floats, back, front


def _finger(root: Floats, angle: float, long: float, wide: float, deep: float) -> skins.Skin:
    """A finger of a glove from `root`, leaning by `angle` degrees from upright."""
    a = np.deg2rad(angle)
    way = np.array([np.sin(a), np.cos(a)])
    s = np.array([-0.3, 0.0, 0.3, 0.6, 0.85, 0.97, 1.0])
    size = np.array([1, 1, 0.95, 0.92, 0.82, 0.5, 0.1])
    return skins.bent(root + s[:, None] * long * way, wide * size, deep * size, count=18)


def glove(rng: np.random.Generator) -> Solid:
    """A glove or mitten: palm, fingers, thumb, cuff, seams, pads, a strap, ribs."""
    draft = Draft()
    w, h, d = rng.uniform(0.42, 0.55), rng.uniform(0.9, 1.2), rng.uniform(0.14, 0.3)
    cuff, wrist = rng.uniform(0.2, 0.9), rng.uniform(0.6, 0.9)
    y = np.array([-cuff - 0.1, -cuff * 0.5, 0.0, 0.4 * h, 0.8 * h, h])
    wide = w * np.array([rng.uniform(0.7, 1.2), 0.8, wrist, 1.0, 1.05, 0.98])
    deep = d * np.array([1.1, 1.0, 0.95, 1.1, 1, 0.75])
    palm = skins.column(y, wide, deep, power=2.6, count=32, steps=3)
    draft.add(palm.body())
    mitten = rng.random() < 0.25
    fat = 0.8 * d * rng.uniform(0.8, 1.1)
    if mitten:
        fingers = [_finger(np.array([0.0, h]), 0, rng.uniform(0.5, 0.9), 0.95 * w, 0.75 * d)]
    else:
        cut = rng.uniform(0.45, 1.0) if rng.random() < 0.3 else 1.0
        fingers = [
            _finger(np.array([x * w, h - 0.05]), lean, cut * long, 0.235 * w, fat)
            for x, lean, long in zip(
                (-0.74, -0.25, 0.25, 0.74),
                rng.uniform(-4, 4, 4) + np.array([-10, -3, 3, 12]),
                rng.uniform(0.62, 0.95, 4),
                strict=True,
            )
        ]
    thumb = _finger(np.array([-0.8 * w, 0.35 * h]), rng.uniform(-55, -25), 0.65, 0.26 * w, fat)
    for skin in [*fingers, thumb]:
        draft.add(skin.body())
        for s in rng.uniform(0.4, 0.8, int(rng.integers(1, 3))):
            draft.line(skin.girdle(float(s)))
        if rng.random() < 0.6:
            draft.line(skin.patch(outlines.box(2, 2, 0.5, 2), 0.6, 0.25, 0.14, 0.12))
    _glove_detail(rng, draft, palm, w)
    return draft.finish("glove", crease_deg=38)


def _glove_detail(rng: np.random.Generator, draft: Draft, palm: skins.Skin, w: float) -> None:
    """Cuff ribs, panels on the back of the hand and in the palm, a strap, stitching."""
    for s in np.linspace(0.02, rng.uniform(0.1, 0.35), int(rng.integers(2, 9))):
        draft.line(palm.girdle(float(s)))
    wrap = palm.girdle(rng.uniform(0.36, 0.44), rng.uniform(0, 0.03))
    draft.line(wrap)
    skins.stitches(draft, palm.girdle(0.46), 0.07)
    for turn in (0.25, 0.75):
        panel = outlines.any_outline(rng, 1, 1)
        for k in (1.0, rng.uniform(0.75, 0.92), rng.uniform(0.2, 0.7))[: int(rng.integers(1, 4))]:
            draft.line(palm.patch(panel, 0.7, turn, 0.2 * k, 0.15 * k))
    n = int(rng.integers(0, 6))
    for k in range(n):  # knuckle bars or darts
        draft.line(palm.patch(outlines.box(2, 2, 0.6, 2), 0.93, 0.15 + 0.2 * k / n, 0.025, 0.015))
    if rng.random() < 0.5:
        x = rng.uniform(-0.3, 0.3) * w
        strap = forms.soft_box((0.9 * w, 0.2, 0.06), 0.06, 0.02, 1, (x, 0.02, -0.22))
        draft.add(strap)
        draft.decal(lettering.fitted(rng, 0.6 * w, 0.1, -x, 0.02), back(-0.254))


def backpack(rng: np.random.Generator) -> Solid:
    """A back pack: a soft body with pockets, zips, webbing, a top handle, two shoulder straps."""
    draft = Draft()
    h, w, d = rng.uniform(1.5, 2.3), rng.uniform(0.5, 0.72), rng.uniform(0.28, 0.5)
    y = np.array([0, 0.05, 0.35, 0.7, 0.93, 1.0]) * h
    wide = w * np.array([0.85, 1, rng.uniform(1, 1.1), rng.uniform(0.85, 1.05), 0.75, 0.35])
    deep = d * np.array([0.8, 1, rng.uniform(1, 1.2), rng.uniform(0.8, 1), 0.65, 0.3])
    bag = skins.column(y, wide, deep, power=rng.uniform(2.8, 5), count=40)
    draft.add(bag.body())
    zip_at = rng.uniform(0.62, 0.8)
    for k in (0, 0.012):
        draft.line(bag.girdle(zip_at + k, rng.uniform(0.05, 0.14), 1, 0.25))
    skins.stitches(draft, bag.girdle(rng.uniform(0.1, 0.2)), 0.06)
    for turn in (0.58, 0.92):
        draft.line(bag.seam(turn + rng.uniform(-0.02, 0.02), 0.05, 0.95, rng.uniform(-0.03, 0.03)))
    base, tiers = 0.08 * h, int(rng.integers(1, 4))
    for tier in range(tiers):
        tall, broad = rng.uniform(0.28, 0.55) * h / tiers * 1.4, rng.uniform(0.9, 1.4) * w
        thick = d * rng.uniform(0.35, 0.8) * (1 - 0.2 * tier)
        plan = outlines.box(broad, tall, rng.uniform(0.05, 0.35) * tall, 4)
        pocket = forms.pillow(plan, 2 * thick, 0.5 * thick, 3)
        at = (0.0, base + tall / 2, 0.75 * d)
        draft.add(pocket.translate(at))
        skin = front(0.75 * d + thick + 0.004, 0, base + tall / 2)
        inner = screens.loop(outlines.box(0.8 * broad, 0.75 * tall, 0.1, 3))
        if rng.random() < 0.7:
            skins.stitches(draft, skin(outlines.spline(inner, 3)), 0.06)
        draft.decal(lettering.fitted(rng, 0.5 * broad, 0.2 * tall, 0, 0.1 * tall), skin)
        if rng.random() < 0.6:
            pull = forms.soft_box((0.05, 0.16, 0.05), 0.02, 0.01, 1)
            draft.add(
                pull.translate(
                    (rng.uniform(-0.3, 0.3) * broad, at[1] + 0.3 * tall, 0.77 * d + thick)
                )
            )
        base += tall + 0.03 * h
    if rng.random() < 0.5:
        side = forms.pillow(outlines.box(0.9 * d, 0.4 * h, 0.1, 3), 0.3, 0.1, 2).rotate((0, 90, 0))
        draft.add(forms.both_sides(side.translate((0.98 * w, 0.28 * h, 0))))
    _straps(rng, draft, h, w, d)
    return draft.finish("backpack", crease_deg=34)


def _straps(rng: np.random.Generator, draft: Draft, h: float, w: float, d: float) -> None:
    """Padded shoulder straps behind, and a loop on top."""
    x, thick = 0.5 * w, rng.uniform(0.1, 0.17)
    bulge = rng.uniform(0.15, 0.5)
    knots = np.array(
        [
            [0.3 * w, 0.93 * h, -0.4 * d],
            [x, 0.9 * h, -0.9 * d - bulge],
            [1.1 * x, 0.5 * h, -d - bulge],
            [1.4 * x, 0.12 * h, -0.6 * d],
        ]
    )
    path = outlines.spline(knots, 7)
    size = np.interp(np.linspace(0, 1, len(path)), [0, 0.6, 0.7, 1], [1, 1, 0.4, 0.35])
    ring = outlines.superellipse(1, 1, 4, 14)
    strap = forms.sweep(path, ring, np.stack([0.25 * thick + 0 * size, thick * size], 1))
    part = int(rng.random() < 0.3)
    draft.add(forms.both_sides(strap), part=part)
    buckle = forms.soft_box((0.16, 0.12, 0.1), 0.03, 0.01, 1, tuple(path[-7]))
    draft.add(forms.both_sides(buckle), part=part)
    t = np.linspace(0, np.pi, 13)
    loop = np.stack([0.16 * np.cos(t), 0.97 * h + rng.uniform(0.1, 0.2) * np.sin(t), 0 * t], 1)
    draft.add(forms.sweep(loop, outlines.box(0.03, 0.1, 0.01, 1)))


def cushion(rng: np.random.Generator) -> Solid:
    """A pillow, mattress or pet bed: a soft plate with piping, quilting, tufts, handles, a tag."""
    draft = Draft()
    w, h = rng.uniform(1.2, 2.4), rng.uniform(1, 1.8)
    plan = outlines.any_outline(rng, w / 2, h / 2)
    if rng.random() < 0.6:
        plan = outlines.superellipse(w / 2, h / 2, rng.uniform(3, 9), 48)
    thick, mattress = rng.uniform(0.15, 0.45), rng.random() < 0.4
    if mattress:
        draft.add(forms.pillow(plan, thick, rng.uniform(0.02, 0.08), 2))
    else:
        draft.add(forms.lens(plan, thick, thick * rng.uniform(0.3, 1), rng.uniform(1.6, 3)))
    rim = np.column_stack([1.01 * plan, np.zeros(len(plan))])
    pipe = forms.sweep(rim, outlines.ellipse(0.025, 0.025, 8), closed=True)
    levels = (-0.48 * thick, 0.48 * thick) if mattress else (0.0,)
    if rng.random() < 0.7:
        draft.add(*[pipe.translate((0, 0, z)) for z in levels])
    face = thick / 2 if mattress else thick

    def skin(flat: Floats) -> Floats:
        """Points of the plan (n, 2) raised onto the cushion's face (n, 3)."""
        angle = np.arctan2(flat[:, 1], flat[:, 0])
        edge = np.arctan2(plan[:, 1], plan[:, 0])
        order = np.argsort(edge)
        radius = np.interp(
            angle, edge[order], np.linalg.norm(plan, axis=1)[order], period=2 * np.pi
        )
        u = np.clip(np.linalg.norm(flat, axis=1) / radius, 0, 0.97)
        z = face * (1 - (0 if mattress else 1) * u**2) ** 0.5
        return np.column_stack([flat, 1.01 * z + 0.006])

    _quilting(rng, draft, (w, h, face), skin)
    if mattress:
        grip = forms.soft_box((0.25, 0.08, 0.06), 0.02, 0.01, 1)
        draft.add(grip.rotate((90, 0, 0)).translate((0, -h / 2, 0)))
    if rng.random() < 0.4:
        draft.add(forms.cuboid((0.14, 0.2, 0.012), (0.3 * w, -0.5 * h, 0)))
    return draft.finish("cushion", crease_deg=40)


def _quilting(
    rng: np.random.Generator,
    draft: Draft,
    size: tuple[float, float, float],
    skin: Callable[[Floats], Floats],
) -> None:
    """Pattern, border, tufts or lettering over the upper face."""
    w, h, _ = size
    kind = int(rng.integers(4))
    if kind <= 1:
        draft.decal(ornaments.pattern(rng, 0.62 * w, 0.62 * h), skin, step=0.09)
    elif kind == 2:
        n, m = int(rng.integers(2, 5)), int(rng.integers(2, 5))
        for x in np.linspace(-0.28, 0.28, n) * w:
            for y in np.linspace(-0.28, 0.28, m) * h:
                spot = np.array([[x, y]])
                ball = forms.sphere((0.05, 0.05, 0.03), tuple(skin(spot)[0]), 12)
                draft.add(ball)
                for a in rng.uniform(0, 2 * np.pi, 4):  # creases run out of a tuft
                    ray = spot + np.outer([0.07, 0.16], [np.cos(a), np.sin(a)])
                    draft.line(skin(ray))
    else:
        border = outlines.any_outline(rng, 0.33 * w, 0.33 * h)
        draft.decal([screens.loop(border), screens.loop(0.85 * border)], skin, step=0.06)
        draft.decal(lettering.fitted(rng, 0.35 * w, 0.2 * h), skin, step=0.05)


def sock(rng: np.random.Generator) -> Solid:
    """A sock or stocking: leg, heel, foot, ribbed cuff, panels, bands, grip dots, toes."""
    draft = Draft()
    leg, foot = rng.uniform(0.3, 2.0), rng.uniform(1.0, 1.4)
    bend = rng.uniform(0.15, 0.35)
    knots = np.array(
        [[0, leg], [0.02, 0.45 * leg], [0, 0.05], [bend, -0.32], [0.6 * foot, -0.38], [foot, -0.42]]
    )
    path = outlines.spline(knots, 6)
    s = np.linspace(0, 1, len(path))
    calf = rng.uniform(0.22, 0.36)
    wide = np.interp(
        s, [0, 0.3, 0.45, 0.6, 0.9, 0.97, 1], [calf, calf, 0.23, 0.28, 0.2, 0.14, 0.03]
    )
    skin = skins.bent(path, wide, wide * rng.uniform(0.75, 1), count=28)
    draft.add(skin.body())
    ribs = rng.uniform(0.04, 0.2)
    draft.line(skin.girdle(ribs))
    draft.line(skin.girdle(0.01))
    for t in np.linspace(0, 1, int(rng.integers(8, 30)), endpoint=False):
        draft.line(skin.on(np.array([[0.0, t], [ribs, t]])))
    draft.line(skin.girdle(rng.uniform(0.84, 0.91), rng.uniform(0, 0.03), 1, rng.uniform(0, 1)))
    a = np.linspace(0, 1, 20)
    for k in (0.0, rng.uniform(0.03, 0.08)):  # the heel
        pocket = np.stack(
            [0.56 + (0.1 - k) * np.cos(2 * np.pi * a), 0.5 + (0.2 - k) * np.sin(2 * np.pi * a)], 1
        )
        draft.line(skin.on(pocket))
    for at in rng.uniform(0.2, 0.8, int(rng.integers(0, 7))):
        draft.line(skin.girdle(float(at), rng.uniform(0, 0.03), int(rng.integers(1, 9))))
    motif = outlines.any_outline(rng, 1, 1)
    for at in rng.uniform(0.2, 0.45, int(rng.integers(0, 4))):
        for t in np.linspace(0.05, 0.95, int(rng.integers(3, 8))):
            draft.line(skin.patch(motif, float(at), float(t), 0.025, 0.035))
    if rng.random() < 0.4:
        for at in np.linspace(0.68, 0.9, int(rng.integers(4, 10))):
            for t in (0.45, 0.5, 0.55):
                draft.line(skin.patch(outlines.ellipse(1, 1, 8), float(at), t, 0.008, 0.012))
    if rng.random() < 0.4:
        stump = np.linspace(leg - 0.05, leg + rng.uniform(0.4, 1.2), 5)
        shin = skins.column(stump, np.linspace(0.9, 1.15, 5) * calf, np.linspace(0.75, 1, 5) * calf)
        draft.add(shin.body(), part=1)
    return draft.finish("sock", crease_deg=45)


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "glove": glove,
    "backpack": backpack,
    "cushion": cushion,
    "sock": sock,
}
