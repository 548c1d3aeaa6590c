"""Sources -> pages ready for the network, decoded by threads, in order and in bounded memory."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ImageError, PatentZooError
from patentzoo.images import LeftOut, Source
from patentzoo.images.names import printable
from patentzoo.preprocess import Preprocess

PAGES_AHEAD = 8
"""Pages of one source that may wait; a PDF of 1,000 pages is read no further ahead than this."""

BYTES_AHEAD = 256_000_000
"""Members of packed archives, which come with their bytes, that may wait."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A page ready for the network, without its pixels."""

    id: str
    tensor: npt.NDArray[np.float32]
    metadata: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Failed:
    """A page, or the rest of a source, that cannot be used."""

    id: str
    error: PatentZooError
    size_bytes: int | None


@dataclass(frozen=True)
class Ended:
    """A source was read to its end; the hash is "" where it could not be read at all."""

    source_id: str
    content_hash: str


Event = Prepared | Failed | LeftOut | Ended


def prepare(
    preprocess: Preprocess, sources: Iterable[Source], workers: int, ahead: int
) -> Generator[Event]:
    """Decode and preprocess in threads (Pillow and OpenCV release the GIL).

    Events come in the order of the sources, each source's pages before its ``Ended``. At most
    ``ahead`` sources are under way or waiting, and no more are begun while as many pages, or
    ``BYTES_AHEAD``, wait.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="patentzoo-decode")
    stop = threading.Event()
    pending: deque[_Pipe] = deque()
    remaining = iter(sources)
    more = True
    try:
        while more or pending:
            while more and len(pending) < ahead and not _is_full(pending, ahead):
                source = next(remaining, None)
                if source is None:
                    more = False
                    break
                pipe = _Pipe(stop, source)
                pool.submit(pipe.fill, source, preprocess)
                pending.append(pipe)
            if pending:
                yield from pending.popleft().drain()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _is_full(pending: Iterable[_Pipe], ahead: int) -> bool:
    pages = sum(each.waiting for each in pending)
    return pages >= ahead or sum(each.held_bytes for each in pending) >= BYTES_AHEAD


class _Stopped(Exception):
    """Nobody reads on."""


class _Pipe:
    """What one source gives, from the thread that reads it to the one that collects."""

    def __init__(self, stop: threading.Event, source: Source) -> None:
        self.held_bytes = source.size_bytes() or 0 if source.streamed else 0
        self._queue: queue.Queue[Event | BaseException] = queue.Queue(PAGES_AHEAD)
        self._stop = stop

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def fill(self, source: Source, preprocess: Preprocess) -> None:
        try:
            for event in _read(source, preprocess):
                self._put(event)
        except _Stopped:
            pass
        except BaseException as error:
            self._put(error)

    def _put(self, event: Event | BaseException) -> None:
        while not self._stop.is_set():
            try:
                return self._queue.put(event, timeout=0.1)
            except queue.Full:
                continue
        raise _Stopped

    def drain(self) -> Iterator[Event]:
        while True:
            event = self._queue.get()
            if isinstance(event, BaseException):
                raise event
            yield event
            if isinstance(event, Ended):
                return


def _read(source: Source, preprocess: Preprocess) -> Iterator[Event]:
    size = source.size_bytes()
    try:
        source = source.held()
        digest = source.content_hash()
    except ImageError as error:
        yield Failed(source.id, error, size)
        yield Ended(source.id, "")
        return
    for name, outcome in source.events():
        if isinstance(outcome, PatentZooError):
            yield Failed(name, outcome, source.size_bytes())
        elif isinstance(outcome, LeftOut):
            yield outcome
        else:
            try:
                tensor = preprocess(outcome.grey)
            except PatentZooError as error:
                yield Failed(name, _named(error, name, outcome.path), source.size_bytes())
                continue
            path = None if outcome.path is None else printable(outcome.path)
            known = {"patent": outcome.patent, "path": path, "page": outcome.page}
            yield Prepared(name, tensor, {**outcome.metadata, **known})
    yield Ended(source.id, digest)


def _named(error: PatentZooError, name: str, path: str | None) -> PatentZooError:
    """The same error, saying which image."""
    named = type(error)(f"{path or name}: {error}")
    named.__cause__ = error
    return named
