"""A source -> its pages ready for the network, one after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.embedding.core_budget import CoreBudget
from patentzoo.embedding.timings import Stopwatch
from patentzoo.errors import ImageError, PatentZooError
from patentzoo.images import Page, SkippedPage
from patentzoo.images.content import BytesContent, FileContent
from patentzoo.models.preprocess import Preprocess
from patentzoo.sources import Source
from patentzoo.sources.names import stored_path

READ_ONCE_BYTES = 8_000_000
"""Files up to this size are read once, for hash and pixels; larger ones twice, in pieces."""


@dataclass(frozen=True, eq=False)
class PreparedPage:
    """A page ready for the network, without its pixels."""

    id: str
    tensor: npt.NDArray[np.float32]
    metadata: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Failed:
    """A page, or the rest of a source, that cannot be used.

    Attributes:
        id: The id it would have had.
        error: Why.
        size_bytes: Of the source, as stored.
        companion: As for ``Source``.
    """

    id: str
    error: PatentZooError
    size_bytes: int | None
    companion: bool = False


@dataclass(frozen=True)
class SourceEnd:
    """A source was read to its end; the hash is "" where it could not be read at all."""

    source_id: str
    content_hash: str


Event = PreparedPage | Failed | SkippedPage | SourceEnd


@dataclass(frozen=True)
class Reader:
    """Reads sources in the thread that asks.

    Attributes:
        preprocess: Makes a page the network's input.
        budget: Hands out the cores.
        watch: Counts the time.
    """

    preprocess: Preprocess
    budget: CoreBudget
    watch: Stopwatch

    def read(self, source: Source) -> Generator[Event]:
        """Yield a source's pages and failures, and at the end its ``SourceEnd``."""
        if source.left_out is not None:
            yield source.left_out
            yield SourceEnd(source.id, "")
            return
        try:
            with self.watch.during("read"):
                source = _held(source)
                digest = source.content_hash()
        except ImageError as error:
            yield Failed(source.id, error, source.size_bytes(), source.companion)
            yield SourceEnd(source.id, "")
            return
        outcomes = source.events()
        while True:
            with self.budget.page(), self.watch.during("decode"):
                name, outcome = next(outcomes, (None, None))
            if name is None or outcome is None:
                break
            if isinstance(outcome, PatentZooError):
                yield Failed(name, outcome, source.size_bytes())
            elif isinstance(outcome, SkippedPage):
                yield outcome
            else:
                yield self._prepared(name, outcome, source)
        yield SourceEnd(source.id, digest)

    def _prepared(self, name: str, page: Page, source: Source) -> PreparedPage | Failed:
        try:
            with self.budget.page(), self.watch.during("preprocess"):
                tensor = self.preprocess(page.grey)
        except PatentZooError as error:
            return Failed(name, _named(error, name, page.path), source.size_bytes())
        path = stored_path(page.path)
        known = {"patent": page.patent, "path": path, "page": page.page}
        return PreparedPage(name, tensor, {**page.metadata, **known})


def _held(source: Source) -> Source:
    """The same source in memory, unless it is a large file.

    Raises:
        ImageError: It cannot be read.
    """
    source = source.held()
    if not isinstance(source.content, FileContent):
        return source
    try:
        with source.content.open() as stream:
            data = stream.read(READ_ONCE_BYTES + 1)
    except OSError:
        return source  # reading it in pieces will say what is wrong
    if len(data) > READ_ONCE_BYTES:
        return source
    return dataclasses.replace(source, content=BytesContent(data))


def _named(error: PatentZooError, name: str, path: str | None) -> PatentZooError:
    """The same error, saying which image."""
    named = type(error)(f"{path or name}: {error}")
    named.__cause__ = error
    return named
