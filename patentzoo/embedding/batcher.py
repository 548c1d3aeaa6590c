"""Pages collected from sources, encoded some at a time, given out once their source is complete."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from patentzoo.embedding.page_reader import Event, Failed, SourceEnd
from patentzoo.errors import ConfigError
from patentzoo.images import SkippedPage
from patentzoo.options import OnError
from patentzoo.results import Failure

if TYPE_CHECKING:
    from patentzoo.models.retrieval_model import RetrievalModel

Row = npt.NDArray[np.float32]

FAILURES_HELD = 512
"""So many sources without a vector are given out by themselves."""


@dataclass(frozen=True, eq=False)
class EmbeddedBatch:
    """Vectors of whole sources: a batch ends where a source ends.

    Attributes:
        vectors: float32 (n, dim), unit rows.
        ids: n ids.
        metadata: n dicts.
        source_of: ``Source.id`` of each row.
        sources: (id, content hash) of every source that ended in this batch, failed ones included;
            the hash is "" where not even the bytes could be read.
        failures: Images that cannot be used.
        left_out: Pages that show no drawing (the text pages of a PDF).
        failed_in: ``Source.id`` of each failure.
    """

    vectors: npt.NDArray[np.float32]
    ids: list[str]
    metadata: list[dict[str, Any]]
    source_of: list[str]
    sources: list[tuple[str, str]]
    failures: list[Failure]
    left_out: list[SkippedPage] = field(default_factory=list)
    failed_in: list[str] = field(default_factory=list)


def joined(batches: Iterable[EmbeddedBatch], dim: int) -> EmbeddedBatch:
    """Several batches as one; none are an empty one, of vectors of length ``dim``."""
    each = list(batches)
    return EmbeddedBatch(
        np.concatenate([np.empty((0, dim), np.float32), *(batch.vectors for batch in each)]),
        [name for batch in each for name in batch.ids],
        [data for batch in each for data in batch.metadata],
        [name for batch in each for name in batch.source_of],
        [pair for batch in each for pair in batch.sources],
        [failure for batch in each for failure in batch.failures],
        [note for batch in each for note in batch.left_out],
        [name for batch in each for name in batch.failed_in],
    )


class Batcher:
    """What has been read and not been given out, in order.

    The last bits of a vector depend on the size of its batch and may depend on its place in it. So
    an image that cannot be used keeps its place, as a page that nobody looks at: the others get the
    vectors they would have beside a good one, bit for bit.

    Args:
        model: Encodes the pages.
        on_error: ``"raise"`` or ``"skip"``.
        unique_ids: Whether two images of one id are an error.

    Attributes:
        failed: Images that failed so far.
    """

    def __init__(self, model: RetrievalModel, on_error: OnError, unique_ids: bool) -> None:
        self.failed = 0
        self._model = model
        self._on_error = on_error
        self._unique_ids = unique_ids
        self._passed = False
        self._seen: set[str] = set()
        self._open: deque[_SourceBuffer] = deque([_SourceBuffer()])
        self._waiting: deque[tuple[_SourceBuffer, Row] | None] = deque()
        """Places in the batches to come; None: of an image that cannot be used."""

    @property
    def waiting(self) -> int:
        """Pages not encoded, and places of images that cannot be used."""
        return len(self._waiting)

    @property
    def complete(self) -> bool:
        """Whether there is a source to give out."""
        return self._open[0].complete

    @property
    def encoded(self) -> bool:
        """Whether there are vectors to give out: a few sources without any can wait for some."""
        ended = itertools.takewhile(lambda each: each.complete, self._open)
        return any(each.vectors or count >= FAILURES_HELD for count, each in enumerate(ended, 1))

    def add(self, event: Event) -> None:
        """Take an event of ``prepare``.

        Raises:
            PatentZooError: A failure, unless skipped.
        """
        current = self._open[-1]
        if isinstance(event, SourceEnd):
            current.end = event
            self._open.append(_SourceBuffer())
        elif isinstance(event, SkippedPage):
            current.left_out.append(event)
        elif isinstance(event, Failed):
            self._fail(current, event)
        elif self._unique_ids and event.id in self._seen:
            self._fail(current, _second(event.id))
        else:
            self._seen.add(event.id)
            current.pages.append((event.id, event.metadata))
            self._waiting.append((current, event.tensor))

    def _fail(self, current: _SourceBuffer, event: Failed) -> None:
        if self._on_error == "raise":
            raise event.error
        self.failed += 1
        current.failures.append(Failure(event.id, str(event.error), event.size_bytes))
        if not event.companion:
            self._waiting.append(None)

    def encode(self, count: int) -> None:
        """Pass the next ``count`` pages, or those that are left, through the network.

        After a full pass, a smaller one is filled up. Places of images that cannot be used hold a
        repeat of another page; where there is no other, there is nothing to do.
        """
        taken = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
        size = count if self._passed else len(taken)
        self._passed = True
        pages = [each for each in taken if each is not None]
        if not pages:
            return
        _, repeated = pages[-1]
        tensors = [repeated if each is None else each[1] for each in taken]
        rows = self._model.encode(np.stack(tensors + [repeated] * (size - len(taken))))
        for each, row in zip(taken, rows[: len(taken)], strict=True):
            if each is not None:
                each[0].vectors.append(row)

    def take(self) -> EmbeddedBatch:
        """Give out every complete source."""
        ended: list[_SourceBuffer] = []
        while self._open[0].complete:
            ended.append(self._open.popleft())
        vectors = [row for each in ended for row in each.vectors]
        return EmbeddedBatch(
            np.stack(vectors) if vectors else np.empty((0, self._model.dim), np.float32),
            [name for each in ended for name, _ in each.pages],
            [metadata for each in ended for _, metadata in each.pages],
            [each.source.source_id for each in ended for _ in each.pages],
            [(each.source.source_id, each.source.content_hash) for each in ended],
            [failure for each in ended for failure in each.failures],
            [note for each in ended for note in each.left_out],
            [each.source.source_id for each in ended for _ in each.failures],
        )


class _SourceBuffer:
    """One source on its way."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, dict[str, Any]]] = []
        self.vectors: list[Row] = []
        self.failures: list[Failure] = []
        self.left_out: list[SkippedPage] = []
        self.end: SourceEnd | None = None

    @property
    def complete(self) -> bool:
        return self.end is not None and len(self.vectors) == len(self.pages)

    @property
    def source(self) -> SourceEnd:
        assert self.end is not None
        return self.end


def _second(name: str) -> Failed:
    text = (
        f"Two images have the id {name!r}. Give the folder above them, so that ids hold the path, "
        "or pairs of (id, image)."
    )
    return Failed(name, ConfigError(text), None)
