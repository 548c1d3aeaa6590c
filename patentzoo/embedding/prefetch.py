"""Sources -> events of many readers at once, in order and in bounded memory."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from patentzoo.embedding.page_reader import Event, SourceEnd
from patentzoo.sources import Source

PAGES_AHEAD = 8
"""Pages of one source that may wait; a PDF of 1,000 pages is read no further ahead than this."""

BYTES_AHEAD = 256_000_000
"""Members of packed archives, which come with their bytes, that may wait."""

Read = Callable[[Source], Generator[Event]]
"""Gives a source's events, the last of them its ``SourceEnd``; called from many threads."""


def prepare(read: Read, sources: Iterable[Source], workers: int, ahead: int) -> Generator[Event]:
    """Read sources in threads (Pillow and OpenCV release the GIL).

    Events come in the order of the sources, each source's pages before its ``SourceEnd``. At most
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
                pool.submit(pipe.fill, source, read)
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

    def fill(self, source: Source, read: Read) -> None:
        """Put in what reading gives, to its end or until nobody reads on; an error last."""
        try:
            with closing(read(source)) as events:
                for event in events:
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
            if isinstance(event, SourceEnd):
                return
