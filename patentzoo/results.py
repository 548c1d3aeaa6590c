"""What embedding and searching give back: immutable, checked when made."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, QueryError


@dataclass(frozen=True)
class Failure:
    """An image that was left out, and why.

    Attributes:
        id: The id the image would have had.
        reason: The text of the error.
    """

    id: str
    reason: str


@dataclass(frozen=True)
class Hit:
    """One drawing found.

    Attributes:
        rank: 1 for the closest.
        score: Cosine in [-1, 1]; higher is closer.
        id: The drawing's id in the index.
        patent: The patent it belongs to, if known.
        path: The file or URL it came from, if any.
        page: Its page, from 1, where the file holds several.
        metadata: What else the index keeps about it (read-only).
    """

    rank: int
    score: float
    id: str
    patent: str | None = None
    path: str | None = None
    page: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"Ranks count from 1, got {self.rank}.")
        if not (math.isfinite(self.score) and -1.0 <= self.score <= 1.0):
            raise ValueError(f"A score is a cosine in [-1, 1], got {self.score}.")
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mappingproxy cannot be pickled; results travel between processes all the same.
        values = (self.rank, self.score, self.id, self.patent, self.path, self.page)
        return Hit, (*values, dict(self.metadata))

    def to_row(self) -> dict[str, Any]:
        """A flat dict for a table or JSON; metadata keys come after the fixed ones."""
        fixed = {
            "rank": self.rank,
            "score": self.score,
            "id": self.id,
            "patent": self.patent,
            "path": self.path,
            "page": self.page,
        }
        return fixed | {key: value for key, value in self.metadata.items() if key not in fixed}


@dataclass(frozen=True, repr=False)
class SearchResult(Sequence[Hit]):
    """The hits of one query, closest first: a read-only sequence.

    Attributes:
        query: The id of the query.
        hits: Ranks 1, 2, 3, ... with scores that never rise.
    """

    query: str
    hits: tuple[Hit, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "hits", tuple(self.hits))
        if [hit.rank for hit in self.hits] != list(range(1, len(self.hits) + 1)):
            raise ValueError("The ranks of a SearchResult are 1, 2, 3, ... in order.")
        scores = [hit.score for hit in self.hits]
        if any(later > earlier for earlier, later in itertools.pairwise(scores)):
            raise ValueError("The scores of a SearchResult never rise from one hit to the next.")

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    @overload
    def __getitem__(self, item: int) -> Hit: ...
    @overload
    def __getitem__(self, item: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, item: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[item]

    def to_rows(self) -> list[dict[str, Any]]:
        """One flat dict a hit, e.g. for ``pandas.DataFrame`` or ``json.dumps``."""
        return [hit.to_row() for hit in self.hits]

    def __str__(self) -> str:
        if not self.hits:
            return f"{self.query}: no hits"
        widths = [max(len(str(hit.patent or "-")) for hit in self.hits), 6]
        lines = [f"{self.query}: {len(self.hits)} hits"]
        for hit in self.hits:
            patent = str(hit.patent or "-").ljust(max(widths))
            lines.append(f"{hit.rank:>4}  {hit.score:+.3f}  {patent}  {hit.id}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        best = f", best {self.hits[0].id!r} at {self.hits[0].score:.3f}" if self.hits else ""
        return f"SearchResult(query={self.query!r}, {len(self.hits)} hits{best})"


@dataclass(frozen=True, eq=False, repr=False)
class Embeddings:
    """Unit vectors with the ids of their images; made by ``embed``.

    Attributes:
        vectors: float32 (n, dim), rows of length 1 (read-only).
        ids: n different strings; ``ids[i]`` names ``vectors[i]``.
        metadata: n dicts; each holds ``patent``, ``path`` and ``page`` and what the user gave.
        failures: The images left out.
        model: Name of the model that made the vectors.
        fingerprint: Fingerprint of that model.
    """

    vectors: npt.NDArray[np.float32]
    ids: Sequence[str]
    metadata: Sequence[Mapping[str, Any]]
    model: str
    fingerprint: str
    failures: Sequence[Failure] = ()

    def __post_init__(self) -> None:
        vectors = np.ascontiguousarray(check_unit_rows(self.vectors)).view()
        vectors.flags.writeable = False
        object.__setattr__(self, "vectors", vectors)
        object.__setattr__(self, "ids", list(self.ids))
        object.__setattr__(self, "metadata", [dict(each) for each in self.metadata])
        object.__setattr__(self, "failures", list(self.failures))
        if not len(self.vectors) == len(self.ids) == len(self.metadata):
            raise ConfigError(
                f"Embeddings need one id and one metadata dict a vector; got {len(self.vectors)} "
                f"vectors, {len(self.ids)} ids, {len(self.metadata)} metadata."
            )
        if len(set(self.ids)) != len(self.ids):
            twice = next(name for name in self.ids if list(self.ids).count(name) > 1)
            raise ConfigError(f"Ids must differ from one another; {twice!r} occurs more than once.")

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failures" if self.failures else ""
        return f"Embeddings({len(self)} x {self.dim}, model={self.model!r}{failed})"

    def select(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Embeddings:
        """The chosen rows, in the order given; failures stay behind.

        Args:
            rows: Integers in [-n, n), no two the same.
        """
        chosen = np.asarray(rows, dtype=np.int64)
        return Embeddings(
            self.vectors[chosen],
            [self.ids[i] for i in chosen],
            [self.metadata[i] for i in chosen],
            self.model,
            self.fingerprint,
        )


def check_unit_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return ``vectors`` if they are float32 (n, dim) with rows of length 1.

    Raises:
        QueryError: Another dtype or shape, NaN, or rows of another length.
    """
    array = np.asarray(vectors)
    if array.ndim != 2 or array.dtype != np.float32 or array.shape[1] == 0:
        raise QueryError(
            f"Vectors are a float32 array (n, dim), got {array.dtype} {array.shape}. "
            "Convert with numpy.asarray(vectors, numpy.float32)."
        )
    lengths = np.linalg.norm(array, axis=1)
    if not np.all(np.abs(lengths - 1.0) < 1e-3):  # written so that NaN fails, too
        worst = int(np.argmax(~(np.abs(lengths - 1.0) < 1e-3)))
        raise QueryError(
            f"Vectors must have length 1 and no NaN; row {worst} has length {lengths[worst]:.4g}. "
            "Divide each row by its norm."
        )
    return array
