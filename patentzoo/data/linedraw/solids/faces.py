"""What sits on the faces of a box-like body: buttons, vents, sockets, screens, feet, knobs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solids import forms, lettering, ornaments, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, Floats, plane, united

# Right and up of each face as seen by a viewer in front of it; the last is the way out.
_AXES: dict[str, tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]] = {
    "front": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "back": ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
    "right": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "left": ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),
    "top": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "bottom": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
}


@dataclass(frozen=True)
class Face:
    """A flat face of a body: its name, its middle in space, its width and height."""

    name: str
    middle: tuple[float, float, float]
    width: float
    height: float

    def place(self, form: Manifold) -> Manifold:
        """Moves a form built on the plane z = 0, facing the viewer, onto this face."""
        right, up, out = _AXES[self.name]
        matrix = np.column_stack([right, up, out, self.middle]).astype(np.float64)
        return form.transform(matrix)

    def draw(self, draft: Draft, strokes: list[Floats], part: int = 0, lift: float = 0.0) -> None:
        """Draws flat strokes on this face, `lift` above it."""
        right, up, out = _AXES[self.name]
        origin = np.asarray(self.middle) + lift * np.asarray(out)
        draft.decal(strokes, plane(origin, right, up), part)


def faces_of(x: float, y: float, z: float, shrink: float = 0.85) -> dict[str, Face]:
    """The six faces of a box of that size about the origin, usable to `shrink` of their size."""
    size, half = {"x": x, "y": y, "z": z}, np.array([x, y, z]) / 2
    spans = {"front": "xy", "back": "xy", "right": "zy", "left": "zy", "top": "xz", "bottom": "xz"}
    return {
        name: Face(
            name,
            tuple(float(v) for v in half * np.asarray(_AXES[name][2])),  # type: ignore[arg-type]
            shrink * size[span[0]],
            shrink * size[span[1]],
        )
        for name, span in spans.items()
    }


def dress(
    rng: np.random.Generator, draft: Draft, face: Face, part: int = 0, least: int = 1, most: int = 4
) -> None:
    """Lays a face out in cells and fills each with a detail."""
    count = int(rng.integers(least, most + 1))
    cells = [(0.0, 0.0, face.width, face.height)]
    while len(cells) < count:
        cells.sort(key=lambda cell: -cell[2] * cell[3])
        x, y, w, h = cells.pop(0)
        t = rng.uniform(0.25, 0.75)
        if w > h:
            cells += [(x - (1 - t) * w / 2, y, t * w, h), (x + t * w / 2, y, (1 - t) * w, h)]
        else:
            cells += [(x, y - (1 - t) * h / 2, w, t * h), (x, y + t * h / 2, w, (1 - t) * h)]
    for x, y, w, h in cells:
        _detail(rng, draft, face, part, (x, y, 0.88 * w, 0.88 * h))


def _detail(
    rng: np.random.Generator,
    draft: Draft,
    face: Face,
    part: int,
    cell: tuple[float, float, float, float],
) -> None:
    x, y, w, h = cell
    small = min(w, h)
    deep = 0.12 * small
    kind = int(rng.choice(10, p=[0.16, 0.12, 0.12, 0.14, 0.1, 0.1, 0.08, 0.06, 0.06, 0.06]))

    def put(form: Manifold, cut: bool = False) -> None:
        """Set a form on the face, or sink it into the face."""
        placed = face.place(form.translate((x, y, 0)))
        draft.cut(placed, part=part) if cut else draft.add(placed, part=part)

    move = np.array([x, y])
    if kind == 0:
        put(buttons(rng, w, h, deep))
    elif kind == 1:  # a vent
        openings = ornaments.holes(rng, w, h, 70)
        put(forms.plate(CrossSection(openings, FillRule.NonZero), 2 * deep), cut=True)
    elif kind == 2:  # a sunk panel, maybe with a screen
        plan = outlines.box(w, h, rng.uniform(0, 0.3) * small, 3)
        put(forms.plate(plan, deep), cut=True)
        if rng.random() < 0.8:
            face.draw(
                draft, [s + move for s in screens.content(rng, 0.9 * w, 0.9 * h)], part, -deep / 2
            )
    elif kind == 3:  # a rotary knob or several
        put(knobs(rng, w, h))
    elif kind == 4:  # a raised pad
        plan = outlines.any_outline(rng, 0.5 * w, 0.5 * h)
        put(forms.plate(plan, 2 * deep) if rng.random() < 0.5 else forms.dome(plan, deep, 4))
    elif kind == 5:
        face.draw(draft, [s + move for s in lettering.fitted(rng, w, min(0.5 * h, 0.4 * w))], part)
    elif kind == 6:  # a round speaker or lens
        r = 0.5 * small
        rings = np.sort(rng.uniform(0.3, 0.95, int(rng.integers(1, 4)))) * r
        put(
            forms.disc(r, deep) - forms.disc(rings[-1], 4 * deep) + forms.disc(rings[0], 1.5 * deep)
        )
    elif kind == 7:  # a handle
        put(handle(rng, w, h))
    elif kind == 8:
        face.draw(draft, [s + move for s in ornaments.pattern(rng, w, h)], part)
    else:
        put(sockets(rng, w, h), cut=True)


def knobs(rng: np.random.Generator, w: float, h: float) -> Manifold:
    """One to four rotary knobs in a row, on flanges."""
    small = min(w, h)
    n = max(1, min(4, int(max(w, h) / small)))
    step = max(w, h) / n
    r = rng.uniform(0.2, 0.42) * min(small, step)
    plan = outlines.gear(16, r, 0.88 * r) if rng.random() < 0.5 else outlines.ellipse(r, r, 28)
    one = forms.plate(plan, 2 * r * rng.uniform(0.2, 0.7)) + forms.disc(1.15 * r, 0.15 * r, 0, 28)
    offsets = [(k - (n - 1) / 2) * step for k in range(n)]
    return forms.along(one, [(o, 0, 0) if w > h else (0, o, 0) for o in offsets])


def handle(rng: np.random.Generator, w: float, h: float) -> Manifold:
    """A bar handle along the longer side of its cell."""
    reach, half, r = rng.uniform(0.15, 0.4) * max(w, h), 0.45 * max(w, h), 0.1 * min(w, h)
    knots = [[-half, 0, -0.01], [-0.9 * half, 0, reach], [0.9 * half, 0, reach], [half, 0, -0.01]]
    bar = forms.sweep(outlines.spline(np.array(knots), 4), outlines.ellipse(r, r, 12))
    return bar if w > h else bar.rotate((0, 0, 90))


def buttons(rng: np.random.Generator, w: float, h: float, rise: float) -> Manifold:
    """A row or grid of equal buttons."""
    columns, rows = (
        max(1, min(6, round(w / min(w, h) * rng.integers(1, 4)))),
        max(1, min(6, round(h / min(w, h) * rng.integers(1, 4)))),
    )
    dx, dy = w / columns, h / rows
    plan = outlines.any_outline(rng, 0.38 * dx, 0.38 * dy)
    if rng.random() < 0.6:
        plan = outlines.box(0.76 * dx, 0.76 * dy, rng.uniform(0, 0.38) * min(dx, dy), 3)
    one = forms.plate(plan, 2 * rise * rng.uniform(0.4, 1.2))
    places = [
        ((i - (columns - 1) / 2) * dx, (j - (rows - 1) / 2) * dy, 0.0)
        for i in range(columns)
        for j in range(rows)
    ]
    return Manifold.compose([one.translate(p) for p in places])


def sockets(rng: np.random.Generator, w: float, h: float) -> Manifold:
    """A row of openings of different shapes, as tools to cut with."""
    n = int(rng.integers(1, 5))
    step, wide = max(w, h) / n, w > h
    tools = []
    for k in range(n):
        a = 0.4 * min(step, w if wide else h)
        b = min(a, 0.4 * min(w, h))
        plan = outlines.any_outline(rng, a * rng.uniform(0.5, 1), b * rng.uniform(0.5, 1))
        offset = (k - (n - 1) / 2) * step
        tools.append(forms.plate(plan, b).translate((offset, 0, 0) if wide else (0, offset, 0)))
    return united(tools)


def feet(rng: np.random.Generator, x: float, y: float, z: float) -> list[Manifold]:
    """Four feet, two runners or a plinth below a box of that size about the origin."""
    kind, tall = int(rng.integers(4)), rng.uniform(0.03, 0.15) * y
    if kind == 0:
        return []
    if kind == 1:
        return [forms.cuboid((0.9 * x, tall, 0.8 * z), (0, -y / 2 - tall / 2, 0))]
    if kind == 2:
        bar = forms.cuboid((0.08 * x, tall, 0.9 * z), (0.38 * x, -y / 2 - 0.49 * tall, 0))
        return [forms.both_sides(bar)]
    r = 0.06 * min(x, z)
    one = forms.lathe(np.array([[0.7 * r, -y / 2 - tall], [r, -y / 2 + 0.01]]), 16).translate(
        (0.38 * x, 0, 0.35 * z)
    )
    return [forms.both_sides(forms.both_sides(one), "z")]
