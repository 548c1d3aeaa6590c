"""A server of an index: a page to search with, and an HTTP API for everything else.

    patentzoo serve drawings.index

or, inside an application of FastAPI:

    app.mount("/designs", create_app("drawings.index"))

A request goes these steps: ``body_limits`` counts its bytes and its seconds, ``metrics`` its
status, a route (``search_routes``, ``change_routes``, ``state_routes``) reads its fields, and
``work_queue`` runs the search in a thread. Only ``command`` knows uvicorn.
"""

from __future__ import annotations

from patentzoo.server.app import create_app
from patentzoo.server.options import ServerOptions

__all__ = ["ServerOptions", "create_app"]
