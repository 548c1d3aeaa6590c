"""A search as it was sent: drawings, words, filters."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import File, Form, HTTPException, UploadFile
from PIL import Image

import patentzoo as pz
from patentzoo.server.fields import conditions, read_boxes, read_turns, read_where
from patentzoo.server.service import Served, Service
from patentzoo.server.uploads import cut_out, received
from patentzoo.server.words import words_of

GroupBy = Literal["patent", "drawing"]


class Question:
    """What is asked: views of one product, and which drawings may be found.

    Attributes:
        views: Names and pictures of the drawings, once ``prepare`` was called.
    """

    def __init__(
        self, service: Service, sent: list[tuple[str, bytes]], fields: dict[str, Any]
    ) -> None:
        self._service, self._sent, self._fields = service, sent, fields
        self.views: list[tuple[str, bytes | Image.Image]] = []

    def prepare(self) -> None:
        """Turn and cut the drawings.

        Raises:
            HTTPException: What was sent cannot be used.
        """
        boxes = dict(enumerate(read_boxes(self._fields["crops"])))
        turns = dict(enumerate(read_turns(self._fields["turns"])))
        most = self._service.options.max_pixels
        self.views = [
            (name, cut_out(name, data, boxes.get(number), turns.get(number, 0), most))
            for number, (name, data) in enumerate(self._sent)
        ]

    def answer(self, **more: Any) -> pz.SearchResult:
        """Search; ``more`` replaces options of the search.

        Raises:
            HTTPException: What was sent cannot be used.
            PatentZooError: As of ``search``.
        """
        self.prepare()
        chosen: Any = self._options() | more | words_of(self._service.index, self._fields["text"])
        if not self.views:
            if "text" not in chosen:
                raise HTTPException(400, "Send at least one drawing.")
            return pz.search(self._service.index, **chosen)  # type: ignore[no-any-return]
        return pz.search(self._service.index, self.views, views=True, **chosen)

    def _options(self) -> dict[str, Any]:
        sent, allowed = self._fields, self._service.options
        if not 1 <= sent["k"] <= allowed.max_hits:
            raise HTTPException(400, f"k: a whole number from 1 to {allowed.max_hits}.")
        if not 0 <= sent["offset"] <= 1_000_000:
            raise HTTPException(400, "offset: a whole number from 0 to 1000000.")
        return {
            "k": sent["k"],
            "offset": sent["offset"],
            "group_by": "patent" if sent["group_by"] == "patent" else None,
            "where": self._where(),
            "orient": "any" if sent["all_turns"] else "upright",
            "mirror": sent["mirror"],
            "max_pixels": allowed.max_pixels,
        }

    def _where(self) -> Any:
        """The filter that was written out, and the page's fields, which all have to hold."""
        plain = conditions(*(self._fields[name] for name in ("locarno", "since", "until")))
        where = read_where(self._fields["where"])
        if where is None:
            return plain or None
        parts = where if isinstance(where, list) else [where]
        joined = [part | plain for part in parts]
        return joined if isinstance(where, list) else joined[0]


async def question(
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
    locarno: Annotated[str, Form(max_length=100, description="A class's beginning.")] = "",
    since: Annotated[str, Form(max_length=100, description="Granted from, 2021-03-09.")] = "",
    until: Annotated[str, Form(max_length=100, description="Granted to.")] = "",
    where: Annotated[
        str, Form(description='JSON: a filter as of search(where=), {"year": {">=": 2019}}.')
    ] = "",
    k: Annotated[int, Form(description="Hits.")] = 10,
    offset: Annotated[int, Form(description="Hits passed over.")] = 0,
    group_by: Annotated[GroupBy, Form(description="What a hit is.")] = "patent",
) -> Question:
    """Collect the fields of a search; nothing is decoded yet."""
    given = drawings or []
    if len(given) > service.options.max_views:
        raise HTTPException(400, f"At most {service.options.max_views} drawings at a time.")
    sent = [await received(each, service.options) for each in given]
    chosen = {"text": text, "crops": crops, "turns": turns, "all_turns": all_turns}
    chosen |= {"mirror": mirror, "locarno": locarno, "since": since, "until": until}
    chosen |= {"where": where, "k": k, "offset": offset, "group_by": group_by}
    return Question(service, sent, chosen)
