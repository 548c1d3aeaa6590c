"""Care of the body: syringes, tooth brushes, hair clips, basins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, lettering, outlines, screens, skins
from patentzoo.data.linedraw.solids.draft import Draft, Floats, top, wrap


def syringe(rng: np.random.Generator) -> Solid:
    """A syringe, injector or inhaler tube: graduated barrel, flange, plunger, hub, needle guard."""
    draft = Draft()
    r, h = rng.uniform(0.16, 0.34), rng.uniform(1.2, 2.0)
    draft.add(forms.drum(r, h, 0, 36))
    n, side = int(rng.integers(5, 22)), rng.uniform(0.2, 0.45)
    for k, y in enumerate(np.linspace(0.1, 0.85, n) * h):
        long = side * r * (2.0 if k % 5 == 0 else 1.0)
        draft.decal([np.array([[-0.3 * r, y], [long, y]])], wrap(r, 1.01), step=0.05)
        if k % 5 == 0:
            number = lettering.text(str(k), 0.12 * r + 0.03, -0.6 * r, float(y))
            draft.decal(number, wrap(r, 1.01), step=0.05)
    plan = outlines.superellipse(
        rng.uniform(1.6, 2.6) * r, rng.uniform(1.1, 1.7) * r, rng.uniform(2, 5), 36
    )
    draft.add(forms.slab(plan, 0.07, h - 0.05))
    out, wings = rng.uniform(0.15, 1.0), int(rng.integers(2, 5))
    blade = forms.cuboid((1.5 * r, out, 0.05), (0, h + out / 2, 0))
    draft.add(forms.around(blade, wings, start_deg=10), forms.drum(0.9 * r, 0.05, h + 0.4 * out))
    thumb = outlines.any_outline(rng, 1.1 * r, 1.1 * r)
    draft.add(forms.slab(thumb, 0.08, h + out))
    for k in np.linspace(0.4, 0.8, int(rng.integers(0, 4))):
        draft.add(forms.drum(k * r, 0.02, h + out + 0.07) - forms.drum(k * r - 0.03, 9))
    hub, guard = rng.uniform(0.35, 0.6) * r, rng.uniform(0.3, 1.0)
    profile = np.array([[hub, -0.35], [1.1 * hub, -0.1], [0.9 * r, -0.02], [r, 0.02]])
    draft.add(forms.lathe(profile, 28))
    rib = forms.cuboid((0.03, 0.2, 0.03), (0, -0.2, 1.05 * hub))
    draft.add(forms.around(rib, int(rng.integers(4, 14))))
    if rng.random() < 0.5:
        cover = np.array([[0.5 * hub, -0.35 - guard], [1.2 * hub, -0.3]])
        draft.add(forms.lathe(cover, 24), part=1)
    else:
        draft.add(forms.rod((0, -0.3, 0), (0, -0.35 - guard, 0), 0.02, 0.005, 8), part=1)
    if rng.random() < 0.5:  # a sleeve with finger grips
        for y in np.linspace(0.55, 0.9, int(rng.integers(2, 7))) * h:
            draft.add(forms.drum(rng.uniform(1.05, 1.25) * r, 0.04, float(y), 36))
    elif rng.random() < 0.5:
        window = forms.soft_box((0.5 * r, 0.5 * h, r), 0.2 * r, 0.02, 2, (0, 0.5 * h, -r))
        draft.cut(window)
    return draft.finish("syringe")


def toothbrush(rng: np.random.Generator) -> Solid:
    """A tooth brush: curved handle with grip pads, neck, head with tufts; tufts may be context."""
    draft = Draft()
    long, s = rng.uniform(2.6, 3.4), np.linspace(0, 1, 25)
    path = np.stack([rng.uniform(-0.2, 0.2) * np.sin(2 * np.pi * s), long * (s - 0.5)], 1)
    mark = [0, 0.03, 0.25, 0.5, 0.7, 0.78, 0.9, 0.97, 1]
    handle, neck = rng.uniform(0.12, 0.22, 3), rng.uniform(0.05, 0.08)
    head = rng.uniform(0.13, 0.2)
    wide = np.interp(
        s, mark, [0.06, handle[0], handle[1], handle[2], 1.2 * neck, neck, head, head, 0.04]
    )
    deep = np.interp(
        s, mark, [0.05, 0.12, *rng.uniform(0.1, 0.17, 2), 0.07, 0.06, 0.06, 0.05, 0.03]
    )
    skin = skins.bent(path, wide, deep, power=rng.uniform(2, 3.5), count=24)
    draft.add(skin.body())
    pad = outlines.any_outline(rng, 1, 1)
    at, size = rng.uniform(0.25, 0.5), rng.uniform(0.1, 0.2)
    for turn in (0.25, 0.75):
        for k in (1.0, rng.uniform(0.6, 0.92)):
            draft.line(skin.patch(pad, at, turn, size * k, 0.12 * k))
    for k in np.linspace(-0.8, 0.8, int(rng.integers(3, 13))):
        draft.line(skin.patch(outlines.box(2, 2, 0.4, 1), at + size * k, 0.25, 0.006, 0.07))
    for ring in rng.uniform(0.05, 0.7, int(rng.integers(0, 4))):
        draft.line(skin.girdle(float(ring), rng.uniform(0, 0.03)))
    context = int(rng.random() < 0.35)
    columns, rows = int(rng.integers(2, 5)), int(rng.integers(5, 11))
    slant, tall = rng.uniform(-0.4, 0.4), rng.uniform(0.2, 0.35)
    tuft = outlines.any_outline(rng, 1, 1) if rng.random() < 0.4 else outlines.ellipse(1, 1, 10)
    for j, y in enumerate(np.linspace(0.83, 0.97, rows)):
        half = 0.75 * float(np.interp(y, s, wide))
        x0 = float(np.interp(y, s, path[:, 0]))
        for x in np.linspace(-half, half, columns):
            high = tall * (1 + slant * np.cos(2 * np.pi * j / rows))
            spot = np.array([0.028, 0.028]) * tuft + np.array([x + x0, long * (y - 0.5)])
            draft.add(forms.plate(spot, high, high / 2), part=context)
    if rng.random() < 0.4:
        hole = forms.plate(outlines.any_outline(rng, 0.05, 0.09), 2).translate((0, -0.46 * long, 0))
        draft.cut(hole)
    return draft.finish("toothbrush", crease_deg=34)


def _claw(rng: np.random.Generator, draft: Draft, w: float, n: int) -> None:
    """Two toothed jaws about a spring, with levers."""
    r, wall = rng.uniform(0.45, 0.7), rng.uniform(0.04, 0.08)
    t = np.linspace(rng.uniform(0.1, 0.3), 0.97 * np.pi / 2 + 0.5, 14)
    arc = np.stack([r * np.sin(t), r * np.cos(t)], 1)
    jaw = np.vstack([arc * (1 + wall), arc[::-1] * (1 - wall)])
    shell = forms.plate(jaw[::-1], w).rotate((0, 90, 0))
    teeth = np.linspace(-0.5, 0.5, n + 1)[1:-1] * w
    gap = forms.cuboid((0.45 * w / n, rng.uniform(0.6, 1.1) * r, 9), (0, -0.42 * r, 0))
    shell -= forms.along(gap, [(x, 0, 0) for x in teeth])
    hole = outlines.any_outline(rng, 0.16 * w, 0.2 * r)
    cut = forms.plate(hole, 3).translate((0, 0.5 * r, 0))
    shell -= forms.along(cut, [(x * w, 0, 0) for x in (-0.28, 0.28)[: int(rng.integers(1, 3))]])
    draft.add(forms.both_sides(shell, "z"))
    coil = forms.sideways(forms.disc(0.12, 0.04, 0, 18) - forms.disc(0.06, 1, 0, 12))
    draft.add(forms.along(coil, [(0.07 * k, 0.8 * r, 0) for k in range(-3, 4)]), part=1)
    grip = outlines.rounded(np.array([[-0.2, 0], [0.2, 0], [0.28, 0.4], [-0.28, 0.4]]), 0.1, 3)
    lever = (
        forms.plate(grip, 0.05).rotate((rng.uniform(10, 40), 0, 0)).translate((0, 0.85 * r, 0.2))
    )
    draft.add(forms.both_sides(lever, "z"))


def hairclip(rng: np.random.Generator) -> Solid:
    """A hair claw, comb or barrette with teeth, openings, an ornament and a spring."""
    draft = Draft()
    kind, w, n = int(rng.integers(3)), rng.uniform(1.2, 2.2), int(rng.integers(4, 11))
    if kind == 0:  # two jaws about a spring
        _claw(rng, draft, w, n)
    else:
        bow, tall = rng.uniform(0.05, 0.4), rng.uniform(0.2, 0.5)
        x = np.linspace(-0.5, 0.5, 21)
        spine = np.vstack(
            [
                np.stack([x * w, tall - 2 * bow * x**2], 1)[::-1],
                np.stack([x * w, -2 * bow * x**2 * (kind == 2)], 1),
            ]
        )
        draft.add(forms.pillow(spine, 0.12, 0.03, 2))
        if kind == 1:
            teeth = np.linspace(-0.46, 0.46, 2 * n) * w
            tine = forms.rod(
                (0, 0.08, 0), (0, -rng.uniform(0.5, 1.0), 0), 0.3 * w / (2 * n), 0.01, 8
            )
            draft.add(forms.along(tine, [(float(k), 0, 0) for k in teeth]))
        else:
            bar = forms.soft_box((0.9 * w, 0.1, 0.05), 0.04, 0.01, 1, (0, 0.3 * tall, -0.16))
            draft.add(bar, forms.cuboid((0.08, 0.12, 0.2), (0.43 * w, 0.3 * tall, -0.08)))
        shape = outlines.any_outline(rng, 0.07 * w, 0.3 * tall)
        m = int(rng.integers(1, 8))
        for at in np.linspace(-0.38, 0.38, m):
            y = 0.55 * tall - 1.5 * bow * at**2
            jewel = forms.dome(shape, rng.uniform(0.05, 0.15), 3, rng.uniform(1.2, 2.5))
            draft.add(jewel.translate((at * w, y, 0.055)))
    if rng.random() < 0.5:
        petal = forms.lens(outlines.ellipse(0.2, 0.1, 16) + np.array([0.2, 0]), 0.06, 0.04)
        flower = forms.around(petal, int(rng.integers(4, 9)), "z") + forms.sphere(
            (0.1, 0.1, 0.1), (0, 0, 0), 12
        )
        draft.add(flower.translate((rng.uniform(-0.3, 0.3) * w, 0.3, 0.72 if kind == 0 else 0.1)))
    return draft.finish("hairclip")


def _cistern(rng: np.random.Generator, draft: Draft, plan: Floats, w: float, d: float) -> None:
    """The cistern with its button, the seat and the raised lid of a lavatory."""
    size = (rng.uniform(0.7, 1) * w, rng.uniform(0.5, 0.9), 0.35)
    tank = (0.0, size[1] / 2 - 0.1, -d / 2 - 0.12)
    draft.add(forms.soft_box(size, 0.06, 0.04, 2, tank))
    draft.add(forms.cuboid((1.06 * size[0], 0.07, 0.4), (0, size[1] - 0.1, tank[2])))
    draft.add(forms.drum(0.09, 0.05, size[1] - 0.08, 20).translate((0, 0, tank[2])))
    seat = forms.slab(forms.section(plan, [0.7 * plan]), 0.05, 0.0)
    draft.add(seat)
    lid = forms.plate(0.95 * plan + np.array([0, 0.48 * d]), 0.05).rotate(
        (-rng.uniform(5, 20), 0, 0)
    )
    draft.add(lid.translate((0, 0.06, -d / 2 + 0.06)))


def _marks(rng: np.random.Generator, draft: Draft, deep: float, d: float) -> None:
    """A sign on the rim and the overflow."""
    mark = screens.icon(rng, 0.1) if rng.random() < 0.5 else lettering.fitted(rng, 0.2, 0.06)
    draft.decal(mark, top(0.004, 0, -0.47 * d))
    overflow = faces.Face("front", (0, -0.2 * deep, -0.42 * d), 0.3, 0.1)
    draft.cut(overflow.place(forms.plate(outlines.any_outline(rng, 0.08, 0.03), 0.2)))


def basin(rng: np.random.Generator) -> Solid:
    """A wash basin or lavatory bowl: rim, hollow, drain, pedestal, lid, cistern; a tap."""
    draft = Draft()
    w, d = rng.uniform(0.8, 1.5), rng.uniform(0.7, 1.1)
    plan = outlines.superellipse(w / 2, d / 2, rng.uniform(2, 6), 44)
    deep = _bowl(rng, draft, plan)
    if rng.random() < 0.5:
        draft.add(forms.slab(outlines.box(w, 0.35, 0.08, 4), 0.12, -0.12).translate((0, 0, -d / 2)))
        draft.cut(
            forms.along(forms.drum(0.05, 1, -0.5, 16), [(x, 0, -0.58 * d) for x in (-0.2, 0.2)])
        )
    if rng.random() < 0.5:
        _pedestal(rng, draft, deep)
    kind = int(rng.integers(3))
    if kind == 0:  # a cistern with its button, a seat and a raised lid
        _cistern(rng, draft, plan, w, d)
    else:
        _tap(draft, d)
    if kind == 2:
        counter = forms.slab(
            forms.section(outlines.rectangle(1.8 * w, 1.7 * d), [0.97 * plan]), 0.08, -0.15
        )
        draft.add(counter, part=1)
    _marks(rng, draft, deep, d)
    return draft.finish("basin", crease_deg=32)


def _bowl(rng: np.random.Generator, draft: Draft, plan: Floats) -> float:
    """The bowl with its hollow and drain; its depth."""
    deep, foot = rng.uniform(0.25, 0.6), rng.uniform(0.35, 0.8)
    y = np.array([-deep, -0.8 * deep, -0.35 * deep, -0.06, 0.0])
    outer = forms.turned(
        np.stack([[foot, foot + 0.1, 0.9, 1, rng.uniform(0.96, 1.04)], y], 1), plan
    )
    inner_y = np.array([-0.85 * deep, -0.7 * deep, -0.2 * deep, 0.05])
    hollow = forms.turned(np.stack([[0.3, 0.6, 0.8, rng.uniform(0.82, 0.92)], inner_y], 1), plan)
    draft.add(outer)
    draft.cut(hollow, forms.drum(0.07, 9, -5))
    ring = forms.drum(0.1, 0.03, -0.86 * deep, 24) - forms.drum(0.06, 9, -5, 16)
    draft.add(ring)
    return deep


def _pedestal(rng: np.random.Generator, draft: Draft, deep: float) -> None:
    tall, mid = rng.uniform(0.4, 1.2), rng.uniform(0.2, 0.4)
    leg = np.array(
        [
            [1.3 * mid, -deep - tall],
            [1.25 * mid, -deep - 0.92 * tall],
            [mid, -deep - 0.5 * tall],
            [1.3 * mid, -0.9 * deep],
        ]
    )
    draft.add(forms.turned(leg, outlines.superellipse(0.8, 0.8, rng.uniform(2, 5), 32)))


def _tap(draft: Draft, d: float) -> None:
    knots = np.array(
        [[0, -0.1, -0.55 * d], [0, 0.3, -0.55 * d], [0, 0.42, -0.4 * d], [0, 0.3, -0.15 * d]]
    )
    tap = forms.sweep(outlines.spline(knots, 6), outlines.ellipse(0.05, 0.05, 14))
    draft.add(
        tap,
        forms.both_sides(forms.drum(0.05, 0.3, -0.1, 14).translate((0.2, 0, -0.55 * d))),
        part=1,
    )


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "syringe": syringe,
    "toothbrush": toothbrush,
    "hairclip": hairclip,
    "basin": basin,
}
