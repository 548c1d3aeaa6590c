"""Sources read by spawned processes, for machines with more cores than threads can keep busy.

Threads share one interpreter, which only one of them runs at a time. Processes do not, but take
about a second to start and some fifty megabytes of memory each. They are spawned, never forked:
torch and faiss do not survive a fork. Pages come back through shared memory that has no name, so
that nothing is left behind however a run ends.
"""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import queue
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from patentzoo.embedding.page_reader import Event, Failed, PreparedPage, Reader, SourceEnd
from patentzoo.embedding.reader_worker import Message, NotUnderstood, Raised, Read, Ready, serve
from patentzoo.errors import ConfigError, ImageDecodeError, ImageError
from patentzoo.images.content import ArrayContent, LazyContent, NoContent, PilContent
from patentzoo.sources import Source

logger = logging.getLogger(__name__)


class Processes:
    """Reads sources in processes; a context manager that ends them.

    Args:
        reader: Reads, in the thread that asks, what cannot be sent to a process.

    Attributes:
        started: Processes started so far, those that took another's place included.
    """

    def __init__(self, reader: Reader) -> None:
        self.started = 0
        self._reader = reader
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._told = False

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        while not self._idle.empty():
            self._idle.get().close()

    def read(self, source: Source) -> Generator[Event]:
        """Like ``Reader.read``; so many processes as threads call this at once.

        A process that was killed is a failure of the source that it was reading; another one takes
        its place.

        Raises:
            ConfigError: Processes cannot be started.
        """
        request = self._request(source)
        if request is None:
            yield from self._reader.read(source)
            return
        worker, done = self._worker(), False
        try:
            understood = yield from self._answers(worker, source, request)
            done = True
        finally:
            if done and worker.alive:
                self._idle.put(worker)
            else:
                worker.close(kill=True)
        if not understood:
            yield from self._reader.read(source)

    def _request(self, source: Source) -> bytes | None:
        """The source in bytes; None where it is better read here, or can only be read here."""
        if isinstance(source.content, ArrayContent | PilContent | NoContent):
            return None
        try:
            if isinstance(source.content, LazyContent):  # a member of an open archive
                with self._reader.watch.during("read"):
                    source = source.held()
            return pickle.dumps(source, pickle.HIGHEST_PROTOCOL)
        except ImageError:
            return None  # reading it here will say why
        except Exception as error:
            self._tell(f"{type(error).__name__}: {error}")
            return None

    def _worker(self) -> _Worker:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with self._lock:
                self.started += 1
            return _Worker(self._reader)

    def _answers(
        self, worker: _Worker, source: Source, request: bytes
    ) -> Generator[Event, None, bool]:
        """The events of a process; False where it could make nothing of the request."""
        pages = 0
        try:
            worker.connection.send_bytes(request)
            while True:
                # The core that the process computes on is taken here, where the network asks too.
                with self._reader.budget.page():
                    message: Message = worker.connection.recv()
                if isinstance(message, Raised):
                    raise message.error or RuntimeError(message.text)
                if isinstance(message, NotUnderstood):
                    self._tell(message.reason)
                    return False
                assert isinstance(message, Read)
                self._reader.watch.add(message.seconds)
                event = message.event
                if isinstance(event, PreparedPage):
                    pages += 1
                    event = PreparedPage(event.id, worker.tensor.copy(), event.metadata)
                if isinstance(event, SourceEnd):
                    yield event
                    return True
                worker.connection.send_bytes(b"")
                yield event
        except (EOFError, ConnectionError):
            yield from _lost(source, pages, worker.ended())
            return True

    def _tell(self, reason: str) -> None:
        with self._lock:
            told, self._told = self._told, True
        if not told:
            logger.warning("images that no process can be given are read in threads (%s)", reason)


class _Worker:
    """One process, from this side."""

    def __init__(self, reader: Reader) -> None:
        context = multiprocessing.get_context("spawn")
        side = reader.preprocess.size_px
        shared: Any = context.RawArray("f", side * side)
        self.tensor = np.frombuffer(shared, np.float32).reshape(1, side, side)
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, reader.preprocess, shared), daemon=True
        )
        try:
            with _no_ctrl_c():
                self._process.start()
            theirs.close()
            ready = self.connection.recv()
            assert isinstance(ready, Ready)
        except (EOFError, OSError, RuntimeError) as error:
            self.close(kill=True)
            raise ConfigError(
                "A process that decodes could not be started. A script that asks for processes "
                'calls patentzoo below `if __name__ == "__main__":`, for each of them imports it. '
                "Threads need no such thing: processes=False."
            ) from error

    @property
    def alive(self) -> bool:
        return self._process.is_alive() and not self.connection.closed

    def ended(self) -> str:
        """How the process came to its end."""
        self._process.join(5)
        code = self._process.exitcode
        self.connection.close()
        return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    def close(self, *, kill: bool = False) -> None:
        """End the process: it stops of itself once nobody can speak to it."""
        self.connection.close()
        if self._process.pid is None:
            return
        if kill:
            self._process.kill()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


@contextmanager
def _no_ctrl_c() -> Iterator[None]:
    """A process started in the block never hears of Ctrl-C, not even before its first line."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # started with a process, it would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lost(source: Source, pages: int, how: str) -> Generator[Event]:
    name = source.page_id(pages + 1)
    error = ImageDecodeError(
        f"{source.path or source.id}: the process that decoded it came to an end ({how}). It may "
        "need more memory than there is, or its file may bring the decoder down: look at it alone."
    )
    yield Failed(name, error, source.size_bytes())
    yield SourceEnd(source.id, "")
