"""Cut stones, alone or set in a frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, outlines
from patentzoo.data.linedraw.solids.draft import Draft


def facets(rng: np.random.Generator) -> Solid:
    """A faceted body: a gem, die, tent, crystal or paw of cut stones in a frame."""
    draft = Draft()
    n = int(rng.integers(3, 7))
    stone = gem(rng, int(rng.integers(5, 13)))
    if rng.random() < 0.45:
        draft.add(stone)
        return draft.finish("facets")
    plan = outlines.any_outline(rng, 1.2, 1.1)
    draft.add(forms.pillow(plan, 0.4, 0.08, int(rng.integers(1, 3))))
    size = rng.uniform(0.16, 0.3)
    gems, holes = [], []
    places = [
        (0.6 * np.cos(a), 0.6 * np.sin(a)) for a in np.pi * np.arange(n) * 2 / n + np.pi / 2
    ] + [(0.0, 0.0)]
    for x, y in places[: int(rng.integers(2, n + 2))]:
        cut = stone.scale((size, size, 0.6 * size)).translate((x, y, 0.25))
        gems.append(cut)
        holes.append(forms.disc(size * 1.08, 0.15, 0.2, 28).translate((x, y, 0)))
    draft.cut(*holes)
    draft.add(*gems, part=1)
    return draft.finish("facets")


def gem(rng: np.random.Generator, sides: int) -> Manifold:
    """A cut stone: rings of points about z joined by their convex hull."""
    oval = np.array([1.0, rng.uniform(0.6, 1.0)])
    table = rng.uniform(0.4, 0.7)
    levels = [
        (table, 0.35, 0),
        (rng.uniform(0.78, 0.92), 0.2, 1),
        (1.0, 0.03, 0),
        (1.0, -0.03, 0),
        (rng.uniform(0.4, 0.7), -0.4, 1),
        (0.02, -0.8, 0),
    ]
    points = [
        np.column_stack(
            [outlines.regular(sides, r, half * np.pi / sides) * oval, np.full(sides, z)]
        )
        for r, z, half in levels
    ]
    return Manifold.hull_points(np.vstack(points))


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "facets": facets,
}
