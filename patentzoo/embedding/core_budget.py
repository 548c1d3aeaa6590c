"""The free cores, handed to those who compute: decoding and the network never ask for more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class CoreBudget:
    """A number of cores; whoever computes takes some, and gives them back before it waits.

    A pass through the network runs on many threads at once. Threads that decode beside it would
    make all of its threads wait for the slowest. So a pass takes the cores that it uses: decoders
    finish their page and stand back until it is over. All cores are at work all the time, in turns.

    Args:
        cores: How many there are.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._free = cores
        self._ahead = 0
        self._changed = threading.Condition()

    @contextmanager
    def page(self) -> Iterator[None]:
        """Hold a core for one page, once no pass of the network waits for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._free > 0 and not self._ahead)
            self._free -= 1
        try:
            yield
        finally:
            self._give_back(1)

    @contextmanager
    def network(self, threads: int) -> Iterator[None]:
        """Hold the cores for a pass of the network, before any further page.

        Args:
            threads: How many it uses; 0 where it runs on another device.
        """
        threads = min(threads, self._cores)
        with self._changed:
            self._ahead += 1
            try:
                self._changed.wait_for(lambda: self._free >= threads)
                self._free -= threads
            finally:
                self._ahead -= 1
        try:
            yield
        finally:
            self._give_back(threads)

    def _give_back(self, count: int) -> None:
        with self._changed:
            self._free += count
            self._changed.notify_all()
