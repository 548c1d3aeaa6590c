"""A page that finds design patents by drawings: drop them, cut them, filter, search.

    PATENTZOO_INDEX=drawings.index uvicorn app:app --app-dir docs/examples

The page itself is app.html, beside this file.
"""

from __future__ import annotations

import base64
import functools
import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import Depends, FastAPI, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, Response
from PIL import Image

import patentzoo as pz
from patentzoo.reports import Pictures, facts_of, score_words

MAX_BYTES, MAX_PIXELS, MAX_VIEWS = 20_000_000, 50_000_000, 4
SHOWN_PX, QUERY_PX, ENLARGED_PX = 240, 640, 1600
SAVED = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
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


class Question:
    """What a visitor asks: views of one product, and which patents may be found."""

    def __init__(
        self,
        drawings: Annotated[list[UploadFile], File()],
        crops: Annotated[str, Form()] = "[]",
        turns: Annotated[str, Form()] = "[]",
        all_turns: Annotated[bool, Form()] = False,
        locarno: Annotated[str, Form()] = "",
        since: Annotated[str, Form()] = "",
        until: Annotated[str, Form()] = "",
    ) -> None:
        if len(drawings) > MAX_VIEWS:
            raise HTTPException(400, f"At most {MAX_VIEWS} drawings at a time.")
        boxes, turned = dict(enumerate(read_boxes(crops))), dict(enumerate(read_turns(turns)))
        self.views = [
            (each.filename or "drawing", read(each, boxes.get(number), turned.get(number, 0)))
            for number, each in enumerate(drawings)
        ]
        self.orient = "any" if all_turns else "upright"
        self.where = conditions(locarno, since, until)

    def answer(self, **more: Any) -> pz.SearchResult:
        """The patents closest to the drawings; ``more`` replaces options of the search."""
        options = {"group_by": "patent", "where": self.where, "orient": self.orient} | more
        return pz.search(index(), self.views, views=True, max_pixels=MAX_PIXELS, **options)


Asked = Annotated[Question, Depends()]


@app.post("/search")
def search(asked: Asked) -> dict[str, Any]:
    """The patents closest to the drawings, and the drawings as they were read."""
    found, pictures, queries = asked.answer(), Pictures(SHOWN_PX), Pictures(QUERY_PX)
    return {
        "model": found.info.model,
        "drawings": found.info.drawings,
        "treatment": str(found.treatment),
        "views": [queries.uri(image) for _, image in asked.views],
        "hits": [shown(hit, pictures) for hit in found],
    }


@app.post("/explain")
def explain(asked: Asked, drawing: Annotated[str, Form()]) -> dict[str, str]:
    """A picture of query and drawing, coloured where they agree."""
    found = asked.answer(group_by=None, where={"id": drawing}, k=1)
    if not found:
        raise HTTPException(400, "The index holds no such drawing.")
    picture = base64.b64encode(png(found.explain(1).image())).decode("ascii")
    return {"picture": f"data:image/png;base64,{picture}"}


@app.post("/save/{kind}")
def save(asked: Asked, kind: str) -> Response:
    """The result as a file: a table, a workbook, or a page with the pictures."""
    if kind not in SAVED:
        raise HTTPException(404, f"Kinds of files: {', '.join(SAVED)}.")
    found = asked.answer()
    write = {"csv": found.to_csv, "xlsx": found.to_excel, "html": found.save_html}[kind]
    with TemporaryDirectory() as folder:
        file = Path(folder, f"patents.{kind}")
        write(file)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(file.read_bytes(), media_type=SAVED[kind], headers=headers)


@app.get("/drawing")
def drawing(id: str) -> Response:
    """A drawing of the index, large; the id is looked up, and is no path."""
    image = index()[id].image()
    image.thumbnail((ENLARGED_PX, ENLARGED_PX))
    return Response(png(image), media_type="image/png")


def read(upload: UploadFile, box: list[float] | None, turn: int) -> bytes | Image.Image:
    """A drawing as it was sent; or turned, and then what a rectangle cuts out of it."""
    data = upload.file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise HTTPException(413, f"{upload.filename}: larger than {MAX_BYTES // 10**6} MB.")
    if box is None and not turn:
        return data
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise HTTPException(413, f"{upload.filename}: more than {MAX_PIXELS:,} pixels.")
            turned = image.rotate(-turn, expand=True)
            x0, y0, x1, y1 = box or (0, 0, 1, 1)
            width, height = turned.size
            area = (int(x0 * width), int(y0 * height), round(x1 * width), round(y1 * height))
            return turned.crop(area)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        what = "cut" if box is not None else "turned"
        raise HTTPException(400, f"{upload.filename}: cannot be {what} ({error}).") from error


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


def read_turns(text: str) -> list[int]:
    """For each drawing by how many degrees it is turned clockwise."""
    try:
        turns = list(json.loads(text))
        if all(turn in (0, 90, 180, 270) for turn in turns):
            return turns
    except (ValueError, TypeError):
        pass
    raise HTTPException(400, "turns: a list of 0, 90, 180 or 270.")


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
    facts = facts_of(hit)
    said = {"title": hit.title, "granted": facts.granted, "classes": facts.classes}
    links = {"page": facts.page_url, "office": facts.office_url, "owner": facts.owner}
    figures = [
        {
            "id": each.id,
            "score": each.score,
            "said": score_words(each),
            "view": facts_of(each).view,
            "picture": pictures.of_hit(each),
        }
        for each in hit.figures
    ]
    return {
        **{"rank": hit.rank, "patent": hit.patent},
        **{"score": hit.score, "said": score_words(hit)},
        **said,
        **links,
        "figures": figures,
    }


def png(image: Image.Image) -> bytes:
    """A picture as a PNG file."""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
