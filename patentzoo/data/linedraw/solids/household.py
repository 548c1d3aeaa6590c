"""Household machines and controls: vacuum cleaners, air units, remote controls, keyboards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, lettering, outlines, screens, skins
from patentzoo.data.linedraw.solids.draft import Draft, back, front


def vacuum(rng: np.random.Generator) -> Solid:
    """A vacuum cleaner: floor head, dust cup, motor, tube and handle; or a robot."""
    draft = Draft()
    if rng.random() < 0.25:
        _robot(rng, draft)
        return draft.finish("vacuum")
    w, long = rng.uniform(0.8, 1.3), rng.uniform(0.45, 0.8)
    plan = outlines.rounded(
        np.array(
            [[-w / 2, -long / 2], [w / 2, -long / 2], [0.3 * w, long / 2], [-0.3 * w, long / 2]]
        )
        * rng.uniform(0.9, 1.1, (4, 1)),
        0.1,
        4,
    )
    head = forms.pillow(plan, rng.uniform(0.16, 0.3), 0.06, 3)
    draft.add(forms.upright(head))
    teeth = forms.cuboid((0.03, 0.1, 0.12), (0, -0.1, long / 2))
    draft.cut(forms.along(teeth, [(x, 0, 0) for x in np.linspace(-0.4, 0.4, 9) * w]))
    lean, high = rng.uniform(5, 35), rng.uniform(1.8, 3.0)
    stick = Draft()
    r = rng.uniform(0.2, 0.36)
    at, tall = rng.uniform(0.25, 0.9), rng.uniform(0.6, 1.0)
    profile = np.array([[0.8, 0], [1, 0.05], [rng.uniform(0.85, 1), 0.5], [1.0, 0.95], [0.7, 1]])
    cup = forms.lathe(profile * [r, tall], 32).translate((0, at, 0.1))
    rib = forms.cuboid((0.03, 0.7 * tall, 0.03), (0, at + 0.5 * tall, 0.1 + r))
    spread = np.linspace(-60, 60, int(rng.integers(3, 10)))
    stick.add(cup)
    for angle in spread:
        stick.add(rib.translate((0, 0, -0.1)).rotate((0, float(angle), 0)).translate((0, 0, 0.1)))
    size = (rng.uniform(0.5, 0.75), rng.uniform(0.3, 0.6), rng.uniform(0.5, 0.8))
    motor = forms.soft_box(size, 0.15, 0.1, 3, (0, at + tall + 0.4 * size[1], 0))
    stick.add(motor, forms.rod((0, 0, 0), (0, high, 0), rng.uniform(0.05, 0.09)))
    _grip(rng, stick, high)
    slots = forms.cuboid((0.6 * size[0], 0.025, 0.2), (0, at + tall, size[2] / 2))
    stick.cut(forms.along(slots, [(0, 0.07 * k, 0) for k in range(1, int(rng.integers(3, 7)))]))
    tilt = (-lean, 0.0, 0.0)
    draft.add(stick.united().rotate(tilt))
    wheel = forms.sideways(forms.disc(0.13, 0.07, 0, 24) - forms.disc(0.06, 1, 0.52, 16))
    draft.add(forms.both_sides(wheel.translate((0.36 * w, 0, -0.4 * long))))
    if rng.random() < 0.5:
        hose = outlines.spline(
            np.array([[0.1, 0.2, -0.2], [0.5, 0.9, -0.5], [0.45, 1.7, -0.9], [0.1, 1.9, -0.9]]), 7
        )
        bumps = 0.06 + np.resize([0.0, 0.012], len(hose))
        draft.add(forms.sweep(hose, outlines.ellipse(1, 1, 12), bumps), part=1)
    return draft.finish("vacuum")


def _grip(rng: np.random.Generator, draft: Draft, high: float) -> None:
    """A closed or open handle at the top of the tube."""
    kind, size = int(rng.integers(3)), rng.uniform(0.18, 0.32)
    if kind == 0:
        ring = np.column_stack([np.zeros(24), size * outlines.ellipse(1.4, 1, 24)])
        loop = forms.sweep(ring, outlines.ellipse(0.055, 0.075, 10), closed=True)
        draft.add(loop.translate((0, high + size, -0.1)))
    elif kind == 1:
        knots = np.array(
            [[0, high - 0.1, 0], [0, high + size, 0], [0, high + 1.2 * size, -2 * size]]
        )
        draft.add(forms.sweep(outlines.spline(knots, 6), outlines.ellipse(0.07, 0.08, 14)))
    else:
        draft.add(forms.soft_box((0.2, 2.5 * size, 0.24), 0.08, 0.06, 2, (0, high + size, 0)))
        ribs = forms.cuboid((0.3, 0.03, 0.03), (0, high + 0.6 * size, 0.12))
        draft.add(forms.along(ribs, [(0, 0.09 * k * size / 0.25, 0) for k in range(5)]))


def _robot(rng: np.random.Generator, draft: Draft) -> None:
    """A flat round cleaner with a bumper, buttons, a turret and brushes."""
    h = rng.uniform(0.2, 0.4)
    plan = outlines.superellipse(1, 1, rng.choice([2.0, 2.0, 3.5]), 56)
    body = forms.upright(forms.pillow(plan, h, 0.08, 2))
    draft.add(body)
    draft.cut(
        forms.cuboid((3, 0.03, 1.2), (0, rng.uniform(-0.3, 0.3) * h, 0.9)) - forms.drum(0.96, 2, -1)
    )
    for r in np.sort(rng.uniform(0.3, 0.92, int(rng.integers(1, 4)))):
        draft.add(forms.drum(float(r), 0.02, h / 2 - 0.005) - forms.drum(float(r) - 0.03, 1))
    draft.add(forms.drum(rng.uniform(0.15, 0.28), rng.uniform(0.03, 0.15), h / 2 - 0.01))
    panel = faces.Face("top", (0, h / 2, 0.6), 0.5, 0.3)
    faces.dress(rng, draft, panel, most=3)
    brush = forms.rod((0.6, -h / 2, 0.7), (1.0, -h / 2, 0.95), 0.02, segments=6)
    draft.add(brush, forms.drum(0.12, 0.05, -h / 2 - 0.03).translate((0.6, 0, 0.7)))
    wheel = forms.sideways(forms.plate(outlines.gear(16, 0.2, 0.17), 0.14))
    draft.add(forms.both_sides(wheel.translate((0.72, -h / 2, 0))))


def airunit(rng: np.random.Generator) -> Solid:
    """A wall air unit, heater or purifier: a curved long body, louvres, seams, display, screws."""
    draft = Draft()
    w, h, d = rng.uniform(1.6, 3.2), rng.uniform(0.6, 1.0), rng.uniform(0.35, 0.7)
    knots = np.array(
        [
            [-0.5, -0.4],
            [rng.uniform(-0.2, 0.2), -0.5],
            [rng.uniform(0.3, 0.5), -rng.uniform(0.15, 0.35)],
            [0.5, rng.uniform(-0.1, 0.3)],
            [rng.uniform(0.35, 0.5), 0.5],
            [-0.5, 0.5],
        ]
    )
    section = outlines.rounded(knots * [d, h], rng.uniform(0.03, 0.2), 5)
    body = forms.pillow(section, w, rng.uniform(0.01, 0.06), 2).rotate((0, -90, 0))
    draft.add(body)
    wide = rng.uniform(0.6, 0.92) * w
    outlet = forms.cuboid((wide, rng.uniform(0.1, 0.2), 0.5 * d), (0, -0.36 * h, 0.45 * d))
    draft.cut(outlet)
    tilt, n = rng.uniform(-40, 40), int(rng.integers(1, 4))
    blade = forms.cuboid((0.98 * wide, 0.02, 0.14)).rotate((tilt, 0, 0))
    blades = forms.along(blade, [(0, -0.39 * h + 0.06 * k, 0.27 * d) for k in range(n)])
    draft.add(blades ^ body.scale((1, 1.03, 1.03)))
    fins = forms.cuboid((0.02, 0.18, 0.1), (0, -0.36 * h, 0.22 * d))
    draft.add(forms.along(fins, [(x, 0, 0) for x in np.linspace(-0.45, 0.45, 11) * wide]) ^ body)
    for y in rng.uniform(-0.15, 0.42, int(rng.integers(1, 4))):
        draft.cut(
            forms.cuboid((1.1 * w, 0.014, d), (0, y * h, 0.5 * d)) - body.scale((0.99, 0.97, 0.97))
        )
    for x in rng.uniform(0.25, 0.48, int(rng.integers(0, 3))):
        cut = forms.cuboid((0.014, 0.7 * h, d), (x * w, 0.15 * h, 0.5 * d))
        draft.cut(forms.both_sides(cut) - body.scale((1, 0.96, 0.96)))
    slots = forms.cuboid((0.03 * w, 0.1, rng.uniform(0.3, 0.7) * d), (0, h / 2, 0))
    draft.cut(
        forms.along(slots, [(x * w, 0, 0) for x in np.linspace(-0.45, 0.45, rng.integers(8, 18))])
    )
    screw = skins.screws([(x * w, y * h) for x in (-0.42, 0.42) for y in (-0.2, 0.3)], 0.03, 0.04)
    draft.add(screw.rotate((0, 180, 0)).translate((0, 0, -d / 2)))
    draft.decal(
        lettering.fitted(rng, 0.3, 0.08, rng.uniform(-0.3, 0.3) * w, 0.1 * h), front(0.502 * d)
    )
    if rng.random() < 0.5:
        draft.add(forms.cuboid((0.8 * w, 0.6 * h, 0.05), (0, 0, -d / 2 - 0.02)), part=1)
        pipe = outlines.spline(
            np.array([[0.4 * w, 0, -0.4 * d], [0.56 * w, 0, -0.4 * d], [0.6 * w, -h, -0.4 * d]]), 6
        )
        draft.add(forms.sweep(pipe, outlines.ellipse(0.06, 0.06, 14)), part=1)
    return draft.finish("airunit")


def remote(rng: np.random.Generator) -> Solid:
    """A remote control: a waisted bar with keys, a navigation ring, a screen, a battery cover."""
    draft = Draft()
    h, d = rng.uniform(2, 3.6), rng.uniform(0.12, 0.35)
    y = np.linspace(-0.5, 0.5, 17)
    half = skins.through(rng, 0.3, 0.52, int(rng.integers(2, 5)), 17)
    half = half * np.sqrt(np.clip(1.02 - np.abs(2 * y) ** rng.uniform(6, 30), 0.02, 1))
    plan = np.vstack([np.stack([half, y * h], 1), np.stack([-half, y * h], 1)[::-1]])
    draft.add(forms.pillow(plan, d, rng.uniform(0.15, 0.45) * d, int(rng.integers(1, 4))))
    face, room, at = d / 2, 0.46, 0.46 * h
    while at > -0.4 * h:
        kind, wide = int(rng.integers(6)), 2 * room * float(np.interp(at / h, y, half))
        tall = rng.uniform(0.1, 0.3) if kind else rng.uniform(0.45, 0.7)
        middle, at = at - tall / 2 - 0.03, at - tall - 0.06
        if middle < -0.44 * h:
            break
        if kind == 0:
            ring = _ring_of_keys(rng, min(0.42 * tall + 0.05, 0.8 * wide))
            draft.add(ring.translate((0, middle, face)))
        elif kind <= 3:
            keys = faces.buttons(rng, 1.6 * wide, tall, 0.05)
            draft.add(keys.translate((0, middle, face)))
        elif kind == 4:
            draft.decal(
                lettering.fitted(rng, 1.3 * wide, 0.5 * tall, 0, middle), front(face + 0.004)
            )
        else:
            draft.cut(
                forms.plate(outlines.box(1.6 * wide, 0.8 * tall, 0.05, 3), 0.04, face).translate(
                    (0, middle, 0)
                )
            )
            draft.decal(
                screens.content(rng, 1.4 * wide, 0.6 * tall), front(face - 0.015, 0, middle)
            )
    cover = outlines.box(0.55, rng.uniform(0.3, 0.55) * h, rng.uniform(0, 0.1), 3)
    shift = rng.uniform(-0.15, 0.05) * h
    draft.decal([screens.loop(cover, 0, shift)], back(-d / 2 - 0.004))
    ribs = forms.cuboid((rng.uniform(0.1, 0.35), 0.025, 0.03), (0, shift + 0.1 * h, -d / 2))
    draft.add(forms.along(ribs, [(0, -0.06 * k, 0) for k in range(int(rng.integers(2, 8)))]))
    draft.add(forms.soft_box((0.4, 0.06, 0.5 * d), 0.02, 0.01, 1, (0, h / 2, 0)))
    return draft.finish("remote")


def _ring_of_keys(rng: np.random.Generator, r: float) -> Manifold:
    """A navigation ring with its middle key and marks."""
    plan = outlines.superellipse(r, r, rng.choice([2.0, 2.0, 5.0]), 36)
    inner = rng.uniform(0.35, 0.6)
    ring = forms.plate(forms.section(plan, [(inner + 0.06) * plan]), 0.08)
    ring += forms.plate(inner * plan, rng.uniform(0.06, 0.14))
    mark = forms.plate(outlines.regular(3, 0.12 * r, np.pi).copy(), 0.03).translate(
        (0, 0.8 * r, 0.045)
    )
    if rng.random() < 0.5:
        return ring - forms.around(mark, 4, "z")
    groove = forms.cuboid((0.03, r, 0.2), (0, r, 0)).rotate((0, 0, 45))
    return ring - forms.around(groove, 4, "z")


def keyboard(rng: np.random.Generator) -> Solid:
    """A keyboard: rows of tapered keys with legends, a pad of digits, a palm rest, feet, cable."""
    draft = Draft()
    rows, columns = int(rng.integers(4, 7)), int(rng.integers(8, 15))
    w, h, d = 0.2 * columns, 0.2 * rows, rng.uniform(0.06, 0.16)
    rest = rng.uniform(0.1, 0.5) if rng.random() < 0.5 else 0.0
    frame = outlines.box(w + 0.2, h + 0.2 + rest, rng.uniform(0.01, 0.15), 4)
    draft.add(forms.pillow(frame, d, rng.uniform(0.01, 0.05), 1).translate((0, -rest / 2, 0)))
    if rng.random() < 0.4:
        draft.cut(forms.plate(outlines.box(w + 0.04, h + 0.04), 0.05, d / 2))
    tall, taper = rng.uniform(0.05, 0.14), rng.uniform(0.7, 0.98)
    gap, radius = rng.uniform(0.01, 0.05), rng.uniform(0, 0.06)
    legends = rng.random() < 0.7
    for j in range(rows):
        i = 0
        while i < columns:
            span = int(rng.choice([1, 1, 1, 1, 2, 4])) if j == 0 or i in (0, columns - 2) else 1
            span = min(span, columns - i)
            x, y = 0.2 * (i + span / 2) - w / 2, 0.2 * (j + 0.5) - h / 2
            plan = outlines.box(0.2 * span - gap, 0.2 - gap, radius, 1)
            key = forms.plate(plan, tall, taper=taper)
            draft.add(key.translate((x, y, d / 2 + 0.3 * tall)))
            if legends and span == 1:
                letter = lettering.word(rng, 1, 1)
                draft.decal(lettering.text(letter, 0.07, x, y), front(d / 2 + 0.805 * tall))
            i += span
    if rng.random() < 0.5:
        bar = forms.soft_box((0.5 * w, 0.08, 0.06), 0.03, 0.01, 1, (0, h / 2 + 0.05, d / 2))
        draft.add(bar)
    for x in (-0.4 * w, 0.4 * w):
        draft.add(forms.soft_box((0.2, 0.06, 0.06), 0.02, 0.01, 1, (x, 0.4 * h, -d / 2)))
    draft.decal(lettering.fitted(rng, 0.4 * w, 0.1), back(-d / 2 - 0.003))
    if rng.random() < 0.4:
        path = outlines.spline(
            np.array([[0, h / 2, 0], [0.1, h / 2 + 0.3, 0], [-0.2, h / 2 + 0.7, 0]]), 6
        )
        draft.add(forms.sweep(path, outlines.ellipse(0.03, 0.03, 8)), part=1)
    return draft.finish("keyboard")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "vacuum": vacuum,
    "airunit": airunit,
    "remote": remote,
    "keyboard": keyboard,
}
