"""What embedding, searching and changing an index give back: immutable, checked when made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ConfigError, QueryError
from patentzoo.system.arguments import TABLE, TEXT, Rule, check, shown


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
class Timings:
    """The split of a run's time, in seconds.

    Attributes:
        read: Reading and hashing, added up over the workers.
        decode: Decoding to grey, turning upright and splitting into figures, added up likewise.
        preprocess: From grey page to the network's input, added up likewise.
        model: In the network.
        waiting: The network had no batch. On a CPU the cores decode meanwhile; on a GPU this is
            what more workers can save.
        total: From the first image to the last, as a clock on the wall shows it.
        images: Pages and figures that became vectors.
        workers: Threads or processes that read.
        cores: Free to this process.
    """

    read: float
    decode: float
    preprocess: float
    model: float
    waiting: float
    total: float
    images: int
    workers: int
    cores: int

    @property
    def images_per_second(self) -> float:
        """0 where there were none."""
        return self.images / self.total if self.total > 0 else 0.0

    def __str__(self) -> str:
        plural = "s" if self.workers > 1 else ""
        return (
            f"{self.images:,} images in {self.total:.1f} s ({self.images_per_second:.1f}/s, "
            f"{self.workers} worker{plural} on {self.cores} cores): read {self.read:.1f} s, "
            f"decode {self.decode:.1f} s, preprocess {self.preprocess:.1f} s, "
            f"model {self.model:.1f} s, model without a batch {self.waiting:.1f} s"
        )


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
        columns: The type of each field of the metadata: ``"integer"``, ``"number"``, ``"date"``
            (text such as 2021-01-31), ``"text"``, ``"boolean"``, ``"list"``; ``"mixed"`` where
            drawings differ, ``"empty"`` where none has a value.
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
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)


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
        _check_parts(self)
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

    def _values(self) -> tuple[Any, ...]:
        return self.model, self.fingerprint, self.ids, self.metadata, self.failures

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Embeddings):
            return NotImplemented
        return self._values() == other._values() and np.array_equal(self.vectors, other.vectors)

    def __hash__(self) -> int:
        return hash((self.model, self.fingerprint, tuple(self.ids)))

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failures" if self.failures else ""
        return f"Embeddings({len(self)} x {self.dim}, model={self.model!r}{failed})"

    def select(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Embeddings:
        """The chosen rows, in the order given; failures stay behind.

        Args:
            rows: Integers in [-n, n), no two the same.

        Returns:
            New Embeddings with a copy of these rows, float32 (len(rows), dim).

        Raises:
            QueryError: Other numbers than that.
        """
        chosen = _chosen(rows, len(self))
        return Embeddings(
            self.vectors[chosen],
            [self.ids[i] for i in chosen],
            [self.metadata[i] for i in chosen],
            self.model,
            self.fingerprint,
        )


UNIT_TOLERANCE = 1e-3
"""How far a unit vector's length may be from 1."""
_LIST = Rule("a list", lambda value: isinstance(value, Sequence) and not isinstance(value, str))


def _check_parts(made: Embeddings) -> None:
    """Raise ConfigError for a part of Embeddings that is something else."""
    ids = made.ids.tolist() if isinstance(made.ids, np.ndarray) else made.ids
    object.__setattr__(made, "ids", ids)
    for name, each in (("ids", TEXT), ("metadata", TABLE)):
        values = getattr(made, name)
        check("Embeddings", name, values, _LIST)
        plain = set(map(type, values)) <= {str if name == "ids" else dict}
        for position, value in enumerate([] if plain else values):
            if not each.fits(value):
                check("Embeddings", f"{name}[{position}]", value, each)
    check("Embeddings", "failures", made.failures, _LIST)
    check("Embeddings", "model", made.model, TEXT)
    check("Embeddings", "fingerprint", made.fingerprint, TEXT)


def _chosen(rows: Any, count: int) -> npt.NDArray[np.int64]:
    """Rows to select, as numbers in [-count, count)."""
    given = np.asarray(rows)
    if given.ndim != 1 or (given.dtype.kind not in "iu" and given.size):
        raise QueryError(f"select() takes the numbers of rows, a list of them, not {shown(rows)}.")
    chosen: npt.NDArray[np.int64] = given.astype(np.int64)
    if len(chosen) and not (-count <= chosen.min() and chosen.max() < count):
        raise QueryError(f"select(): there are {count} rows, and no row {_worst(chosen, count)}.")
    return chosen


def _worst(chosen: npt.NDArray[np.int64], count: int) -> int:
    return int(next(row for row in chosen if not -count <= row < count))


def check_unit_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return ``vectors`` if they are float32 (n, dim) with rows of length 1.

    Raises:
        QueryError: Another dtype or shape, NaN, or rows of another length.
    """
    try:
        array = np.asarray(vectors)
    except ValueError as error:
        raise QueryError(f"Vectors are a float32 array (n, dim): {error}.") from error
    if array.ndim != 2 or array.dtype != np.float32 or array.shape[1] == 0:
        raise QueryError(
            f"Vectors are a float32 array (n, dim), got {array.dtype} {array.shape}. "
            "Convert with numpy.asarray(vectors, numpy.float32)."
        )
    lengths = np.linalg.norm(array, axis=1)
    if not np.all(np.abs(lengths - 1.0) < UNIT_TOLERANCE):  # written so that NaN fails, too
        worst = int(np.argmax(~(np.abs(lengths - 1.0) < UNIT_TOLERANCE)))
        raise QueryError(
            f"Vectors must have length 1 and no NaN; row {worst} has length {lengths[worst]:.4g}. "
            "Divide each row by its norm."
        )
    return array
