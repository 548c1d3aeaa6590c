"""Bodies of revolution and their kin: bottles, vases, cups, jars, lamps, knobs, pens, torches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import forms, lettering, ornaments, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, Floats, plane, top, united, wrap


def silhouette(
    rng: np.random.Generator, height: float, low: float, high: float, knots: int
) -> Floats:
    """A smooth profile (n, 2) of random radii between `low` and `high`, from y = 0 to `height`."""
    radii = rng.uniform(low, high, knots)
    levels = np.linspace(0, height, knots)
    curve = outlines.spline(np.stack([radii, levels], axis=1), 6)
    curve[:, 0] = np.maximum(curve[:, 0], 0.5 * low)
    curve[:, 1] = np.maximum.accumulate(np.clip(curve[:, 1], 0, height))
    return curve


def radius_of(profile: Floats) -> Callable[[Floats], Floats]:
    """The radius of a profile as a function of the height."""
    return lambda y: np.asarray(np.interp(y, profile[:, 1], profile[:, 0]))


def ribs(rng: np.random.Generator, profile: Floats, low: float, high: float) -> Manifold:
    """Rings or upright ribs over a stretch of a body, to be added or cut."""
    radius = radius_of(profile)
    if rng.random() < 0.5:
        count = int(rng.integers(3, 9))
        thick = 0.35 * (high - low) / count
        rings = []
        for y in np.linspace(low, high, count):
            at = float(radius(np.array([y]))[0])
            rings.append(
                forms.disc(at + thick * 0.6, thick, 0, 32).rotate((90, 0, 0)).translate((0, y, 0))
            )
        return united(rings)
    count = int(rng.integers(8, 28))
    levels = np.linspace(low, high, 6)
    r = radius(levels)
    path = np.stack([np.zeros(6), levels, r], axis=1)
    width = rng.uniform(0.25, 0.7) * np.pi * float(r.min()) / count
    ring = (
        outlines.ellipse(width, width, 8)
        if rng.random() < 0.6
        else outlines.rectangle(1.6 * width, width)
    )
    return forms.around(forms.sweep(path, ring), count)


def screw_cap(rng: np.random.Generator, radius: float, y: float) -> list[Manifold]:
    """A cap with a plain, knurled or domed side, its foot at `y`."""
    height = rng.uniform(0.5, 2.2) * radius
    kind = int(rng.integers(4))
    if kind == 0:
        plan = outlines.gear(int(rng.integers(14, 30)), radius, 0.94 * radius, 0.5)
        return [forms.slab(plan, height, y)]
    if kind == 1:
        edge = rng.uniform(0.1, 0.5) * radius
        profile = np.array([[radius, y], [radius, y + height - edge], [radius - edge, y + height]])
        return [forms.lathe(profile), forms.drum(1.06 * radius, 0.12 * height, y)]
    if kind == 2:
        cone = np.array(
            [
                [radius, y],
                [radius, y + 0.3 * height],
                [0.3 * radius, y + 0.45 * height],
                [0.22 * radius, y + 1.3 * height],
            ]
        )
        return [forms.lathe(cone)]
    body = forms.slab(outlines.regular(int(rng.integers(4, 9)), radius), height, y)
    return [body, forms.drum(1.1 * radius, 0.15 * height, y + 0.3 * height)]


def bottle(rng: np.random.Generator) -> Solid:
    """A bottle: lathed or of another ground plan, with a neck, a cap, ribs, a label, a grip."""
    draft = Draft()
    height = rng.uniform(2.2, 5)
    shoulder = rng.uniform(0.55, 0.85) * height
    body = silhouette(rng, shoulder, 0.65, 1.0, int(rng.integers(3, 6)))
    neck = rng.uniform(0.2, 0.5)
    bend = np.linspace(0, np.pi / 2, 6)[1:]
    r0 = body[-1, 0]
    rise = rng.uniform(0.1, 0.9) * (height - shoulder)
    curve = np.stack([neck + (r0 - neck) * np.cos(bend), shoulder + rise * np.sin(bend)], axis=1)
    profile = np.vstack([body, curve, [[neck, height]]])
    squash = (1.0, 1.0, 1.0 if rng.random() < 0.5 else rng.uniform(0.45, 0.9))
    if rng.random() < 0.55:
        draft.add(forms.lathe(profile).scale(squash))
    else:
        plan = outlines.superellipse(1, 1, rng.uniform(2.5, 7), 40)
        if rng.random() < 0.3:
            plan = outlines.regular(int(rng.integers(5, 10)), 1.0)
        draft.add(
            forms.turned(profile, plan, rng.uniform(-60, 60) if rng.random() < 0.2 else 0).scale(
                squash
            )
        )
    if rng.random() < 0.6:
        low = rng.uniform(0.08, 0.5) * shoulder
        form = ribs(rng, body, low, low + rng.uniform(0.15, 0.45) * shoulder).scale(squash)
        draft.add(form) if rng.random() < 0.5 else draft.cut(form)
    if rng.random() < 0.5:
        label = wrap(lambda y: radius_of(profile)(y), 1.02)
        y, w, h = rng.uniform(0.3, 0.6) * shoulder, rng.uniform(0.6, 1.4), rng.uniform(0.3, 0.9)
        marks = lettering.fitted(rng, w, 0.4 * h, 0, y)
        if rng.random() < 0.7:
            marks.append(screens.loop(outlines.any_outline(rng, 0.6 * w, 0.6 * h), 0, y))
        draft.decal(marks, lambda flat: label(flat) * np.array(squash), step=0.08)
    draft.add(
        *screw_cap(rng, neck * rng.uniform(1.05, 1.4), height - rng.uniform(0.05, 0.3)), part=1
    )
    if rng.random() < 0.3:
        draft.add(handle(rng, 0.9, 0.25 * height, 0.8 * shoulder))
    return draft.finish("bottle")


def handle(rng: np.random.Generator, x: float, low: float, high: float) -> Manifold:
    """A loop handle on the right side between two heights."""
    reach, mid = rng.uniform(0.35, 0.9), (low + high) / 2
    knots = np.array(
        [
            [x - 0.25, low, 0],
            [x + 0.6 * reach, low, 0],
            [x + reach, mid, 0],
            [x + rng.uniform(0.4, 0.9) * reach, high, 0],
            [x - 0.25, high, 0],
        ]
    )
    a, b = rng.uniform(0.06, 0.14), rng.uniform(0.08, 0.22)
    ring = (
        outlines.box(2 * a, 2 * b, 0.5 * a, 2) if rng.random() < 0.5 else outlines.ellipse(a, b, 14)
    )
    return forms.sweep(outlines.spline(knots, 6), ring)


def cup(rng: np.random.Generator) -> Solid:
    """A cup, mug, jug or goblet: hollow, with a handle, a foot, a spout or facets."""
    draft = Draft()
    height, wall = rng.uniform(1.2, 3.2), rng.uniform(0.05, 0.14)
    outer = silhouette(rng, height, 0.6, 1.2, int(rng.integers(2, 5)))
    inner = np.stack([np.maximum(outer[:, 0] - wall, 0.1), np.maximum(outer[:, 1], wall)], axis=1)
    inner = np.vstack([inner, [[inner[-1, 0], height + 1]]])
    if rng.random() < 0.35:
        plan = outlines.flower(int(rng.integers(6, 18)), 1.0, rng.uniform(0.03, 0.12))
        if rng.random() < 0.5:
            plan = outlines.regular(int(rng.integers(6, 13)), 1.0)
        draft.add(forms.turned(outer, plan, rng.uniform(-40, 40) if rng.random() < 0.4 else 0))
    else:
        draft.add(forms.lathe(outer))
    if rng.random() < 0.75:
        draft.add(handle(rng, float(outer[len(outer) // 2, 0]), 0.2 * height, 0.85 * height))
    elif rng.random() < 0.6:
        stem = np.array([[0.9, -1.5], [0.85, -1.42], [0.12, -1.2], [0.1, -0.4], [0.5, 0.05]])
        draft.add(forms.lathe(outlines.spline(stem, 4) if rng.random() < 0.5 else stem))
    if rng.random() < 0.4:
        draft.add(ribs(rng, outer, 0.15 * height, rng.uniform(0.4, 0.8) * height))
    draft.cut(forms.lathe(inner))
    if rng.random() < 0.5:
        flat = ornaments.pattern(rng, rng.uniform(0.8, 2.2), 0.45 * height)
        marks = [stroke + np.array([0, 0.5 * height]) for stroke in flat]
        draft.decal(marks, wrap(radius_of(outer), 1.02), step=0.1)
    if rng.random() < 0.3:
        lid = (
            np.array([[1.08, 0], [1.08, 0.12], [0.9, 0.25], [0.2, 0.3], [0.2, 0.5]]) * outer[-1, 0]
        )
        draft.add(forms.lathe(lid + np.array([0, height])), part=1)
    return draft.finish("cup")


def vase(rng: np.random.Generator) -> Solid:
    """A vase, lamp foot or finial: many curves and steps, flutes, twist, maybe a shade."""
    draft = Draft()
    height = rng.uniform(2, 5)
    profile = silhouette(rng, height, 0.25, 1.1, int(rng.integers(4, 9)))
    if rng.random() < 0.5:
        steps = np.repeat(rng.uniform(0.3, 1.1, 5), 2)
        levels = np.sort(np.r_[0, np.repeat(rng.uniform(0.02, 0.98, 4), 2), 1]) * height
        levels = levels + np.linspace(0, 0.02, 10)
        profile = np.vstack(
            [np.stack([steps, levels], 1), profile + np.array([0, levels[-1] + 0.05])]
        )
    if rng.random() < 0.4:
        plan = outlines.flower(int(rng.integers(5, 14)), 1.0, rng.uniform(0.08, 0.25))
        draft.add(forms.turned(profile, plan, rng.uniform(0, 150) if rng.random() < 0.5 else 0))
    else:
        draft.add(forms.lathe(profile, int(rng.choice([6, 8, 12, 40, 40, 40]))))
    peak = float(profile[-1, 1])
    if rng.random() < 0.5:
        r0, r1, h = rng.uniform(0.8, 1.8), rng.uniform(0.4, 1.5), rng.uniform(1, 2.2)
        plan = outlines.any_outline(rng, 1, 1)
        y = peak + 0.1
        shade = forms.turned(np.array([[r0, y], [r1, y + h]]), plan)
        hollow = forms.turned(np.array([[0.96 * r0, y - 0.02], [0.96 * r1, y + h + 0.02]]), plan)
        draft.add(
            shade - hollow, forms.cuboid((2 * r0 * 0.9, 0.05, 0.05), (0, y + 0.3 * h, 0)), part=1
        )
        draft.add(forms.rod((0, peak - 0.1, 0), (0, y + 0.5 * h, 0), 0.12), part=1)
    elif rng.random() < 0.6:
        inner = profile * np.array([0.85, 1.0]) + [0, 0.1]
        draft.cut(forms.lathe(np.vstack([inner, [[inner[-1, 0], peak + 1]]])))
    return draft.finish("vase")


def knob(rng: np.random.Generator) -> Solid:
    """A knob, pull or dial: a stepped body with knurls, a pointer, a spindle hole."""
    draft = Draft()
    profile = silhouette(rng, rng.uniform(0.6, 1.4), 0.5, 1.1, int(rng.integers(3, 6)))
    peak = float(profile[-1, 1])
    draft.add(forms.lathe(profile))
    draft.add(forms.drum(rng.uniform(0.8, 1.4), rng.uniform(0.08, 0.3), -0.1))
    if rng.random() < 0.7:
        r = rng.uniform(0.6, 1.2)
        grip = outlines.gear(
            int(rng.integers(8, 30)), r, r * rng.uniform(0.82, 0.96), rng.uniform(0.3, 0.6)
        )
        if rng.random() < 0.4:
            grip = outlines.flower(int(rng.integers(3, 10)), r, rng.uniform(0.1, 0.3))
        draft.add(forms.slab(grip, peak * rng.uniform(0.4, 1), 0.1))
    if rng.random() < 0.5:
        draft.add(forms.cuboid((0.15, 0.25, 1.8), (0, peak, 0)))
    peak = draft.united().bounding_box()[4]
    if rng.random() < 0.5:
        draft.cut(forms.drum(rng.uniform(0.2, 0.4), 0.4, peak - 0.2, int(rng.choice([6, 4, 24]))))
    else:
        draft.decal(screens.icon(rng, 0.6), top(peak))
    drop = rng.uniform(0.2, 1.2)
    draft.add(forms.drum(0.2, drop + 0.1, -0.1 - drop), part=1)
    return draft.finish("knob")


def pen(rng: np.random.Generator) -> Solid:
    """A pen, torch or cosmetic stick: a long stepped barrel with a grip, a clip and a button."""
    draft = Draft()
    length, count = rng.uniform(5, 9), int(rng.integers(4, 9))
    levels = np.r_[0, np.sort(rng.uniform(0.05, 0.95, count)), 1] * length
    radii = rng.uniform(0.34, 0.55, count + 1)
    radii[0] = rng.uniform(0.06, 0.5)
    if rng.random() < 0.3:
        radii[-1] = rng.uniform(0.7, 1.2)
    points = []
    for k, r in enumerate(radii):
        points += [
            (r, levels[k] + 1e-3 * length),
            (r if rng.random() < 0.6 else radii[min(k + 1, count)], levels[k + 1]),
        ]
    profile = np.asarray(points)
    draft.add(forms.lathe(profile, int(rng.choice([6, 8, 32, 32, 32]))))
    for _ in range(int(rng.integers(1, 3))):
        low = rng.uniform(0.1, 0.7) * length
        form = ribs(rng, profile, low, low + rng.uniform(0.1, 0.25) * length)
        draft.add(form) if rng.random() < 0.5 else draft.cut(form)
    if rng.random() < 0.6:
        clip = forms.cuboid((0.2, 0.3 * length, 0.08), (0, 0.8 * length, 0.75))
        draft.add(
            clip,
            forms.cuboid((0.2, 0.2, 0.8), (0, 0.94 * length, 0.4)),
            forms.sphere((0.1, 0.1, 0.1), (0, 0.66 * length, 0.7), 10),
        )
    if rng.random() < 0.5:
        button = outlines.any_outline(rng, 0.22, 0.4)
        draft.add(forms.plate(button, 0.6, 0.3).translate((0, rng.uniform(0.2, 0.5) * length, 0)))
    if rng.random() < 0.5:
        spell = plane((0, 0.55 * length, 0.56), (0, 1, 0), (-1, 0, 0))
        draft.decal(lettering.fitted(rng, 1.6, 0.25), spell)
    draft.add(forms.drum(0.2, 0.5, length - 0.1, 20), part=1)
    return draft.finish("pen")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "bottle": bottle,
    "cup": cup,
    "vase": vase,
    "knob": knob,
    "pen": pen,
}
