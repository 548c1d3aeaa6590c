"""Meshes of real objects as solids: a folder, zip or tar of whatever trimesh reads.

An ``index.csv`` beside the meshes (columns ``source``, ``object``, ``licence``; further ones are
ignored) tells each object's licence; ``<source>/<object>.<any suffix>`` is its file.
"""

from __future__ import annotations

import csv
import re
import shutil
import tarfile
import tempfile
import weakref
import zipfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.data.linedraw.solid import Floats, Ints, Solid, transform
from patentzoo.errors import ConfigError, MissingExtraError

Doubles = npt.NDArray[np.float64]

SUFFIXES = (".ply", ".obj", ".stl", ".off", ".glb", ".gltf", ".3mf", ".dae")
INDEX = "index.csv"
UP = {
    "y": np.eye(3),
    "z": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
}
"""What turns an object whose given axis points up into a solid, whose y does."""

PARTS_LIMIT = 250
"""Shells beyond this many share the last part's number: a view stores parts as bytes."""
FLOOR_THICKNESS, FLOOR_COVER = 2e-3, 0.9
ROUND_SHARE, ROUND_DEG = 0.3, 12.0
SHARP_CREASE_DEG, ROUND_CREASE_DEG = 28.0, 40.0


class MeshLibrary:
    """The objects of a folder or archive, without those excluded or under other licences.

    Args:
        place: A folder, a ``.zip`` or a tar (packed or not), read as it is or unpacked for the
            time of use.
        exclude: Patterns of objects to leave out, e.g. ``"kenney/weapon*"``.
        licences: Patterns of licences to accept, e.g. ``"CC0*"``; empty accepts all. With patterns,
            an object whose licence the index does not tell is left out.
        up: The axis that points up in the meshes, ``"y"`` or ``"z"``.

    Raises:
        ConfigError: No mesh is there, an archive is damaged, or ``up`` is another axis.
    """

    def __init__(
        self,
        place: str | Path,
        exclude: Sequence[str] = (),
        licences: Sequence[str] = (),
        up: str = "z",
    ) -> None:
        if up not in UP:
            raise ConfigError(f"up = {up!r} is no axis a mesh can stand on. Set 'y' or 'z'.")
        self.turn = UP[up]
        self.root = self._unpacked(Path(place))
        of_licence = _licences(self.root / INDEX)
        self.files: dict[str, Path] = {}
        for name, file in _meshes(self.root):
            licence = of_licence.get(name, "")
            accepted = not licences or any(fnmatchcase(licence, each) for each in licences)
            if accepted and not any(fnmatchcase(name, each) for each in exclude):
                self.files[name] = file
        if not self.files:
            raise ConfigError(
                f"No mesh under {place} that the patterns allow. Readable are {', '.join(SUFFIXES)}"
                f"; licences are read from {INDEX}."
            )

    def _unpacked(self, place: Path) -> Path:
        if place.is_dir():
            return place
        into = Path(tempfile.mkdtemp(prefix="patentzoo-meshes-"))
        weakref.finalize(self, shutil.rmtree, into, ignore_errors=True)
        try:
            if zipfile.is_zipfile(place):
                with zipfile.ZipFile(place) as packed:
                    packed.extractall(into)
            else:
                with tarfile.open(place) as packed_tar:
                    packed_tar.extractall(into, filter="data")
        except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
            raise ConfigError(
                f"{place} is no folder, zip or tar of meshes that can be read ({error})."
            ) from error
        inner = [path for path in into.iterdir() if not path.name.startswith(".")]
        return inner[0] if len(inner) == 1 and inner[0].is_dir() else into

    def names(self) -> list[str]:
        """Objects as ``source/object``, sorted, one of each family of near-twins.

        Objects of one folder whose names differ in digits alone, and whose proportions and
        distances between surface points agree, are one class: a washer in ten sizes would be ten
        classes that no drawing tells apart.
        """
        kept: list[str] = []
        families: dict[str, list[Doubles]] = {}
        for name in sorted(self.files):
            family = re.sub(r"[\d._-]+", "", name)
            members = families.setdefault(family, [])
            try:
                signature = shape_signature(*_triangles(self.files[name]))
            except ConfigError:
                continue
            if all(np.abs(signature - other).max() > 0.02 for other in members):
                members.append(signature)
                kept.append(name)
        return kept

    def solid(self, name: str) -> Solid:
        """Build one object's solid, one part a connected shell.

        Raises:
            ConfigError: Its file cannot be read or holds no triangle.
        """
        vertices, faces = repaired(*_triangles(self.files[name]))
        if not len(faces):
            raise ConfigError(f"{name}: the mesh has no triangle.")
        meshes = _shells(vertices, faces)
        made = Solid.from_meshes(name, meshes, crease_deg=crease_angle(vertices, faces))
        return transform(made, self.turn)


def shape_signature(vertices: Doubles, faces: Ints) -> Doubles:
    """Proportions and a histogram of distances between surface points: (3 + 16,), scale-free.

    The histogram is the D2 shape distribution (Osada et al., ACM Transactions on Graphics 2002).
    """
    points = vertices[faces].reshape(-1, 3)
    if not len(points):
        return np.zeros(19)
    extents = np.ptp(points, axis=0)
    diagonal = float(np.linalg.norm(extents)) or 1.0
    rng = np.random.default_rng(0)
    corners = vertices[faces]
    area = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    total = float(area.sum())
    chance = area / total if total else None
    picked = corners[rng.choice(len(faces), 2 * 8192, p=chance)]
    weights = rng.dirichlet((1, 1, 1), len(picked))
    spots = np.einsum("nij,ni->nj", picked, weights)
    distance = np.linalg.norm(spots[0::2] - spots[1::2], axis=1) / diagonal
    histogram = np.histogram(distance, 16, (0, 1))[0] / len(distance)
    signature: Doubles = np.r_[np.sort(extents) / diagonal, histogram]
    return signature


def repaired(vertices: Doubles, faces: Ints) -> tuple[Doubles, Ints]:
    """Weld vertices, drop doubled faces and a plane on which the object stands.

    Args:
        vertices: (V, 3), z up or y up.
        faces: (F, 3).
    """
    size = float(np.ptp(vertices, axis=0).max()) or 1.0
    grid = np.round((vertices - vertices.min(0)) / (size * 1e-5)).astype(np.int64)
    _, first, inverse = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    welded = inverse.reshape(-1)[faces]
    ordered = np.sort(welded, axis=1)
    whole = (ordered[:, 0] != ordered[:, 1]) & (ordered[:, 1] != ordered[:, 2])
    welded, ordered = welded[whole], ordered[whole]
    _, single = np.unique(ordered, axis=0, return_index=True)
    kept, points = welded[np.sort(single)], vertices[first]
    return points, kept[~_floor(points, kept)].astype(np.int32)


def _floor(vertices: Doubles, faces: Ints) -> npt.NDArray[np.bool_]:
    """Faces of flat shells under everything else that cover its whole footprint."""
    out = np.zeros(len(faces), bool)
    if not len(faces):
        return out
    shell = _shell_of(len(vertices), faces)
    low, high = vertices[faces].min((0, 1)), vertices[faces].max((0, 1))
    extent = np.maximum(high - low, 1e-12)
    for number in np.unique(shell):
        mine = shell == number
        if mine.all():
            return out
        points = vertices[faces[mine]].reshape(-1, 3)
        thickness = np.ptp(points, axis=0) / extent.max()
        flat = int(np.argmin(thickness))
        under = points[:, flat].min() - low[flat] <= FLOOR_THICKNESS * extent.max()
        covers = np.delete(np.ptp(points, axis=0) / extent, flat).min() >= FLOOR_COVER
        if thickness[flat] < FLOOR_THICKNESS and under and covers:
            out |= mine
    return out


def crease_angle(vertices: Doubles, faces: Ints) -> float:
    """The angle from which edges are drawn, in degrees: larger where roundings are coarse.

    Where many neighbours meet at moderate angles the facets are roundings, not edges.
    """
    import trimesh

    mesh = trimesh.Trimesh(vertices, faces, process=False, validate=False)
    angles = np.degrees(mesh.face_adjacency_angles)
    bent = angles > ROUND_DEG
    if not bent.any():
        return SHARP_CREASE_DEG
    moderate = float((angles[bent] < ROUND_CREASE_DEG).mean())
    rounded = moderate > 0.5 and float(bent.mean()) > ROUND_SHARE
    return ROUND_CREASE_DEG if rounded else SHARP_CREASE_DEG


def _shell_of(count: int, faces: Ints) -> npt.NDArray[np.int32]:
    """Number of the connected shell each face belongs to: (F,)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    labels: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels[faces[:, 0]]


def _shells(vertices: Doubles, faces: Ints) -> list[tuple[Floats, Ints]]:
    """Connected shells, most faces first; the small rest together in one."""
    shell = _shell_of(len(vertices), faces)
    numbers, counts = np.unique(shell, return_counts=True)
    order = numbers[np.argsort(-counts, kind="stable")]
    points = vertices.astype(np.float32)
    out = [(points, faces[shell == number]) for number in order[:PARTS_LIMIT]]
    rest = np.isin(shell, order[PARTS_LIMIT:])
    return [*out, (points, faces[rest])] if rest.any() else out


def _triangles(file: Path) -> tuple[Doubles, Ints]:
    try:
        import trimesh
    except ImportError as error:
        raise MissingExtraError(
            "Meshes need trimesh. Install it with: pip install 'patentzoo[train]'"
        ) from error
    try:
        scene: Any = trimesh.load_scene(file)
        mesh = scene.to_mesh()
        vertices, faces = np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int32)
    except Exception as error:  # every format's reader fails in its own way
        raise ConfigError(f"{file.name} is no mesh that trimesh can read ({error}).") from error
    if not len(vertices) or not len(faces) or not np.isfinite(vertices).all():
        raise ConfigError(f"{file.name}: the mesh has no triangle, or points that are no numbers.")
    return vertices, faces


def _meshes(root: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(root.rglob("*")):
        if file.suffix.lower() in SUFFIXES and not file.name.startswith("."):
            yield file.relative_to(root).with_suffix("").as_posix(), file


def _licences(index: Path) -> dict[str, str]:
    if not index.exists():
        return {}
    with index.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if rows and not {"source", "object", "licence"} <= set(rows[0]):
        raise ConfigError(f"{index}: the columns source, object and licence are wanted.")
    return {f"{row['source']}/{row['object']}": row["licence"] for row in rows}
