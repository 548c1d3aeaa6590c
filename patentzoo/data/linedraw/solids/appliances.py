"""Rounded-box products: phones, remotes, monitors, radios, heaters, cameras, kitchen machines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from patentzoo.data.linedraw.solid import Solid
from patentzoo.data.linedraw.solids import faces, forms, lettering, outlines, screens
from patentzoo.data.linedraw.solids.draft import Draft, back, front, united


def _shell(rng: np.random.Generator, x: float, y: float, z: float) -> Manifold:
    """A box body: rounded in front view, in plan or in side view, with soft or cut edges."""
    radius, edge = rng.uniform(0.02, 0.45), rng.uniform(0.02, 0.2) * z
    steps = int(rng.integers(1, 5))
    kind = int(rng.integers(5))
    if kind <= 1:
        return forms.soft_box((x, y, z), radius * min(x, y), edge, steps)
    if kind == 2:
        plan = forms.pillow(
            outlines.box(x, z, radius * min(x, z) + 0.01, 4),
            y,
            min(0.1 * y, 0.1 * z, 0.1 * x),
            steps,
        )
        return plan.rotate((-90, 0, 0))
    if kind == 3:
        lean, w = rng.uniform(0, 0.5) * z, z / 2
        corners = np.array([[-w, -y / 2], [w, -y / 2], [w - lean, y / 2], [-w, y / 2]])
        flat = outlines.rounded(corners, radius * min(y, z), 4)
        return forms.pillow(flat, x, min(0.08 * x, 0.05 * min(y, z)), steps).rotate((0, -90, 0))
    return forms.plate(outlines.superellipse(x / 2, y / 2, rng.uniform(3, 9)), z)


def _box_machine(
    rng: np.random.Generator, name: str, size: tuple[float, float, float], busy: int
) -> Solid:
    draft = Draft()
    x, y, z = size
    draft.add(_shell(rng, x, y, z))
    sides = faces.faces_of(x, y, z, 0.72)
    faces.dress(rng, draft, sides["front"], least=2, most=busy)
    for other in ("back", "right", "top", "bottom", "left"):
        if rng.random() < 0.6:
            faces.dress(rng, draft, sides[other], least=1, most=3)
    for form in faces.feet(rng, x, y, z):
        draft.add(form)
    if rng.random() < 0.5:
        _seam(draft, rng, x, y, z)
    return draft.finish(name)


def _seam(draft: Draft, rng: np.random.Generator, x: float, y: float, z: float) -> None:
    """A fine groove around the body that parts the housing in two."""
    at, gap = rng.uniform(-0.35, 0.35), 0.012 * max(x, y, z)
    axis = int(rng.integers(3))
    size, centre = [1.2 * x, 1.2 * y, 1.2 * z], [0.0, 0.0, 0.0]
    size[axis], centre[axis] = gap, at * (x, y, z)[axis]
    inner = [(0.97 if k != axis else 1.0) * (x, y, z)[k] for k in range(3)]
    draft.cut(forms.cuboid(size, centre) - forms.cuboid(inner))


def machine(rng: np.random.Generator) -> Solid:
    """A kitchen or office machine, heater, radio or control box."""
    size = (rng.uniform(0.8, 3), rng.uniform(0.8, 3), rng.uniform(0.6, 2))
    return _box_machine(rng, "machine", size, 6)


def device(rng: np.random.Generator) -> Solid:
    """A flat hand-held device: a phone, remote control, calculator, game pad, meter."""
    draft = Draft()
    x, y, z = rng.uniform(0.7, 1.6), rng.uniform(1.2, 3.4), rng.uniform(0.08, 0.45)
    if rng.random() < 0.25:
        x, y = y, x
    if rng.random() < 0.3:
        plan = outlines.blob(rng, 0.5, 0.2) * np.array([x, y])
    else:
        plan = outlines.box(x, y, rng.uniform(0.03, 0.45) * min(x, y), 5)
    edge = rng.uniform(0.1, 0.42) * z
    draft.add(forms.pillow(plan, z, edge, int(rng.integers(1, 4)), rng.uniform(0.1, 0.45) * z))
    w, h = 0.84 * x - 2 * edge, 0.84 * y - 2 * edge
    share = rng.uniform(0.3, 0.97)
    screen = faces.Face("front", (0, (1 - share) * h / 2, z / 2), w, share * h)
    sunk = 0.04 * z if rng.random() < 0.5 else 0.0
    if sunk:
        draft.cut(screen.place(forms.plate(outlines.box(w, 0.95 * share * h, 0.05 * w), 2 * sunk)))
    screen.draw(draft, [screens.frame(0.96 * w, 0.9 * share * h, 0.04 * w)], lift=-sunk)
    if rng.random() < 0.8:
        screen.draw(draft, screens.content(rng, 0.92 * w, 0.86 * share * h), lift=-sunk)
    if share < 0.85:
        keys = faces.Face("front", (0, -share * h / 2, z / 2), w, (1 - share) * h)
        faces.dress(rng, draft, keys, least=1, most=3)
    faces.dress(rng, draft, faces.Face("back", (0, 0, -z / 2), 0.7 * w, 0.7 * h), least=1, most=3)
    for sign, name in ((1, "right"), (-1, "left")):
        for y0 in rng.uniform(-0.3, 0.3, int(rng.integers(0, 3))) * y:
            draft.add(
                forms.soft_box(
                    (0.05 * x, rng.uniform(0.05, 0.15) * y, 0.35 * z),
                    0.02 * x,
                    0.01 * x,
                    1,
                    (sign * x / 2, y0, 0),
                )
            )
        del name
    draft.cut(
        faces.Face("bottom", (0, -y / 2, 0), x, z).place(faces.sockets(rng, 0.6 * x, 0.5 * z))
    )
    return draft.finish("device")


def monitor(rng: np.random.Generator) -> Solid:
    """A television, monitor, tablet or picture frame on a foot."""
    draft = Draft()
    x, y, z = rng.uniform(1.8, 3.2), rng.uniform(1.2, 2), rng.uniform(0.06, 0.35)
    draft.add(
        forms.soft_box(
            (x, y, z), rng.uniform(0, 0.15), rng.uniform(0.1, 0.4) * z, int(rng.integers(1, 4))
        )
    )
    bezel, deep = rng.uniform(0.03, 0.2), rng.uniform(0.01, 0.05)
    w, h = x - 2 * bezel, y - 2 * bezel - rng.uniform(0, 0.2)
    low = (y - h) / 2 - bezel
    draft.cut(forms.cuboid((w, h, 2 * deep), (0, low, z / 2)))
    if rng.random() < 0.5:
        draft.decal(screens.content(rng, 0.95 * w, 0.95 * h), front(z / 2 - deep, 0, low))
    draft.decal(
        lettering.fitted(rng, 0.3 * w, 0.4 * bezel, 0, 0), front(z / 2, 0, -y / 2 + 0.4 * bezel)
    )
    hump = rng.uniform(0.3, 0.8)
    bulge = rng.uniform(0.05, 0.4)
    draft.add(
        forms.soft_box((hump * x, hump * y, bulge), 0.05, 0.04, 1, (0, 0, -z / 2 - 0.45 * bulge))
    )
    faces.dress(
        rng,
        draft,
        faces.Face("back", (0, 0, -z / 2 - 0.95 * bulge), 0.8 * hump * x, 0.8 * hump * y),
        least=2,
        most=4,
    )
    _stand(rng, draft, x, y, z)
    return draft.finish("monitor")


def _stand(rng: np.random.Generator, draft: Draft, x: float, y: float, z: float) -> None:
    """What a monitor stands on, if on anything."""
    kind, drop = int(rng.integers(4)), rng.uniform(0.2, 0.7)
    foot = -y / 2 - drop
    if kind == 0:
        neck = outlines.any_outline(rng, rng.uniform(0.1, 0.4), 0.08)
        draft.add(forms.slab(neck, drop + 0.3, foot), part=1)
        draft.add(
            forms.slab(outlines.any_outline(rng, rng.uniform(0.4, 1), 0.45), 0.06, foot), part=1
        )
    elif kind == 1:
        leg = forms.rod((0.35 * x, -0.48 * y, 0), (0.42 * x, foot, 0.4), 0.05, segments=4)
        draft.add(forms.both_sides(leg + leg.mirror((0, 0, 1))), part=1)
    elif kind == 2:
        path = np.array(
            [
                [-0.6, foot, 0.4],
                [-0.5, foot, -0.3],
                [-0.2, -0.2, -z],
                [0.2, -0.2, -z],
                [0.5, foot, -0.3],
                [0.6, foot, 0.4],
            ]
        )
        draft.add(forms.sweep(outlines.spline(path, 5), outlines.ellipse(0.05, 0.05, 10)), part=1)


def camera(rng: np.random.Generator) -> Solid:
    """A camera, projector, spot lamp or binocular: a body with stepped lens barrels."""
    draft = Draft()
    x, y, z = rng.uniform(1, 2.2), rng.uniform(0.8, 1.6), rng.uniform(0.5, 1.8)
    draft.add(_shell(rng, x, y, z))
    count = int(rng.choice([1, 1, 1, 2, 3]))
    step = 0.9 * x / count
    barrel = _lens(rng, 0.42 * min(step, y))
    for k in range(count):
        if rng.random() < 0.5:
            barrel = _lens(rng, 0.42 * min(step, y))
        draft.add(
            barrel.translate(
                (
                    (k - (count - 1) / 2) * step
                    + (rng.uniform(-0.15, 0.15) * x if count == 1 else 0),
                    0,
                    z / 2 - 0.02,
                )
            )
        )
    sides = faces.faces_of(x, y, z, 0.75)
    for name in ("back", "top", "right", "left"):
        if rng.random() < 0.8:
            faces.dress(rng, draft, sides[name], least=1, most=4)
    if rng.random() < 0.5:
        hump = forms.soft_box(
            (0.4 * x, 0.5 * y, 0.7 * z), 0.1 * y, 0.04, 2, (rng.uniform(-0.2, 0.2) * x, 0.55 * y, 0)
        )
        draft.add(hump)
    if rng.random() < 0.4:
        draft.add(
            forms.soft_box((0.25 * x, 1.05 * y, 1.2 * z), 0.08, 0.06, 2, (0.45 * x, 0, 0.05 * z))
        )
    elif rng.random() < 0.4:
        draft.add(
            forms.rod((0, -y / 2, 0), (0, -1.3 * y, 0), 0.08),
            forms.disc(0.5 * y, 0.1).rotate((90, 0, 0)).translate((0, -1.3 * y, 0)),
            part=1,
        )
    return draft.finish("camera")


def _lens(rng: np.random.Generator, radius: float) -> Manifold:
    """A stepped, maybe knurled barrel that points to the viewer from z = 0."""
    n, z, pieces = int(rng.integers(1, 5)), 0.0, []
    r = radius
    for _ in range(n):
        long = rng.uniform(0.1, 0.6) * radius
        plan = (
            outlines.gear(int(rng.integers(18, 36)), r, 0.95 * r)
            if rng.random() < 0.3
            else outlines.ellipse(r, r, 40)
        )
        pieces.append(forms.plate(plan, long + 0.02, z + long / 2))
        z += long
        r *= rng.uniform(0.75, 1.08)
    bore = rng.uniform(0.6, 0.9) * min(r, radius)
    body = united(pieces) - forms.disc(bore, 0.3 * radius, z, 36)
    return body + forms.sphere((bore, bore, 0.15 * radius), (0, 0, z - 0.2 * radius), 20)


def boombox(rng: np.random.Generator) -> Solid:
    """A mirror-symmetric set: two round or square ends, a busy middle, a carrying handle."""
    draft = Draft()
    x, y, z = rng.uniform(2.2, 3.4), rng.uniform(0.9, 1.5), rng.uniform(0.5, 1)
    draft.add(_shell(rng, x, y, z))
    r = rng.uniform(0.3, 0.44) * y
    plan = outlines.any_outline(rng, r, r)
    pod = forms.pillow(1.12 * plan, 0.2 * z, 0.04, 1) - forms.plate(plan, 0.1 * z, 0.1 * z)
    for k in rng.uniform(0.2, 0.9, int(rng.integers(1, 4))):
        pod += forms.plate(forms.section(k * plan, [(k - 0.06) * plan]), 0.06 * z, 0.06 * z)
    at = 0.48 * x - 1.15 * r
    draft.add(forms.both_sides(pod.translate((at, 0, z / 2))))
    middle = faces.Face("front", (0, 0, z / 2), 1.6 * (at - 1.15 * r), 0.8 * y)
    if middle.width > 0.2:
        faces.dress(rng, draft, middle, least=2, most=5)
    faces.dress(rng, draft, faces.faces_of(x, y, z, 0.7)["top"], least=1, most=4)
    faces.dress(rng, draft, faces.faces_of(x, y, z, 0.7)["back"], least=1, most=3)
    if rng.random() < 0.6:
        h = rng.uniform(0.15, 0.6)
        arch = np.array(
            [
                [-0.4 * x, 0.4 * y, 0],
                [-0.38 * x, y / 2 + h, 0],
                [0.38 * x, y / 2 + h, 0],
                [0.4 * x, 0.4 * y, 0],
            ]
        )
        draft.add(forms.sweep(outlines.spline(arch, 6), outlines.box(0.1, 0.25, 0.05, 2)))
    for form in faces.feet(rng, x, y, z):
        draft.add(form)
    draft.decal(lettering.fitted(rng, 0.5 * x, 0.12 * y), back(-z / 2))
    return draft.finish("boombox")


FAMILIES: dict[str, Callable[[np.random.Generator], Solid]] = {
    "machine": machine,
    "device": device,
    "monitor": monitor,
    "camera": camera,
    "boombox": boombox,
}
