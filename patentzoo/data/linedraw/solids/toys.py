"""Figures: animals, dolls, robots."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, front


def _limb(
    rng: np.random.Generator,
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    r: float,
) -> Manifold:
    bend = rng.uniform(-0.15, 0.15, 3)
    knots = np.stack([start, (np.add(start, end)) / 2 + bend, end])
    path = outlines.spline(knots, 5)
    wide = np.interp(np.linspace(0, 1, len(path)), [0, 0.5, 1], r * rng.uniform(0.7, 1.2, 3))
    tip = forms.sphere((1.2 * r, r, 1.6 * r), end, 14)
    return forms.sweep(path, outlines.ellipse(1, 1, 14), wide) + tip


def _head(rng: np.random.Generator, r: float) -> tuple[Manifold, Manifold]:
    """A head about the origin that looks to the viewer, and its eyes and nose."""
    shape = rng.uniform(0.8, 1.2, 3) * r
    head = forms.sphere(shape, (0, 0, 0), 22)
    if rng.random() < 0.5:
        head += forms.sphere(rng.uniform(0.35, 0.6, 3) * r, (0, -0.25 * r, 0.8 * shape[2]), 16)
    kind, e = int(rng.integers(4)), rng.uniform(0.25, 0.7) * r
    at = (0.65 * shape[0], 0.75 * shape[1], 0.0)
    if kind == 0:
        ear = forms.lens(outlines.ellipse(0.6 * e, e, 20), 0.2 * e, 0.2 * e).translate(at)
    elif kind == 1:
        ear = forms.rod(
            (0.5 * shape[0], 0.6 * shape[1], 0),
            (0.8 * shape[0], shape[1] + e, 0),
            0.5 * e,
            0.05 * e,
        )
    elif kind == 2:
        ear = (
            forms.lens(outlines.ellipse(0.35 * e, 1.6 * e, 20), 0.2 * e, 0.2 * e)
            .rotate((0, 0, -rng.uniform(0, 140)))
            .translate(at)
        )
    else:
        ear = forms.sphere((e, e, 0.5 * e), at, 16)
    head += forms.both_sides(ear)
    eye = forms.sphere(
        (0.13 * r, 0.13 * r, 0.1 * r), (0.35 * shape[0], 0.2 * r, 0.92 * shape[2]), 12
    )
    nose = forms.sphere((0.18 * r, 0.12 * r, 0.15 * r), (0, -0.1 * r, 1.25 * shape[2]), 12)
    return head, forms.both_sides(eye) + nose


def animal(rng: np.random.Generator) -> Solid:
    """An animal on four legs or sitting, or a fish: ellipsoids, limbs, ears, a tail."""
    draft = Draft()
    a, b, long = rng.uniform(0.45, 0.8), rng.uniform(0.4, 0.8), rng.uniform(0.7, 1.4)
    draft.add(forms.sphere((a, b, long), (0, 0, 0), 26))
    if rng.random() < 0.5:
        draft.add(
            forms.sphere(
                (0.9 * a, rng.uniform(0.8, 1.2) * b, 0.6 * long),
                (0, rng.uniform(0, 0.2), 0.45 * long),
                22,
            )
        )
    r, drop = rng.uniform(0.12, 0.26), rng.uniform(0.4, 1.1)
    for z in (0.55 * long, -0.55 * long):
        leg = _limb(rng, (0.6 * a, -0.3 * b, z), (0.7 * a, -b - drop, z + 0.1), r)
        draft.add(forms.both_sides(leg))
    head, eyes = _head(rng, rng.uniform(0.35, 0.7))
    at = (0.0, rng.uniform(0.4, 1.2), long * rng.uniform(0.9, 1.2))
    draft.add(head.translate(at), forms.rod((0, 0, 0.6 * long), at, 0.3, 0.22))
    draft.add(eyes.translate(at), part=1)
    tail = outlines.spline(
        np.array(
            [
                [0, 0.1, -0.9 * long],
                [0, rng.uniform(0, 0.6), -1.3 * long],
                [0, rng.uniform(-0.4, 1.0), -1.6 * long],
            ]
        ),
        6,
    )
    draft.add(
        forms.sweep(
            tail,
            outlines.ellipse(1, 1, 12),
            np.linspace(rng.uniform(0.08, 0.25), rng.uniform(0.03, 0.2), 13),
        )
    )
    n = int(rng.integers(0, 8))
    if n > 3:  # plates or a mane along the back
        fin = forms.sideways(forms.plate(outlines.any_outline(rng, 0.2, 0.25), 0.08))
        ridge = np.linspace(-0.7, 0.6, n) * long
        draft.add(forms.along(fin, [(0, b * np.sqrt(1 - (k / long) ** 2), k) for k in ridge]))
    if rng.random() < 0.3:
        belt = forms.sphere((1.04 * a, 1.04 * b, long), (0, 0, 0), 26) ^ forms.cuboid((9, 9, 0.25))
        draft.add(belt)
    return draft.finish("animal")


def figure(rng: np.random.Generator) -> Solid:
    """A doll, robot or figurine standing upright, of round or boxy members."""
    draft = Draft()
    boxy = rng.random() < 0.45
    w, h, d = rng.uniform(0.7, 1.1), rng.uniform(0.8, 1.5), rng.uniform(0.4, 0.7)
    if boxy:
        draft.add(forms.soft_box((w, h, d), rng.uniform(0.02, 0.2), 0.04, 2, (0, h / 2, 0)))
        faces.dress(rng, draft, faces.Face("front", (0, h / 2, d / 2), 0.7 * w, 0.7 * h), most=3)
        faces.dress(rng, draft, faces.Face("back", (0, h / 2, -d / 2), 0.7 * w, 0.7 * h), most=2)
    else:
        profile = outlines.spline(
            np.stack([rng.uniform(0.6, 1.1, 4) * w / 2, np.linspace(0, h, 4)], 1), 6
        )
        draft.add(forms.lathe(profile, 28).scale((1, 1, rng.uniform(0.6, 1))))
    limb = (w / 2, h - 0.2, 0.0)
    hand, r = (
        (w / 2 + rng.uniform(0.1, 0.9), h - rng.uniform(-0.3, 1.2), rng.uniform(-0.1, 0.5)),
        rng.uniform(0.1, 0.2),
    )
    drop, foot = rng.uniform(0.4, 1.2), rng.uniform(0.2, 0.35)
    if boxy:
        draft.add(
            forms.both_sides(
                forms.rod(limb, hand, r, segments=4)
                + forms.soft_box((0.3, 0.3, 0.35), 0.06, 0.03, 1, hand)
            )
        )
        draft.add(
            forms.both_sides(forms.cuboid((0.3 * w, drop + 0.1, 0.5 * d), (0.28 * w, -drop / 2, 0)))
        )
        draft.add(
            forms.both_sides(
                forms.soft_box((0.4 * w, foot, 1.1 * d), 0.05, 0.03, 1, (0.28 * w, -drop, 0.15 * d))
            )
        )
    else:
        draft.add(forms.both_sides(_limb(rng, limb, hand, r)))
        draft.add(forms.both_sides(_limb(rng, (0.25 * w, 0.1, 0), (0.3 * w, -drop, 0.05), 1.2 * r)))
    _figure_head(rng, draft, boxy, h)
    if rng.random() < 0.4:
        draft.add(
            forms.slab(outlines.any_outline(rng, 0.8, 0.7), 0.15, -drop - 0.2 - foot / 2), part=2
        )
    return draft.finish("figure")


def _figure_head(rng: np.random.Generator, draft: Draft, boxy: bool, h: float) -> None:
    """A boxy head with a screen face and antennas, or an animal head."""
    size = rng.uniform(0.35, 0.7)
    if boxy and rng.random() < 0.7:
        y = h + size
        draft.add(
            forms.soft_box((1.8 * size, 1.5 * size, 1.3 * size), 0.2 * size, 0.05, 2, (0, y, 0)),
            forms.drum(0.3 * size, 0.4, h - 0.1),
        )
        draft.decal(screens.content(rng, 1.4 * size, 1.1 * size), front(0.65 * size, 0, y))
        if rng.random() < 0.6:
            draft.add(
                forms.both_sides(
                    forms.rod((0.4 * size, y, 0), (0.6 * size, y + 1.4 * size, 0), 0.04)
                    + forms.sphere((0.09, 0.09, 0.09), (0.6 * size, y + 1.4 * size, 0), 10)
                )
            )
    else:
        head, eyes = _head(rng, size)
        draft.add(head.translate((0, h + 0.8 * size, 0)), forms.drum(0.4 * size, 0.5, h - 0.2))
        draft.add(eyes.translate((0, h + 0.8 * size, 0)), part=1)


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "animal": animal,
    "figure": figure,
}
