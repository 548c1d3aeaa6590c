"""Shower heads, mirrors, rackets on a handle; pumps and sprayers on a bottle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lathed, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats
from patentzoo.data.linedraw.solids.swept import grip, grip_path


def shower(rng: np.random.Generator) -> Solid:
    """A head on a handle: shower head, microphone, mirror, racket, magnifier, paddle."""
    draft = Draft()
    path = grip_path(rng, rng.uniform(1.6, 3.2))
    scale = grip(rng, draft, path)
    a, b, d = rng.uniform(0.5, 1.1), rng.uniform(0.5, 1.2), rng.uniform(0.08, 0.4)
    plan = outlines.any_outline(rng, a, b)
    head = forms.pillow(plan, d, 0.3 * d, 2)
    inner = rng.uniform(0.75, 0.92) * plan
    kind = int(rng.integers(4))
    if kind == 0:
        head -= forms.plate(inner, 3)
        bars = [
            outlines.rectangle(0.02, 4) + np.array([x, 0])
            for x in np.linspace(-a, a, int(rng.integers(5, 12)))
        ]
        bars += [
            outlines.rectangle(4, 0.02) + np.array([0, y])
            for y in np.linspace(-b, b, int(rng.integers(5, 12)))
        ]
        head += forms.plate(CrossSection(bars, FillRule.NonZero) ^ forms.section(inner), 0.04)
    elif kind == 1:
        head -= forms.plate(inner, 0.1 * d, d / 2)
        cells = ornaments.inside(
            ornaments.holes(rng, 1.5 * a, 1.5 * b, 60),
            lambda p: np.hypot(p[:, 0] / a, p[:, 1] / b) < 0.7,
        )
        if cells:
            head += forms.plate(CrossSection(cells, FillRule.NonZero), 0.2 * d, 0.5 * d)
    elif kind == 2:
        head += forms.lens(inner, 0.4 * d, 0.3 * d + d / 2)
    else:
        for s in rng.uniform(0.2, 0.95, 3):
            head += forms.plate(forms.section(s * inner, [(s - 0.06) * inner]), 0.15 * d, d / 2)
    tilt = rng.uniform(-10, 45) if kind != 0 else 0.0
    draft.add(head.rotate((tilt, 0, 0)).translate(tuple(path[-1] + [0, 0.95 * b, 0.1 * tilt / 45])))
    draft.add(forms.rod(path[-1] - [0, 0.1, 0], path[-1] + [0, 0.25, 0], float(scale[-1, 0]) * 1.1))
    if rng.random() < 0.4:
        wire = outlines.spline(
            np.vstack(
                [
                    path[0] + [0, 0.1, 0],
                    path[0] - [0, 0.4, 0],
                    path[0] - [0.3, 1.0, rng.uniform(-0.4, 0.4)],
                ]
            ),
            6,
        )
        draft.add(forms.sweep(wire, outlines.ellipse(0.07, 0.07, 10)), part=1)
    return draft.finish("shower")


def pump(rng: np.random.Generator) -> Solid:
    """A pump or trigger sprayer on a bottle, a dispenser, a fire extinguisher."""
    draft = Draft()
    h = rng.uniform(1.5, 3)
    body = lathed.silhouette(rng, h, 0.6, 0.9, int(rng.integers(3, 6)))
    r = rng.uniform(0.2, 0.35)
    profile: Floats = np.vstack([body, [[r, h + 0.25], [r, h + 0.5]]])
    plan = outlines.any_outline(rng, 1, rng.uniform(0.6, 1))
    draft.add(forms.lathe(profile) if rng.random() < 0.5 else forms.turned(profile, plan))
    if rng.random() < 0.6:
        draft.add(lathed.ribs(rng, profile, 0.2 * h, rng.uniform(0.4, 0.8) * h))
    y = h + 0.4
    draft.add(*lathed.screw_cap(rng, 1.2 * r, y - 0.1), part=1)
    draft.add(forms.drum(0.5 * r, 0.9, y, 20), part=1)
    spout = np.array(
        [
            [-0.3, -0.12],
            [0.4, -0.12],
            [rng.uniform(0.6, 1.2), rng.uniform(-0.3, 0.05)],
            [0.6, 0.12],
            [0.2, 0.25],
            [-0.35, 0.2],
        ]
    )
    head = forms.pillow(outlines.rounded(spout, 0.1, 3), rng.uniform(0.2, 0.5), 0.05, 2)
    draft.add(head.translate((0, y + 0.85, 0)), part=1)
    if rng.random() < 0.6:
        lever = outlines.spline(
            np.array([[0.3, 0, 0], [0.5, -0.4, 0], [rng.uniform(0.4, 0.8), -0.9, 0]]), 6
        )
        draft.add(
            forms.sweep(lever, outlines.box(0.08, 0.25, 0.03, 2)).translate((0, y + 0.85, 0)),
            part=1,
        )
    return draft.finish("pump")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "shower": shower,
    "pump": pump,
}
