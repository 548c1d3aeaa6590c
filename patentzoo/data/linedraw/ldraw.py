"""LDraw parts (LDraw.org parts library, CC BY) as solids: text files of triangles and drawn edges.

File format: https://www.ldraw.org/article/218.html. The library is not shipped; give its folder.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from patentzoo.data.linedraw.solid import Solid, transform
from patentzoo.errors import ConfigError

Shape = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Triangles (T, 3, 3), edges (E, 2, 3) and conditional edges (S, 4, 3)."""

_TURN = np.array([[1, 0, 0], [0, -1, 0], [0, 0, -1]], np.float32)  # LDraw's y points down
_NUMBERS = {"1": 12, "2": 6, "3": 9, "4": 12, "5": 12}
"""How many numbers follow the colour, by the line's type."""
_DEPTH_LIMIT = 20
_PRINTED = re.compile(r"^[a-z0-9]*?\d+[a-z]?p[a-z0-9]{2,4}$")


class LDrawLibrary:
    """A folder with ``parts/``, ``p/`` or any layout whose ``.dat`` files name one another.

    Raises:
        ConfigError: The folder holds no ``.dat`` file.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._files = _file_names(self.folder)
        if not self._files:
            raise ConfigError(
                f"No LDraw .dat file under {self.folder}. Unpack the parts library there first."
            )
        self._shape = lru_cache(maxsize=4096)(self._read)

    def part_names(self) -> list[str]:
        """Names of whole parts, sorted: no stickers, redirections, sub-parts or printed ones."""
        names = []
        for name, path in self._files.items():
            if "/" in name or _PRINTED.match(Path(name).stem):
                continue
            if path.parent.name.lower() in {"s", "p", "48", "8"}:
                continue
            with path.open(encoding="utf-8", errors="replace") as lines:
                title = lines.readline()[1:].strip()
            if title and not title.startswith(("~", "_", "=", "|", "Sticker")):
                names.append(name)
        return sorted(names)

    def solid(self, name: str) -> Solid:
        """Resolve one part, e.g. ``"3001.dat"``.

        Raises:
            ConfigError: The part, or one it refers to, is not in the library, or has no triangle.
        """
        triangles, edges, conditional = (a @ _TURN for a in self._shape(name.lower(), 0))
        if not len(triangles):
            raise ConfigError(f"LDraw part {name} has no surface.")
        return Solid(
            name=f"LDraw {name}",
            vertices=triangles.reshape(-1, 3),
            faces=np.arange(len(triangles) * 3, dtype=np.int32).reshape(-1, 3),
            part=np.zeros(len(triangles), np.int16),
            edges=edges,
            edge_part=np.zeros(len(edges), np.int16),
            silhouettes=conditional,
            silhouette_part=np.zeros(len(conditional), np.int16),
        )

    def _read(self, name: str, depth: int) -> Shape:
        path = self._files.get(name)
        if path is None:
            raise ConfigError(f"LDraw file {name} is not under {self.folder}.")
        if depth > _DEPTH_LIMIT:
            raise ConfigError(f"LDraw file {name} refers to itself.")
        triangles: list[npt.NDArray[np.float32]] = []
        edges: list[npt.NDArray[np.float32]] = []
        conditional: list[npt.NDArray[np.float32]] = []
        text = path.read_text(encoding="utf-8", errors="replace")
        for row, line in enumerate(text.splitlines(), start=1):
            words = line.split()
            if not words or words[0] not in _NUMBERS:
                continue
            numbers = _numbers(words, f"{path}, line {row}")
            if words[0] == "1":
                name = " ".join(words[14:]).lower().replace("\\", "/")
                self._place(name, numbers, depth, (triangles, edges, conditional))
                continue
            points = numbers.reshape(-1, 3)
            if words[0] == "2":
                edges.append(points[None])
            elif words[0] == "3":
                triangles.append(points[None])
            elif words[0] == "4":
                triangles.append(points[[[0, 1, 2], [0, 2, 3]]])
            else:
                conditional.append(points[None])
        return _join(triangles, 3), _join(edges, 2), _join(conditional, 4)

    def _place(
        self,
        name: str,
        numbers: npt.NDArray[np.float32],
        depth: int,
        into: tuple[list[npt.NDArray[np.float32]], ...],
    ) -> None:
        for target, shape in zip(into, self._shape(name, depth + 1), strict=True):
            if len(shape):
                target.append(shape @ numbers[3:].reshape(3, 3).T + numbers[:3])


def _numbers(words: list[str], where: str) -> npt.NDArray[np.float32]:
    count = _NUMBERS[words[0]]
    try:
        numbers = np.array(words[2 : 2 + count], np.float32)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}.") from error
    if len(numbers) < count:
        raise ConfigError(f"{where}: {len(numbers)} numbers where {count} belong.")
    return numbers


def reshape(solid: Solid, rng: np.random.Generator, stretch: float = 0.35) -> Solid:
    """Turn a solid by a random multiple of 90° about each axis and stretch it along the axes.

    Args:
        solid: What to reshape.
        rng: Source of chance.
        stretch: Standard deviation of the logarithm of each axis's scale.
    """
    matrix = np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], (3, 1))
    return transform(solid, np.diag(np.exp(rng.normal(0, stretch, 3))) @ matrix)


def _join(arrays: list[npt.NDArray[np.float32]], points: int) -> npt.NDArray[np.float32]:
    return np.concatenate(arrays) if arrays else np.zeros((0, points, 3), np.float32)


def _file_names(folder: Path) -> dict[str, Path]:
    """Every name a type-1 line may use, lower case, to its file; ``parts`` win over primitives."""
    found: dict[str, Path] = {}
    files = sorted(
        folder.rglob("*.[dD][aA][tT]"), key=lambda file: ("parts" not in file.parts, file)
    )
    for path in files:
        inner = path.relative_to(folder).as_posix().lower()
        pieces = inner.split("/")
        for start in range(len(pieces)):
            key = "/".join(pieces[start:])
            if start and pieces[start - 1] not in {"parts", "p", "ldraw", "unofficial"}:
                continue
            found.setdefault(key, path)
    return found
