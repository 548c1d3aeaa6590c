"""Hidden lines removed: a solid seen by a camera becomes visible strokes and a tone map.

Every edge is sampled along its length and each sample sends one ray toward the eye; what the ray
hits hides it. Strokes stay vectors, so that one view can be drawn again in any draughtsman's hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.data.linedraw.camera import Camera
from patentzoo.data.linedraw.outline import missing_outline
from patentzoo.data.linedraw.solid import Floats, Solid
from patentzoo.errors import MissingExtraError

UNITS = 8192
"""Stroke coordinates run from 0 to UNITS along the longer side of the figure."""
SAMPLE_STEP = 1 / 160
TONE_PX = 96


@dataclass(frozen=True, eq=False)
class LineView:
    """What is visible of a solid from one side.

    Attributes:
        points: int16 (N, 2), x right and y down in 1/UNITS of the figure's longer side, chained to
            strokes.
        starts: int32 (M + 1,), stroke m is ``points[starts[m]:starts[m + 1]]``.
        part: uint8 (M,), the part a stroke belongs to.
        outline: uint8 (M,), 1 where the stroke is a silhouette of a curved surface.
        tone: uint8 (TONE_PX, TONE_PX), 0 where nothing is, else 1 (dark) to 255 (facing the light),
            over the square whose side is the figure's longer side, figure in its upper left corner.
    """

    points: npt.NDArray[np.int16]
    starts: npt.NDArray[np.int32]
    part: npt.NDArray[np.uint8]
    outline: npt.NDArray[np.uint8]
    tone: npt.NDArray[np.uint8]


class RayScene:
    """A solid, scaled into the unit ball, ready for rays; built once and seen by many cameras."""

    def __init__(self, solid: Solid) -> None:
        try:
            from embreex.mesh_construction import TriangleMesh
            from embreex.rtcore_scene import EmbreeScene
        except ImportError as error:
            raise MissingExtraError(
                "Rendering drawings needs embreex. Install it with: pip install 'patentzoo[train]'"
            ) from error
        low, high = solid.vertices.min(0), solid.vertices.max(0)
        self.middle = (low + high) / 2
        self.radius = float(np.linalg.norm(high - low)) / 2 or 1.0
        self.solid = solid
        self.vertices = self.local(solid.vertices)
        self.scene = EmbreeScene()
        self._mesh = TriangleMesh(self.scene, self.vertices[solid.faces])
        triangles = self.vertices[solid.faces].astype(np.float64)
        normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        self.normals = normal / (np.linalg.norm(normal, axis=1, keepdims=True) + 1e-30)

    def local(self, points: Floats) -> Floats:
        """Object coordinates to the unit ball's."""
        out: Floats = ((points - self.middle) / self.radius).astype(np.float32)
        return out

    def hits(self, origins: Floats, directions: Floats) -> npt.NDArray[np.int32]:
        """Index of the first triangle each ray meets, -1 for none."""
        out: npt.NDArray[np.int32] = self.scene.run(
            np.ascontiguousarray(origins, np.float32), np.ascontiguousarray(directions, np.float32)
        )
        return out


class _Projection:
    """Camera coordinates and the picture's frame."""

    def __init__(self, scene: RayScene, camera: Camera) -> None:
        self.axes = camera.axes()
        self.distance = camera.distance
        flat = self.flat(scene.vertices)
        self.low = flat.min(0)
        self.extent = float(np.ptp(flat, axis=0).max()) or 1.0

    def flat(self, points: Floats) -> npt.NDArray[np.float64]:
        """Points (..., 3) as the camera sees them, (..., 2)."""
        seen = points @ self.axes.T
        if self.distance is None:
            return seen[..., :2]
        out: npt.NDArray[np.float64] = seen[..., :2] / (1 - seen[..., 2:] / self.distance)
        return out

    def toward_eye(self, points: Floats) -> npt.NDArray[np.float64]:
        """Unit vectors (..., 3) from points to the eye."""
        if self.distance is None:
            return np.broadcast_to(self.axes[2], points.shape)
        rays = self.axes[2] * self.distance - points
        out: npt.NDArray[np.float64] = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
        return out


def see(scene: RayScene, camera: Camera) -> LineView:
    """Remove what the camera cannot see of a solid.

    Args:
        scene: The solid, made ready with :class:`RayScene`.
        camera: Where it is seen from.
    """
    solid, projection = scene.solid, _Projection(scene, camera)
    silhouettes = scene.local(solid.silhouettes)
    shown = _turning(projection.flat(silhouettes))
    ends = np.concatenate([scene.local(solid.edges), silhouettes[shown][:, :2]])
    part = np.concatenate([solid.edge_part, solid.silhouette_part[shown]])
    outline = np.zeros(len(ends), np.uint8)
    outline[len(solid.edges) :] = 1
    pieces, source = _visible_pieces(scene, projection, ends)
    flat = (pieces - projection.low) / projection.extent
    height = float(np.ptp(projection.flat(scene.vertices)[:, 1])) / projection.extent
    flat[..., 1] = height - flat[..., 1]
    shadow = (projection.flat(scene.vertices) - projection.low) / projection.extent
    shadow[:, 1] = height - shadow[:, 1]
    border = missing_outline(shadow[solid.faces], flat)
    flat = np.concatenate([flat, border])
    part = np.r_[part[source], np.full(len(border), np.bincount(solid.part).argmax(), part.dtype)]
    outline = np.r_[outline[source], np.ones(len(border), np.uint8)]
    grid = np.clip(np.round(flat * UNITS), 0, UNITS).astype(np.int16)
    points, starts, first = _chain(grid, part.astype(np.int64) * 2 + outline)
    return LineView(
        points,
        starts,
        np.minimum(part[first], 255).astype(np.uint8),
        outline[first],
        _tone(scene, projection, height),
    )


def _turning(flat: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Where both control points fall on one side of the edge: (S, 4, 2) -> (S,)."""
    along = flat[:, 1] - flat[:, 0]
    c0, c1 = flat[:, 2] - flat[:, 0], flat[:, 3] - flat[:, 0]
    side0 = along[:, 0] * c0[:, 1] - along[:, 1] * c0[:, 0]
    side1 = along[:, 0] * c1[:, 1] - along[:, 1] * c1[:, 0]
    out: npt.NDArray[np.bool_] = side0 * side1 > 0
    return out


def _visible_pieces(
    scene: RayScene, projection: _Projection, ends: Floats
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Visible parts of the edges, projected: (P, 2, 2), and which edge each comes from: (P,)."""
    flat = projection.flat(ends)
    length = np.linalg.norm(flat[:, 1] - flat[:, 0], axis=1) / projection.extent
    keep = np.flatnonzero(length > 1e-4)
    count = np.clip(np.ceil(length[keep] / SAMPLE_STEP).astype(np.int64), 1, 200)
    edge = np.repeat(np.arange(len(keep)), count)
    offset = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    t = ((offset + 0.5) / count[edge]).astype(np.float32)[:, None]
    kept = ends[keep]
    at = kept[edge, 0] * (1 - t) + kept[edge, 1] * t
    toward = projection.toward_eye(at)
    visible = scene.hits((at + 0.004 * toward).astype(np.float32), toward.astype(np.float32)) < 0
    begins = visible & np.r_[True, ~visible[:-1] | (edge[1:] != edge[:-1])]
    stops = visible & np.r_[~visible[1:] | (edge[1:] != edge[:-1]), True]
    b, s = np.flatnonzero(begins), np.flatnonzero(stops)
    run = edge[b]
    t0, t1 = (offset[b] / count[run])[:, None], ((offset[s] + 1) / count[run])[:, None]
    p0, p1 = flat[keep[run], 0], flat[keep[run], 1]
    pieces = np.stack([p0 * (1 - t0) + p1 * t0, p0 * (1 - t1) + p1 * t1], 1)
    return pieces, keep[run]


def _chain(
    grid: npt.NDArray[np.int16], group: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Join pieces (P, 2, 2) of one group that meet end to end into strokes."""
    if not len(grid):
        return np.zeros((0, 2), np.int16), np.zeros(1, np.int32), np.zeros(0, np.int64)
    snapped = (grid.astype(np.int64) + 4) // 8
    keys = (group[:, None] << 32) | (snapped[..., 0] << 16) | snapped[..., 1]
    doubled = np.concatenate([np.minimum(*keys.T)[:, None], np.maximum(*keys.T)[:, None]], 1)
    _, unique = np.unique(doubled, axis=0, return_index=True)
    ends = keys.tolist()
    touching: dict[int, list[int]] = {}
    for piece in unique.tolist():
        for key in ends[piece]:
            touching.setdefault(key, []).append(piece)
    unused = dict.fromkeys(unique.tolist())
    points: list[tuple[int, int]] = []
    starts, first = [0], []
    coordinates = grid.tolist()
    while unused:
        seed = next(iter(unused))
        del unused[seed]
        tail = _follow(seed, 1, ends, touching, unused)
        head = _follow(seed, 0, ends, touching, unused)
        points += [coordinates[p][e] for p, e in reversed(head)]
        points += [coordinates[seed][0], coordinates[seed][1]]
        points += [coordinates[p][e] for p, e in tail]
        starts.append(len(points))
        first.append(seed)
    return np.array(points, np.int16), np.array(starts, np.int32), np.array(first, np.int64)


def _follow(
    piece: int,
    end: int,
    ends: list[list[int]],
    touching: dict[int, list[int]],
    unused: dict[int, None],
) -> list[tuple[int, int]]:
    """Walk on from one end of a piece while exactly one other piece meets it there."""
    way: list[tuple[int, int]] = []
    while True:
        key = ends[piece][end]
        others = touching[key]
        if len(others) != 2:
            return way
        following = others[0] if others[1] == piece else others[1]
        if following not in unused:
            return way
        del unused[following]
        end = 0 if ends[following][1] == key else 1
        way.append((following, end))
        piece = following


def _tone(scene: RayScene, projection: _Projection, height: float) -> npt.NDArray[np.uint8]:
    """How squarely each visible spot faces a light at the upper left."""
    spots = (np.arange(TONE_PX) + 0.5) / TONE_PX
    x, y = np.meshgrid(spots, height - spots)
    u = projection.low[0] + x.ravel() * projection.extent
    v = projection.low[1] + y.ravel() * projection.extent
    right, up, toward = projection.axes
    if projection.distance is None:
        origins = u[:, None] * right + v[:, None] * up + 2.5 * toward
        directions = np.broadcast_to(-toward, origins.shape)
    else:
        eye = toward * projection.distance
        origins = np.broadcast_to(eye, (len(u), 3))
        directions = u[:, None] * right + v[:, None] * up - eye
        directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    hit = scene.hits(origins.astype(np.float32), directions.astype(np.float32))
    light = -0.5 * right + 0.6 * up + 0.65 * toward
    normal = scene.normals[hit]
    facing = np.sign((normal * -directions).sum(1))
    lit = np.clip((normal @ light) * facing, 0, 1)
    tone = np.where(hit >= 0, 1 + lit * 254, 0)
    return tone.reshape(TONE_PX, TONE_PX).astype(np.uint8)
