"""The application: routes, limits, errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from os import PathLike

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from patentzoo import __version__
from patentzoo.index import Index, load_index
from patentzoo.server import change_routes, search_routes, state_routes
from patentzoo.server.body_limits import BodyLimits
from patentzoo.server.metrics import Counted
from patentzoo.server.options import ServerOptions
from patentzoo.server.problems import install_problems
from patentzoo.server.service import Service

ABOUT = (
    "Find design patents by picture. Drawings are sent as multipart/form-data; every error is "
    '{"detail": "a sentence"}. Adding and removing takes Authorization: Bearer TOKEN.'
)


def create_app(index: Index | str | PathLike[str], options: ServerOptions | None = None) -> FastAPI:
    """Make the application that serves an index: to be run by uvicorn, or mounted in another.

    Its addresses are relative, so that it may be mounted anywhere; where it is, the index's model
    is loaded by the first search, since a mounted application is not told when the server starts.

    Args:
        index: From ``build_index`` or ``load_index``; or a saved index's folder.
        options: What is allowed.

    Raises:
        IndexDamagedError: As of ``load_index``.
    """
    chosen = options or ServerOptions()
    service = Service(index if isinstance(index, Index) else load_index(index), chosen)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.index._model()  # before the first visitor waits for it
        yield

    app = FastAPI(
        title="patentzoo",
        version=__version__,
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,  # these pages fetch scripts from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    install_problems(app)
    for each in (state_routes, search_routes, change_routes):
        app.include_router(each.router)
    _wrap(app, service)
    return app


def _wrap(app: FastAPI, service: Service) -> None:
    """Put the limits around the routes; the one added last is met first."""
    chosen = service.options
    app.add_middleware(
        BodyLimits,
        max_bytes=chosen.max_search_bytes,
        limit_s=chosen.body_s,
        large=(change_routes.PATH, chosen.max_change_bytes),
    )
    if chosen.allowed_hosts:
        # A page elsewhere may have its own name resolve to this machine, and read the answers.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(chosen.allowed_hosts))
    app.add_middleware(Counted, metrics=service.metrics)
