"""Tool-like assemblies: drills, sprayers, hammers, pliers, scissors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, ornaments, outlines
from patentzoo.data.linedraw.solids.draft import Draft, Floats, united
from patentzoo.data.linedraw.solids.swept import grip, grip_path


def _stepped(rng: np.random.Generator, radius: float, length: float, steps: int) -> Manifold:
    """A stepped body of revolution along x from 0 to `length`, some steps knurled."""
    x, pieces = 0.0, []
    for _ in range(steps):
        r, long = radius * rng.uniform(0.55, 1.0), length / steps
        kind = int(rng.integers(4))
        if kind == 0:
            piece = forms.plate(outlines.gear(int(rng.integers(12, 28)), r, 0.9 * r), 1.02 * long)
        elif kind == 1:
            piece = Manifold.cylinder(1.02 * long, r, 0.75 * r, 28, True)
        else:
            piece = forms.disc(r, 1.02 * long, 0, 28)
        pieces.append(forms.sideways(piece).translate((x + long / 2, 0, 0)))
        x += long
    return united(pieces)


def drill(rng: np.random.Generator) -> Solid:
    """A pistol-shaped tool: barrel, chuck or nozzle, grip, trigger, battery or tank, vents."""
    draft = Draft()
    long, r = rng.uniform(1.4, 2.6), rng.uniform(0.32, 0.5)
    ring = outlines.superellipse(1, 1, rng.uniform(2, 5), 26)
    x = np.linspace(-long / 2, long / 2, 13)
    bulge = np.interp(np.linspace(0, 1, 13), np.linspace(0, 1, 5), rng.uniform(0.75, 1.1, 5) * r)
    bulge[0] *= 0.8
    draft.add(forms.sweep(np.column_stack([x, 0 * x, 0 * x]), ring, bulge))
    draft.add(
        _stepped(rng, 0.8 * r, rng.uniform(0.3, 1.2), int(rng.integers(1, 5))).translate(
            (long / 2 - 0.02, 0, 0)
        ),
        part=1,
    )
    drop, lean = rng.uniform(1.0, 1.7), rng.uniform(-0.6, 0.1)
    at = rng.uniform(-0.4, 0.1) * long
    path = outlines.spline(
        np.array([[at, 0, 0], [at + 0.5 * lean, -0.55 * drop, 0], [at + lean, -drop, 0]]), 7
    )
    wide = np.interp(np.linspace(0, 1, len(path)), [0, 0.3, 0.7, 1], rng.uniform(0.2, 0.34, 4))
    draft.add(
        forms.sweep(path, outlines.superellipse(1, 1, 2.6, 20), np.stack([wide, 0.75 * wide], 1))
    )
    for k in range(3, len(path) - 3, int(rng.integers(2, 5))):
        if rng.random() < 0.7:
            draft.add(forms.cuboid((2.08 * wide[k], 0.05, 1.3 * wide[k]), path[k]))
    foot = rng.uniform(0.2, 0.5)
    base = outlines.any_outline(rng, rng.uniform(0.35, 0.6), rng.uniform(0.25, 0.4))
    draft.add(forms.slab(base, foot, -foot - drop + 0.1).translate((at + lean, 0, 0)), part=2)
    trigger = forms.plate(outlines.blob(rng, 0.16, 0.2) * [0.8, 1.4], 0.2)
    draft.add(trigger.translate((at + 0.32, -0.45 - 0.2 * r, 0)), part=1)
    if rng.random() < 0.3:
        guard = np.array(
            [[at + 0.3, -0.1, 0], [at + 0.75, -0.5, 0], [at + 0.7 * lean + 0.2, -0.95, 0]]
        )
        draft.add(forms.sweep(outlines.spline(guard, 6), outlines.box(0.06, 0.2, 0.02, 2)))
    _vents(rng, draft, float(bulge[6]), long, r)
    return draft.finish("drill")


def _vents(rng: np.random.Generator, draft: Draft, bulge: float, long: float, r: float) -> None:
    """Openings in the sides of the barrel, a seam, a sight or rail on top."""
    cells = ornaments.holes(rng, 0.35 * long, 0.9 * r, 18)
    vent = forms.plate(CrossSection(cells, FillRule.NonZero), 4).translate((-0.25 * long, 0, 0))
    draft.cut(vent - forms.cuboid((9, 9, 1.5 * r)))
    if rng.random() < 0.5:
        draft.cut(
            (forms.cuboid((0.03, 9, 9)) - forms.sideways(forms.disc(0.85 * r, 1))).translate(
                (rng.uniform(-0.1, 0.4) * long, 0, 0)
            )
        )
    if rng.random() < 0.4:
        face = faces.Face("top", (0, bulge + 0.02, 0), 0.5 * long, 0.5 * r)
        draft.add(forms.cuboid((0.6 * long, 0.3 * r, 0.7 * r), (0, bulge - 0.15 * r + 0.02, 0)))
        faces.dress(rng, draft, face, most=2)


def driver(rng: np.random.Generator) -> Solid:
    """A hand tool on a straight axis: screwdriver, hammer, wrench, dumb-bell, plunger, mallet."""
    draft = Draft()
    path = grip_path(rng, rng.uniform(1.5, 3)) * np.array([1, 1, rng.choice([0.0, 1.0])])
    grip(rng, draft, path)
    end = path[-1]
    long = rng.uniform(0.5, 2)
    tip = end + np.array([0, long, 0])
    draft.add(
        forms.rod(
            end - [0, 0.1, 0], tip, rng.uniform(0.06, 0.14), segments=int(rng.choice([4, 6, 16]))
        ),
        part=1,
    )
    _working_end(rng, draft, tip)
    profile = np.array([[0.3, -0.1], [0.34, 0.0], [0.2, 0.15]])
    draft.add(forms.lathe(profile, int(rng.choice([6, 8, 28]))).translate(tuple(end)))
    return draft.finish("driver")


def _working_end(rng: np.random.Generator, draft: Draft, tip: Floats) -> None:
    """A hammer head, wrench jaw, blade, cup or fork."""
    kind = int(rng.integers(5))
    if kind == 0:
        head = _stepped(rng, 0.4, rng.uniform(1, 1.8), int(rng.integers(3, 7)))
        draft.add(head.translate((-0.6, float(tip[1]), float(tip[2]))), part=1)
    elif kind == 1:
        jaw = forms.section(outlines.any_outline(rng, 0.5, 0.5)) - forms.section(
            outlines.regular(6, rng.uniform(0.2, 0.3)) + np.array([0, rng.choice([0, 0.15])])
        )
        if rng.random() < 0.5:
            jaw = jaw - forms.section(outlines.rectangle(0.4, 1) + np.array([0, 0.5]))
        draft.add(forms.plate(jaw, 0.2).translate(tuple(tip + np.array([0, 0.2, 0]))), part=1)
    elif kind == 2:
        blade = np.array(
            [
                [-0.15, 0],
                [0.15, 0],
                [rng.uniform(0.1, 0.5), 0.6],
                [0.0, rng.uniform(0.6, 1.2)],
                [-rng.uniform(0.1, 0.5), 0.6],
            ]
        )
        draft.add(
            forms.plate(outlines.rounded(blade, rng.uniform(0, 0.1), 3), 0.07).translate(
                tuple(tip - [0, 0.1, 0])
            ),
            part=1,
        )
    elif kind == 3:
        cup = outlines.spline(
            np.array([[0.1, 0], [0.3, 0.2], [rng.uniform(0.4, 0.9), 0.5], [0.6, 0.8]]), 5
        )
        draft.add(forms.lathe(cup).translate(tuple(tip - [0, 0.1, 0])), part=1)
    else:
        prongs = forms.rod((0.15, 0, 0), (0.15, rng.uniform(0.4, 1), 0), 0.05, 0.02, 10)
        draft.add(
            (forms.both_sides(prongs) + forms.cuboid((0.4, 0.1, 0.15))).translate(tuple(tip)),
            part=1,
        )


def pliers(rng: np.random.Generator) -> Solid:
    """Two crossed levers on a pivot: pliers, scissors, shears, tongs, clippers."""
    draft = Draft()
    long, reach = rng.uniform(1.5, 2.6), rng.uniform(0.6, 1.8)
    spread, curve = rng.uniform(0.3, 0.8), rng.uniform(0.0, 0.5)
    knots = np.array(
        [
            [0, 0.1, 0],
            [spread * 0.6, -0.35 * long, 0],
            [spread + curve * 0.4, -0.7 * long, 0],
            [spread * rng.uniform(0.5, 1), -long, 0],
        ]
    )
    ring = outlines.superellipse(1, 1, rng.uniform(2, 5), 14)
    w = np.interp(np.linspace(0, 1, 25), [0, 0.4, 1], rng.uniform(0.1, 0.2, 3))
    arm = forms.sweep(outlines.spline(knots, 8), ring, np.stack([w, 0.7 * w], 1))
    if rng.random() < 0.4:  # finger loops
        loop = outlines.any_outline(rng, rng.uniform(0.3, 0.4), rng.uniform(0.35, 0.6)) + np.array(
            [
                spread + 0.2,
                -long,
            ]
        )
        arm += forms.sweep(
            np.column_stack([loop, 0 * loop[:, 0]]), outlines.ellipse(0.09, 0.09, 10), closed=True
        )
    _jaws(rng, draft, arm, reach)
    return draft.finish("pliers")


def _jaws(rng: np.random.Generator, draft: Draft, arm: Manifold, reach: float) -> None:
    """Both crossed levers with toothed jaws, and the pivot."""
    bite = rng.uniform(0.02, 0.3)
    jaw = np.array(
        [
            [-0.3, -0.1],
            [0.1, -0.15],
            [rng.uniform(0.1, 0.4), 0.3 * reach],
            [bite + 0.12, reach],
            [bite, reach],
            [0.02, 0.2],
        ]
    )
    thick = rng.uniform(0.1, 0.35)
    plan = forms.section(jaw)
    n = int(rng.integers(0, 10))
    for k in range(n):
        plan = plan - forms.section(
            outlines.regular(4, 0.05)
            + np.array([0.03 + bite * (k / n), 0.25 + (reach - 0.3) * k / n])
        )
    lever = arm + forms.plate(plan, thick)
    pose = rng.uniform(0, 18)
    draft.add(lever.rotate((0, 0, -pose)).translate((0, 0, 0.3 * thick)))
    draft.add(lever.mirror((1, 0, 0)).rotate((0, 0, pose)).translate((0, 0, -0.3 * thick)), part=1)
    hub = outlines.ellipse(0.28, 0.28, 28) if rng.random() < 0.5 else outlines.regular(6, 0.28)
    draft.add(forms.plate(hub, 1.8 * thick + 0.1), forms.disc(0.12, 2.2 * thick + 0.1, 0, 20))


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "drill": drill,
    "driver": driver,
    "pliers": pliers,
}
