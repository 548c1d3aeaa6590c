"""Threads that search, a queue before them that ends, and a time after which nobody waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class BusyError(Exception):
    """The queue is full."""


class OvertimeError(Exception):
    """It took longer than a request may.

    Attributes:
        begun: Whether it had begun, and goes on unseen: no thread can be stopped.
    """

    def __init__(self, begun: bool) -> None:
        super().__init__()
        self.begun = begun


class WorkQueue:
    """Runs calls in threads.

    A call that nobody waits for any more keeps its thread until it ends, so that no more than
    ``threads`` ever run.

    Args:
        threads: Calls at a time.
        waiting: Calls that may wait.
        limit_s: Seconds a caller waits, in the queue and for the work.
    """

    def __init__(self, threads: int, waiting: int, limit_s: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="patentzoo-server")
        self._room = threads + waiting
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._held = 0

    @property
    def held(self) -> int:
        """Calls that run or wait."""
        return self._held

    async def run(self, call: Callable[[], T]) -> T:
        """What the call returns.

        Raises:
            BusyError: Too many wait already.
            OvertimeError: It was not done in time.
        """
        with self._lock:
            if self._held >= self._room:
                raise BusyError
            self._held += 1
        future = self._pool.submit(call)
        future.add_done_callback(self._let_go)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._limit_s)
        except TimeoutError as error:
            if future.done() and not future.cancelled():
                raise  # the call's own
            raise OvertimeError(begun=not future.cancelled()) from error

    def _let_go(self, _: Future[T]) -> None:
        with self._lock:
            self._held -= 1
