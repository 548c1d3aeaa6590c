"""Food in shapes: pasta, biscuits, chews."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, ornaments, outlines, skins
from patentzoo.data.linedraw.solids.draft import Draft, Floats, front


def _ridged_tube(rng: np.random.Generator) -> Manifold:
    """A ridged tube, straight or bent, its ends cut square or aslant."""
    r, long, n = rng.uniform(0.2, 0.5), rng.uniform(0.9, 2.2), int(rng.integers(8, 30))
    t = np.linspace(0, 2 * np.pi, 4 * n, endpoint=False)
    radius = r * (1 + rng.uniform(0.02, 0.1) * np.abs(np.cos(n * t / 2)))
    ring = np.stack([radius * np.cos(t), radius * np.sin(t)], 1)
    bow, u = rng.uniform(0, 0.9), np.linspace(-1, 1, 11)
    path = np.column_stack([0.5 * long * u, bow * (1 - u**2), 0 * u])
    tube = forms.sweep(path, ring)
    inner = np.vstack([2 * path[0] - path[1], path, 2 * path[-1] - path[-2]])
    tube -= forms.sweep(inner, outlines.ellipse(1, 1, 24), rng.uniform(0.6, 0.85) * r)
    slant = rng.uniform(0, 40)
    for sign in (-1, 1):
        knife = forms.cuboid((1, 6, 6), (sign * 0.5, 0, 0)).rotate((0, 0, slant))
        tube -= knife.translate((sign * 0.42 * long, bow * 0.3, 0))
    return tube


def _spiral(rng: np.random.Generator) -> Manifold:
    """A twisted star of two to six wings, maybe with a bore."""
    wings, r = int(rng.integers(2, 7)), rng.uniform(0.3, 0.5)
    plan = outlines.rounded(outlines.star(wings, r, rng.uniform(0.2, 0.5) * r), 0.06, 2)
    if wings == 2:
        plan = outlines.box(2 * r, 0.16, 0.05, 2)
    long = rng.uniform(1.2, 2.4)
    body = forms.section(plan).extrude(long, 30, rng.uniform(200, 900), (1, 1))
    if rng.random() < 0.4:
        body -= Manifold.cylinder(3 * long, 0.1 * r, 0.1 * r, 14, True)
    return body.translate((0, 0, -long / 2)).rotate((0, 90, 0))


def _bow_tie(rng: np.random.Generator) -> Manifold:
    """A pinched sheet with zigzag ends."""
    w, h, n = rng.uniform(1.2, 1.8), rng.uniform(0.8, 1.2), 24
    x = np.linspace(-1, 1, 25)
    pinch, folds = 1 - rng.uniform(0.4, 0.7) * np.exp(-((x / 0.25) ** 2)), rng.uniform(1, 2)
    rings = []
    for at, p in zip(x, pinch, strict=True):
        v = np.linspace(-1, 1, n)
        z = 0.16 * np.exp(-((at / 0.4) ** 2)) * np.cos(folds * np.pi * v)
        line = np.column_stack([np.full(n, at * w / 2), v * p * h / 2, z])
        rings.append(
            np.vstack([line + np.array([0, 0, 0.035]), line[::-1] - np.array([0, 0, 0.035])])
        )
    sheet = forms.loft(np.stack(rings))
    tooth = forms.plate(np.array([[0, -0.05], [0.08, 0], [0, 0.05]]), 1)
    ends = forms.along(tooth, [(-w / 2, y, 0) for y in np.arange(-0.6, 0.6, 0.1) * h])
    return sheet - forms.both_sides(ends)


def _shell(rng: np.random.Generator) -> Manifold:
    """Half a ridged hollow spindle with a lip."""
    n, r = int(rng.integers(10, 26)), rng.uniform(0.4, 0.6)
    y = np.linspace(-0.95, 0.95, 13)
    profile = np.stack([r * (1 - y**2) ** rng.uniform(0.4, 0.8) + 0.03, y], 1)
    ring = outlines.gear(n, 1.05, 0.97, 0.5)
    outer = forms.turned(profile, ring, rng.uniform(-40, 40))
    inner = forms.turned(profile * [0.84, 0.98], outlines.ellipse(1, 1, 30))
    gap = forms.cuboid((rng.uniform(0.2, 1.1) * r, 3, 2), (0, 0, 1.1))
    return outer - inner - gap


def pasta(rng: np.random.Generator) -> Solid:
    """A piece of pasta or a snack: ridged tube, spiral, bow tie, shell or wheel."""
    draft = Draft()
    kind = int(rng.integers(6))
    if kind == 5:  # a wheel
        r, n = 0.6, int(rng.integers(3, 9))
        rim = forms.section(
            outlines.gear(int(rng.integers(12, 40)), r, 0.93 * r),
            [outlines.ellipse(0.78 * r, 0.78 * r)],
        )
        spoke = forms.cuboid((r, rng.uniform(0.06, 0.12), 0.3), (0.45 * r, 0, 0))
        disc = forms.plate(rim, 0.36) + forms.around(spoke ^ forms.disc(0.85 * r, 1), n, "z")
        draft.add(disc + forms.disc(rng.uniform(0.12, 0.3) * r, 0.34) - forms.disc(0.06, 1, 0, 14))
    else:
        make = (_ridged_tube, _ridged_tube, _spiral, _bow_tie, _shell)[kind]
        draft.add(make(rng))
    return draft.finish("pasta", crease_deg=30)


def _biscuit_outline(rng: np.random.Generator) -> Floats:
    """A bone, a ring's rim, a heart, a star or any outline, about one unit wide."""
    kind = int(rng.integers(5))
    if kind <= 1:  # a bone
        a, r, lift = rng.uniform(0.5, 0.8), rng.uniform(0.18, 0.28), rng.uniform(0.12, 0.22)
        knob = outlines.ellipse(r, r, 24)
        bar = outlines.rectangle(2 * a, rng.uniform(0.18, 0.4))
        knobs = [knob + np.array([x, y]) for x in (-a, a) for y in (-lift, lift)]
        polygon = CrossSection([bar, *knobs], FillRule.NonZero).to_polygons()[0]
        return outlines.rounded(np.asarray(polygon, dtype=np.float64), 0.03, 1)
    if kind == 2:  # a heart
        t = np.linspace(0, 2 * np.pi, 44, endpoint=False)
        x = 16 * np.sin(t) ** 3
        y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
        return np.stack([-x, y], 1) / 20
    return outlines.any_outline(rng, rng.uniform(0.5, 0.9), 0.6)


def treat(rng: np.random.Generator) -> Solid:
    """A biscuit, tablet or pet chew: an outline with embossing, holes, ribs, layers, nubs."""
    draft = Draft()
    plan, thick = _biscuit_outline(rng), rng.uniform(0.12, 0.45)
    region = forms.section(plan)
    draft.add(forms.plate(region, thick))
    layers = int(rng.integers(1, 4))
    for k in range(1, layers):
        thin = region.offset(-rng.uniform(0.02, 0.06))
        draft.add(forms.plate(thin, thick * (1 + 0.35 * k)))
    face = thick / 2 * (1 + 0.35 * (layers - 1))
    inner = region.offset(-rng.uniform(0.08, 0.14))
    box = region.bounds()
    w, h = box[2] - box[0], box[3] - box[1]
    kind = int(rng.integers(5))
    if not inner.is_empty():
        tools = CrossSection(ornaments.holes(rng, w, h, 60), FillRule.NonZero) ^ inner
        if kind == 0 and not tools.is_empty():
            draft.cut(forms.plate(tools, 0.4 * thick, face), forms.plate(tools, 0.4 * thick, -face))
        elif kind == 1 and not tools.is_empty():
            draft.add(forms.plate(tools, 2 * face + 0.1))
        elif kind == 2:
            rim = region - inner
            draft.add(forms.plate(rim, 2 * face + rng.uniform(0.05, 0.15)))
            draft.decal(lettering.fitted(rng, 0.5 * w, 0.3 * h), front(face + 0.003))
        elif kind == 3:
            draft.add(
                forms.plate(inner, 2 * face + 0.1), forms.plate(inner.offset(-0.06), 2 * face + 0.2)
            )
        else:
            draft.cut(forms.plate(inner, 0.3 * thick, face))
            draft.decal(lettering.fitted(rng, 0.5 * w, 0.3 * h), front(face - 0.14 * thick))
    step = max(1, len(plan) // int(rng.integers(8, 26)))
    if rng.random() < 0.6:  # nubs or flutes around the rim
        nub = forms.disc(rng.uniform(0.03, 0.06), rng.uniform(0.5, 1.02) * thick, 0, 12)
        nubs = forms.along(nub, [(x, y, 0.0) for x, y in plan[::step]])
        draft.add(nubs) if rng.random() < 0.5 else draft.cut(nubs.scale((1, 1, 3)))
    if rng.random() < 0.3:
        draft.cut(forms.plate(outlines.any_outline(rng, 0.12 * w, 0.12 * h), 9))
    return draft.finish("treat", crease_deg=30)


def _scales(rng: np.random.Generator, draft: Draft, skin: skins.Skin) -> None:
    """Eyes, gills, side lines, scales and ribs on the skin of a lure."""
    eye = rng.uniform(0.8, 0.9)
    for side in (0.2, -0.2):
        flip = np.sign(side)
        for k in (1.0, rng.uniform(0.4, 0.7)):
            draft.line(
                skin.patch(outlines.ellipse(1, 1, 20), eye, 0.25 * flip - 0.02, 0.03 * k, 0.06 * k)
            )
        for k in range(int(rng.integers(1, 3))):
            arc = np.linspace(-0.16, 0.16, 14)
            draft.line(skin.on(np.stack([eye - 0.1 - 0.04 * k + 2 * arc**2, 0.25 * flip + arc], 1)))
        draft.line(skin.seam(0.25 * flip, 0.06, eye - 0.18, rng.uniform(-0.05, 0.05)))
    if rng.random() < 0.7:
        shape = (
            outlines.any_outline(rng, 1, 1) if rng.random() < 0.5 else outlines.ellipse(1, 1, 14)
        )
        for at in np.linspace(0.15, eye - 0.2, int(rng.integers(4, 9))):
            for t in (0.18, 0.25, 0.32, 0.68, 0.75, 0.82):
                draft.line(skin.patch(shape, float(at), t, 0.018, 0.022))
    ribs = int(rng.integers(0, 10))
    for k in range(ribs):
        draft.line(skin.girdle(0.08 + 0.5 * k / ribs))


def lure(rng: np.random.Generator) -> Solid:
    """A fishing lure: a fish-like body, eyes, gills, scales, a lip, a tail; hooks beside it."""
    draft = Draft()
    s = np.linspace(0, 1, 23)
    long, bow = rng.uniform(1.6, 3.0), rng.uniform(-0.15, 0.15)
    path = np.stack([long * (s - 0.5), bow * np.sin(np.pi * s)], 1)
    tall = skins.through(rng, 0.18, 0.4, 4, 23) * np.sqrt(
        np.clip(np.sin(np.pi * (0.03 + 0.94 * s)), 0, 1)
    )
    skin = skins.bent(
        path, tall, tall * rng.uniform(0.4, 0.9), power=rng.uniform(1.7, 2.6), count=28
    )
    draft.add(skin.body())
    _scales(rng, draft, skin)
    lip = outlines.any_outline(rng, 0.26, 0.14) + np.array([0.2, 0])
    if rng.random() < 0.6:
        bill = forms.upright(forms.pillow(lip, 0.03, 0.008, 1)).rotate((0, 0, rng.uniform(-60, 0)))
        draft.add(bill.translate((0.43 * long, -0.08, 0)))
    if rng.random() < 0.6:
        fork = np.array(
            [
                [0.1, -0.03],
                [0.1, 0.03],
                [-0.5, rng.uniform(0.2, 0.5)],
                [-0.3, 0],
                [-0.5, -rng.uniform(0.1, 0.5)],
            ]
        )
        draft.add(
            forms.pillow(outlines.rounded(fork, 0.05, 3), 0.05, 0.01, 1).translate(
                (-long / 2, 0, 0)
            )
        )
    if rng.random() < 0.5:
        fin = np.array([[-0.3, 0], [0.3, 0], [rng.uniform(-0.3, 0.1), rng.uniform(0.25, 0.5)]])
        draft.add(forms.plate(outlines.rounded(fin, 0.05, 3), 0.04).translate((0, 0.15, 0)))
    eyelet = forms.sweep(
        np.column_stack([outlines.ellipse(0.07, 0.07, 14), np.zeros(14)]),
        outlines.ellipse(0.02, 0.02, 6),
        closed=True,
    )
    draft.add(eyelet.translate((0.52 * long, 0, 0)))
    for x in (-0.25 * long, 0.15 * long)[: int(rng.integers(1, 3))]:
        draft.add(_treble(rng, eyelet).translate((x, -0.3, 0)), part=1)
    return draft.finish("lure", crease_deg=36)


def _treble(rng: np.random.Generator, eyelet: Manifold) -> Manifold:
    """A hook of two or three points below the origin."""
    drop = rng.uniform(0.3, 0.5)
    knots = np.array(
        [[0, 0, 0], [0, -drop, 0], [0.1, -drop - 0.12, 0], [0.2, -drop, 0], [0.18, -0.6 * drop, 0]]
    )
    hook = forms.sweep(outlines.spline(knots, 5), outlines.ellipse(0.018, 0.018, 6))
    return forms.around(hook, int(rng.integers(2, 4)), start_deg=20) + eyelet


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "pasta": pasta,
    "treat": treat,
    "lure": lure,
}
