"""Packaging: folding cartons, closures of bottles, pouches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import (
    faces,
    forms,
    lettering,
    ornaments,
    outlines,
    screens,
    skins,
)
from patentzoo.data.linedraw.solids.draft import Draft, Floats, front


def carton(rng: np.random.Generator) -> Solid:
    """A folding box: printed faces, window, flaps open or shut, perforation, tab, contents."""
    draft = Draft()
    x, y, z = rng.uniform(0.6, 1.8), rng.uniform(0.6, 2.2), rng.uniform(0.25, 1.2)
    plan = outlines.rectangle(x, z)
    if rng.random() < 0.35:
        plan = outlines.regular(int(rng.integers(5, 9)), 0.55 * x) * [1, max(z / x, 0.5)]
    box_like = len(plan) == 4
    low, high = float(plan[:, 1].min()), float(plan[:, 1].max())
    wall = forms.slab(plan, y, -y / 2)
    opened = rng.random() < 0.55
    draft.add(wall)
    if opened:
        draft.cut(forms.slab(0.95 * plan, y, -0.47 * y))
    if opened and box_like:
        _flaps(rng, draft, (x, y, z))
    elif box_like and rng.random() < 0.5:  # a gable with its fin
        gable = np.array([[-z / 2, 0], [z / 2, 0], [0.02, 0.5 * z], [-0.02, 0.5 * z]])
        draft.add(forms.sideways(forms.plate(gable, x)).translate((0, y / 2, 0)))
        draft.add(forms.cuboid((x, 0.3 * z, 0.03), (0, y / 2 + 0.6 * z, 0)))
    if rng.random() < 0.5 and box_like:
        window = outlines.any_outline(rng, rng.uniform(0.2, 0.38) * x, rng.uniform(0.15, 0.35) * y)
        draft.cut(forms.plate(window, 0.1, z / 2).translate((0, rng.uniform(-0.1, 0.1) * y, 0)))
    if box_like:
        for name, face in faces.faces_of(x, y, z, 0.8).items():
            if name in ("front", "right", "left", "back"):
                _print(rng, draft, face)
        seam = np.array([[-x / 2, rng.uniform(-0.4, 0.4) * y]]) + np.array([[0, 0], [x, 0]])
        skins.stitches(draft, front(z / 2 + 0.004)(seam), 0.07)
    if rng.random() < 0.35:
        tab = forms.plate(
            forms.section(
                outlines.box(0.5 * x, 0.3, 0.08, 3),
                [outlines.box(0.2, 0.06, 0.03, 3) + np.array([0, 0.05])],
            ),
            0.02,
        )
        draft.add(tab.translate((0, y / 2 + 0.12, low + 0.02)))
    if opened and rng.random() < 0.6:
        n = int(rng.integers(1, 5))
        r = min(0.4 * x / n, 0.4 * (high - low))
        item = forms.lathe(
            np.array([[r, -0.3 * y], [r, 0.45 * y], [0.5 * r, 0.55 * y], [0.5 * r, 0.62 * y]]), 20
        )
        draft.add(
            forms.along(item, [((k - (n - 1) / 2) * 0.85 * x / n, 0, 0) for k in range(n)]), part=1
        )
    return draft.finish("carton")


def _flaps(rng: np.random.Generator, draft: Draft, size: tuple[float, float, float]) -> None:
    """Four flaps around the open top, each at its own angle."""
    x, y, z = size
    for angle, wide, out in ((0, x, z), (90, z, x), (180, x, z), (270, z, x)):
        if rng.random() < 0.2:
            continue
        long, cut = rng.uniform(0.25, 0.6) * min(x, z), rng.uniform(0, 0.2) * wide
        half = wide / 2 - 0.005
        plan = np.array([[-half, 0], [half, 0], [half - cut, long], [cut - half, long]])
        flap = forms.plate(outlines.rounded(plan, rng.uniform(0, 0.1), 3), 0.02)
        flap = flap.rotate((rng.uniform(20, 130), 0, 0)).translate(
            (0, y / 2 - 0.01, out / 2 - 0.01)
        )
        draft.add(flap.rotate((0, angle, 0)))


def _print(rng: np.random.Generator, draft: Draft, face: faces.Face) -> None:
    """Lettering, a sign, a pattern or nothing on a face of a carton."""
    kind, w, h = int(rng.integers(5)), face.width, face.height
    strokes: list[Floats] = []
    if kind == 0:
        strokes = lettering.fitted(rng, w, 0.3 * h, 0, 0.3 * h) + screens.icon(
            rng, 0.4 * min(w, h), 0, -0.1 * h
        )
    elif kind == 1:
        strokes = ornaments.pattern(rng, w, h)
    elif kind == 2:
        strokes = screens.content(rng, w, h)
    elif kind == 3:
        outline = outlines.any_outline(rng, 0.4 * w, 0.3 * h)
        strokes = [screens.loop(k * outline) for k in (1.0, rng.uniform(0.5, 0.9))]
    face.draw(draft, strokes, lift=0.003)


def closure(rng: np.random.Generator) -> Solid:
    """A bottle closure: ribbed skirt, tamper band, flip lid, spout; the neck stands below it."""
    draft = Draft()
    r, h = rng.uniform(0.45, 0.8), rng.uniform(0.4, 1.1)
    top = r * rng.uniform(0.7, 1.0)
    profile = np.array(
        [[r, 0], [r * rng.uniform(0.95, 1.02), 0.5 * h], [top, 0.93 * h], [0.92 * top, h]]
    )
    draft.add(forms.lathe(profile, 48))
    n, kind = int(rng.integers(10, 48)), int(rng.integers(4))
    low, high = rng.uniform(0.05, 0.25) * h, rng.uniform(0.7, 0.95) * h
    if kind == 0:
        rib = forms.rod(
            (0, low, r), (0, high, 0.98 * top + 0.005), rng.uniform(0.5, 1.2) * r / n, segments=8
        )
        draft.add(forms.around(rib, n))
    elif kind == 1:
        ring = outlines.gear(n, 1.06, 1.0)
        skirt = np.array([[r, low], [top + 0.02, high]])
        draft.add(forms.turned(skirt, ring, rng.uniform(0, 25)))
    elif kind == 2:
        dent = forms.sphere((0.35 * r, 0.5 * h, 0.2 * r), (0, 0.5 * h, 1.05 * r), 20)
        draft.cut(forms.around(dent, int(rng.integers(2, 9))))
    else:
        for at in np.linspace(low, high, int(rng.integers(2, 7))):
            draft.cut(forms.drum(2, 0.03, float(at)) - forms.drum(0.94 * min(r, top), 9, -1))
    if rng.random() < 0.6:
        band = forms.drum(1.04 * r, rng.uniform(0.08, 0.16), -0.2, 48)
        gap = forms.cuboid((0.03, 0.2, 0.3), (0, -0.06, r))
        draft.add(band, forms.drum(0.96 * r, 0.3, -0.2))
        draft.cut(forms.around(gap, int(rng.integers(6, 20))))
    _outlet(rng, draft, h, top)
    neck = np.array(
        [[0.78 * r, 0.1], [0.78 * r, -0.3], [0.9 * r, -0.33], [0.9 * r, -0.42], [0.8 * r, -0.45]]
    )
    shoulder = np.array(
        [[r * rng.uniform(1, 2.2), -rng.uniform(0.8, 1.4)], [r * rng.uniform(1, 2.4), -1.8]]
    )
    if rng.random() < 0.75:
        draft.add(forms.lathe(np.vstack([neck, shoulder])[::-1], 40), part=1)
    return draft.finish("closure")


def _outlet(rng: np.random.Generator, draft: Draft, h: float, top: float) -> None:
    """What the top of a closure carries: a lid on a hinge, a spout, a pull valve, a sign."""
    kind = int(rng.integers(5))
    if kind == 0:
        angle = rng.uniform(0, 130)
        lid = forms.drum(0.92 * top, 0.16, 0.02, 40) - forms.drum(0.8 * top, 0.1, 0)
        lid += forms.lathe(np.array([[0.14, -0.04], [0.1, 0.1]]), 16)
        lid = lid.translate((0, 0, top)).rotate((-angle, 0, 0)).translate((0, h, -top))
        tube = forms.lathe(np.array([[0.2 * top, h - 0.1], [0.16 * top, h + 0.15]]), 20)
        draft.add(lid, tube - forms.drum(0.08 * top, 2, h))
        thumb = forms.soft_box((0.3, 0.1, 0.1), 0.04, 0.02, 1, (0, h - 0.05, top))
        draft.add(thumb)
    elif kind == 1:
        long, tip = rng.uniform(0.3, 1.0), rng.uniform(0.06, 0.2)
        cone = np.array(
            [[0.5 * top, h - 0.05], [rng.uniform(0.2, 0.4) * top, h + 0.4 * long], [tip, h + long]]
        )
        spout = forms.lathe(outlines.spline(cone, 4), 28) - forms.drum(0.5 * tip, 9, h)
        draft.add(spout.rotate((rng.uniform(0, 0.1), 0, 0)))
    elif kind == 2:
        points = np.array(
            [[0.5, 0], [0.4, 0.25], [0.4, 0.35], [0.52, 0.4], [0.5, 0.55], [0.3, 0.6]]
        )
        valve = forms.lathe(points * [top, rng.uniform(0.6, 1.1)] + np.array([0, h - 0.02]), 32)
        slot = forms.cuboid((0.06, 1, 0.3), (0, h + 0.3, 0.5 * top))
        draft.add(valve - forms.around(slot, int(rng.integers(0, 6)) + 1))
    else:
        plan = outlines.any_outline(rng, 0.6 * top, 0.6 * top)
        draft.add(forms.slab(forms.section(plan, [rng.uniform(0.6, 0.9) * plan]), 0.06, h - 0.02))
        strokes = (
            screens.icon(rng, 0.5 * top)
            if kind == 3
            else lettering.fitted(rng, 0.8 * top, 0.4 * top)
        )
        faces.Face("top", (0, h, 0), top, top).draw(draft, strokes, lift=0.004)


def _fitment(rng: np.random.Generator, draft: Draft, w: float, h: float, deep: float) -> None:
    """A spout with its cap or a hanging hole, and perforations."""
    if rng.random() < 0.4:
        r, x = rng.uniform(0.1, 0.18), rng.uniform(-0.6, 0.6) * w
        points = np.array(
            [
                [r, h - 0.1],
                [r, h + 0.1],
                [1.4 * r, h + 0.12],
                [1.4 * r, h + 0.4],
                [1.2 * r, h + 0.43],
            ]
        )
        cap = forms.lathe(points, 24) + forms.slab(
            outlines.gear(20, 1.5 * r, 1.4 * r), 0.2, h + 0.15
        )
        draft.add(cap.translate((x, 0, 0)), part=int(rng.random() < 0.5))
    elif rng.random() < 0.6:
        hole = forms.plate(outlines.any_outline(rng, 0.14, 0.05), 1).translate((0, 0.965 * h, 0))
        draft.cut(hole)
    if rng.random() < 0.3:
        dots = ornaments.holes(rng, 0.8 * w, 0.2 * h, 20)
        draft.cut(
            forms.plate(CrossSection(dots, FillRule.NonZero), 0.3, -deep).translate((0, 0.3 * h, 0))
        )


def pouch(rng: np.random.Generator) -> Solid:
    """A bag or pouch: sealed rims, a gusset, notch, zipper, spout, window, printed face."""
    draft = Draft()
    h, w = rng.uniform(1.2, 2.4), rng.uniform(0.5, 0.9)
    deep = rng.uniform(0.15, 0.45)
    y = np.array([0, 0.06, 0.3, 0.65, 0.88, 1.0]) * h
    closed = rng.random() < 0.4  # a pillow pack is flat at both ends
    deeps = deep * np.array([0.06 if closed else 0.9, 0.3 if closed else 1, 1, 0.8, 0.15, 0.04])
    wide = w * np.array([1, 1, rng.uniform(0.9, 1), rng.uniform(0.88, 1), 1, 1])
    skin = skins.column(y, wide, deeps, power=rng.uniform(1.8, 2.6), count=40)
    draft.add(skin.body())
    draft.line(skin.girdle(0.93))
    for s in np.linspace(0.94, 0.99, int(rng.integers(0, 6))):
        draft.line(skin.girdle(float(s)))
    if closed:
        draft.line(skin.girdle(0.05))
        teeth = forms.plate(np.array([[-0.03, 0], [0.03, 0], [0, 0.05]]), 0.2)
        row = forms.along(teeth, [(x, 0.99 * h, 0) for x in np.linspace(-0.95, 0.95, 24) * w])
        draft.cut(row.translate((0, 0.005, 0)))
    elif rng.random() < 0.7:
        draft.line(skin.patch(outlines.ellipse(1, 1, 24), 0.02, 0.75, 0.13, 0.2))
    for turn in (0.03, 0.47, 0.53, 0.97):
        draft.line(skin.seam(turn, 0, 1))
    if rng.random() < 0.6:
        at = rng.uniform(0.8, 0.9)
        for k in (0, 0.02):
            draft.line(skin.girdle(at + k))
    panel = outlines.any_outline(rng, 1, 1)
    for k in (1.0, rng.uniform(0.5, 0.92)):
        draft.line(skin.patch(panel, rng.uniform(0.4, 0.5), 0.75, 0.2 * k, -0.15 * k))
    word = lettering.fitted(rng, 0.9, 0.16)
    draft.decal(word, lambda p: skin.on(np.stack([0.7 + p[:, 1] / h, 0.75 + 0.2 * p[:, 0]], 1)))
    for s0, t0 in rng.uniform(0.15, 0.85, (int(rng.integers(2, 8)), 2)):  # creases of the foil
        draft.line(skin.seam(0.55 + 0.4 * t0, s0, min(s0 + 0.12, 0.95), rng.uniform(-0.04, 0.04)))
    _fitment(rng, draft, w, h, deep)
    return draft.finish("pouch", crease_deg=36)


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "carton": carton,
    "closure": closure,
    "pouch": pouch,
}
