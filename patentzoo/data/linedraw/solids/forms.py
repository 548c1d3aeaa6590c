"""Closed forms: prisms, lathed and lofted bodies, sweeps along paths, arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from manifold3d import CrossSection, FillRule, Manifold, Mesh, triangulate

from patentzoo.data.linedraw.solids import outlines
from patentzoo.data.linedraw.solids.draft import DegenerateSolidError, Floats, united

SEGMENTS = 40
Vector = Sequence[float] | Floats


def section(outline: Floats, holes: Iterable[Floats] = ()) -> CrossSection:
    """A flat region: an outline less its holes (overlapping holes unite)."""
    region = CrossSection([outline], FillRule.NonZero)
    cut = list(holes)
    return region - CrossSection(cut, FillRule.NonZero) if cut else region


def plate(region: CrossSection | Floats, depth: float, z: float = 0.0, **twist: float) -> Manifold:
    """A prism in the x-y plane, from z - depth/2 to z + depth/2."""
    flat = section(region) if isinstance(region, np.ndarray) else region
    degrees = twist.get("twist_deg", 0.0)
    taper = twist.get("taper", 1.0)
    divisions = 0 if degrees == 0 else 12
    body = flat.extrude(depth, divisions, degrees, (taper, taper))
    return body.translate((0, 0, z - depth / 2))


def upright(form: Manifold) -> Manifold:
    """Turns what was built toward the viewer (z) to stand upright (y)."""
    return form.rotate((-90, 0, 0))


def sideways(form: Manifold) -> Manifold:
    """Turns what was built toward the viewer (z) to point right (x)."""
    return form.rotate((0, 90, 0))


def slab(region: CrossSection | Floats, height: float, y: float = 0.0) -> Manifold:
    """A prism standing on the ground plan `region`, from `y` to `y + height`."""
    return upright(plate(region, height)).translate((0, y + height / 2, 0))


def cuboid(size: Vector, centre: Vector = (0, 0, 0)) -> Manifold:
    """A box of width x, height y, depth z about `centre`."""
    x, y, z = (float(value) for value in size)
    return Manifold.cube((x, y, z), True).translate(tuple(float(v) for v in centre))


def loft(rings: Floats, closed: bool = False) -> Manifold:
    """The body through rings (m, n, 3) of corresponding points; `closed` joins last to first.

    Raises:
        DegenerateSolidError: where the rings do not enclose a body.
    """
    m, n = rings.shape[:2]
    index = np.arange(m * n).reshape(m, n)
    a, b = (index, np.roll(index, -1, 0)) if closed else (index[:-1], index[1:])
    a2, b2 = np.roll(a, -1, 1), np.roll(b, -1, 1)
    faces = [np.stack([a, a2, b2], -1).reshape(-1, 3), np.stack([a, b2, b], -1).reshape(-1, 3)]
    if not closed:
        faces += [_cap(rings[0])[:, ::-1], _cap(rings[-1]) + (m - 1) * n]
    triangles = np.vstack(faces)
    points = rings.reshape(-1, 3)
    p, q, r = (points[triangles[:, i]] for i in range(3))
    if float(np.einsum("ij,ij->", p, np.cross(q, r))) < 0:
        triangles = triangles[:, ::-1]
    body = Manifold(
        Mesh(points.astype(np.float32), np.ascontiguousarray(triangles, dtype=np.uint32))
    )
    if body.is_empty():
        raise DegenerateSolidError("loft")
    return body


def _cap(ring: Floats) -> npt.NDArray[np.int64]:
    centred = ring - ring.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    flat = centred @ axes[:2].T
    x, y = flat.T
    area = float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    if abs(area) < 1e-9:  # a point or a line: any fan will do
        n = len(ring)
        return np.array([[0, i, i + 1] for i in range(1, n - 1)])
    if area < 0:
        flat = flat * np.array([1.0, -1.0])
        return np.asarray(triangulate([flat[::-1].copy()]))[:, ::-1] * -1 + len(ring) - 1
    return np.asarray(triangulate([flat]))


def lathe(profile: Floats, segments: int = SEGMENTS) -> Manifold:
    """Turns a profile (n, 2) of radius and height about y; it is closed along the axis."""
    profile = np.asarray(profile, dtype=np.float64)
    r, y = np.maximum(profile[:, 0], 0.0), profile[:, 1]
    ring = np.vstack([[(0.0, y[0])], np.stack([r, y], axis=1), [(0.0, y[-1])]])
    region = CrossSection([ring], FillRule.NonZero)
    return upright(region.revolve(segments))


def turned(profile: Floats, ring: Floats, twist_deg: float = 0.0) -> Manifold:
    """Like `lathe` for any ground plan: `ring` (n, 2) of about unit radius, sized by it."""
    rings = []
    for k, (r, y) in enumerate(profile):
        t = np.deg2rad(twist_deg) * k / max(1, len(profile) - 1)
        x, z = ring[:, 0] * r, ring[:, 1] * r
        c, s = np.cos(t), np.sin(t)
        rings.append(np.stack([c * x - s * z, np.full(len(ring), y), s * x + c * z], axis=1))
    return loft(np.stack(rings))


def pillow(
    outline: Floats, depth: float, edge: float, steps: int = 3, base: float | None = None
) -> Manifold:
    """A plate in the x-y plane whose rims are rounded by `edge` in `steps` (1 = a chamfer).

    `base` is the rounding of the back rim, `edge` again by default.
    """
    lower = edge if base is None else base
    rings = []
    for k, (rim, sign) in enumerate([(lower, -1.0), (edge, 1.0)]):
        t = np.linspace(0, np.pi / 2, steps + 1)
        inset, lift = rim * (1 - np.sin(t)), rim * np.cos(t)
        order = range(steps + 1) if k == 0 else range(steps, -1, -1)
        for i in order:
            flat = inward(outline, float(inset[i])) if rim > 0 else outline
            z = sign * (depth / 2 - rim + float(lift[i]))
            rings.append(np.column_stack([flat, np.full(len(flat), z)]))
    keep = [rings[0]]
    for ring in rings[1:]:
        if ring[0, 2] > keep[-1][0, 2] + 1e-6:
            keep.append(ring)
    return loft(np.stack(keep))


def inward(outline: Floats, distance: float) -> Floats:
    """The outline with each vertex moved in along its bisector (not cleaned of crossings)."""
    before = outline - np.roll(outline, 1, axis=0)
    after = np.roll(outline, -1, axis=0) - outline
    normals = []
    for edge in (before, after):
        length = np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-9)
        normals.append(np.stack([-edge[:, 1], edge[:, 0]], axis=1) / length)
    bisector = normals[0] + normals[1]
    square = np.maximum(np.sum(bisector * bisector, axis=1, keepdims=True), 0.5)
    moved: Floats = outline + 2 * distance * bisector / square
    return moved


def soft_box(
    size: Vector,
    radius: float,
    edge: float,
    steps: int = 3,
    centre: Vector = (0, 0, 0),
) -> Manifold:
    """A box rounded by `radius` in the front view and by `edge` around its front and back rims."""
    x, y, z = size
    edge = min(edge, 0.45 * z, 0.3 * min(x, y))
    outline = outlines.box(x, y, max(radius, 1.05 * edge), 4)
    return pillow(outline, z, edge, steps).translate(tuple(float(v) for v in centre))


def dome(outline: Floats, height: float, levels: int = 6, power: float = 2.0) -> Manifold:
    """A cushion on a star-shaped outline: flat at z = 0, bulging to `height`."""
    centre = outline.mean(axis=0)
    rings = []
    for k in range(levels + 1):
        s = max(0.02, 1 - (k / levels)) if power <= 0 else np.cos(k / levels * np.pi / 2 * 0.97)
        z = height * (1 - s**power) ** (1 / power) if power > 0 else height * k / levels
        flat = centre + s * (outline - centre)
        rings.append(np.column_stack([flat, np.full(len(flat), z)]))
    return loft(np.stack(rings))


def lens(outline: Floats, front: float, behind: float, power: float = 2.0) -> Manifold:
    """A cushion on a star-shaped outline, bulging to z = `front` and z = -`behind`."""
    low = dome(outline, behind, 5, power).mirror((0, 0, 1))
    return dome(outline, front, 5, power) + low


def sphere(radii: Vector, centre: Vector = (0, 0, 0), count: int = 24) -> Manifold:
    """An ellipsoid of half axes `radii` (poles up and down)."""
    t = np.linspace(-np.pi / 2, np.pi / 2, count // 2 + 1)
    body = lathe(np.stack([np.cos(t), np.sin(t)], axis=1), count)
    return body.scale(tuple(float(v) for v in radii)).translate(tuple(float(v) for v in centre))


def rod(
    start: Vector,
    end: Vector,
    radius: float,
    tip: float | None = None,
    segments: int = 16,
) -> Manifold:
    """A round bar from `start` to `end`, tapering from `radius` to `tip`."""
    ring = outlines.ellipse(1, 1, segments) if segments > 6 else outlines.regular(segments, 1.0)
    return sweep(np.array([start, end], dtype=np.float64), ring, np.array([radius, tip or radius]))


def disc(radius: float, depth: float, z: float = 0.0, segments: int = SEGMENTS) -> Manifold:
    """A cylinder whose axis points to the viewer, from z - depth/2 to z + depth/2."""
    return Manifold.cylinder(depth, radius, radius, segments, True).translate((0, 0, z))


def drum(radius: float, height: float, y: float = 0.0, segments: int = SEGMENTS) -> Manifold:
    """An upright cylinder from `y` to `y + height`."""
    return upright(Manifold.cylinder(height, radius, radius, segments)).translate((0, y, 0))


def sweep(
    path: Floats, ring: Floats, scale: Floats | float = 1.0, closed: bool = False
) -> Manifold:
    """Carries `ring` (n, 2) along `path` (m, 3); `scale` is a number, (m,) or (m, 2)."""
    m = len(path)
    factors = np.broadcast_to(
        np.asarray(scale, dtype=np.float64), (m,) if np.ndim(scale) < 2 else (m, 2)
    )
    factors = factors[:, None] if factors.ndim == 1 else factors
    side, up = _frames(path, closed)
    flat = ring[None] * factors[:, None, :]
    rings = path[:, None] + flat[..., :1] * side[:, None] + flat[..., 1:] * up[:, None]
    return loft(rings, closed)


def _frames(path: Floats, closed: bool) -> tuple[Floats, Floats]:
    around = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    tangent = around if closed else np.gradient(path, axis=0)
    tangent = tangent / np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    # Parallel transport keeps the ring from spinning about the path.
    seed = np.array([0.0, 0.0, 1.0]) if abs(tangent[0, 2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    side = np.empty_like(path)
    current = np.cross(seed, tangent[0])
    for i, t in enumerate(tangent):
        current = current - t * float(current @ t)
        current = current / max(float(np.linalg.norm(current)), 1e-9)
        side[i] = current
    return side, np.cross(tangent, side)


def around(form: Manifold, count: int, axis: str = "y", start_deg: float = 0.0) -> Manifold:
    """`count` copies of a form about the axis "x", "y" or "z"."""
    turn = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}[axis]
    angles = start_deg + 360.0 * np.arange(count) / count
    return united(form.rotate(tuple(float(a) * k for k in turn)) for a in angles)


def along(form: Manifold, offsets: Iterable[Sequence[float]]) -> Manifold:
    """Copies of a form moved by each offset."""
    return united(form.translate(tuple(float(v) for v in offset)) for offset in offsets)


def both_sides(form: Manifold, axis: str = "x") -> Manifold:
    """A form and its mirror image across the plane through the origin."""
    return form + form.mirror({"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}[axis])
