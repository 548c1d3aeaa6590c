"""Seating and beds: chairs, stools, sofas, benches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, outlines
from patentzoo.data.linedraw.solids.draft import Draft
from patentzoo.data.linedraw.solids.furniture import backrest, four_legs, leg, support


def _cushion(rng: np.random.Generator, x: float, z: float, thick: float) -> Manifold:
    """A seat pad lying in the ground plan, its underside at y = 0."""
    plan = outlines.box(2 * x, 2 * z, rng.uniform(0.05, 0.5) * min(x, z), 4)
    if rng.random() < 0.3:
        plan = outlines.any_outline(rng, x, z)
    if rng.random() < 0.4:
        return forms.dome(plan, thick, 5, rng.uniform(2, 5)).rotate((-90, 0, 0))
    edge = min(0.45 * thick, 0.2 * min(x, z))
    return (
        forms.pillow(plan, thick, edge, int(rng.integers(1, 4)))
        .rotate((-90, 0, 0))
        .translate((0, thick / 2, 0))
    )


def chair(rng: np.random.Generator) -> Solid:
    """A chair or stool."""
    draft = Draft()
    x, z, y = rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.55), rng.uniform(0.5, 1.2)
    draft.add(support(rng, x, z, y))
    thick = rng.uniform(0.05, 0.25)
    draft.add(_cushion(rng, x, z, thick).translate((0, y - 0.02, 0)), part=1)
    if rng.random() < 0.85:
        height, lean = rng.uniform(0.4, 1.2), rng.uniform(0, 22)
        back = backrest(rng, x * rng.uniform(0.8, 1), height)
        if rng.random() < 0.4:
            bow = rng.uniform(0.1, 0.5)
            back = back.refine_to_length(0.2).warp_batch(
                lambda p: np.column_stack([p[:, 0], p[:, 1], p[:, 2] + bow * p[:, 0] ** 2])
            )
        draft.add(back.rotate((-lean, 0, 0)).translate((0, y + 0.3 * thick, -0.9 * z)), part=2)
        if rng.random() < 0.5:
            h = rng.uniform(0.25, 0.4)
            knots = np.array(
                [
                    [x, y, 0.7 * z],
                    [1.05 * x, y + h, 0.6 * z],
                    [1.05 * x, y + h + 0.05, -0.5 * z],
                    [0.95 * x, y + h, -z],
                ]
            )
            ring = outlines.box(0.1, rng.uniform(0.05, 0.12), 0.02, 2)
            draft.add(forms.both_sides(forms.sweep(outlines.spline(knots, 5), ring)), part=1)
    return draft.finish("chair")


def sofa(rng: np.random.Generator) -> Solid:
    """A sofa, armchair or bench with cushions, arms and short legs."""
    draft = Draft()
    seats = int(rng.integers(1, 4))
    w, d, y = 0.7 * seats, rng.uniform(0.7, 1), rng.uniform(0.25, 0.45)
    arm, arm_h, back_h = rng.uniform(0.1, 0.3), rng.uniform(0.15, 0.45), rng.uniform(0.4, 0.8)
    draft.add(forms.cuboid((w, 0.2, d), (0, y - 0.1, 0)))
    for k in range(seats):
        at = (k - (seats - 1) / 2) * 0.7
        draft.add(forms.soft_box((0.69, 0.18, d - 0.2), 0.06, 0.05, 3, (at, y + 0.09, 0.1)))
        back = forms.soft_box((0.68, back_h, 0.22), 0.1, 0.08, 3)
        draft.add(
            back.rotate((-rng.uniform(8, 12), 0, 0)).translate(
                (at, y + 0.15 + back_h / 2, -0.3 * d)
            )
        )
    draft.add(forms.soft_box((w, back_h + 0.1, 0.16), 0.05, 0.04, 2, (0, y + back_h / 2, -d / 2)))
    side = outlines.rounded(
        np.array(
            [
                [-d / 2, -0.3],
                [d / 2, -0.3],
                [d / 2, rng.uniform(0.5, 1) * arm_h],
                [-d / 2, arm_h + rng.uniform(0, 0.2)],
            ]
        ),
        0.1,
        4,
    )
    panel = forms.pillow(side, arm, 0.3 * arm, int(rng.integers(1, 4))).rotate((0, -90, 0))
    draft.add(forms.both_sides(panel.translate((w / 2 + arm / 2 - 0.01, y + 0.1, 0))))
    draft.add(four_legs(rng, 0.45 * w, 0.42 * d, y - 0.15, rng.uniform(0, 0.1)))
    if rng.random() < 0.5:
        for k in range(seats):
            for u, v in ((-0.15, 0.2), (0.15, 0.2), (-0.15, 0.4), (0.15, 0.4)):
                at = (k - (seats - 1) / 2) * 0.7 + u
                draft.add(
                    forms.sphere(
                        (0.025, 0.025, 0.15), (at, y + 0.15 + v * back_h * 1.5, -0.22 * d), 10
                    )
                )
    return draft.finish("sofa")


def bed(rng: np.random.Generator) -> Solid:
    """A bed, cot or bench: boards at head and foot, rails, a mattress, pillows."""
    draft = Draft()
    x, d, y = rng.uniform(0.5, 0.9), rng.uniform(0.9, 1.1), rng.uniform(0.2, 0.4)
    draft.add(forms.both_sides(forms.cuboid((0.05, 0.18, 2 * d), (x, y, 0))))
    head, foot = rng.uniform(0.5, 1.1), rng.uniform(0.1, 0.6)
    draft.add(
        backrest(rng, x, head).translate((0, y, -d)),
        backrest(rng, x, foot).translate((0, y - 0.1, d)),
    )
    post = leg(rng)
    for z, h in ((-d, head), (d, foot)):
        draft.add(forms.both_sides(post(np.array([x, y + h, z]), np.array([x, 0.0, z]))))
    draft.add(forms.soft_box((1.9 * x, 0.2, 1.9 * d), 0.05, 0.04, 3, (0, y + 0.15, 0)), part=1)
    for k in range(int(rng.integers(0, 3))):
        pillow = forms.lens(outlines.box(0.7 * x, 0.4, 0.1, 4), 0.1, 0.1, 2.5).rotate((-90, 0, 0))
        draft.add(pillow.translate(((k - 0.5) * 0.9 * x, y + 0.3, -0.7 * d)), part=1)
    return draft.finish("bed")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "chair": chair,
    "sofa": sofa,
    "bed": bed,
}
