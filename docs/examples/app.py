"""A page that finds design patents by drawings: drop them, cut them, filter, search.

    PATENTZOO_INDEX=drawings.index uvicorn app:app --app-dir docs/examples

The page itself is app.html, beside this file.
"""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse
from PIL import Image

import patentzoo as pz
from patentzoo.reports import Pictures

MAX_BYTES, MAX_PIXELS, MAX_VIEWS = 20_000_000, 50_000_000, 4
PAGE = Path(__file__).with_name("app.html")
POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


@functools.cache
def index() -> pz.Index:
    """The index that is searched, opened once and shared by all threads."""
    return pz.load_index(os.environ["PATENTZOO_INDEX"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Load index and model before the first visitor waits for them."""
    _ = index().model
    yield


app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)


@app.exception_handler(pz.PatentZooError)
def refuse(_: Request, error: Exception) -> JSONResponse:
    """What a visitor can cause comes back as a sentence."""
    return JSONResponse({"detail": str(error)}, status_code=400)


@app.get("/")
def page() -> HTMLResponse:
    """The page."""
    text = PAGE.read_text(encoding="utf-8")
    return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})


@app.post("/search")
def search(
    drawings: Annotated[list[UploadFile], File()],
    crops: Annotated[str, Form()] = "[]",
    locarno: Annotated[str, Form()] = "",
    since: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
) -> dict[str, Any]:
    """The patents closest to the drawings, which are views of one product."""
    if len(drawings) > MAX_VIEWS:
        raise HTTPException(400, f"At most {MAX_VIEWS} drawings at a time.")
    boxes = dict(enumerate(read_boxes(crops)))
    views = [
        (each.filename or "drawing", read(each, boxes.get(number)))
        for number, each in enumerate(drawings)
    ]
    found = pz.search(
        index(),
        views,
        views=True,
        group_by="patent",
        where=conditions(locarno, since, until),
        max_pixels=MAX_PIXELS,
    )
    pictures = Pictures(240)
    return {"hits": [shown(hit, pictures) for hit in found]}


def read(upload: UploadFile, box: list[float] | None) -> bytes | Image.Image:
    """A drawing as it was sent, or what a rectangle cuts out of it."""
    data = upload.file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise HTTPException(413, f"{upload.filename}: larger than {MAX_BYTES // 10**6} MB.")
    if box is None:
        return data
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise HTTPException(413, f"{upload.filename}: more than {MAX_PIXELS:,} pixels.")
            x0, y0, x1, y1 = box
            width, height = image.size
            area = (int(x0 * width), int(y0 * height), round(x1 * width), round(y1 * height))
            return image.crop(area)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise HTTPException(400, f"{upload.filename}: cannot be cut ({error}).") from error


def read_boxes(text: str) -> list[list[float] | None]:
    """For each drawing x0, y0, x1, y1 as fractions of its sides, or null for all of it."""
    try:
        boxes: list[list[float] | None] = list(json.loads(text))
        if all(box is None or lies_within(*box) for box in boxes):
            return boxes
    except (ValueError, TypeError):
        pass
    raise HTTPException(400, "crops: a list of [x0, y0, x1, y1] within 0 and 1.")


def lies_within(x0: float, y0: float, x1: float, y1: float) -> bool:
    """Whether it is a rectangle inside the drawing."""
    return 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1


def conditions(locarno: str, since: str, until: str) -> dict[str, Any] | None:
    """``where=`` for what was filled in."""
    wanted: dict[str, Any] = {}
    if locarno:
        wanted["locarno"] = {"prefix": locarno}
    if days := {sign: day for sign, day in ((">=", since), ("<=", until)) if day}:
        wanted["granted"] = days
    return wanted or None


def shown(hit: pz.Hit, pictures: Pictures) -> dict[str, Any]:
    """A patent as the page draws it."""
    facts = {key: hit.metadata.get(key) for key in ("title", "locarno", "granted")}
    figures = [
        {"id": each.id, "score": each.score, "picture": pictures.of_hit(each)}
        for each in hit.figures
    ]
    return {"rank": hit.rank, "score": hit.score, "patent": hit.patent, **facts, "figures": figures}
