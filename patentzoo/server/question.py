"""A search as it was sent: drawings, words, filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, File, Form, HTTPException, UploadFile
from PIL import Image

import patentzoo as pz
from patentzoo.server.fields import conditions, read_boxes, read_turns, read_where
from patentzoo.server.service import Served, Service
from patentzoo.server.uploads import cut_out, received
from patentzoo.server.words import words_of

GroupBy = Literal["patent", "drawing"]
DEEPEST = 1_000_000


@dataclass(frozen=True)
class Sent:
    """What is searched for, not decoded yet.

    Attributes:
        drawings: Names and bytes.
        text: Words; empty for none.
        crops: Of each drawing the rectangle, as JSON.
        turns: Of each drawing the degrees, as JSON.
        options: Of ``search``.
    """

    drawings: list[tuple[str, bytes]]
    text: str
    crops: str
    turns: str
    options: Mapping[str, Any]


class Question:
    """What is asked: views of one product, and which drawings may be found.

    Attributes:
        views: Names and pictures of the drawings, once ``answer`` was called.
    """

    def __init__(self, service: Service, sent: Sent, options: Mapping[str, Any]) -> None:
        self._service, self._sent, self._options = service, sent, options
        self.views: list[tuple[str, bytes | Image.Image]] = []

    def answer(self, **more: Any) -> pz.SearchResult:
        """Search; ``more`` replaces options of the search.

        Raises:
            HTTPException: What was sent cannot be used.
            PatentZooError: As of ``search``.
        """
        self._prepare()
        index, words = self._service.index, words_of(self._service.index, self._sent.text)
        chosen: Any = {**self._sent.options, **self._options, **more, **words}
        if self.views:
            return pz.search(index, self.views, views=True, **chosen)
        if not words:
            raise HTTPException(400, "Send at least one drawing.")
        return pz.search(index, **chosen)  # type: ignore[no-any-return]

    def _prepare(self) -> None:
        """Turn and cut the drawings."""
        boxes = dict(enumerate(read_boxes(self._sent.crops)))
        turns = dict(enumerate(read_turns(self._sent.turns)))
        most = self._service.options.max_pixels
        self.views = [
            (name, cut_out(name, data, boxes.get(number), turns.get(number, 0), most))
            for number, (name, data) in enumerate(self._sent.drawings)
        ]


async def sent_drawings(
    service: Served,
    drawings: Annotated[
        list[UploadFile] | None, File(description="Views of one product: images, TIFFs, PDFs.")
    ] = None,
    text: Annotated[
        str, Form(max_length=1000, description="Words, where the model reads them.")
    ] = "",
    crops: Annotated[
        str, Form(description="JSON: for each drawing [x0, y0, x1, y1] within 0 and 1, or null.")
    ] = "[]",
    turns: Annotated[str, Form(description="JSON: for each drawing 0, 90, 180 or 270.")] = "[]",
    all_turns: Annotated[bool, Form(description="Try all four turns.")] = False,
    mirror: Annotated[bool, Form(description="Try it mirrored, too.")] = False,
) -> Sent:
    """Collect what is searched for; nothing is decoded yet."""
    given, allowed = drawings or [], service.options
    if len(given) > allowed.max_views:
        raise HTTPException(400, f"At most {allowed.max_views} drawings at a time.")
    files = [await received(each, allowed) for each in given]
    options = {
        "orient": "any" if all_turns else "upright",
        "mirror": mirror,
        "max_pixels": allowed.max_pixels,
    }
    return Sent(files, text, crops, turns, options)


def sent_filter(
    locarno: Annotated[str, Form(max_length=100, description="A class's beginning.")] = "",
    since: Annotated[str, Form(max_length=100, description="Granted from, 2021-03-09.")] = "",
    until: Annotated[str, Form(max_length=100, description="Granted to.")] = "",
    where: Annotated[
        str, Form(description='JSON: a filter as of search(where=), {"year": {">=": 2019}}.')
    ] = "",
) -> dict[str, Any]:
    """The filter that was written out, and the page's fields, which all have to hold."""
    plain = conditions(locarno, since, until)
    written = read_where(where)
    if written is None:
        return {"where": plain or None}
    if isinstance(written, list):
        return {"where": [part | plain for part in written]}
    return {"where": written | plain}


def sent_window(
    service: Served,
    k: Annotated[int, Form(description="Hits.")] = 10,
    offset: Annotated[int, Form(description="Hits passed over.")] = 0,
    group_by: Annotated[GroupBy, Form(description="What a hit is.")] = "patent",
) -> dict[str, Any]:
    """How many hits, and of what."""
    if not 1 <= k <= service.options.max_hits:
        raise HTTPException(400, f"k: a whole number from 1 to {service.options.max_hits}.")
    if not 0 <= offset <= DEEPEST:
        raise HTTPException(400, f"offset: a whole number from 0 to {DEEPEST}.")
    return {"k": k, "offset": offset, "group_by": "patent" if group_by == "patent" else None}


def question(
    service: Served,
    sent: Annotated[Sent, Depends(sent_drawings)],
    fits: Annotated[dict[str, Any], Depends(sent_filter)],
    window: Annotated[dict[str, Any], Depends(sent_window)],
) -> Question:
    """Put the fields of a search together."""
    return Question(service, sent, {**fits, **window})
