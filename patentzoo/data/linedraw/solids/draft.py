"""A solid under construction: closed forms gathered part by part, and lines on their surfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from manifold3d import Manifold, OpType

from patentzoo.data.linedraw.solid import Solid

Floats = npt.NDArray[np.float64]
Mapping = Callable[[Floats], Floats]
"""Takes flat points (n, 2) to points in space (n, 3)."""


class DegenerateSolidError(ValueError):
    """A family drew parameters that leave no usable solid; the caller draws again."""


@dataclass
class Draft:
    """Collects what a family builds; `finish` unites each part and finds its edges."""

    forms: dict[int, list[Manifold]] = field(default_factory=dict)
    lines: list[tuple[Floats, int]] = field(default_factory=list)

    def add(self, *forms: Manifold, part: int = 0) -> None:
        """Adds closed forms to a part; overlapping forms of one part are united."""
        self.forms.setdefault(part, []).extend(forms)

    def cut(self, *tools: Manifold, part: int = 0) -> None:
        """Takes `tools` away from everything added to the part so far."""
        self.forms[part] = [self.united(part) - united(tools)]

    def united(self, part: int = 0) -> Manifold:
        """The union of a part so far."""
        return united(self.forms.get(part, []))

    def line(self, points: Floats, part: int = 0, closed: bool = False) -> None:
        """Draws a polyline (n, 3) that lies on the surface of a part."""
        ring = np.vstack([points, points[:1]]) if closed else points
        if len(ring) > 1:
            self.lines.append((np.stack([ring[:-1], ring[1:]], axis=1), part))

    def decal(
        self, strokes: Iterable[Floats], mapping: Mapping, part: int = 0, step: float = np.inf
    ) -> None:
        """Draws flat strokes [(n, 2), ...] through `mapping`, resampled to `step`."""
        for stroke in strokes:
            flat = stroke if np.isinf(step) else resampled(stroke, step)
            self.line(mapping(flat), part)

    def finish(self, name: str, crease_deg: float = 28.0) -> Solid:
        """The finished solid, parts numbered from 0 in the order of their keys.

        Raises:
            DegenerateSolidError: where a part is empty or a coordinate is not finite.
        """
        keys = sorted(self.forms)
        number = {key: index for index, key in enumerate(keys)}
        meshes = [_mesh(self.united(key)) for key in keys]
        lines = [(points, number[key]) for points, key in self.lines if key in number]
        if not meshes or not all(np.isfinite(points).all() for points, _ in lines):
            raise DegenerateSolidError(name)
        return Solid.from_meshes(name, meshes, crease_deg=crease_deg, extra_edges=lines)


def united(forms: Iterable[Manifold]) -> Manifold:
    """The union of closed forms."""
    return Manifold.batch_boolean(list(forms), OpType.Add)


def _mesh(form: Manifold) -> tuple[Floats, npt.NDArray[np.int64]]:
    mesh = form.to_mesh()
    vertices = np.asarray(mesh.vert_properties, dtype=np.float64)[:, :3]
    faces = np.asarray(mesh.tri_verts, dtype=np.int64)
    if len(faces) < 4 or not np.isfinite(vertices).all():
        raise DegenerateSolidError("empty part")
    return vertices, faces


def plane(origin: Iterable[float], right: Iterable[float], up: Iterable[float]) -> Mapping:
    """The mapping onto the plane through `origin` spanned by `right` and `up`."""
    centre, axes = np.asarray(list(origin)), np.array([list(right), list(up)])
    return lambda flat: centre + flat @ axes


def front(z: float, x: float = 0.0, y: float = 0.0) -> Mapping:
    """The plane facing the viewer of the front view, seen the right way round."""
    return plane((x, y, z), (1, 0, 0), (0, 1, 0))


def back(z: float, x: float = 0.0, y: float = 0.0) -> Mapping:
    """The plane facing the viewer of the back view."""
    return plane((x, y, z), (-1, 0, 0), (0, 1, 0))


def top(y: float, x: float = 0.0, z: float = 0.0) -> Mapping:
    """The plane facing up; flat "up" is away from the viewer of the front view."""
    return plane((x, y, z), (1, 0, 0), (0, 0, -1))


def side(x: float, y: float = 0.0, z: float = 0.0) -> Mapping:
    """The plane facing right (x > 0) or left (x < 0)."""
    return plane((x, y, z), (0, 0, -np.sign(x)), (0, 1, 0))


def wrap(radius: Callable[[Floats], Floats] | float, lift: float = 1.004) -> Mapping:
    """Onto a body of revolution about y: flat x is the arc length at the front, flat y the height.

    `lift` keeps the line above the facets that stand for the curved surface.
    """

    def mapping(flat: Floats) -> Floats:
        """Points of the plane (n, 2) around the axis (n, 3)."""
        r = np.full(len(flat), radius) if isinstance(radius, int | float) else radius(flat[:, 1])
        angle = flat[:, 0] / max(float(np.mean(r)), 1e-6)
        return np.stack([lift * r * np.sin(angle), flat[:, 1], lift * r * np.cos(angle)], axis=1)

    return mapping


def resampled(points: Floats, step: float) -> Floats:
    """The polyline with further points so that no piece is longer than `step`."""
    pieces = [points[:1]]
    for start, end in pairwise(points):
        count = max(1, int(np.ceil(np.linalg.norm(end - start) / step)))
        pieces.append(start + (end - start) * (np.arange(1, count + 1) / count)[:, None])
    return np.vstack(pieces)
