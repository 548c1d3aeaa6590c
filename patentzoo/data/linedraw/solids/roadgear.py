"""Road vehicles: alloy wheels, head lamps, front grilles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, outlines, skins
from patentzoo.data.linedraw.solids.draft import Draft, Floats


def _spoke(rng: np.random.Generator, n: int, r: float, half: float, hub: float) -> CrossSection:
    """The plan of one spoke of `n`: single, twin, forked or spread wide."""
    kind = int(rng.integers(4))
    twist, fork = rng.uniform(-0.35, 0.35), rng.uniform(0.35, 0.7)
    spokes: list[Floats] = []
    for sign in (-1, 1) if kind else (0,):
        spread = sign * rng.uniform(0.35, 0.8) * np.pi / n if kind > 1 else sign * 2.0 * half
        tip = np.array([np.cos(twist + spread), np.sin(twist + spread)])
        root = np.array([0.6 * hub, sign * 0.5 * half])
        middle = fork * np.array([1.0, 0.5 * twist]) * r + (0, 0.6 * spread if kind == 1 else 0.0)
        path = np.array([root, 0.6 * hub + 0.3 * (middle - 0.6 * hub), middle, 1.01 * r * tip])
        path = outlines.spline(path, 4)
        way = np.gradient(path, axis=0)
        normal = np.stack([-way[:, 1], way[:, 0]], 1) / np.linalg.norm(way, axis=1, keepdims=True)
        size = np.linspace(1.3, rng.uniform(0.5, 1.3), len(path))[:, None] * half
        spokes.append(np.vstack([path - normal * size, (path + normal * size)[::-1]]))
    return CrossSection(spokes, FillRule.NonZero)


def _tire(rng: np.random.Generator, draft: Draft, wide: float) -> None:
    """The tire on a rim, as surroundings."""
    side = rng.uniform(1.12, 1.35)
    tire = np.array(
        [
            [0.99, -wide],
            [side - 0.06, -1.1 * wide],
            [side, -0.9 * wide],
            [side, -0.1],
            [side - 0.06, 0.14],
            [0.99, 0.1],
        ]
    )
    draft.add(_hoop(tire), part=1)


def alloy(rng: np.random.Generator) -> Solid:
    """The face of a road wheel: single, twin or forked spokes, bolts, pockets; a tire around it."""
    draft = Draft()
    n, wide = int(rng.integers(5, 13)), rng.uniform(0.3, 0.8)
    lip = rng.uniform(0.86, 0.93)
    profile = np.array(
        [
            [lip - 0.03, -wide],
            [1.0, -wide],
            [0.97, -0.6 * wide],
            [0.93, 0],
            [1.0, 0.12],
            [lip, 0.12],
            [lip - 0.03, 0.0],
        ]
    )
    draft.add(_hoop(profile))
    r = lip
    half, hub = rng.uniform(0.05, 0.11) * 8 / n, rng.uniform(0.16, 0.26)
    spoke = _spoke(rng, n, r, half, hub)
    deep, sag = rng.uniform(0.08, 0.2), rng.uniform(-0.05, 0.1)
    bar = forms.plate(spoke, deep) ^ forms.disc(lip + 0.01, 9)
    draft.add(forms.around(bar, n, "z").translate((0, 0, sag)))
    if rng.random() < 0.5:  # a pocket milled into each spoke
        pocket = spoke.offset(-0.4 * half)
        if not pocket.is_empty():
            draft.cut(
                forms.around(forms.plate(pocket, 0.08, sag + deep / 2), n, "z")
                - forms.disc(1.5 * hub, 9)
            )
    draft.add(forms.disc(1.35 * hub, deep + 0.04, sag))
    lugs = int(rng.integers(4, 7))
    draft.cut(
        forms.around(
            forms.disc(0.045, 1, 0.5 + sag, 12).translate((0.95 * hub, 0, 0)), lugs, "z", 20
        )
    )
    cap = outlines.any_outline(rng, 0.5 * hub, 0.5 * hub)
    draft.add(forms.plate(cap, deep + rng.uniform(0.08, 0.16), sag))
    if rng.random() < 0.4:
        bolt = forms.disc(0.018, 0.16, 0.1, 8).translate((0.5 * (lip + 1.0), 0, 0))
        draft.add(forms.around(bolt, 2 * n, "z"))
    if rng.random() < 0.65:
        _tire(rng, draft, wide)
    return draft.finish("alloy", crease_deg=32)


def _hoop(ring: Floats) -> Manifold:
    """A closed section of radius and height, turned about the axis to the viewer."""
    return CrossSection([ring], FillRule.EvenOdd).revolve(56)


def _wing(
    rng: np.random.Generator, draft: Draft, plan: Floats, size: tuple[float, float, float]
) -> None:
    """The panel around a lamp, as surroundings."""
    w, h, deep = size
    if rng.random() < 0.6:
        frame = outlines.box(rng.uniform(1.3, 1.7) * w, rng.uniform(1.5, 2.4) * h, 0.3, 4)
        wing = forms.plate(
            forms.section(frame + rng.uniform(-0.1, 0.1, 2), [1.01 * plan]), 0.1, 0.2 * deep
        )
        draft.add(wing, part=1)


def headlamp(rng: np.random.Generator) -> Solid:
    """A vehicle lamp: a slanted housing, reflectors, light strips, fins; the wing beside it."""
    draft = Draft()
    w, h = rng.uniform(1.4, 2.4), rng.uniform(0.45, 0.9)
    knots = np.array(
        [[0.5, 0.3], [0.1, 0.5], [-0.5, 0.35], [-0.45, -0.3], [0.0, -0.5], [0.42, -0.25]]
    )
    knots = (knots + rng.uniform(-0.1, 0.1, knots.shape)) * [w, h]
    plan = outlines.rounded(knots, rng.uniform(0.05, 0.3), 5)
    region, deep = forms.section(plan), rng.uniform(0.3, 0.6)
    lamp = forms.plate(region, deep)
    inner = region.offset(-rng.uniform(0.03, 0.06))
    lamp -= forms.plate(inner, 0.7 * deep, deep / 2)
    n, parts = int(rng.integers(1, 5)), []
    r = min(0.8 * w / n, 0.7 * h) / 2
    square = rng.random() < 0.3
    for k in range(n):
        at = ((k - (n - 1) / 2) * 0.82 * w / n, rng.uniform(-0.06, 0.06) * h, 0.0)
        plan_k = outlines.superellipse(r, r, 6 if square else 2, 28)
        bowl = forms.plate(plan_k, 0.6 * deep) - forms.plate(0.86 * plan_k, deep, 0.4 * deep)
        lens = forms.dome(rng.uniform(0.4, 0.7) * plan_k, 0.3 * deep, 4).translate(
            (0, 0, -0.1 * deep)
        )
        parts.append((bowl + lens).translate(at))
    ribs = [
        forms.cuboid((w, 0.02, 0.4 * deep), (0, y * h, -0.05 * deep))
        for y in np.linspace(-0.4, 0.4, rng.integers(2, 9))
    ]
    strip = inner.offset(-0.03) - inner.offset(-rng.uniform(0.06, 0.1))
    cell = forms.plate(inner, 0.8 * deep)
    draft.add(lamp, *[p ^ cell for p in parts], *[b ^ cell for b in ribs])
    if rng.random() < 0.7:
        draft.add(forms.plate(strip, 0.6 * deep))
    back = forms.soft_box((0.6 * w, 0.6 * h, 0.4), 0.08, 0.05, 2, (0, 0, -deep / 2 - 0.15))
    cap = forms.plate(outlines.gear(14, 0.8 * r, 0.7 * r), 0.2, -deep / 2 - 0.4)
    draft.add(back, cap)
    lug = forms.plate(
        forms.section(outlines.box(0.24, 0.16, 0.07, 3), [outlines.ellipse(0.04, 0.04, 10)]), 0.04
    )
    draft.add(
        lug.translate((-0.5 * w, 0, -0.4 * deep)), lug.translate((0.45 * w, 0.3 * h, -0.4 * deep))
    )
    _wing(rng, draft, plan, (w, h, deep))
    lean = (0.0, rng.uniform(-35, 0), 0.0)
    draft.forms = {key: [draft.united(key).rotate(lean)] for key in draft.forms}
    return draft.finish("headlamp")


def _openings(rng: np.random.Generator, draft: Draft, shell: Manifold, w: float, h: float) -> None:
    """Openings cut through the shell and filled with bars or mesh."""
    for _ in range(int(rng.integers(1, 3))):
        hole = outlines.any_outline(rng, rng.uniform(0.15, 0.36) * w, rng.uniform(0.1, 0.2) * h)
        if rng.random() < 0.5:
            hole = outlines.rounded(
                np.array(
                    [[-0.3, -0.12], [0.3, -0.12], [rng.uniform(0.15, 0.36), 0.14], [-0.26, 0.14]]
                )
                * [w, h],
                0.06,
                3,
            )
        y = rng.uniform(-0.3, 0.28) * h
        opening = forms.plate(hole, 4).translate((0, y, 0))
        draft.cut(opening)
        mesh = _mesh(rng, w, h).translate((0, y, 0)) ^ forms.plate(hole, 0.8).translate((0, y, 0))
        draft.add(mesh ^ shell.scale((1, 1.1, 1)).translate((0, 0, -0.03)))


def grille(rng: np.random.Generator) -> Solid:
    """A front bumper with its grille: openings with bars or mesh, fog lamps, creases, a plate."""
    draft = Draft()
    w, h, bow = rng.uniform(2.4, 3.2), rng.uniform(0.8, 1.3), rng.uniform(0.2, 0.6)
    u = np.linspace(-1, 1, 21)
    profile = np.array(
        [
            [0, 0.5],
            [0.1, 0.3],
            [rng.uniform(0.1, 0.25), 0.1],
            [rng.uniform(0.05, 0.25), -0.2],
            [0.1, -0.45],
            [-0.12, -0.5],
        ]
    )
    profile = outlines.spline(profile, 3)
    rings = []
    for x in u:
        z = profile[:, 0] - bow * np.abs(x) ** 2.5
        outer = np.column_stack(
            [np.full(len(z), x * w / 2), profile[:, 1] * h * (1 - 0.12 * x**2), z]
        )
        rings.append(np.vstack([outer, (outer - np.array([0, 0, 0.14]))[::-1]]))
    shell = forms.loft(np.stack(rings))
    draft.add(shell)
    _openings(rng, draft, shell, w, h)
    lamp = outlines.any_outline(rng, 0.16, 0.12)
    x, y = rng.uniform(0.33, 0.4) * w, -rng.uniform(0.1, 0.3) * h
    draft.cut(forms.both_sides(forms.plate(1.25 * lamp, 4).translate((x, y, 0))))
    z = 0.1 - bow * (2 * x / w) ** 2.5
    draft.add(
        forms.both_sides(
            forms.plate(lamp, 0.16).translate((x, y, z))
            + forms.cuboid((0.5, 0.04, 0.1), (x, y, z - 0.02))
        )
    )
    skin = skins.Skin(np.stack(rings))
    for t in rng.uniform(0.03, 0.4, int(rng.integers(1, 4))):
        draft.line(skin.seam(float(t), 0.02, 0.98, 0.0))
    badge = forms.plate(outlines.any_outline(rng, 0.14, 0.1), 0.2).translate((0, 0.33 * h, 0.12))
    draft.add(badge)
    if rng.random() < 0.6:
        hood = forms.cuboid((0.9 * w, 0.08, 1.2), (0, 0.53 * h, -0.7))
        wheel = forms.sideways(forms.disc(0.42 * h, 0.25) - forms.disc(0.25 * h, 1, 0.6))
        draft.add(
            hood, forms.both_sides(wheel.translate((0.45 * w, -0.25 * h, -bow - 0.75))), part=1
        )
    return draft.finish("grille", crease_deg=32)


def _mesh(rng: np.random.Generator, w: float, h: float) -> Manifold:
    """Bars across, upright, aslant both ways, or a honeycomb, filling the front."""
    kind, n = int(rng.integers(4)), int(rng.integers(5, 14))
    if kind == 0:
        bar = forms.cuboid((w, 0.03, 0.9))
        return forms.along(bar, [(0, k * 0.4 * h / n, 0) for k in range(-n, n + 1)])
    if kind == 1:
        bar = forms.cuboid((0.03, h, 0.9))
        return forms.along(bar, [(k * 0.4 * w / n, 0, 0) for k in range(-n, n + 1)])
    pitch = w / (1.2 * n)
    if kind == 2:
        bar = forms.cuboid((0.025, 2 * w, 0.9)).rotate((0, 0, rng.uniform(30, 60)))
        return forms.both_sides(forms.along(bar, [(k * pitch, 0, 0) for k in range(-n, n + 1)]))
    cell = outlines.regular(6, 0.5 * pitch, np.pi / 6)
    cells = [
        cell + np.array([(i + 0.5 * (j % 2)) * pitch, 0.87 * j * pitch])
        for i in range(-n, n)
        for j in range(-4, 5)
    ]
    plate = forms.section(outlines.rectangle(w, h)) - CrossSection(
        [0.99 * c for c in cells], FillRule.NonZero
    ).offset(-0.02)
    return forms.plate(plate, 0.9)


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "alloy": alloy,
    "headlamp": headlamp,
    "grille": grille,
}
