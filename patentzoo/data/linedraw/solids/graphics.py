"""Thin plates whose face is the design: screens, labels, fabrics, tilings, signs, cards."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold, OpType

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, ornaments, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, Floats, Mapping, back, front, united


def display(rng: np.random.Generator) -> Solid:
    """A screen with a graphical interface on a thin panel or the outline of a phone."""
    draft = Draft()
    w, h = rng.uniform(0.9, 3.0), rng.uniform(1.2, 2.4)
    depth = rng.uniform(0.02, 0.12)
    radius = rng.uniform(0, 0.15)
    draft.add(forms.plate(outlines.box(w, h, radius), depth))
    margin = rng.uniform(0.86, 0.98)
    draft.decal([screens.frame(margin * w, margin * h, 0.8 * radius)], front(depth / 2))
    draft.decal(screens.content(rng, 0.95 * margin * w, 0.95 * margin * h), front(depth / 2))
    return draft.finish("display")


def fabric(rng: np.random.Generator) -> Solid:
    """A sheet of patterned material, flat or wavy; the pattern goes over both faces."""
    draft = Draft()
    w, h, depth = rng.uniform(1.5, 3), rng.uniform(1.5, 3), rng.uniform(0.02, 0.1)
    flat = ornaments.pattern(rng, 0.97 * w, 0.97 * h)
    lift = 0.0 if rng.random() < 0.5 else rng.uniform(0.05, 0.25)
    cycles = rng.uniform(0.5, 2)

    def height(x: Floats) -> Floats:
        """How far the sheet rises at ``x``."""
        return np.asarray(lift * np.sin(2 * np.pi * cycles * x / w))

    def face(sign: int) -> Mapping:
        """Plane to the sheet's front (1) or back (-1)."""
        level = sign * (depth / 2 + 0.004)
        return lambda p: np.column_stack([p[:, 0], p[:, 1], height(p[:, 0]) + level])

    x = np.linspace(-w / 2, w / 2, 25)
    outline = np.vstack(
        [np.stack([x, height(x) - depth / 2], 1), np.stack([x, height(x) + depth / 2], 1)[::-1]]
    )
    draft.add(forms.plate(outline, h).rotate((90, 0, 0)))
    for sign in (1, -1) if rng.random() < 0.7 else (1,):
        draft.decal(flat, face(sign), step=np.inf if lift == 0 else 0.08)
    return draft.finish("fabric")


def relief(rng: np.random.Generator) -> Solid:
    """A tile whose pattern is raised or sunk: facets, domes, ribs, hexagons."""
    draft = Draft()
    w, h, depth = rng.uniform(1.5, 2.6), rng.uniform(1.5, 2.6), rng.uniform(0.1, 0.4)
    draft.add(forms.plate(outlines.box(w, h, rng.uniform(0, 0.2)), depth))
    columns, rows = int(rng.integers(2, 7)), int(rng.integers(2, 7))
    dx, dy = 0.94 * w / columns, 0.94 * h / rows
    one, kind = outlines.any_outline(rng, 0.46 * dx, 0.46 * dy), int(rng.integers(4))
    rise = rng.uniform(0.05, 0.25)
    stud = [
        forms.plate(one, rise, rise / 2 - 0.01),
        forms.dome(one, rise, 4),
        forms.loft(
            np.stack(
                [
                    np.column_stack([one * s, np.full(len(one), z)])
                    for s, z in ((1, -0.01), (rng.uniform(0.02, 0.6), rise))
                ]
            )
        ),
        forms.plate(forms.section(one, [0.6 * one]), rise, rise / 2 - 0.01),
    ][kind].translate((0, 0, depth / 2))
    places = [
        ((i - (columns - 1) / 2) * dx, (j - (rows - 1) / 2) * dy, 0.0)
        for i in range(columns)
        for j in range(rows)
        if rng.random() < 0.95
    ]
    studs = Manifold.compose([stud.translate(p) for p in places])
    draft.add(studs)
    if rng.random() < 0.5:
        draft.cut(forms.plate(outlines.any_outline(rng, 0.4 * w, 0.4 * h), 0.5 * depth, -depth / 2))
    draft.decal(
        lettering.fitted(rng, 0.6 * w, 0.2),
        back(-depth / 2 if rng.random() < 0.5 else -depth / 4 - 1e-3),
    )
    return draft.finish("relief")


def sign(rng: np.random.Generator) -> Solid:
    """A sign, tag, key chain or ornament: cut-out letters and shapes on a shaped plate."""
    draft = Draft()
    a, b, depth = rng.uniform(0.8, 1.6), rng.uniform(0.6, 1.4), rng.uniform(0.05, 0.3)
    plan = outlines.any_outline(rng, a, b)
    region = forms.section(plan)
    if rng.random() < 0.5:
        region = region + forms.section(
            outlines.any_outline(rng, 0.7 * a, 0.6 * b)
            + np.array([rng.uniform(-0.5, 0.5) * a, 0.7 * b])
        )
    if rng.random() < 0.6:
        region = region - forms.section(outlines.ellipse(0.08, 0.08, 16) + np.array([0, 0.8 * b]))
    draft.add(forms.plate(region, depth))
    inner = region.offset(-rng.uniform(0.05, 0.15))
    if rng.random() < 0.6:
        draft.add(forms.plate(inner - inner.offset(-0.05), 0.05, depth / 2))
    if rng.random() < 0.5:
        letters = united(
            [_stroke(s, 0.05, 0.12, depth / 2) for s in lettering.fitted(rng, 1.3 * a, 0.6 * b)]
        )
        draft.add(letters)
    elif rng.random() < 0.6:
        draft.decal(lettering.fitted(rng, 1.3 * a, 0.3 * b), front(depth / 2))
        draft.decal(screens.icon(rng, 0.5 * b, 0, 0.4 * b), front(depth / 2))
    else:
        cut = outlines.any_outline(rng, 0.16 * a, 0.16 * b)
        spots = (
            ornaments.holes(rng, 1.1 * a, 1.1 * b, 30)
            if rng.random() < 0.5
            else [cut, cut + np.array([0.4 * a, 0]), cut - [0.4 * a, 0]]
        )
        draft.cut(forms.plate(CrossSection(spots, FillRule.NonZero), 3))
    return draft.finish("sign")


def _stroke(points: np.ndarray, width: float, depth: float, z: float) -> Manifold:
    pieces = []
    for a, b in pairwise(points):
        ends = [outlines.regular(6, width) + p for p in (a, b)]
        pieces.append(CrossSection.hull_points(np.vstack(ends)))
    return forms.plate(CrossSection.batch_boolean(pieces, OpType.Add), depth, z)


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "display": display,
    "fabric": fabric,
    "relief": relief,
    "sign": sign,
}
