"""What the routes share: the index, the threads, the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from patentzoo.errors import PatentZooError
from patentzoo.index import Index
from patentzoo.server.metrics import Metrics
from patentzoo.server.options import ServerOptions
from patentzoo.server.work_queue import WorkQueue
from patentzoo.system.cores import free_cores

T = TypeVar("T")


class Service:
    """One index, as it is served.

    Args:
        index: Searched by all threads.
        options: What is allowed.

    Attributes:
        uploads: The folder of drawings that were added; None: none are kept.
        metrics: Counts the requests.
    """

    def __init__(self, index: Index, options: ServerOptions) -> None:
        # A handle of its own: how queries are read is limited here, not for the giver's searches.
        self.index = index.with_model(index._model.loaded)
        limits = dict(index.read_settings.get("limits") or {})
        limits["max_members"] = options.max_pages
        self.index.read_settings = {**index.read_settings, "limits": limits}
        self.options = options
        self.uploads = None if options.uploads is None else Path(options.uploads)
        threads = options.threads or max(2, free_cores())
        self._searches = WorkQueue(threads, options.waiting, options.search_s)
        # Changes queue up here, one by one; those of other processes at the catalogue's lock.
        self._changes = WorkQueue(1, options.waiting, options.change_s)
        self.metrics = Metrics(self._drawings, lambda: self._searches.held)

    def _drawings(self) -> float:
        try:
            return len(self.index)
        except PatentZooError:  # the other numbers are wanted then most of all
            return math.nan

    async def search(self, call: Callable[[], T]) -> T:
        """Run what reads the index; errors as of ``WorkQueue.run``."""
        return await self._searches.run(call)

    async def change(self, call: Callable[[], T]) -> T:
        """Run what changes the index, after the changes before it."""
        return await self._changes.run(call)


def service_of(request: Request) -> Service:
    """The service of the application that was asked."""
    found = request.app.state.service
    assert isinstance(found, Service)
    return found


Served = Annotated[Service, Depends(service_of)]
