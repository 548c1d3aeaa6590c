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
from patentzoo.shown import Shown


@dataclass(frozen=True)
class Failure:
    """An image that was left out, and why.

    Attributes:
        id: The id the image would have had.
        reason: The text of the error.
        size_bytes: Size of what could not be used, as stored; None where that is unknown.
    """

    id: str
    reason: str
    size_bytes: int | None = None


@dataclass(frozen=True)
class Hit:
    """One drawing found.

    Attributes:
        rank: 1 for the closest.
        score: In [-1, 1]; higher is closer. A cosine, unless ``search`` was asked to fuse ranks or
            to re-rank.
        id: The drawing's id in the index.
        patent: The patent it belongs to, if known.
        path: The file or URL it came from, if any.
        page: Its page, from 1, where the file holds several.
        metadata: What else the index keeps about it (read-only).
        figures: In a search by patent: the patent's closest drawings, the closest first.
    """

    rank: int
    score: float
    id: str
    patent: str | None = None
    path: str | None = None
    page: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Hit, ...] = ()

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"Ranks count from 1, got {self.rank}.")
        if not (math.isfinite(self.score) and -1.0 <= self.score <= 1.0):
            raise ValueError(f"A score is a cosine or fused score in [-1, 1], got {self.score}.")
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    @classmethod
    def trusted(cls, rank: int, score: float, name: str, *rest: Any) -> Hit:
        """A hit whose values are known to be right: thousands a second are made by ``search``."""
        patent, path, page, metadata, figures = rest
        made = object.__new__(cls)
        made.__dict__.update(rank=rank, score=score, id=name, patent=patent, path=path, page=page)
        made.__dict__.update(metadata=MappingProxyType(metadata), figures=figures)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        # A mappingproxy cannot be pickled; results travel between processes all the same.
        values = (self.rank, self.score, self.id, self.patent, self.path, self.page)
        return Hit, (*values, dict(self.metadata), self.figures)

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
class SearchResult(Shown, Sequence[Hit]):
    """The hits of one query, closest first: a read-only sequence.

    Attributes:
        query: The id of the query.
        hits: Ranks 1, 2, 3, ... with scores that never rise.
        asked: The images ``search`` was given for it, as they were given, to show the query beside
            its hits; none for a vector.
    """

    query: str
    hits: tuple[Hit, ...]
    asked: tuple[Any, ...] = field(default=(), compare=False, repr=False)

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


@dataclass(frozen=True)
class Changes:
    """What a change of an index did.

    Attributes:
        added: Drawings that are new.
        replaced: Drawings that were there under the same id, or of the same file.
        removed: Drawings that are gone.
        unchanged: Files whose content is as it was: not embedded again.
        updated: Drawings whose metadata changed.
        failures: Images that were left out.
    """

    added: int = 0
    replaced: int = 0
    removed: int = 0
    unchanged: int = 0
    updated: int = 0
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class IndexStats:
    """An index in numbers.

    Attributes:
        drawings: That can be found.
        patents: A drawing of no known patent counts as one of its own.
        removed: Drawings whose vectors still lie in the files, until ``compact``.
        dim: Length of a vector.
        model: Name of the model.
        engine: What compares vectors: ``"flat"``, ``"hnsw"`` or ``"ivfpq"``.
        unindexed: Drawings added since the engine was made; they are compared one by one.
        storage: ``"float32"``, ``"float16"`` or ``"int8"``.
        segments: Vector files.
        file_bytes: On the disk; 0 for an index in memory.
        vector_bytes: Of the stored vectors, mapped or in memory.
        engine_bytes: That the engine holds in memory besides.
        generation: Changes committed so far.
        advice: What would make it better, or an empty text.
    """

    drawings: int
    patents: int
    removed: int
    dim: int
    model: str
    engine: str
    unindexed: int
    storage: str
    segments: int
    file_bytes: int
    vector_bytes: int
    engine_bytes: int
    generation: int
    advice: str


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
