"""Images or Embeddings -> drawings on their way into an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from patentzoo.embedding import EmbeddedBatch, log_outcome
from patentzoo.embedding.batcher import joined
from patentzoo.embedding.resumed_runs import in_parts
from patentzoo.index.engines.protocol import Vectors
from patentzoo.results import Embeddings, Failure
from patentzoo.shards import ShardSet

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
    """Several batches as one; what they left out is told in the log."""
    each = joined(batches, dim)
    log_outcome(len(each.ids), each.failures, each.left_out)
    return UpsertBatch(
        each.vectors,
        each.ids,
        each.metadata,
        each.source_of,
        dict(each.sources),
        each.failures,
        each.failed_in,
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
    for part in in_parts(batches, dim, size, KeyboardInterrupt):
        yield of_batches([part], dim)
