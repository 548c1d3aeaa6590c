"""Adding and removing drawings, for who has the token."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, HTTPException, Query, Request, UploadFile
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from patentzoo.results import Changes
from patentzoo.server.answers import Changed
from patentzoo.server.fields import read_ids, read_metadata, read_where
from patentzoo.server.problems import problems
from patentzoo.server.service import Served, Service, service_of
from patentzoo.server.uploads import keep, received

PATH = "/drawings"


def check_token(request: Request) -> None:
    """Raise HTTPException unless the request has the server's token."""
    token = service_of(request).options.token
    if token is None:
        raise HTTPException(
            403, "This server takes no changes: it was started without a token.", _CLOSE
        )
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    same = secrets.compare_digest(sent.strip().encode(), token.encode())
    if scheme.lower() != "bearer" or not same:
        headers = {"WWW-Authenticate": "Bearer", **_CLOSE}
        raise HTTPException(401, "Send the header Authorization: Bearer TOKEN.", headers)


_CLOSE = {"Connection": "close"}


class TokenRoute(APIRoute):
    """A route that looks at the token before it reads the body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI does."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            check_token(request)
            return await handle(request)

        return checked


# HTTPBearer only describes the token in OpenAPI; TokenRoute checks it.
router = APIRouter(route_class=TokenRoute, dependencies=[Depends(HTTPBearer(auto_error=False))])
CHANGED: Any = problems(400, 401, 403, 422, 503, 504)


@router.post(PATH, responses=CHANGED | problems(408, 413))
async def add(
    service: Served,
    drawings: Annotated[list[UploadFile], File(description="Images, TIFFs, PDFs.")],
    ids: Annotated[str, Form(description="JSON: an id each; else the files' names.")] = "",
    metadata: Annotated[
        str, Form(description='JSON: an object each, [{"patent": "USD0907292"}].')
    ] = "",
) -> Changed:
    """Add drawings as one change: all of them or, where one cannot be used, none.

    A drawing of an id that is there is replaced, so that a request may be repeated.
    """
    if len(drawings) > service.options.max_added:
        raise HTTPException(400, f"At most {service.options.max_added} drawings at a time.")
    sent = [await received(each, service.options) for each in drawings]
    names = read_ids(ids, len(sent)) or [name for name, _ in sent]
    known = read_metadata(metadata, len(sent))
    given = [(name, data, told) for name, (_, data), told in zip(names, sent, known, strict=True)]
    return await service.change(lambda: _changed(service, _add(service, given)))


@router.delete(PATH, responses=CHANGED)
async def remove(
    service: Served,
    id: Annotated[list[str] | None, Query(description="Ids of drawings.")] = None,
    where: Annotated[str, Query(description="JSON: a filter, instead of ids.")] = "",
) -> Changed:
    """Remove drawings by their ids, or all that fit a filter."""
    fitting = read_where(where)
    if (id is None) == (fitting is None):
        raise HTTPException(400, "Give id, once or more, or where; one of them.")
    index = service.index
    return await service.change(
        lambda: _changed(service, index.remove(id) if id else index.remove(where=fitting))
    )


def _add(service: Service, given: list[tuple[str, bytes, Any]]) -> Changes:
    """Keep the files first: one that a crash leaves without its row is written once at most."""
    limit = {"max_pixels": service.options.max_pixels, "max_members": service.options.max_pages}
    images: list[tuple[str, bytes | PurePath, Any]] = list(given)
    if service.uploads is not None:
        images = [(name, keep(service.uploads, data), told) for name, data, told in given]
    return service.index.add(images, limits=limit)


def _changed(service: Service, done: Changes) -> Changed:
    counts = {name: getattr(done, name) for name in Changed.model_fields}
    for name, count in counts.items():
        if name != "unchanged" and count:
            service.metrics.changed(name, count)
    return Changed(**counts)
