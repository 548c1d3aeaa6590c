"""Solid: triangles to hide behind, edges to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Parts = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Solid:
    """One object in space; x to the right, y up, z toward the viewer of the front view.

    Attributes:
        name: What it is, for people.
        vertices: float32 (V, 3).
        faces: int32 (F, 3), indices into ``vertices``; winding does not matter.
        part: int16 (F,), the part each triangle belongs to.
        edges: float32 (E, 2, 3), drawn wherever visible (creases, borders, seams, lettering).
        edge_part: int16 (E,).
        silhouettes: float32 (S, 4, 3): end points p0, p1 and control points c0, c1; drawn when c0
            and c1 fall on one side of the projected p0-p1 (the conditional line of the LDraw file
            format).
        silhouette_part: int16 (S,).
    """

    name: str
    vertices: Floats
    faces: Ints
    part: Parts
    edges: Floats
    edge_part: Parts
    silhouettes: Floats
    silhouette_part: Parts

    @classmethod
    def from_meshes(
        cls,
        name: str,
        meshes: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]],
        *,
        crease_deg: float = 28.0,
        extra_edges: Sequence[tuple[npt.ArrayLike, int]] = (),
    ) -> Solid:
        """Build a solid from triangle meshes, one a part.

        Args:
            name: What it is.
            meshes: Pairs of vertices (V, 3) and faces (F, 3).
            crease_deg: Two faces that meet at more than this angle (degrees) share a drawn edge;
                below it their edge is drawn only as a silhouette.
            extra_edges: Pairs of segments (L, 2, 3) and the part they belong to.

        Raises:
            ConfigError: No triangle at all.
        """
        vertices, faces, parts, edges, silhouettes = [], [], [], [], []
        start = 0
        for number, (mesh_vertices, mesh_faces) in enumerate(meshes):
            v, f = _merge(mesh_vertices, mesh_faces)
            crease, conditional = _edges_of(v, f, crease_deg)
            edges.append((crease, number))
            silhouettes.append((conditional, number))
            vertices.append(v)
            faces.append(f + start)
            parts.append(np.full(len(f), number, np.int16))
            start += len(v)
        if not sum(len(f) for f in faces):
            raise ConfigError(f"The solid {name!r} has no triangle.")
        edges += [(np.asarray(e, np.float32).reshape(-1, 2, 3), p) for e, p in extra_edges]
        return cls(
            name,
            np.concatenate(vertices),
            np.concatenate(faces).astype(np.int32),
            np.concatenate(parts),
            *_stack(edges, 2),
            *_stack(silhouettes, 4),
        )


def transform(solid: Solid, matrix: npt.ArrayLike, shift: npt.ArrayLike = (0, 0, 0)) -> Solid:
    """Map every point p to ``matrix @ p + shift`` (matrix (3, 3), shift (3,))."""
    m, t = np.asarray(matrix, np.float32), np.asarray(shift, np.float32)
    return Solid(
        solid.name,
        solid.vertices @ m.T + t,
        solid.faces,
        solid.part,
        solid.edges @ m.T + t,
        solid.edge_part,
        solid.silhouettes @ m.T + t,
        solid.silhouette_part,
    )


def _stack(rows: list[tuple[Floats, int]], points: int) -> tuple[Floats, Parts]:
    arrays = [a.reshape(-1, points, 3) for a, _ in rows]
    parts = [np.full(len(a), p, np.int16) for a, (_, p) in zip(arrays, rows, strict=True)]
    return np.concatenate(arrays).astype(np.float32), np.concatenate(parts)


def _merge(vertices: npt.ArrayLike, faces: npt.ArrayLike) -> tuple[Floats, Ints]:
    """Weld vertices closer than 1e-5 of the object's size; drop faces that collapse."""
    v = np.asarray(vertices, np.float64).reshape(-1, 3)
    f = np.asarray(faces, np.int64).reshape(-1, 3)
    if not len(v):
        return v.astype(np.float32), f.astype(np.int32)
    grid = np.round((v - v.min(0)) / (np.ptp(v, axis=0).max() * 1e-5 + 1e-30)).astype(np.int64)
    key = (grid[:, 0] << 42) | (grid[:, 1] << 21) | grid[:, 2]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    f = inverse[f]
    keep = (f[:, 0] != f[:, 1]) & (f[:, 1] != f[:, 2]) & (f[:, 0] != f[:, 2])
    return v[first].astype(np.float32), f[keep].astype(np.int32)


def _edges_of(vertices: Floats, faces: Ints, crease_deg: float) -> tuple[Floats, Floats]:
    """Crease and border edges (E, 2, 3), and conditional ones (S, 4, 3), of a welded mesh."""
    if not len(faces):
        return np.zeros((0, 2, 3), np.float32), np.zeros((0, 4, 3), np.float32)
    half = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    opposite = faces[:, [2, 0, 1]].reshape(-1)
    owner = np.repeat(np.arange(len(faces)), 3)
    low, high = half.min(1).astype(np.int64), half.max(1).astype(np.int64)
    key = low * len(vertices) + high
    order = np.argsort(key, kind="stable")
    key, opposite, owner, half = key[order], opposite[order], owner[order], half[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    counts = np.diff(np.r_[starts, len(key)])
    first = starts[counts == 2]
    second = first + 1
    points = vertices.astype(np.float64)
    normal = np.cross(
        points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]
    )
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-30
    cosine = np.einsum("ij,ij->i", normal[owner[first]], normal[owner[second]])
    # The same direction of travel along the shared edge means opposite windings.
    cosine = np.where((half[first] == half[second]).all(1), -cosine, cosine)
    crease = cosine < np.cos(np.radians(crease_deg))
    curved = ~crease & (cosine < 0.99999)
    border = starts[counts != 2]
    drawn = np.concatenate([first[crease], border])
    a, b = first[curved], second[curved]
    conditional = np.stack(
        [vertices[half[a, 0]], vertices[half[a, 1]], vertices[opposite[a]], vertices[opposite[b]]],
        1,
    )
    return vertices[half[drawn]], conditional
