"""Pans, pots, colanders and kettles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft


def pan(rng: np.random.Generator) -> Solid:
    """A pan, pot, colander or kettle with handles, lid and spout."""
    draft = Draft()
    radius, height, wall = 1.0, rng.uniform(0.2, 1.4), 0.05
    bulge = rng.uniform(0.7, 1.15)
    curve = outlines.spline(
        np.array(
            [
                [bulge * 0.85, 0],
                [bulge, 0.2 * height],
                [rng.uniform(0.9, 1.1), 0.7 * height],
                [radius, height],
            ]
        ),
        5,
    )
    curve[:, 1] = np.maximum.accumulate(np.maximum(curve[:, 1], 0))
    lip = [[radius + 0.08, height], [radius + 0.08, height + 0.05], [radius - wall, height + 0.05]]
    inner = np.stack([curve[:, 0] - wall, np.maximum(curve[:, 1], wall)], 1)[::-1]
    draft.add(forms.lathe(np.vstack([curve, lip, inner])))
    if rng.random() < 0.6:
        long = rng.uniform(0.8, 2)
        path = np.array(
            [
                [0.95, 0.8 * height, 0],
                [1.3, 0.85 * height, 0],
                [1.2 + long, rng.uniform(0.8, 1.4) * height + 0.1, 0],
            ]
        )
        ring = outlines.box(0.12, rng.uniform(0.15, 0.3), 0.05, 3)
        draft.add(
            forms.sweep(outlines.spline(path, 6), ring, np.linspace(0.8, rng.uniform(0.8, 1.4), 13))
        )
        draft.cut(forms.disc(0.05, 2, 0, 12).rotate((90, 0, 0)).translate((1.05 + long, height, 0)))
    else:
        lug = np.array(
            [
                [0.95, 0.7 * height, -0.3],
                [1.3, 0.75 * height, -0.25],
                [1.3, 0.75 * height, 0.25],
                [0.95, 0.7 * height, 0.3],
            ]
        )
        draft.add(
            forms.both_sides(forms.sweep(outlines.spline(lug, 5), outlines.ellipse(0.06, 0.05, 10)))
        )
    _lid_and_spout(rng, draft, height)
    return draft.finish("pan")


def _lid_and_spout(rng: np.random.Generator, draft: Draft, height: float) -> None:
    """The holes of a colander, a lid with its grip, a spout, each now and then."""
    if rng.random() < 0.4:
        spots = ornaments.inside(
            ornaments.holes(rng, 1.6, 1.6, 60), lambda p: np.hypot(p[:, 0], p[:, 1]) < 0.75
        )
        if spots:
            draft.cut(forms.slab(CrossSection(spots, FillRule.NonZero), 0.4, -0.2))
    if rng.random() < 0.5:
        lid = outlines.spline(
            np.array(
                [
                    [1.04, 0.06],
                    [0.9, 0.15],
                    [0.5, rng.uniform(0.15, 0.45)],
                    [0.15, rng.uniform(0.3, 0.5)],
                ]
            ),
            4,
        )
        lid[:, 1] = np.maximum.accumulate(lid[:, 1])
        grip = outlines.spline(
            np.array([[0.1, 0.0], [0.08, 0.1], [0.2, 0.2], [0.05, 0.28]]), 4
        ) + np.array(
            [
                0,
                lid[-1, 1] - 0.02,
            ]
        )
        draft.add(
            forms.lathe(np.vstack([[[1.04, 0.05]], lid]) + np.array([0, height])),
            forms.lathe(grip + np.array([0, height])),
            part=1,
        )
    if rng.random() < 0.3:
        path = np.array([[-0.8, 0.3 * height, 0], [-1.3, 0.6 * height, 0], [-1.5, 1.1 * height, 0]])
        draft.add(
            forms.sweep(
                outlines.spline(path, 5),
                outlines.ellipse(0.14, 0.14, 16),
                np.linspace(1.2, 0.6, 11),
            )
        )


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "pan": pan,
}
