"""Vectors that are equal but for rounding, of which an approximate engine holds one.

Thousands of copies of one drawing fill each other's links and lists of candidates, so that what
lies beside them is not found. One of them stands for all, and a search that meets it gives all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.index.engines.protocol import Mask, Neighbors, Vectors
from patentzoo.index.storage.segments import Segment, parts_at, vectors_at

NEAR = 1e-3
"""Vectors no farther apart are one: the rounding of float16 and of another batch is less."""
MOST = 4_096
"""Of one vector, no more copies beyond those asked for are compared again."""
_CELL, _DIRECTIONS, _BLOCK = 1e-2, 8, 50_000
_MARK = b"pzlinked"

Rows = npt.NDArray[np.int64]


class Distinct:
    """Which vector stands for which.

    Args:
        of: int64 (n,): the number of the vector that stands for each position.

    Attributes:
        first: int64 (u,), rising: the position of each vector that stands for others or itself.
        alike: Whether some stand for others.
    """

    def __init__(self, of: Rows) -> None:
        self.of = of
        _, self.first = np.unique(of, return_index=True)
        self.alike = len(self.first) < len(of)
        self._order = np.argsort(of, kind="stable")
        self._starts = np.append(
            np.searchsorted(of[self._order], np.arange(len(self.first))), len(of)
        )

    @classmethod
    def find(cls, segments: Sequence[Segment]) -> Distinct:
        """Group the vectors of segments: projected alike first, then compared."""
        pieces = [np.empty(0, np.int64), *(_cells(block) for block in blocks(segments))]
        _, leader, group = np.unique(np.concatenate(pieces), return_index=True, return_inverse=True)
        stands = leader[group]
        others = np.flatnonzero(stands != np.arange(len(stands)))
        for first in range(0, len(others), _BLOCK):
            rows = others[first : first + _BLOCK]
            apart = vectors_at(segments, rows) - vectors_at(segments, stands[rows])
            far = rows[np.linalg.norm(apart, axis=1) > NEAR]
            stands[far] = far
        return cls(np.unique(stands, return_inverse=True)[1].astype(np.int64))

    def filter_mask(self, mask: Mask | None) -> Mask | None:
        """bool (u,): the vectors that stand for a position that may be found."""
        if mask is None or not self.alike:
            return mask
        found = np.zeros(len(self.first), dtype=bool)
        found[self.of[mask]] = True
        return found

    def expand(self, found: Neighbors, k: int, mask: Mask | None) -> Neighbors:
        """Put the positions in the place of the vectors that stand for them.

        Args:
            found: Scores, and numbers of vectors, (m, c), -1 at the end.
            k: Hits wanted.
            mask: bool (n,): positions that may be found; None: all.

        Returns:
            The same of positions, (m, c'); the scores are those of what stands for them.
        """
        if not self.alike:
            return found
        each = [
            self._members(scores, row, k + MOST, mask) for scores, row in zip(*found, strict=True)
        ]
        width = max((len(rows) for _, rows in each), default=0)
        shape = (len(each), width)
        scores, positions = np.full(shape, -1.0, np.float32), np.full(shape, -1, np.int64)
        for number, (score, rows) in enumerate(each):
            scores[number, : len(rows)], positions[number, : len(rows)] = score, rows
        return scores, positions

    def _members(
        self, scores: Any, numbers: Rows, most: int, mask: Mask | None
    ) -> tuple[Any, Rows]:
        kept, rows = [np.empty(0, np.float32)], [np.empty(0, np.int64)]
        for score, number in zip(scores, numbers, strict=True):
            if number < 0:
                continue
            mine = self._order[self._starts[number] : self._starts[number + 1]]
            mine = (mine if mask is None else mine[mask[mine]])[:most]
            kept.append(np.full(len(mine), score, np.float32))
            rows.append(mine)
        return np.concatenate(kept), np.concatenate(rows)

    def append_to(self, file: Path) -> None:
        """Write it behind what an engine has written; nothing where each stands for itself."""
        if self.alike:
            append_marked(file, self.of, _MARK)

    @classmethod
    def read(cls, file: Path, count: int) -> Distinct:
        """Read what ``append_to`` has written; ``count`` is the number of positions."""
        found = read_marked(file, _MARK)
        return cls(np.arange(count, dtype=np.int64) if found is None else found)

    def blocks(self, segments: Sequence[Segment]) -> Iterator[Vectors]:
        """The vectors that stand for others or themselves, float32, some at a time."""
        return blocks(segments, self.first if self.alike else None)


def append_marked(file: Path, numbers: Rows, mark: bytes) -> None:
    """Write numbers behind what is in a file, under a mark of eight bytes."""
    with file.open("ab") as stream:
        data = numbers.astype("<i8").tobytes()
        stream.write(data + len(data).to_bytes(8, "little") + mark)


def read_marked(file: Path, mark: bytes) -> Rows | None:
    """Read what ``append_marked`` wrote last, or last but one; None where no such mark is."""
    end = file.stat().st_size
    with file.open("rb") as stream:
        for _ in range(2):
            stream.seek(max(0, end - 16))
            last = stream.read(16)
            if last[8:] not in (mark, _MARK):
                return None
            end -= 16 + int.from_bytes(last[:8], "little")
            if last[8:] == mark:
                stream.seek(end)
                return np.frombuffer(stream.read(int.from_bytes(last[:8], "little")), "<i8").astype(
                    np.int64
                )
    return None


def blocks(
    segments: Sequence[Segment], rows: Rows | None = None, size: int = _BLOCK
) -> Iterator[Vectors]:
    """Vectors of the segments, float32 (at most ``size``, dim) at a time.

    Args:
        segments: Positions count through them.
        rows: int64, rising: which positions; None: all.
        size: Rows at a time.
    """
    everything = ((each, np.arange(len(each))) for each in segments)
    for segment, mine in everything if rows is None else parts_at(segments, rows):
        for first in range(0, len(mine), size):
            chosen = mine[first : first + size]
            part = slice(first, first + size) if rows is None else chosen
            yield np.ascontiguousarray(segment.vectors(part))


def _cells(vectors: Vectors) -> Rows:
    """int64 (n,): equal for vectors whose projections on a few directions fall into one cell."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(vectors.shape[1], _DIRECTIONS)).astype(np.float32)
    cells = np.floor(vectors @ directions / _CELL).astype(np.int64)
    mixed: Rows = cells @ rng.integers(1 << 62, size=_DIRECTIONS)  # wraps around, as a hash may
    return mixed
