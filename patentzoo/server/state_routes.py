"""The page, and what the server says of itself."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from patentzoo.server.answers import Health, IndexFacts
from patentzoo.server.metrics import CONTENT_TYPE
from patentzoo.server.problems import problems
from patentzoo.server.service import Served
from patentzoo.server.words import takes_words

router = APIRouter()
POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"
)
STATE: Any = problems(503, 504)


@router.get("/", include_in_schema=False)
async def page() -> HTMLResponse:
    """The page."""
    return HTMLResponse(_page(), headers={"Content-Security-Policy": POLICY})


@functools.cache
def _page() -> str:
    return resources.files("patentzoo.server").joinpath("page.html").read_text("utf-8")


@router.get("/index", responses=STATE)
async def index(service: Served) -> IndexFacts:
    """Say what is searched, which fields a filter may name, and what the server allows."""

    def answer() -> IndexFacts:
        """Read the catalogue, in a thread of the queue: a writer may keep it waiting."""
        stats, allowed = service.index.stats(), service.options
        return IndexFacts(
            model=stats.model,
            drawings=stats.drawings,
            patents=stats.patents,
            dim=stats.dim,
            engine=stats.engine,
            fields=dict(stats.columns),
            text=takes_words(service.index),
            changes=allowed.token is not None,
            max_bytes=allowed.max_bytes,
            max_pixels=allowed.max_pixels,
            max_views=allowed.max_views,
            max_hits=allowed.max_hits,
        )

    return await service.search(answer)


@router.get("/health", responses=STATE)
def health(service: Served) -> Health:
    """Say that the server answers and its index can be read, beside all searches that wait."""
    return Health(status="ok", drawings=len(service.index))


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus text.", "content": {"text/plain": {}}}},
)
def metrics(service: Served) -> Response:
    """Count requests, seconds and drawings, in Prometheus' text format."""
    return Response(service.metrics.text(), media_type=CONTENT_TYPE)
