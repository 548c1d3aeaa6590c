"""Light fixtures and free assemblies repeated about an axis or mirrored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, lathed, outlines
from patentzoo.data.linedraw.solids.draft import Draft


def _shade(rng: np.random.Generator, r: float) -> Manifold:
    """A lamp shade or globe, opening upward from y = 0."""
    h, wall = rng.uniform(0.8, 2.2) * r, 0.06 * r
    outer = outlines.spline(np.stack([rng.uniform(0.4, 1.0, 4) * r, np.linspace(0, h, 4)], 1), 5)
    outer[:, 1] = np.maximum.accumulate(np.clip(outer[:, 1], 0, h))
    plan = outlines.ellipse(1, 1, 28)
    if rng.random() < 0.4:
        plan = (
            outlines.flower(int(rng.integers(5, 12)), 1, 0.15, 48)
            if rng.random() < 0.5
            else outlines.regular(int(rng.integers(4, 9)), 1)
        )
    body = forms.turned(outer, plan)
    inner = np.stack([np.maximum(outer[:, 0] - wall, 0.05 * r), outer[:, 1] + 1.5 * wall], 1)
    return body - forms.turned(inner, plan)


def chandelier(rng: np.random.Generator) -> Solid:
    """Arms about a turned column, each with a cup and a shade or candle."""
    draft = Draft()
    h = rng.uniform(1.2, 2.6)
    draft.add(forms.lathe(lathed.silhouette(rng, h, 0.06, 0.35, int(rng.integers(5, 9))), 24))
    draft.add(forms.rod((0, h - 0.05, 0), (0, h + rng.uniform(0.2, 1), 0), 0.05))
    draft.add(forms.lathe(np.array([[0.35, h + 0.2], [0.3, h + 0.3], [0.05, h + 0.4]]), 24))
    for _ in range(int(rng.integers(1, 3))):
        reach, y = rng.uniform(0.8, 1.8), rng.uniform(0.1, 0.7) * h
        arm = np.array(
            [
                [0.05, y, 0],
                [0.4 * reach, y - rng.uniform(-0.2, 0.5), 0],
                [0.9 * reach, y - 0.1, 0],
                [reach, y + rng.uniform(0.1, 0.5), 0],
            ]
        )
        end = arm[-1]
        one = forms.sweep(outlines.spline(arm, 5), outlines.ellipse(0.04, 0.04, 8))
        cup = forms.lathe(np.array([[0.06, -0.08], [0.22, 0.0], [0.22, 0.04]]), 16).translate(
            tuple(end)
        )
        kind = int(rng.integers(3))
        if kind == 0:
            light = forms.lathe(np.array([[0.07, 0], [0.07, 0.4], [0.1, 0.5], [0.02, 0.7]]), 12)
        else:
            size = rng.uniform(0.2, 0.4)
            light = forms.lathe(
                outlines.spline(
                    np.stack([rng.uniform(0.3, 1, 4) * size, np.linspace(0, 1.6 * size, 4)], 1), 3
                ),
                16,
            )
            light = light if kind == 1 else light.mirror((0, 1, 0))
        draft.add(forms.around(one + cup + light.translate(tuple(end)), int(rng.integers(3, 8))))
    return draft.finish("chandelier")


def spotlight(rng: np.random.Generator) -> Solid:
    """One to four tilted cans with fins or grilles on a track, plate or stake."""
    draft = Draft()
    r = rng.uniform(0.25, 0.5)
    can = _shade(rng, r)
    n = int(rng.integers(1, 5))
    for k in range(int(rng.integers(0, 5))):
        can += forms.drum(r * rng.uniform(0.6, 1.0), 0.04, 0.1 * k + 0.1, 24) - forms.drum(
            0.5 * r, 1, 0, 20
        )
    can += forms.drum(0.5 * r, 0.3, -0.25, 20)
    neck, tilt = rng.uniform(0.3, 0.9), rng.uniform(20, 150)
    pitch = rng.uniform(2.4, 3.2) * r
    for k in range(n):
        x = (k - (n - 1) / 2) * pitch
        head = can.rotate((tilt, 20 * np.sign(x) * rng.integers(0, 2), 0)).translate(
            (x, -neck, 0.1)
        )
        draft.add(head, part=1)
        draft.add(
            forms.rod((x, -neck, 0.1), (x, 0, 0), 0.06),
            forms.sphere((0.12, 0.12, 0.12), (x, -neck, 0.1), 14),
        )
    kind = int(rng.integers(3))
    if kind == 0:
        draft.add(forms.soft_box((n * pitch, 0.16, 0.25), 0.04, 0.03, 1))
    elif kind == 1:
        draft.add(forms.slab(outlines.any_outline(rng, 0.5 * n * pitch, 0.5), 0.12, -0.02))
    else:
        draft.add(
            forms.soft_box((n * pitch, 0.2, 0.1), 0.05, 0.02, 1),
            forms.soft_box((0.5, 0.8, 0.12), 0.1, 0.04, 2, (0, 0.1, -0.1)),
        )
    return draft.finish("spotlight")


def lantern(rng: np.random.Generator) -> Solid:
    """A lantern, bird house or gazebo: a base, posts with panes, a roof, a finial or ring."""
    draft = Draft()
    n, h = int(rng.integers(4, 9)), rng.uniform(1, 2.4)
    low, high = rng.uniform(0.4, 0.9), rng.uniform(0.5, 1.0)
    plan = outlines.regular(n, 1.0)
    draft.add(
        forms.turned(np.array([[1.25 * low, -0.25], [1.25 * low, -0.12], [1.05 * low, 0.02]]), plan)
    )
    roof = np.array(
        [
            [1.3 * high, h - 0.02],
            [1.3 * high, h + 0.08],
            [rng.uniform(0.2, 0.8) * high, h + rng.uniform(0.3, 0.6)],
            [0.1, h + rng.uniform(0.6, 1.2)],
        ]
    )
    draft.add(forms.turned(roof, plan))
    post = forms.rod(
        (low * plan[0, 0], 0, low * plan[0, 1]),
        (high * plan[0, 0], h, high * plan[0, 1]),
        0.06,
        segments=8,
    )
    draft.add(forms.around(post, n))
    draft.add(forms.turned(np.array([[0.9 * low, 0], [0.9 * high, h]]), plan), part=1)
    for k in np.linspace(0, 1, int(rng.integers(2, 5)))[1:-1]:
        s = (low + (high - low) * k) * 0.96
        draft.add(forms.slab(forms.section(s * plan, [0.85 * s * plan]), 0.06, k * h))
    peak = draft.united().bounding_box()[4]
    if rng.random() < 0.6:
        loop = outlines.ellipse(0.2, 0.2, 24) + np.array([0, peak + 0.15])
        draft.add(
            forms.sweep(
                np.column_stack([loop, 0 * loop[:, 0]]),
                outlines.ellipse(0.04, 0.04, 8),
                closed=True,
            )
        )
    else:
        draft.add(
            forms.lathe(lathed.silhouette(rng, 0.6, 0.03, 0.15, 5), 16).translate(
                (0, peak - 0.05, 0)
            )
        )
    if rng.random() < 0.4:
        draft.add(forms.drum(0.12, 1.6, -1.8, 20), forms.drum(0.4, 0.1, -1.85, 28))
    return draft.finish("lantern")


def _member(rng: np.random.Generator) -> Manifold:
    """A random elongated or chunky member about the origin."""
    kind, size = int(rng.integers(6)), rng.uniform(0.15, 0.9, 3)
    if kind == 0:
        return forms.soft_box(tuple(size), 0.2 * size[0], 0.1 * min(size), int(rng.integers(1, 4)))
    if kind == 1:
        return forms.plate(outlines.any_outline(rng, size[0], size[1]), 0.4 * size[2])
    if kind == 2:
        return forms.sphere(tuple(0.6 * size), (0, 0, 0), 20)
    if kind == 3:
        return forms.lathe(lathed.silhouette(rng, 2 * size[1], 0.1, 0.4, 5), 24).rotate(
            (rng.uniform(0, 90), 0, 0)
        )
    if kind == 4:
        path = outlines.spline(np.vstack([[0, 0, 0], rng.uniform(-0.9, 0.9, (3, 3))]), 6)
        return forms.sweep(path, outlines.superellipse(1, 1, 3, 14), rng.uniform(0.06, 0.15))
    plan = outlines.any_outline(rng, size[0], size[1])
    return forms.plate(forms.section(plan, [rng.uniform(0.4, 0.8) * plan]), 0.3 * size[2])


def ensemble(rng: np.random.Generator) -> Solid:
    """A free assembly: a core body, members repeated about an axis or mirrored, detailed faces."""
    draft = Draft()
    x, y, z = rng.uniform(0.7, 1.6, 3)
    if rng.random() < 0.5:
        draft.add(
            forms.soft_box(
                (x, y, z), rng.uniform(0.02, 0.4) * min(x, y), 0.05, int(rng.integers(1, 4))
            )
        )
    else:
        profile = lathed.silhouette(rng, y, 0.3, 0.5 * min(x, z), 5) + np.array([0, -y / 2])
        draft.add(forms.lathe(profile))
    mode = int(rng.integers(3))
    for k in range(int(rng.integers(2, 6))):
        one = _member(rng).translate(
            tuple(
                rng.uniform(0, 0.6, 3) * [x, y, z] * [1, rng.choice([-1, 1]), rng.choice([-1, 1])]
            )
        )
        if mode == 0:
            one = forms.both_sides(one)
        elif mode == 1:
            one = forms.around(one, int(rng.integers(2, 6)), "yz"[int(rng.integers(2))])
        else:
            one = forms.both_sides(forms.both_sides(one), "z")
        if rng.random() < 0.75:
            draft.add(one, part=k % 2)
        elif k % 2 == 0:
            draft.cut(one)
    for name, face in faces.faces_of(x, y, z, 0.5).items():
        if rng.random() < 0.3 and name != "bottom":
            faces.dress(rng, draft, face, most=2)
    return draft.finish("ensemble")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "chandelier": chandelier,
    "spotlight": spotlight,
    "lantern": lantern,
    "ensemble": ensemble,
}
