"""Images or Embeddings -> drawings on their way into an index."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from patentzoo.embedding import EmbeddedBatch, OnError, Timings, embed_batches, log_outcome
from patentzoo.errors import ImageError
from patentzoo.index.storage import read_settings
from patentzoo.index.transaction import Incoming
from patentzoo.options import Figures, Kind, Photos, ReadOptions
from patentzoo.results import Embeddings
from patentzoo.sources import MetadataRule, PatentRule, Source
from patentzoo.sources.names import stored_path
from patentzoo.sources.patent_labels import read_options

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

CHUNK = 512
"""Rows after which a long build commits what it has."""


@dataclass(frozen=True)
class Reading:
    """How images are read and embedded; see ``build_index``."""

    batch_size: int = 32
    workers: int | None = None
    on_error: OnError = "raise"
    progress: bool = False
    allow_urls: bool = False
    patent: PatentRule = None
    max_pixels: int = ReadOptions.max_pixels
    figures: Figures = "auto"
    limits: Mapping[str, float] | None = None
    photos: Photos = "auto"
    processes: bool = False
    timings: Callable[[Timings], None] | None = None
    metadata: MetadataRule = None
    kind: Kind = "all"

    def kept(self) -> str:
        """The options an index keeps, to read a source so again; see ``read_as``."""
        kept = {name: getattr(self, name) for name in read_settings.KEPT}
        kept["limits"] = dict(self.limits or {})
        if self.kind == "all":  # as indexes say that were made before it was kept
            del kept["kind"]
        # What JSON cannot hold is no value of these, and refused by name when reading begins.
        return json.dumps(kept, sort_keys=True, default=str)

    def batches(
        self, model: RetrievalModel, images: Any, skip: Callable[[Source], bool]
    ) -> Iterator[EmbeddedBatch]:
        """Embed what is not skipped."""
        return embed_batches(
            model,
            images,
            batch_size=self.batch_size,
            workers=self.workers,
            on_error=self.on_error,
            progress=self.progress,
            options=read_options(
                self.allow_urls,
                self.max_pixels,
                self.patent,
                self.figures,
                self.limits,
                self.photos,
                self.metadata,
                self.kind,
            ),
            skip=skip,
            timings=self.timings,
            processes=self.processes,
        )


class Known:
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


def of_embeddings(embeddings: Embeddings) -> Incoming:
    """Vectors come without sources."""
    return Incoming(
        embeddings.vectors,
        embeddings.ids,
        embeddings.metadata,
        [None] * len(embeddings),
        failures=embeddings.failures,
    )


def of_batches(batches: Iterable[EmbeddedBatch], dim: int) -> Incoming:
    """Several batches as one."""
    each = list(batches)
    failures = [failure for batch in each for failure in batch.failures]
    ids = [name for batch in each for name in batch.ids]
    log_outcome(len(ids), failures, [note for batch in each for note in batch.left_out])
    return Incoming(
        np.concatenate([np.empty((0, dim), np.float32), *(batch.vectors for batch in each)]),
        ids,
        [data for batch in each for data in batch.metadata],
        [name for batch in each for name in batch.source_of],
        {name: hash_ for batch in each for name, hash_ in batch.sources},
        failures,
        [name for batch in each for name in batch.failed_in],
    )


def in_chunks(batches: Iterable[EmbeddedBatch], dim: int, size: int = CHUNK) -> Iterator[Incoming]:
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
