"""Soles of shoes with their tread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, ornaments, outlines, skins
from patentzoo.data.linedraw.solids.draft import Draft, Floats, plane


def _sole_outline(rng: np.random.Generator, w: float, long: float) -> Floats:
    """A left sole seen from above, toe up."""
    arch, heel = rng.uniform(0.5, 0.75), rng.uniform(0.62, 0.85)
    knots = np.array(
        [
            [0.02, -0.5],
            [0.4 * heel, -0.42],
            [0.47 * heel, -0.28],
            [0.5 * arch, -0.05],
            [0.5, 0.22],
            [rng.uniform(0.25, 0.42), 0.42],
            [rng.uniform(0, 0.12), 0.5],
            [-0.36, 0.4],
            [-0.5, 0.18],
            [-0.3 * arch - 0.14, -0.05],
            [-0.45 * heel, -0.3],
            [-0.36 * heel, -0.43],
        ]
    )
    return outlines.spline(knots, 4, closed=True) * [w, long]


def _tread(rng: np.random.Generator, w: float, long: float) -> CrossSection:
    """Blocks for one zone of a sole: lugs, bars, chevrons, waves or rings."""
    kind = int(rng.integers(5))
    if kind == 0:
        return CrossSection(ornaments.holes(rng, w, long, 60), FillRule.NonZero)
    pitch, share = rng.uniform(0.1, 0.26), rng.uniform(0.45, 0.75)
    strips = []
    x = np.linspace(-0.55, 0.55, 19) * w
    bend, waves = rng.uniform(-0.3, 0.3), int(rng.integers(1, 6))
    for y in np.arange(-0.7 * long, 0.7 * long, pitch):
        if kind == 1:
            line = y + bend * (x / w) ** 2 * 4
        elif kind == 2:
            line = y + bend * np.abs(x / w) * 2
        elif kind == 3:
            line = y + 0.3 * pitch * np.sin(2 * np.pi * waves * x / w)
        else:
            line = y + bend * x / w
        low, high = np.stack([x, line], 1), np.stack([x, line + share * pitch], 1)
        strips.append(np.vstack([low, high[::-1]]))
    region = CrossSection(strips, FillRule.NonZero)
    if rng.random() < 0.5:
        cuts = [
            outlines.rectangle(0.05, 3 * long) + np.array([c * w, 0])
            for c in rng.uniform(-0.3, 0.3, 2)
        ]
        region -= CrossSection(cuts, FillRule.NonZero)
    return region


def outsole(rng: np.random.Generator) -> Solid:
    """The sole of a shoe from below: rim, zones of tread, flex grooves, a shank with lettering."""
    draft = Draft()
    w, long, thick = rng.uniform(0.75, 0.95), rng.uniform(2.1, 2.5), rng.uniform(0.12, 0.35)
    plan = _sole_outline(rng, w, long)
    region = forms.section(plan)
    draft.add(forms.slab(region, thick))
    ring = np.column_stack([plan[:, 0], np.zeros(len(plan)), -plan[:, 1]])
    for y in rng.uniform(0.1, 0.9, int(rng.integers(1, 4))) * thick:
        edge = ring * [1.006, 0, 1.003] + np.array([0, y, 0])
        draft.line(edge, closed=True)
        if rng.random() < 0.4:
            skins.stitches(draft, edge + np.array([0, 0.03, 0]), 0.08)
    inner = region.offset(-rng.uniform(0.03, 0.09))
    depth = rng.uniform(0.05, 0.15)
    for low, high in ((-0.5, -0.14), (0.02, 0.5)):  # heel and fore foot
        zone = forms.section(
            outlines.rectangle(2 * w, (high - low) * long) + np.array([0, (low + high) / 2 * long])
        )
        blocks = _tread(rng, w, long) ^ inner ^ zone
        if not blocks.is_empty():
            draft.add(forms.slab(blocks, depth + 0.02, -depth))
        if rng.random() < 0.4:
            disc = forms.section(
                outlines.any_outline(rng, 0.2, 0.2) + np.array([0, (low + high) / 2 * long])
            )
            draft.cut(forms.slab(disc, depth + 0.01, -depth - 0.005))
            draft.add(forms.slab(disc.offset(-0.05), depth + 0.02, -0.8 * depth))
    if rng.random() < 0.5:
        rim = region - inner
        draft.add(forms.slab(rim, depth * rng.uniform(0.3, 1) + 0.02, -0.5 * depth))
    below = plane((0, -0.004, 0), (1, 0, 0), (0, 0, 1))
    draft.decal(lettering.fitted(rng, 0.42 * w, 0.14, 0, 0.06 * long), below)
    bumps = int(rng.integers(0, 9))
    for k in range(bumps):  # ribs of the side wall
        at = ring[(5 * k + 2) % len(ring)]
        draft.add(
            forms.cuboid(
                (0.06, 0.8 * thick, 0.08), at * [1.0, 0, 1.0] + np.array([0, thick / 2, 0])
            )
        )
    if rng.random() < 0.6:
        _upper(rng, draft, plan, thick)
    if rng.random() < 0.6:  # tread to the viewer
        draft.forms = {key: [draft.united(key).rotate((-90, 0, 0))] for key in draft.forms}
        draft.lines = [(p[..., [0, 2, 1]] * [1, 1, -1], key) for p, key in draft.lines]
    return draft.finish("outsole")


def _upper(rng: np.random.Generator, draft: Draft, plan: Floats, thick: float) -> None:
    """The shoe above the sole, as surroundings."""
    y, high = np.linspace(0, 1, 8), rng.uniform(0.4, 0.8)
    rings = []
    for k in y:
        size, back = 0.97 - 0.3 * k, 0.62 * k**0.8
        x, z = size * plan[:, 0], -plan[:, 1] * (0.97 - 0.55 * k**0.8)
        rings.append(np.column_stack([x, np.full(len(x), thick + high * k), z + back]))
    skin = skins.Skin(np.stack(rings))
    draft.add(skin.body(), part=1)
    for s in rng.uniform(0.1, 0.9, 2):
        draft.line(skin.girdle(float(s)), part=1)


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "outsole": outsole,
}
