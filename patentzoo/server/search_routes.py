"""Searching: hits, why they were found, the result as a file, a drawing large."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Query
from fastapi.responses import Response

from patentzoo.errors import ImageError
from patentzoo.reports import Pictures
from patentzoo.server.answers import Explained, Found, hit_found
from patentzoo.server.problems import problems
from patentzoo.server.question import Question, question
from patentzoo.server.service import Served
from patentzoo.server.uploads import png

logger = logging.getLogger(__name__)
router = APIRouter()

SHOWN_PX, QUERY_PX, ENLARGED_PX = 240, 640, 1600
SAVED = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
SEARCHED: Any = problems(400, 408, 413, 422, 503, 504)
Asked = Annotated[Question, Depends(question)]


@router.post("/search", responses=SEARCHED)
async def search(
    asked: Asked,
    service: Served,
    pictures: Annotated[bool, Form(description="Answer with small pictures.")] = True,
) -> Found:
    """Find the patents, or drawings, closest to the drawings that are sent."""

    def answer() -> Found:
        """Search and draw the small pictures, in a thread of the queue."""
        found = asked.answer()
        small, queries = Pictures(SHOWN_PX), Pictures(QUERY_PX)
        assert found.info is not None
        return Found(
            model=found.info.model,
            drawings=found.info.drawings,
            treatment=str(found.treatment),
            views=[queries.uri(image) for _, image in asked.views] if pictures else [],
            hits=[hit_found(hit, small if pictures else None) for hit in found],
        )

    return await service.search(answer)


@router.post("/explain", responses=SEARCHED)
async def explain(asked: Asked, service: Served, drawing: Annotated[str, Form()]) -> Explained:
    """Show where the query and one drawing of the index agree."""

    def answer() -> Explained:
        """Compare the two drawings place by place, in a thread of the queue."""
        found = asked.answer(group_by=None, where={"id": drawing}, k=1, offset=0)
        if not found:
            raise HTTPException(400, "The index holds no such drawing.")
        picture = base64.b64encode(png(found.explain(1).image())).decode("ascii")
        return Explained(picture=f"data:image/png;base64,{picture}")

    return await service.search(answer)


@router.post(
    "/save/{kind}",
    response_class=Response,
    responses=SEARCHED
    | problems(404)
    | {200: {"description": "The file.", "content": {each: {} for each in SAVED.values()}}},
)
async def save(asked: Asked, service: Served, kind: str) -> Response:
    """Write the result as a table (csv), a workbook (xlsx), or a page with the pictures (html)."""
    if kind not in SAVED:
        raise HTTPException(404, f"Kinds of files: {', '.join(SAVED)}.")

    def answer() -> bytes:
        """Search and write the file, in a thread of the queue; the folder goes with the call."""
        found = asked.answer()
        write: Any = {"csv": found.to_csv, "xlsx": found.to_excel, "html": found.save_html}[kind]
        with TemporaryDirectory() as folder:
            file = Path(folder, f"patents.{kind}")
            write(file)
            return file.read_bytes()

    headers = {"Content-Disposition": f'attachment; filename="patents.{kind}"'}
    return Response(await service.search(answer), media_type=SAVED[kind], headers=headers)


@router.get(
    "/drawing",
    response_class=Response,
    responses=problems(400, 404, 422, 503, 504)
    | {200: {"description": "The drawing.", "content": {"image/png": {}}}},
)
async def drawing(
    id: Annotated[str, Query(description="It is looked up, and is no path.")],
    service: Served,
    size: Annotated[Literal["large", "small"], Query(description="Of the picture.")] = "large",
) -> Response:
    """Show a drawing of the index."""

    def answer() -> bytes:
        """Read the drawing's file, in a thread of the queue."""
        found = service.index[id]
        try:
            image = found.image()
        except ImageError as error:
            logger.info("no picture: %s", error)  # it names a file of this machine
            raise HTTPException(404, "The drawing's file cannot be read any more.") from error
        side = ENLARGED_PX if size == "large" else SHOWN_PX
        image.thumbnail((side, side))
        return png(image)

    return Response(await service.search(answer), media_type="image/png")
