"""Counts and times of requests, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds of the histogram's buckets."""


class Metrics:
    """The numbers of one server; each has its own, so that two in one process do not mix.

    Args:
        drawings: Counts the index's drawings.
        held: Counts the searches that run or wait.
    """

    def __init__(self, drawings: Callable[[], float], held: Callable[[], float]) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self._requests = Counter(
            "patentzoo_requests",
            "Requests answered.",
            (*labels, "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "patentzoo_request_seconds",
            "From the headers of a request to the end of its answer.",
            labels,
            registry=self.registry,
            buckets=SECONDS,
        )
        self._changes = Counter(
            "patentzoo_changed_drawings",
            "Drawings added, replaced or removed through this server.",
            ("change",),
            registry=self.registry,
        )
        gauges = {
            "patentzoo_drawings": ("Drawings in the index.", drawings),
            "patentzoo_searches_held": ("Searches that run or wait for a thread.", held),
        }
        for name, (text, count) in gauges.items():
            Gauge(name, text, registry=self.registry).set_function(count)

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def changed(self, change: str, count: int) -> None:
        """Count drawings that were added, replaced or removed."""
        self._changes.labels(change).inc(count)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


class Counted:
    """Counts every request of an application.

    Args:
        app: Answers.
        metrics: Where to count.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            # The route's pattern, never the path: that a visitor chooses, and labels are kept.
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if route != "other" else "other"
            self._metrics.note(method, route, status, time.perf_counter() - start)
