"""A FastAPI application of one's own, with the page and the API of an index at /designs/.

PATENTZOO_INDEX=drawings.index uvicorn app:app --app-dir docs/examples
"""

import os

from fastapi import FastAPI

from patentzoo.server import ServerOptions, create_app

options = ServerOptions(token=os.environ.get("PATENTZOO_TOKEN"), max_bytes=10_000_000)
app = FastAPI(title="My application")
app.mount("/designs", create_app(os.environ["PATENTZOO_INDEX"], options))
