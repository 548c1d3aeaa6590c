"""Images or Embeddings -> drawings on their way into an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from patentzoo.embedding import EmbeddedBatch, log_outcome
from patentzoo.errors import ImageError
from patentzoo.index.engines.protocol import Vectors
from patentzoo.results import Embeddings, Failure
from patentzoo.shards import ShardSet
from patentzoo.sources import Source
from patentzoo.sources.names import stored_path

CHUNK = 512
"""Rows after which a long build commits what it has."""


@dataclass(frozen=True, eq=False)
class UpsertBatch:
    """Drawings on their way in.

    Attributes:
        vectors: float32 (n, dim), unit rows.
        ids: n different ids.
        metadata: n dicts.
        source_of: The source of each row; None where vectors came without one.
        sources: Content hash by source: what those sources had before is replaced.
        failures: What was left out.
        failed_in: The source of each failure; empty where vectors came without sources.
        read_settings: How the sources were read, as ``read_settings.kept`` writes it; None: as
            the index was built.
    """

    vectors: Vectors
    ids: Sequence[str]
    metadata: Sequence[Mapping[str, Any]]
    source_of: Sequence[str | None]
    sources: Mapping[str, str] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    failed_in: Sequence[str] = ()
    read_settings: str | None = None


class UnchangedSources:
    """Leaves out the sources whose content is as it was, and counts them.

    Attributes:
        seen: Every source met so far.
        unchanged: How many were left out.
        paths: Where those lie now, by source.
    """

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = hashes
        self.seen: set[str] = set()
        self.unchanged = 0
        self.paths: dict[str, str] = {}

    def __call__(self, source: Source) -> bool:
        """Whether a source need not be read."""
        if source.left_out is not None:
            return False
        self.seen.add(source.id)
        known = self._hashes.get(source.id)
        if known is None:
            return False
        try:
            same = source.content_hash() == known
        except ImageError:
            return False  # reading it will say what is wrong
        self.unchanged += same
        path = stored_path(source.path)
        if same and path is not None:
            self.paths[source.id] = path
        return same


def of_embeddings(embeddings: Embeddings) -> UpsertBatch:
    """Vectors come without sources."""
    return UpsertBatch(
        embeddings.vectors,
        embeddings.ids,
        embeddings.metadata,
        [None] * len(embeddings),
        failures=embeddings.failures,
    )


def of_batches(batches: Iterable[EmbeddedBatch], dim: int) -> UpsertBatch:
    """Several batches as one."""
    each = list(batches)
    failures = [failure for batch in each for failure in batch.failures]
    ids = [name for batch in each for name in batch.ids]
    log_outcome(len(ids), failures, [note for batch in each for note in batch.left_out])
    return UpsertBatch(
        np.concatenate([np.empty((0, dim), np.float32), *(batch.vectors for batch in each)]),
        ids,
        [data for batch in each for data in batch.metadata],
        [name for batch in each for name in batch.source_of],
        {name: hash_ for batch in each for name, hash_ in batch.sources},
        failures,
        [name for batch in each for name in batch.failed_in],
    )


def batches_of_shards(
    shards: ShardSet, known: Mapping[str, str] | None = None
) -> Iterator[UpsertBatch]:
    """Each part of some shards as one batch; one is in memory at a time.

    Args:
        shards: Complete ones.
        known: Content hash by source of what is there already, and is left out.
    """
    held = {} if known is None else known
    for batch in shards.batches(lambda name, hash_: held.get(name) == hash_):
        yield of_batches([batch], shards.dim)


def in_chunks(
    batches: Iterable[EmbeddedBatch], dim: int, size: int = CHUNK
) -> Iterator[UpsertBatch]:
    """Batches put together until they hold ``size`` rows and failures; at Ctrl-C, those there are.

    Raises:
        KeyboardInterrupt: After what was there has been given out.
    """
    waiting: list[EmbeddedBatch] = []
    try:
        for batch in batches:
            waiting.append(batch)
            if sum(len(each.ids) + len(each.failures) for each in waiting) >= size:
                yield of_batches(waiting, dim)
                waiting = []
    except KeyboardInterrupt:
        if waiting:
            yield of_batches(waiting, dim)
        raise
    if waiting:
        yield of_batches(waiting, dim)
