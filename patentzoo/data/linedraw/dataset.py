"""Sets of line drawings: solids seen from all sides, rendered once into shards, drawn at will."""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.data.linedraw.camera import STANDARD_VIEWS, Camera, random_perspective
from patentzoo.data.linedraw.hidden import TONE_PX, LineView, RayScene, see
from patentzoo.data.linedraw.ldraw import LDrawLibrary, reshape
from patentzoo.data.linedraw.meshes import MeshLibrary
from patentzoo.data.linedraw.solid import Solid, transform
from patentzoo.errors import ConfigError, MissingExtraError, PatentZooError, near_miss
from patentzoo.system.files import replacing

log = logging.getLogger(__name__)

KINDS = ("procedural", "ldraw", "mesh")
SHARD_CLASSES = 250
TRIANGLE_LIMIT, MESH_TRIANGLE_LIMIT = 12_000, 20_000
MESH_STRETCH = 0.2
"""Standard deviation of the logarithm of each axis's scale, when meshes are shown again."""
FEWEST_STROKES = 4


@dataclass(frozen=True)
class SolidSource:
    """Where solids come from.

    Attributes:
        kind: ``"procedural"``, ``"ldraw"`` (parts as they are, or turned and stretched), or
            ``"mesh"`` (meshes as they are; beyond their number, stretched).
        count: How many solids.
        seed: Same seed, same solids.
        folder: The LDraw library; for meshes a folder, zip or tar of them.
        families: For ``"procedural"``: which families of solids take part; empty is all there are.
        weight: How often each solid is drawn in training, relative to those of other sources.
        exclude: For ``"mesh"``: patterns of objects to leave out (``"source/obj*"``).
        licences: For ``"mesh"``: patterns of the licences to accept, by the index that lies beside
            the meshes; empty accepts all.
        up: For ``"mesh"``: the axis that points up, ``"y"`` or ``"z"``.
    """

    kind: str
    count: int
    seed: int = 0
    folder: str = ""
    families: tuple[str, ...] = ()
    weight: float = 1.0
    exclude: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    up: str = "z"


def solid_maker(source: SolidSource) -> Callable[[int], Solid]:
    """The function from a number below ``source.count`` to its solid.

    Raises:
        ConfigError: Unknown kind, or a folder without parts or meshes.
    """
    if source.kind == "procedural":
        return _procedural_maker(source)
    if source.kind == "mesh":
        return _mesh_maker(source)
    if source.kind not in KINDS:
        raise ConfigError(
            f"Unknown kind of solids {source.kind!r}. {near_miss(source.kind, KINDS)}"
        )
    library = LDrawLibrary(source.folder)
    names = library.part_names()
    if not names:
        raise ConfigError(f"No whole part among the LDraw files under {source.folder}.")
    order = np.random.default_rng(source.seed).permutation(len(names))

    def part(number: int) -> Solid:
        """Part ``number``: as it is, or stretched."""
        rng = np.random.default_rng([source.seed, number])
        stretch = 0.0 if number < len(names) and rng.random() < 0.4 else 0.35
        return reshape(library.solid(names[order[number % len(names)]]), rng, stretch)

    return part


def _mesh_maker(source: SolidSource) -> Callable[[int], Solid]:
    library = MeshLibrary(source.folder, source.exclude, source.licences, source.up)
    names = library.names()
    order = np.random.default_rng(source.seed).permutation(len(names))

    def mesh(number: int) -> Solid:
        """Object ``number`` upright, as it is or stretched."""
        solid = library.solid(names[order[number % len(names)]])
        if number < len(names):
            return solid
        rng = np.random.default_rng([source.seed, number])
        return transform(solid, np.diag(np.exp(rng.normal(0, MESH_STRETCH, 3))))

    return mesh


def _procedural_maker(source: SolidSource) -> Callable[[int], Solid]:
    try:
        from patentzoo.data.linedraw.solids import FAMILIES, family_solid
    except ImportError as error:
        raise MissingExtraError(
            f"Procedural solids need {error.name}. Install it with: pip install 'patentzoo[train]'"
        ) from error
    if unknown := set(source.families) - set(FAMILIES):
        word = min(unknown)
        raise ConfigError(f"Unknown family of solids {word!r}. {near_miss(word, FAMILIES)}")
    families = source.families or tuple(FAMILIES)

    def solid(number: int) -> Solid:
        """Solid ``number``, of a family drawn by chance."""
        family = families[int(np.random.default_rng([source.seed, number]).integers(len(families)))]
        return family_solid(family, source.seed * 10_000_000 + number)

    return solid


def cameras(rng: np.random.Generator) -> list[Camera]:
    """Six sides and two perspectives of one object."""
    sides = [camera for name, camera in STANDARD_VIEWS.items() if name != "perspective"]
    return [*sides, random_perspective(rng), random_perspective(rng)]


def render_class(
    solid: Solid, rng: np.random.Generator, limit: int = TRIANGLE_LIMIT
) -> list[LineView]:
    """All views of one solid of at most ``limit`` triangles; nearly empty views are left out."""
    if len(solid.faces) > limit:
        return []
    scene = RayScene(solid)
    views = (see(scene, camera) for camera in cameras(rng))
    return [view for view in views if len(view.part) >= FEWEST_STROKES]


def render_shards(source: SolidSource, folder: str | Path, *, first: int = 0) -> list[Path]:
    """Render a source into shards of 250 solids; shards already there are left as they are.

    Args:
        source: Which solids.
        folder: Where the shards go; a shard appears whole or not at all.
        first: Number of the first solid (several processes may share the work).

    Returns:
        The shard files, in order.

    Raises:
        ConfigError: A shard of that name holds other solids, or cannot be read.
        OutputError: A shard cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards = []
    make: Callable[[int], Solid] | None = None
    for start in range(first, source.count, SHARD_CLASSES):
        name = f"{source.kind}-s{source.seed}-{start:06d}.npz"
        shards.append(folder / name)
        numbers = range(start, min(start + SHARD_CLASSES, source.count))
        if shards[-1].exists():
            _check_shard(shards[-1], _identity(source, numbers))
            continue
        make = make or solid_maker(source)
        _render_shard(make, source, numbers, shards[-1])
    return shards


def _render_shard(
    make: Callable[[int], Solid], source: SolidSource, numbers: range, path: Path
) -> None:
    views: list[LineView] = []
    owner: list[int] = []
    limit = MESH_TRIANGLE_LIMIT if source.kind == "mesh" else TRIANGLE_LIMIT
    for number in numbers:
        rng = np.random.default_rng([source.seed, number, 1])
        try:
            drawn = render_class(make(number), rng, limit)
        except MissingExtraError:
            raise
        except PatentZooError as error:
            log.warning("%s %d left out: %s", source.kind, number, error)
            continue
        if len(drawn) < 3:
            continue
        views += drawn
        owner += [number] * len(drawn)
    with replacing(path) as partial, partial.open("wb") as stream:
        arrays: dict[str, Any] = _pack(views)
        identity = np.array(_identity(source, numbers))
        np.savez(stream, **arrays, owner=np.array(owner, np.int32), identity=identity)
    log.info("%s: %d views of %d solids", path.name, len(views), len(set(owner)))


def _identity(source: SolidSource, numbers: range) -> str:
    """What a shard holds, beyond what its name says."""
    chosen: list[Any] = [source.kind, source.seed, source.families, numbers.start, numbers.stop]
    if source.kind == "mesh":
        chosen += [source.exclude, source.licences, source.up]
    return json.dumps(chosen)


def _check_shard(path: Path, identity: str) -> None:
    try:
        # numpy leaves a damaged file open if it opens it itself.
        with path.open("rb") as stream, np.load(stream) as shard:
            found = str(shard["identity"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path} is damaged ({error}). Delete it to render it again.") from error
    if found != identity:
        raise ConfigError(
            f"{path} holds other solids ({found}) than the recipe asks for ({identity}). "
            "Choose another folder for the shards, or delete it."
        )


def _read_shard(path: Path) -> dict[str, npt.NDArray[Any]]:
    with path.open("rb") as stream, np.load(stream) as shard:
        return dict(shard)


def _pack(views: Sequence[LineView]) -> dict[str, npt.NDArray[np.generic]]:
    strokes = np.array([len(v.part) for v in views], np.int64)
    points = np.array([len(v.points) for v in views], np.int64)
    # The empty first pieces let a shard be empty: all its solids may have been left out.
    tone = np.zeros((0, TONE_PX, TONE_PX), np.uint8)
    return {
        "points": np.concatenate([np.zeros((0, 2), np.int16), *(v.points for v in views)]),
        "starts": np.concatenate([np.zeros(0, np.int32), *(v.starts for v in views)]),
        "part": np.concatenate([np.zeros(0, np.uint8), *(v.part for v in views)]),
        "outline": np.concatenate([np.zeros(0, np.uint8), *(v.outline for v in views)]),
        "tone": np.concatenate([tone, *(v.tone[None] for v in views)]),
        "point_offset": np.r_[0, np.cumsum(points)],
        "stroke_offset": np.r_[0, np.cumsum(strokes)],
    }


class DrawingSet:
    """Shards in memory: classes (solids), each with a few :class:`LineView`."""

    def __init__(self, shards: Sequence[str | Path]) -> None:
        self._shards = [_read_shard(Path(path)) for path in shards]
        self.classes: list[list[tuple[int, int]]] = []
        for number, shard in enumerate(self._shards):
            owner = shard["owner"]
            for solid in np.unique(owner):
                rows = np.flatnonzero(owner == solid)
                self.classes.append([(number, int(row)) for row in rows])

    def __len__(self) -> int:
        return len(self.classes)

    def view(self, where: tuple[int, int]) -> LineView:
        """One view, by (shard, row) as listed in ``classes``."""
        shard, row = self._shards[where[0]], where[1]
        p0, p1 = shard["point_offset"][row : row + 2]
        s0, s1 = shard["stroke_offset"][row : row + 2]
        return LineView(
            shard["points"][p0:p1],
            shard["starts"][s0 + row : s1 + row + 1],
            shard["part"][s0:s1],
            shard["outline"][s0:s1],
            shard["tone"][row],
        )
